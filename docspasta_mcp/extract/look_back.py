"""After the main content is chosen, look at what was left outside: running text there belongs to the page as well.

Some pages set their text in several articles of different sections, or a description above a long list of which much is
linked. Where text was left out, the choice grows to what holds both. What HTML, a role or a name sets aside stays out.
"""

import re
from collections.abc import Iterator

from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import (
    HEADINGS,
    ancestors,
    child_with,
    linked_length,
    remove,
    text_length,
    text_of,
    unlinked_length,
)
from docspasta_mcp.extract.normalise.control_words import is_label, is_noise_name, is_related_name, is_stamp
from docspasta_mcp.extract.normalise.hidden import is_hidden
from docspasta_mcp.extract.normalise.places import is_list_of_links

_MIN_STRAY = 60  # characters of a paragraph, outside links
_MIN_SHARE = 0.1  # of what was chosen; less is a slogan
_MIN_SHARE_NAMED = 1.0  # of what a generator's own name says is the text
_SET_ASIDE = frozenset("nav footer aside form button dialog script style template noscript select svg iframe".split())
_ROLES = frozenset("navigation banner contentinfo complementary search dialog alertdialog menu menubar tablist".split())
_TEXT = frozenset(("p", "pre", "dd", "blockquote", "li", "td"))
_LISTING = 0.25  # of a text is links where it lists what something has
_MENU_TITLES = frozenset(("contents", "navigation", "menu", "table of contents", "topics", "documentation", "pages"))
_COLUMNS = 2  # of links under headings
_FOOT = 0.8  # of the characters of a site's foot are links and headings; the rest says whose it is
_MANY = 3  # links; fewer are not a menu
_ROWS = 4  # elements around a title within the page's header
_LANGUAGE = re.compile(r"(?:^|\s)lang(?:uage)?-\w")
_BESIDE_CODE = 60  # characters: the caption of a block of code


def look_back(found: HtmlElement, whole: HtmlElement, *, is_named: bool) -> HtmlElement:
    """Return the chosen element, or the ancestor that also holds the running text it leaves out.

    Args:
        found: the chosen element.
        whole: the page's body.
        is_named: whether a generator's own name for the text was believed.
    """
    scope = _scope(found, whole)
    if scope is found:
        return found
    least = _MIN_SHARE_NAMED if is_named else _MIN_SHARE
    strays = list(_strays(scope, found, set(found.iterancestors())))
    if sum(map(unlinked_length, strays)) < max(_MIN_STRAY, least * unlinked_length(found)):
        if not _take_lead(strays, found):
            _take_excerpt(found)
        _take_code(strays, found)
        return found
    wider = _common(found, strays, scope)
    _drop_aside(wider, {found, *found.iterancestors()}, set(strays))
    return wider


def drop_menus_above(root: HtmlElement, links: dict[HtmlElement, int]) -> None:
    """Remove lists of links that stand above the title, beside the column of the text: the site's menu.

    Args:
        root: the chosen element.
        links: the lengths of links, as far as they are known.
    """
    node = root
    linked, whole = linked_length(root, links), text_length(root)
    floor = 0.9 * (whole - linked)
    while True:
        inner = child_with(node, whole, floor, linked)
        is_small = inner is None
        if is_small:
            inner = next((child for child in node if child.tag == "div" and child.find(".//h1") is not None), None)
        if inner is None or inner.tag in ("p", "table", "ul", "ol", "dl", "pre", "article"):
            return
        if next(inner.iter("h1", "h2"), None) is None:
            return
        for before in list(inner.itersiblings(preceding=True)):
            if before.find(".//h1") is None and before.tag != "h1":
                is_menu = _is_menu(before) and not (is_small and _leads_within(before))
                if is_menu or _is_titled_menu(before):
                    remove(before)
            elif before.tag == "header":
                for menu in list(before.iter("ul", "ol")):
                    if menu.getparent() is not None and is_list_of_links(menu) and menu.find(".//h1") is None:
                        remove(menu)
            else:
                return
        node = inner


def drop_columns_below(root: HtmlElement) -> None:
    """Remove what stands last, beside the text, and is links under several short headings: the foot of a site."""
    last = next((one for one in reversed(root) if text_length(one)), None)
    for _ in range(_MANY):
        if last is None or last.tag not in ("div", "section", "table"):
            return
        if _is_foot(last) and last.find(".//h1") is None:
            remove(last)
            return
        last = next((one for one in reversed(last) if text_length(one)), None)


def _is_foot(element: HtmlElement) -> bool:
    headings = [one for one in element.iter(*HEADINGS) if text_length(one)]
    if len(headings) < _COLUMNS or next(element.iter("pre", "table", "dl", "code"), None) is not None:
        return False
    linked, titles = linked_length(element), sum(map(text_length, headings))
    links = sum(1 for _ in element.iter("a"))
    return links >= 2 * len(headings) and linked + titles >= _FOOT * text_length(element) and not _leads_within(element)


def _is_menu(element: HtmlElement) -> bool:
    if next(element.iter(*HEADINGS), None) is not None or element.tag in HEADINGS:
        return False
    return is_list_of_links(element) and sum(1 for _ in element.iter("a")) >= _MANY


def _leads_within(element: HtmlElement) -> bool:
    """Tell whether most links of an element lead to places of the page itself: it lists what the page tells."""
    anchors = [anchor.get("href", "") for anchor in element.iter("a")]
    return sum(1 for href in anchors if href.startswith("#")) * 2 > len(anchors)


def _is_titled_menu(element: HtmlElement) -> bool:
    """Tell whether an element is a long list of links under headings of a few words."""
    if next(element.iter("p", "pre", "table", "dl", "h1"), None) is not None or element.tag in HEADINGS:
        return False
    if _leads_within(element):
        return False
    titles = sum(map(text_length, element.iter(*HEADINGS)))
    linked, whole = linked_length(element), text_length(element)
    is_called = any(text_of(one).lower() in _MENU_TITLES for one in element.iter(*HEADINGS))
    return (
        sum(1 for _ in element.iter("a")) >= (_MANY if is_called else _MANY + 2)
        and linked + titles >= 0.9 * whole
        and linked >= whole / 2
    )


def _scope(found: HtmlElement, whole: HtmlElement) -> HtmlElement:
    """Return where the page's text may be: its `main`, or the whole body."""
    if found.tag == "main" or found.get("role") == "main":
        return found
    for above in found.iterancestors():
        if above.tag == "main" or above.get("role") == "main":
            return above
        if above is whole:
            break
    return whole


def _strays(node: HtmlElement, found: HtmlElement, around: set[HtmlElement]) -> Iterator[HtmlElement]:
    """Yield the elements with running text outside what was chosen, and outside what is set aside."""
    for child in node:
        if child is found or is_set_aside(child):
            continue
        if child in around:
            yield from _strays(child, found, around)
        elif child.tag in _TEXT:
            least = 1 if child.tag == "pre" else _MIN_STRAY
            if unlinked_length(child) >= least and not is_list_of_links(child):
                yield child
        elif len(child):
            yield from _strays(child, found, around)
        elif unlinked_length(child) >= _MIN_STRAY and child.tag != "a":
            yield child


def is_set_aside(element: HtmlElement) -> bool:
    """Tell whether HTML, a role or a name sets an element outside the text aside."""
    if element.tag in _SET_ASIDE or element.get("role") in _ROLES or is_hidden(element):
        return True
    if element.tag in HEADINGS or element.tag in _TEXT:
        return False
    return is_noise_name(element.get("class", "")) or is_noise_name(element.get("id", ""))


def _take_excerpt(found: HtmlElement) -> None:
    """Move the paragraphs that stand right under the page's only title into what was chosen below it."""
    titles = [title for title in found.getroottree().iter("h1") if text_length(title)]
    if (
        len(titles) != 1
        or found in titles[0].iterancestors()
        or next(titles[0].iterancestors("nav", "footer"), None) is not None
    ):
        return
    around = {found, *found.iterancestors()}  # a paragraph that was forgotten to end may hold the text
    lines = _lines_under(titles[0], around)
    order = {element: number for number, element in enumerate(found.getroottree().iter("h1", str(found.tag)))}
    if order[titles[0]] < order[found]:
        for line in reversed(lines):
            found.insert(0, line)


def _lines_under(title: HtmlElement, around: set[HtmlElement]) -> list[HtmlElement]:
    """Return the paragraphs right under a title, or the line under the row that it stands in within the header."""
    header = next((above for above in ancestors(title, _ROWS) if above.tag in ("header", "hgroup")), None)
    for row in (title, *title.iterancestors()):
        lines: list[HtmlElement] = []
        for following in row.itersiblings():
            line = _paragraph(following)
            if line is None or line in around or not _is_excerpt(line):
                break
            lines.append(line)
            if following.tag != "p" or row is not title:  # rows below say who wrote it and when
                break
        if lines or header is None or row.getparent() is header:
            return lines
    return []


def _paragraph(element: HtmlElement) -> HtmlElement | None:
    """Return the paragraph that an element is, or that is all of it."""
    for _ in range(_ROWS):
        if element.tag == "p":
            return element
        if element.tag != "div" or len(element) != 1 or (element.text or "").strip():
            return None
        element = element[0]
    return None


def _is_excerpt(line: HtmlElement) -> bool:
    text = text_of(line)
    if any("banner" in above.get("class", "") for above in (line, *ancestors(line, 4))):
        return False
    if line.find(".//time") is not None or is_set_aside(line) or is_label(text) or is_stamp(text):
        return False
    return len(text.split()) >= _MANY and unlinked_length(line) >= len(text) / 2


def _take_code(strays: list[HtmlElement], found: HtmlElement) -> None:
    """Move the column right behind the text of a `main` into it, if it is code of named languages with captions."""
    column = found.getnext()
    if column is None or next((one for one in found.iterancestors() if one.tag == "main"), None) is None:
        return
    inside = set(column.iter("pre"))
    blocks = [stray for stray in strays if stray in inside]
    if not blocks or len(blocks) < len(inside) or not all(map(_names_language, blocks)):
        return
    if next(column.iter("a", "form", "img"), None) is not None or is_related_name(column.get("class", "")):
        return
    if text_length(column) <= sum(map(text_length, blocks)) + _BESIDE_CODE * len(blocks):
        found.append(column)


def _names_language(block: HtmlElement) -> bool:
    codes = (block, *block.iter("code"))
    return any("data-lang" in code.attrib or _LANGUAGE.search(code.get("class", "")) for code in codes)


def _take_lead(strays: list[HtmlElement], found: HtmlElement) -> bool:
    """Move what stands between the page's only title and a listing into it: the description of a class."""
    titles = [title for title in found.getroottree().iter("h1") if text_length(title)]
    if not strays or len(titles) != 1 or found in titles[0].iterancestors():
        return False
    if linked_length(found) < _LISTING * text_length(found):
        return False
    places = {element: place for place, element in enumerate(found.getroottree().iter(*_TEXT, "h1", str(found.tag)))}
    lead = [stray for stray in strays if places[titles[0]] < places.get(stray, -1) < places[found]]
    for stray in reversed([stray for stray in lead if stray.tag in ("p", "pre")]):
        found.insert(0, stray)
    return bool(lead)


def _common(found: HtmlElement, strays: list[HtmlElement], scope: HtmlElement) -> HtmlElement:
    """Return the deepest element that holds all of them."""
    above = [found, *found.iterancestors()]
    highest = 0
    for stray in strays:
        holders = set(stray.iterancestors())
        highest = max(highest, next(number for number, one in enumerate(above) if one in holders))
    wider = above[highest]
    return wider if scope is wider or scope in wider.iterancestors() else scope


def _drop_aside(node: HtmlElement, around: set[HtmlElement], strays: set[HtmlElement]) -> None:
    """Remove from the wider choice what is set aside, and lists of links without a heading."""
    for child in list(node):
        if child in around:
            if any(one in around for one in child):
                _drop_aside(child, around, strays)
        elif is_set_aside(child) or (child not in strays and _is_menu(child)):
            remove(child)
