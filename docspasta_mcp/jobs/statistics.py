"""How crawls went lately, for an operator: completion rates and times by site, and what keeps failing."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from statistics import median

from pydantic import BaseModel, Field

from docspasta_mcp.document.render import iso_time
from docspasta_mcp.errors import InvalidRequest
from docspasta_mcp.model.folder import called
from docspasta_mcp.model.job import JobState
from docspasta_mcp.model.page import PageState
from docspasta_mcp.store import Store
from docspasta_mcp.store.statistics import FailedUrl, JobFact

DEFAULT_DAYS = 7
MAX_DAYS = 90
MAX_SITES = 200
MAX_URLS = 50
_DAY_S = 86_400.0
_WHOLE = (JobState.COMPLETED.value, JobState.PARTIAL.value)


class SiteStats(BaseModel):
    """The crawls of one site."""

    site: str
    jobs: dict[str, int] = Field(description="By state.")
    completion_rate: float | None = Field(
        description="Share of jobs with a document, of those that ended by themselves."
    )
    median_seconds: float | None = Field(
        description="From a job's start to its end, without jobs that were tried again."
    )
    slowest_seconds: float | None
    seconds_per_page: float | None = Field(description="Of all jobs that ended, with all their pages.")
    pages: dict[str, int] = Field(description="By state.")
    failure_rate: float | None = Field(description="Of the pages that were settled, the share that failed.")


class FailingUrl(BaseModel):
    """A URL that could not be had; dead links are left out."""

    url: str
    reason: str
    times: int
    last: str | None


class Stats(BaseModel):
    """What happened in the last days; sites with the most jobs first."""

    days: float
    since: str
    jobs: dict[str, int]
    completion_rate: float | None
    sites: list[SiteStats]
    failing_urls: list[FailingUrl]


async def read_stats(store: Store, *, days: float = DEFAULT_DAYS) -> Stats:
    """Return what happened in the last days.

    Raises:
        InvalidRequest: `days` is out of its range.
    """
    if not 0 < days <= MAX_DAYS:
        raise InvalidRequest(f"days is {days:g}; give up to {MAX_DAYS}.")
    since = store.clock() - days * _DAY_S
    jobs = await store.statistics.jobs(since)
    pages = await store.statistics.pages(since)
    by_site: defaultdict[str, list[JobFact]] = defaultdict(list)
    for job in jobs:
        by_site[job.origin].append(job)
    busiest = sorted(by_site, key=lambda site: (-len(by_site[site]), site))[:MAX_SITES]
    failed = await store.statistics.failed_urls(since, limit=MAX_URLS)
    return Stats(
        days=days,
        since=iso_time(since),
        jobs=_states(jobs),
        completion_rate=_completion(jobs),
        sites=[_site(site, by_site[site], dict(pages.get(site, {}))) for site in busiest],
        failing_urls=[_failing(one) for one in failed],
    )


def _site(site: str, jobs: list[JobFact], pages: dict[str, int]) -> SiteStats:
    ended = [job for job in jobs if job.finished_at is not None and job.state != JobState.CANCELLED]
    ended = [job for job in ended if job.retried_at is None]  # nobody knows how long the two runs took together
    seconds = [max(0.0, (job.finished_at or 0) - job.created_at) for job in ended]
    read = sum(job.pages for job in ended)
    settled = sum(pages.get(state, 0) for state in (PageState.DONE, PageState.SKIPPED, PageState.FAILED))
    return SiteStats(
        site=called(site),
        jobs=_states(jobs),
        completion_rate=_completion(jobs),
        median_seconds=round(median(seconds), 2) if seconds else None,
        slowest_seconds=round(max(seconds), 2) if seconds else None,
        seconds_per_page=round(sum(seconds) / read, 3) if read else None,
        pages=dict(sorted(pages.items())),
        failure_rate=round(pages.get(PageState.FAILED, 0) / settled, 4) if settled else None,
    )


def _failing(one: FailedUrl) -> FailingUrl:
    last = iso_time(one.last_at) if one.last_at else None
    return FailingUrl(url=called(one.url), reason=one.reason, times=one.times, last=last)


def _states(jobs: Iterable[JobFact]) -> dict[str, int]:
    return dict(sorted(Counter(job.state for job in jobs).items()))


def _completion(jobs: Iterable[JobFact]) -> float | None:
    states = [job.state for job in jobs if job.state not in (JobState.RUNNING, JobState.CANCELLED)]
    return round(sum(state in _WHOLE for state in states) / len(states), 4) if states else None
