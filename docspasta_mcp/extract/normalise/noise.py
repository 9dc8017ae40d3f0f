"""What no reader of the text wants: navigation, controls, decoration, and whatever is hidden.

`chrome` judges an element by what it is called and where it stands; what is removed is removed here, in one walk.
"""

import re
from collections.abc import Set
from itertools import dropwhile

from lxml import etree
from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import HEADINGS, remove, remove_all, text_length, text_of
from docspasta_mcp.extract.glances import is_longer
from docspasta_mcp.extract.normalise.buttons import is_control, show_button
from docspasta_mcp.extract.normalise.chrome import PageChrome
from docspasta_mcp.extract.normalise.hidden import is_hidden
from docspasta_mcp.extract.normalise.places import words_in
from docspasta_mcp.extract.selectors import Search, tokens

_LISTS = frozenset(("ul", "ol", "dl", "table"))
_KEPT = frozenset(("html", "body", "main", "pre", "code", "td", "th", "tr", "tbody", "thead"))
_CELLS = frozenset(("td", "th", "tr", "tbody", "code"))
_MENUS = Search(".dropdown-menu", "[role=menu]", "[role=listbox]")
_TIPS = Search("a.tooltip > span")  # shown by CSS while a pointer rests on the link
_SIGN_UP = re.compile(r"subscri|newsletter|sign up|updates|mailing list|stay (?:in|up)", re.IGNORECASE)
_SHORT = 150  # characters of a box that asks for an address


def drop_menus(root: HtmlElement, names: frozenset[str]) -> None:
    """Remove the menus and the tips that open from a word, in code as well."""
    for tip in _TIPS(root, names):
        link = tip.getparent()
        if link is not None and is_longer(link, text_length(tip)):
            remove(tip)
    for menu in _MENUS(root, names):
        before = menu.getprevious()
        parent = menu.getparent()
        if before is None or parent is None or parent.tag == "nav":
            continue
        opens = before.get("data-toggle") or before.get("data-bs-toggle") or before.get("aria-haspopup")
        if opens or "dropdown-toggle" in tokens(before):
            remove(menu)


def drop_noise(root: HtmlElement) -> None:
    """Remove noise below `root`; the tree is walked once."""
    _drop_sign_ups(root)
    etree.strip_elements(root, "option", "optgroup", "datalist", "svg", with_tail=False)
    page = PageChrome(root)
    removed: set[HtmlElement] = set()
    for element in list(root.iterdescendants()):
        tag = element.tag
        if not isinstance(tag, str):  # a comment
            remove(element)
        elif tag == "button":
            if is_control(element):
                removed.add(element)
            else:
                show_button(element)
        elif tag in _KEPT:
            if tag in _CELLS and is_hidden(element):
                removed.add(element)
        elif (noise := page.noise(element, tag)) is not None:
            removed.add(noise)
    remove_all(root, removed - _contents(root, removed))


def _drop_sign_ups(root: HtmlElement) -> None:
    """Remove what asks for an address to send news to: the largest block around a field that says little else."""
    small: dict[HtmlElement, bool] = {}
    kept: set[HtmlElement] = set()
    for field in [one for one in root.iter("input") if one.get("type") == "email" or one.get("name") == "email"]:
        found = None
        for above in field.iterancestors():
            if above not in small:
                small[above] = not is_longer(above, _SHORT) and next(above.iter("pre", "table", "h1"), None) is None
            if above is root or not small[above]:
                break
            found = above
        if found is None or found in kept:
            continue
        if _SIGN_UP.search(text_of(found)) is None:
            kept.add(found)
        else:
            for above in found.iterancestors():
                small.pop(above, None)
            remove(found)


def _contents(root: HtmlElement, removed: Set[HtmlElement]) -> Set[HtmlElement]:
    """Return the lists of links under a heading if a page has nothing else: a chapter's list of its sections."""
    parents = {one.getparent(): None for one in removed if one.tag in _LISTS}
    lists = {one for parent in parents if parent is not None for one in _headed(parent) if one in removed}
    if not lists:
        return lists
    outer = [one for one in removed if not any(above in removed for above in one.iterancestors())]
    known = sum(words_in(text_of(one)) for one in (*outer, *root.iter(*HEADINGS)))
    return lists if words_in(text_of(root)) <= known else frozenset()


def _headed(parent: HtmlElement) -> list[HtmlElement]:
    """Return the lists of an element that stand below a heading of it."""
    after = dropwhile(lambda one: one.tag not in HEADINGS, parent)
    return [one for one in after if one.tag in _LISTS]
