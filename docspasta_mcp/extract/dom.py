"""The few operations on a parsed page that every rule of extraction is made of."""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any, cast

from cssselect import HTMLTranslator, parse
from cssselect.xpath import XPathExpr
from lxml import etree
from lxml.html import Element, HtmlElement

HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
BLOCKS = frozenset(
    "address article aside blockquote body center dd details dialog div dl dt fieldset figcaption figure footer form "
    "h1 h2 h3 h4 h5 h6 header hgroup hr li main menu nav ol p pre section summary table tbody td tfoot th thead tr "
    "ul".split()
)

_GONE = "x-gone"  # a tag for what a walk takes out
RARE = {
    "[hidden]": (
        " hidden>",
        " hidden ",
        " hidden=",
        " hidden/",
        " hidden\n",
        "\nhidden",
        "\thidden",
    ),  # no type of input
    "[itemprop=articleBody]": ("articlebody",),
    "[data-footnote-ref]": ("data-footnote-ref",),
    "sup": ("<sup",),
}
"""Parts of selectors, and what the source of a page that has them says somewhere, in lower case."""

_NEEDLES = re.compile(
    r"[.#](?P<name>[A-Za-z_][\w-]*)|(?P<role>\[role=\w+\])|(?P<rare>\[hidden\]|\[itemprop=articleBody\]|\[data-footnote-ref\]|"
    r"(?<![\w-])sup(?![\w-]))"
)
_FRAGMENTS = re.compile(r"\[(?:class|id)[*^]=['\"]?([\w-]+)")
_NEGATED = re.compile(r":not\([^)]*\)")
_BY_CLASS = re.compile(r"\*\[\(*@class and contains\(@class, '([^']+)'\)")
_BY_ATTRIBUTE = re.compile(r"\*\[@([\w-]+)(?: = ('[^']*'))?\]")
_CLASSES = etree.XPath("descendant-or-self::*/@class", smart_strings=False)
_IDS = etree.XPath("descendant-or-self::*/@id", smart_strings=False)
_ROLES = etree.XPath("descendant-or-self::*/@role", smart_strings=False)
_CLASSED = etree.XPath("descendant-or-self::*/@class/..")
_TEXT_LENGTH = etree.XPath("string-length(normalize-space(.))")


class _Translator(HTMLTranslator):
    """Asks for a part of an attribute before it splits it into words, which costs much more."""

    def xpath_attrib_includes(self, xpath: XPathExpr, name: str, value: str | None) -> XPathExpr:
        return super().xpath_attrib_includes(self.xpath_attrib_substringmatch(xpath, name, value), name, value)

    def xpath_first_child_pseudo(self, xpath: XPathExpr) -> XPathExpr:
        return xpath.add_condition("not(preceding-sibling::*[1])")  # a count would go over all of them

    def xpath_last_child_pseudo(self, xpath: XPathExpr) -> XPathExpr:
        return xpath.add_condition("not(following-sibling::*[1])")


TRANSLATOR = _Translator()


@lru_cache(maxsize=8192)
def _tokens(names: str) -> frozenset[str]:
    return frozenset(names.split())


def tokens(element: HtmlElement) -> frozenset[str]:
    """Return the class names of an element."""
    return _tokens(element.get("class", ""))


class Search:
    """CSS selectors, searched for together below an element; results come in document order.

    Only selectors whose class names, ids, roles and rare parts occur on the page are evaluated: there are many, and an
    XPath over a long page takes a millisecond.
    """

    def __init__(self, *css: str) -> None:
        self._parts = [
            (
                one,
                frozenset(needle[str(needle.lastgroup)] for needle in _NEEDLES.finditer(_NEGATED.sub("", one))),
                tuple(_FRAGMENTS.findall(_NEGATED.sub("", one))),
            )
            for one in css
        ]
        self._needles = frozenset[str]().union(*(needles for _, needles, _ in self._parts))
        self._needs_names = all(needles for _, needles, _ in self._parts)

    def __call__(self, element: HtmlElement, names: frozenset[str]) -> list[HtmlElement]:
        """Return the elements found below `element`, on a page where `names` occur."""
        if self._needs_names and self._needles.isdisjoint(names):
            return []
        css = ", ".join(
            one
            for one, needles, fragments in self._parts
            if needles <= names and all(fragment in joined(names) for fragment in fragments)
        )
        return _compiled(css)(element) if css else []


@lru_cache(maxsize=1)
def joined(names: frozenset[str]) -> str:
    """Return the names of a page, a line each: one search through them all costs less than one in each."""
    return "\n".join(names)


@lru_cache(maxsize=2048)
def _compiled(css: str) -> Callable[[HtmlElement], list[HtmlElement]]:
    """Compile selectors to one XPath.

    libxml2 finds elements by name and attributes by name at once, and spends ten times as long on each element that a
    condition has to be asked about. So classes are looked for among the attributes, and only what names neither an
    element nor an attribute is gathered into one condition.
    """
    parts: list[str] = []
    conditions: list[str] = []
    for path in (TRANSLATOR.selector_to_xpath(selector, prefix="") for selector in parse(css)):
        if match := _BY_ATTRIBUTE.fullmatch(path):
            parts.append(f"*/@{match[1]}{f'[. = {match[2]}]' if match[2] else ''}/..")
        elif match := _BY_CLASS.match(path):
            parts.append(f"*/@class[contains(., '{match[1]}')]/parent::{path}")
        elif path.startswith("*[") and "/" not in path:
            conditions.append(path.removeprefix("*[").removesuffix("]"))
        else:
            parts.append(path)
    if conditions:
        parts.append(f"*[({') or ('.join(conditions)})]")
    return cast("Any", etree.XPath(" | ".join(f"descendant-or-self::{part}" for part in parts)))


def names_of(element: HtmlElement) -> frozenset[str]:
    """Return the class names, ids and roles that occur in a page or a part of it, roles also as `[role=main]`."""
    roles = set(cast("list[str]", _ROLES(element)))
    found = {*cast("list[str]", _IDS(element)), *roles, *(f"[role={role}]" for role in roles)}
    return frozenset(found.union(*map(_tokens, set(cast("list[str]", _CLASSES(element))))))


def lower_capitals(document: HtmlElement, names: frozenset[str]) -> frozenset[str]:
    """Write class names in small letters that old tools wrote in capitals; return the names that occur then."""
    for element in cast("list[HtmlElement]", _CLASSED(document)):
        if (said := element.get("class", "")).isupper():
            element.set("class", said.lower())
            names |= _tokens(said.lower())
    return names


def xpath(element: HtmlElement, path: str) -> list[HtmlElement]:
    """Return the elements that an XPath finds."""
    return cast("list[HtmlElement]", _path(path)(element))


@lru_cache(maxsize=256)
def _path(path: str) -> etree.XPath:
    return etree.XPath(path)  # compiling takes longer than finding nothing


def raw_text(element: HtmlElement) -> str:
    """Return an element's text as it is written; `itertext` takes three times as long."""
    if not len(element):
        return element.text or ""
    return etree.tostring(element, method="text", encoding="unicode", with_tail=False)


def text_of(element: HtmlElement) -> str:
    """Return an element's text with single spaces."""
    return " ".join(raw_text(element).split())


def text_length(element: HtmlElement) -> int:
    """Return how many characters of text an element holds, runs of white space counted as one."""
    if not len(element) and (text := element.text or "").isascii():  # most links; an XPath costs ten times as much
        return len(" ".join(text.split()))
    return int(_TEXT_LENGTH(element))  # pyright: ignore[reportArgumentType]  # a number


def unlinked_length(element: HtmlElement, known: dict[HtmlElement, int] | None = None) -> int:
    """Return how many characters of an element's text are in no link; `known` as for `linked_length`."""
    return text_length(element) - linked_length(element, known)


def linked_length(element: HtmlElement, known: dict[HtmlElement, int] | None = None) -> int:
    """Return how many characters of an element's text are in links.

    Args:
        element: holds the links.
        known: the lengths of links that were measured before, and have not changed; takes those that are measured now.
    """
    if known is None:
        return sum(map(text_length, element.iter("a")))
    length = 0
    for link in element.iter("a"):
        if link not in known:
            known[link] = text_length(link)
        length += known[link]
    return length


def child_with(element: HtmlElement, least: float, linked: int) -> HtmlElement | None:
    """Return the first child that holds at least so much text outside links.

    Args:
        element: the parent.
        least: that many characters.
        linked: no fewer than are in links in the parent; most children need no look at theirs.
    """
    for child in element:
        length = text_length(child)
        if length >= least and (length - linked >= least or length - linked_length(child) >= least):
            return child
    return None


def remove(element: HtmlElement) -> None:
    """Take an element out of its tree, and leave the text that follows it."""
    if element.getparent() is not None:
        element.drop_tree()


def unwrap(element: HtmlElement) -> None:
    """Take an element out of its tree, and leave what it holds.

    lxml's own `drop_tag` counts all siblings before it, which takes minutes on a list of 100,000.
    """
    parent = element.getparent()
    if parent is None:
        return
    children, before = list(element), element.getprevious()
    text, tail = element.text or "", element.tail or ""
    if children:
        children[-1].tail = (children[-1].tail or "") + tail
    else:
        text += tail
    if text and before is not None:
        before.tail = (before.tail or "") + text
    elif text:
        parent.text = (parent.text or "") + text
    element.tail = None
    for child in children:
        element.addprevious(child)
    parent.remove(element)


def remove_all(root: HtmlElement, elements: Iterable[HtmlElement]) -> None:
    """Take elements out of the tree below `root` in one walk, and leave the texts that follow them."""
    _marked(elements)
    etree.strip_elements(root, _GONE, with_tail=False)


def unwrap_all(root: HtmlElement, elements: Iterable[HtmlElement]) -> None:
    """Take elements out of the tree below `root` in one walk, and leave what they hold."""
    _marked(elements)
    etree.strip_tags(root, _GONE)


def _marked(elements: Iterable[HtmlElement]) -> None:
    for element in elements:
        element.tag = _GONE


def replace(old: HtmlElement, new: HtmlElement) -> None:
    """Put `new` where `old` is; the text that follows stays."""
    parent = old.getparent()
    if parent is not None:
        new.tail, old.tail = old.tail, None
        parent.replace(old, new)


def make(tag: str, text: str = "", *children: HtmlElement) -> HtmlElement:
    """Return a new element."""
    element = Element(tag)
    element.text = text or None
    element.extend(children)
    return element


def rename(element: HtmlElement, tag: str) -> None:
    """Give an element another tag and no attributes."""
    element.attrib.clear()
    element.tag = tag


def empty(element: HtmlElement, text: str = "") -> None:
    """Replace whatever an element holds by a text; what follows it stays."""
    tail = element.tail
    element.clear()
    element.tail, element.text = tail, text or None


def ancestors(element: HtmlElement, most: int) -> Iterator[HtmlElement]:
    """Yield the nearest `most` ancestors of an element, the nearest first."""
    parent = element.getparent()
    while parent is not None and most > 0:
        yield parent
        parent, most = parent.getparent(), most - 1


def has_block(element: HtmlElement) -> bool:
    """Tell whether an element holds one that starts on a new line."""
    return any(child.tag in BLOCKS for child in element.iterdescendants())  # pyright: ignore[reportUnknownMemberType]


def flatten(root: HtmlElement, *, most: int) -> None:
    """Unwrap every element that is nested deeper than `most`; its text moves up."""
    if not xpath(root, f"boolean({'/'.join(['*'] * (most + 1))})"):
        return
    depths: dict[HtmlElement | None, int] = {root: 0}
    for element in root.iterdescendants():
        depths[element] = depths[element.getparent()] + 1
    unwrap_all(root, (element for element, depth in depths.items() if depth > most and element is not None))
