"""Recover lost work, so that no job stays running forever.

Every 30 s: release expired leases, enqueue the messages of silent jobs again, end jobs past their deadline with what
they have, delete jobs that nobody has read for the time of retention, and return free memory to the system.
"""

import logging
from collections.abc import Awaitable, Callable

import anyio
import anyio.to_thread

from docspasta_mcp.jobs.alarm import Alarm
from docspasta_mcp.jobs.deadlines import end
from docspasta_mcp.jobs.known_of_jobs import forget
from docspasta_mcp.model.job import Job
from docspasta_mcp.pipeline.relay import Relay
from docspasta_mcp.runtime.failpoints import failpoint
from docspasta_mcp.runtime.tuning import release_memory
from docspasta_mcp.store import Store

logger = logging.getLogger(__name__)

SWEEP_EVERY_S = 30.0
SILENT_S = 300.0  # longer than a page can take with all its tries; a second message would do no harm
_DAY_S = 86_400.0


async def sweep(
    store: Store, relay: Relay, *, finalize: Callable[[Job], Awaitable[None]], retention_days: float
) -> None:
    """Recover lost work once: expired leases, silent jobs, unpublished messages; delete jobs that are too old.

    Args:
        store: where the jobs are.
        relay: publishes the messages afterwards.
        finalize: ends a job none of whose pages is open; called here past a deadline, when the queue may be gone.
        retention_days: how long finished jobs are kept after they were last read.
    """
    failpoint("sweeper.begun")
    now = store.clock()
    for job in await store.jobs.running():
        try:
            await _sweep_job(store, job, finalize=finalize, now=now)
        except Exception:  # the other jobs are swept all the same, and this one again in the next round
            logger.exception("❌ job %s could not be swept; it is tried again", job.id, extra={"job_id": job.id})
    failpoint("sweeper.rescued")
    if await store.jobs.delete_unused_since(now - retention_days * _DAY_S):
        forget()
    await store.deliveries.forget_expired()
    await relay.send()


async def _sweep_job(store: Store, job: Job, *, finalize: Callable[[Job], Awaitable[None]], now: float) -> None:
    """End one running job past its deadline, or publish its lost messages again."""
    about = {"job_id": job.id}
    if job.deadline_at < now:  # the timer of `deadlines` was not there
        await end(store, job, finalize=finalize)
        return
    rescued = await store.pages.rescue(job.id, silent_s=SILENT_S)
    if rescued:
        logger.warning("📨 job %s: %d messages were lost and are published anew", job.id, rescued, extra=about)


async def run_sweeper(
    store: Store,
    relay: Relay,
    *,
    finalize: Callable[[Job], Awaitable[None]],
    retention_days: float,
    alarm: Alarm | None = None,
) -> None:
    """Sweep for ever, and look whether the queue stands still."""
    while True:
        try:
            await sweep(store, relay, finalize=finalize, retention_days=retention_days)
            if alarm is not None:
                await alarm.look()
        except Exception:
            logger.exception("❌ sweeping failed; it is tried again")
        await anyio.to_thread.run_sync(release_memory)
        await anyio.sleep(SWEEP_EVERY_S)
