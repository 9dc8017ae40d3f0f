"""What the installation is used for: what each owner has stored, and how many pages were settled in which minute."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Integer, cast, func
from sqlalchemy.orm import Session
from sqlmodel import col

from docspasta_mcp.model.job import JobState
from docspasta_mcp.model.page import PageState
from docspasta_mcp.store.database import Database
from docspasta_mcp.store.tables import JobRow, PageRow, SearchJobRow, pick, rows

_MINUTE_S = 60


@dataclass(frozen=True, slots=True)
class OwnerUsage:
    """What one owner has stored: jobs, pages, and bytes of Markdown and of its index."""

    owner: str
    jobs: int
    pages: int
    bytes: int


class Usage:
    """Reads what is stored and what was done."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def by_owner(self, *, limit: int) -> Sequence[OwnerUsage]:
        """Return the owners who have stored most, running jobs included."""

        def work(session: Session) -> Sequence[OwnerUsage]:
            owner, total = col(JobRow.owner), func.coalesce(func.sum(JobRow.bytes), 0)
            ended = pick(owner, func.count(), func.coalesce(func.sum(JobRow.pages), 0), total).group_by(owner)
            found = {row[0]: [int(one) for one in row[1:]] for row in rows(session, ended)}
            is_running = col(JobRow.state) == JobState.RUNNING.value
            of_running = pick(owner, func.count(), func.coalesce(func.sum(PageRow.bytes), 0))
            of_running = of_running.join(PageRow, col(PageRow.job_id) == col(JobRow.id)).where(is_running)
            for name, pages, size in rows(session, of_running.group_by(owner)):
                found[name][1] += int(pages)
                found[name][2] += int(size)
            indexed = pick(owner, func.sum(SearchJobRow.bytes))
            indexed = indexed.join(SearchJobRow, col(SearchJobRow.job_id) == col(JobRow.id)).group_by(owner)
            for name, size in rows(session, indexed):
                found[name][2] += int(size or 0)
            largest = sorted(found.items(), key=lambda one: (-one[1][2], one[0]))[:limit]
            return [OwnerUsage(name, *counts) for name, counts in largest]

        return await self._db.read(work)

    async def settled_by_minute(self, since: float) -> Mapping[int, tuple[int, int]]:
        """Return minute → pages read and pages failed in it; minutes count from `since` (Unix seconds)."""

        def work(session: Session) -> Mapping[int, tuple[int, int]]:
            minute = cast(col(PageRow.fetched_at) - since, Integer) // _MINUTE_S
            active = pick(JobRow.id).where(col(JobRow.active_at) >= since)
            query = pick(minute, PageRow.state, func.count()).where(
                col(PageRow.job_id).in_(active), col(PageRow.fetched_at) >= since
            )
            found: dict[int, tuple[int, int]] = {}
            for at, state, count in rows(session, query.group_by(minute, PageRow.state)):
                done, failed = found.get(at, (0, 0))
                is_failed = state == PageState.FAILED.value
                found[at] = (done, failed + count) if is_failed else (done + count, failed)
            return found

        return await self._db.read(work)
