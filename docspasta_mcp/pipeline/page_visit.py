"""What becomes of one claimed page: it is fetched in its site's turn, and read as what it is."""

import logging
from dataclasses import replace

from docspasta_mcp import metrics
from docspasta_mcp.discovery.robots import Robots, Rules, pause_of
from docspasta_mcp.errors import MAX_DETAIL, QUOTED, PageError, PageRefused, PageUnreachable, SiteClosed
from docspasta_mcp.extract.worker_tasks import indexed, read_chapter, read_specification, specifications_in
from docspasta_mcp.extract.workers import Workers
from docspasta_mcp.fetch.body_hash import hash_of
from docspasta_mcp.fetch.browser.rendering import Renderer
from docspasta_mcp.fetch.content_type import in_our_words
from docspasta_mcp.fetch.editions import Editions
from docspasta_mcp.fetch.fetcher import Fetcher
from docspasta_mcp.fetch.politeness import Politeness
from docspasta_mcp.fetch.specifications import Specification, Specifications
from docspasta_mcp.jobs.quota import ByteQuota
from docspasta_mcp.model.content_types import is_readable_type
from docspasta_mcp.model.edition import MarkdownEdition
from docspasta_mcp.model.file_formats import FileFormat
from docspasta_mcp.model.hash_route import is_route, without_route
from docspasta_mcp.model.job import Job
from docspasta_mcp.model.page import NOT_THERE, Claim, Outcome, PageState, Validators
from docspasta_mcp.model.specification import BOOK, file_of, name_of, page_of
from docspasta_mcp.pipeline.judgement import judged
from docspasta_mcp.pipeline.page_fetch import PageFetch, file_format_of, may_name_specification, ways_of
from docspasta_mcp.pipeline.page_reader import PageReader
from docspasta_mcp.urls import origin_of

logger = logging.getLogger(__name__)

REFUSED_RETRIES = 1  # of the first page: a server that starts anew takes a second
_SKIPPED = frozenset(
    {"content_type", "hash_route", "redirected_out_of_scope", "robots"}
)  # refused by a rule, not broken
_TOO_MUCH = frozenset({"http_429", "http_503"})  # what a site answers that wants to be asked more slowly


class PageVisit:
    """Fetches and reads claimed pages."""

    def __init__(
        self,
        *,
        fetcher: Fetcher,
        robots: Robots,
        editions: Editions,
        politeness: Politeness,
        workers: Workers,
        byte_quota: ByteQuota,
        max_retries: int,
        renderer: Renderer | None = None,
    ) -> None:
        """Prepare visits.

        Args:
            fetcher: fetches pages.
            robots: the rules of each site.
            editions: fetch a page's Markdown where the site has one.
            politeness: slows down for sites that ask for it.
            workers: read pages in other processes.
            byte_quota: what an owner may still store.
            max_retries: tries after the first, before a failure that may pass is final.
            renderer: renders pages that only scripts fill; None if there is no browser.
        """
        self._fetch = PageFetch(fetcher, editions)
        self._robots = robots
        self._politeness = politeness
        self._workers = workers
        self._reader = PageReader(workers, politeness, renderer)
        self._specifications = Specifications(fetcher, workers, politeness)
        self._byte_quota = byte_quota
        self._max_retries = max_retries

    async def outcome(self, job: Job, claim: Claim, known: Validators | None) -> Outcome | None:
        """Fetch and read a claimed page; a failure that is final is an outcome too. None: it has not changed.

        Raises:
            PageUnreachable: it may work later, and there are tries left.
        """
        try:
            return await self._read(job, claim, known)
        except PageError as error:
            if isinstance(error, SiteClosed) or (error.transient and claim.attempts <= self._retries(claim, error)):
                raise
            is_dead_link = error.reason in NOT_THERE and claim.link_depth > 0  # nothing of the manual is missing
            is_skipped = error.reason in _SKIPPED or is_dead_link
            state = PageState.SKIPPED if is_skipped else PageState.FAILED
            logger.info("❌ %s: %s (%s)", claim.url, error, error.reason)
            return Outcome(state, claim.url, reason=error.reason, detail=error.detail)

    def _retries(self, claim: Claim, error: PageError) -> int:
        """Return how often a page is tried again: where nothing listens at the seed's port, somebody waits for word."""
        return REFUSED_RETRIES if claim.is_seed and error.reason == "refused" else self._max_retries

    async def _read(self, job: Job, claim: Claim, known: Validators | None) -> Outcome | None:
        if refusal := await self._byte_quota.refusal(job.owner):
            return Outcome(PageState.FAILED, claim.url, reason="quota_exceeded", detail=refusal)
        allow_private = job.options.allow_private
        rules = await self._robots.rules(claim.url, allow_private=allow_private)
        if not rules.allows(without_route(claim.url)):
            return Outcome(PageState.SKIPPED, claim.url, reason="robots", detail="robots.txt forbids it.")
        if is_route(claim.url):
            return await self._reader.rendered(job, claim, claim.url, known, ways_of(job, claim, rules))
        if specification := self._specifications.kept(job.id, file_of(claim.url)):
            return await self._read_specification(job, claim, specification, known)
        return await self._read_fetched(job, claim, rules, known)

    async def _read_fetched(self, job: Job, claim: Claim, rules: Rules, known: Validators | None) -> Outcome | None:
        """Fetch a page in its site's turn, and read it as what it is."""
        origin = origin_of(claim.url)
        async with self._politeness.turn(origin):
            try:
                with metrics.stage("fetch", claim.url):
                    fetched, markdown_edition = await self._fetch.fetch(job, claim, rules, known)
            except PageUnreachable as error:
                if error.reason in _TOO_MUCH:
                    self._politeness.refused(origin, error.retry_after_s)
                raise
        self._politeness.served(origin)
        file_format = file_format_of(fetched.url, fetched.content_type, job)
        is_chapter = file_format is FileFormat.EPUB and (claim.is_seed or name_of(claim.url))
        if is_chapter and not fetched.is_unchanged:
            book = self._specifications.keep_book(job.id, file_of(claim.url), fetched)
            return await self._read_specification(job, claim, book, known)
        if not file_format and not fetched.is_unchanged and may_name_specification(fetched.url, fetched.content_type):
            specification = await self._specifications.gather(
                fetched,
                file=file_of(claim.url),
                job_id=job.id,
                allow_private=job.options.allow_private,
                may_enter=rules.allows,
                delay_s=pause_of(rules, job.options),
            )
            if specification is not None:
                return await self._read_specification(job, claim, specification, known)
            if named := await self._workers.run(specifications_in, fetched.body, fetched.url, fetched.charset):
                sent = f"It names the API specification of the page before it.{QUOTED}{named[0]}"[:MAX_DETAIL]
                return Outcome(PageState.SKIPPED, claim.url, reason="redirected", detail=sent, links=named)
            if not is_readable_type(fetched.content_type):
                text = f"It has {in_our_words(fetched.content_type)}, and is not an API specification."
                raise PageRefused("content_type", text, said=fetched.content_type)
        body_hash = (await hash_of(fetched.body))[:32]
        if fetched.is_unchanged or (known is not None and known.body_hash == body_hash):
            return None
        outcome = await self._reader.read(
            job,
            claim,
            fetched,
            file_format=file_format,
            markdown_edition=markdown_edition,
            known=known,
            may_enter=ways_of(job, claim, rules),
        )
        if markdown_edition is not None and outcome is not None and outcome.state is not PageState.DONE:
            return await self._read(replace(job, markdown_edition=MarkdownEdition()), claim, None)
        return outcome

    async def _read_specification(
        self, job: Job, claim: Claim, specification: Specification, known: Validators | None
    ) -> Outcome | None:
        """Read one page of a specification or a book. A specification may be made of several files: its hash tells."""
        body_hash = (await hash_of(specification.body))[:32]
        if known is not None and known.body_hash == body_hash:
            return None
        fetched = specification.fetched
        file = job.scope.normal(fetched.url)
        with metrics.stage("extract", claim.url):
            if specification.is_book:
                url = page_of(file, name_of(claim.url), BOOK)
                reading = await self._workers.run(
                    indexed, read_chapter, fetched.body, url=url, file=file, scope=job.scope
                )
            else:
                url = page_of(file, name_of(claim.url))
                reading = await self._workers.run(
                    indexed,
                    read_specification,
                    fetched.body,
                    url=url,
                    file=file,
                    charset=fetched.charset,
                    others=specification.others,
                    scope=job.scope,
                )
        outcome = judged(reading, url, job, replace(claim, is_named=True))
        if specification.others:
            return replace(outcome, validators=Validators(body_hash=body_hash))
        return replace(outcome, validators=Validators(fetched.etag, fetched.modified, body_hash))
