"""When something last moved: the oldest message that the queue has not taken, the last page that was settled."""

from dataclasses import dataclass

from sqlalchemy import Connection, func, select
from sqlmodel import col

from docspasta_mcp.model.job import JobState
from docspasta_mcp.store.database import Database
from docspasta_mcp.store.statements import OPEN
from docspasta_mcp.store.tables import JobRow, OutboxRow, PageRow


@dataclass(frozen=True, slots=True)
class Movement:
    """Unix seconds, None where nothing waits. `last_settled` is of the jobs that run, and counts beginnings too."""

    oldest_unpublished: float | None
    last_settled: float | None
    unpublished: int
    running_jobs: int
    open_pages: int

    @property
    def figures(self) -> dict[str, int]:
        """What waits, counted."""
        return {
            "running_jobs": self.running_jobs,
            "open_pages": self.open_pages,
            "unpublished_messages": self.unpublished,
        }


class Movements:
    """Reads what moves."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def last(self) -> Movement:
        """Return when something last moved."""

        def work(db: Connection) -> Movement:
            outbox = db.execute(select(func.min(OutboxRow.created_at), func.count(col(OutboxRow.id)))).one()
            running = select(col(JobRow.id)).where(col(JobRow.state) == JobState.RUNNING.value)
            facts = select(func.max(JobRow.created_at), func.max(JobRow.retried_at), func.count())
            *begun, count = db.execute(facts.where(col(JobRow.state) == JobState.RUNNING.value)).one()
            open_pages = db.scalar(select(func.count()).where(col(PageRow.state).in_(OPEN))) or 0
            settled = db.scalar(
                select(func.max(PageRow.fetched_at)).where(col(PageRow.job_id).in_(running))
            ) if count else None  # fmt: skip
            last = max(filter(None, (*begun, settled)), default=None)
            return Movement(outbox[0], last, outbox[1], count, open_pages)

        return await self._db.read(work)
