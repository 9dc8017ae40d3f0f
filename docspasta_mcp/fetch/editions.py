"""Fetch the Markdown edition of a page. Where there is none, the caller reads the HTML.

An llms-full.txt is fetched once an hour by each process and kept while its pages are read.
"""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import anyio

from docspasta_mcp.discovery.llms_txt import MAX_LLMS_BYTES, parse_llms_txt
from docspasta_mcp.errors import PageError, PageRefused
from docspasta_mcp.extract.workers import Workers
from docspasta_mcp.fetch.fetcher import ACCEPT, Fetched, Fetcher, accept_anything
from docspasta_mcp.fetch.llms_full import MAX_FULL_BYTES, MAX_FULL_PAGES, digest_of, split_full
from docspasta_mcp.model.content_types import MARKDOWN_TYPES, is_readable_type
from docspasta_mcp.model.edition import MarkdownEdition, MarkdownEditionKind
from docspasta_mcp.model.page import Validators
from docspasta_mcp.model.page_identity import bare_key
from docspasta_mcp.model.scope import Scope
from docspasta_mcp.runtime.bounded_cache import BoundedCache
from docspasta_mcp.urls import origin_of

ACCEPT_MARKDOWN = f"text/markdown,text/x-markdown;q=0.95,{ACCEPT.replace('text/html', 'text/html;q=0.9')}"
_FRESH_S = 3_600.0
MAX_KEPT = 100_000_000  # characters of all files that are kept: dozens, so that as many crawls can take turns
_MAX_ABSENT = 1_000  # sites that have none


@dataclass(frozen=True, slots=True)
class FullText:
    """An llms-full.txt split into pages: name of the page → Markdown, in its order; `digest` names its content."""

    pages: Mapping[str, str]
    urls: tuple[str, ...] = ()
    digest: str = ""

    def has(self, page: str) -> bool:
        """Tell whether a page is in the file."""
        return _key(page) in self.pages


@dataclass(frozen=True, slots=True)
class FullFiles:
    """What has been fetched of an llms-full.txt: the file, None if it is not there, and the llms.txt beside it."""

    source: Fetched | None
    titles: Fetched | None


class Editions:
    """Fetches Markdown editions of pages."""

    def __init__(self, fetcher: Fetcher, workers: Workers, clock: Callable[[], float] = time.monotonic) -> None:
        self._fetcher = fetcher
        self._workers = workers
        self._clock = clock
        self._full = BoundedCache[tuple[object, ...], tuple[float, FullText]](MAX_KEPT)
        self._absent: dict[tuple[object, ...], float] = {}
        self._locks: dict[tuple[object, ...], anyio.Lock] = {}

    async def fetch(
        self,
        page: str,
        markdown_edition: MarkdownEdition,
        scope: Scope,
        *,
        allow_private: tuple[str, ...],
        may_enter: Callable[[str], bool] = accept_anything,
        known: Validators | None = None,
        kept: Callable[[str], Fetched | None] = lambda _: None,
    ) -> Fetched | None:
        """Return a page's Markdown under the page's own URL; None if the site has no edition of it.

        Args:
            page: its URL.
            markdown_edition: where to look, whether or not it is in use.
            scope: of the job.
            allow_private: the operator's opt-ins.
            may_enter: tells of a URL whether robots.txt and scope allow it.
            known: what an earlier answer with the same Markdown edition said.
            kept: returns a file that has just been fetched, if it is at hand.

        Raises:
            PageUnreachable: it may work later.
        """
        if markdown_edition.kind is MarkdownEditionKind.FULL:
            full = await self.full_text(
                markdown_edition.source, markdown_edition.titles, scope, allow_private=allow_private
            )
            text = full.pages.get(_key(page), "") if full.digest == markdown_edition.digest and "?" not in page else ""
            return Fetched(page, "text/markdown", "utf-8", text.encode()) if text else None
        url, wants = page, ACCEPT_MARKDOWN
        is_file = markdown_edition.kind is MarkdownEditionKind.MD_SIBLING
        if is_file:
            url, wants = markdown_edition.md_sibling_of(page), ""
        if not url or not may_enter(url):
            return None
        try:
            fetched = (kept(url) if is_file else None) or await self._fetcher.fetch(
                url,
                allow_private=allow_private,
                accepts=is_readable_type,
                may_follow=may_enter,
                known=known,
                wants=wants,
            )
        except PageRefused:
            return None
        if fetched.is_unchanged:
            return fetched
        is_markdown = fetched.content_type in MARKDOWN_TYPES and fetched.body.lstrip()[:1] != b"<"
        if not is_markdown or fetched.url != url:  # the HTML will say where a page has gone
            return None
        return replace(fetched, url=page, content_type="text/markdown")

    async def full_file(
        self, source: str, titles: str, scope: Scope, *, allow_private: tuple[str, ...]
    ) -> FullFiles | None:
        """Fetch an llms-full.txt before it is known whether an llms.txt lies beside it, for `full_text`.

        None if what it says is known already. The arguments are those of `full_text`.
        """
        if any(self._known(self._key(source, one, scope, allow_private)) is not None for one in ("", titles)):
            return None
        try:
            return FullFiles(await self._file(source, allow_private), None)
        except PageError:
            return FullFiles(None, None)

    async def full_text(
        self,
        source: str,
        titles: str,
        scope: Scope,
        *,
        allow_private: tuple[str, ...],
        files: FullFiles | None = None,
    ) -> FullText:
        """Return an llms-full.txt split into pages; an empty one if it cannot be had.

        Args:
            source: its URL.
            titles: URL of the llms.txt beside it, or empty.
            scope: spells the pages' URLs.
            allow_private: the operator's opt-ins.
            files: what of it has just been fetched; None if nothing.
        """
        key = self._key(source, titles, scope, allow_private)
        turn = self._locks.setdefault(key, anyio.Lock())
        try:
            async with turn:
                if (known := self._known(key)) is not None:
                    return known
                try:
                    full = await self._split(source, titles, scope, allow_private, files)
                except PageError:
                    full = FullText({})
                self._keep(key, full)
                return full
        finally:
            self._locks.pop(key, None)

    def _known(self, key: tuple[object, ...]) -> FullText | None:
        """Return what was fetched within the last hour; the least recently used entry is dropped first."""
        if self._absent.get(key, 0) > self._clock():
            return FullText({})
        kept = self._full.get(key)
        if kept is not None and kept[0] > self._clock():
            return kept[1]
        self._full.drop(key)
        return None

    def _keep(self, key: tuple[object, ...], full: FullText) -> None:
        until = self._clock() + _FRESH_S
        if not full.pages:
            while len(self._absent) >= _MAX_ABSENT:
                self._absent.pop(next(iter(self._absent)))
            self._absent[key] = until
            return
        self._full.put(key, (until, full), sum(map(len, full.pages.values())))

    def _key(self, source: str, titles: str, scope: Scope, allow_private: tuple[str, ...]) -> tuple[object, ...]:
        is_signed_in = self._fetcher.sites.is_signed_in(origin_of(source))
        return (source, titles, scope.origin, scope.aliases, allow_private, is_signed_in)

    async def _file(self, source: str, allow_private: tuple[str, ...]) -> Fetched:
        return await self._fetcher.fetch(source, allow_private=allow_private, max_bytes=MAX_FULL_BYTES)

    async def _split(
        self, source: str, titles: str, scope: Scope, allow_private: tuple[str, ...], files: FullFiles | None
    ) -> FullText:
        fetched = files.source if files is not None else await self._file(source, allow_private)
        if fetched is None:
            return FullText({})
        context = files.titles if files is not None and titles else None
        if titles and context is None:
            context = await self._fetcher.fetch(titles, allow_private=allow_private, max_bytes=MAX_LLMS_BYTES)
        return await self._workers.run(full_text_of, fetched, context, scope)


def full_text_of(fetched: Fetched, context: Fetched | None, scope: Scope) -> FullText:
    """Return an llms-full.txt split into pages; meant for a worker process, since it may name very many.

    Args:
        fetched: the file.
        context: the llms.txt beside it, if there is one.
        scope: spells the pages' URLs.
    """
    listed = parse_llms_txt(context.body, context.url, scope) if context is not None else ()
    sections = split_full(fetched, listed)[:MAX_FULL_PAGES]
    urls = tuple(scope.normal(one.url) for one in sections)
    keys = [_key(url) for url in urls]
    shared = Counter(keys)  # names that differ by case alone are told apart by the HTML
    pages = {key: one.text for key, one in zip(keys, sections, strict=True) if shared[key] == 1}
    return FullText(pages, urls, digest_of(sections))


def _key(url: str) -> str:
    """Return one name for a page and the Markdown file that it may be made from."""
    return bare_key(MarkdownEdition(MarkdownEditionKind.FULL).page_of(url))
