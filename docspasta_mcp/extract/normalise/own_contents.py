"""A page's own contents: a block of links whose texts are the headings below it, and say nothing else.

Generators set them above the text (pod2html, Halibut, groff), below the introduction (LaTeX2HTML), under "On this page"
beside it, and man2html under "Index" at the end. Whatever else a block says, or what announces it, makes it text: lists
of some of the headings, in tables, steps and notes, are what the author says of them.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from itertools import pairwise
from urllib.parse import unquote

from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import HEADINGS, remove, text_of
from docspasta_mcp.extract.glances import has_more, has_text
from docspasta_mcp.extract.normalise.announcements import above, ends_openly, is_announcement
from docspasta_mcp.extract.normalise.control_words import is_contents_label
from docspasta_mcp.urls import path_of

_NUMBER = re.compile(
    r"\A(?:(?:chapter|section|appendix|part)\s+)?(?:\d{1,4}|[A-Z])(?:\.\d{1,4}){0,9}[.:)]?\s+", re.IGNORECASE
)
_LEADING = re.compile(  # a number of two digits, of several parts, or behind a word that says of what
    r"[\W_]*(?:(?:(?i:chapter|section|appendix|part)\s+(?:\d{1,4}|[A-Z])|\d{1,2}|[A-Z](?=[.:)]))|\d{1,4}(?=\.\d))"
    r"(?:\.\d{1,4}){0,9}[\W_]*"
)
_MOSTLY = 0.8  # of the links say what headings say
_LEAST = 2  # such links without a word over them
_MAX_LABEL = 40  # characters
_MAX_STAMP = 150  # characters of what a tool says of itself behind its index
_STAMP = "this document was created by"
_SIGNS = frozenset("|·•*-–—,.:;/[](){}<>«»‹›→#§¶&")
_LABELS = frozenset((*HEADINGS, "p", "div", "strong", "b", "summary", "caption", "th", "dt", "a", "span"))
_BLOCKS = frozenset(("ul", "ol", "dl", "nav", "div", "section", "aside", "table", "details", "menu", "center"))
_PARTS = ("table", "ul", "ol", "dl", "blockquote", "figure")
_FLOWS = frozenset(("body", "main", "article", "div", "section", "center", "p"))
_SHOWN = ("pre", "img", "form", "video", "audio", "iframe", "object", "math")
_BESIDE = frozenset(("a", "br", "hr"))


def drop_own_contents(root: HtmlElement, base: str) -> None:
    """Remove blocks of links to the page's own headings below `root`, and an index of them that ends it.

    Args:
        root: the page's content.
        base: the page's URL.
    """
    known = _Contents(root, base)
    _drop_last_index(root, known)
    for link in known.matched:
        known.drop_around(link)


class _Contents:
    """What is known of a page's links to its own headings: asked anew for each, it would take the square of them."""

    def __init__(self, root: HtmlElement, base: str) -> None:
        self._root = root
        headings = list(root.iter(*HEADINGS))
        links = [one for one in root.iter("a") if one.get("href")] if headings else []
        own = _page(base)
        self._within = {one for one in links if _leads_within(one, own)}
        self._places = {one: place for place, one in enumerate(root.iter("a", *HEADINGS))} if self._within else {}
        self._names = {self._places[one]: _bare(text_of(one)) for one in headings if one in self._places}
        self._sorted = list(self._names)
        self._last = {name: place for place, name in self._names.items()}
        self._targets = {target for one in headings for target in _targets(one)} if self._within else set[str]()
        self._judged: dict[HtmlElement, bool] = {}
        self._labelled: set[HtmlElement] = set()
        self._laid_out: dict[HtmlElement, bool] = {}
        self._announces: dict[HtmlElement, bool] = {}
        self._blank: dict[HtmlElement, bool] = {}
        self._tried: set[HtmlElement] = set()
        self.matched = [link for link in links if link in self._within and _bare(text_of(link)) in self._last]
        self._matched = set(self.matched)

    def drop_around(self, link: HtmlElement) -> None:
        """Remove the largest block around a link that is nothing but contents, and the word over it."""
        if link.getparent() is None or self._root not in link.iterancestors():
            return
        found = None
        for around in link.iterancestors():
            if around is self._root or not self.is_contents(around):
                break
            found = around if around.tag in _BLOCKS else found
        if found is None:
            self._drop_run(link)
        elif found not in self._tried:
            self._tried.add(found)
            if self._stands_in_text(found):
                self._remove_with_label(found)

    def is_contents(self, element: HtmlElement) -> bool:
        """Tell whether an element says nothing but links to headings, their numbers, and a word over them."""
        if element not in self._judged:
            self._judged[element] = self._judge(element)
        return self._judged[element]

    def _judge(self, element: HtmlElement) -> bool:
        """Read an element: a number stands before a link only, and words nowhere but in a label at its head."""
        numbered, links, matched, last = False, 0, 0, ""
        for kind, piece in _pieces(element):
            if kind == "shown" or (kind == "label" and (links or last == "number")):
                return False
            if kind == "link":
                if not (piece in self._matched or self._leads_to_heading(piece)):
                    return False
                links, matched = links + 1, matched + (piece in self._matched)
            elif kind == "number":
                if last == "number" or (links and not numbered):
                    return False
                numbered = True
            elif kind == "label":
                self._labelled.add(element)
                continue
            last = kind
        return last == "link" and matched >= _MOSTLY * links

    def _leads_to_heading(self, link: HtmlElement) -> bool:
        place = link.get("href", "").partition("#")[2]
        return link in self._within and (place in self._targets or unquote(place) in self._targets)

    def _stands_in_text(self, block: HtmlElement) -> bool:
        """Tell whether a block is in no list, table or quotation, but one that the page's text is laid out in."""
        around = next(block.iterancestors(*_PARTS), None)
        if around is None or around is self._root or self._root not in around.iterancestors():
            return True
        if around not in self._laid_out:
            self._laid_out[around] = next(around.iter(*HEADINGS), None) is not None
        return self._laid_out[around]

    def _remove_with_label(self, listed: HtmlElement) -> None:
        """Remove a list, the word over it, and the rule that ends it, unless something announces it."""
        before, rule = above(listed, self._root, self._blank), listed.getnext()
        label = before if isinstance(before, HtmlElement) and _is_label(before) else None
        is_told = label is not None or listed in self._labelled
        if not is_told and (self._is_announcement(before) or not self._precede(list(listed.iter("a")))):
            return
        if label is not None:
            remove(label)
        if rule is not None and rule.tag == "hr":
            remove(rule)
        remove(listed)

    def _is_announcement(self, said: HtmlElement | str | None) -> bool:
        if not isinstance(said, HtmlElement):
            return said is not None and ends_openly(said)
        if said not in self._announces:
            self._announces[said] = is_announcement(said)
        return self._announces[said]

    def _precede(self, links: list[HtmlElement]) -> bool:
        """Tell whether links name the headings that follow them in their order, from the next on."""
        links = [link for link in links if link in self._matched]
        if len(links) < _LEAST:
            return False
        named = [self._last[_bare(text_of(link))] for link in links]
        following = bisect_right(self._sorted, self._places[links[-1]])
        if following == len(self._sorted) or self._names[self._sorted[following]] not in map(self._names.get, named):
            return False
        below = sum(place > self._places[links[-1]] or place == self._sorted[0] for place in named)
        in_order = 1 + sum(one <= other for one, other in pairwise(named))
        return min(below, in_order) >= _MOSTLY * len(links)

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
        parent = link.getparent()
        if len(links) <= _LEAST or len(links) == len(run) or (links[-1].tail or "").strip():
            return
        if parent is None or (parent is not self._root and parent.tag not in _FLOWS) or not self._stands_in_text(link):
            return
        before = link.getprevious()
        is_first = before is None or (
            before.tag in (*_BESIDE, *HEADINGS, "p", "div") and not (before.tail or "").strip()
        )
        if not is_first or self._is_announcement(above(link, self._root, self._blank)) or not self._precede(links):
            return
        for part in run:
            remove(part)


def _pieces(element: HtmlElement) -> Iterator[tuple[str, HtmlElement]]:
    """Yield what an element says, in its order: links, labels, numbers, and what else it shows; signs are nothing.

    A text that is neither sign nor number, or one right behind a link that has letters or digits, is shown.
    """
    if element.tag in _SHOWN:
        yield "shown", element
    elif element.tag == "a" and element.get("href"):
        if has_text(element):
            yield "link", element
    elif element.tag in _LABELS and _is_label(element):
        yield "label", element
    elif element.tag in HEADINGS and has_text(element):
        yield "shown", element
    else:
        cell = "number" if element.tag in ("td", "th", "dd") and not len(element) else ""
        yield from _words(element.text, element, cell)
        for child in element:
            yield from _pieces(child)
            yield from _words(child.tail, child, "shown" if child.tag == "a" else "")


def _words(text: str | None, element: HtmlElement, kind: str) -> Iterator[tuple[str, HtmlElement]]:
    """Yield what bare words are: a number, or something that is shown; `kind` says what they are in their place."""
    text = (text or "").strip()
    if not text:
        return
    if set("".join(text.split())) <= _SIGNS:
        if kind == "number":
            yield kind, element
    elif kind != "shown" and _LEADING.fullmatch(text):
        yield "number", element
    else:
        yield "shown", element


def _bare(text: str) -> str:
    """Return a heading's text without its number and the mark that links it."""
    bare = _NUMBER.sub("", text.strip("¶#§ \xa0"), count=1) if text[:1].isalnum() else text.strip("¶#§ \xa0")
    return " ".join(bare.split()).casefold()


def _page(url: str) -> str:
    """Return the name of a page in its folder, as links on it may write it."""
    return unquote(path_of(url).rpartition("/")[2])


def _leads_within(link: HtmlElement, own: str) -> bool:
    """Tell whether a link leads to a place on its page; the page's own name may stand before the sign."""
    path, sign, _ = link.get("href", "").partition("#")
    return bool(sign or path) and (not path or (bool(own) and unquote(path).removeprefix("./") == own))


def _targets(heading: HtmlElement) -> Iterator[str]:
    """Yield the names by which links lead to a heading: its own, those in it, right before it, and of its section."""
    around, before = heading.getparent(), heading.getprevious()
    for one in heading.iter():
        yield from (name for name in (one.get("id"), one.get("name")) if name)
    if before is not None and before.tag == "a":
        yield from (name for name in (before.get("id"), before.get("name")) if name)
    if around is not None and before is None and (name := around.get("id")):
        yield name


def _is_label(element: HtmlElement) -> bool:
    """Tell whether an element heads a list of places; what a link says is no label, nor what holds one."""
    if has_more(element, _MAX_LABEL) or not is_contents_label(text_of(element)):
        return False
    within = (*element.iter("a"), *element.iterancestors("a"))
    return not any(one.get("href") and has_text(one) for one in within)


def _drop_last_index(root: HtmlElement, known: _Contents) -> None:
    """Remove the index that man2html sets at the end, with what it says of itself."""
    heading = next(reversed(list(root.iter(*HEADINGS))), None)
    if heading is None or text_of(heading) not in ("Index", "INDEX"):
        return
    rest = list(heading.itersiblings())
    lists = [part for part in rest if part.find(".//a[@href]") is not None]
    stamp = [part for part in rest if part not in lists]
    said = " ".join([*(part.tail or "" for part in (heading, *rest)), *map(text_of, stamp)]).strip()
    links = sum(1 for part in lists for _ in part.iter("a"))
    if links < _LEAST or not all(part.tag in _BLOCKS and known.is_contents(part) for part in lists):
        return
    if said and (len(said) > _MAX_STAMP or not said.lower().startswith(_STAMP)):
        return
    for part in (heading, *rest):
        part.tail = None
        remove(part)
    for link in [one for one in root.iter("a") if one.get("href") == "#index" and text_of(one).lower() == "index"]:
        remove(link)
