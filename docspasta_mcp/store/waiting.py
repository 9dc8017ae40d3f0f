"""Pages that wait for room, so that a small budget is spent in the same way each time.

Where a crawl may have fewer pages than its manual, those that are read first must not fill the room with their own
links: which ones they are is chance. So what a link names is stored as a page that waits, and gets room when no page
is open that was not tried yet. Then the next ones get it: of the directory of the page that was asked for first, and
as the links to them stand, on the page that got room first. Neither the site's pace nor the machine's decides. What
only lies in a folder comes behind what is linked. Pages that `include` does not match come behind all others, and get
no more than half of the room.

A page that waits has a number like each other, so that no link to it is lost, whether it finds room or not. Of very
many, those that stand nearest to the head are kept, whichever come first.
"""

import json
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from docspasta_mcp.model.frontier import NewPage
from docspasta_mcp.model.job import Job
from docspasta_mcp.model.page import NO_ROOM, NOT_INCLUDED
from docspasta_mcp.store import page_queries
from docspasta_mcp.urls import path_of

MAX_LIMIT = 1_000  # pages that a job may have, for links to wait: with more, a manual fits its limit
MOST_WAITING = 2_000  # of a job, those nearest to the head; what is linked beyond them is left out as it comes
MOST_STORED = 10_000  # of a job, where those nearest to the head come last
_FAR, _LINKS = 10**15, 10**5  # what the place of a page that waits is made of
BEHIND = _FAR // _LINKS // 2
"""The place that pages have as a parent which only lie in a folder: what is linked comes before them."""
_KIND = BEHIND * _LINKS  # pages that get room together
_OTHERS = 2 * _FAR  # where those begin that `include` does not match


def lets_wait(job: Job) -> bool:
    """Tell whether what links name waits for room."""
    return job.options.max_pages <= MAX_LIMIT


class Places:
    """Tells at which places pages wait that one page links to, or one list names."""

    def __init__(self, job: Job, *, parent: int) -> None:
        """Prepare for the links of a page.

        Args:
            job: its job.
            parent: place of the page whose links they are; 0 if a list of the site names them, `BEHIND` if only a
                folder has them.
        """
        seed = path_of(job.scope.normal(job.seed_url))
        directory = seed[: seed.rindex("/") + 1]
        self._near = directory if len(directory) > len(job.scope.prefix) else None
        self._scope = job.scope
        self._first = min(parent, _FAR // _LINKS - 1) * _LINKS

    def of(self, url: str, at: int) -> int:
        """Return the place of a page; `at` is its place among the links, or in the list."""
        is_near = self._near is not None and path_of(url).startswith(self._near)
        kind = (not is_near) * _FAR + (not self._scope.wants(url)) * _OTHERS
        return kind + self._first + min(at, _LINKS - 1)


def reason_of(place: int) -> str:
    """Return why a page waits at a place, or finds no room."""
    return NO_ROOM if place < _OTHERS else NOT_INCLUDED


def may_wait(
    db: Connection, job: Job, pages: Sequence[tuple[str, NewPage]], places: Mapping[str, int]
) -> tuple[list[tuple[str, NewPage]], list[tuple[str, NewPage]]]:
    """Return which new pages may wait, and which are left out: those behind as many as may find room.

    Args:
        db: of the transaction.
        job: whose pages they are.
        pages: each with its hash.
        places: hash → where it waits.
    """
    count = page_queries.COUNT_WAITING.scalar(db, {"job": job.id}) or 0
    if count + len(pages) <= MOST_WAITING:
        return list(pages), []
    known = [place for _, place in page_queries.NEXT_WAITING.rows(db, {"job": job.id, "room": MOST_WAITING})]
    last = sorted([*known, *(places[digest] for digest, _ in pages)])[MOST_WAITING - 1]
    near = [one for one in pages if places[one[0]] <= last][: max(0, MOST_STORED - count)]
    taken = {digest for digest, _ in near}
    return near, [one for one in pages if one[0] not in taken]


def has_fresh_page(db: Connection, job: Job) -> bool:
    """Tell whether a page is open that was not tried yet: those that wait have to wait for its links."""
    return page_queries.FRESH_PAGE.scalar(db, {"job": job.id}) is not None


def take_waiting(db: Connection, job: Job, *, room: int) -> Sequence[int]:
    """Give room to so many pages that wait, all as near and as wanted as the first of them. Return their ids."""
    found = page_queries.NEXT_WAITING.rows(db, {"job": job.id, "room": room})
    if found:
        kind = found[0][1] // _KIND
        found = [(id_, place) for id_, place in found if place // _KIND == kind]
        if kind * _KIND >= _OTHERS:
            found = found[: max(0, (job.options.max_pages + 1) // 2 - _read_for_links(db, job))]
    last = page_queries.LAST_PLACE.scalar(db, {"job": job.id}) or 0
    ids = [id_ for id_, _ in found]
    page_queries.GIVE_ROOM.execute(db, *({"page": id_, "new_place": last + at} for at, id_ in enumerate(ids, start=1)))
    return ids


def _read_for_links(db: Connection, job: Job) -> int:
    """Return how many pages were read that `include` does not match."""
    return page_queries.WITH_REASON.scalar(db, {"job": job.id, "reasons": json.dumps(["excluded"])})
