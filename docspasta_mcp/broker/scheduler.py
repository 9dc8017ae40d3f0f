"""Publish what schedules ask for when their time has come.

It sleeps until the next one is due or a schedule changes. Times missed while no process was running fire once.
"""

import logging
import sqlite3
import time
from collections.abc import Callable

import anyio

from docspasta_mcp.broker.cron import next_time_ms
from docspasta_mcp.broker.dispatcher import Dispatcher
from docspasta_mcp.broker.errors import ApiError
from docspasta_mcp.broker.journal import Journal
from docspasta_mcp.broker.message import Message
from docspasta_mcp.broker.publisher import Draft, Publisher
from docspasta_mcp.broker.store import messages, schedules
from docspasta_mcp.broker.store.schedules import Schedule

logger = logging.getLogger(__name__)


class Scheduler:
    """Fires schedules until it is cancelled."""

    def __init__(
        self,
        journal: Journal,
        dispatcher: Dispatcher,
        publisher: Publisher,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Prepare; `run` does the work."""
        self._journal = journal
        self._dispatcher = dispatcher
        self._publisher = publisher
        self._clock = clock
        self._wake = anyio.Event()

    def changed(self) -> None:
        """Handle a new or changed schedule."""
        self._wake.set()

    async def run(self) -> None:
        """Fire for ever."""
        while True:
            self._wake = anyio.Event()
            schedule = await self._journal.run(schedules.next_due)
            wait_s = None if schedule is None else schedule.next_at / 1000 - self._clock()
            if schedule is not None and wait_s is not None and wait_s <= 0:
                await self._fire(schedule)
                continue
            with anyio.move_on_after(wait_s):
                await self._wake.wait()

    async def _fire(self, schedule: Schedule) -> None:
        """Store a firing's messages and the next time together, so that it happens once."""
        now = self._publisher.now_ms()
        made: list[Message] = []
        error: str | None = None
        try:
            made = await self._publisher.compose(draft_of(schedule))
            self._publisher.check_room(len(made))
        except ApiError as problem:
            made, error = [], str(problem)
            logger.warning("❌ schedule %s could not publish: %s", schedule.id, error)
        next_at = next_time_ms(schedule.cron, after_ms=max(now, schedule.next_at))
        ids = [message.id for message in made]

        def store(db: sqlite3.Connection) -> messages.Stored:
            if not schedules.fired(db, schedule, ids, next_at=next_at, error=error):
                return messages.Stored()
            return messages.insert(db, made, now_ms=now)

        self._dispatcher.add(await self._journal.run(store))


def draft_of(schedule: Schedule) -> Draft:
    """Return the publish call that a schedule repeats."""
    return Draft(
        schedule.destination,
        schedule.body,
        schedule.headers,
        queue=schedule.headers.get("upstash-queue-name"),
        caller_ip=schedule.caller_ip,
        schedule_id=schedule.id,
    )
