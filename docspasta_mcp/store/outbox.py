"""The transactional outbox: messages commit with the rows that cause them and are published afterwards."""

from collections.abc import Callable, Iterable, Sequence

from sqlalchemy import delete, insert
from sqlalchemy.orm import Session
from sqlmodel import col

from docspasta_mcp.messages import FinalizeJob, Message, Owed, ProcessUrl, StartCrawl
from docspasta_mcp.store.engine import Database
from docspasta_mcp.store.schema import JobRow, OutboxRow, PageRow, pick, rows

START, PAGE, FINALIZE = "start-crawl", "process-url", "finalize-job"
BATCH = 100  # messages a batch call may carry (QStash's documented limit)


class Outbox:
    """Reads what is owed and forgets what was sent."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._db = database
        self._clock = clock

    async def owed(self, job_id: str | None = None) -> list[Owed]:
        """Return up to 100 messages not yet published, oldest first, of one job or of all."""
        timestamp = int(self._clock() * 1000)

        def work(session: Session) -> list[Owed]:
            query = (
                pick(OutboxRow, JobRow.owner, JobRow.origin, JobRow.crawl_delay_s, PageRow.url, PageRow.depth)
                .join(JobRow, col(JobRow.id) == col(OutboxRow.job_id))
                .outerjoin(PageRow, col(PageRow.id) == col(OutboxRow.page_id))
                .order_by(col(OutboxRow.id))
                .limit(BATCH)
            )
            if job_id is not None:
                query = query.where(col(OutboxRow.job_id) == job_id)
            return [
                Owed(row.id or 0, _message(row, owner=owner, url=url, depth=depth, timestamp=timestamp), origin, delay)
                for row, owner, origin, delay, url, depth in rows(session, query)
            ]

        return await self._db.read(work)

    async def mark_sent(self, ids: Sequence[int]) -> None:
        """Forget messages that the queue has."""

        def work(session: Session) -> None:
            session.execute(delete(OutboxRow).where(col(OutboxRow.id).in_(ids)))

        await self._db.write(work)


def owe(session: Session, *, now: float, job_id: str, kind: str, page_ids: Iterable[int | None] = (None,)) -> None:
    """Note messages to publish, within the transaction of the rows that cause them."""
    owed = [{"job_id": job_id, "type": kind, "page_id": page_id, "created_at": now} for page_id in page_ids]
    if owed:
        session.execute(insert(OutboxRow), owed)


def _message(row: OutboxRow, *, owner: str, url: str | None, depth: int | None, timestamp: int) -> Message:
    if row.type == START:
        return StartCrawl(job_id=row.job_id, user_id=owner, timestamp=timestamp)
    if row.type == FINALIZE:
        return FinalizeJob(job_id=row.job_id, user_id=owner, timestamp=timestamp)
    return ProcessUrl(
        job_id=row.job_id, user_id=owner, timestamp=timestamp, page_id=row.page_id or 0, url=url or "", depth=depth or 0
    )
