"""End jobs when their deadline passes, to the second: by a timer for the next one, not by the sweeper's round."""

import logging
from collections.abc import Awaitable, Callable

import anyio

from docspasta_mcp.model.job import Job
from docspasta_mcp.store import Store

logger = logging.getLogger(__name__)

Finalize = Callable[[Job], Awaitable[None]]
MAX_SLEEP_S = 30.0
_AGAIN_S = 1.0
GIVE_UP_S = 60.0  # past its deadline; a job that cannot be put in order by then ends as it came in


async def run_deadlines(store: Store, *, finalize: Finalize, job_deadline_s: float) -> None:
    """End overdue jobs for ever.

    Args:
        store: where the jobs are.
        finalize: ends a job none of whose pages is open.
        job_deadline_s: what a new job has; it sleeps no longer, so that no job that begins meanwhile ends late.
    """
    while True:
        try:
            wait_s = await end_overdue(store, finalize=finalize)
        except Exception:
            logger.exception("❌ deadlines could not be kept; it is tried again")
            wait_s = _AGAIN_S
        await anyio.sleep(min(wait_s, job_deadline_s, MAX_SLEEP_S))


async def end_overdue(store: Store, *, finalize: Finalize) -> float:
    """End the jobs whose deadline has passed; return the seconds until the next one's, or infinity."""
    wait_s = float("inf")
    for job in await store.jobs.running():
        left_s = job.deadline_at - store.clock()
        if left_s > 0:
            wait_s = min(wait_s, left_s)
            continue
        try:
            await end(store, job, finalize=finalize)
        except Exception:  # the other jobs end all the same, and this one is tried again
            logger.exception("❌ job %s could not be ended; it is tried again", job.id, extra={"job_id": job.id})
            wait_s = min(wait_s, max(_AGAIN_S, -left_s / 10))
    return wait_s


async def end(store: Store, job: Job, *, finalize: Finalize) -> None:
    """End one job with what it has: in reading order, or as it came in where a fault keeps it from being arranged."""
    logger.warning("❌ job %s: its deadline passed", job.id, extra={"job_id": job.id})
    try:
        await store.endings.expire(job.id)
        await finalize(job)
    except Exception:
        if store.clock() < job.deadline_at + GIVE_UP_S:
            raise
        logger.exception("❌ job %s ends without order", job.id, extra={"job_id": job.id})
        await store.endings.cancel(job.id, reason="its pages could not be put in order, and stand as they came in")
