"""What crawls of the last days came to: jobs by site, their pages by state, and the URLs that failed most."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, not_
from sqlmodel import col

from docspasta_mcp.model.page import NOT_THERE, PageState
from docspasta_mcp.store.database import Database
from docspasta_mcp.store.statements import is_waiting, pick, rows
from docspasta_mcp.store.tables import JobRow, PageRow

_MAX_JOBS = 100_000


@dataclass(frozen=True, slots=True)
class JobFact:
    """One job: whose site, how it ended, and when.

    `finished_at` is None while it runs; `retried_at` is when it last ran again for pages that had failed.
    """

    origin: str
    state: str
    created_at: float
    finished_at: float | None
    retried_at: float | None
    pages: int


@dataclass(frozen=True, slots=True)
class FailedUrl:
    """A URL that could not be had, why, how often, and when last."""

    url: str
    reason: str
    times: int
    last_at: float | None


class CrawlStatistics:
    """Reads what happened."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def jobs(self, since: float) -> Sequence[JobFact]:
        """Return the jobs that began since a moment, in Unix seconds, the newest first."""

        def work(db: Connection) -> Sequence[JobFact]:
            times = JobRow.created_at, JobRow.finished_at, JobRow.retried_at
            query = pick(JobRow.origin, JobRow.state, *times, JobRow.pages)
            newest = query.where(col(JobRow.created_at) >= since).order_by(col(JobRow.created_at).desc())
            return [JobFact(*row) for row in rows(db, newest.limit(_MAX_JOBS))]

        return await self._db.read(work)

    async def pages(self, since: float) -> Mapping[str, Mapping[str, int]]:
        """Return for each site how many pages of those jobs are in which state."""

        def work(db: Connection) -> Mapping[str, Mapping[str, int]]:
            query = pick(JobRow.origin, PageRow.state, func.count()).join(
                PageRow, col(PageRow.job_id) == col(JobRow.id)
            )
            met = query.where(col(JobRow.created_at) >= since, not_(is_waiting(PageRow)))
            counted = met.group_by(JobRow.origin, PageRow.state)
            found: dict[str, dict[str, int]] = {}
            for origin, state, count in rows(db, counted):
                found.setdefault(origin, {})[state] = count
            return found

        return await self._db.read(work)

    async def failed_urls(self, since: float, *, limit: int) -> Sequence[FailedUrl]:
        """Return the URLs that failed most often in those jobs, dead links of sites apart."""

        def work(db: Connection) -> Sequence[FailedUrl]:
            times = func.count()
            query = pick(PageRow.url, PageRow.reason, times, func.max(PageRow.fetched_at))
            query = query.join(JobRow, col(PageRow.job_id) == col(JobRow.id))
            is_failed = (col(PageRow.state) == PageState.FAILED.value) & col(PageRow.reason).not_in(NOT_THERE)
            query = query.where(col(JobRow.created_at) >= since, is_failed).group_by(PageRow.url, PageRow.reason)
            return [FailedUrl(*row) for row in rows(db, query.order_by(times.desc(), PageRow.url).limit(limit))]

        return await self._db.read(work)
