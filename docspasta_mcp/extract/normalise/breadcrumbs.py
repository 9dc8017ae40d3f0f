"""The line over a title that says where a page stands: Home / Guide / Install."""

import re
from collections.abc import Iterator
from itertools import islice

from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import HEADINGS, remove, text_length, text_of
from docspasta_mcp.extract.normalise.control_words import is_stamp
from docspasta_mcp.extract.normalise.places import has_prose, is_list_of_links

_LONGEST = 200  # characters
_HERE = re.compile(r"you(?:'|’| a)re here:?", re.IGNORECASE)
_SEPARATORS = re.compile(r"[/\\>»›→|·•:⟩❯~–-]+")
_MAX_LAST = 80  # characters of the page's own name
_HOMES = frozenset(("home", "docs", "documentation", "start", "index", "main", "overview", "help", "🏠", ""))
_LINK = "\0"  # stands for a link; no text holds it
_HOLDERS = frozenset(("p", "div", "ul", "ol", "span", "section", "table"))
_MANY = 3  # links; fewer are no bar
_LAST_PARTS = 6  # of a page, among which its last bar is looked for


def drop_breadcrumbs(root: HtmlElement) -> None:
    """Remove lines of links that lead down to a page, and bars of a site, above its title or where its text begins.

    Bars that end the page below a rule go as well.
    """
    title = next(root.iter("h1"), None)
    name = text_of(title).strip("¶# ").casefold() if title is not None else ""
    for element in _above_text(root):
        if _is_way_here(element, name) or _is_bar(element):
            rule = element.getnext()
            if rule is not None and rule.tag == "hr" and not (element.tail or "").strip():
                remove(rule)
            remove(element)
    _drop_last_bar(root)


def _drop_last_bar(root: HtmlElement) -> None:
    """Remove the line of links to other pages that ends a page below a rule, whose it is aside."""
    last = root
    while len(last) and last[-1].tag in ("div", "section", "footer", "center") and not (last[-1].tail or "").strip():
        last = last[-1]
    parts = list(islice(last.iterchildren(reversed=True), _LAST_PARTS))
    place = next((number for number, part in enumerate(parts) if part.tag == "hr"), 0)
    below = parts[:place]
    bars = [part for part in below if part.tag in _HOLDERS and _is_line(part)]
    announces = next((part for part in parts[place + 1 :] if text_length(part)), None)
    if announces is not None and announces.tag in HEADINGS:
        return
    if not bars or any((part.tail or "").strip() for part in (*below, parts[place])):
        return
    if all(part in bars or not text_length(part) or is_stamp(text_of(part)) for part in below):
        for part in (*below, parts[place]):
            remove(part)


def _is_line(element: HtmlElement) -> bool:
    """Tell whether an element is links to other pages with nothing but bars between them."""
    before, links, between, after = _pieces(element)
    if len(links) < _MANY or before or after or any(link.get("href", "").startswith("#") for link in links):
        return False
    if len(list(islice(element.iter("tr"), 2))) > 1:
        return False
    return all(piece in ("|", "·", "•") for piece in between) or (element.tag == "table" and not any(between))


def _above_text(root: HtmlElement) -> list[HtmlElement]:
    """Return the blocks that stand before the first heading of level 1, or else before any text."""
    title = next(root.iter("h1"), None)
    if title is None:
        return list(_first(root))
    found: list[HtmlElement] = []
    node = title
    while node is not root:
        found += [one for one in node.itersiblings(preceding=True) if one.tag in _HOLDERS]
        parent = node.getparent()
        if parent is None:
            break
        node = parent
    return found


def _first(root: HtmlElement) -> Iterator[HtmlElement]:
    for child in root:
        if child.tag in HEADINGS or has_prose(child):
            return
        if child.tag in _HOLDERS:
            yield child


def _is_way_here(element: HtmlElement, name: str) -> bool:
    """Tell whether a line is links with signs between them, from the site's start down to the page's `name`."""
    if (
        not 0 < text_length(element) <= _LONGEST
        or has_prose(element)
        or next(element.iter(*HEADINGS), None) is not None
    ):
        return False
    before, links, between, after = _pieces(element)
    is_told = bool(_HERE.fullmatch(before))
    if not links or (before and not is_told):
        return False
    is_named = len(links) > 1 and name and after.lstrip("»›>/→ ").casefold() == name
    is_home = text_of(links[0]).lower() in _HOMES or links[0].get("href", "").strip("./") == ""
    if not is_told and not is_home and not is_named:
        return False
    if element.tag in ("ul", "ol") or element.find(".//li") is not None:
        return not any(between) or all(map(_SEPARATORS.fullmatch, between))
    if not (between or after) or not all(map(_SEPARATORS.fullmatch, between)):
        return False
    return not after or (bool(_SEPARATORS.match(after)) and len(after) <= _MAX_LAST)


def _is_bar(table: HtmlElement) -> bool:
    """Tell whether a table is a site's bar: a name at most beside one row of links to other pages."""
    links = [link for link in table.iter("a") if link.get("href")] if table.tag == "table" else []
    if len(links) < _MANY or has_prose(table) or next(table.iter(*HEADINGS), None) is not None:
        return False
    rows = {next(link.iterancestors("tr"), None) for link in links}
    leads_on = not any(link.get("href", "").startswith("#") for link in links)
    return len(rows) == 1 and leads_on and is_list_of_links(table)


def _pieces(element: HtmlElement) -> tuple[str, list[HtmlElement], list[str], str]:
    """Return the text before the first link of a line, its links, the texts between them, and what follows."""
    links = [one for one in element.iter("a") if one.get("href")]
    before, *rest = [" ".join(piece.split()) for piece in _marked(element).split(_LINK)]
    return before, links, rest[:-1], rest[-1] if rest else ""


def _marked(element: HtmlElement) -> str:
    """Return the text of an element with a mark in the place of each link."""
    if element.tag == "a" and element.get("href"):
        return _LINK
    return (element.text or "") + "".join(_marked(child) + (child.tail or "") for child in element)
