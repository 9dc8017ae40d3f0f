"""Tabs above a page: sections of one manual, each with a sidebar of its own, which shows nothing of the others.

A bar of links says so by its shape: it is flat and short, one of its links leads into the section that the sidebar
shows, and others lead to pages that have such a sidebar and the same bar. What a site offers beside its manual, such as
prices, has no sidebar; and where there is such, the sections are the manual only below a directory of their own.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from docspasta_mcp.discovery.context_values import GeneratorMarks, is_asset
from docspasta_mcp.discovery.evidence import OpenedTab, ScopeEvidence
from docspasta_mcp.model.frontier import NavEntry
from docspasta_mcp.model.page_identity import page_key
from docspasta_mcp.model.scope import is_language, is_version, page_kind
from docspasta_mcp.urls import origin_of, path_of

MOST = 0.9  # of what a sidebar leads to lies in its section
MIN_SHOWN = 3  # pages that a sidebar leads to, to be one of a section
MAX_TABS = 12  # links of a bar; more are a menu
MAX_OPENED = 4  # tabs that are looked behind


def sidebar_below(bar: Sequence[NavEntry], shown: Iterable[tuple[NavEntry, ...]], url: str) -> tuple[NavEntry, ...]:
    """Return the sidebar of a section below a bar of tabs, though it may be the shorter; nothing without such a bar.

    Args:
        bar: what leads to most pages of all that a page shows.
        shown: all of it.
        url: of the page.
    """
    if not is_bar(bar):
        return ()
    origin, best = origin_of(url), tuple[NavEntry, ...]()
    for one in shown:
        section = section_of(_paths(one, origin))
        is_own = one is not bar and any(entry.url == url for entry in one) and section != "/"
        if is_own and len(one) > len(best) and not all(_is_below(entry.url, section) for entry in bar if entry.url):
            best = one
    return best


def tabs_of(shown: Iterable[Sequence[NavEntry]], sidebar: Sequence[NavEntry], origin: str) -> tuple[str, ...]:
    """Return the links of the bar above a page whose sidebar shows one section; nothing if there is no such bar.

    Args:
        shown: the navigations that the page shows.
        sidebar: the navigation around its text.
        origin: of the site.
    """
    section = section_of(_paths(sidebar, origin))
    best: tuple[str, ...] = ()
    for bar in filter(is_bar, shown) if section != "/" else ():
        links = tuple(entry.url for entry in bar if entry.url and origin_of(entry.url) == origin)
        inside = [url for url in links if _is_below(url, section)]
        if bar is not sidebar and inside and len(links) > max(len(inside), len(best)):
            best = links
    return best


def is_bar(entries: Sequence[NavEntry]) -> bool:
    """Tell whether a navigation is flat and short, as tabs are."""
    return 1 < len(entries) <= MAX_TABS and len({entry.nav_level for entry in entries if entry.url}) == 1


def section_of(paths: Sequence[str]) -> str:
    """Return the deepest directory that holds most of some paths; `/` if they are few."""
    prefix = "/"
    if len(set(paths)) < MIN_SHOWN:
        return prefix
    while True:
        below = Counter(path[len(prefix) :].split("/", 1)[0] for path in paths if f"{path}/".startswith(prefix))
        below.pop("", None)
        segment, count = below.most_common(1)[0] if below else ("", 0)
        inside = {path for path in paths if path.startswith(f"{prefix}{segment}/")}
        if count < MOST * len(paths) or len(inside) < min(MIN_SHOWN, len(set(paths)) - 1):
            return prefix
        prefix = f"{prefix}{segment}/"


def tabs_to_open(seed_url: str, tabs: Sequence[str], sidebar: Sequence[NavEntry]) -> list[str]:
    """Return the tabs that may lead to further sections of the manual, to be looked behind."""
    section = section_of(_paths(sidebar, origin_of(seed_url)))
    others: dict[str, str] = {}
    for url in tabs:
        if not _is_below(url, section) and not _is_no_section(url, section):
            others.setdefault(page_key(url), url)
    return list(others.values())[:MAX_OPENED]


def opened(url: str, marks: GeneratorMarks) -> OpenedTab:
    """Return what a page behind a tab shows: the directory of its sidebar, and its own tabs."""
    trees = marks.context.navigation
    return OpenedTab(url, section_of(_paths(trees[0], origin_of(url))) if trees else "/", marks.context.tabs)


def further_sections(section: str, evidence: ScopeEvidence) -> tuple[str, ...]:
    """Return the directories of further sections of a site, beside the one that the page's sidebar shows."""
    found: dict[str, None] = {}
    known = set(map(page_key, evidence.tabs))
    for tab in evidence.opened_tabs:
        is_apart = not tab.section.startswith(section) and not section.startswith(tab.section)
        is_bar = any(_is_below(url, section) for url in tab.tabs) and len(known & set(map(page_key, tab.tabs))) > 1
        if tab.section != "/" and is_apart and is_bar:
            found[tab.section] = None
    return tuple(found)


def whole_of(section: str, evidence: ScopeEvidence) -> str:
    """Return the directory of a manual whose page's sidebar shows one section alone; empty if that is all of it."""
    others = further_sections(section, evidence)
    if not others:
        return ""
    whole = _common_directory((section, *others))
    if not _is_bare(whole):
        return whole
    beside = [
        url
        for url in evidence.tabs
        if not any(_is_below(url, one) for one in (section, *others)) and not _is_no_section(url, section)
    ]
    return "" if beside else whole


def _is_no_section(url: str, section: str) -> bool:
    """Tell whether a tab leads home or to news, or is no page: it says nothing of what else the site offers."""
    path = path_of(url)
    return (
        f"{path.rstrip('/')}/" in (section, "/")
        or section.startswith(f"{path.rstrip('/')}/")
        or bool(page_kind(path) or is_asset(url))
    )


def _common_directory(directories: Sequence[str]) -> str:
    first = min(directories, key=len)
    while not all(one.startswith(first) for one in directories):
        first = first[: first.rstrip("/").rindex("/") + 1]
    return first


def _is_bare(directory: str) -> bool:
    """Tell whether a directory is the site itself, or one of its languages or versions."""
    return all(is_language(part) or is_version(part) for part in directory.split("/") if part)


def _is_below(url: str, directory: str) -> bool:
    return f"{path_of(url)}/".startswith(directory)


def _paths(entries: Sequence[NavEntry], origin: str) -> list[str]:
    return [path_of(entry.url) for entry in entries if entry.url and origin_of(entry.url) == origin]
