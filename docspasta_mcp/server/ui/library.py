"""A person's manuals as cards, and how fast the running ones come along.

A card is made at most once a second, however many watch it.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from docspasta_mcp.jobs.pages import OwnerPages
from docspasta_mcp.jobs.service import OwnerJobs
from docspasta_mcp.jobs.status import JobStatus
from docspasta_mcp.model.job import JobState
from docspasta_mcp.model.page import PageRecord
from docspasta_mcp.runtime.bounded_cache import BoundedCache
from docspasta_mcp.store import Front

LATEST = 3  # pages that a running crawl has read last
_FRESH_S = 0.9  # watchers ask once a second
_MAX_KEPT = 500


@dataclass(frozen=True, slots=True)
class Card:
    """A manual as the library shows it. `rate` is settled pages a second, `left_s` the time for those known now.

    `has_earlier` tells that an earlier crawl can be compared with it.
    """

    status: JobStatus
    title: str
    language: str
    latest: Sequence[PageRecord] = ()
    rate: float = 0.0
    left_s: float | None = None
    has_earlier: bool = False

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
        self._clock = clock
        self._kept = BoundedCache[tuple[str, str], tuple[float, Card]](_MAX_KEPT)

    async def cards(self, owner: str, jobs: OwnerJobs, pages: OwnerPages) -> list[Card]:
        """Return the cards of an owner's newest manuals."""
        statuses = await jobs.list()
        ids = [status.job_id for status in statuses]
        fronts, compared = await pages.fronts(ids), await pages.with_earlier(ids)
        return [
            await self._card(owner, status, pages, fronts.get(status.job_id, Front()), status.job_id in compared)
            for status in statuses
        ]

    async def card(self, owner: str, job_id: str, jobs: OwnerJobs, pages: OwnerPages) -> Card:
        """Return one card.

        Raises:
            JobNotFound: the owner has no such job.
        """
        kept = self._kept.get((owner, job_id))
        if kept is not None and self._clock() - kept[0] < _FRESH_S:
            return kept[1]
        status, fronts = await jobs.status(job_id), await pages.fronts([job_id])
        has_earlier = bool(await pages.with_earlier([job_id]))
        return await self._card(owner, status, pages, fronts.get(job_id, Front()), has_earlier)

    def forget(self, owner: str, job_id: str) -> None:
        """Drop a cached card, because its job has changed; the next request renders it again."""
        self._kept.drop((owner, job_id))

    async def _card(self, owner: str, status: JobStatus, pages: OwnerPages, front: Front, has_earlier: bool) -> Card:
        card = replace(await card_of(status, pages, front), has_earlier=has_earlier)
        self._kept.put((owner, status.job_id), (self._clock(), card))
        return card


async def card_of(status: JobStatus, pages: OwnerPages, front: Front) -> Card:
    """Return a job's card."""
    title = front.title or status.scope
    if status.state is not JobState.RUNNING:
        return Card(status, title, front.language)
    settled = status.done + status.skipped + status.failed
    rate = settled / status.elapsed_seconds if status.elapsed_seconds else 0.0
    left_s = status.pending / rate if rate else None
    latest = await pages.latest(await pages.job(status.job_id), LATEST)
    return Card(status, title, "", latest, rate, left_s)
