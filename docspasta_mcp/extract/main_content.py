"""Find the element that holds a page's main content.

1. A recognised generator's own name for it.
2. Else the landmarks that HTML and ARIA have for it, then the names that templates share.
3. Else the deepest element that holds nearly all of the text which is not a link.
4. Whatever was chosen grows if running text was left outside (`look_back`).

Steps 1 and 2 are believed only if the element holds a fair share of the page's running text, so that a teaser in an
`article` or an empty `main` is passed over.
"""

from collections.abc import Sequence
from itertools import takewhile

from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import HEADINGS, linked_length, make, remove, rename, text_length, unlinked_length, xpath
from docspasta_mcp.extract.generators import Profile
from docspasta_mcp.extract.look_back import drop_columns_below, drop_menus_above, is_set_aside, look_back
from docspasta_mcp.extract.normalise.control_words import is_noise_name
from docspasta_mcp.extract.normalise.hidden import is_hidden
from docspasta_mcp.extract.normalise.places import is_list_of_links
from docspasta_mcp.extract.selectors import Search

_MIN_SHARE = 0.3  # of the page's running text; a landmark with less is not its main content
_PROFILE_SHARE = 0.15  # of the same; a generator's own name is believed earlier, but not for an empty shell
_UNLINKED = 0.6  # of a section's text; lists of links, as footers and sidebars have, are beneath it
_LINKS_ONLY = 0.02  # of a menu's text may be in no link: its heading
_MIN_PARAGRAPH = 60  # characters before the first tag in it
_DOMINANT = 0.9  # the deepest element with this share of the running text is what the page is about
_MAIN = Search("[role=main]", "main")
_LANDMARKS = (
    Search("[itemprop=articleBody]"), Search("[role=main] article", "main article"), _MAIN,
    Search("article"), Search(".markdown-body"),
    Search("#main-content", "#page-content", "#content", "#main", "#bodyContent", "#docContent", "#maincontent",
           "#doc-content", "#Content", "#Main", "#MainContent"),
    Search(".main-content", ".post-content", ".entry-content", ".article-content", ".page-content", ".doc-content",
           ".documentation", ".content"),
)  # fmt: skip
_FLOW = ("p", "pre", "blockquote", "dl", "h1", "h2", "h3", "h4")
_SECTIONS = ("div", "section", "article", "header")
_WRAPPERS = ("div", "section", "article", "td", "table", "tbody", "tr", "center")
_ASIDE_TAGS = ("nav", "header", "footer", "aside", "form")
_ASIDE = Search("[role=navigation]", "[class*=sidebar]", "[hidden]")


def main_content(document: HtmlElement, profiles: Sequence[Profile], names: frozenset[str]) -> HtmlElement:
    """Return the element to read.

    Args:
        document: a page without scripts and styles.
        profiles: the generators that it may come from.
        names: the class names, ids and roles that occur on it.
    """
    body = document.find(".//body")
    whole = body if body is not None else document
    links: dict[HtmlElement, int] = {}  # how long each is
    running = _running_length(whole, names, links)
    named = _named(document, profiles, names, _PROFILE_SHARE * running, links)
    found = named if named is not None else _by_landmark(document, whole, names, running, links)
    if found is not whole and found.getparent() is not None:
        found = look_back(found, whole, is_named=named is not None)
    drop_menus_above(found, links)
    drop_columns_below(found)
    return found


def _named(
    document: HtmlElement,
    profiles: Sequence[Profile],
    names: frozenset[str],
    floor: float,
    links: dict[HtmlElement, int],
) -> HtmlElement | None:
    for profile in profiles:
        for find in profile.find_mains:
            found = _largest(find(document, names), floor, links)
            if found is not None:
                return found
    return None


def _by_landmark(
    document: HtmlElement, whole: HtmlElement, names: frozenset[str], running: int, links: dict[HtmlElement, int]
) -> HtmlElement:
    for find in _LANDMARKS:
        candidates = find(document, names)
        if find is _MAIN and len(mains := _shown_mains(candidates)) > 1:
            return _joined(mains)
        found = _largest(candidates, _MIN_SHARE * running, links)
        if found is not None:
            return _innermost(_with_siblings(found, candidates, whole), names)
    return _dominant(whole, running)


def _shown_mains(mains: list[HtmlElement]) -> list[HtmlElement]:
    """Return the mains that are shown and hold text, without those inside others."""
    shown = [main for main in mains if not is_hidden(main) and unlinked_length(main) > 0]
    known = set(shown)
    return [main for main in shown if known.isdisjoint(main.iterancestors())]


def _joined(parts: list[HtmlElement]) -> HtmlElement:
    """Return one element, in the place of the first, that holds several."""
    whole = make("div")
    parts[0].addprevious(whole)
    for part in parts:
        part.tail = None
        whole.append(part)
    return whole


def _running_length(whole: HtmlElement, names: frozenset[str], links: dict[HtmlElement, int]) -> int:
    """Return the length of the text that is neither a link nor inside what HTML sets aside."""
    length = text_length(whole)
    most = _DOMINANT * length
    asides = [
        element
        for element in dict.fromkeys((*whole.iter(*_ASIDE_TAGS), *_ASIDE(whole, names)))
        if next(element.iterancestors("nav", "header", "footer", "aside"), None) is None
        and (text_length(element) < most or _is_menu(element, names, links))  # "has-sidebar" may hold the text
    ]
    return max(0, length - linked_length(whole, links) - sum(unlinked_length(element, links) for element in asides))


def _is_menu(element: HtmlElement, names: frozenset[str], links: dict[HtmlElement, int]) -> bool:
    """Tell whether an element has nothing but links, the blanks between them left aside, and no landmark."""
    count = sum(1 for _ in element.iter("a"))
    return unlinked_length(element, links) - count <= _LINKS_ONLY * text_length(element) and not any(
        find(element, names) for find in _LANDMARKS
    )


def _largest(candidates: list[HtmlElement], floor: float, links: dict[HtmlElement, int]) -> HtmlElement | None:
    if not candidates:
        return None
    lengths = [(unlinked_length(element, links), -number) for number, element in enumerate(candidates)]
    length, number = max(lengths)
    return candidates[-number] if length >= floor and (length > 0 or text_length(candidates[-number]) > 0) else None


def _innermost(found: HtmlElement, names: frozenset[str]) -> HtmlElement:
    """Return the innermost landmark that holds nearly all of what was found, since less noise is in it."""
    floor = _DOMINANT * unlinked_length(found)
    for find in _LANDMARKS:
        for inner in find(found, names):
            if (
                inner is not found
                and unlinked_length(inner) >= floor
                and (inner.find(".//h1") is not None or found.find(".//h1") is None)
            ):
                return _innermost(inner, names)
    return found


def _with_siblings(found: HtmlElement, candidates: list[HtmlElement], whole: HtmlElement) -> HtmlElement:
    """Return the parent where a page sets its text in several articles side by side."""
    parent = found.getparent()
    if found.tag != "article" or parent is None:
        return found
    beside = [element for element in candidates if element.getparent() is parent and element is not found]
    if sum(map(unlinked_length, beside)) <= unlinked_length(found) / 4:
        above = found.getprevious()
        if above is not None and _heads(above, found, is_inner=parent is not whole):
            found.insert(0, above)
        return found
    if parent is whole:  # what else stands in it is not text
        return make("div", "", *(element for element in candidates if element.getparent() is parent))
    _take_in(parent)
    return parent


def _heads(above: HtmlElement, found: HtmlElement, *, is_inner: bool) -> bool:
    """Tell whether an element is the header of the article below it, or the title that stands outside of it."""
    if above.tag == "h1":
        return found.find(".//h1") is None and text_length(above) > 0
    return is_inner and above.tag == "header" and _is_section(above, HEADINGS)


def _take_in(inner: HtmlElement) -> None:
    """Move what is text beside an element into it: introductions, and short sections beside a long one."""
    headed: tuple[str, ...] = ("h2", "h3", "h4", "pre")
    after = [element for element in inner.itersiblings() if _is_section(element, headed)]
    above = list(inner.itersiblings(preceding=True))
    after = [element for element in inner.itersiblings() if element in after or _is_twin(element, inner)]
    is_under_title = not _is_titled(inner) and any(map(_is_titled, above))
    if is_under_title:
        headed += ("h1", "p")  # whatever stands between the title and the text
    for element in above:
        is_text = (element.tag in _FLOW and _is_unlinked(element)) or (is_under_title and _speaks(element))
        if is_text or _is_section(element, headed) or _is_twin(element, inner):
            inner.insert(0, element)
        is_under_title = is_under_title and not _is_titled(element)
    inner.extend(after)


def _is_titled(element: HtmlElement) -> bool:
    return next(element.iter("h1"), None) is not None


def _is_twin(element: HtmlElement, inner: HtmlElement) -> bool:
    """Tell whether an element is a section of the same class as another, under a heading of its own."""
    first = next(iter(element), None)
    if first is None or first.tag not in HEADINGS or element.tag != inner.tag or not element.get("class"):
        return False
    return element.get("class") == inner.get("class") and not is_noise_name(element.get("id", ""))


def _is_section(element: HtmlElement, headed: Sequence[str]) -> bool:
    """Tell whether an element holds a `headed` tag and text that is hardly linked, and no name calls it noise."""
    if element.tag not in _SECTIONS or is_hidden(element):
        return False
    if is_noise_name(element.get("class", "")) or is_noise_name(element.get("id", "")):
        return False
    return next(element.iter(*headed), None) is not None and _is_unlinked(element)


def _speaks(element: HtmlElement) -> bool:
    """Tell whether an element holds a paragraph that no tag calls so, and nothing sets it aside."""
    if element.tag not in _SECTIONS or is_set_aside(element):
        return False
    paragraphs = (one for one in element.iter("div") if len((one.text or "").strip()) >= _MIN_PARAGRAPH)
    return any(not _is_aside_in(element, one) for one in paragraphs) and _is_unlinked(element)


def _is_aside_in(element: HtmlElement, part: HtmlElement) -> bool:
    """Tell whether something in an element sets a part of it aside, as a dialogue in a `div` without a name."""
    return any(map(is_set_aside, takewhile(lambda one: one is not element, (part, *part.iterancestors()))))


def _is_unlinked(element: HtmlElement) -> bool:
    linked = sum(text_length(a) for a in element.iter("a") if next(a.iterancestors("pre", "code"), None) is None)
    return text_length(element) - linked > _UNLINKED * text_length(element)


def _is_under_heading(table: HtmlElement) -> bool:
    """Tell whether a heading of a section stands right above a table: it is not the page's layout then."""
    above = table.getprevious()
    return above is not None and above.tag in HEADINGS and above.tag != "h1"


def _dominant(whole: HtmlElement, running: int) -> HtmlElement:
    floor = _DOMINANT * running
    found = whole
    while True:
        wrappers = (child for child in found if child.tag in _WRAPPERS)
        inner = next((child for child in wrappers if unlinked_length(child) >= floor), None)
        if inner is None or (inner.tag == "table" and _is_under_heading(inner)):
            break
        _take_in(inner)
        found = inner
    headings = xpath(whole, ".//h1")
    if found is not whole and headings and not xpath(found, ".//h1"):  # the title stands above
        parent = found.getparent()
        while parent is not None and parent is not whole and not xpath(parent, ".//h1"):
            parent = parent.getparent()
        if parent is not None and parent is not whole and unlinked_length(parent) < running * 1.05:
            return parent
    if found.tag in ("table", "tbody") and sum(1 for _ in found.iter("tr")) > 1:
        return _joined([found if found.tag == "table" else next(found.iterancestors("table"), found)])
    if found.tag in ("table", "tbody", "tr", "td"):  # of a layout: what is in it counts
        _open_layout(found)
    return found


def _open_layout(layout: HtmlElement) -> None:
    """Make blocks of the one row of a page's layout, without the cells that are menus beside others."""
    table = layout if layout.tag == "table" else next(layout.iterancestors("table"), None)
    parts = [
        one
        for one in layout.iterdescendants("tbody", "tr", "td", "th")
        if next(one.iterancestors("table"), None) is table
    ]
    cells = [one for one in parts if one.tag in ("td", "th")] if layout.tag != "td" else []
    menus = [cell for cell in cells if is_list_of_links(cell)]
    for part in (layout, *parts) if layout.tag != "td" else (layout,):
        rename(part, "div")
    if any(text_length(cell) for cell in cells if cell not in menus):
        for menu in menus:
            remove(menu)
