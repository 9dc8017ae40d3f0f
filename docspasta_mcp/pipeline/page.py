"""The step of one page: claim it, fetch it, read it, and settle it with what it links to.

In a recrawl a delivery also does some of the pages after its own that are likely not to have changed.
"""

import asyncio
import contextlib
import logging
from collections.abc import Generator, Sequence

import anyio

from docspasta_mcp import metrics
from docspasta_mcp.errors import PageError, PageUnreachable, SiteClosed
from docspasta_mcp.jobs.quota import ByteQuota
from docspasta_mcp.model.job import Job
from docspasta_mcp.model.page import Claim, Outcome
from docspasta_mcp.pipeline.page_visit import PageVisit
from docspasta_mcp.pipeline.relay import Relay
from docspasta_mcp.runtime.failpoints import failpoint
from docspasta_mcp.store import Store

logger = logging.getLogger(__name__)

REFRESH_S = 40.0  # for the pages of a block: the step must end within its delivery's time and its lease
MAX_RENEWALS = 18  # of a lease, each for a third of it: who is not done by then has lost the page


class PageStep:
    """Turns pages of the frontier into Markdown, and their links into new pages."""

    def __init__(self, *, store: Store, relay: Relay, visit: PageVisit, byte_quota: ByteQuota, lease_s: float) -> None:
        """Prepare the step.

        Args:
            store: holds the pages.
            relay: publishes the messages of new pages.
            visit: fetches and reads pages.
            byte_quota: what an owner may still store.
            lease_s: how long a delivery may hold a page, in seconds.
        """
        self._store = store
        self._relay = relay
        self._visit = visit
        self._byte_quota = byte_quota
        self._lease_s = lease_s

    async def run(self, job: Job, page_id: int) -> None:
        """Turn one page into Markdown, and its links into new pages.

        Raises:
            PageUnreachable: the page may be had later; deliver again.
        """
        claim = await self._store.pages.claim(page_id, job_id=job.id, lease_s=self._lease_s)
        if claim is not None:
            failpoint("steps.claimed")
            neighbours: Sequence[Claim] = ()
            if job.refreshes:
                neighbours = await self._store.recrawl.claim_neighbours(claim, lease_s=self._lease_s)
            claims = [claim, *neighbours]
            with self._renewing(claims):
                try:
                    enqueued = await self._settle(job, claims)
                except PageUnreachable:  # what waits for room does not wait for a page that is tried again
                    if await self._store.pages.give_room(job):
                        await self._relay.send()
                    raise
            failpoint("settle.committed")
            if enqueued == 0:
                return
        elif job.refreshes:
            await self._store.recrawl.hand_on(page_id, job_id=job.id)
        await self._relay.send()

    @contextlib.contextmanager
    def _renewing(self, claims: Sequence[Claim]) -> Generator[None]:
        """Keep pages claimed during the block: a busy machine or a slow site may need longer than a lease."""
        tasks: list[asyncio.Future[None]] = []  # begun when the first renewal is due: nearly all pages are done before

        def begin() -> None:
            tasks.append(asyncio.ensure_future(self._renew(claims)))

        timer = asyncio.get_running_loop().call_later(self._lease_s / 3, begin)
        try:
            yield
        finally:
            timer.cancel()
            for task in tasks:
                task.cancel()

    async def _renew(self, claims: Sequence[Claim]) -> None:
        for _ in range(MAX_RENEWALS):
            try:
                await self._store.pages.renew(claims, lease_s=self._lease_s)
            except Exception:
                logger.exception("❌ a lease could not be renewed; it is tried again")
            await asyncio.sleep(self._lease_s / 3)

    async def _settle(self, job: Job, claims: Sequence[Claim]) -> int | None:
        """Fetch claimed pages one after another and settle them; return how many messages to publish, None if unknown.

        Only the first has a message: what cannot be settled now of the others is handed back with new ones, and so are
        all where the site wants to be left alone for longer than a delivery may wait.

        Raises:
            PageUnreachable: the first page may be had later.
        """
        known = await self._store.recrawl.validators(claims) if job.refreshes else {}
        waiting, unchanged = list(claims), list[Claim]()
        tried: Claim | None = None
        enqueued: int | None = 0
        until = anyio.current_time() + REFRESH_S
        try:
            while waiting and (waiting[0] is claims[0] or anyio.current_time() < until):
                claim = waiting[0]
                tried = claim
                try:
                    outcome = await self._visit.outcome(job, claim, known.get(claim.page_id))
                except SiteClosed:
                    tried = None
                    break
                except PageError:
                    if claim is claims[0]:
                        raise
                    break
                failpoint("steps.fetched")
                if outcome is None:
                    unchanged.append(claim)
                else:
                    enqueued = _sum(enqueued, await self._store_outcome(job, claim, outcome))
                waiting.pop(0)
                tried = None
        finally:
            with anyio.CancelScope(shield=True):
                if tried is claims[0]:
                    await self._store.pages.release(waiting.pop(0))
                    tried = None
                if unchanged:
                    enqueued = _sum(enqueued, await self._store.recrawl.settle_unchanged(job, unchanged))
                if waiting:
                    await self._store.pages.requeue(waiting, tried=tried)
                    enqueued = None
        return enqueued

    async def _store_outcome(self, job: Job, claim: Claim, outcome: Outcome) -> int | None:
        self._store.index.keep(job.id, outcome)  # before anybody can see that the page is not indexed
        with metrics.stage("store", claim.url):
            enqueued = await self._store.pages.settle(claim, outcome, job=job)
        if enqueued is not None:
            metrics.pages.labels(outcome.state.value, outcome.reason).inc()
            self._byte_quota.note(job.owner, outcome.stored_bytes)
        return enqueued


def _sum(enqueued: int | None, more: int | None) -> int | None:
    return None if enqueued is None or more is None else enqueued + more
