"""What of a job's document a caller asked for, read from the store and cut to a token budget."""

import difflib
from collections.abc import Sequence

from docspasta_mcp.document.render import page_text
from docspasta_mcp.document.search.meaning import Meaning
from docspasta_mcp.document.search.references import slugs
from docspasta_mcp.document.slices import (
    MAX_CHARS,
    CursorPosition,
    ResultFormat,
    Slice,
    check_budget,
    contents_slice,
    document_slice,
    fitting_slice,
    place_of,
    whole_slice,
)
from docspasta_mcp.errors import InvalidRequest
from docspasta_mcp.jobs.coverage import read_coverage
from docspasta_mcp.jobs.document_pages import document_pages, readable_extent
from docspasta_mcp.jobs.search import answer
from docspasta_mcp.jobs.selection import Choice, chosen_records, named_pages, selected
from docspasta_mcp.model.counted import counted
from docspasta_mcp.model.job import Job
from docspasta_mcp.model.tokens import count_tokens
from docspasta_mcp.store import Store

SEARCH_HEADER_TOKENS = 190  # what stands around an answer, but for the job's URL
_COMPARED, _MAX_SLUG = 300, 100  # headings of a page with which a wrong one is compared, and characters of each
_LIKE = 0.7  # of a heading that an error may name: one so like what the caller wrote cannot be a site's own sentence


async def read_result(
    store: Store,
    job: Job,
    *,
    cursor: str | None,
    max_tokens: int,
    result_format: ResultFormat,
    choice: Choice,
    meaning: Meaning | None = None,
) -> Slice:
    """Return the next part of a job's document, of its list of contents, or its coverage report.

    Args:
        store: where the pages are.
        job: the job, running or ended.
        cursor: from the part before; None begins at the start.
        max_tokens: the size of the whole answer, header included.
        result_format: `markdown` for the pages, `map` for the list of contents, `coverage` for the report.
        choice: some of the pages, or the best sections for a question.
        meaning: ranks passages by what they mean too.

    Raises:
        InvalidCursor: the cursor is not one of this job, or of this question.
        InvalidRequest: `max_tokens` is out of its range, or the choice makes no sense.
        ResultNotReady: there is no page yet, or there never will be.
    """
    if line := unchanged(job, choice):
        return whole_slice(job, line)
    if result_format == "coverage":
        return fitting_slice(job, await read_coverage(store, job), max_tokens=max_tokens)
    if choice.query:
        as_map = result_format == "map"
        return await search_slice(
            store, job, choice, max_tokens=max_tokens, cursor=cursor, as_map=as_map, meaning=meaning
        )
    return await _read_slice(store, job, choice, cursor=cursor, max_tokens=max_tokens, as_map=result_format == "map")


def unchanged(job: Job, choice: Choice) -> str:
    """Return a line that says so if a document still has the hash that a choice names; else nothing."""
    return (
        f"unchanged: corpus {job.corpus_hash}" if choice.if_not_hash and choice.if_not_hash == job.corpus_hash else ""
    )


async def _read_slice(
    store: Store, job: Job, choice: Choice, *, cursor: str | None, max_tokens: int, as_map: bool
) -> Slice:
    check_budget(max_tokens)
    place = place_of(cursor, job) if cursor else CursorPosition(job, 1)
    if choice.at and not cursor:
        place = await _place_at(store, job, choice.at)
    selection = await selected(store, job, choice)
    only = selection.numbers if selection else None
    extent = await readable_extent(store, job, view=place.view, first=place.number, only=only)
    if as_map:
        records = chosen_records(store.documents.contents(place.view, first=place.number), selection)
        return await contents_slice(job, place, records, total=extent.pages, max_tokens=max_tokens)
    return await document_slice(
        job,
        place,
        document_pages(store, place.view, first=place.number, only=only),
        total=extent.pages,
        left=extent.left,
        max_tokens=max_tokens,
        preface=selection.preface if selection else None,
    )


async def search_slice(
    store: Store,
    job: Job,
    choice: Choice,
    *,
    max_tokens: int,
    cursor: str | None = None,
    as_map: bool = False,
    meaning: Meaning | None = None,
) -> Slice:
    """Return the passages that answer a question best, page by page; see `answer`.

    Raises:
        InvalidCursor: the cursor is not of a question about this job.
        InvalidRequest: `max_tokens` is out of its range, or the query has no word to look for.
        ResultNotReady: there is no page yet, or there never will be.
    """
    check_budget(max_tokens)
    extent = await readable_extent(store, job)
    frame = SEARCH_HEADER_TOKENS + count_tokens(job.scope.origin + job.scope.prefix)
    found = await answer(
        store,
        job,
        choice.query,
        max_tokens=max(100, max_tokens - frame),
        max_chars=MAX_CHARS,
        cursor=cursor,
        selection=await selected(store, job, choice),
        as_map=as_map,
        meaning=meaning,
    )
    matching = counted(found.matching, "passage that matches", "passages that match")
    note = f"{found.shown} of {matching}, from {counted(len(found.pages), 'page')}; links are shown as text"
    if found.is_near_end:
        note += "; what else matches is much further off"
    first, last = min(found.pages, default=0), max(found.pages, default=0)
    return Slice(job, found.text, first, last, extent.pages, 0, found.next_cursor, note)


async def _place_at(store: Store, job: Job, at: str) -> CursorPosition:
    """Return where `12#transactions+340` leads: to page 12, its heading Transactions, 340 characters on.

    Raises:
        InvalidRequest: there is no such page or heading.
    """
    name, _, rest = at.strip().partition("#")
    anchor, _, beyond = rest.partition("+")
    if beyond and not beyond.isdecimal():
        raise InvalidRequest(f"at is {at!r:.200}; give a page and a heading of it, as in 12#transactions.")
    (number, *_) = (await named_pages(store, job, [name])).numbers
    async for page in document_pages(store, job, first=number):
        text = page_text(page)
        places = dict(slugs(text))
        if anchor and anchor.lower() not in places:
            raise InvalidRequest(_no_heading(number, anchor, list(places)))
        start = places.get(anchor.lower(), 0)
        if start == 0 and beyond:  # the source stands under the title, where a reference does not count it
            start = len(text) - len(page.markdown.rstrip("\n")) - 1
        return CursorPosition(job, number, min(start + int((beyond or "0")[:9]), max(0, len(text) - 1)))
    raise InvalidRequest(f"at is {at!r:.200}, but that page is no longer in the document.")


def _no_heading(number: int, anchor: str, known: Sequence[str]) -> str:
    """Say that a page has no such heading, and which one may be meant; what else its headings say is the site's."""
    short = [slug for slug in known if len(slug) <= _MAX_SLUG]
    like = difflib.get_close_matches(anchor.lower()[:_MAX_SLUG], short[:_COMPARED], n=1, cutoff=_LIKE)
    meant = f"; did you mean {like[0]!r:.100}?" if like else f" among its {len(known)}; reading the page shows them."
    return f"Page {number} has no heading {anchor!r:.100}{meant}"
