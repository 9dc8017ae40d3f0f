"""Reconcile what a site's sources say: infer the scope, and merge the pages that they name into one frontier.

Pure: `discovery` has fetched everything before.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from docspasta_mcp.discovery.context_values import GeneratorMarks, is_asset
from docspasta_mcp.discovery.doxygen import is_member_list
from docspasta_mcp.discovery.evidence import Probed, ScopeEvidence
from docspasta_mcp.discovery.frontier_notes import (
    fault_note,
    meant_note,
    notes_of,
    pause_note,
    section_note,
    version_note,
)
from docspasta_mcp.discovery.infer_editions import to_probe
from docspasta_mcp.discovery.infer_scope import directory_scope, infer_scope
from docspasta_mcp.discovery.llms_txt import html_spellings
from docspasta_mcp.discovery.nearest_first import nearest_first
from docspasta_mcp.discovery.robots import Rules, pause_of
from docspasta_mcp.discovery.section_tabs import opened
from docspasta_mcp.discovery.seen import DiscoveryState, SeedPage
from docspasta_mcp.fetch.edition_check import AdvertisedEditions
from docspasta_mcp.model.file_formats import FilesMode
from docspasta_mcp.model.frontier import Frontier, LeftOut, NavEntry, NewPage, Source
from docspasta_mcp.model.job import JobOptions
from docspasta_mcp.model.page_identity import page_key
from docspasta_mcp.model.scope import Scope, ScopeMode
from docspasta_mcp.urls import origin_of, path_of

PAGES_A_CONTENTS = 20  # of a budget that is smaller than the manual: so many, and one overview page is read for order
_PATH = re.compile(r"(?<!\S)/[^\s/]\S*[^\s:,;]")


def merged_frontier(seed: SeedPage, options: JobOptions, rules: Rules | None, state: DiscoveryState) -> Frontier:
    """Infer the scope and merge what the sources name, in order: navigation, llms.txt, index, sitemap."""
    origin = origin_of(seed.url)
    renamed = Scope(origin, "/", mode=ScopeMode.HOST, aliases=_aliases(seed))
    llms = _nearest_list(state, seed, renamed)
    marks = seed.marks
    evidence = _evidence(seed, state, renamed, llms)
    scope = infer_scope(seed.url, options, evidence)
    if seed.came_by:
        scope = replace(scope, reason=f"{_without_paths(scope.reason)}; {seed.came_by}")
    root = f"{origin}{scope.prefix}"
    navigation = [tree for found in (*state.overviews.values(), marks) for tree in found.context.navigation]
    navigation += [tuple(entry for entry in state.tree if not is_member_list(entry.url))]
    is_elsewhere = bool(options.version) and scope.refusal(seed.url) in ("version", "outside")
    first = NewPage(root if is_elsewhere else seed.url, 0, (Source.SEED,))  # whatever its kind, it was asked for
    named: list[tuple[str, Source]] = [
        (entry.url, Source.NAVIGATION) for tree in navigation for entry in tree if entry.url
    ]
    named += [(entry.url, Source.LLMS_TXT) for entry in llms if entry.url]
    named += [(url, Source.INDEX) for url in state.index]
    named += [(url, Source.FOLDER) for url in state.files_there]
    named += [(url, Source.SITEMAP) for url in evidence.sitemap]
    named += [(url, Source.LINK) for url in _led_to(state, scope)]
    is_known = seed.url not in scope or any(page_key(url) == page_key(root) for url in _known(state, marks))
    if page_key(root) != page_key(first.url) and is_known and marks.generator not in ("docsify", "Storybook"):
        named.insert(0, (root, Source.NAVIGATION))  # the front page that the scope was found by
    shown = {page_key(url) for url, source in named if source in (Source.NAVIGATION, Source.LLMS_TXT)}
    wanted: list[NewPage] = []
    behind: tuple[NewPage, ...] = ()
    refused: dict[str, LeftOut] = {}
    for url, source in named:
        refusal = scope.refusal(url)
        if not refusal and scope.is_changelog(url) and page_key(url) not in shown:
            refusal = "changelog"
        if not refusal and scope.wants(url):
            wanted.append(NewPage(url, 1, (source,)))
        elif refusal and origin_of(url) == origin and not is_asset(url):
            refused[url] = LeftOut(url, refusal)
        elif refusal == "outside" and source is Source.LLMS_TXT and not is_asset(url):
            refused[url] = LeftOut(url, "other_host")
    for found in (marks, *state.overviews.values()):
        refused.update((one.url, one) for one in found.context.left_out if one.reason == "other_host")
    refused.update((e.url, LeftOut(e.url, "listing")) for e in state.tree if is_member_list(e.url) and e.url in scope)
    linked = tuple(_linked(marks, scope)) if options.max_depth else ()
    of_front = linked if page_key(seed.url) == page_key(root) else ()
    if len({page_key(url) for url in (*(page.url for page in wanted), *of_front)}) >= options.max_pages:
        wanted += [NewPage(url, 1, (Source.LINK,)) for url in of_front]
        behind = tuple(page for page in wanted if page.sources == (Source.FOLDER,))
        known = [page for page in wanted if page.sources != (Source.FOLDER,)]
        nearest = nearest_first(seed.url, known, marks.context.navigation, root=scope.prefix)
        wanted = [*_contents(state, scope)[: options.max_pages // PAGES_A_CONTENTS], *nearest]
    orders = (llms, tuple(NavEntry(0, url) for url in evidence.sitemap if url not in refused and url in scope))
    return Frontier(
        scope,
        (first, *wanted),
        tuple(order for order in orders if order),
        tuple(refused.values()),
        fault_note(seed, goes_on=bool(wanted or behind))
        + meant_note(seed, (*(page.url for page in wanted), *_known(state, marks), *_listed(evidence)))
        + pause_note(options, rules, len({page_key(page.url) for page in (first, *wanted, *behind)}))
        + notes_of(seed, state, [date for url, date in state.sitemap.items() if renamed.normal(url) in scope])
        + version_note(options, scope)
        + section_note(scope, evidence),
        pause_of(rules, options),
        tree=state.tree,
        behind=behind,
        linked=linked,
    )


def _contents(state: DiscoveryState, scope: Scope) -> Sequence[NewPage]:
    """Return overview pages that list others: without them, a part of the manual would be in no order."""
    found = (url for url, marks in state.overviews.items() if marks.context.navigation)
    return [NewPage(url, 1, (Source.LINK,)) for url in found if url in scope and scope.wants(url)]


def _led_to(state: DiscoveryState, scope: Scope) -> Iterable[str]:
    """Yield the pages of the manual that overviews outside of it lead to, which are not crawled for their links."""
    overviews = (found for url, found in state.overviews.items() if scope.refusal(url) == "outside")
    return (url for found in overviews for url in found.context.links if url in scope)


def _linked(marks: GeneratorMarks, scope: Scope) -> Sequence[str]:
    """Return what a front page leads to: a budget that is smaller than the manual is spent in its order."""
    translations = {page_key(one.url) for one in marks.context.alternates}
    pages = (url for url in marks.context.links if scope.wants(url) and not scope.is_changelog(url))
    return [url for url in pages if url in scope and page_key(url) not in translations]


def _evidence(seed: SeedPage, state: DiscoveryState, renamed: Scope, llms: tuple[NavEntry, ...]) -> ScopeEvidence:
    """Return what the site says of the manual's extent."""
    context = seed.marks.context
    return ScopeEvidence(
        seed.marks.root,
        seed.marks.generator,
        tuple(entry.url for tree in (*context.navigation, state.tree) for entry in tree if entry.url),
        tuple(entry.url for entry in llms if entry.url),
        tuple((url, _shown(found)) for url, found in state.overviews.items() if not found.context.is_listing),
        _chained(seed, state),
        tuple(map(renamed.normal, state.sitemap)),
        context.links,
        tuple(one._replace(url=renamed.normal(one.url)) for one in context.alternates),
        context.language,
        renamed.aliases,
        _probed(seed, state),
        context.tabs,
        tuple(opened(url, marks) for url, marks in state.tabs.items()),
    )


def _probed(seed: SeedPage, state: DiscoveryState) -> dict[str, Probed]:
    """Return what is known of directories that may be editions: those looked into, and those that the seed lies in."""
    own = path_of(seed.url)
    found: dict[str, Probed] = {}
    for url, marks in (*state.overviews.items(), *state.probed.items()):
        path = path_of(url)
        directory = path[: path.rindex("/") + 1]
        found.setdefault(directory, Probed(marks.context.language, _shown(marks)))
    for place, sign in enumerate(own):  # the page itself may be one that is not translated yet
        if sign == "/":
            found.setdefault(own[: place + 1], Probed(seed.marks.context.language))
    return found


def directories_to_probe(seed: SeedPage, state: DiscoveryState) -> list[str]:
    """Return pages of directories that may be other languages or versions of the manual, to be looked at."""
    renamed = Scope(origin_of(seed.url), "/", mode=ScopeMode.HOST, aliases=_aliases(seed))
    llms = _nearest_list(state, seed, renamed)
    evidence = _evidence(seed, state, renamed, llms)
    listed = [url for _, pages in evidence.overviews for url in pages]
    known = (*evidence.navigation, *evidence.links, *listed, *evidence.llms_txt, *evidence.sitemap)
    return to_probe(seed.url, (url for url in known if origin_of(url) == renamed.origin), evidence)


def _chained(seed: SeedPage, state: DiscoveryState) -> str:
    heads = [url for url, marks in state.overviews.items() if marks.context.following and url.endswith("/")]
    return min(heads, key=len, default="") if seed.marks.context.following else ""


def _shown(marks: GeneratorMarks) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys((*(e.url for tree in marks.context.navigation for e in tree if e.url), *marks.context.links))
    )


def _known(state: DiscoveryState, marks: GeneratorMarks) -> Iterable[str]:
    """Yield the URLs that are known to lead to something, for a look at whether the root is one."""
    yield from state.overviews
    yield from marks.context.links
    yield from state.sitemap


def _listed(evidence: ScopeEvidence) -> Iterable[str]:
    """Yield the URLs that overviews above the seed name."""
    return (url for _, pages in evidence.overviews for url in pages)


def _aliases(seed: SeedPage) -> tuple[tuple[str, str], ...]:
    """Return what stands for this site in its own files: other spellings of its origin, and its canonical address."""
    own = (*own_names(seed.url), *([seed.moved] if seed.moved else []))
    canonical = seed.marks.context.canonical
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


def _nearest_list(state: DiscoveryState, seed: SeedPage, scope: Scope) -> tuple[NavEntry, ...]:
    """Return the llms.txt nearest to the seed; what other sources spell as pages is spelled so."""
    directory = max(state.llms, key=len, default=None)
    if directory is None:
        return ()
    entries = [entry._replace(url=scope.normal(entry.url)) if entry.url else entry for entry in state.llms[directory]]
    known = {page_key(url): url for found in (*state.overviews.values(), seed.marks) for url in found.context.links}
    known.update((page_key(url), url) for url in (*state.sitemap, *state.index, seed.url))
    return tuple(entry._replace(url=_as_page(entry.url, known)) if entry.url else entry for entry in entries)


def _as_page(url: str, known: dict[str, str]) -> str:
    return next((known[page_key(page)] for page in html_spellings(url) if page_key(page) in known), url)


def advertised_editions(seed: SeedPage, state: DiscoveryState) -> AdvertisedEditions:
    """Return what the site says of its Markdown editions."""
    full, titles = state.full.get(max(state.full, key=len, default=""), ("", ""))
    return AdvertisedEditions(seed.marks.markdown, frozenset(state.files), full, titles)


def seed_alone(seed: SeedPage, options: JobOptions) -> Frontier:
    """Return the frontier of a site that cannot be looked at: its seed, whose own step will fail as well."""
    first = NewPage(seed.url, 0, (Source.SEED,))
    notes = (seed.fault.note(goes_on=False),) if seed.fault else ()
    return Frontier(directory_scope(seed.url, options), (first,), notes=notes)


def moved_frontier(seed: SeedPage, there: Frontier) -> Frontier:
    """Return the frontier of the place that a navigation has moved to, with the page that was asked for before it."""
    first, *others = there.pages
    pages = (NewPage(seed.url, 0, (Source.SEED,)), replace(first, sources=(Source.NAVIGATION,)), *others)
    scope = replace(there.scope, reason=_without_paths(there.scope.reason))
    note = "The pages of its navigation have moved: the place that they redirect to is crawled, as its scope shows."
    return replace(there, scope=scope, pages=pages, notes=(note, *there.notes))


def _without_paths(reason: str) -> str:
    """Return why a scope was chosen, without paths that a site redirects to: they may be sentences."""
    return _PATH.sub("that path", reason)


def file_alone(seed: SeedPage, options: JobOptions) -> Frontier:
    """Return the frontier of a file that is a manual by itself; an API specification's own step will find its pages."""
    scope = directory_scope(seed.url, options)
    prefix, reason = f"{path_of(seed.url).rstrip('/')}/", f"the URL is {seed.is_file}"
    scope = replace(scope, prefix=prefix, reason=reason, files=FilesMode.LINKED)
    return Frontier(scope, (NewPage(seed.url, 0, (Source.SEED,)),))


def whole_host(origin: str, hosts: tuple[str, ...] = ()) -> Scope:
    """Return the scope of all that a site names, on its host and further ones, before its manual is known."""
    return Scope(origin, "/", mode=ScopeMode.HOST, aliases=own_names(origin), hosts=hosts)


def own_names(url: str) -> tuple[tuple[str, str], ...]:
    """Return the other spellings of a site's origin: http and https, with www. and without."""
    origin = origin_of(url)
    scheme, _, host = origin.partition("://")
    other = {"http": "https", "https": "http"}[scheme]
    bare = host.removeprefix("www.")
    names = (f"{kind}://{name}/" for kind in (scheme, other) for name in (bare, f"www.{bare}"))
    return tuple((name, f"{origin}/") for name in names if name != f"{origin}/")


def at_home(urls: Iterable[str], origin: str) -> dict[str, str]:
    """Return URLs that a site's file names → its own; if it names another host only, that is its name elsewhere."""
    scope = whole_host(origin)
    urls = {url: scope.normal(url) for url in urls}
    own = {url: home for url, home in urls.items() if origin_of(home) == origin}
    others = {origin_of(url) for url in urls.values()}
    if own or len(others) != 1:
        return own
    (other,) = others
    return {url: origin + home.removeprefix(other) for url, home in urls.items()}
