"""What a delivered message makes happen. The order is the rule for every step: do, commit, publish, answer.

Deliveries repeat, come late and come out of order. A step whose work is done already publishes what is still owed
and leaves the rest alone.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace

import anyio
import anyio.to_thread

from docspasta_mcp import metrics
from docspasta_mcp.crawl.fetch import Fetcher, accept_anything
from docspasta_mcp.crawl.order import reading_order
from docspasta_mcp.crawl.read import Reading, is_readable_type, read_page
from docspasta_mcp.crawl.robots import Robots, Rules
from docspasta_mcp.crawl.scope import infer_scope
from docspasta_mcp.crawl.sitemaps import MAX_SITEMAP_FILES, is_sitemap_type, parse_sitemap
from docspasta_mcp.crawl.workers import Workers
from docspasta_mcp.errors import PageError
from docspasta_mcp.failpoints import failpoint
from docspasta_mcp.messages import FinalizeJob, Message, ProcessUrl, StartCrawl
from docspasta_mcp.models import Claim, Job, NewPage, Outcome, PageState, Scope, Source
from docspasta_mcp.relay import Relay
from docspasta_mcp.store import Store
from docspasta_mcp.urls import origin_of

logger = logging.getLogger(__name__)

SITEMAPS_S = 40.0  # for all sitemaps of a site: the step must end within its delivery's time
_MAX_KNOWN = 1_000  # jobs whose pages come in now; each has about a kilobyte
_SKIPPED = frozenset({"content_type", "redirected_out_of_scope", "robots"})  # refused by a rule, not broken
_NOT_THERE = frozenset({"http_404", "http_410"})  # a dead link of the site: nothing of the manual is missing


class Steps:
    """The three steps and what they need."""

    def __init__(
        self, *, store: Store, relay: Relay, fetcher: Fetcher, workers: Workers, max_retries: int, lease_s: float
    ) -> None:
        self._store = store
        self._relay = relay
        self._fetcher = fetcher
        self._robots = Robots(fetcher)
        self._workers = workers
        self._max_retries = max_retries
        self._lease_s = lease_s
        self._known: dict[tuple[str, str], Job] = {}

    async def run(self, message: Message) -> None:
        """Do what the message says. A message for a job that is no more, or has ended, does nothing.

        Raises:
            PageUnreachable: the page may be had later; deliver again.
            DeliveryTooEarly: another delivery is at it.
        """
        job = await self._job(message)
        if job is None or not job.is_running:
            return
        match message:
            case StartCrawl():
                await self._start_crawl(job)
            case ProcessUrl():
                await self._process_url(job, message.page_id)
            case FinalizeJob():
                await self.finalize_job(job)

    async def _job(self, message: Message) -> Job | None:
        """Return a message's job. For pages it is read once: from its first page on, only its state changes.

        Whether it still runs is then for `claim` and `settle` to see, in their own transactions.
        """
        known = self._known.get((message.job_id, message.user_id)) if isinstance(message, ProcessUrl) else None
        if known is not None:
            return known
        job = await self._store.jobs.get(message.job_id, owner=message.user_id)
        if job is not None and isinstance(message, ProcessUrl):
            if len(self._known) >= _MAX_KNOWN:
                self._known.pop(next(iter(self._known)))
            self._known[message.job_id, message.user_id] = job
        return job

    async def give_up(self, message: Message, detail: str) -> None:
        """Settle what a message was for, since its deliveries are used up."""
        match message:
            case StartCrawl():
                await self._store.jobs.fail(message.job_id, f"The crawl could not be started: {detail}")
            case ProcessUrl():
                await self._store.pages.give_up(
                    message.page_id, job_id=message.job_id, reason="delivery_failed", detail=detail
                )
                await self._relay.send()
            case FinalizeJob():
                pass  # the sweeper owes a new one

    async def _start_crawl(self, job: Job) -> None:
        """Find the first pages: the seed, where it redirects to, and what the sitemaps name."""
        rules = await self._rules_or_none(job, job.seed_url)
        seed = await self._resolved_seed(job) if rules and rules.allows(job.seed_url) else job.seed_url
        if seed != job.seed_url:
            scope = infer_scope(seed, job.options)
            job = replace(job, scope=replace(scope, reason=f"{scope.reason}; {job.seed_url} redirects there"))
            rules = await self._rules_or_none(job, seed)
        named: Sequence[str] = await self._sitemap_pages(job, rules, seed) if rules else ()
        pages = [NewPage(seed, 0, Source.SEED), *(NewPage(url, 1, Source.SITEMAP) for url in named)]
        await self._store.pages.open_frontier(job, pages, crawl_delay_s=rules.crawl_delay_s if rules else 0)
        failpoint("frontier.committed")
        await self._relay.send()

    async def _process_url(self, job: Job, page_id: int) -> None:
        """Turn one page of the frontier into Markdown, and its links into new pages."""
        claim = await self._store.pages.claim(page_id, job_id=job.id, lease_s=self._lease_s)
        if claim is not None:
            failpoint("steps.claimed")
            try:
                outcome = await self._outcome(job, claim)
                failpoint("steps.fetched")
                with metrics.stage("store", claim.url):
                    owed = await self._store.pages.settle(claim, outcome, job=job)
            except BaseException:
                with anyio.CancelScope(shield=True):
                    await self._store.pages.release(claim)
                raise
            failpoint("settle.committed")
            if owed is not None:
                metrics.pages.labels(outcome.state.value, outcome.reason).inc()
            if owed == 0:
                return
        await self._relay.send()

    async def finalize_job(self, job: Job) -> None:
        """Number the pages in reading order, name the duplicates, and end the job."""
        pages = await self._store.documents.graph(job.id)
        order = await anyio.to_thread.run_sync(reading_order, 1, pages)
        first_with: dict[str, int] = {}
        duplicates: dict[int, int] = {}
        for page in order:
            if page.state is PageState.DONE and first_with.setdefault(page.content_hash, page.id) != page.id:
                duplicates[page.id] = first_with[page.content_hash]
        in_document = [page.id for page in order if page.state is PageState.DONE and page.id not in duplicates]
        others = [page.id for page in order if page.state is not PageState.DONE or page.id in duplicates]
        positions = {page_id: position for position, page_id in enumerate([*in_document, *others], start=1)}
        failpoint("finalize.ordered")
        state = await self._store.jobs.finalize(job.id, positions=positions, duplicates=duplicates)
        failpoint("finalize.committed")
        if state is not None:
            logger.info("%s job %s %s: %d pages", "❌" if not in_document else "✅", job.id, state, len(in_document))

    async def _outcome(self, job: Job, claim: Claim) -> Outcome:
        """Fetch and read a claimed page; a failure that is final is an outcome too.

        Raises:
            PageUnreachable: it may work later, and there are tries left.
        """
        try:
            return await self._read(job, claim)
        except PageError as error:
            if error.transient and claim.attempts <= self._max_retries:
                raise
            is_skipped = error.reason in _SKIPPED or (error.reason in _NOT_THERE and claim.depth > 0)
            state = PageState.SKIPPED if is_skipped else PageState.FAILED
            logger.info("❌ %s: %s (%s)", claim.url, error, error.reason)
            return Outcome(state, claim.url, reason=error.reason, detail=str(error))

    async def _read(self, job: Job, claim: Claim) -> Outcome:
        allow_private = job.options.allow_private
        rules = await self._robots.rules(claim.url, allow_private=allow_private)
        if not rules.allows(claim.url):
            return Outcome(PageState.SKIPPED, claim.url, reason="robots", detail="robots.txt forbids it.")
        with metrics.stage("fetch", claim.url):
            fetched = await self._fetcher.fetch(
                claim.url,
                allow_private=allow_private,
                accepts=is_readable_type,
                may_follow=lambda target: target in job.scope and rules.allows(target),
            )
        with metrics.stage("extract", claim.url):
            reading = await self._workers.run(
                read_page,
                fetched.body,
                url=fetched.url,
                content_type=fetched.content_type,
                charset=fetched.charset,
                scope=Scope(job.scope.origin, job.scope.prefix, exclude=job.scope.exclude),
            )
        return _judged(reading, fetched.url, job)

    async def _rules_or_none(self, job: Job, url: str) -> Rules | None:
        """Return a site's rules; None if they cannot be had now: then the seed's own step will say why."""
        try:
            return await self._robots.rules(url, allow_private=job.options.allow_private)
        except PageError:
            return None

    async def _resolved_seed(self, job: Job) -> str:
        """Return where the seed finally is; the seed itself if it cannot be had, which its own step will find out."""
        try:
            fetched = await self._fetcher.fetch(
                job.seed_url, allow_private=job.options.allow_private, may_follow=accept_anything
            )
        except PageError:
            return job.seed_url
        return fetched.url

    async def _sitemap_pages(self, job: Job, rules: Rules, seed: str) -> Sequence[str]:
        """Return the URLs in scope that the site's sitemaps name, in their order, as many as the job may hold."""
        own = dict.fromkeys([f"{origin_of(seed)}/sitemap.xml", f"{job.scope.origin}{job.scope.prefix}sitemap.xml"])
        waiting = list(dict.fromkeys(rules.sitemaps or own))[:MAX_SITEMAP_FILES]
        seen = set(waiting)
        pages: dict[str, None] = {}
        until = anyio.current_time() + SITEMAPS_S
        for _ in range(MAX_SITEMAP_FILES):
            if anyio.current_time() > until:
                break
            if not waiting or len(pages) >= job.options.max_pages:
                break
            url = waiting.pop(0)
            try:
                fetched = await self._fetcher.fetch(
                    url, allow_private=job.options.allow_private, accepts=is_sitemap_type
                )
                sitemap = await self._workers.run(parse_sitemap, fetched.body, fetched.url)
            except PageError:
                continue
            pages.update((page, None) for page in sitemap.pages if page in job.scope and job.scope.wants(page))
            waiting.extend(url for url in sitemap.sitemaps if url not in seen)
            seen.update(sitemap.sitemaps)
        return list(pages)[: job.options.max_pages]


def _judged(reading: Reading, url: str, job: Job) -> Outcome:
    """Decide whether a page belongs into the document; its links count either way."""
    outcome = Outcome(
        PageState.DONE,
        url,
        title=reading.title,
        markdown=reading.markdown,
        words=reading.words,
        tokens=reading.tokens,
        quality=reading.quality,
        content_hash=reading.content_hash,
        links=tuple(link for link in reading.links if link != url),
        following=reading.following,
    )
    skipped = replace(outcome, state=PageState.SKIPPED, markdown="")
    if not job.scope.wants(url):
        return replace(skipped, reason="excluded", detail="No include pattern names it.")
    if reading.quality < job.options.quality_threshold:
        limit = job.options.quality_threshold
        return replace(skipped, reason="low_quality", detail=f"Its score {reading.quality} is under {limit}.")
    return outcome
