"""Find out what there is to crawl: the scope of the manual, and the pages that the site itself names.

A few small files are asked for side by side: robots.txt and sitemaps, llms.txt at the path and at the root, a
generator's index, overview pages. Knows nothing of jobs; a dry run does the same as a crawl's first step.
"""

import contextlib
from collections.abc import Sequence
from dataclasses import replace

import anyio
import anyio.to_thread

from docspasta_mcp.discovery.context_values import GeneratorMarks, PageContext, is_asset
from docspasta_mcp.discovery.folders.frontier import FolderManual, folder_frontier
from docspasta_mcp.discovery.infer_editions import same_version
from docspasta_mcp.discovery.llms_txt import MAX_LLMS_BYTES, html_spellings, parse_llms_txt
from docspasta_mcp.discovery.merge import (
    DiscoveryState,
    SeedPage,
    advertised_editions,
    at_home,
    directories_to_probe,
    file_alone,
    merged_frontier,
    moved_frontier,
    seed_alone,
    whole_host,
)
from docspasta_mcp.discovery.robots import Robots, Rules
from docspasta_mcp.discovery.sitemaps import MAX_SITEMAP_FILES, is_sitemap_type, parse_sitemap
from docspasta_mcp.errors import PageError, PageRefused
from docspasta_mcp.extract.worker_tasks import lay_out_folder, parse_index, read_generator_marks, referred_files
from docspasta_mcp.extract.workers import Workers
from docspasta_mcp.fetch.edition_check import MIN_PAGES, EditionCheck, SampleContext
from docspasta_mcp.fetch.editions import Editions
from docspasta_mcp.fetch.fetcher import Fetched, Fetcher, accept_anything
from docspasta_mcp.fetch.pauses import pausing
from docspasta_mcp.model.content_types import HTML_TYPES, is_readable_type
from docspasta_mcp.model.edition import usual_suffix
from docspasta_mcp.model.file_formats import FilesMode, format_of
from docspasta_mcp.model.frontier import Frontier, NavEntry
from docspasta_mcp.model.job import JobOptions
from docspasta_mcp.model.page_identity import page_key
from docspasta_mcp.model.scope import ScopeMode, is_version
from docspasta_mcp.model.seed_fault import SeedFault
from docspasta_mcp.model.specification import may_be_specification
from docspasta_mcp.urls import origin_of, path_of

DISCOVERY_S = 45.0  # for all that is looked at beside the seed; what came in until then is used
FOLDER_S = 80.0  # to fetch and unpack an archive and look through it; a delivery has half a minute more
PREVIEWED_FOLDER_S = 40.0  # the same for a dry run: MCP clients give up after 60
MAX_ANCESTORS = 4  # directories above the seed that are looked into
MAX_OVERVIEWS = 4  # pages that may list the seed
MAX_LISTED = 50_000  # URLs of all sitemaps together; merging them takes one to two seconds
MAX_PREVIEWED = 10_000  # the same for a dry run, which has no time for more
PARALLEL = 4  # requests at a time
MAX_SAMPLED_S = 2.0  # between two requests; with a longer pause no dozen of pages is fetched to compare editions
MAX_MOVED = 2  # pages of a navigation that are asked whether they have moved
MAX_REFRESHES = 3  # pages in a row that send their reader on
PROBE_S = 3.0  # for a host that may speak http alone


class Discoverer:
    """Looks at a site before it is crawled."""

    def __init__(self, fetcher: Fetcher, robots: Robots, editions: Editions, workers: Workers) -> None:
        self._fetcher = fetcher
        self._robots = robots
        self._editions = editions
        self._edition_check = EditionCheck(fetcher, editions, workers)
        self._workers = workers

    async def discover(
        self,
        seed_url: str,
        options: JobOptions,
        *,
        time_s: float = DISCOVERY_S,
        verify: bool = True,
    ) -> Frontier:
        """Return the scope of the manual that a page belongs to, and the pages that its site names.

        A site that cannot be had, or that forbids it, gives the seed alone: its own step will find out why.

        Args:
            seed_url: any page of the manual.
            options: what the caller chose.
            time_s: for everything together; what came in until then is used.
            verify: whether to look for Markdown editions and compare them, which fetches a dozen pages more.
        """
        seed = SeedPage(seed_url, "", GeneratorMarks(PageContext()))
        try:
            folder = await self._folder(seed_url, options, time_s=FOLDER_S if verify else PREVIEWED_FOLDER_S)
        except PageError as error:
            return seed_alone(replace(seed, fault=SeedFault(seed_url, error.reason, str(error))), options)
        if folder is None:
            return await self._site(seed_url, options, time_s=time_s, verify=verify)
        if not folder.layout.is_site:
            return folder_frontier(folder, options)
        frontier = await self._site(seed_url, options, time_s=time_s, verify=verify, files=folder.listed)
        return replace(frontier, notes=(*frontier.notes, *folder.notes))

    async def _site(
        self,
        seed_url: str,
        options: JobOptions,
        *,
        time_s: float,
        verify: bool,
        files: tuple[str, ...] = (),
        may_move: bool = True,
    ) -> Frontier:
        """Do the same for a site; `files` are the pages of one whose files are known.

        A navigation whose pages have moved moves the scope, if it `may_move`.
        """
        state = DiscoveryState(files_there=files)
        seed = SeedPage(seed_url, "", GeneratorMarks(PageContext()))
        rules: Rules | None = None
        with contextlib.ExitStack() as pauses:
            with anyio.move_on_after(time_s) as time:
                try:
                    rules = await self._rules(seed_url, options)
                    pauses.enter_context(pausing(max(rules.crawl_delay_s, options.delay_seconds)))
                    seed = await self._seed(await self._in_version(seed_url, options), options)
                    if origin_of(seed.url) != origin_of(seed_url):
                        rules = await self._rules(seed.url, options)
                except PageError as error:
                    return seed_alone(replace(seed, fault=SeedFault(seed_url, error.reason, str(error))), options)
                if seed.is_file:
                    delay_s = max(rules.crawl_delay_s, options.delay_seconds)
                    return replace(file_alone(seed, options), crawl_delay_s=delay_s)
                await self._fetch_sources(seed, options, rules, state, verify=verify)
                if options.scope is ScopeMode.AUTO:
                    await self._probe(seed, options, rules, state)
                rules = await self._with_hosts(rules, seed, options)
            frontier = await anyio.to_thread.run_sync(
                merged_frontier, seed, options, rules, state
            )  # long sitemaps take a second
            if time.cancelled_caught:
                note = f"The site answered slowly: after {time_s:g} s some of its own lists had not come in."
                return replace(frontier, notes=(*frontier.notes, note))
            if may_move and not files and rules is not None and options.scope is ScopeMode.AUTO:
                with anyio.CancelScope(deadline=time.deadline):
                    if target := await self._moved(seed, frontier, rules, options):
                        rest_s = max(0.0, time.deadline - anyio.current_time())
                        inner = await self._site(target, options, time_s=rest_s, verify=verify, may_move=False)
                        return moved_frontier(seed, inner)
            if not verify or rules is None or frontier.crawl_delay_s > MAX_SAMPLED_S:
                return frontier
            context = _sample_context(seed, options, rules, state, frontier)
            verdict = await self._edition_check.verdict(context, advertised_editions(seed, state))
            return replace(frontier, markdown_edition=verdict)

    def is_signed_in(self, url: str, owner: str) -> bool:
        """Tell whether an owner's requests to a URL's site are sent with credentials."""
        return self._fetcher.sites.is_signed_in(origin_of(url), owner)

    async def answers(self, url: str, options: JobOptions) -> bool:
        """Tell whether anything at all is served at a URL's host and port in the way that its scheme says."""
        try:
            with anyio.move_on_after(PROBE_S):
                await self._fetcher.fetch(url, allow_private=options.allow_private, may_follow=lambda _: False)
                return True
        except PageRefused as error:
            return error.reason not in ("certificate", "dns")
        except PageError as error:
            return error.reason.startswith("http_")
        return False

    async def _folder(self, url: str, options: JobOptions, *, time_s: float) -> FolderManual | None:
        """Return the folder that a URL leads to, laid out; None if it is on the web.

        Raises:
            PageError: it is not there, or cannot be read.
        """
        try:
            with anyio.fail_after(time_s):
                found = await self._fetcher.file_site(url, options.allow_private)
                if found is None:
                    return None
                site, below = found
                return FolderManual(site, await self._workers.run(lay_out_folder, str(site.root), below))
        except TimeoutError as error:
            text = f"The files could not be had and read within {time_s:g} s."
            raise PageRefused("parser_timeout", text) from error

    async def _rules(self, url: str, options: JobOptions) -> Rules:
        """Return the rules of a page's site.

        Raises:
            PageError: they cannot be read, or forbid the page.
        """
        rules = await self._robots.rules(url, allow_private=options.allow_private)
        if not rules.allows(url):
            raise PageRefused("robots", "robots.txt forbids it.")
        return rules

    async def _seed(self, seed_url: str, options: JobOptions) -> SeedPage:  # one for each kind
        """Return where the seed finally is, by redirects and by pages that send their reader on."""
        url, came_by = seed_url, ""
        for _ in range(MAX_REFRESHES):
            try:
                marks, fetched = await self._landmarks(url, options)
            except PageError as error:
                return SeedPage(
                    url, came_by, GeneratorMarks(PageContext()), SeedFault(seed_url, error.reason, str(error))
                )
            if fetched.url != url:
                came_by = f"{seed_url} redirects there"
            url = fetched.url
            if may_be_specification(fetched.url, fetched.content_type):
                files = await self._workers.run(
                    referred_files, fetched.body, fetched.url, fetched.charset, is_root=True
                )
                if files is not None:
                    return SeedPage(url, came_by, marks, is_file="an OpenAPI specification")
            if options.files is not FilesMode.NEVER and (found := format_of(fetched.url, fetched.content_type)):
                return SeedPage(url, came_by, marks, is_file=found.in_words)
            if not is_readable_type(fetched.content_type):
                return SeedPage(
                    url, came_by, marks, SeedFault(seed_url, "content_type", "Files of its type are not read")
                )
            if not marks.context.meta_refresh or page_key(marks.context.meta_refresh) == page_key(url):
                return SeedPage(url, came_by, marks)
            url, came_by = marks.context.meta_refresh, f"{seed_url} redirects there"
        return SeedPage(url, came_by, GeneratorMarks(PageContext()))

    async def _in_version(self, url: str, options: JobOptions) -> str:
        """Return the page of the version that was asked for, if the URL's path names another and this one is there."""
        segments = path_of(url).split("/")
        place = next((at for at, one in enumerate(segments[:-1]) if is_version(one)), None)
        if not options.version or place is None or same_version(segments[place], options.version):
            return url
        for name in (options.version, f"v{options.version}", f"{options.version}.x"):
            page = "/".join([*segments[:place], name, *segments[place + 1 :]])
            if found := await self._fetch(f"{origin_of(url)}{page}", options):
                return found.url
        return url

    async def _moved(self, seed: SeedPage, frontier: Frontier, rules: Rules, options: JobOptions) -> str:
        """Return where the pages of the seed's navigation have moved, if the scope does not hold them there."""
        scope, own = frontier.scope, page_key(seed.url)
        shown = [entry.url for tree in seed.marks.context.navigation for entry in tree if entry.url]
        if any(page_key(url) == own for url in shown) and len(shown) > 1 and page_key(shown[0]) != own:
            return ""  # the page itself is where its navigation says
        asked = [url for url in shown if page_key(url) != own and url in scope and rules.allows(url)][:MAX_MOVED]
        target = ""
        for url in asked:
            target = await self._redirect(url, options)
            if not target or origin_of(scope.normal(target)) != scope.origin or scope.refusal(target) != "outside":
                return ""
        return scope.normal(target)

    async def _redirect(self, url: str, options: JobOptions) -> str:
        """Return where a URL redirects to, or an empty string."""
        try:
            await self._fetcher.fetch(url, allow_private=options.allow_private, may_follow=lambda _: False)
        except PageError as error:
            return error.said if error.reason == "redirected_out_of_scope" else ""
        return ""

    async def _landmarks(self, url: str, options: JobOptions) -> tuple[GeneratorMarks, Fetched]:
        fetched = await self._fetcher.fetch(url, allow_private=options.allow_private, may_follow=accept_anything)
        if fetched.content_type and fetched.content_type not in HTML_TYPES:
            return GeneratorMarks(PageContext()), fetched
        host = whole_host(origin_of(fetched.url), options.include_hosts)
        try:
            marks = await self._workers.run(
                read_generator_marks, fetched.body, url=fetched.url, charset=fetched.charset, scope=host
            )
        except PageError:
            marks = GeneratorMarks(PageContext())
        return marks, fetched

    async def _fetch(self, url: str, options: JobOptions, *, max_bytes: int | None = None) -> Fetched | None:
        try:
            return await self._fetcher.fetch(
                url, allow_private=options.allow_private, may_follow=accept_anything, max_bytes=max_bytes
            )
        except PageError:
            return None

    async def _fetch_sources(
        self, seed: SeedPage, options: JobOptions, rules: Rules, state: DiscoveryState, *, verify: bool
    ) -> None:
        """Ask for the site's own lists, a few at a time."""
        origin = origin_of(seed.url)
        directories = _directories(seed)
        suffix = usual_suffix([seed.url, *seed.marks.context.links])
        limiter = anyio.CapacityLimiter(PARALLEL)

        async def llms(directory: str) -> None:
            url = f"{origin}{directory}llms.txt"
            if rules.allows(url) and (fetched := await self._fetch(url, options, max_bytes=MAX_LLMS_BYTES)):
                body = b"" if fetched.content_type in HTML_TYPES else fetched.body
                entries = await self._workers.run(parse_llms_txt, body, fetched.url, whole_host(origin))
                if entries:
                    state.files.update(entry.url for entry in entries if html_spellings(entry.url))
                    state.llms[directory] = await self._as_pages(entries, seed, options, rules)
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
                entries = tuple(NavEntry(0, page) for page in text.urls)
                if directory not in state.llms:
                    state.llms[directory] = await self._as_pages(entries, seed, options, rules)

        async def index(url: str) -> None:
            if not state.index and rules.allows(url) and (fetched := await self._fetch(url, options)):
                state.index = await self._workers.run(
                    parse_index, fetched.body, fetched.url, fetched.charset, whole_host(origin), suffix
                )

        async def indexes(_: str) -> None:
            for url in seed.marks.indexes:
                if origin_of(url) == origin:
                    await index(url)

        async def overview(url: str) -> None:
            if rules.allows(url):
                marks, fetched = await self._landmarks(url, options)
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

    async def _probe(self, seed: SeedPage, options: JobOptions, rules: Rules, state: DiscoveryState) -> None:
        """Look at a page of each directory that may be another language or version of the manual."""

        async def one(url: str) -> None:
            with contextlib.suppress(PageError):
                marks, fetched = await self._landmarks(url, options)
                if origin_of(fetched.url) == origin_of(url):
                    state.probed[url] = marks

        async with anyio.create_task_group() as tasks:
            for url in await anyio.to_thread.run_sync(directories_to_probe, seed, state):
                if rules.allows(url):
                    tasks.start_soon(one, url)

    async def _with_hosts(self, rules: Rules, seed: SeedPage, options: JobOptions) -> Rules:
        """Return rules with the longest pause that one of the crawl's hosts asks for: they share its pace."""
        delay_s = rules.crawl_delay_s
        for host in options.include_hosts:
            with contextlib.suppress(PageError):
                url = f"{seed.url.partition('://')[0]}://{host}"
                found = await self._robots.rules(url, allow_private=options.allow_private)
                delay_s = max(delay_s, found.crawl_delay_s)
        return replace(rules, crawl_delay_s=delay_s)

    async def _as_pages(
        self, entries: tuple[NavEntry, ...], seed: SeedPage, options: JobOptions, rules: Rules
    ) -> tuple[NavEntry, ...]:
        """Spell Markdown files of an llms.txt as the pages that they are editions of, where such pages exist.

        How a site names them is seen from the seed if it is listed, else from the first file.
        """
        own = page_key(seed.url)
        files = [entry.url for entry in entries if html_spellings(entry.url)]
        for url in files:
            for spelling, page in enumerate(html_spellings(url)):
                if page_key(page) == own:
                    return _spelled(entries, spelling)
        for spelling, page in enumerate(html_spellings(files[0]) if files else ()):
            fetched = await self._fetch(page, options) if rules.allows(page) else None
            if fetched is not None and fetched.content_type in HTML_TYPES:
                return _spelled(entries, spelling)
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
            for listed, page in at_home(sitemap.pages, origin).items():
                if len(state.sitemap) >= most:
                    state.is_cut = True
                    break
                if not is_asset(page):
                    state.sitemap.setdefault(page, sitemap.changed.get(listed, ""))
            further = [one for one in at_home(sitemap.sitemaps, origin).values() if one not in known]
            known.update(further)
            waiting.extend(sorted(further, key=lambda one: -_kinship(path_of(one), path_of(seed.url))))


def _spelled(entries: tuple[NavEntry, ...], spelling: int) -> tuple[NavEntry, ...]:
    def page(url: str) -> str:
        spellings = html_spellings(url)
        return spellings[min(spelling, len(spellings) - 1)] if spellings else url

    return tuple(entry._replace(url=page(entry.url)) for entry in entries)


def _sample_context(
    seed: SeedPage, options: JobOptions, rules: Rules, state: DiscoveryState, frontier: Frontier
) -> SampleContext:
    """Return what a sample is taken from: the pages that lists name, or the seed's links where these are few."""
    scope = frontier.scope
    root = page_key(f"{scope.origin}{scope.prefix}")
    fronts = [seed.marks, *(marks for url, marks in state.overviews.items() if page_key(url) == root)]
    linked = [url for marks in fronts for url in marks.context.links if url in scope]
    named = [page.url for page in frontier.pages]
    own = {root, page_key(seed.url)}
    pages = {page_key(url): url for url in (named if len(named) > MIN_PAGES else (*named, *linked))}
    return SampleContext(
        scope,
        options,
        seed.url,
        tuple(url for key, url in pages.items() if key not in own),
        frozenset({*own, *map(page_key, (*named, *linked))}),
        frozenset(own | {page_key(e.url) for marks in fronts for tree in marks.context.navigation for e in tree}),
        lambda url: scope.normal(url) in scope and rules.allows(url),
    )


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
