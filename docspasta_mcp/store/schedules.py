"""Schedules: what is crawled again when. The queue tells when one is due; the row, whose it is and what it starts."""

import json
from collections.abc import Callable, Sequence

from sqlalchemy import Connection, delete, update
from sqlmodel import col

from docspasta_mcp.model.schedule import CrawlSchedule
from docspasta_mcp.store.database import Database
from docspasta_mcp.store.statements import insert_row, read_row, read_rows
from docspasta_mcp.store.tables import ScheduleRow


class Schedules:
    """The repository of schedules."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._db = database
        self._clock = clock

    async def add(self, schedule: CrawlSchedule) -> None:
        """Store a new schedule."""

        def work(db: Connection) -> None:
            row = ScheduleRow(
                id=schedule.id,
                owner=schedule.owner,
                url=schedule.url,
                cron=schedule.cron,
                options=json.dumps(schedule.options),
                created_at=schedule.created_at,
            )
            insert_row(db, row)

        await self._db.write(work)

    async def get(self, schedule_id: str, *, owner: str | None) -> CrawlSchedule | None:
        """Return the owner's schedule, or None; without an owner, whoever's it is."""

        def work(db: Connection) -> CrawlSchedule | None:
            row = read_row(db, ScheduleRow, col(ScheduleRow.id) == schedule_id)
            return _schedule(row) if row is not None and owner in (None, row.owner) else None

        return await self._db.read(work)

    async def list(self, *, owner: str | None) -> Sequence[CrawlSchedule]:
        """Return an owner's schedules, oldest first, or those of all owners."""

        def work(db: Connection) -> Sequence[CrawlSchedule]:
            mine = () if owner is None else (col(ScheduleRow.owner) == owner,)
            order = [col(ScheduleRow.created_at), col(ScheduleRow.id)]
            return list(map(_schedule, read_rows(db, ScheduleRow, *mine, order=order)))

        return await self._db.read(work)

    async def remove(self, schedule_id: str, *, owner: str) -> bool:
        """Forget the owner's schedule; return whether there was one."""

        def work(db: Connection) -> bool:
            mine = delete(ScheduleRow).where(col(ScheduleRow.id) == schedule_id, col(ScheduleRow.owner) == owner)
            return db.execute(mine).rowcount == 1

        return await self._db.write(work)

    async def ran(self, schedule: CrawlSchedule) -> bool:
        """Note that a schedule has started its crawl; return False if it did since it was read."""

        def work(db: Connection) -> bool:
            same = update(ScheduleRow).where(col(ScheduleRow.id) == schedule.id)
            same = same.where(col(ScheduleRow.ran_at).is_(None) if schedule.ran_at is None
                              else col(ScheduleRow.ran_at) == schedule.ran_at)  # fmt: skip
            return db.execute(same.values(ran_at=self._clock())).rowcount == 1

        return await self._db.write(work)


def _schedule(row: ScheduleRow) -> CrawlSchedule:
    return CrawlSchedule(
        id=row.id, owner=row.owner, url=row.url, cron=row.cron, options=json.loads(row.options),
        created_at=row.created_at, ran_at=row.ran_at,
    )  # fmt: skip
