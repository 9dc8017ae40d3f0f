"""Read single pages of a site before it is crawled: the seed, where it has moved to, pages beside it.

Another host is not asked for a page before its robots.txt, whether a redirect or a page leads there.
"""

from collections.abc import Callable

from docspasta_mcp.discovery.context_values import GeneratorMarks, PageContext
from docspasta_mcp.discovery.docsify import Docsify, sidebar_entries
from docspasta_mcp.discovery.merge import whole_host
from docspasta_mcp.discovery.preferred_editions import same_version, version_names
from docspasta_mcp.discovery.robots import Robots, Rules
from docspasta_mcp.discovery.seen import SeedPage
from docspasta_mcp.discovery.storybook import Storybook, listed_pages
from docspasta_mcp.errors import PageError, PageRefused
from docspasta_mcp.extract.worker_tasks import read_generator_marks, referred_files
from docspasta_mcp.extract.workers import Workers
from docspasta_mcp.fetch.fetcher import Fetched, Fetcher
from docspasta_mcp.fetch.walls import is_sign_in
from docspasta_mcp.model.content_types import HTML_TYPES, is_readable_type
from docspasta_mcp.model.file_formats import FilesMode, format_of
from docspasta_mcp.model.frontier import NavEntry
from docspasta_mcp.model.job import JobOptions
from docspasta_mcp.model.page_identity import page_key
from docspasta_mcp.model.scope import is_version
from docspasta_mcp.model.seed_fault import SeedFault
from docspasta_mcp.model.specification import may_be_specification
from docspasta_mcp.model.storybook import framed, is_page
from docspasta_mcp.urls import origin_of, path_of

MAX_REFRESHES = 3  # pages in a row that send their reader on
MAX_HOSTS = 4  # that redirects lead through


class PageLooks:
    """Asks for single pages and reads what they say of their site."""

    def __init__(self, fetcher: Fetcher, robots: Robots, workers: Workers) -> None:
        self._fetcher = fetcher
        self._robots = robots
        self._workers = workers

    async def seed(self, seed_url: str, options: JobOptions) -> SeedPage:  # noqa: PLR0911  # one for each kind
        """Return where the seed finally is, by redirects and by pages that send their reader on."""
        url, came_by = seed_url, ""
        for _ in range(MAX_REFRESHES):
            try:
                marks, fetched = await self.marks(url, options)
            except PageError as error:
                return SeedPage(
                    url, came_by, GeneratorMarks(PageContext()), SeedFault(seed_url, error.reason, str(error))
                )
            if is_sign_in(fetched.url, url, fetched.body):
                fault = SeedFault(seed_url, "login_required", "It sends its reader to a page that asks for a password")
                return SeedPage(url, came_by, GeneratorMarks(PageContext()), fault)
            if fetched.url != url:
                came_by = f"{seed_url} redirects there"
            url = fetched.url
            if may_be_specification(fetched.url, fetched.content_type):
                files = await self._workers.run(
                    referred_files, fetched.body, fetched.url, fetched.charset, is_root=True
                )
                if files is not None:
                    return SeedPage(url, came_by, marks, is_file="an API specification")
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

    async def docsify(self, seed: SeedPage, site: Docsify, options: JobOptions, rules: Rules) -> SeedPage:
        """Return the start of a docsify site as its Markdown file, with the sidebar; the page itself without it."""
        home = await self.fetch(site.home, options) if rules.allows(site.home) else None
        if home is None or home.content_type in HTML_TYPES or not is_readable_type(home.content_type):
            return seed
        can_list = bool(site.sidebar) and rules.allows(site.sidebar)
        sidebar = await self.fetch(site.sidebar, options) if can_list else None
        is_list = sidebar is not None and sidebar.content_type not in HTML_TYPES
        entries = await self._entries(sidebar_entries, sidebar.body, site) if sidebar and is_list else ()
        links = tuple(dict.fromkeys(entry.url for entry in entries if entry.url))
        marks = GeneratorMarks(PageContext(links, (entries,) if entries else ()), "docsify", site.base)
        return SeedPage(home.url, "the Markdown that its docsify shows is read", marks)

    async def storybook(self, seed: SeedPage, site: Storybook, options: JobOptions, rules: Rules) -> SeedPage:
        """Return a Storybook's first page with the list of all; of one that is too large, the page asked for."""
        index = await self.fetch(site.index, options) if rules.allows(site.index) else None
        entries = await self._entries(listed_pages, index.body, site) if index else ()
        links = tuple(entry.url for entry in entries if entry.url)
        if not links:
            return seed
        asked = framed(seed.url)
        start = asked if is_page(asked) and options.max_pages < len(links) else links[0]
        marks = GeneratorMarks(PageContext(links, (entries,)), "Storybook", site.base)
        return SeedPage(start, "the pages that its Storybook lists are read", marks)

    async def _entries(self, read: Callable[..., tuple[NavEntry, ...]], *given: object) -> tuple[NavEntry, ...]:
        """Return what a site's own list names; nothing if it cannot be read: the site's pages may be all the same."""
        try:
            return await self._workers.run(read, *given)
        except PageRefused:
            return ()

    async def in_version(self, url: str, options: JobOptions) -> str:
        """Return the page of the version that was asked for, if the URL's path names another and this one is there."""
        segments = path_of(url).split("/")
        place = next((at for at, one in enumerate(segments[:-1]) if is_version(one)), None)
        if not options.version or place is None or same_version(segments[place], options.version):
            return url
        for name in version_names(options.version):
            if name == segments[place]:
                return url
            page = "/".join([*segments[:place], name, *segments[place + 1 :]])
            if found := await self.fetch(f"{origin_of(url)}{page}", options):
                return found.url
        return url

    async def redirect(self, url: str, options: JobOptions) -> str:
        """Return where a URL redirects to, or an empty string."""
        try:
            await self._fetcher.fetch(url, allow_private=options.allow_private, may_follow=lambda _: False)
        except PageError as error:
            return error.said if error.reason == "redirected_out_of_scope" else ""
        return ""

    async def marks(self, url: str, options: JobOptions) -> tuple[GeneratorMarks, Fetched]:
        """Return what a page says of its site, and the page; of one whose reading fails, why it says nothing.

        Raises:
            PageError: it cannot be had.
        """
        fetched = await self._allowed(url, options)
        if fetched.content_type and fetched.content_type not in HTML_TYPES:
            return GeneratorMarks(PageContext()), fetched
        host = whole_host(origin_of(fetched.url), options.include_hosts)
        try:
            marks = await self._workers.run(
                read_generator_marks, fetched.body, url=fetched.url, charset=fetched.charset, scope=host
            )
        except PageError as error:
            marks = GeneratorMarks(PageContext(), fault=error.reason)
        return marks, fetched

    async def fetch(self, url: str, options: JobOptions, *, max_bytes: int | None = None) -> Fetched | None:
        """Return a file of the site, or None if it cannot be had."""
        try:
            return await self._allowed(url, options, max_bytes=max_bytes)
        except PageError:
            return None

    async def _allowed(self, url: str, options: JobOptions, *, max_bytes: int | None = None) -> Fetched:
        """Fetch a URL as far as each host's robots.txt lets its redirects lead.

        A redirect to another host ends the request; once that host's rules are known, the URL is asked for again from
        the start, since cookies may be set on the way.

        Raises:
            PageError: it cannot be had, or rules forbid it.
        """
        known: dict[str, Rules] = {}
        forbidden = PageRefused("robots", "robots.txt forbids it.")

        def may_follow(target: str) -> bool:
            rules = known.get(origin_of(target))
            return rules is not None and rules.allows(target)

        asked = url
        while origin_of(asked) not in known and len(known) <= MAX_HOSTS:
            rules = await self._robots.rules(asked, allow_private=options.allow_private)
            known[origin_of(asked)] = rules
            if not rules.allows(asked):
                raise forbidden
            try:
                return await self._fetcher.fetch(
                    url, allow_private=options.allow_private, may_follow=may_follow, max_bytes=max_bytes
                )
            except PageRefused as error:
                if error.reason != "redirected_out_of_scope":
                    raise
                asked = error.said
        raise forbidden
