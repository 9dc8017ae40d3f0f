"""Start a crawl for an owner: check what is wanted, then show it as a dry run, or store it as a job with a message."""

import logging
import secrets
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread

from docspasta_mcp.jobs import crawl_request as request
from docspasta_mcp.jobs.fingerprint import fingerprint
from docspasta_mcp.jobs.render_choice import render_mode
from docspasta_mcp.jobs.status import StartedCrawl, preview_of, reused_step
from docspasta_mcp.model.crawl_choices import CrawlChoices
from docspasta_mcp.model.folder import called, folder_name
from docspasta_mcp.model.job import Job, JobOptions, JobState
from docspasta_mcp.model.owner import Quota
from docspasta_mcp.runtime.fair_slots import work_of
from docspasta_mcp.urls import origin_of

if TYPE_CHECKING:
    from docspasta_mcp.jobs.service import CrawlParts
    from docspasta_mcp.settings import Settings
    from docspasta_mcp.store import Store

logger = logging.getLogger(__name__)

JOIN_POLL_S = 0.1
PREVIEW_S = 4.5  # a dry run answers within five seconds; the rest is for merging what came in


@dataclass(frozen=True, slots=True)
class ValidRequest:
    """A crawl that may be made: where it starts, what of, and how many pages its caller asked for, if any."""

    seed: str
    options: JobOptions
    max_pages: int | None


class Starter:
    """Starts the crawls of one owner."""

    def __init__(self, owner: str, *, store: "Store", settings: "Settings", parts: "CrawlParts", quota: Quota) -> None:
        """Prepare; the arguments are those of `OwnerJobs`, and what its owner may have."""
        self._owner = owner
        self._store = store
        self._settings = settings
        self._parts = parts
        self._quota = quota

    async def wanted(self, url: str, choices: CrawlChoices) -> ValidRequest:
        """Return the crawl that is asked for, checked.

        Raises:
            InvalidSeedUrl: the URL cannot be crawled.
            InvalidRequest: a limit is out of its range.
        """
        options = request.crawl_options(self._settings, choices)
        seed = request.parsed_seed(url)
        if folder_name(seed):
            options = request.folder_options(seed, options, self._parts.folders, self._settings, owner=self._owner)
            if self._settings.is_embedded:  # else another machine may read it
                check = partial(request.check_folder, seed, self._parts.folders, owner=self._owner)
                await anyio.to_thread.run_sync(check)
        else:
            seed = await self._seed(url, options)
            origins = [seed, *(f"{seed.partition('://')[0]}://{host}" for host in options.include_hosts)]
            is_signed_in = any(self._parts.discoverer.is_signed_in(url, self._owner) for url in origins)
            options = options.model_copy(update={"signed_in": is_signed_in})
        render = render_mode(self._settings, origin_of(seed), choices.get("render"))
        options = options.model_copy(update={"render": render})
        request.check_seed(seed, options)
        return ValidRequest(seed, options, choices.get("max_pages"))

    async def preview(self, wanted: ValidRequest) -> StartedCrawl:
        """Return what would be crawled; nothing is stored."""
        with work_of(self._owner):
            frontier = await self._parts.discoverer.discover(
                wanted.seed, wanted.options, time_s=PREVIEW_S, verify=False
            )
        return preview_of(wanted.seed, wanted.options, frontier)

    async def start(self, wanted: ValidRequest, *, force_refresh: bool, refreshes: bool) -> StartedCrawl:
        """Store a job, or return the one that has this manual already, or will have it.

        Raises:
            QuotaExceeded: the owner has as many jobs, pages or bytes as it may have.
        """
        job = self._job(wanted)
        asks_again = refreshes or folder_name(wanted.seed)  # files are asked at no cost
        if self._settings.is_embedded and (name := folder_name(wanted.seed)):
            await anyio.to_thread.run_sync(self._parts.folders.keep, name)
        fresh_for_s = 0 if asks_again else self._settings.result_cache_hours * 3600
        fresh_since = None if force_refresh else job.created_at - fresh_for_s
        if fresh_since is not None:
            await self._let_others_decide(job)
        served, reused = await self._store.jobs.start(
            job, fingerprint=fingerprint(job), fresh_since=fresh_since, quota=self._quota
        )
        if not reused:
            logger.info("🚀 job %s started: %s", job.id, job.seed_url, extra={"job_id": job.id})
            await self._parts.relay.send_soon()
        return StartedCrawl(
            job_id=served.id,
            state=served.state,
            reused=reused,
            seed_url=called(served.seed_url),
            scope=called(served.scope.origin + served.scope.prefix),
            scope_reason=served.scope.reason,
            max_pages=served.options.max_pages,
            next_step=reused_step(served, wanted.seed, max_pages=wanted.max_pages),
            poll_after_seconds=2 if served.is_running else 0,
        )

    async def _let_others_decide(self, job: Job) -> None:
        """Wait a moment for a crawl of the same site that was just begun: it may turn out to have the page too."""
        for _ in range(round(self._parts.join_s / JOIN_POLL_S)):
            if not await self._store.jobs.may_join(job):
                return
            await anyio.sleep(JOIN_POLL_S)

    def _job(self, wanted: ValidRequest) -> Job:
        now = self._store.clock()
        return Job(
            id=secrets.token_hex(8),
            owner=self._owner,
            seed_url=wanted.seed,
            scope=request.provisional_scope(wanted.seed, wanted.options),
            options=wanted.options,
            state=JobState.RUNNING,
            reason="",
            created_at=now,
            finished_at=None,
            deadline_at=now + self._settings.job_deadline_s,
        )

    async def _seed(self, url: str, options: JobOptions) -> str:
        """Return the URL to start from; one without a scheme on a host of the operator's own may speak http alone.

        Raises:
            InvalidSeedUrl: it cannot be crawled.
        """
        seed = request.parsed_seed(url)
        if request.may_speak_http(url, seed, options) and not await self._parts.discoverer.answers(seed, options):
            return f"http{seed.removeprefix('https')}"
        return seed
