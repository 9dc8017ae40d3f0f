"""Find out what there is to crawl: the scope of the manual, and the pages that the site itself names.

A few small files are asked for side by side: robots.txt and sitemaps, llms.txt at the path and at the root, a
generator's index, overview pages. Knows nothing of jobs; a dry run does the same as a crawl's first step.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import anyio

from docspasta_mcp.crawl.fetch import Fetched, Fetcher, accept_anything
from docspasta_mcp.crawl.landmarks import Landmarks, parse_index, read_landmarks
from docspasta_mcp.crawl.llms_txt import MAX_LLMS_BYTES, html_spellings, parse_llms_txt
from docspasta_mcp.crawl.navigation import Surroundings, is_asset
from docspasta_mcp.crawl.robots import Robots, Rules
from docspasta_mcp.crawl.scope import Evidence, directory_scope, infer_scope
from docspasta_mcp.crawl.sitemaps import MAX_SITEMAP_FILES, is_sitemap_type, parse_sitemap
from docspasta_mcp.crawl.workers import Workers
from docspasta_mcp.errors import PageError
from docspasta_mcp.identity import page_key
from docspasta_mcp.models import Frontier, JobOptions, LeftOut, NavEntry, NewPage, Source
from docspasta_mcp.scope import Scope, ScopeMode
from docspasta_mcp.urls import origin_of, path_of

DISCOVERY_S = 45.0  # for all that is looked at beside the seed; what came in until then is used
MAX_ANCESTORS = 4  # directories above the seed that are looked into
MAX_OVERVIEWS = 4  # pages that may list the seed
MAX_LISTED = 50_000  # URLs of all sitemaps together
PARALLEL = 4  # requests at a time
MAX_REFRESHES = 3  # pages in a row that send their reader on
_HTML = ("text/html", "application/xhtml+xml")


@dataclass
class _Seen:
    """What came in until the time was up."""

    sitemap: dict[str, None] = field(default_factory=dict[str, None])
    llms: dict[str, tuple[NavEntry, ...]] = field(default_factory=dict[str, tuple[NavEntry, ...]])
    index: tuple[str, ...] = ()
    overviews: dict[str, Landmarks] = field(default_factory=dict[str, Landmarks])


@dataclass(frozen=True, slots=True)
class _Seed:
    """The page that a crawl starts from, after redirects, and what it says."""

    url: str
    came_by: str
    marks: Landmarks


class Discoverer:
    """Looks at a site before it is crawled."""

    def __init__(self, fetcher: Fetcher, robots: Robots, workers: Workers) -> None:
        self._fetcher = fetcher
        self._robots = robots
        self._workers = workers

    async def discover(self, seed_url: str, options: JobOptions, *, time_s: float = DISCOVERY_S) -> Frontier:
        """Return the scope of the manual that a page belongs to, and the pages that its site names.

        A site that cannot be had, or that forbids it, gives the seed alone: its own step will find out why.

        Args:
            seed_url: any page of the manual.
            options: what the caller chose.
            time_s: for everything together; what came in until then is used.
        """
        seen = _Seen()
        seed = _Seed(seed_url, "", Landmarks(Surroundings()))
        rules: Rules | None = None
        with anyio.move_on_after(time_s):
            rules = await self._rules(seed_url, options)
            if rules is None or not rules.allows(seed_url):
                return _only(seed_url, options, rules)
            seed = await self._seed(seed_url, options)
            if origin_of(seed.url) != origin_of(seed_url):
                rules = await self._rules(seed.url, options)
                if rules is None or not rules.allows(seed.url):
                    return _only(seed.url, options, rules)
            await self._look_around(seed, options, rules, seen)
        return _frontier(seed, options, rules, seen)

    async def _rules(self, url: str, options: JobOptions) -> Rules | None:
        try:
            return await self._robots.rules(url, allow_private=options.allow_private)
        except PageError:
            return None

    async def _seed(self, seed_url: str, options: JobOptions) -> _Seed:
        """Return where the seed finally is, by redirects and by pages that send their reader on."""
        url, came_by = seed_url, ""
        for _ in range(MAX_REFRESHES):
            marks, fetched = await self._landmarks(url, options)
            if fetched is None or marks is None:
                return _Seed(url, came_by, Landmarks(Surroundings()))
            if fetched.url != url:
                came_by = f"{seed_url} redirects there"
            url = fetched.url
            if not marks.around.refresh or page_key(marks.around.refresh) == page_key(url):
                return _Seed(url, came_by, marks)
            url, came_by = marks.around.refresh, f"{seed_url} redirects there"
        return _Seed(url, came_by, Landmarks(Surroundings()))

    async def _landmarks(self, url: str, options: JobOptions) -> tuple[Landmarks | None, Fetched | None]:
        fetched = await self._fetch(url, options)
        if fetched is None:
            return None, None
        if fetched.content_type and fetched.content_type not in _HTML:
            return Landmarks(Surroundings()), fetched
        host = Scope(origin_of(fetched.url), "/", mode=ScopeMode.HOST, aliases=_own_names(fetched.url))
        try:
            marks = await self._workers.run(
                read_landmarks, fetched.body, url=fetched.url, charset=fetched.charset, scope=host
            )
        except PageError:
            marks = Landmarks(Surroundings())
        return marks, fetched

    async def _fetch(self, url: str, options: JobOptions, *, max_bytes: int | None = None) -> Fetched | None:
        try:
            return await self._fetcher.fetch(
                url, allow_private=options.allow_private, may_follow=accept_anything, max_bytes=max_bytes
            )
        except PageError:
            return None

    async def _look_around(self, seed: _Seed, options: JobOptions, rules: Rules, seen: _Seen) -> None:
        """Ask for the site's own lists, a few at a time."""
        origin = origin_of(seed.url)
        directories = _directories(seed)
        limiter = anyio.CapacityLimiter(PARALLEL)

        async def llms(directory: str) -> None:
            url = f"{origin}{directory}llms.txt"
            if rules.allows(url) and (fetched := await self._fetch(url, options, max_bytes=MAX_LLMS_BYTES)):
                text = "" if fetched.content_type in _HTML else fetched.body.decode("utf-8", "replace")
                entries = await self._workers.run(parse_llms_txt, text, fetched.url, _host(origin))
                if entries:
                    seen.llms[directory] = await self._as_pages(entries, seed, options, rules)

        async def index(url: str) -> None:
            if rules.allows(url) and (fetched := await self._fetch(url, options)):
                seen.index = await self._workers.run(
                    parse_index, fetched.body, fetched.url, fetched.charset, _host(origin)
                )

        async def overview(url: str) -> None:
            marks, fetched = await self._landmarks(url, options) if rules.allows(url) else (None, None)
            if marks is not None and fetched is not None and origin_of(fetched.url) == origin:
                seen.overviews[fetched.url] = marks

        async def one(work: object, argument: str) -> None:
            async with limiter:
                try:
                    await work(argument)  # type: ignore[operator]
                except PageError:
                    return

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._sitemaps, seed, options, rules, directories, seen)
            for directory in directories:
                tasks.start_soon(one, llms, directory)
            if seed.marks.index and origin_of(seed.marks.index) == origin:
                tasks.start_soon(one, index, seed.marks.index)
            for url in _overviews(seed, directories):
                tasks.start_soon(one, overview, url)

    async def _as_pages(
        self, entries: tuple[NavEntry, ...], seed: _Seed, options: JobOptions, rules: Rules
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
            if fetched is not None and fetched.content_type in _HTML:
                return _spelled(entries, spelling)
        return entries

    async def _sitemaps(
        self, seed: _Seed, options: JobOptions, rules: Rules, directories: Sequence[str], seen: _Seen
    ) -> None:
        """Read the sitemaps that robots.txt names, else those in the usual places; those nearest to the seed first."""
        origin = origin_of(seed.url)
        usual = [f"{origin}{directory}sitemap.xml" for directory in (directories[0], "/")]
        host = _host(origin)
        waiting = list(dict.fromkeys(map(host.normal, rules.sitemaps) if rules.sitemaps else usual))
        known = set(waiting)
        for _ in range(MAX_SITEMAP_FILES):
            if not waiting or len(seen.sitemap) >= MAX_LISTED:
                return
            url = waiting.pop(0)
            try:
                fetched = await self._fetcher.fetch(url, allow_private=options.allow_private, accepts=is_sitemap_type)
                sitemap = await self._workers.run(parse_sitemap, fetched.body, fetched.url)
            except PageError:
                continue
            pages = [host.normal(page) for page in sitemap.pages]
            seen.sitemap.update(dict.fromkeys(page for page in _at_home(pages, origin) if not is_asset(page)))
            further = [
                one for one in _at_home([host.normal(one) for one in sitemap.sitemaps], origin) if one not in known
            ]
            known.update(further)
            waiting.extend(sorted(further, key=lambda one: -_kinship(path_of(one), path_of(seed.url))))


def _spelled(entries: tuple[NavEntry, ...], spelling: int) -> tuple[NavEntry, ...]:
    def page(url: str) -> str:
        spellings = html_spellings(url)
        return spellings[min(spelling, len(spellings) - 1)] if spellings else url

    return tuple(replace(entry, url=page(entry.url)) for entry in entries)


def _only(url: str, options: JobOptions, rules: Rules | None) -> Frontier:
    delay = rules.crawl_delay_s if rules else 0.0
    return Frontier(directory_scope(url, options), (NewPage(url, 0, (Source.SEED,)),), crawl_delay_s=delay)


def _host(origin: str) -> Scope:
    return Scope(origin, "/", mode=ScopeMode.HOST, aliases=_own_names(origin))


def _own_names(url: str) -> tuple[tuple[str, str], ...]:
    """Return the other spellings of a site's origin: http and https, with www. and without."""
    origin = origin_of(url)
    scheme, _, host = origin.partition("://")
    other = {"http": "https", "https": "http"}[scheme]
    bare = host.removeprefix("www.")
    names = (f"{kind}://{name}/" for kind in (scheme, other) for name in (bare, f"www.{bare}"))
    return tuple((name, f"{origin}/") for name in names if name != f"{origin}/")


def _at_home(urls: Sequence[str], origin: str) -> list[str]:
    """Return a site's own URLs; if its file names another host only, that is its name elsewhere."""
    own = [url for url in urls if origin_of(url) == origin]
    others = {origin_of(url) for url in urls}
    if own or len(others) != 1:
        return own
    (other,) = others
    return [origin + url.removeprefix(other) for url in urls]


def _directories(seed: _Seed) -> list[str]:
    """Return the directories above the seed, its generator's root first, then the nearest, the site's root last."""
    path = path_of(seed.url)
    parts = path[: path.rindex("/")].split("/")[1:]
    above = ["/" + "".join(f"{part}/" for part in parts[:count]) for count in range(len(parts), 0, -1)]
    root = [path_of(seed.marks.root)] if seed.marks.root else []
    return list(dict.fromkeys([*root, *above[:MAX_ANCESTORS], "/"]))


def _overviews(seed: _Seed, directories: Sequence[str]) -> list[str]:
    """Return pages that may show the whole manual: its root, what its links call its start, and those above it."""
    origin, own = origin_of(seed.url), page_key(seed.url)
    root = [seed.marks.root] if seed.marks.root else []
    above = [] if root else [f"{origin}{directory}" for directory in directories]
    urls = [url for url in (*root, *seed.marks.homes, *above) if origin_of(url) == origin and page_key(url) != own]
    return list({page_key(url): url for url in reversed(urls)}.values())[::-1][:MAX_OVERVIEWS]


def _kinship(one: str, other: str) -> int:
    pairs = zip(one.split("/")[:-1], other.split("/"), strict=False)
    return next((count for count, (mine, theirs) in enumerate(pairs) if mine != theirs), one.count("/"))


def _frontier(seed: _Seed, options: JobOptions, rules: Rules | None, seen: _Seen) -> Frontier:
    """Infer the scope and merge what the sources name, in order: navigation, llms.txt, index, sitemap."""
    origin = origin_of(seed.url)
    aliases = _aliases(seed)
    renamed = Scope(origin, "/", mode=ScopeMode.HOST, aliases=aliases)
    llms = _nearest_list(seen, seed, renamed)
    marks = seed.marks
    pages_shown = tuple(entry.url for tree in marks.around.navigation for entry in tree if entry.url)
    evidence = Evidence(
        marks.root,
        marks.generator,
        pages_shown,
        tuple(entry.url for entry in llms if entry.url),
        tuple((url, _shown(found)) for url, found in seen.overviews.items()),
        _chained(seed, seen),
        tuple(map(renamed.normal, seen.sitemap)),
        marks.around.links,
        tuple(map(renamed.normal, marks.translations)),
        marks.language,
        aliases,
    )
    scope = infer_scope(seed.url, options, evidence)
    if seed.came_by:
        scope = replace(scope, reason=f"{scope.reason}; {seed.came_by}")
    root = f"{origin}{scope.prefix}"
    navigation = [tree for found in (*seen.overviews.values(), marks) for tree in found.around.navigation]
    first = NewPage(seed.url if seed.url in scope else root, 0, (Source.SEED,))
    named: list[tuple[str, Source]] = [
        (entry.url, Source.NAVIGATION) for tree in navigation for entry in tree if entry.url
    ]
    named += [(entry.url, Source.LLMS_TXT) for entry in llms if entry.url]
    named += [(url, Source.INDEX) for url in seen.index]
    named += [(url, Source.SITEMAP) for url in evidence.sitemap]
    if page_key(root) != page_key(first.url) and any(page_key(url) == page_key(root) for url in _known(seen, marks)):
        named.insert(0, (root, Source.NAVIGATION))  # the front page that the scope was found by
    shown = {page_key(url) for url, source in named if source in (Source.NAVIGATION, Source.LLMS_TXT)}
    wanted: list[NewPage] = []
    refused: dict[str, LeftOut] = {}
    for url, source in named:
        refusal = scope.refusal(url)
        if not refusal and scope.is_aside(url) and page_key(url) not in shown:
            refusal = "changelog"
        if not refusal and scope.wants(url):
            wanted.append(NewPage(url, 1, (source,)))
        elif refusal and origin_of(url) == origin and not is_asset(url):
            refused[url] = LeftOut(url, refusal)
    orders = (llms, tuple(NavEntry(0, url) for url in evidence.sitemap if url in scope))
    return Frontier(
        scope,
        (first, *wanted),
        tuple(order for order in orders if order),
        tuple(refused.values()),
        _notes(marks),
        rules.crawl_delay_s if rules else 0.0,
    )


def _chained(seed: _Seed, seen: _Seen) -> str:
    heads = [url for url, marks in seen.overviews.items() if marks.around.following and url.endswith("/")]
    return min(heads, key=len, default="") if seed.marks.around.following else ""


def _shown(marks: Landmarks) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys((*(e.url for tree in marks.around.navigation for e in tree if e.url), *marks.around.links))
    )


def _known(seen: _Seen, marks: Landmarks) -> Iterable[str]:
    """Yield the URLs that are known to lead to something, for a look at whether the root is one."""
    yield from seen.overviews
    yield from marks.around.links
    yield from seen.sitemap


def _aliases(seed: _Seed) -> tuple[tuple[str, str], ...]:
    """Return what stands for this site in its own files: other spellings of its origin, and its canonical address."""
    own = _own_names(seed.url)
    canonical = seed.marks.around.canonical
    if not canonical or origin_of(canonical) == origin_of(seed.url):
        return own
    theirs, ours = path_of(canonical), path_of(seed.url)
    while theirs and ours and theirs[-1] == ours[-1]:
        theirs, ours = theirs[:-1], ours[:-1]
    tail = path_of(canonical)[len(theirs) :]
    if tail.count("/") == 0:
        return own
    cut = tail.index("/") + 1
    return (*own, (origin_of(canonical) + theirs + tail[:cut], origin_of(seed.url) + ours + tail[:cut]))


def _nearest_list(seen: _Seen, seed: _Seed, scope: Scope) -> tuple[NavEntry, ...]:
    """Return the llms.txt nearest to the seed; what other sources spell as pages is spelled so."""
    directory = max(seen.llms, key=len, default=None)
    if directory is None:
        return ()
    entries = [replace(entry, url=scope.normal(entry.url)) if entry.url else entry for entry in seen.llms[directory]]
    known = {page_key(url): url for found in (*seen.overviews.values(), seed.marks) for url in found.around.links}
    known.update((page_key(url), url) for url in (*seen.sitemap, *seen.index, seed.url))
    return tuple(replace(entry, url=_as_page(entry.url, known)) if entry.url else entry for entry in entries)


def _as_page(url: str, known: dict[str, str]) -> str:
    return next((known[page_key(page)] for page in html_spellings(url) if page_key(page) in known), url)


def _notes(marks: Landmarks) -> tuple[str, ...]:
    notes: list[str] = []
    if any(one.reason == "hash_route" for one in marks.around.left_out):
        notes.append("The site routes by fragments (#/…): such pages exist only in a browser and are not crawled.")
    return tuple(notes)
