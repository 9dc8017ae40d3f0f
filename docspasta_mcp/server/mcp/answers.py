"""What stands around the text of an answer: where it comes from, how much is left, and the call that goes on."""

import json
from typing import TYPE_CHECKING

from docspasta_mcp.document.slices import Slice
from docspasta_mcp.jobs.selection import Choice
from docspasta_mcp.model.counted import counted
from docspasta_mcp.model.place import said_place
from docspasta_mcp.server.mcp.bounds import bounded
from docspasta_mcp.server.mcp.frame import framed

if TYPE_CHECKING:
    from docspasta_mcp.jobs.library_search import LibraryAnswer

_MAX_REPEATED = 300  # characters of the pages that the next call names again
_MAX_SCOPE = 300  # characters of the scope that a header names; get_status has it whole
_MAX_MANUALS, _MAX_SITE = 5, 80  # that a search's header names, and characters of each address


def following_arguments(result_format: str, choice: Choice) -> str:
    """Return what the next call has to repeat beside the cursor."""
    given = {"format": result_format if result_format != "markdown" else "", "since": choice.since}
    quoted = [f', {name}="{value}"' for name, value in given.items() if value]
    pages = f", pages={json.dumps(choice.pages)}" if choice.pages else ""
    same = ", query=<the same>" if choice.query else ""
    return "".join(quoted) + same + (pages if len(pages) <= _MAX_REPEATED else ", pages=[the same]")


def framed_slice(part: Slice, arguments: str, max_tokens: int) -> str:
    """Put the header before a part, and the cursor once more after it."""
    job = part.job
    if part.next_cursor is None:
        following = "complete: this is the end"
    else:
        call = f'get_result(job_id="{job.id}", cursor="{part.next_cursor}"{arguments})'
        following = f"next_cursor: {part.next_cursor} (call {call})"
    if part.note:
        shown = part.note
    elif part.text.strip():
        kind, so_far = "contents, " if "map" in arguments else "", " so far" if job.is_running else ""
        shown = f"{kind}pages {part.first}-{part.last} of {part.pages}{so_far}"
    elif job.is_running:
        shown = "no new pages yet; call get_status, then use the same cursor"
    else:
        shown = f"no page after this cursor; the document has {part.pages}"
    left = "" if part.note else f", {part.tokens_left:,} left"  # nobody counts what passages are left
    corpus = f"; corpus_hash {job.corpus_hash}" if job.corpus_hash else ""
    place = said_place(job.seed_url, job.scope.origin, job.scope.prefix)
    header = [
        f"docspasta job {job.id} ({job.state}), {place[:_MAX_SCOPE]}{corpus}",
        f"{shown}; about {part.tokens_here:,} tokens here{left}",
        following,
    ]
    return framed(header, part.text, following, max_tokens=max_tokens)


def framed_search(found: "LibraryAnswer", max_tokens: int) -> str:
    """Put what was searched, and what the passages are from, before them, and the cursor once more after them."""
    if not found.shown:
        return bounded(found.text, max_tokens=max_tokens)
    if found.next_cursor:
        following = f"next_cursor: {found.next_cursor} (call search_docs with the same query and docs, and this cursor)"
    else:
        following = "complete: nothing else matches"
    places = {one.job_id: said_place(one.seed_url, one.origin, one.prefix) for one in found.manuals[:_MAX_MANUALS]}
    manuals = ", ".join(f"{job_id} {place[:_MAX_SITE]}" for job_id, place in places.items())
    more = f" and {len(found.manuals) - _MAX_MANUALS} more" if len(found.manuals) > _MAX_MANUALS else ""
    asked = counted(found.there, "manual")
    asked = f"{found.searched} of {asked}" if found.searched < found.there else asked
    matching = counted(found.matching, "passage that matches", "passages that match")
    near = "; what else matches is much further off" if found.is_near_end else ""
    header = [
        f"docspasta search in {asked}: {found.shown} of {matching}{near}; links are shown as text",
        f"from {manuals}{more}",
        following,
    ]
    return framed(header, found.text, following, max_tokens=max_tokens)
