"""Read what surrounds a page's content: its links, the site's navigation, and where the page says it belongs.

Must run before `extract`, which takes all this away. Knows no site: a sidebar is recognised by its element, role or
the class names that documentation generators share, and by holding more links to the site than anything like it.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from lxml import etree
from lxml.html import HtmlElement

from docspasta_mcp.crawl.dom import text_length, text_of
from docspasta_mcp.crawl.links import base_url
from docspasta_mcp.crawl.surroundings import Surroundings, is_asset
from docspasta_mcp.errors import InvalidUrl
from docspasta_mcp.identity import bare_key, page_key
from docspasta_mcp.mentions import LeftOut, NavEntry
from docspasta_mcp.scope import Scope
from docspasta_mcp.shortcut import MARKDOWN_SUFFIXES, Shortcut, ShortcutKind
from docspasta_mcp.urls import join_url, origin_of

MIN_NAVIGATION = 2  # pages a navigation leads to at least; fewer are previous and next
MIN_FOREIGN = 4  # and if it does not show the page it stands on
MIN_LISTED = 5  # pages that plain lists name at least, to be an overview and no "see also"
MIN_LINKED = 0.6  # of such a list's text
MAX_NAVIGATION = 10_000  # lines read of one
MAX_LINKS = 100_000  # kept of one page, the first ones
MAX_LEFT_OUT = 200  # noted of one page
MAX_CAPTION = 120
MAX_NOTICE = 200  # characters of a page that only sends its reader on
MAX_REFRESH_S = 10  # a page that sends its reader on later is a page

_NAV = re.compile(
    r"(?:^|[\s_-])(?:\w*sidebar\w*|side-?nav\w*|sidemenu|nav-?tree|nav-?list|navigation|menu|toctree\w*|summary|"
    r"chapters?|book-menu|docs-?nav|site-?nav|nav|table-of-contents|toc)(?:$|[\s_-])",
    re.IGNORECASE,
)
_NOT_NAV = re.compile(
    r"(?:^|[\s_-])(?:breadcrumbs?|pagination\w*|pager|prev-?next|related|footer|on-this-page|page-toc|local-?toc|"
    r"in-page|secondary|versions?|languages?|locale\w*|skip\w*|social|theme-doc-toc\w*|headerlink)(?:$|[\s_-])",
    re.IGNORECASE,
)
_TOCTREE = re.compile(r"(?:^|\s)(?:toctree-wrapper|toc|contents|toc-contents|sect-toc|menu|chapter-toc)(?:$|\s)")
_LEVEL = re.compile(r"(?:^|[\s_-])(?:level|depth|lvl|toctree-l)-?(\d{1,2})(?:$|\s)")
_CAPTION = re.compile(r"(?:^|[\s_-])(?:caption|part-title|nav-?title|section-?title|group-?label|heading)(?:$|[\s_-])")
_NEXT = re.compile(r"(?:^|[\s_-])(?:next|nav-?next|pagination-nav__link--next|pager-next)(?:$|[\s_-])", re.IGNORECASE)
_REFRESH = re.compile(r"^\s*(\d+)[^;,]*[;,]\s*(?:url\s*=\s*)?['\"]?([^'\"]+)", re.IGNORECASE)
_RELOCATION = re.compile(r"\blocation(?:\.href\s*=|\.(?:replace|assign)\(|\s*=)\s*[\"'`]([^\"'`${}]+)[\"'`]")
_ROUTE = re.compile(r"^#!?/")
_TWIN = Shortcut(ShortcutKind.TWIN)
_LISTS = ("ul", "ol", "dl", "menu")
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6", "summary")


@dataclass(frozen=True, slots=True)
class Target:
    """Where a reference leads: the URL as this crawl spells it, the page's key, and why it is left out, if it is."""

    url: str
    key: str
    refusal: str


class Links:
    """What a page's references lead to, each looked up once: a page shows most of them several times."""

    def __init__(self, document: HtmlElement, url: str, scope: Scope) -> None:
        self.url = url
        self.key = page_key(url)
        self.scope = scope
        self._base = base_url(document, url)
        self._known: dict[str, Target | None] = {}

    def target(self, href: str) -> Target | None:
        """Return where a reference leads; None if it is no URL we would fetch."""
        reference = href.partition("#")[0]
        if reference not in self._known:
            try:
                link = self.scope.normal(join_url(self._base, reference))
            except InvalidUrl:
                self._known[reference] = None
            else:
                self._known[reference] = _target(self.scope, link)
        return self._known[reference]

    def named(self, element: HtmlElement) -> str:
        """Return the URL of an element's reference, or an empty string."""
        target = self.target(element.get("href", ""))
        return target.url if target else ""


@lru_cache(maxsize=8192)  # the links of a page are those of the page before
def _target(scope: Scope, link: str) -> Target:
    return Target(link, page_key(link), scope.refusal(link))


@lru_cache(maxsize=8192)
def _is_nav_name(names: str) -> bool:
    return bool(_NAV.search(names))


@lru_cache(maxsize=8192)
def _is_other_name(names: str) -> bool:
    return bool(_NOT_NAV.search(names))


def surroundings(document: HtmlElement, url: str, scope: Scope) -> Surroundings:
    """Read a parsed page's surroundings; the tree is not changed.

    Args:
        document: the page.
        url: where it was found.
        scope: links outside it are noted as left out.
    """
    look = Links(document, url, scope)
    links: dict[str, None] = {}
    left_out: dict[str, LeftOut] = {}
    for anchor in document.iter("a", "area"):
        href = anchor.get("href", "")
        if _ROUTE.match(href) and len(left_out) < MAX_LEFT_OUT:
            left_out[href] = LeftOut(f"{url}{href}"[:2_000], "hash_route")
        if not href or href.startswith("#") or "nofollow" in anchor.get("rel", "").lower().split():
            continue
        target = look.target(href)
        if target is None or target.key == look.key or _is_own_source(target.url, url):
            continue
        if not target.refusal:
            if len(links) < MAX_LINKS:
                links[target.url] = None
        elif origin_of(target.url) == scope.origin and len(left_out) < MAX_LEFT_OUT and not is_asset(target.url):
            left_out[target.url] = LeftOut(target.url, target.refusal)
    sidebar = _sidebar(document, look)
    trees = [sidebar, _own_contents(document, look) or (() if sidebar else _listed(document, look))]
    following = _following(document, look)
    if following and following not in links:
        following = ""
    return Surroundings(
        tuple(links),
        tuple(tree for tree in trees if tree),
        following,
        _canonical(document, look),
        _refresh(document, look),
        tuple(left_out.values()),
    )


def markdown_surroundings(targets: Iterable[str], url: str, scope: Scope) -> Surroundings:
    """Keep of the absolute links of a page that is Markdown those that lead to other pages of the scope."""
    links: dict[str, None] = {}
    for target in targets:
        link = scope.normal(target)
        if link in scope and page_key(link) != page_key(url) and not is_asset(link):
            links[link] = None
    return Surroundings(tuple(links))


def _is_own_source(link: str, url: str) -> bool:
    """Tell whether a link leads to the Markdown of the page that it is on: the same text once more."""
    return link.endswith(MARKDOWN_SUFFIXES) and bare_key(_TWIN.page_of(link)) == bare_key(url) and link != url


def _canonical(document: HtmlElement, look: Links) -> str:
    for link in document.iter("link"):
        if "canonical" in link.get("rel", "").lower().split():
            return look.named(link)
    return ""


def _following(document: HtmlElement, look: Links) -> str:
    """Return the page that this one names as its successor: rel=next, else a link that its class calls so."""
    for element in document.iter("link", "a"):
        if "next" in element.get("rel", "").lower().split() and (found := look.named(element)):
            return found
    for anchor in document.iter("a"):
        if _NEXT.search(anchor.get("class", "")) and (found := look.named(anchor)):
            return found
    return ""


def _refresh(document: HtmlElement, look: Links) -> str:
    """Return where a page sends its reader at once, by meta refresh, or by a script where there is next to no text."""
    for meta in document.iter("meta"):
        if meta.get("http-equiv", "").lower() == "refresh":
            match = _REFRESH.match(meta.get("content", ""))
            if match and int(match[1]) <= MAX_REFRESH_S and (target := look.target(match[2].strip())):
                return target.url
    if text_length(document) > MAX_NOTICE:
        return ""
    for script in document.iter("script"):
        if (match := _RELOCATION.search(script.text or "")) and (target := look.target(match[1])):
            return target.url
    return ""


def _sidebar(document: HtmlElement, look: Links) -> tuple[NavEntry, ...]:
    """Return the navigation that leads to most pages of the scope; the page's header counts if there is no other."""
    best: dict[bool, tuple[NavEntry, ...]] = {}
    most = {True: 0, False: 0}
    for element in _candidates(document):
        entries = _entries(element, look)
        pages = {entry.url for entry in entries if entry.url}
        if len(pages) < (MIN_NAVIGATION if look.url in pages else MIN_FOREIGN):
            continue
        in_header = any(parent.tag == "header" for parent in element.iterancestors())
        if len(pages) > most[in_header]:
            best[in_header], most[in_header] = entries, len(pages)
    return best.get(False) or best.get(True) or ()


def _candidates(document: HtmlElement) -> Iterator[HtmlElement]:
    """Yield what may be a navigation, the outermost of nested ones only."""
    skipped: set[HtmlElement] = set()
    for element in document.iter():
        if not isinstance(element.tag, str) or element.tag in ("html", "body", "main", "article", "a", "li", "head"):
            continue
        parent = element.getparent()
        if parent is not None and parent in skipped:
            skipped.add(element)
            continue
        names = f"{element.get('class', '')} {element.get('id', '')}"
        is_navigation = element.tag in ("nav", "aside") or element.get("role") == "navigation" or _is_nav_name(names)
        if not is_navigation:
            continue
        if _is_other_name(names) or element.get("aria-label", "").lower().startswith("breadcrumb"):
            skipped.add(element)
        elif element.find(".//main") is None and element.find(".//article") is None:
            skipped.add(element)
            yield element


def _own_contents(document: HtmlElement, look: Links) -> tuple[NavEntry, ...]:
    """Return the table of contents in a page's content, the page itself on top."""
    found: list[NavEntry] = []
    inside: set[HtmlElement] = set()
    for element in document.iter("div", "dl", "ul", "ol", "table", "section"):
        if element.getparent() in inside:
            inside.add(element)
            continue
        if not _TOCTREE.search(element.get("class", "")) or any(
            parent.tag in ("nav", "aside", "header", "footer") or _NAV.search(parent.get("class", ""))
            for parent in element.iterancestors()
        ):
            continue
        inside.add(element)
        entries = _entries(element, look)
        found.extend(NavEntry(entry.level + 1, entry.url, entry.title) for entry in entries)
    pages = {entry.url for entry in found if entry.url}
    return (NavEntry(0, look.url), *found) if len(pages) >= MIN_NAVIGATION else ()


def _listed(document: HtmlElement, look: Links) -> tuple[NavEntry, ...]:
    """Return the pages that lists of a page's content name, if the lists are little but links: a plain overview."""
    found: list[NavEntry] = []
    for element in document.iter("ul", "ol", "dl"):
        around = list(element.iterancestors())
        if any(parent.tag in (*_LISTS, "nav", "aside", "header", "footer") for parent in around):
            continue
        linked = sum(len(text_of(anchor)) for anchor in element.iter("a"))
        if linked >= MIN_LINKED * len(text_of(element)):
            found.extend(entry._replace(level=entry.level + 1) for entry in _entries(element, look))
    pages = {entry.url for entry in found if entry.url}
    return (NavEntry(0, look.url), *found) if len(pages) >= MIN_LISTED else ()


def _entries(root: HtmlElement, look: Links) -> tuple[NavEntry, ...]:
    """Return the lines of one navigation: links to pages of the scope, and the captions over them."""
    entries: list[NavEntry] = []
    seen: set[str] = set()
    for element, depth, is_hidden in _descend(root):
        if is_hidden or len(entries) >= MAX_NAVIGATION:
            continue
        href = element.get("href") if element.tag == "a" else None
        if href is None:
            title = _caption(element)
            if title and not (entries and entries[-1].title == title):
                entries.append(NavEntry(depth, "", title))
        elif _is_here(element, href):
            if look.key not in seen:
                entries.append(NavEntry(depth, look.url))
                seen.add(look.key)
        elif href.startswith("#"):
            if href == "#" and (title := _title(element)):
                entries.append(NavEntry(depth, "", title))
        elif (
            (target := look.target(href)) and not target.refusal and target.key not in seen and not is_asset(target.url)
        ):
            if "#" in href and target.key == look.key:
                continue
            entries.append(NavEntry(depth, look.url if target.key == look.key else target.url))
            seen.add(target.key)
    return _without_empty_captions(entries)


def _is_here(anchor: HtmlElement, href: str) -> bool:
    """Tell whether a link stands for the page it is on: Sphinx writes `href="#"` there."""
    if href not in ("", "#"):
        return False
    parent = anchor.getparent()
    names = f"{_names(anchor)} {_names(parent) if parent is not None else ''}"
    return "current" in names or "active" in names or anchor.get("aria-current") is not None


def _descend(root: HtmlElement) -> Iterator[tuple[HtmlElement, int, bool]]:
    """Yield a navigation's elements in order with their depth: enclosing lists, or what their class says."""
    around = [(int(root.tag in _LISTS), False)]  # no elements: a long navigation would keep tens of thousands alive
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if element is root:  # what it is called is its caller's affair
            continue
        if event == "end":
            around.pop()
            continue
        depth, is_hidden = around[-1]
        names = element.get("class", "")
        marked = _LEVEL.search(names) if element.tag != "a" else None
        if element.tag in _LISTS:
            depth += "this-page" not in names  # Sphinx: what can be done with "This Page" is no section of the manual
        elif marked and element.tag not in ("li", "ul", "ol", "p", "h2", "h3"):
            depth = max(depth, int(marked[1]))
        is_hidden = is_hidden or (element.tag not in ("a", "li") and _is_other_name(names))
        around.append((depth, is_hidden))
        yield element, depth, is_hidden


def _caption(element: HtmlElement) -> str:
    """Return the title of a heading over links, or of a list item that has a list but no link of its own."""
    names = _names(element)
    if element.tag in _HEADINGS or (element.tag in ("p", "div", "span", "li") and _CAPTION.search(names)):
        return "" if next(element.iter("a"), None) is not None else _title(element)
    if element.tag != "li" or next(element.iter(*_LISTS), None) is None:
        return ""
    for child in element:
        if not isinstance(child.tag, str) or child.tag in _LISTS or child.tag == "input":
            continue
        if child.tag == "a" or next(child.iter("a"), None) is not None or child.tag in _HEADINGS:
            return ""
        if title := _title(child):
            return title
    return " ".join((element.text or "").split())[:MAX_CAPTION]


def _title(element: HtmlElement) -> str:
    return text_of(element)[:MAX_CAPTION]


def _names(element: HtmlElement) -> str:
    return element.get("class", "")


def _without_empty_captions(entries: Sequence[NavEntry]) -> tuple[NavEntry, ...]:
    """Drop captions that no page stands under."""
    kept: list[NavEntry] = []
    deepest_below = -1  # the level of the nearest entry below that was kept
    for entry in reversed(entries):
        if entry.url or deepest_below > entry.level or (deepest_below == entry.level and kept and kept[-1].url):
            kept.append(entry)
            deepest_below = entry.level
    return tuple(reversed(kept))
