"""Notices: stored, with their message, in the transaction of what they tell of; kept as told until their job goes."""

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection, delete, update
from sqlmodel import col

from docspasta_mcp.model.job import JobOptions
from docspasta_mcp.model.notice import Event, Notice
from docspasta_mcp.store.database import Database
from docspasta_mcp.store.job_rows import job_row
from docspasta_mcp.store.outbox import NOTIFY, enqueue
from docspasta_mcp.store.statements import insert_row, read_row
from docspasta_mcp.store.tables import JobRow, NoticeRow


class Notices:
    """The repository of what is to be told."""

    def __init__(self, database: Database, clock: Callable[[], float], *, tells_operator: bool) -> None:
        self._db = database
        self._clock = clock
        self._tells_operator = tells_operator

    async def get(self, notice_id: str) -> Notice | None:
        """Return a notice that has not been delivered yet, or None."""

        def work(db: Connection) -> Notice | None:
            row = read_row(db, NoticeRow, col(NoticeRow.id) == notice_id)
            job = job_row(db, row.job_id) if row is not None else None
            if row is None or job is None or row.told:
                return None
            data = json.loads(row.data)
            return Notice(row.id, row.job_id, job.owner, Event(row.event), row.url, data, row.created_at)

        return await self._db.read(work)

    async def settle(self, notice_id: str) -> None:
        """Forget a notice: it was delivered, or never will be."""

        def work(db: Connection) -> None:
            db.execute(update(NoticeRow).where(col(NoticeRow.id) == notice_id).values(told=True))

        await self._db.write(work)

    async def dead_letter(self, job_id: str, data: Mapping[str, Any]) -> None:
        """Enqueue the operator's notice of a job's first dead letter; `docspasta-mcp dlq list` tells of later ones."""

        def work(db: Connection) -> None:
            job = job_row(db, job_id)
            if job is not None and self._tells_operator:
                enqueue_notice(db, job, Event.MESSAGE_DEAD, "", now=self._clock(), data=data)

        if self._tells_operator:
            await self._db.write(work)


def enqueue_end_notices(db: Connection, job_id: str, *, now: float, tells_operator: bool) -> None:
    """Enqueue notices of a job's end for whoever is to be told, within the transaction that ends it."""
    job = job_row(db, job_id)
    if job is None:
        return
    caller = JobOptions.model_validate_json(job.options).notify_url
    for url in (*([""] if tells_operator else []), *([caller] if caller else [])):
        enqueue_notice(db, job, Event.JOB_ENDED, url, now=now, data={}, which=f"{now}")


def forget_end_notices(db: Connection, job_id: str) -> None:
    """Forget what was to be told of a job's end, for it runs again and will end anew."""
    ended = (col(NoticeRow.job_id) == job_id, col(NoticeRow.event) == Event.JOB_ENDED.value)
    db.execute(delete(NoticeRow).where(*ended))


def enqueue_notice(
    db: Connection, job: JobRow, event: Event, url: str, *, now: float, data: Mapping[str, Any], which: str = ""
) -> None:
    """Store a notice and enqueue its message; each receiver is told once of an event of a job.

    Args:
        db: of the transaction.
        job: what it is about.
        event: that happened.
        url: of the receiver; empty for the operator's.
        now: Unix seconds.
        data: what is told beside the job.
        which: tells one such event of the job from another, where it may have several.
    """
    notice_id = hashlib.sha256(f"{job.id} {event} {url} {which}".encode()).hexdigest()[:32]
    if read_row(db, NoticeRow, col(NoticeRow.id) == notice_id) is not None:
        return
    insert_row(
        db,
        NoticeRow(
            id=notice_id, job_id=job.id, event=event.value, url=url, data=json.dumps(data), created_at=now, told=False
        ),
    )
    enqueue(db, now=now, job_id=job.id, kind=NOTIFY, notice_id=notice_id)
