"""What the installation is used for: what each owner has stored, and how many pages were settled in which minute."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Integer, cast, func, literal, not_, union_all
from sqlmodel import col

from docspasta_mcp.model.job import JobState
from docspasta_mcp.model.page import PageState
from docspasta_mcp.store.database import Database
from docspasta_mcp.store.statements import OPEN, is_waiting, pick, rows
from docspasta_mcp.store.tables import JobRow, PageRow, SearchJobRow

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
        """Return the owners who have stored most, running jobs included, by one statement: as of one moment."""

        def work(db: Connection) -> Sequence[OwnerUsage]:
            found: dict[str, list[int]] = {}
            for name, *counts in rows(db, union_all(*_holdings())):
                totals = found.setdefault(name, [0, 0, 0])
                found[name] = [total + int(count or 0) for total, count in zip(totals, counts, strict=True)]
            largest = sorted(found.items(), key=lambda one: (-one[1][2], one[0]))[:limit]
            return [OwnerUsage(name, *counts) for name, counts in largest]

        return await self._db.read(work)

    async def settled_by_minute(self, since: float) -> Mapping[int, tuple[int, int]]:
        """Return minute → pages read and pages failed in it; minutes count from `since` (Unix seconds)."""

        def work(db: Connection) -> Mapping[int, tuple[int, int]]:
            minute = cast(col(PageRow.fetched_at) - since, Integer) // _MINUTE_S
            active = pick(JobRow.id).where(col(JobRow.active_at) >= since)
            query = pick(minute, PageRow.state, func.count()).where(
                col(PageRow.job_id).in_(active), col(PageRow.fetched_at) >= since, col(PageRow.state).not_in(OPEN)
            )
            found: dict[int, tuple[int, int]] = {}
            for at, state, count in rows(db, query.group_by(minute, PageRow.state)):
                done, failed = found.get(at, (0, 0))
                is_failed = state == PageState.FAILED.value
                found[at] = (done, failed + count) if is_failed else (done + count, failed)
            return found

        return await self._db.read(work)


def _holdings() -> tuple[Any, Any, Any]:
    """Return what selects owner, jobs, pages and bytes: of all jobs, of the pages of running ones, of the index."""
    owner, nothing = col(JobRow.owner), literal(0)
    ended = pick(owner, func.count(), func.sum(JobRow.pages), func.sum(JobRow.bytes)).group_by(owner)
    running = pick(owner, nothing, func.count(), func.sum(PageRow.bytes))
    running = running.join(PageRow, col(PageRow.job_id) == col(JobRow.id))
    running = running.where(col(JobRow.state) == JobState.RUNNING.value, not_(is_waiting(PageRow))).group_by(owner)
    indexed = pick(owner, nothing, nothing, func.sum(SearchJobRow.bytes))
    return ended, running, indexed.join(SearchJobRow, col(SearchJobRow.job_id) == col(JobRow.id)).group_by(owner)
