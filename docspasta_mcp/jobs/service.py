"""What a caller can have done: start a crawl, wait for it, cancel, try again, delete. The owner is always checked.

What is read of a crawl is in `reading`. The answers are small typed objects that say what to do next. What starts a
crawl is imported by the questions that need it, since most processes ask few of them.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Unpack

import anyio

from docspasta_mcp.errors import InvalidRequest, JobNotFound
from docspasta_mcp.jobs.known_of_jobs import forget
from docspasta_mcp.jobs.reading import OwnerReading
from docspasta_mcp.jobs.status import MAX_WAIT_S, JobStatus, StartedCrawl, job_status
from docspasta_mcp.model.crawl_choices import CrawlChoices
from docspasta_mcp.model.job import JobState
from docspasta_mcp.model.owner import Quota

if TYPE_CHECKING:
    from docspasta_mcp.discovery.discover import Discoverer
    from docspasta_mcp.document.imports.exported import Exported
    from docspasta_mcp.document.search.meaning import Meaning
    from docspasta_mcp.fetch.folders import Folders
    from docspasta_mcp.pipeline.relay import Relay
    from docspasta_mcp.settings import Settings
    from docspasta_mcp.store import Store

logger = logging.getLogger(__name__)

_POLL_S = 0.4


@dataclass(frozen=True, slots=True)
class CrawlParts:
    """What jobs are started with.

    `join_s` is for how long a start waits for another crawl to find out whether it has the same manual.
    """

    relay: "Relay"
    discoverer: "Discoverer"
    folders: "Folders"
    join_s: float = 0.0


class OwnerJobs(OwnerReading):
    """The jobs of one owner."""

    def __init__(
        self,
        owner: str,
        *,
        store: "Store",
        settings: "Settings",
        parts: Callable[[], CrawlParts],
        meaning: "Meaning | None" = None,
    ) -> None:
        """Serve the jobs of `owner`.

        Args:
            owner: whose jobs they are.
            store: where they are.
            settings: what a crawl may be, and is if its caller says nothing.
            parts: returns what jobs are started with; called when one is started or cancelled.
            meaning: ranks passages by what they mean too, if the settings name a model.
        """
        super().__init__(owner, store=store, retention_days=settings.retention_days, meaning=meaning)
        self._settings = settings
        self._parts = parts
        self._quota = Quota(settings.owner_running_jobs, settings.owner_pages, settings.owner_bytes)

    async def start(
        self,
        url: str,
        *,
        force_refresh: bool = False,
        dry_run: bool = False,
        refreshes: bool = False,
        **choices: Unpack[CrawlChoices],
    ) -> StartedCrawl:
        """Start a crawl, or return the job that has this manual already, or will have it.

        Args:
            url: any page of the manual; https:// may be left out. `folder:NAME` is a folder that the operator named.
            force_refresh: fetch and read every page anew though a fresh result exists.
            dry_run: store and crawl nothing; tell what would be crawled, within five seconds, or forty of a folder or
                repository.
            refreshes: ask for every page again though a fresh result exists, and read anew only what has changed.
            choices: limits, globs and the rest, as `CrawlChoices` lists them.

        Raises:
            InvalidSeedUrl: the URL cannot be crawled.
            InvalidRequest: a limit is out of its range.
            QuotaExceeded: the owner has as many jobs, pages or bytes as it may have.
        """
        from docspasta_mcp.jobs.starting import Starter  # noqa: PLC0415

        starter = Starter(
            self._owner, store=self._store, settings=self._settings, parts=self._parts(), quota=self._quota
        )
        wanted = await starter.wanted(url, choices)
        if dry_run:
            return await starter.preview(wanted)
        return await starter.start(wanted, force_refresh=force_refresh, refreshes=refreshes)

    async def wait(
        self, job_id: str, seconds: float, on_progress: Callable[[JobStatus], Awaitable[None]] | None = None
    ) -> JobStatus:
        """Return the status when the job has ended, or after `seconds`, at most 25.

        Args:
            job_id: the job.
            seconds: how long to wait at most.
            on_progress: called with every status that differs from the last.

        Raises:
            JobNotFound: the owner has no such job.
            InvalidRequest: `seconds` is out of its range.
        """
        if not 0 <= seconds <= MAX_WAIT_S:
            raise InvalidRequest(f"wait_seconds is {seconds:g}; give 0 to {MAX_WAIT_S}.")
        status = await self.status(job_id)
        with anyio.move_on_after(seconds):
            while status.state is JobState.RUNNING and seconds:
                if on_progress is not None:
                    await on_progress(status)
                await anyio.sleep(_POLL_S)
                status = await self.status(status.job_id)
        return status

    async def list(self) -> Sequence[JobStatus]:
        """Return the owner's 50 newest jobs."""
        now = self._store.clock()
        return [job_status(*found, now=now) for found in await self._store.jobs.list(owner=self._owner)]

    async def cancel(self, job_id: str) -> JobStatus:
        """End a running job; what it has so far stays readable. A job that has ended is left as it is.

        Raises:
            JobNotFound: the owner has no such job.
        """
        job = await self.library.job(job_id, newest=True)
        if await self._store.endings.cancel(job.id):
            logger.info("❌ job %s cancelled", job.id, extra={"job_id": job.id})
            await self._parts().relay.send_soon()
        return await self.status(job.id)

    async def retry(self, job_id: str, url: str = "") -> JobStatus:
        """Try again the pages of a job that failed, or the one at `url`; a job that has ended runs again meanwhile.

        Raises:
            JobNotFound: the owner has no such job.
            InvalidRequest: no such page failed, or nothing of the job could be read at all.
            QuotaExceeded: too many jobs of the owner run.
        """
        from docspasta_mcp.jobs.retry import try_again  # noqa: PLC0415

        job = await self.library.job(job_id, newest=True)
        deadline_s, running_jobs = self._settings.job_deadline_s, self._quota.running_jobs
        count = await try_again(self._store, job, url.strip(), deadline_s=deadline_s, running_jobs=running_jobs)
        logger.info("job %s: %d pages are tried again", job.id, count, extra={"job_id": job.id})
        await self._parts().relay.send_soon()
        return await self.status(job.id)

    async def delete(self, job_id: str) -> None:
        """Delete a job, running or not, with all its pages.

        Raises:
            JobNotFound: the owner has no such job.
        """
        job = await self.library.job(job_id, newest=True)
        if not await self._store.jobs.delete(job.id, owner=self._owner):
            raise JobNotFound(job_id)
        forget(job.id)
        logger.info("job %s deleted", job.id, extra={"job_id": job.id})

    async def delete_all(self) -> int:
        """Delete all jobs of the owner with all their pages; return how many."""
        count = await self._store.jobs.delete_all(owner=self._owner)
        forget()
        return count

    async def take_in(self, exported: "Exported") -> JobStatus:
        """Store an exported manual as a job of this owner; see `import_manual`.

        Raises:
            InvalidRequest: it is not what was exported; nothing of it stays.
            QuotaExceeded: the owner may not have as much.
        """
        from docspasta_mcp.jobs.imports import import_manual  # noqa: PLC0415

        job = await import_manual(self._store, self._settings, exported, owner=self._owner, quota=self._quota)
        logger.info("📥 job %s imported: %s", job.id, job.seed_url, extra={"job_id": job.id})
        return await self.status(job.id)
