"""What a caller can ask: start, status, result, cancel. The owner is checked here, in every question.

The answers are small typed objects that say what to do next; only results carry text.
"""

import hashlib
import json
import logging
import re
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

import anyio
from pydantic import BaseModel, Field, ValidationError

from docspasta_mcp.crawl.document import contents_line, cut, iso_time, page_text
from docspasta_mcp.crawl.scope import infer_scope
from docspasta_mcp.errors import InvalidCursor, InvalidRequest, InvalidSeedUrl, InvalidUrl, JobNotFound, ResultNotReady
from docspasta_mcp.models import Coverage, Job, JobOptions, JobState, Page, PageRecord, PageState
from docspasta_mcp.relay import Relay
from docspasta_mcp.settings import Settings
from docspasta_mcp.store import Store
from docspasta_mcp.tokens import count_tokens
from docspasta_mcp.urls import parse_url

logger = logging.getLogger(__name__)

DEFAULT_TOKENS = 8_000
MIN_TOKENS = 500  # the header and the cursor alone take 250
MAX_TOKENS = 20_000  # hosts cut answers above 25,000 tokens, silently and in the middle
MAX_CHARS = 39_000  # and above 50,000 characters
MAX_WAIT_S = 25  # MCP clients give up after 60
HEADER_TOKENS = 300
_MIN_PIECE_TOKENS = 200  # less than this of a new page at the end of an answer helps nobody
_POLL_S = 0.4
_BATCH = 50  # pages read from the store at a time

ResultFormat = Literal["markdown", "map"]
_CURSOR = re.compile(r"([0-9a-z]{4,})-([apm])([1-9][0-9]{0,8})\.([0-9]{1,9})")


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


class _Cursor(NamedTuple):
    """A place in the document: which order it counts in, page number, character offset in that page."""

    order: str
    number: int
    offset: int


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of a result that fits a budget. `first` and `last` are page numbers of `pages` in all."""

    job: Job
    text: str
    first: int
    last: int
    pages: int
    tokens_left: int
    next_cursor: str | None

    @property
    def tokens_here(self) -> int:
        """The estimated size of the text."""
        return count_tokens(self.text)


class OwnerJobs:
    """The jobs of one owner."""

    def __init__(self, owner: str, *, store: Store, relay: Relay, settings: Settings) -> None:
        self._owner = owner
        self._store = store
        self._relay = relay
        self._settings = settings

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
        served, reused = await self._store.jobs.start(job, fingerprint=_fingerprint(job), fresh_since=fresh_since)
        if not reused:
            logger.info("🚀 job %s started: %s", job.id, seed)
            await self._relay.send(job.id)
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

    async def result(
        self, job_id: str, *, cursor: str | None = None, max_tokens: int = DEFAULT_TOKENS, result_format: ResultFormat = "markdown"
    ) -> Slice:
        """Return the next part of a job's document, or of its list of contents.

        While the job runs the pages come in the order in which they were read, and a cursor of that time stays
        valid; afterwards they come in reading order.

        Args:
            job_id: the job.
            cursor: from the part before; None begins at the start.
            max_tokens: the size of the whole answer, header included.
            result_format: `markdown` for the pages, `map` for the list of contents.

        Raises:
            JobNotFound: the owner has no such job.
            InvalidCursor: the cursor is not one of this job and format.
            InvalidRequest: `max_tokens` is out of its range.
            ResultNotReady: there is no page yet, or there never will be.
        """
        if not MIN_TOKENS <= max_tokens <= MAX_TOKENS:
            raise InvalidRequest(f"max_tokens is {max_tokens}; give {MIN_TOKENS} to {MAX_TOKENS}.")
        job = await self._job(job_id)
        order = "m" if result_format == "map" else "p" if _is_numbered(job) else "a"
        place = _parse_cursor(cursor, job, result_format) if cursor else _Cursor(order, 1, 0)
        pages, _, _ = await self._store.pages.remaining(job, first=1)
        if not pages:
            raise ResultNotReady(_nothing_yet(job))
        if result_format == "map":
            return await self._map_slice(job, place, pages, max_tokens - HEADER_TOKENS)
        view = job if place.order == order else _as_running(job)
        return await self._page_slice(job, view, place, max_tokens - HEADER_TOKENS)

    async def document(self, job_id: str) -> AsyncIterator[str]:
        """Yield the whole document in parts: a head, the list of contents, every page.

        Raises:
            JobNotFound: the owner has no such job.
            ResultNotReady: there is no page yet, or there never will be.
        """
        job = await self._job(job_id)
        records = await self._store.pages.records(job, done_only=True)
        if not records:
            raise ResultNotReady(_nothing_yet(job))
        return self._stream(job, records)

    async def json_document(self, job_id: str) -> AsyncIterator[str]:
        """Yield one JSON object in parts: `job`, `coverage`, and `pages` with the document's first, in reading order.

        Raises:
            JobNotFound: the owner has no such job.
        """
        job = await self._job(job_id)
        return self._stream_json(job, await self.status(job_id), await self._store.pages.records(job))

    async def contents(self, job_id: str) -> Sequence[PageRecord]:
        """Return the records of the document's pages in order.

        Raises:
            JobNotFound: the owner has no such job.
        """
        return await self._store.pages.records(await self._job(job_id), done_only=True)

    async def _job(self, job_id: str) -> Job:
        job = await self._store.jobs.get(job_id, owner=self._owner)
        if job is None:
            raise JobNotFound(job_id)
        return job

    def _options(
        self, *, max_pages: int | None, max_depth: int | None, include: Sequence[str], exclude: Sequence[str]
    ) -> JobOptions:
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

    async def _page_slice(self, job: Job, view: Job, place: _Cursor, budget: int) -> Slice:
        texts: list[str] = []
        tokens = chars = 0
        first = last = place.number
        number, offset = place.number, place.offset
        following: _Cursor | None = None
        async for page in self._document_pages(view, number):
            text = page_text(page)
            if offset >= len(text):
                number, offset = page.record.number + 1, 0
                continue
            room = budget - tokens
            if texts and room < _MIN_PIECE_TOKENS:
                following = _Cursor(place.order, page.record.number, offset)
                break
            piece = cut(text, offset, max_tokens=room, max_chars=MAX_CHARS - chars - 2_000)
            if texts and count_tokens(piece.text) > room:
                following = _Cursor(place.order, page.record.number, offset)
                break
            if not texts:
                first = page.record.number
            texts.append(piece.text)
            tokens, chars, last = tokens + count_tokens(piece.text) + 1, chars + len(piece.text) + 1, page.record.number
            if piece.end is not None:
                following = _Cursor(place.order, last, piece.end)
                break
            number, offset = last + 1, 0
        pages, _, left = await self._store.pages.remaining(view, first=last + 1)
        if following is not None:
            left = await self._left(view, following)
        elif job.is_running:  # more will come: the cursor waits where the document ends now
            following = _Cursor(place.order, number, 0)
        return Slice(job, "\n".join(texts), first, last, pages, left, _text(following, job) if following else None)

    async def _left(self, view: Job, place: _Cursor) -> int:
        _, _, left = await self._store.pages.remaining(view, first=place.number)
        return left - min(left, round(place.offset / 4))

    async def _map_slice(self, job: Job, place: _Cursor, pages: int, budget: int) -> Slice:
        records = await self._store.pages.records(job, done_only=True)
        lines: list[str] = []
        tokens = chars = 0
        for record in records[place.number - 1 :]:
            line = contents_line(record)
            tokens, chars = tokens + count_tokens(line) + 1, chars + len(line) + 1
            if lines and (tokens > budget or chars > MAX_CHARS - 2_000):
                break
            lines.append(line)
        last = place.number + len(lines) - 1
        left = sum(count_tokens(contents_line(record)) for record in records[last:])
        following = _text(_Cursor("m", last + 1, 0), job) if last < len(records) else None
        return Slice(job, "\n".join(lines) + "\n", place.number, last, pages, left, following)

    async def _document_pages(self, view: Job, first: int) -> AsyncIterator[Page]:
        batch = 4  # most answers need no more
        while pages := await self._store.pages.document(view, first=first, limit=batch):
            for page in pages:
                yield page
            first, batch = pages[-1].record.number + 1, _BATCH

    async def _stream(self, job: Job, records: Sequence[PageRecord]) -> AsyncIterator[str]:
        tokens = sum(record.tokens for record in records)
        yield (
            f"# {records[0].title}: the documentation at {job.scope.origin}{job.scope.prefix}\n\n"
            f"{len(records)} pages, about {tokens:,} tokens, crawled {iso_time(job.created_at)}, {job.state}.\n\n## Contents\n\n"
        )
        yield "\n".join(map(contents_line, records)) + "\n"
        async for page in self._document_pages(job, 1):
            yield f"\n{page_text(page)}"

    async def _stream_json(self, job: Job, status: JobStatus, records: Sequence[PageRecord]) -> AsyncIterator[str]:
        counts = {"done", "pending", "skipped", "failed", "reasons", "words", "tokens"}
        head = {
            "job": {**status.model_dump(mode="json", exclude=counts), "options": job.options.model_dump(mode="json")},
            "coverage": status.model_dump(mode="json", include=counts),
        }
        yield json.dumps(head, ensure_ascii=False)[:-1] + ', "pages": ['
        documents = self._document_pages(job, 1)
        for number, record in enumerate(records):
            in_document = record.state is PageState.DONE and record.duplicate_of is None
            page = await anext(documents, None) if in_document else None
            yield (",\n" if number else "\n") + json.dumps(_page_json(record, page.markdown if page else ""), ensure_ascii=False)
        yield "\n]}\n"


def _page_json(record: PageRecord, markdown: str) -> dict[str, Any]:
    """Return a page as the JSON of the CLI and REST."""
    return {
        "number": record.number,
        "url": record.url,
        "title": record.title,
        "status": record.state.value,
        "reason": record.reason,
        "detail": record.detail,
        "duplicate_of": record.duplicate_of,
        "markdown": markdown,
        "words": record.words,
        "tokens": record.tokens,
        "quality": record.quality,
        "depth": record.depth,
        "fetched_at": iso_time(record.fetched_at) if record.fetched_at is not None else None,
    }


def _seed(url: str) -> str:
    text = url.strip()
    if text and "://" not in text:
        text = f"https://{text}"
    try:
        return parse_url(text)
    except InvalidUrl as error:
        raise InvalidSeedUrl(f"{error} Give the address of a documentation page, as in https://docs.example.com/.") from error


def _fingerprint(job: Job) -> str:
    data = [job.owner, job.seed_url, job.options.model_dump(mode="json")]
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()


def _as_running(job: Job) -> Job:
    """The job as a reader sees it who began before it ended: pages in the order of their arrival."""
    return replace(job, state=JobState.RUNNING)


def _parse_cursor(cursor: str, job: Job, result_format: ResultFormat) -> _Cursor:
    match = _CURSOR.fullmatch(cursor.strip())
    orders = "m" if result_format == "map" else "a" if not _is_numbered(job) else "ap"
    if match is None or not job.id.startswith(match[1]) or match[2] not in orders:
        raise InvalidCursor(
            f"{cursor!r} is not a cursor of this job and format. Use the next_cursor of the answer before, or none to begin anew."
        )
    return _Cursor(match[2], int(match[3]), int(match[4]))


def _is_numbered(job: Job) -> bool:
    return job.state in (JobState.COMPLETED, JobState.PARTIAL)


def _text(place: _Cursor, job: Job) -> str:
    return f"{job.id[:6]}-{place.order}{place.number}.{place.offset}"


def _next_step(job: Job, *, done: int) -> str:
    if job.is_running:
        return f'Call get_status(job_id="{job.id}", wait_seconds=20) until state is no longer "running".'
    if job.state is JobState.FAILED or not done:
        return f"No page could be had: {job.reason or 'see reasons'}. Check the URL, then call start_crawl again."
    return (
        f'Call get_result(job_id="{job.id}", format="map") for the contents with tokens per page, '
        f'or get_result(job_id="{job.id}") to read from the start.'
    )


def _nothing_yet(job: Job) -> str:
    if job.is_running:
        return f'Job {job.id} has no page yet. Call get_status(job_id="{job.id}", wait_seconds=20) first.'
    return f"Job {job.id} is {job.state} and has no page: {job.reason or 'nothing was found'}."
