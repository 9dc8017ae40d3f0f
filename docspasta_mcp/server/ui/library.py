"""A person's manuals as tiles, one for each however often it was crawled, and how fast running crawls come along.

What has ended is told from the rows of jobs alone, so that a library costs by its manuals and not by their pages. What
moves is made by one read of the store, and at most once a second, however many watch it.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from docspasta_mcp.jobs.library import OwnerLibrary
from docspasta_mcp.jobs.pages import OwnerPages
from docspasta_mcp.jobs.status import JobStatus, job_status
from docspasta_mcp.model.job import JobState
from docspasta_mcp.model.manual import Edition, Manual
from docspasta_mcp.runtime.shared_values import SharedValues
from docspasta_mcp.server.ui.words import address
from docspasta_mcp.store import Front, Marks, Watched

LATEST = 3  # pages that a running crawl has read last
A_PAGE = 48  # manuals that are shown at once: whole rows of two, three and four
_FRESH_S = 0.9  # watchers ask once a second
_MANUAL_FRESH_S = 30.0  # what stands beside a crawl that runs: the earlier ones of its manual
_MAX_KEPT = 500


@dataclass(frozen=True, slots=True)
class Card:
    """A crawl as its pages show it. `rate` is settled pages a second, `left_s` the time for those known now.

    `latest` are titles; `marks` tell whether it is pinned, and can be compared.
    """

    status: JobStatus
    title: str
    language: str
    latest: Sequence[str] = ()
    rate: float = 0.0
    left_s: float | None = None
    marks: Marks = field(default_factory=Marks)

    @property
    def is_running(self) -> bool:
        """Whether it moves."""
        return self.status.state is JobState.RUNNING

    @property
    def settled(self) -> int:
        """Pages that are done with, well or not."""
        return self.status.done + self.status.skipped + self.status.failed

    @property
    def found(self) -> int:
        """All pages known so far."""
        return self.settled + self.status.pending


@dataclass(frozen=True, slots=True)
class Tile:
    """A manual in the library: the crawl that is read, or the one that runs, which `moving` then tells of."""

    manual: Manual
    moving: Card | None = None

    @property
    def job_id(self) -> str:
        """The crawl that the tile leads to."""
        return self.moving.status.job_id if self.moving else self.manual.best.job_id

    @property
    def title(self) -> str:
        """What the manual is called."""
        found = self.manual.best.title or (self.moving.title if self.moving else "")
        return found if found and "://" not in found[:8] else address(self.manual.current.site)

    @property
    def before(self) -> Edition | None:
        """The crawl that is read while a newer one runs."""
        best = self.manual.best
        return best if self.moving and best.job_id != self.job_id and best.pages else None

    @property
    def others(self) -> int:
        """Stored crawls of the manual beside the one that the tile leads to."""
        return len(self.manual.editions) - 1

    @property
    def failed(self) -> Edition | None:
        """A newer crawl that came to nothing, or was stopped."""
        current = self.manual.current
        is_other = self.moving is None and current.job_id != self.manual.best.job_id
        return current if is_other and current.state is not JobState.RUNNING else None

    @property
    def part(self) -> Edition | None:
        """A newer crawl that has only some of the pages."""
        newest = self.manual.newest
        return (
            newest if self.moving is None and newest.is_readable and newest.job_id != self.manual.best.job_id else None
        )


@dataclass(frozen=True, slots=True)
class Shelf:
    """Some of a library's manuals, those crawled last first; `number` counts such pages from 1."""

    tiles: Sequence[Tile]
    total: int
    number: int

    @property
    def pages(self) -> int:
        """How many such pages there are."""
        return max(1, -(-self.total // A_PAGE))


class LibraryView:
    """Makes cards and tiles, and keeps those that move for a second."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._cards = SharedValues[tuple[str, str], Card](fresh_s=_FRESH_S, most=_MAX_KEPT, clock=clock)
        self._manuals = SharedValues[tuple[str, str], Manual](fresh_s=_MANUAL_FRESH_S, most=_MAX_KEPT, clock=clock)

    async def shelf(self, owner: str, library: OwnerLibrary, pages: OwnerPages, *, number: int = 1) -> Shelf:
        """Return an owner's manuals, a page of them."""
        manuals = sorted(await library.everything(), key=lambda one: -one.newest.created_at)
        number = min(max(1, number), max(1, -(-len(manuals) // A_PAGE)))
        shown = manuals[(number - 1) * A_PAGE : number * A_PAGE]
        return Shelf([await self._tile(owner, manual, pages) for manual in shown], len(manuals), number)

    async def tile(self, owner: str, job_id: str, library: OwnerLibrary, pages: OwnerPages) -> Tile:
        """Return the tile of the manual that a job is a crawl of.

        Raises:
            JobNotFound: the owner has no such job.
        """
        return await self._tile(owner, await library.holding(job_id), pages)

    async def moving(self, owner: str, job_id: str, library: OwnerLibrary, pages: OwnerPages) -> Tile:
        """Return the tile of a job that runs; once it has ended, that of its manual.

        Raises:
            JobNotFound: the owner has no such job.
        """
        card = await self.card(owner, job_id, pages)
        if not card.is_running:
            self._manuals.drop((owner, job_id))
            return await self.tile(owner, job_id, library, pages)
        return Tile(await self._manuals.get((owner, job_id), lambda: library.holding(job_id)), card)

    async def _tile(self, owner: str, manual: Manual, pages: OwnerPages) -> Tile:
        running = next((one for one in manual.editions if one.state is JobState.RUNNING), None)
        if running is None:
            return Tile(manual)
        card = await self.card(owner, running.job_id, pages)
        return Tile(manual, card if card.is_running else None)

    async def card(self, owner: str, job_id: str, pages: OwnerPages) -> Card:
        """Return one crawl's card.

        Raises:
            JobNotFound: the owner has no such job.
        """
        return await self._cards.get((owner, job_id), lambda: card_of(job_id, pages))

    def forget(self, owner: str, job_id: str) -> None:
        """Drop what is kept of a job, because it has changed; the next request renders it again."""
        self._cards.drop((owner, job_id))
        self._manuals.drop((owner, job_id))


async def card_of(job_id: str, pages: OwnerPages) -> Card:
    """Return a job's card.

    Raises:
        JobNotFound: the owner has no such job.
    """
    watched = await pages.watched(job_id, latest=LATEST)
    status = job_status(watched.job, watched.coverage, now=pages.now())
    if status.state is JobState.RUNNING:
        return _moving(status, watched)
    fronts, marks = await pages.fronts([job_id]), await pages.marks([job_id])
    front = fronts.get(job_id, Front())
    return Card(status, front.title or status.scope, front.language, marks=marks.get(job_id, Marks()))


def _moving(status: JobStatus, watched: Watched) -> Card:
    settled = status.done + status.skipped + status.failed
    is_first_run = watched.job.retried_at is None  # else most pages were settled before
    rate = settled / status.elapsed_seconds if status.elapsed_seconds and is_first_run else 0.0
    left_s = status.pending / rate if rate else None
    marks = Marks(is_pinned=watched.job.is_pinned)
    return Card(status, watched.title or status.scope, "", watched.latest, rate, left_s, marks)
