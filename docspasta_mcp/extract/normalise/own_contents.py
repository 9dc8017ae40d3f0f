"""A page's own contents: a block of links whose texts are the headings below it, and say nothing else.

Generators set them above the text (pod2html, Halibut, groff), below the introduction (LaTeX2HTML), under "On this page"
beside it, and man2html under "Index" at the end. A list whose links go on with words of their own is text.
"""

import re
from typing import cast

from lxml import etree
from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import HEADINGS, linked_length, remove, text_length, text_of
from docspasta_mcp.extract.glances import is_longer
from docspasta_mcp.extract.normalise.control_words import is_contents_label

_NUMBER = re.compile(
    r"\A(?:(?:chapter|section|appendix|part)\s+)?(?:\d{1,4}|[A-Z])(?:\.\d{1,4}){0,9}[.:)]?\s+", re.IGNORECASE
)
_PLACES = etree.XPath("descendant-or-self::*/@id|descendant-or-self::a/@name", smart_strings=False)
_MOSTLY = 0.8  # of the links say what headings say
_LEAST = 2  # such links without a word over them
_SIGNS = 6  # characters beside each link: its number, a bullet, a separator
_MAX_LABEL = 40  # characters
_MAX_STAMP = 150  # characters of what a tool says of itself behind its index
_LABELS = (*HEADINGS, "p", "div", "strong", "b", "summary", "caption", "th", "dt", "a", "span")
_BESIDE = frozenset(("a", "br", "hr"))


def drop_own_contents(root: HtmlElement) -> None:
    """Remove blocks of links to the page's own headings below `root`, and an index of them that ends it."""
    _drop_last_index(root)
    has_headings = next(root.iter(*HEADINGS), None) is not None
    links = [link for link in root.iter("a") if "#" in link.get("href", "")] if has_headings else []
    if any(not link.get("href", "").startswith("#") for link in links):
        places = frozenset(cast("list[str]", _PLACES(root)))
        links = [link for link in links if _leads_within(link, places)]
        names = {link.get("href", "").partition("#")[0] for link in links} - {""}
        links += [link for link in root.iter("a") if link.get("href") in names]
    if links:
        known = _Contents(root, links)
        for link in known.matched:
            known.drop_around(link)


class _Contents:
    """What is known of a page's links to its own headings: asked anew for each, it would take the square of them."""

    def __init__(self, root: HtmlElement, links: list[HtmlElement]) -> None:
        self._root = root
        self._places = {one: place for place, one in enumerate(root.iter("a", *HEADINGS))}
        self._last = {_bare(text_of(one)): place for one, place in self._places.items() if one.tag != "a"}
        self._first = next(iter(self._last.values()), -1)
        self._lengths: dict[HtmlElement, int] = {}
        self._judged: dict[HtmlElement, bool] = {}
        self._within = set(links)
        self._tried: set[HtmlElement] = set()
        self.matched = [link for link in links if _bare(text_of(link)) in self._last]
        self._matched = set(self.matched)

    def _precede(self, links: list[HtmlElement]) -> bool:
        """Tell whether most of the headings that links name stand below them, the page's first left aside."""
        places = [(self._last[_bare(text_of(link))], self._places[link]) for link in links if link in self._matched]
        below = sum(heading > link or heading == self._first for heading, link in places)
        return len(places) >= _LEAST and below >= _MOSTLY * len(places)

    def drop_around(self, link: HtmlElement) -> None:
        """Remove the largest block around a link that is nothing but contents, and the word over it."""
        if link.getparent() is None or self._root not in link.iterancestors():
            return
        found = None
        for above in link.iterancestors():
            if above is self._root or not self._is_contents(above):
                break
            found = above
        if found is None:
            self._drop_run(link)
        elif found not in self._tried:
            self._tried.add(found)
            self._remove_with_label(found)

    def _is_contents(self, element: HtmlElement) -> bool:
        if element not in self._judged:
            self._judged[element] = self._judge(element)
        return self._judged[element]

    def _judge(self, element: HtmlElement) -> bool:
        if next(element.iter("pre", "img", "form"), None) is not None:
            return False
        if any(not _is_label(one) for one in element.iter(*HEADINGS)):
            return False
        links = [link for link in element.iter("a") if link.get("href")]
        if not all(link in self._within for link in links):
            return False
        if sum(link in self._matched for link in links) < _MOSTLY * len(links):
            return False
        label = next((one for one in element.iter(*_LABELS) if _is_label(one)), None)
        beside = text_length(element) - linked_length(element, self._lengths)
        return beside - (text_length(label) if label is not None else 0) <= _SIGNS * len(links)

    def _remove_with_label(self, listed: HtmlElement) -> None:
        """Remove a list, the word over it, and the rule that ends it, unless a heading or a sentence announces it."""
        above, rule = _above(listed), listed.getnext()
        is_label = above is not None and not above.get("href") and not (above.tail or "").strip() and _is_label(above)
        if not is_label and not any(map(_is_label, listed.iter(*_LABELS))):
            is_announced = above is not None and (above.tag in HEADINGS[1:] or text_of(above).endswith(":"))
            if is_announced or not self._precede(list(listed.iter("a"))):
                return
        if above is not None and is_label:
            remove(above)
        if rule is not None and rule.tag == "hr":
            remove(rule)
        remove(listed)

    def _drop_run(self, link: HtmlElement) -> None:
        """Remove links that stand one below another, in no list, with nothing but line ends between."""
        run = [link] if link not in self._tried else []
        for part in link.itersiblings() if run else ():
            if part.tag not in _BESIDE or len((run[-1].tail or "").strip()) > 1:
                break
            if part.tag == "a" and part not in self._matched:
                break
            run.append(part)
        links = [part for part in run if part.tag == "a"]
        self._tried.update(links)
        if len(links) <= _LEAST:
            return
        before, is_open = link.getprevious(), (links[-1].tail or "").strip()
        is_first = before is None or (
            before.tag in (*_BESIDE, *HEADINGS, "p", "div") and not (before.tail or "").strip()
        )
        if is_open or not is_first or len(links) == len(run) or not self._precede(links):
            return
        for part in run:
            remove(part)


def _bare(text: str) -> str:
    """Return a heading's text without its number and the mark that links it."""
    bare = _NUMBER.sub("", text.strip("¶#§ \xa0"), count=1) if text[:1].isalnum() else text.strip("¶#§ \xa0")
    return " ".join(bare.split()).casefold()


def _leads_within(link: HtmlElement, places: frozenset[str]) -> bool:
    path, _, place = link.get("href", "").partition("#")
    return not path or (
        (not place or place in places) and "://" not in path
    )  # the page's own name may stand before the sign


def _is_label(element: HtmlElement) -> bool:
    return not is_longer(element, _MAX_LABEL) and is_contents_label(text_of(element))


def _above(element: HtmlElement) -> HtmlElement | None:
    """Return what stands right above an element, or above what it is the first part of."""
    node: HtmlElement | None = element
    while node is not None:
        if (before := node.getprevious()) is not None:
            return before
        node = node.getparent()
        if node is not None and (node.text or "").strip():
            return None
    return None


def _drop_last_index(root: HtmlElement) -> None:
    heading = next(reversed(list(root.iter(*HEADINGS))), None)
    if heading is None or text_of(heading).lower() != "index":
        return
    rest = list(heading.itersiblings())
    links = [link for part in rest for link in part.iter("a") if link.get("href")]
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
