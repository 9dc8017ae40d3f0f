"""Decide whether a manual may be read from its Markdown instead of its HTML: only if a sample of both agrees.

What a site may have is looked at in this order: llms-full.txt, a Markdown file beside each page, content negotiation.
An edition is refused as soon as one sampled page says something else than its HTML, misses one of its code blocks, or
hides what only HTML shows: links that no list names, and navigation that the front page does not have.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import anyio
import anyio.to_thread

from docspasta_mcp.errors import PageError
from docspasta_mcp.extract.workers import Workers
from docspasta_mcp.fetch.edition_comparison import EditionComparison, compare
from docspasta_mcp.fetch.editions import Editions
from docspasta_mcp.fetch.fetcher import Fetched, Fetcher, accept_anything
from docspasta_mcp.model.content_types import HTML_TYPES
from docspasta_mcp.model.edition import (
    NO_MARKDOWN_EDITION,
    MarkdownEdition,
    MarkdownEditionKind,
    SiblingPattern,
    usual_suffix,
)
from docspasta_mcp.model.job import JobOptions
from docspasta_mcp.model.page_identity import page_key
from docspasta_mcp.model.scope import Scope

SAMPLE = 6  # pages fetched both ways, spread over the manual
MIN_PAGES = 4  # of a smaller manual a sample costs as much as it saves
COMPARE_S = 20.0  # for everything here
_PARALLEL = 4
_GUESSED_TOGETHER = 2  # one may be asked for in vain: as many requests as the first sampled page's, fetched once, saves


@dataclass(frozen=True, slots=True)
class AdvertisedEditions:
    """What a site says of its Markdown editions.

    Attributes:
        alternate: the Markdown file that the seed's `<link rel=alternate>` names.
        files: Markdown files that llms.txt names.
        full: URL of an llms-full.txt, or empty.
        titles: URL of the llms.txt beside it, or empty.
    """

    alternate: str = ""
    files: frozenset[str] = frozenset()
    full: str = ""
    titles: str = ""


@dataclass(frozen=True, slots=True)
class SampleContext:
    """What is known of the manual: its pages that may be sampled, the seed, and what its front pages show.

    `known` are keys of pages that are found without the sample's HTML, `shown` of those in the navigation.
    """

    scope: Scope
    options: JobOptions
    seed: str
    pages: tuple[str, ...]
    known: frozenset[str]
    shown: frozenset[str]
    may_enter: Callable[[str], bool] = accept_anything


class EditionCheck:
    """Looks for Markdown editions and compares them."""

    def __init__(self, fetcher: Fetcher, editions: Editions, workers: Workers) -> None:
        self._fetcher = fetcher
        self._editions = editions
        self._workers = workers

    async def verdict(self, sample: SampleContext, advertised: AdvertisedEditions) -> MarkdownEdition:
        """Return the first edition that a sample verifies, else the first that it refuses, else none."""
        pool = await anyio.to_thread.run_sync(_without_query, sample.pages)  # of fifty thousand, maybe
        if len(pool) < MIN_PAGES:
            return NO_MARKDOWN_EDITION
        pages = spread(pool, SAMPLE)
        refused: list[MarkdownEdition] = []
        with anyio.move_on_after(COMPARE_S):
            html: dict[str, Fetched] = {}
            guesses = await anyio.to_thread.run_sync(_guesses, sample, advertised, pool, pages[0])
            some = [guesses[at : at + _GUESSED_TOGETHER] for at in range(0, len(guesses), _GUESSED_TOGETHER)]
            for candidates in (await self._full(sample, advertised, pool), *some):
                for candidate, fetched in await self._there(sample, advertised, candidates, pages[0]):
                    refused.append(replace(candidate, reason="there was no time to compare them"))
                    html = html or await self._html(sample, pages)
                    verdict = await self._compared(sample, candidate, html, fetched)
                    if verdict.is_used:
                        return verdict
                    refused[-1] = verdict
        return refused[0] if refused else NO_MARKDOWN_EDITION

    async def _full(
        self, sample: SampleContext, advertised: AdvertisedEditions, pool: Sequence[str]
    ) -> Sequence[MarkdownEdition]:
        """Return the llms-full.txt as a candidate, if it has half of the manual's pages."""
        if not advertised.full:
            return ()
        full = await self._editions.full_text(
            advertised.full, advertised.titles, sample.scope, allow_private=sample.options.allow_private
        )
        if 2 * await anyio.to_thread.run_sync(lambda: sum(map(full.has, pool))) < len(pool):
            return ()
        return (
            MarkdownEdition(
                MarkdownEditionKind.FULL,
                suffix=await anyio.to_thread.run_sync(usual_suffix, pool),
                source=advertised.full,
                titles=advertised.titles,
                digest=full.digest,
            ),
        )

    async def _there(
        self,
        sample: SampleContext,
        advertised: AdvertisedEditions,
        candidates: Sequence[MarkdownEdition],
        page: str,
    ) -> Sequence[tuple[MarkdownEdition, Mapping[str, Fetched]]]:
        """Ask side by side, once each, for what the site may have; return what is there, with the page fetched of it.

        Without llms.txt only the seed is asked for as Markdown.
        """
        found: dict[MarkdownEdition, Mapping[str, Fetched]] = {}

        async def ask(candidate: MarkdownEdition) -> None:
            is_blind = candidate.kind is MarkdownEditionKind.NEGOTIATED and not advertised.titles
            asked = sample.seed if is_blind else page
            if (edition := await self._edition(sample, candidate, asked)) is not None:
                found[candidate] = {asked: edition}

        async with anyio.create_task_group() as tasks:
            for candidate in candidates:
                if candidate.kind is MarkdownEditionKind.FULL:  # fetched already
                    found[candidate] = {}
                else:
                    tasks.start_soon(ask, candidate)
        return [(candidate, found[candidate]) for candidate in candidates if candidate in found]

    async def _edition(self, sample: SampleContext, markdown_edition: MarkdownEdition, page: str) -> Fetched | None:
        try:
            return await self._editions.fetch(
                page,
                markdown_edition,
                sample.scope,
                allow_private=sample.options.allow_private,
                may_enter=sample.may_enter,
            )
        except PageError:
            return None

    async def _html(self, sample: SampleContext, pages: Sequence[str]) -> dict[str, Fetched]:
        """Fetch the sample's HTML; pages that cannot be had are left out."""
        found: dict[str, Fetched] = {}
        limiter = anyio.CapacityLimiter(_PARALLEL)

        async def one(page: str) -> None:
            async with limiter:
                try:
                    fetched = await self._fetcher.fetch(
                        page,
                        allow_private=sample.options.allow_private,
                        accepts=HTML_TYPES.__contains__,
                        may_follow=sample.may_enter,
                    )
                except PageError:
                    return
                found[page] = fetched

        async with anyio.create_task_group() as tasks:
            for page in pages:
                if sample.may_enter(page):
                    tasks.start_soon(one, page)
        return {page: found[page] for page in pages if page in found}

    async def _compared(
        self,
        sample: SampleContext,
        markdown_edition: MarkdownEdition,
        html: Mapping[str, Fetched],
        fetched: Mapping[str, Fetched],
    ) -> MarkdownEdition:
        """Return the verdict on one edition, some of which is `fetched`; the first page that disagrees decides."""
        lowest, compared = 1.0, 0
        for page, own in html.items():
            edition = fetched.get(page) or await self._edition(sample, markdown_edition, page)
            if edition is None:
                if markdown_edition.kind is MarkdownEditionKind.FULL:  # such pages are read as HTML
                    continue
                return replace(markdown_edition, compared=compared, agreement=lowest, reason="a sampled page has none")
            try:
                one = await self._workers.run(compare, own, edition, page, sample.scope, markdown_edition)
            except PageError as error:
                one = EditionComparison(0.0, f"cannot be compared: {error}".rstrip("."))
            compared, lowest = compared + 1, min(lowest, one.f1)
            if fault := one.fault or await anyio.to_thread.run_sync(_hidden, sample, page, one):
                return replace(markdown_edition, compared=compared, agreement=lowest, reason=f"a sampled page {fault}")
        if compared < MIN_PAGES / 2:
            return replace(
                markdown_edition, compared=compared, agreement=lowest, reason="too few pages could be compared"
            )
        return replace(markdown_edition, is_used=True, compared=compared, agreement=lowest)


def spread(pages: Sequence[str], count: int) -> list[str]:
    """Return up to `count` pages, evenly spread."""
    step = max(1.0, len(pages) / count)
    return [pages[int(step * place)] for place in range(min(count, len(pages)))]


def _hidden(sample: SampleContext, page: str, one: EditionComparison) -> str:
    """Return what only the page's HTML leads to; empty if nothing."""
    lost = [link for link in one.links if page_key(link) not in sample.known]
    if lost:
        return f"leads to {len(lost)} page{'s' * (len(lost) > 1)} only in its HTML"
    own = page_key(page)
    if any(page_key(url) not in sample.shown and page_key(url) != own for url in one.shown):
        return "shows navigation in its HTML that the front page does not have"
    return ""


def _without_query(pages: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(page for page in pages if "?" not in page))


def _guesses(
    sample: SampleContext, advertised: AdvertisedEditions, pool: Sequence[str], first: str
) -> list[MarkdownEdition]:
    """Return what the site may have, what it speaks of first; each is asked for once, with the first sampled page.

    A site without llms.txt that speaks of no Markdown is asked for one file only.
    """
    suffix = usual_suffix(pool)
    siblings = [MarkdownEdition(MarkdownEditionKind.MD_SIBLING, pattern=one, suffix=suffix) for one in SiblingPattern]
    said = [one for one in siblings if _is_said(one, sample, advertised, pool)]
    siblings = [*said, *(one for one in siblings if one not in said)] if said or advertised.titles else siblings[:1]
    named = {one.md_sibling_of(first): one for one in reversed(siblings)}
    return [*reversed(named.values()), MarkdownEdition(MarkdownEditionKind.NEGOTIATED, suffix=suffix)]


def _is_said(
    markdown_edition: MarkdownEdition, sample: SampleContext, advertised: AdvertisedEditions, pool: Sequence[str]
) -> bool:
    """Tell whether the site itself names Markdown files of this pattern."""
    if advertised.alternate and markdown_edition.md_sibling_of(sample.seed) == advertised.alternate:
        return True
    return any(markdown_edition.md_sibling_of(page) in advertised.files for page in pool)
