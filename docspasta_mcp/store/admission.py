"""Which new pages a job takes: not too deep, none of an endless kind, and as many as find room.

Everything here runs inside a transaction that holds the job's row.
"""

import hashlib
from collections import Counter
from collections.abc import Sequence

from sqlalchemy import Connection

from docspasta_mcp.model.frontier import LeftOut, NewPage, Source
from docspasta_mcp.model.job import Job
from docspasta_mcp.model.page import NOT_INCLUDED
from docspasta_mcp.model.page_identity import has_name, trap_group
from docspasta_mcp.store import page_queries

MOST_SHOWN = 2_000  # pages of one endless kind that a navigation may name
_LISTED = {Source.SEED, Source.LLMS_TXT, Source.SITEMAP, Source.INDEX, Source.FOLDER}
_SHOWN = {Source.SEED, Source.NAVIGATION, Source.LLMS_TXT}  # what tells a manual's pages from whatever lies beside it


def within_limits(
    db: Connection, job: Job, new: Sequence[tuple[str, NewPage]]
) -> tuple[list[tuple[str, NewPage]], list[LeftOut]]:
    """Split new pages into accepted ones and ones rejected for depth or as traps."""
    taken: list[tuple[str, NewPage]] = []
    left_out: list[LeftOut] = []
    counts: Counter[str] = Counter()
    for digest, page in new:
        group = trap_group(page.url)
        if group is not None and group[0] not in counts:
            counts[group[0]] = page_queries.COUNT_ENDLESS.scalar(db, {"job": job.id, "endless": digest_of(group[0])})
        if job.scope.is_changelog(page.url) and not _SHOWN & set(page.sources):
            left_out.append(LeftOut(page.url, "changelog"))
        elif page.link_depth > job.options.max_depth:
            left_out.append(LeftOut(page.url, "depth_limit"))
        elif group is not None and counts[group[0]] >= group[1] and not _is_meant(job, page, counts[group[0]]):
            left_out.append(LeftOut(page.url, "trap"))
        else:
            taken.append((digest, page))
            if group is not None:
                counts[group[0]] += 1
    return taken, left_out


def _is_meant(job: Job, page: NewPage, count: int) -> bool:
    """Tell whether a page that looks like one of an endless kind is wanted: the site's lists or `include` name it.

    A navigation may hold a calendar, so what it names is taken so many times and no more; so is what goes by a name.
    """
    if _LISTED & set(page.sources) or job.scope.brings_back(page.url):
        return True
    return (Source.NAVIGATION in page.sources or has_name(page.url)) and count < MOST_SHOWN


def within_room(
    job: Job, new: Sequence[tuple[str, NewPage]], *, room: int, size: int, waits: bool = False
) -> tuple[list[tuple[str, NewPage]], list[tuple[str, NewPage]], list[LeftOut]]:
    """Return the new pages that find room, those that do not, and URLs of those that are not read for links.

    The job has `size` pages already, and room for `room` more. In one where pages wait, all wait together.

    Pages that `include` does not match are read for their links alone. They come last, and only while the job has
    fewer than half of what it may have: however many there are, the rest is left to those that it matches.
    """
    wanted: list[tuple[str, NewPage]] = []
    others: list[tuple[str, NewPage]] = []
    for digest, page in new:
        is_wanted = job.scope.wants(page.url) or Source.SEED in page.sources
        (wanted if is_wanted else others).append((digest, page))
    room = max(0, room)
    if waits:
        return wanted[:room], wanted[room:] + others, []
    half = max(0, (job.options.max_pages + 1) // 2 - size - len(wanted))
    not_read = [LeftOut(page.url, NOT_INCLUDED) for _, page in others[half:]]
    return wanted[:room] + others[:half], wanted[room:], not_read


def endless_of(url: str) -> str | None:
    """Return what a page's endless kind goes by in the store; None if it is of none."""
    group = trap_group(url)
    return digest_of(group[0]) if group is not None else None


def digest_of(text: str) -> str:
    """Return a short digest of a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]
