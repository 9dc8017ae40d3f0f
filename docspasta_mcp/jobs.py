"""What a caller can ask: start, status, result, cancel. The owner is checked here, in every question.

The answers are small typed objects that say what to do next; only results carry text.
"""

import hashlib
import json
import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import anyio
from pydantic import BaseModel, Field, ValidationError

from docspasta_mcp import results
from docspasta_mcp.crawl.document import iso_time
from docspasta_mcp.crawl.scope import infer_scope
from docspasta_mcp.errors import InvalidRequest, InvalidSeedUrl, InvalidUrl, JobNotFound
from docspasta_mcp.models import Coverage, Job, JobOptions, JobState, Quota
from docspasta_mcp.relay import Relay
from docspasta_mcp.settings import Settings
from docspasta_mcp.store import Store
from docspasta_mcp.urls import parse_url

logger = logging.getLogger(__name__)

MAX_WAIT_S = 25  # MCP clients give up after 60
_POLL_S = 0.4
_COVERAGE = {"done", "pending", "skipped", "failed", "reasons", "words", "tokens"}


class StartedCrawl(BaseModel):
    """The answer to start_crawl."""

    job_id: str
    state: JobState
    reused: bool = Field(description="True if the same crawl was running or fresh, and this is that job.")
    seed_url: str
    scope: str = Field(description="Only URLs that start with this are crawled.")
    scope_reason: str
    max_pages: int
    next_step: str
    poll_after_seconds: int


class JobStatus(BaseModel):
    """The answer to get_status. Counts are pages."""

    job_id: str
    state: JobState
    reason: str = Field(description="Why the job ended as it did; empty while all is well.")
    seed_url: str
    scope: str
    scope_reason: str
    done: int
    pending: int
    skipped: int
    failed: int
    reasons: dict[str, int] = Field(description="Skipped and failed pages by reason code.")
    words: int
    tokens: int = Field(description="Estimated size of the document so far.")
    created_at: str
    finished_at: str | None
    elapsed_seconds: float
    next_step: str
    poll_after_seconds: int


class OwnerJobs:
    """The jobs of one owner."""

    def __init__(self, owner: str, *, store: Store, relay: Relay, settings: Settings) -> None:
        self._owner = owner
        self._store = store
        self._relay = relay
        self._settings = settings
        self._quota = Quota(settings.owner_running_jobs, settings.owner_pages, settings.owner_bytes)

    async def start(
        self,
        url: str,
        *,
        max_pages: int | None = None,
        max_depth: int | None = None,
        include: Sequence[str] = (),
        exclude: Sequence[str] = (),
        force_refresh: bool = False,
    ) -> StartedCrawl:
        """Start a crawl, or return the job that already does or did the same.

        Args:
            url: any page of the manual; https:// may be left out.
            max_pages: pages to fetch at most; the operator's default if None.
            max_depth: links from the seed to follow at most; the operator's default if None.
            include: globs on paths; only pages that match one belong into the document.
            exclude: globs on paths that are not entered.
            force_refresh: crawl again though a fresh result exists.

        Raises:
            InvalidSeedUrl: the URL cannot be crawled.
            InvalidRequest: a limit is out of its range.
            QuotaExceeded: the owner has as many jobs, pages or bytes as it may have.
        """
        seed = _seed(url)
        options = self._options(max_pages=max_pages, max_depth=max_depth, include=include, exclude=exclude)
        now = self._store.clock()
        job = Job(
            id=secrets.token_hex(8),
            owner=self._owner,
            seed_url=seed,
            scope=infer_scope(seed, options),
            options=options,
            state=JobState.RUNNING,
            reason="",
            created_at=now,
            finished_at=None,
            deadline_at=now + self._settings.job_deadline_s,
        )
        fresh_since = None if force_refresh else now - self._settings.result_cache_hours * 3600
        served, reused = await self._store.jobs.start(
            job, fingerprint=_fingerprint(job), fresh_since=fresh_since, quota=self._quota
        )
        if not reused:
            logger.info("🚀 job %s started: %s", job.id, seed)
            await self._relay.send_soon()
        return StartedCrawl(
            job_id=served.id,
            state=served.state,
            reused=reused,
            seed_url=served.seed_url,
            scope=served.scope.origin + served.scope.prefix,
            scope_reason=served.scope.reason,
            max_pages=served.options.max_pages,
            next_step=_next_step(served, done=0 if served.is_running else 1),
            poll_after_seconds=2 if served.is_running else 0,
        )

    async def status(self, job_id: str) -> JobStatus:
        """Tell how far a job is.

        Raises:
            JobNotFound: the owner has no such job.
        """
        job = await self._job(job_id)
        return self._status(job, await self._store.jobs.coverage(job.id))

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
                status = await self.status(job_id)
        return status

    async def list(self) -> Sequence[JobStatus]:
        """Return the owner's 50 newest jobs."""
        jobs = await self._store.jobs.list(owner=self._owner)
        return [self._status(job, await self._store.jobs.coverage(job.id)) for job in jobs]

    async def cancel(self, job_id: str) -> JobStatus:
        """End a running job; what it has so far stays readable. A job that has ended is left as it is.

        Raises:
            JobNotFound: the owner has no such job.
        """
        job = await self._job(job_id)
        if await self._store.jobs.cancel(job.id):
            logger.info("❌ job %s cancelled", job.id)
        return await self.status(job_id)

    async def delete(self, job_id: str) -> None:
        """Delete a job, running or not, with all its pages.

        Raises:
            JobNotFound: the owner has no such job.
        """
        if not await self._store.jobs.delete(job_id, owner=self._owner):
            raise JobNotFound(job_id)
        logger.info("job %s deleted", job_id)

    async def delete_all(self) -> int:
        """Delete all jobs of the owner with all their pages; return how many."""
        return await self._store.jobs.delete_all(owner=self._owner)

    async def result(
        self,
        job_id: str,
        *,
        cursor: str | None = None,
        max_tokens: int = results.DEFAULT_TOKENS,
        result_format: results.ResultFormat = "markdown",
    ) -> results.Slice:
        """Return the next part of a job's document; see `results.read_slice`.

        Raises:
            JobNotFound: the owner has no such job.
            InvalidCursor: the cursor is not one of this job.
            InvalidRequest: `max_tokens` is out of its range.
            ResultNotReady: there is no page yet, or there never will be.
        """
        job = await self._job(job_id)
        return await results.read_slice(
            self._store, job, cursor=cursor, max_tokens=max_tokens, result_format=result_format
        )

    async def document(self, job_id: str) -> AsyncIterator[str]:
        """Return the whole document in parts; see `results.document`.

        Raises:
            JobNotFound: the owner has no such job.
            ResultNotReady: there is no page yet, or there never will be.
        """
        return await results.document(self._store, await self._job(job_id))

    async def json_document(self, job_id: str) -> AsyncIterator[str]:
        """Return one JSON object in parts: `job`, `coverage` and `pages`; see `results.json_document`.

        Raises:
            JobNotFound: the owner has no such job.
        """
        job = await self._job(job_id)
        status = await self.status(job_id)
        options = job.options.model_dump(mode="json")
        head = {
            "job": {**status.model_dump(mode="json", exclude=_COVERAGE), "options": options},
            "coverage": status.model_dump(mode="json", include=_COVERAGE),
        }
        return await results.json_document(self._store, job, head)

    async def contents(self, job_id: str) -> str:
        """Return the document's list of contents.

        Raises:
            JobNotFound: the owner has no such job.
        """
        return results.contents(await self._store.documents.records(await self._job(job_id), done_only=True))

    async def _job(self, job_id: str) -> Job:
        job = await self._store.jobs.get(job_id, owner=self._owner)
        if job is None:
            raise JobNotFound(job_id)
        return job

    def _options(
        self, *, max_pages: int | None, max_depth: int | None, include: Sequence[str], exclude: Sequence[str]
    ) -> JobOptions:
        if max_pages is not None and max_pages > self._settings.max_pages_cap:
            raise InvalidRequest(f"max_pages is {max_pages}; give 1 to {self._settings.max_pages_cap}.")
        try:
            return JobOptions(
                max_pages=self._settings.max_pages if max_pages is None else max_pages,
                max_depth=self._settings.max_depth if max_depth is None else max_depth,
                include=tuple(include),
                exclude=tuple(exclude),
                quality_threshold=self._settings.quality_threshold,
                allow_private=self._settings.allow_private,
            )
        except ValidationError as error:
            problem = error.errors(include_url=False)[0]
            raise InvalidRequest(f"{problem['loc'][0]} is {problem['input']!r}: {problem['msg']}.") from None

    def _status(self, job: Job, coverage: Coverage) -> JobStatus:
        end = job.finished_at if job.finished_at is not None else self._store.clock()
        return JobStatus(
            job_id=job.id,
            state=job.state,
            reason=job.reason,
            seed_url=job.seed_url,
            scope=job.scope.origin + job.scope.prefix,
            scope_reason=job.scope.reason,
            done=coverage.done,
            pending=coverage.pending,
            skipped=coverage.skipped,
            failed=coverage.failed,
            reasons=coverage.reasons,
            words=coverage.words,
            tokens=coverage.tokens,
            created_at=iso_time(job.created_at),
            finished_at=iso_time(job.finished_at) if job.finished_at is not None else None,
            elapsed_seconds=round(max(0.0, end - job.created_at), 1),
            next_step=_next_step(job, done=coverage.done),
            poll_after_seconds=(2 if coverage.found < 50 else 5) if job.is_running else 0,
        )


def _seed(url: str) -> str:
    text = url.strip(" ")
    if text and "://" not in text:
        text = f"https://{text}"
    try:
        return parse_url(text)
    except InvalidUrl as error:
        raise InvalidSeedUrl(
            f"{error} Give the address of a documentation page, as in https://docs.example.com/."
        ) from error


def _fingerprint(job: Job) -> str:
    data = [job.owner, job.seed_url, job.options.model_dump(mode="json")]
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()


def _next_step(job: Job, *, done: int) -> str:
    if job.is_running:
        return f'Call get_status(job_id="{job.id}", wait_seconds=20) until state is no longer "running".'
    if job.state is JobState.FAILED or not done:
        return f"No page could be had: {job.reason or 'see reasons'}. Check the URL, then call start_crawl again."
    return (
        f'Call get_result(job_id="{job.id}", format="map") for the contents with tokens per page, '
        f'or get_result(job_id="{job.id}") to read from the start.'
    )
