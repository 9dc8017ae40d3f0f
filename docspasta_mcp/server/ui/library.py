"""A person's manuals as cards, and how fast the running ones come along.

A card that moves is made by one read of the store, and at most once a second, however many watch it.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from docspasta_mcp.jobs.pages import OwnerPages
from docspasta_mcp.jobs.service import OwnerJobs
from docspasta_mcp.jobs.status import JobStatus, job_status
from docspasta_mcp.model.job import JobState
from docspasta_mcp.runtime.shared_values import SharedValues
from docspasta_mcp.store import Front, Marks, Watched

LATEST = 3  # pages that a running crawl has read last
_FRESH_S = 0.9  # watchers ask once a second
_MAX_KEPT = 500


@dataclass(frozen=True, slots=True)
class Card:
    """A manual as the library shows it. `rate` is settled pages a second, `left_s` the time for those known now.

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


class LibraryView:
    """Makes cards, and keeps each for a second."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._cards = SharedValues[tuple[str, str], Card](fresh_s=_FRESH_S, most=_MAX_KEPT, clock=clock)

    async def cards(self, owner: str, jobs: OwnerJobs, pages: OwnerPages) -> list[Card]:
        """Return the cards of an owner's newest manuals."""
        statuses = await jobs.list()
        ids = [status.job_id for status in statuses]
        fronts, marks = await pages.fronts(ids), await pages.marks(ids)
        return [
            await self.card(owner, status.job_id, pages)
            if status.state is JobState.RUNNING
            else _still(status, fronts.get(status.job_id, Front()), marks.get(status.job_id, Marks()))
            for status in statuses
        ]

    async def card(self, owner: str, job_id: str, pages: OwnerPages) -> Card:
        """Return one card.

        Raises:
            JobNotFound: the owner has no such job.
        """
        return await self._cards.get((owner, job_id), lambda: card_of(job_id, pages))

    def forget(self, owner: str, job_id: str) -> None:
        """Drop a cached card, because its job has changed; the next request renders it again."""
        self._cards.drop((owner, job_id))


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
    return _still(status, fronts.get(job_id, Front()), marks.get(job_id, Marks()))


def _still(status: JobStatus, front: Front, marks: Marks) -> Card:
    return Card(status, front.title or status.scope, front.language, marks=marks)


def _moving(status: JobStatus, watched: Watched) -> Card:
    settled = status.done + status.skipped + status.failed
    rate = settled / status.elapsed_seconds if status.elapsed_seconds else 0.0
    left_s = status.pending / rate if rate else None
    marks = Marks(is_pinned=watched.job.is_pinned)
    return Card(status, watched.title or status.scope, "", watched.latest, rate, left_s, marks)
