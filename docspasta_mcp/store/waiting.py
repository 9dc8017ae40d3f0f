"""Pages that wait for room, so that a small budget is spent in the same way each time.

Where a crawl may have fewer pages than its manual, those that are read first must not fill the room with their own
links: which ones they are is chance. So what a link names is stored as a page that waits, and gets room when no page
is open that was not tried yet. Then the next ones get it: of the directory of the page that was asked for first, and
as the links to them stand, on the page that got room first. Neither the site's pace nor the machine's decides.

A page that waits has a number like each other, so that no link to it is lost, whether it finds room or not.
"""

from collections.abc import Sequence

from docspasta_mcp.model.job import Job
from docspasta_mcp.store import page_queries
from docspasta_mcp.store.direct import Direct
from docspasta_mcp.urls import path_of

MAX_LIMIT = 1_000  # pages that a job may have, for links to wait: with more, a manual fits its limit
MOST_WAITING = 2_000  # of a job; what is linked beyond them is left out as it comes
_FAR, _LINKS = 10**15, 10**5  # what the place of a page that waits is made of


def lets_wait(job: Job) -> bool:
    """Tell whether what links name waits for room: where `include` chooses, room is kept in another way."""
    return job.options.max_pages <= MAX_LIMIT and not job.scope.include


def place_of(job: Job, url: str, *, parent: int, at: int) -> int:
    """Return the place of a page among those that wait.

    Args:
        job: its job.
        url: the page's.
        parent: place of the page whose link it is; 0 if a list of the site names it.
        at: its place among the links, or in the list.
    """
    seed = path_of(job.scope.normal(job.seed_url))
    directory = seed[: seed.rindex("/") + 1]
    is_near = len(directory) > len(job.scope.prefix) and path_of(url).startswith(directory)
    return (not is_near) * _FAR + min(parent, _FAR // _LINKS - 1) * _LINKS + min(at, _LINKS - 1)


def room_to_wait(db: Direct, job: Job) -> int:
    """Return how many more pages may wait."""
    return MOST_WAITING - (db.scalar(page_queries.COUNT_WAITING, {"job": job.id}) or 0)


def has_fresh_page(db: Direct, job: Job) -> bool:
    """Tell whether a page is open that was not tried yet: those that wait have to wait for its links."""
    return db.scalar(page_queries.FRESH_PAGE, {"job": job.id}) is not None


def take_waiting(db: Direct, job: Job, *, room: int) -> Sequence[int]:
    """Give room to so many pages that wait; of those that are far to none while one is near. Return their ids."""
    found = db.rows(page_queries.NEXT_WAITING, {"job": job.id, "room": room})
    if found and found[0][1] < _FAR:
        found = [(id_, place) for id_, place in found if place < _FAR]
    last = db.scalar(page_queries.LAST_PLACE, {"job": job.id}) or 0
    ids = [id_ for id_, _ in found]
    db.execute(page_queries.GIVE_ROOM, *({"page": id_, "new_place": last + at} for at, id_ in enumerate(ids, start=1)))
    return ids
