"""What a delivered message makes happen. The order is the rule for every step: do, commit, publish, answer.

Deliveries repeat, come late and come out of order. A step whose work is done already publishes the messages
that are still in the outbox and leaves the rest alone.
"""

from docspasta_mcp.discovery.discover import Discoverer
from docspasta_mcp.discovery.robots import Robots
from docspasta_mcp.extract.worker_tasks import load_reader
from docspasta_mcp.extract.workers import Workers
from docspasta_mcp.fetch.browser.rendering import Renderer
from docspasta_mcp.fetch.editions import Editions
from docspasta_mcp.fetch.fetcher import Fetcher
from docspasta_mcp.fetch.politeness import Politeness
from docspasta_mcp.jobs.quota import ByteQuota
from docspasta_mcp.model.job import Job
from docspasta_mcp.model.messages import FinalizeJob, Message, Notify, ProcessUrl, RunSchedule, StartCrawl
from docspasta_mcp.pipeline.finish import Finalizer
from docspasta_mcp.pipeline.notify import Notifier
from docspasta_mcp.pipeline.page import PageStep
from docspasta_mcp.pipeline.page_visit import PageVisit
from docspasta_mcp.pipeline.relay import Relay
from docspasta_mcp.pipeline.scheduled import Scheduled
from docspasta_mcp.pipeline.start import start_crawl
from docspasta_mcp.runtime.fair_slots import work_of
from docspasta_mcp.store import Store

_MAX_KNOWN = 1_000  # jobs whose pages come in now; each has about a kilobyte


class Steps:
    """The steps and what they need."""

    def __init__(
        self,
        *,
        store: Store,
        relay: Relay,
        fetcher: Fetcher,
        robots: Robots,
        editions: Editions,
        discoverer: Discoverer,
        politeness: Politeness,
        workers: Workers,
        byte_quota: ByteQuota,
        finalizer: Finalizer,
        max_retries: int,
        lease_s: float,
        renderer: Renderer | None = None,
        notifier: Notifier | None = None,
        scheduled: Scheduled | None = None,
    ) -> None:
        self._store = store
        self._notifier = notifier
        self._scheduled = scheduled
        self._relay = relay
        self._workers = workers
        self._discoverer = discoverer
        self._finalizer = finalizer
        visit = PageVisit(
            fetcher=fetcher,
            robots=robots,
            editions=editions,
            politeness=politeness,
            workers=workers,
            byte_quota=byte_quota,
            max_retries=max_retries,
            renderer=renderer,
        )
        self._page = PageStep(store=store, relay=relay, visit=visit, byte_quota=byte_quota, lease_s=lease_s)
        self._known: dict[tuple[str, str], Job] = {}

    async def run(self, message: Message) -> None:
        """Do what the message says. A message for a job that was deleted or has ended, does nothing.

        Raises:
            PageUnreachable: the page may be had later; deliver again.
            DeliveryTooEarly: another delivery is at it.
        """
        if isinstance(message, Notify):
            if self._notifier is not None:
                await self._notifier.run(message.notice_id)
            return
        if isinstance(message, RunSchedule):
            if self._scheduled is not None:
                await self._scheduled.run(message)
            return
        job = await self._job(message)
        if job is None or not job.is_running:
            return
        with work_of(job.owner):
            match message:
                case StartCrawl():
                    self._workers.warm(load_reader, most=job.options.max_pages)
                    await start_crawl(job, discoverer=self._discoverer, store=self._store, relay=self._relay)
                case ProcessUrl():
                    await self._page.run(job, message.page_id)
                case FinalizeJob():
                    await self._finalizer.finalize(job)
                    await (
                        self._relay.send()
                    )  # a page that is tried again at the end, maybe opened by a delivery that died
                    self._known.pop((job.id, job.owner), None)

    async def _job(self, message: StartCrawl | ProcessUrl | FinalizeJob) -> Job | None:
        """Return a message's job. For pages it is read once: from its first page on, only its state changes.

        Whether it still runs is then for `claim` and `settle` to see, in their own transactions.
        """
        known = self._known.get((message.job_id, message.user_id)) if isinstance(message, ProcessUrl) else None
        if known is not None and known.deadline_at > self._store.clock():  # past it, it may run again with another
            return known
        job = await self._store.jobs.get(message.job_id, owner=message.user_id)
        if job is not None and job.is_running and isinstance(message, ProcessUrl):
            if len(self._known) >= _MAX_KNOWN:
                self._known.pop(next(iter(self._known)))
            self._known[message.job_id, message.user_id] = job
        return job

    async def give_up(self, message: Message, detail: str) -> None:
        """Settle what a message was for, since its deliveries are used up."""
        match message:
            case StartCrawl():
                await self._store.endings.fail(message.job_id, f"The crawl could not be started: {detail}")
            case ProcessUrl():
                await self._store.pages.give_up(
                    message.page_id, job_id=message.job_id, reason="delivery_failed", detail=detail
                )
            case FinalizeJob():
                pass  # the sweeper enqueues a new one
            case Notify():
                if self._notifier is not None:
                    await self._notifier.give_up(message.notice_id, detail)
                return
            case RunSchedule():
                return  # its next time comes
        await self._store.notices.dead_letter(message.job_id, {"message": message.type, "detail": detail})
        await self._relay.send()
