"""Find the site's navigation on one of its pages: sidebars, tables of contents in the text, plain lists of pages.

Knows no site: a sidebar is recognised by its element, role or the class names that documentation generators share,
and by holding more links to the site than anything like it.
"""

import re
from collections.abc import Iterator, Sequence
from typing import cast

from lxml import etree
from lxml.html import HtmlElement

from docspasta_mcp.discovery.foreign_pages import foreign_pages
from docspasta_mcp.discovery.link_resolver import LinkResolver
from docspasta_mcp.discovery.navigation_names import (
    is_caption,
    is_nav_class,
    is_other_name,
    is_toctree,
    level_of,
    nav_ids,
)
from docspasta_mcp.discovery.section_tabs import sidebar_below
from docspasta_mcp.discovery.word_index import are_word_index, is_link_list, is_mostly_links, is_word_index
from docspasta_mcp.extract.dom import text_of
from docspasta_mcp.extract.paths import Paths
from docspasta_mcp.model.frontier import NavEntry
from docspasta_mcp.model.page_identity import page_key

MIN_NAVIGATION = 2  # pages a navigation leads to at least; fewer are previous and next
MIN_FOREIGN = 4  # and if it does not show the page it stands on
MIN_LISTED = 5  # pages that plain lists name at least, to be an overview and no "see also"
MIN_FRAMED = 3  # the same of a page that is nothing but links
MIN_LINKED = 0.6  # of such a list's text
MAX_NAVIGATION = 10_000  # lines read of one
MAX_BAR = 8  # links of a bar; a sidebar of so few is one of a small manual
MIN_OUTDONE = 1.5  # times as many lines as a bar has are more than a few proposals
MAX_CAPTION = 120
MAX_PROSE = 150  # characters without a link in one paragraph of a sidebar

_CONTROL = re.compile(
    r"\b(?:theme|dark|light|mode|search|menu|log ?in|sign ?in|language|version|top|toggle|close|more|share|feedback)\b",
    re.IGNORECASE,
)
_NAV_ROLES = Paths("//@role[. = 'navigation']/..")
_BY_ID = Paths("//@id[. = $name]/..")
_IDS = etree.XPath("descendant-or-self::*/@id", smart_strings=False)
_CLASSES = etree.XPath("descendant-or-self::*/@class", smart_strings=False)
_NO_NAV = frozenset("html body main article a li head code em strong b i pre img br var sup sub".split())
_LISTS = ("ul", "ol", "dl", "menu")
_UNLEVELLED = frozenset(("li", "ul", "ol", "p", "h2", "h3"))
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6", "summary")


def navigations(document: HtmlElement, resolver: LinkResolver) -> tuple[tuple[NavEntry, ...], ...]:
    """Return the navigations that a page shows, each from its top: at most one around its text and one within."""
    sidebar = _sidebar(document, resolver)
    contents = _own_contents(document, resolver)
    if not contents and (not sidebar or (_is_bar(sidebar) and _is_front(resolver))):
        listed = _listed(document, resolver)
        contents = listed if not sidebar or len(listed) > MIN_OUTDONE * len(sidebar) else ()
    return tuple(tree for tree in (sidebar, contents) if tree)


def _is_bar(sidebar: Sequence[NavEntry]) -> bool:
    """Tell whether a navigation is a handful of links side by side, as a header has them."""
    return len(sidebar) <= MAX_BAR and len({entry.nav_level for entry in sidebar}) == 1


def _is_front(resolver: LinkResolver) -> bool:
    """Tell whether this is a manual's front page: its lists may be the contents, beside which a bar is a selection."""
    return resolver.key == page_key(f"{resolver.scope.origin}{resolver.scope.prefix}")


def _sidebar(document: HtmlElement, resolver: LinkResolver) -> tuple[NavEntry, ...]:
    """Return the navigation that leads to most pages of the scope; the page's header counts if there is no other."""
    best: dict[bool, tuple[NavEntry, ...]] = {}
    elements: dict[bool, HtmlElement] = {}
    most = {True: 0, False: 0}
    for element in _candidates(document):
        entries = _entries(element, resolver)
        pages = {entry.url for entry in entries if entry.url}
        resolver.shown.append(entries)
        if len(pages) < (MIN_NAVIGATION if resolver.url in pages else MIN_FOREIGN):
            continue
        in_header = any(parent.tag == "header" for parent in element.iterancestors())
        if len(pages) > most[in_header]:
            best[in_header], most[in_header], elements[in_header] = entries, len(pages), element
    if False in elements:
        resolver.foreign.update(dict.fromkeys(foreign_pages(elements[False], resolver)))
    found = best.get(False) or best.get(True) or ()
    return sidebar_below(found, resolver.shown, resolver.url) or found


def _candidates(document: HtmlElement) -> Iterator[HtmlElement]:
    """Yield what may be a navigation, the outermost of nested ones only."""
    skipped: set[HtmlElement] = set()
    called = set(_NAV_ROLES(document))
    for name in nav_ids(cast("list[str]", _IDS(document))):
        called.update(_BY_ID(document, name=name))
    if not (called or next(document.iter("nav", "aside"), None) is not None or _names_navigation(document)):
        return
    for element in document.iter():
        tag = element.tag
        if tag in _NO_NAV:
            continue
        if skipped and element.getparent() in skipped:
            skipped.add(element)
            continue
        classes = element.get("class", "")
        if not (is_nav_class(tag, classes) or tag in ("nav", "aside") or (called and element in called)):
            continue
        names = f"{classes} {element.get('id', '')}"
        if is_other_name(names) or element.get("aria-label", "").lower().startswith("breadcrumb"):
            skipped.add(element)
        elif not _holds_text(element):
            skipped.add(element)
            yield element


def _names_navigation(document: HtmlElement) -> bool:
    return any(is_nav_class("ul", names) for names in set(cast("list[str]", _CLASSES(document))))


def _holds_text(element: HtmlElement) -> bool:
    """Tell whether an element that is called like a navigation encloses the page's text too, as `with-sidebar` does."""
    for inside in element.iter("main", "article", "pre", "p", "dd", "div"):
        if inside.tag in ("main", "article", "pre") or inside.get("role") == "main":
            return True
        if inside.tag != "div" and len(inside.text or "") + sum(len(child.tail or "") for child in inside) > MAX_PROSE:
            return True
    return False


def _own_contents(document: HtmlElement, resolver: LinkResolver) -> tuple[NavEntry, ...]:
    """Return the table of contents in a page's content, the page itself on top."""
    found: list[NavEntry] = []
    inside: set[HtmlElement] = set()
    for element in document.iter("div", "dl", "ul", "ol", "table", "section"):
        if inside and element.getparent() in inside:
            inside.add(element)
            continue
        if not is_toctree(element.get("class", "")) or any(
            parent.tag in ("nav", "aside", "header", "footer") or is_nav_class(parent.tag, parent.get("class", ""))
            for parent in element.iterancestors()
        ):
            continue
        inside.add(element)
        entries = _entries(element, resolver)
        found.extend(NavEntry(entry.nav_level + 1, entry.url, entry.title) for entry in entries)
    pages = {entry.url for entry in found if entry.url}
    return (NavEntry(0, resolver.url), *found) if len(pages) >= MIN_NAVIGATION else ()


def _listed(document: HtmlElement, resolver: LinkResolver) -> tuple[NavEntry, ...]:
    """Return the pages that lists of a page's content name, if the lists are little but links: a plain overview.

    An index of words tells no order. A list that names the page itself stands on every page: it is the navigation, and
    not what the page encloses.
    """
    lists: list[HtmlElement] = []
    for element in document.iter("ul", "ol", "dl"):
        around = list(element.iterancestors())
        if any(parent.tag in (*_LISTS, "nav", "aside", "header", "footer") for parent in around):
            continue
        if is_mostly_links(element, MIN_LINKED):
            lists.append(element)
    if are_word_index(lists, resolver):
        return ()
    contents = (element for element in lists if not is_word_index(element, resolver))
    found = [entry for element in contents for entry in _entries(element, resolver)]
    if not found and (body := document.find(".//body")) is not None and is_link_list(body, resolver):
        found.extend(_entries(body, resolver))  # laid out by a table or by lines, as a page in a frame may be
    pages = {entry.url for entry in found if entry.url}
    if len(pages) < (MIN_LISTED if any(entry.nav_level for entry in found) else MIN_FRAMED):
        return ()
    if resolver.url in pages:
        return tuple(found)
    return (NavEntry(0, resolver.url), *(entry._replace(nav_level=entry.nav_level + 1) for entry in found))


def _entries(root: HtmlElement, resolver: LinkResolver) -> tuple[NavEntry, ...]:
    """Return the lines of one navigation: links to pages of the scope, and the captions over them."""
    entries: list[NavEntry] = []
    seen: set[str] = set()
    here = _unnamed_place(root, resolver)
    for element, depth, is_hidden in _descend(root):
        if is_hidden or len(entries) >= MAX_NAVIGATION:
            continue
        href = element.get("href") if element.tag == "a" else None
        if href is None:
            title = _caption(element)
            if title and not (entries and entries[-1].title == title):
                entries.append(NavEntry(depth, "", title))
        elif element is here or _is_here(element, href):
            if resolver.key not in seen:
                entries.append(NavEntry(depth, resolver.url))
                seen.add(resolver.key)
        elif href.startswith("#"):
            if href == "#" and (title := _title(element)):
                entries.append(NavEntry(depth, "", title))
        elif (
            (target := resolver.resolve(href)) and not target.refusal and target.key not in seen and not target.is_asset
        ):
            if "#" in href and target.key == resolver.key:
                continue
            entries.append(NavEntry(depth, resolver.url if target.key == resolver.key else target.url))
            seen.add(target.key)
    return _without_empty_captions(entries)


def _unnamed_place(root: HtmlElement, resolver: LinkResolver) -> HtmlElement | None:
    """Return the only line without an address of its own in a navigation that does not lead to its page: it is here."""
    found: list[HtmlElement] = []
    for anchor in root.iter("a"):
        href = anchor.get("href")
        if href in ("", "#"):
            item = next((parent for parent in anchor.iterancestors() if parent.tag in ("li", *_LISTS)), None)
            is_button = anchor.get("role") == "button" or anchor.get("aria-expanded") is not None
            is_line = item is not None and next(item.iter(*_LISTS), item) is item
            if is_line and not is_button and (title := text_of(anchor)) and not _CONTROL.search(title):
                found.append(anchor)
        elif href and not href.startswith("#") and (target := resolver.resolve(href)) and target.key == resolver.key:
            return None
    return found[0] if len(found) == 1 and found[0].getparent() is not None else None


def _is_here(anchor: HtmlElement, href: str) -> bool:
    """Tell whether a link stands for the page it is on: Sphinx writes `href="#"` there."""
    if href not in ("", "#"):
        return False
    parent = anchor.getparent()
    names = f"{_names(anchor)} {_names(parent) if parent is not None else ''}"
    return "current" in names or "active" in names or anchor.get("aria-current") is not None


def _descend(root: HtmlElement) -> Iterator[tuple[HtmlElement, int, bool]]:
    """Yield a navigation's elements in order with their depth: enclosing lists, or what their class says."""
    inside: dict[HtmlElement | None, tuple[int, bool]] = {root: (int(root.tag in _LISTS), False)}
    for element in root.iterdescendants():
        depth, is_hidden = inside[element.getparent()]
        tag = element.tag
        names = element.get("class") if tag != "a" else None
        if tag in _LISTS:
            # Sphinx: what can be done with "This Page" is not a section of the manual
            depth += names is None or "this-page" not in names
        elif names and tag not in _UNLEVELLED and (level := level_of(names)):
            depth = max(depth, level)
        is_hidden = is_hidden or bool(names and tag != "li" and is_other_name(names))
        if len(element):
            inside[element] = depth, is_hidden
        yield element, depth, is_hidden


def _caption(element: HtmlElement) -> str:
    """Return the title of a heading over links, or of a list item that has a list but no link of its own."""
    tag = element.tag
    if tag in _HEADINGS or (tag in ("p", "div", "span", "li") and is_caption(_names(element))):
        return "" if next(element.iter("a"), None) is not None else _title(element)
    if tag != "li" or (len(element) and element[0].tag == "a") or next(element.iter(*_LISTS), None) is None:
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
        if entry.url or deepest_below > entry.nav_level or (deepest_below == entry.nav_level and kept and kept[-1].url):
            kept.append(entry)
            deepest_below = entry.nav_level
    return tuple(reversed(kept))
