"""From what was fetched to what becomes of the page: read as a file or as a page, and rendered first where that helps.

Static reading is the usual road. Where it finds a shell that only scripts would fill, and the crawl lets it, a browser
renders the page; where that has not helped a crawl's first pages, no further ones are rendered.
"""

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from docspasta_mcp import metrics
from docspasta_mcp.errors import PageRefused
from docspasta_mcp.extract.reading import Reading
from docspasta_mcp.extract.worker_tasks import indexed, read_file, read_page
from docspasta_mcp.extract.workers import Workers
from docspasta_mcp.fetch.body_hash import hash_of
from docspasta_mcp.fetch.browser.rendering import Renderer, RenderRequest
from docspasta_mcp.fetch.fetcher import Fetched
from docspasta_mcp.fetch.politeness import Politeness
from docspasta_mcp.model.content_types import HTML_TYPES
from docspasta_mcp.model.edition import MarkdownEdition
from docspasta_mcp.model.file_formats import FileFormat
from docspasta_mcp.model.hash_route import is_route
from docspasta_mcp.model.job import Job
from docspasta_mcp.model.page import Claim, Outcome, Validators
from docspasta_mcp.model.rendering import RenderMode, rendered_hash
from docspasta_mcp.model.scope import Scope
from docspasta_mcp.pipeline.judgement import judged
from docspasta_mcp.runtime.bounded_cache import BoundedCache
from docspasta_mcp.urls import origin_of

logger = logging.getLogger(__name__)

FIRST_PAGES = 5  # rendered pages of a crawl by which it is decided whether rendering helps
_SHELLS = frozenset(("javascript_required", "empty"))
_MAX_JOBS = 1_000
_MAY_FILL = re.compile(rb"<script|\bon\w+\s*=|javascript:|http-equiv|\0", re.IGNORECASE)  # a zero: not of ASCII's kind


@dataclass
class _RenderTally:
    """How many pages of a job were rendered in vain, and whether one was not; the same of routes.

    `shown` are hashes of what was shown, `shells` of bodies that were shells: an application sends one for all pages.
    """

    in_vain: int = 0
    has_helped: bool = False
    same_routes: int = 0
    shown: set[str] = field(default_factory=set[str])
    shells: set[str] = field(default_factory=set[str])

    @property
    def routes_are_places(self) -> bool:
        """Whether what looks like routes are only places on one page, as in a viewer of an API."""
        return self.same_routes >= FIRST_PAGES and len(self.shown) == 1


class PageReader:
    """Reads what was fetched."""

    def __init__(self, workers: Workers, politeness: Politeness, renderer: Renderer | None) -> None:
        """Prepare; without a renderer pages are read as they come."""
        self._workers = workers
        self._politeness = politeness
        self._renderer = renderer
        self._tallies: BoundedCache[str, _RenderTally] = BoundedCache(_MAX_JOBS)

    async def read(
        self,
        job: Job,
        claim: Claim,
        fetched: Fetched,
        *,
        file_format: FileFormat | None,
        markdown_edition: MarkdownEdition | None,
        known: Validators | None,
        may_enter: Callable[[str], bool],
    ) -> Outcome | None:
        """Return what becomes of a page; None if it is rendered, and has not changed.

        Raises:
            PageRefused: it cannot be read.
            PageUnreachable: it may be had later.
        """
        url = job.scope.normal(fetched.url)
        if file_format:
            with metrics.stage("extract", claim.url):
                reading = await self._workers.run(
                    indexed,
                    read_file,
                    fetched.body,
                    url=url,
                    file_format=file_format,
                    charset=fetched.charset,
                    scope=job.scope,
                )
            return replace(
                judged(reading, url, job, claim), validators=_validators(fetched, await hash_of(fetched.body))
            )
        is_page = markdown_edition is None and fetched.content_type in HTML_TYPES
        can_render = is_page and self._may_help(job, fetched.body)
        body_hash = await hash_of(fetched.body)
        is_rendered_first = can_render and (
            job.options.render is RenderMode.ALWAYS or body_hash in self._tally(job).shells
        )
        scope = replace(job.scope, routes=can_render and claim.is_seed)

        async def as_sent() -> Outcome | None:
            """Return what becomes of the page as it was sent; None if a browser may show more."""
            try:
                outcome = judged(await self._page(scope, fetched, url, markdown_edition), url, job, claim)
            except PageRefused as error:
                if not can_render or error.reason not in _SHELLS:
                    raise
                return None
            return replace(outcome, validators=_validators(fetched, body_hash))

        outcome = None if is_rendered_first else await as_sent()
        if outcome is not None and not (can_render and outcome.reason in _SHELLS):
            return outcome
        if outcome is None and not is_rendered_first:
            self._keep_shell(job, body_hash)
        try:
            return await self.rendered(job, claim, url, known, may_enter)
        except PageRefused as error:
            if error.reason not in _SHELLS:
                raise
            outcome = outcome or await as_sent()
            if outcome is None or outcome.reason not in _SHELLS:
                raise
            return outcome  # it says nothing but its title, with a browser or without

    async def rendered(
        self, job: Job, claim: Claim, url: str, known: Validators | None, may_enter: Callable[[str], bool]
    ) -> Outcome | None:
        """Return what becomes of a page when a browser has rendered it; None if it has not changed.

        Raises:
            PageRefused: it cannot be rendered, or shows nothing either.
            PageUnreachable: it may be had later.
        """
        tally = self._tally(job)
        if self._renderer is None or (is_route(url) and tally.routes_are_places):
            raise PageRefused("hash_route", "Behind its # is no page of its own, or no browser is there to show it.")
        request = RenderRequest(url, job.options.allow_private, may_enter)
        async with self._politeness.turn(origin_of(url)):
            with metrics.stage("render", claim.url):
                fetched = await self._renderer.render(request)
        body_hash = rendered_hash(await hash_of(fetched.body))
        if known is not None and known.body_hash == body_hash:
            return None
        place = job.scope.normal(fetched.url)
        try:
            outcome = judged(await self._page(replace(job.scope, routes=True), fetched, place, None), place, job, claim)
        except PageRefused as error:
            if error.reason not in _SHELLS:
                raise
            outcome = None
        self._note(tally, url, outcome)
        if outcome is None or outcome.reason in _SHELLS:
            raise PageRefused("empty", "It says nothing, not even when a browser has rendered it.")
        return replace(outcome, validators=Validators(body_hash=body_hash))

    def _may_help(self, job: Job, body: bytes) -> bool:
        """Tell whether a page of a job may be rendered: it has a script, and the first ones decide on further ones."""
        if self._renderer is None or job.options.render is RenderMode.NEVER:
            return False
        if job.options.render is RenderMode.ALWAYS:
            return True
        tally = self._tally(job)
        return bool(_MAY_FILL.search(body)) and (tally.has_helped or tally.in_vain < FIRST_PAGES)

    def _tally(self, job: Job) -> _RenderTally:
        """Return the tally of a job, one for all of its pages however many are read at once."""
        tally = self._tallies.get(job.id)
        if tally is None:
            tally = _RenderTally()
            self._tallies.put(job.id, tally)
        return tally

    def _keep_shell(self, job: Job, body_hash: str) -> None:
        """Remember a body that is a shell, so that the same one is not read again."""
        tally = self._tally(job)
        if len(tally.shells) < FIRST_PAGES:
            tally.shells.add(body_hash)

    def _note(self, tally: _RenderTally, url: str, outcome: Outcome | None) -> None:
        """Note what rendering a page came to."""
        has_helped = outcome is not None and outcome.reason not in _SHELLS
        tally.has_helped = tally.has_helped or has_helped
        tally.in_vain += not has_helped
        if outcome is not None and len(tally.shown) < FIRST_PAGES:
            tally.same_routes += is_route(url) and outcome.content_hash in tally.shown
            tally.shown.add(outcome.content_hash)

    async def _page(
        self, scope: Scope, fetched: Fetched, url: str, markdown_edition: MarkdownEdition | None
    ) -> Reading:
        with metrics.stage("extract", url):
            return await self._workers.run(
                indexed,
                read_page,
                fetched.body,
                url=url,
                content_type=fetched.content_type,
                charset=fetched.charset,
                scope=scope,
                markdown_edition=markdown_edition,
            )


def _validators(fetched: Fetched, body_hash: str) -> Validators:
    return Validators(fetched.etag, fetched.modified, body_hash[:32])
