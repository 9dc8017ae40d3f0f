"""What callers are told of a job: small typed answers, each saying what to do next. No I/O."""

from collections import Counter
from typing import Literal

from pydantic import BaseModel, Field

from docspasta_mcp.document.render import iso_time
from docspasta_mcp.model.frontier import Frontier, Source
from docspasta_mcp.model.job import Coverage, Job, JobOptions, JobState
from docspasta_mcp.model.page_identity import page_key

SAMPLE = 10  # pages that a dry run shows
_LISTS = {Source.LLMS_TXT, Source.INDEX, Source.SITEMAP}  # a navigation may show two levels of four
_AT_LEAST = "The site has no list of its pages: what its navigation shows so far is the least to expect."
_MISSING = ("page_limit", "depth_limit", "hash_route")  # left out, though of the manual


class Preview(BaseModel):
    """What a dry run saw, without crawling."""

    estimated_pages: int = Field(description="Pages that the site itself names: the least to expect.")
    is_complete_list: bool = Field(
        description="False if the site has no list of its pages: links may lead to many more."
    )
    sample: list[str] = Field(description="The first of them.")
    sources: dict[str, int] = Field(description="How many pages each source names.")
    left_out: dict[str, int] = Field(description="URLs that the site names and that are out of scope, by reason.")
    notes: list[str]


class StartedCrawl(BaseModel):
    """The answer to start_crawl. A dry run has a preview and no job."""

    job_id: str = Field(description="Empty for a dry run.")
    state: JobState | Literal["dry_run"]
    reused: bool = Field(description="True if the same crawl was running or fresh, and this is that job.")
    seed_url: str
    scope: str = Field(description="Only URLs that start with this are crawled.")
    scope_reason: str
    max_pages: int
    preview: Preview | None = None
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
    sources: dict[str, int] = Field(description="Pages by what named them; a page counts once for each.")
    left_out: dict[str, int] = Field(description="URLs met and not crawled, by reason code.")
    estimated_missing: int = Field(description="Pages of the manual that are known and not in the document.")
    notes: list[str] = Field(description="What was decided on the way, and what looks wrong.")
    corpus_hash: str = Field(description="Names the finished document's content; see since and if_not_hash.")
    words: int
    tokens: int = Field(description="Estimated size of the document so far.")
    created_at: str
    finished_at: str | None
    elapsed_seconds: float
    next_step: str
    poll_after_seconds: int


def job_status(job: Job, coverage: Coverage, *, now: float) -> JobStatus:
    """Return the answer to get_status; `now` is in Unix seconds."""
    end = job.finished_at if job.finished_at is not None else now
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
        sources=coverage.sources,
        left_out=coverage.left_out,
        estimated_missing=coverage.failed + sum(coverage.left_out.get(reason, 0) for reason in _MISSING),
        notes=[*job.notes, *filter(None, [job.shortcut.note]), *_warnings(job, coverage)],
        corpus_hash=job.corpus_hash,
        words=coverage.words,
        tokens=coverage.tokens,
        created_at=iso_time(job.created_at),
        finished_at=iso_time(job.finished_at) if job.finished_at is not None else None,
        elapsed_seconds=round(max(0.0, end - job.created_at), 1),
        next_step=next_step(job, done=coverage.done),
        poll_after_seconds=(2 if coverage.found < 50 else 5) if job.is_running else 0,
    )


def preview_of(seed_url: str, options: JobOptions, frontier: Frontier) -> StartedCrawl:
    """Return the answer to a dry run."""
    named: dict[str, set[Source]] = {}
    urls: dict[str, str] = {}
    for page in frontier.pages:
        named.setdefault(page_key(page.url), set()).update(page.sources)
        urls.setdefault(page_key(page.url), page.url)
    counts = Counter(source for sources in named.values() for source in sources)
    is_complete = any(counts[source] for source in _LISTS)
    more = [_AT_LEAST] if counts[Source.NAVIGATION] and not is_complete else []
    preview = Preview(
        estimated_pages=len(named),
        is_complete_list=is_complete,
        sample=list(urls.values())[:SAMPLE],
        sources={source.value: counts[source] for source in Source if counts[source]},
        left_out=dict(sorted(Counter(one.reason for one in frontier.left_out).items())),
        notes=[*frontier.notes, *more],
    )
    scope = frontier.scope
    return StartedCrawl(
        job_id="",
        state="dry_run",
        reused=False,
        seed_url=seed_url,
        scope=scope.origin + scope.prefix,
        scope_reason=scope.reason,
        max_pages=options.max_pages,
        preview=preview,
        next_step="To crawl this, ask again without the dry run; scope, include and exclude change it.",
        poll_after_seconds=0,
    )


def _warnings(job: Job, coverage: Coverage) -> list[str]:
    """Return what looks wrong with a job that has ended, each with the way out."""
    warnings: list[str] = []
    outside = coverage.left_out.get("outside", 0)
    if not job.is_running and coverage.done == 1 and outside:
        warnings.append(
            f"Only one page lies in the scope, and its site has {outside} more outside it. "
            f"Crawl {job.seed_url} with scope host for the whole host."
        )
    if limited := coverage.left_out.get("page_limit", 0):
        warnings.append(
            f"{limited} pages or more found no room: max_pages is {job.options.max_pages}. "
            f"Crawl again with a larger one."
        )
    if others := coverage.left_out.get("not_included", 0):
        warnings.append(
            f"{others} pages that include does not match were not read for links to those that it does: they may take "
            f"half of max_pages, {job.options.max_pages}. If some are missing, start nearer to them or raise it."
        )
    if coverage.left_out.get("hash_route", 0) and not any("#/" in note for note in job.notes):
        warnings.append("Links of the form #/… lead to pages that exist only in a browser; they are not crawled.")
    return warnings


def next_step(job: Job, *, done: int) -> str:
    """Return what a caller does next with a job that has `done` pages."""
    if job.is_running:
        return f'Call get_status(job_id="{job.id}", wait_seconds=20) until state is no longer "running".'
    if job.state is JobState.FAILED or not done:
        reason = job.reason.removesuffix(".") or "see reasons"
        return f"No page could be had: {reason}. Check the URL, then call start_crawl again."
    return (
        f'Call get_result(job_id="{job.id}", format="map") for the contents with tokens per page, '
        f'or get_result(job_id="{job.id}") to read from the start.'
    )
