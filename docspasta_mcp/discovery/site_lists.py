"""Ask a site for its own lists, a few at a time: sitemaps, llms.txt, a generator's index, overview pages."""

from collections.abc import Sequence

import anyio
import anyio.to_thread

from docspasta_mcp.discovery.context_values import is_asset
from docspasta_mcp.discovery.doxygen import (
    MAX_PREVIEWED_FILES,
    MAX_TREE_BYTES,
    MAX_TREE_FILES,
    index_files,
    is_tree_script,
    tree_of,
)
from docspasta_mcp.discovery.llms_txt import MAX_LLMS_BYTES, html_spellings, parse_llms_txt
from docspasta_mcp.discovery.merge import at_home, whole_host
from docspasta_mcp.discovery.page_looks import PageLooks
from docspasta_mcp.discovery.robots import Rules
from docspasta_mcp.discovery.seen import DiscoveryState, SeedPage
from docspasta_mcp.discovery.sitemaps import MAX_SITEMAP_FILES, Sitemap, is_sitemap_type, parse_sitemap
from docspasta_mcp.errors import PageError
from docspasta_mcp.extract.worker_tasks import parse_index
from docspasta_mcp.extract.workers import Workers
from docspasta_mcp.fetch.editions import Editions
from docspasta_mcp.fetch.fetcher import Fetcher
from docspasta_mcp.model.content_types import HTML_TYPES
from docspasta_mcp.model.edition import usual_suffix
from docspasta_mcp.model.frontier import NavEntry
from docspasta_mcp.model.job import JobOptions
from docspasta_mcp.model.page_identity import page_key
from docspasta_mcp.urls import origin_of, path_of

MAX_ANCESTORS = 4  # directories above the seed that are looked into
MAX_OVERVIEWS = 4  # pages that may list the seed
MAX_LISTED = 50_000  # URLs of all sitemaps together; merging them takes one to two seconds
MAX_PREVIEWED = 10_000  # the same for a dry run, which has no time for more
PARALLEL = 4  # requests at a time


class SiteLists:
    """Reads the lists that a site keeps of its pages."""

    def __init__(self, fetcher: Fetcher, editions: Editions, workers: Workers, looks: PageLooks) -> None:
        self._fetcher = fetcher
        self._editions = editions
        self._workers = workers
        self._looks = looks

    async def collect(
        self, seed: SeedPage, options: JobOptions, rules: Rules, state: DiscoveryState, *, verify: bool
    ) -> None:
        """Put what the lists say into `state`; what cannot be had is passed over."""
        origin = origin_of(seed.url)
        directories = _directories(seed)
        suffix = usual_suffix([seed.url, *seed.marks.context.links])
        limiter = anyio.CapacityLimiter(PARALLEL)

        async def llms(directory: str) -> None:
            url = f"{origin}{directory}llms.txt"
            if rules.allows(url) and (fetched := await self._looks.fetch(url, options, max_bytes=MAX_LLMS_BYTES)):
                body = b"" if fetched.content_type in HTML_TYPES else fetched.body
                entries = await self._workers.run(parse_llms_txt, body, fetched.url, whole_host(origin))
                if entries:
                    files = await anyio.to_thread.run_sync(_files, entries)
                    state.files.update(files)
                    state.llms[directory] = await self._as_pages(entries, files, seed, options, rules)
            is_listed = directory in state.llms
            if verify if is_listed else directory in (directories[0], "/"):
                await full(directory, url if is_listed else "")

        async def full(directory: str, titles: str) -> None:
            url = f"{origin}{directory}llms-full.txt"
            if not rules.allows(url):
                return
            text = await self._editions.full_text(url, titles, whole_host(origin), allow_private=options.allow_private)
            if text.urls:
                state.full[directory] = url, titles
                if directory not in state.llms:
                    entries = await anyio.to_thread.run_sync(_as_entries, text.urls)
                    files = await anyio.to_thread.run_sync(_files, entries)
                    state.llms[directory] = await self._as_pages(entries, files, seed, options, rules)

        async def index(url: str) -> None:
            if not state.index and rules.allows(url) and (fetched := await self._looks.fetch(url, options)):
                state.index = await self._workers.run(
                    parse_index, fetched.body, fetched.url, fetched.charset, whole_host(origin), suffix
                )

        async def indexes(_: str) -> None:
            for url in seed.marks.indexes:
                if origin_of(url) == origin and not is_tree_script(url):
                    await index(url)
            await self._trees(seed, options, rules, state, MAX_TREE_FILES if verify else MAX_PREVIEWED_FILES)

        async def overview(url: str) -> None:
            if rules.allows(url):
                marks, fetched = await self._looks.marks(url, options)
                if origin_of(fetched.url) == origin:
                    state.overviews[fetched.url] = marks

        async def one(work: object, argument: str) -> None:
            async with limiter:
                try:
                    await work(argument)  # type: ignore[operator]
                except PageError:
                    return

        async with anyio.create_task_group() as tasks:
            most = MAX_LISTED if verify else MAX_PREVIEWED
            tasks.start_soon(self._sitemaps, seed, options, rules, directories, state, most)
            for directory in directories:
                tasks.start_soon(one, llms, directory)
            tasks.start_soon(one, indexes, "")
            for url in _overviews(seed, directories):
                tasks.start_soon(one, overview, url)

    async def _trees(self, seed: SeedPage, options: JobOptions, rules: Rules, state: DiscoveryState, most: int) -> None:
        """Read the first navigation of Doxygen that is there."""
        for url in filter(is_tree_script, seed.marks.indexes):
            if origin_of(url) == origin_of(seed.url) and not state.tree:
                await self._tree(url, options, rules, state, most)

    async def _tree(self, url: str, options: JobOptions, rules: Rules, state: DiscoveryState, most: int) -> None:
        """Read a navigation of Doxygen, as far as time lets: its script, and the files that it is in."""
        texts: dict[str, str] = {}

        async def read(file: str) -> None:
            if rules.allows(file) and (got := await self._looks.fetch(file, options, max_bytes=MAX_TREE_BYTES)):
                texts[file] = got.body.decode("utf-8", "replace")

        try:
            await read(url)
            files = index_files(texts.get(url, ""), url)
            state.is_tree_cut = len(files) > most
            for file in files[:most]:
                await read(file)
        finally:
            state.tree = tree_of(texts.pop(url, ""), texts.values(), url)

    async def _as_pages(
        self, entries: tuple[NavEntry, ...], files: Sequence[str], seed: SeedPage, options: JobOptions, rules: Rules
    ) -> tuple[NavEntry, ...]:
        """Spell Markdown files of an llms.txt as the pages that they are editions of, where such pages exist.

        How a site names them is seen from the seed if it is listed, else from the first file. A list may have fifty
        thousand entries, so all that looks at each of them is done in a thread.
        """
        spelling = await anyio.to_thread.run_sync(_own_spelling, files, page_key(seed.url))
        if spelling is not None:
            return await anyio.to_thread.run_sync(_spelled, entries, spelling)
        for spelling, page in enumerate(html_spellings(files[0]) if files else ()):
            fetched = await self._looks.fetch(page, options) if rules.allows(page) else None
            if fetched is not None and fetched.content_type in HTML_TYPES:
                return await anyio.to_thread.run_sync(_spelled, entries, spelling)
        return entries

    async def _sitemaps(
        self,
        seed: SeedPage,
        options: JobOptions,
        rules: Rules,
        directories: Sequence[str],
        state: DiscoveryState,
        most: int,
    ) -> None:
        """Read the sitemaps that robots.txt names, else those in the usual places; those nearest to the seed first."""
        origin = origin_of(seed.url)
        usual = [f"{origin}{directory}sitemap.xml" for directory in (directories[0], "/")]
        host = whole_host(origin)
        waiting = list(dict.fromkeys(map(host.normal, rules.sitemaps) if rules.sitemaps else usual))
        known = set(waiting)
        for _ in range(MAX_SITEMAP_FILES):
            if not waiting or state.is_cut:
                return
            url = waiting.pop(0)
            try:
                fetched = await self._fetcher.fetch(url, allow_private=options.allow_private, accepts=is_sitemap_type)
                sitemap = await self._workers.run(parse_sitemap, fetched.body, fetched.url)
            except PageError:
                continue
            await anyio.to_thread.run_sync(_take_in, sitemap, origin, state, most)
            further = [one for one in at_home(sitemap.sitemaps, origin).values() if one not in known]
            known.update(further)
            waiting.extend(sorted(further, key=lambda one: -_kinship(path_of(one), path_of(seed.url))))


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


def _take_in(sitemap: Sitemap, origin: str, state: DiscoveryState, most: int) -> None:
    """Put the pages of a sitemap into `state`, up to `most` of all."""
    for listed, page in at_home(sitemap.pages, origin).items():
        if len(state.sitemap) >= most:
            state.is_cut = True
            break
        if not is_asset(page):
            state.sitemap.setdefault(page, sitemap.changed.get(listed, ""))


def _spelled(entries: tuple[NavEntry, ...], spelling: int) -> tuple[NavEntry, ...]:
    def page(url: str) -> str:
        spellings = html_spellings(url)
        return spellings[min(spelling, len(spellings) - 1)] if spellings else url

    return tuple(entry._replace(url=page(entry.url)) for entry in entries)


def _directories(seed: SeedPage) -> list[str]:
    """Return the directories above the seed, its generator's root first, then the nearest, the site's root last."""
    path = path_of(seed.url)
    parts = path[: path.rindex("/")].split("/")[1:]
    above = ["/" + "".join(f"{part}/" for part in parts[:count]) for count in range(len(parts), 0, -1)]
    root = [path_of(seed.marks.root)] if seed.marks.root else []
    return list(dict.fromkeys([*root, *above[:MAX_ANCESTORS], "/"]))


def _overviews(seed: SeedPage, directories: Sequence[str]) -> list[str]:
    """Return pages that may show the whole manual: its root, what its links call its start, and those above it."""
    origin, own = origin_of(seed.url), page_key(seed.url)
    root = [seed.marks.root] if seed.marks.root else []
    above = [] if root else [f"{origin}{directory}" for directory in directories]
    urls = [url for url in (*root, *seed.marks.homes, *above) if origin_of(url) == origin and page_key(url) != own]
    return list({page_key(url): url for url in reversed(urls)}.values())[::-1][:MAX_OVERVIEWS]


def _kinship(one: str, other: str) -> int:
    pairs = zip(one.split("/")[:-1], other.split("/"), strict=False)
    return next((count for count, (mine, theirs) in enumerate(pairs) if mine != theirs), one.count("/"))
