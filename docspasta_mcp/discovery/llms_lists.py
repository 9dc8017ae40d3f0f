"""Ask a site for its llms.txt and llms-full.txt, and read both as lists of its pages."""

from collections.abc import Sequence
from dataclasses import replace

import anyio
import anyio.to_thread

from docspasta_mcp.discovery.llms_txt import MAX_LLMS_BYTES, html_spellings, parse_llms_txt
from docspasta_mcp.discovery.merge import whole_host
from docspasta_mcp.discovery.page_looks import PageLooks
from docspasta_mcp.discovery.robots import Rules
from docspasta_mcp.discovery.seen import DiscoveryState, SeedPage
from docspasta_mcp.extract.workers import Workers
from docspasta_mcp.fetch.editions import Editions, FullFiles
from docspasta_mcp.fetch.fetcher import Fetched
from docspasta_mcp.model.content_types import HTML_TYPES
from docspasta_mcp.model.frontier import NavEntry
from docspasta_mcp.model.job import JobOptions
from docspasta_mcp.model.page_identity import page_key
from docspasta_mcp.urls import origin_of


class LlmsLists:
    """Reads the lists that one look at a site finds in its llms.txt files, into `state`."""

    def __init__(
        self,
        editions: Editions,
        workers: Workers,
        looks: PageLooks,
        *,
        seed: SeedPage,
        options: JobOptions,
        rules: Rules,
        state: DiscoveryState,
    ) -> None:
        self._editions = editions
        self._workers = workers
        self._looks = looks
        self._seed = seed
        self._options = options
        self._rules = rules
        self._state = state
        self._origin = origin_of(seed.url)

    async def read(self, directory: str, *, is_usual: bool, verify: bool) -> None:
        """Read what lies in a directory.

        Args:
            directory: its path.
            is_usual: whether an llms-full.txt may lie there without an llms.txt beside it.
            verify: whether one is asked for that does.

        Raises:
            PageError: the llms.txt cannot be read.
        """
        titles, source = (f"{self._origin}{directory}{name}" for name in ("llms.txt", "llms-full.txt"))
        early: list[FullFiles] = []
        listed: Fetched | None = None

        async def ask_early() -> None:
            files = await self._editions.full_file(
                source, titles, whole_host(self._origin), allow_private=self._options.allow_private
            )
            early.extend([files] if files else [])

        async with anyio.create_task_group() as tasks:
            if is_usual and verify and self._rules.allows(source):  # whatever the llms.txt says
                tasks.start_soon(ask_early)
            listed = await self._listed(titles)
        if listed is not None:
            await self._take(directory, listed)
        is_listed = directory in self._state.llms
        if (verify if is_listed else is_usual) and self._rules.allows(source):
            files = replace(early[0], titles=listed) if early else None
            await self._full(directory, source, titles if is_listed else "", files)

    async def _listed(self, url: str) -> Fetched | None:
        if not self._rules.allows(url):
            return None
        return await self._looks.fetch(url, self._options, max_bytes=MAX_LLMS_BYTES)

    async def _take(self, directory: str, fetched: Fetched) -> None:
        body = b"" if fetched.content_type in HTML_TYPES else fetched.body
        entries = await self._workers.run(parse_llms_txt, body, fetched.url, whole_host(self._origin))
        if entries:
            files = await anyio.to_thread.run_sync(_files, entries)
            self._state.files.update(files)
            self._state.llms[directory] = await self._as_pages(entries, files)

    async def _full(self, directory: str, source: str, titles: str, files: FullFiles | None) -> None:
        text = await self._editions.full_text(
            source, titles, whole_host(self._origin), allow_private=self._options.allow_private, files=files
        )
        if not text.urls:
            return
        self._state.full[directory] = source, titles
        if directory not in self._state.llms:
            entries = await anyio.to_thread.run_sync(_as_entries, text.urls)
            named = await anyio.to_thread.run_sync(_files, entries)
            self._state.llms[directory] = await self._as_pages(entries, named)

    async def _as_pages(self, entries: tuple[NavEntry, ...], files: Sequence[str]) -> tuple[NavEntry, ...]:
        """Spell Markdown files of an llms.txt as the pages that they are editions of, where such pages exist.

        How a site names them is seen from the seed if it is listed, else from the first file. A list may have fifty
        thousand entries, so all that looks at each of them is done in a thread.
        """
        spelling = await anyio.to_thread.run_sync(_own_spelling, files, page_key(self._seed.url))
        if spelling is not None:
            return await anyio.to_thread.run_sync(_spelled, entries, spelling)
        for spelling, page in enumerate(html_spellings(files[0]) if files else ()):
            fetched = await self._looks.fetch(page, self._options) if self._rules.allows(page) else None
            if fetched is not None and fetched.content_type in HTML_TYPES:
                return await anyio.to_thread.run_sync(_spelled, entries, spelling)
        return entries


def _as_entries(urls: Sequence[str]) -> tuple[NavEntry, ...]:
    return tuple(NavEntry(0, page) for page in urls)


def _files(entries: Sequence[NavEntry]) -> list[str]:
    """Return the Markdown files that a list names."""
    return [entry.url for entry in entries if html_spellings(entry.url)]


def _own_spelling(files: Sequence[str], own: str) -> int | None:
    """Return in which way of spelling a list names the seed, None if it does not."""
    for url in files:
        for spelling, page in enumerate(html_spellings(url)):
            if page_key(page) == own:
                return spelling
    return None


def _spelled(entries: tuple[NavEntry, ...], spelling: int) -> tuple[NavEntry, ...]:
    def page(url: str) -> str:
        spellings = html_spellings(url)
        return spellings[min(spelling, len(spellings) - 1)] if spellings else url

    return tuple(entry._replace(url=page(entry.url)) for entry in entries)
