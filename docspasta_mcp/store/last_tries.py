"""Pages whose reading ran out of time get one more try when all else is settled, one after another.

A page that gets it has `LAST_TRY` fetches or more from then on: that is how a crash, a second delivery and the count at
the end know it. While it is open the job is not at its end, so no two of a job's last tries are under way together.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection, and_, case, func, update
from sqlmodel import col

from docspasta_mcp.model.page import PageState
from docspasta_mcp.store.coverage import has_open_page
from docspasta_mcp.store.database import Database
from docspasta_mcp.store.job_rows import change_job, lock_running
from docspasta_mcp.store.outbox import PAGE, enqueue
from docspasta_mcp.store.statements import pick, rows
from docspasta_mcp.store.tables import PageRow

LAST_TRY = 1_000  # fetches, more than any setting allows
MAX_LAST_TRIES = 10  # of a job: where more pages take too long it is the site, and each costs half a minute of CPU time
OUT_OF_TIME = "parser_timeout"


@dataclass(frozen=True, slots=True)
class Tries:
    """How many pages of a job got a last try, how many of them could be read, and how many ran out of time for good."""

    tried: int
    read: int
    lost: int


class LastTries:
    """The repository of what is tried again at a job's end."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._db = database
        self._clock = clock

    async def begin(self, job_id: str) -> bool:
        """Reopen the next page that ran out of time and enqueue its message; return False if there is none.

        Nothing happens while a page is open, past the job's deadline, or when the job has had all its last tries.
        """

        def work(db: Connection) -> bool:
            now = self._clock()
            job = lock_running(db, job_id)
            if job is None or job.deadline_at < now or has_open_page(db, job_id):
                return False
            wanted = pick(PageRow.id).where(
                col(PageRow.job_id) == job_id,
                col(PageRow.state) == PageState.FAILED.value,
                col(PageRow.reason) == OUT_OF_TIME,
                col(PageRow.attempts) < LAST_TRY,
            )
            page_id = db.scalar(wanted.order_by(col(PageRow.number)).limit(1))
            if page_id is None or _tries(db, job_id).tried >= MAX_LAST_TRIES:
                return False
            opened = {"state": PageState.PENDING.value, "reason": "", "detail": "", "attempts": LAST_TRY}
            again = update(PageRow).where(col(PageRow.id) == page_id)
            db.execute(again.values(**opened, rescues=0, fence=PageRow.fence + 1))
            change_job(db, job_id, active_at=now)
            enqueue(db, now=now, job_id=job_id, kind=PAGE, page_ids=[page_id])
            return True

        return await self._db.write(work)

    async def tries(self, job_id: str) -> Tries:
        """Count the last tries of a job."""
        return await self._db.read(lambda db: _tries(db, job_id))


def _tries(db: Connection, job_id: str) -> Tries:
    tried = col(PageRow.attempts) >= LAST_TRY
    is_read = and_(tried, col(PageRow.state).in_((PageState.DONE.value, PageState.SKIPPED.value)))
    is_lost = and_(col(PageRow.state) == PageState.FAILED.value, col(PageRow.reason) == OUT_OF_TIME)
    counts = [func.coalesce(func.sum(case((condition, 1), else_=0)), 0) for condition in (tried, is_read, is_lost)]
    return Tries(*rows(db, pick(*counts).where(col(PageRow.job_id) == job_id))[0])
