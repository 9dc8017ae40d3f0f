"""Find out what there is to crawl: the scope of the manual, and the pages that the site itself names.

A few small files are asked for side by side: robots.txt and sitemaps, llms.txt at the path and at the root, a
generator's index, overview pages. Knows nothing of jobs; a dry run does the same as a crawl's first step.
"""

import contextlib
from collections.abc import Callable
from dataclasses import replace

import anyio
import anyio.to_thread

from docspasta_mcp.discovery.context_values import GeneratorMarks, PageContext
from docspasta_mcp.discovery.folders.frontier import FolderManual, folder_frontier
from docspasta_mcp.discovery.frontier_notes import late_note
from docspasta_mcp.discovery.merge import (
    advertised_editions,
    directories_to_probe,
    file_alone,
    merged_frontier,
    moved_frontier,
    seed_alone,
)
from docspasta_mcp.discovery.moved_navigation import at_new_place, moved_directory, strays
from docspasta_mcp.discovery.page_looks import PageLooks
from docspasta_mcp.discovery.robots import Robots, Rules, pause_of
from docspasta_mcp.discovery.section_tabs import tabs_to_open
from docspasta_mcp.discovery.seen import DiscoveryState, SeedPage
from docspasta_mcp.discovery.site_lists import SiteLists
from docspasta_mcp.errors import PageError, PageRefused
from docspasta_mcp.extract.worker_tasks import lay_out_folder
from docspasta_mcp.extract.workers import Workers
from docspasta_mcp.fetch.edition_check import MIN_PAGES, EditionCheck, SampleContext
from docspasta_mcp.fetch.editions import Editions
from docspasta_mcp.fetch.fetcher import Fetcher
from docspasta_mcp.fetch.pauses import AT_ONCE, pausing
from docspasta_mcp.model.frontier import Frontier
from docspasta_mcp.model.job import JobOptions
from docspasta_mcp.model.page_identity import page_key
from docspasta_mcp.model.rendering import RenderMode
from docspasta_mcp.model.scope import ScopeMode
from docspasta_mcp.model.seed_fault import SeedFault
from docspasta_mcp.urls import origin_of, path_of

DISCOVERY_S = 45.0  # for all that is looked at beside the seed; what came in until then is used
FOLDER_S = 80.0  # to fetch and unpack an archive and look through it; a delivery has half a minute more
PREVIEWED_FOLDER_S = 40.0  # the same for a dry run: MCP clients give up after 60
MAX_SAMPLED_S = 2.0  # between two requests; with a longer pause no dozen of pages is fetched to compare editions
MAX_MOVED = 2  # pages of a navigation that are asked whether they have moved
PROBE_S = 3.0  # for a host that may speak http alone


class Discoverer:
    """Looks at a site before it is crawled."""

    def __init__(
        self,
        fetcher: Fetcher,
        robots: Robots,
        editions: Editions,
        workers: Workers,
        *,
        on_shell: Callable[[], None] = lambda: None,
    ) -> None:
        """Prepare; `on_shell` is called when a crawl's first page turns out to be one that a browser has to fill."""
        self._on_shell = on_shell
        self._fetcher = fetcher
        self._robots = robots
        self._edition_check = EditionCheck(fetcher, editions, workers)
        self._workers = workers
        self._looks = PageLooks(fetcher, robots, workers)
        self._lists = SiteLists(fetcher, editions, workers, self._looks)

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
        left_out = (*frontier.left_out, *folder.left_out)
        return replace(frontier, notes=(*frontier.notes, *folder.notes), left_out=left_out)

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
        seed = unread = SeedPage(seed_url, "", GeneratorMarks(PageContext()))
        rules: Rules | None = None
        with contextlib.ExitStack() as pauses:
            with anyio.move_on_after(time_s) as time:
                try:
                    rules = await self._rules(seed_url, options)
                    delay_s = pause_of(rules, options)
                    own = self._fetcher.sites.of(origin_of(seed_url)).concurrency or AT_ONCE
                    pauses.enter_context(pausing(delay_s, at_once=min(own, AT_ONCE)))
                    seed = await self._looks.seed(await self._looks.in_version(seed_url, options), options)
                    if (page := await self._looks.in_version(seed.url, options)) != seed.url:  # where it redirects to
                        seed = replace(await self._looks.seed(page, options), came_by=seed.came_by)
                    if origin_of(seed.url) != origin_of(seed_url):
                        rules = await self._rules(seed.url, options)
                except PageError as error:
                    return seed_alone(replace(seed, fault=SeedFault(seed_url, error.reason, str(error))), options)
                if seed.is_file:
                    delay_s = pause_of(rules, options)
                    return replace(file_alone(seed, options), crawl_delay_s=delay_s)
                if verify and seed.marks.is_shell and not seed.marks.docsify and options.render is not RenderMode.NEVER:
                    self._on_shell()
                if site := seed.marks.docsify:
                    seed = await self._looks.docsify(seed, site, options, rules)
                    state.llms.update({path_of(site.base): tree for tree in seed.marks.context.navigation})
                elif book := seed.marks.storybook:
                    seed = await self._looks.storybook(seed, book, options, rules)
                    state.llms.update({path_of(book.base): tree for tree in seed.marks.context.navigation})
                await self._lists.collect(seed, options, rules, state, verify=verify)
                if options.scope is ScopeMode.AUTO:
                    await self._probe(seed, options, rules, state)
                rules = await self._with_hosts(rules, seed, options)
            frontier = await anyio.to_thread.run_sync(
                merged_frontier, seed, options, rules, state
            )  # long sitemaps take a second
            if time.cancelled_caught:
                note = late_note(time_s, frontier.crawl_delay_s, is_read=seed is not unread)
                return replace(frontier, notes=(*frontier.notes, note))
            if may_move and not files and rules is not None and options.scope is ScopeMode.AUTO:
                with anyio.CancelScope(deadline=time.deadline):
                    frontier = await self._at_new_place(seed, frontier, rules, options, state)
                    if target := await self._moved(seed, frontier, rules, options):
                        rest_s = max(0.0, time.deadline - anyio.current_time())
                        inner = await self._site(target, options, time_s=rest_s, verify=verify, may_move=False)
                        return moved_frontier(seed, inner)
            if not verify or rules is None or frontier.crawl_delay_s > MAX_SAMPLED_S:
                return frontier
            context = await anyio.to_thread.run_sync(_sample_context, seed, options, rules, state, frontier)
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

    async def _moved(self, seed: SeedPage, frontier: Frontier, rules: Rules, options: JobOptions) -> str:
        """Return where the pages of the seed's navigation have moved, if the scope does not hold them there."""
        scope, own = frontier.scope, page_key(seed.url)
        shown = [entry.url for tree in seed.marks.context.navigation for entry in tree if entry.url]
        if any(page_key(url) == own for url in shown) and len(shown) > 1 and page_key(shown[0]) != own:
            return ""  # the page itself is where its navigation says
        asked = [url for url in shown if page_key(url) != own and url in scope and rules.allows(url)][:MAX_MOVED]
        target = ""
        for url in asked:
            target = await self._looks.redirect(url, options)
            if not target or origin_of(scope.normal(target)) != scope.origin or scope.refusal(target) != "outside":
                return ""
        return scope.normal(target)

    async def _at_new_place(
        self, seed: SeedPage, frontier: Frontier, rules: Rules, options: JobOptions, state: DiscoveryState
    ) -> Frontier:
        """Return a frontier with the seed's navigation where that redirects to, if it names where the manual was."""
        for url in [one for one in strays(seed, frontier.scope) if rules.allows(one)][:1]:
            target = await self._looks.redirect(url, options)
            if target and target in frontier.scope and (moved := moved_directory(url, target)):
                named = at_new_place(seed, moved)
                return await anyio.to_thread.run_sync(merged_frontier, named, options, rules, state)
        return frontier

    async def _probe(self, seed: SeedPage, options: JobOptions, rules: Rules, state: DiscoveryState) -> None:
        """Look at a page of each directory that may be another language, version or section of the manual."""

        async def one(url: str, found: dict[str, GeneratorMarks]) -> None:
            with contextlib.suppress(PageError):
                marks, fetched = await self._looks.marks(url, options)
                if origin_of(fetched.url) == origin_of(url):
                    found[fetched.url if found is state.tabs else url] = marks

        editions = await anyio.to_thread.run_sync(directories_to_probe, seed, state)
        context = seed.marks.context
        tabs = tabs_to_open(seed.url, context.tabs, context.navigation[0]) if context.tabs else ()
        async with anyio.create_task_group() as tasks:
            for found, urls in ((state.probed, editions), (state.tabs, tabs)):
                for url in filter(rules.allows, urls):
                    tasks.start_soon(one, url, found)

    async def _with_hosts(self, rules: Rules, seed: SeedPage, options: JobOptions) -> Rules:
        """Return rules with the longest pause that one of the crawl's hosts asks for: they share its pace."""
        delays_s = [rules.crawl_delay_s]

        async def ask(host: str) -> None:
            with contextlib.suppress(PageError):
                url = f"{seed.url.partition('://')[0]}://{host}"
                delays_s.append((await self._robots.rules(url, allow_private=options.allow_private)).crawl_delay_s)

        async with anyio.create_task_group() as tasks:
            for host in options.include_hosts:
                tasks.start_soon(ask, host)
        return replace(rules, crawl_delay_s=max(delays_s))


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
