"""URLs that a job met and does not crawl; and pages that wait until those before them are settled, if room is scarce.

Where a crawl may have fewer pages than its manual, the pages that settle first must not fill the room with their own
links: which ones they are is chance. What a link names waits instead until no page is open. The room is then given to
those that wait, in order: the section of the page that was asked for, then by their distance from it, then as their
links stand. Room that dead links leave is given away in the same turn.
"""

import json
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from docspasta_mcp.model.frontier import LeftOut, NewPage
from docspasta_mcp.model.job import Job
from docspasta_mcp.model.page_identity import page_hash
from docspasta_mcp.store import page_queries
from docspasta_mcp.store.direct import Direct
from docspasta_mcp.urls import path_of

MAX_LEFT_OUT = 2_000  # URLs remembered of a job; a report needs counts and examples, not an archive
NO_ROOM = "page_limit"
_FEW = 100  # pages that a job may have, for all its links to wait
MOST_WAITING = 1_000  # a job that may have more never lets them wait: only so many can be remembered
_FAR, _DEPTH, _PARENT = 10**17, 10**13, 10**7  # what a page's place among those that wait is made of


class Aside(NamedTuple):
    """A URL that is not crawled, with its reason code; of a page without room, what it would be and its place."""

    url: str
    reason: str
    depth: int = 0
    sources: str = ""
    place: int = 0


def must_wait(job: Job, *, size: int, more: int) -> bool:
    """Tell whether links of a page wait: the job has `size` pages, and they are `more`.

    Where `include` chooses pages, room is kept for those that it matches in another way.
    """
    most = job.options.max_pages
    return not job.scope.include and (most <= _FEW or (most <= MOST_WAITING and size + more > most // 2))


def place_of(job: Job, page: NewPage, *, parent: int, at: int) -> int:
    """Return the place of a page among those that wait.

    Args:
        job: its job.
        page: the page.
        parent: number of the page whose link it is; 0 if a list of the site names it.
        at: its place among the links.
    """
    if not parent:
        return at  # discovery has put them in order, and what is linked comes behind them
    seed = path_of(job.scope.normal(job.seed_url))
    directory = seed[: seed.rindex("/") + 1]
    is_near = len(directory) > len(job.scope.prefix) and path_of(page.url).startswith(directory)
    return (not is_near) * _FAR + page.link_depth * _DEPTH + parent * _PARENT + at


def leave_out(db: Direct, job_id: str, urls: Iterable[Aside | LeftOut]) -> None:
    """Remember URLs that are not crawled, each once, as many as are kept of a job."""
    wanted = {page_hash(one.url): one if isinstance(one, Aside) else Aside(one.url, one.reason) for one in urls}
    if not wanted:
        return
    for (digest,) in db.rows(page_queries.KNOWN_LEFT_OUT, {"job": job_id, "hashes": json.dumps(list(wanted))}):
        del wanted[digest]
    for digest, *_ in db.rows(page_queries.KNOWN, {"job": job_id, "hashes": json.dumps(list(wanted))}):
        if wanted[digest].reason == "nofollow":
            del wanted[digest]
    if not wanted:
        return
    count = db.scalar(page_queries.COUNT_LEFT_OUT, {"job": job_id}) or 0
    new = [{"job_id": job_id, "url_hash": digest, **one._asdict()} for digest, one in wanted.items()]
    if count < MAX_LEFT_OUT:
        db.execute(page_queries.LEAVE_OUT, *new[: MAX_LEFT_OUT - count])


def next_waiting(db: Direct, job_id: str, *, room: int) -> Sequence[Aside]:
    """Take so many pages that wait, and forget that they do; of those that are far none while one is near."""
    waiting = db.rows(page_queries.WITHOUT_ROOM, {"job": job_id, "limit": NO_ROOM, "room": max(0, room)})
    found = [Aside(*facts) for facts in waiting]
    if found and found[0].place < _FAR:
        found = [one for one in found if one.place < _FAR]
    db.execute(page_queries.TAKE_IN, {"job": job_id, "hashes": json.dumps([page_hash(one.url) for one in found])})
    return found
