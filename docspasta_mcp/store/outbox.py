"""The transactional outbox: messages commit with the rows that cause them and are published afterwards."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, select, true, update
from sqlmodel import col

from docspasta_mcp.model.messages import FinalizeJob, Message, Notify, OutboxMessage, ProcessUrl, StartCrawl
from docspasta_mcp.store import page_queries
from docspasta_mcp.store.coverage import has_open_page
from docspasta_mcp.store.database import Database
from docspasta_mcp.store.statements import pick, rows
from docspasta_mcp.store.tables import JobRow, OutboxRow, PageRow

START, PAGE, FINALIZE, NOTIFY = "start-crawl", "process-url", "finalize-job", "notify"
BATCH = 100  # messages a batch call may carry (QStash's documented limit)
TAKEN_S = 60.0  # publishing a batch takes 15 s at most


class Outbox:
    """The outbox: messages stored with their pages, to be published."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._db = database
        self._clock = clock

    async def claim(self) -> list[OutboxMessage]:
        """Return up to 100 messages to publish, oldest first.

        On PostgreSQL other replicas may do the same now: each message is for the one that took it, until it is marked
        as sent, given back, or `TAKEN_S` have passed. On SQLite there is one hub, and nothing to write.
        """

        def work(db: Connection) -> list[OutboxMessage]:
            now = self._clock()
            free = select(col(OutboxRow.id)).where(col(OutboxRow.taken_until) < now).order_by(col(OutboxRow.id))
            mine = free.limit(BATCH).with_for_update(skip_locked=True)
            taken = update(OutboxRow).where(col(OutboxRow.id).in_(mine.scalar_subquery()))
            ids = db.scalars(taken.values(taken_until=now + TAKEN_S).returning(col(OutboxRow.id))).all()
            return self._read(db, col(OutboxRow.id).in_(ids)) if ids else []

        if self._db.is_sqlite:
            return await self.messages()
        return await self._db.write(work)

    async def messages(self) -> list[OutboxMessage]:
        """Return up to 100 unpublished messages, oldest first, whether claimed or not."""
        return await self._db.read(lambda db: self._read(db, true()))

    async def release(self, ids: Sequence[int]) -> None:
        """Let others take messages that could not be published."""
        if self._db.is_sqlite:
            return

        def work(db: Connection) -> None:
            db.execute(update(OutboxRow).where(col(OutboxRow.id).in_(ids)).values(taken_until=0))

        await self._db.write(work)

    async def release_all(self) -> None:
        """Release every claimed message, since the processes that claimed them are gone."""

        def work(db: Connection) -> None:
            db.execute(update(OutboxRow).values(taken_until=0))

        await self._db.write(work)

    def _read(self, db: Connection, condition: ColumnElement[bool]) -> list[OutboxMessage]:
        timestamp = int(self._clock() * 1000)
        query = (
            pick(
                *(OutboxRow.id, OutboxRow.type, OutboxRow.job_id, OutboxRow.page_id, OutboxRow.notice_id),
                *(JobRow.owner, JobRow.origin, JobRow.crawl_delay_s, PageRow.url, PageRow.depth),
            )
            .join(JobRow, col(JobRow.id) == col(OutboxRow.job_id))
            .outerjoin(PageRow, col(PageRow.id) == col(OutboxRow.page_id))
            .order_by(col(OutboxRow.id))
            .limit(BATCH)
        )
        found = rows(db, query.where(condition))
        return [OutboxMessage(row.id, _message(row, timestamp), row.origin, row.crawl_delay_s) for row in found]

    async def mark_sent(self, ids: Sequence[int]) -> None:
        """Forget messages that the queue has."""

        def work(db: Connection) -> None:
            db.execute(delete(OutboxRow).where(col(OutboxRow.id).in_(ids)))

        await self._db.write(work)


def enqueue(
    db: Connection,
    *,
    now: float,
    job_id: str,
    kind: str,
    page_ids: Iterable[int | None] = (None,),
    notice_id: str | None = None,
) -> None:
    """Note messages to publish, within the transaction of the rows that cause them."""
    row = {"job_id": job_id, "type": kind, "created_at": now, "taken_until": 0, "notice_id": notice_id}
    page_queries.ENQUEUE.execute(db, *({**row, "page_id": page_id} for page_id in page_ids))


def _message(row: Any, timestamp: int) -> Message:
    """Return the message that a row stands for, beside which are its job's owner and its page's URL and depth."""
    of_job: dict[str, Any] = {"job_id": row.job_id, "user_id": row.owner, "timestamp": timestamp}
    if row.type == START:
        return StartCrawl(**of_job)
    if row.type == FINALIZE:
        return FinalizeJob(**of_job)
    if row.type == NOTIFY:
        return Notify(**of_job, notice_id=row.notice_id or "none")
    return ProcessUrl(**of_job, page_id=row.page_id or 0, url=row.url or "", depth=row.depth or 0)


def enqueue_last(db: Connection, job_id: str, *, now: float) -> int:
    """Enqueue the final message of a job if none of its pages is open; return how many messages that were."""
    if has_open_page(db, job_id):
        return 0
    enqueue(db, now=now, job_id=job_id, kind=FINALIZE)
    return 1
