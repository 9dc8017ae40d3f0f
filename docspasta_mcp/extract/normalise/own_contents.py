"""A page's own contents, where its generator writes them: links to its places, which its headings say as well.

pod2html sets them above the text, LaTeX2HTML below the introduction, man2html under "Index" at the end.
"""

from typing import cast

from lxml import etree
from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import HEADINGS, remove, text_length, text_of
from docspasta_mcp.extract.selectors import Search

_LISTS = Search("ul#index", "ul.ChildLinks")
_PLACES = etree.XPath("descendant-or-self::*/@id|descendant-or-self::a/@name", smart_strings=False)
_MAX_STAMP = 150  # characters of what a tool says of itself behind its index


def drop_own_contents(root: HtmlElement, names: frozenset[str]) -> None:
    """Remove lists of the page's own places below `root`, and an index of them that ends it."""
    lists = _LISTS(root, names)
    places = frozenset(cast("list[str]", _PLACES(root))) if lists else frozenset[str]()
    for listed in lists:
        links = _links(listed)
        if links and all(link.get("href", "").partition("#")[2] in places for link in links):
            _remove_with_label(listed)
    _drop_last_index(root)


def _links(element: HtmlElement) -> list[HtmlElement]:
    return [link for link in element.iter("a") if link.get("href")]


def _remove_with_label(listed: HtmlElement) -> None:
    """Remove a list, the word over it, and the rule that ends it."""
    label, rule = listed.getprevious(), listed.getnext()
    if label is not None and label.tag in ("a", "strong") and not label.get("href"):
        remove(label)
    if rule is not None and rule.tag == "hr":
        remove(rule)
    remove(listed)


def _drop_last_index(root: HtmlElement) -> None:
    heading = next(reversed(list(root.iter(*HEADINGS))), None)
    if heading is None or text_of(heading).lower() != "index":
        return
    rest = list(heading.itersiblings())
    links = [link for part in rest for link in _links(part)]
    said = sum(text_length(part) for part in rest) + sum(len((part.tail or "").strip()) for part in (heading, *rest))
    if len(links) < 2 or not all(link.get("href", "").startswith("#") for link in links):
        return
    if said - sum(map(text_length, links)) > _MAX_STAMP:
        return
    for part in (heading, *rest):
        part.tail = None
        remove(part)
    for link in [one for one in root.iter("a") if one.get("href") == "#index" and text_of(one).lower() == "index"]:
        remove(link)
