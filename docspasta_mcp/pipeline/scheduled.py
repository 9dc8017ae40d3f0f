"""Start the crawl that a schedule asks for: when its message comes, and once for those that fell due while none could.

Pages of the crawl before are asked for again, and read anew only where they have changed.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import anyio

from docspasta_mcp.broker.cron import next_time_ms
from docspasta_mcp.broker.errors import BadRequest
from docspasta_mcp.errors import CallerError
from docspasta_mcp.jobs.service import OwnerJobs
from docspasta_mcp.model.messages import RunSchedule
from docspasta_mcp.model.owner_names import FORMER_PREFIX
from docspasta_mcp.model.schedule import CrawlSchedule
from docspasta_mcp.store import Store

logger = logging.getLogger(__name__)

CATCH_UP_S = 120.0  # so long the queue's own deliveries are waited for after a start
_TWICE_S = 60.0  # a run so soon after another is the same one, delivered again


@dataclass(frozen=True, slots=True)
class Scheduled:
    """What starts scheduled crawls; `jobs_of` returns an owner's jobs."""

    store: Store
    jobs_of: Callable[[str], OwnerJobs]

    async def run(self, message: RunSchedule) -> None:
        """Do what a schedule's message says; one that was removed, or has just run, starts nothing."""
        # the queue goes on to name the owner as it was called when the schedule was made
        owner = None if message.user_id.startswith(FORMER_PREFIX) else message.user_id
        schedule = await self.store.schedules.get(message.schedule_id, owner=owner)
        if schedule is None:
            return
        if schedule.ran_at is None or abs(self.store.clock() - schedule.ran_at) > _TWICE_S:
            await self._start(schedule)

    async def catch_up(self, *, patience_s: float = CATCH_UP_S) -> int:
        """Run once each schedule that fell due while no process could take its message; return how many.

        Args:
            patience_s: a firing that is not older may still be delivered.
        """
        count, now = 0, self.store.clock()
        for schedule in await self.store.schedules.list(owner=None):
            try:
                due = next_time_ms(schedule.cron, after_ms=int(schedule.known_since * 1000)) / 1000
            except BadRequest:
                continue
            if due < now - patience_s:
                logger.info("📨 schedule %s fell due while nothing ran", schedule.id)
                count += await self._start(schedule)
        return count

    async def _start(self, schedule: CrawlSchedule) -> bool:
        """Start the crawl, then note it: what goes wrong before leaves the delivery, or the next start, to try again.

        Whoever tries at the same time, or again after a death between the two, finds the crawl running.
        """
        try:
            jobs = self.jobs_of(schedule.owner)
            started = await jobs.start(schedule.url, refreshes=True, **cast("Any", schedule.options))
        except CallerError as error:  # the next time may be better, this one is not
            logger.warning("❌ schedule %s started no crawl: %s", schedule.id, error)
            await self.store.schedules.ran(schedule)
            return False
        if not await self.store.schedules.ran(schedule):
            return False  # another process did the same
        logger.info("🚀 schedule %s: job %s", schedule.id, started.job_id, extra={"job_id": started.job_id})
        return True


async def run_catch_up(scheduled: Scheduled) -> None:
    """Catch up once, when the queue has had time to deliver."""
    await anyio.sleep(CATCH_UP_S)
    try:
        await scheduled.catch_up()
    except Exception:
        logger.exception("❌ schedules could not be caught up; their next time comes")
