"""Ask a site for its own lists, a few at a time: sitemaps, llms.txt, a generator's index, overview pages."""

import contextlib
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

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
from docspasta_mcp.discovery.llms_lists import LlmsLists
from docspasta_mcp.discovery.merge import at_home, whole_host
from docspasta_mcp.discovery.page_looks import PageLooks
from docspasta_mcp.discovery.robots import Rules, pause_of
from docspasta_mcp.discovery.seen import DiscoveryState, SeedPage
from docspasta_mcp.discovery.sitemaps import MAX_SITEMAP_FILES, Sitemap, is_sitemap_type, parse_sitemap
from docspasta_mcp.errors import PageError
from docspasta_mcp.extract.worker_tasks import parse_index
from docspasta_mcp.extract.workers import Workers
from docspasta_mcp.fetch.editions import Editions
from docspasta_mcp.fetch.fetcher import Fetcher
from docspasta_mcp.fetch.pauses import AT_ONCE
from docspasta_mcp.model.edition import usual_suffix
from docspasta_mcp.model.job import JobOptions
from docspasta_mcp.model.page_identity import page_key
from docspasta_mcp.urls import origin_of, path_of

MAX_ANCESTORS = 4  # directories above the seed that are looked into
MAX_OVERVIEWS = 4  # pages that may list the seed
MAX_LISTED = 50_000  # URLs of all sitemaps together; merging them takes one to two seconds
MAX_PREVIEWED = 10_000  # the same for a dry run, which has no time for more


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
        llms = LlmsLists(
            self._editions, self._workers, self._looks, seed=seed, options=options, rules=rules, state=state
        )

        async def listed(directory: str) -> None:
            await llms.read(directory, is_usual=directory in (directories[0], "/"), verify=verify)

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

        async def one(work: Callable[[str], Awaitable[None]], argument: str) -> None:
            with contextlib.suppress(PageError):
                await work(argument)

        async with anyio.create_task_group() as tasks:
            most = MAX_LISTED if verify else MAX_PREVIEWED
            tasks.start_soon(self._sitemaps, seed, options, rules, directories, state, most)
            for directory in directories:
                tasks.start_soon(one, listed, directory)
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
        files: Sequence[str] = ()
        delay_s = pause_of(rules, options)
        window = anyio.Semaphore(1 if delay_s else AT_ONCE)  # where each takes its time, other lists have their turn

        async def read(file: str) -> None:
            async with window:
                got = await self._looks.fetch(file, options, max_bytes=MAX_TREE_BYTES) if rules.allows(file) else None
            if got is not None:
                texts[file] = got.body.decode("utf-8", "replace")

        try:
            await read(url)
            files = index_files(texts.get(url, ""), url)
            state.is_tree_cut = len(files) > most
            async with anyio.create_task_group() as tasks:
                for file in files[:most]:
                    tasks.start_soon(read, file)
        finally:
            state.tree = tree_of(texts.get(url, ""), [texts[file] for file in files if file in texts], url)

    async def _sitemaps(
        self,
        seed: SeedPage,
        options: JobOptions,
        rules: Rules,
        directories: Sequence[str],
        state: DiscoveryState,
        most: int,
    ) -> None:
        """Read the sitemaps that robots.txt names, else those in the usual places; those nearest to the seed first.

        As many are asked for at a time as are read in any case, unless one is longer than all before it.
        """
        origin = origin_of(seed.url)
        usual = [f"{origin}{directory}sitemap.xml" for directory in (directories[0], "/")]
        host = whole_host(origin)
        waiting = deque(dict.fromkeys(map(host.normal, rules.sitemaps) if rules.sitemaps else usual))
        known = set(waiting)
        begun: deque[_Reading] = deque()
        left, longest = MAX_SITEMAP_FILES, 0
        async with anyio.create_task_group() as tasks:
            while not state.is_cut:
                fitting = (most - len(state.sitemap)) // (longest or most) + 1
                while waiting and left and len(begun) < min(fitting, AT_ONCE):
                    begun.append(_Reading(waiting.popleft()))
                    tasks.start_soon(self._read_sitemap, begun[-1], options)
                    left -= 1
                if not begun:
                    return
                reading = begun.popleft()
                await reading.done.wait()
                if (sitemap := reading.sitemap) is None:
                    continue
                longest = max(longest, len(sitemap.pages))
                await anyio.to_thread.run_sync(_take_in, sitemap, origin, state, most)
                further = [one for one in at_home(sitemap.sitemaps, origin).values() if one not in known]
                known.update(further)
                waiting.extend(sorted(further, key=lambda one: -_kinship(path_of(one), path_of(seed.url))))
            tasks.cancel_scope.cancel()

    async def _read_sitemap(self, reading: "_Reading", options: JobOptions) -> None:
        try:
            fetched = await self._fetcher.fetch(
                reading.url, allow_private=options.allow_private, accepts=is_sitemap_type
            )
            reading.sitemap = await self._workers.run(parse_sitemap, fetched.body, fetched.url)
        except PageError:
            return
        finally:
            reading.done.set()


@dataclass
class _Reading:
    """A sitemap that is asked for; `sitemap` stays None if it cannot be had."""

    url: str
    sitemap: Sitemap | None = None
    done: anyio.Event = field(default_factory=anyio.Event)


def _take_in(sitemap: Sitemap, origin: str, state: DiscoveryState, most: int) -> None:
    """Put the pages of a sitemap into `state`, up to `most` of all."""
    for listed, page in at_home(sitemap.pages, origin).items():
        if len(state.sitemap) >= most:
            state.is_cut = True
            break
        if not is_asset(page):
            state.sitemap.setdefault(page, sitemap.changed.get(listed, ""))


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
