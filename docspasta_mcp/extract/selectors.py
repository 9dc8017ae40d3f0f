"""CSS selectors on a parsed page: what they are searched with, and which names a page has that they could find."""

import re
from collections import defaultdict
from functools import lru_cache
from typing import cast

from cssselect import HTMLTranslator, parse
from cssselect.xpath import XPathExpr
from lxml import etree
from lxml.html import HtmlElement

from docspasta_mcp.extract.paths import Paths

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
_BY_TAG = re.compile(r"([\w-]+)\[([^\[\]/]*)\]|(\*)\[([^/]*)\]")
_BY_ATTRIBUTE = re.compile(r"\*\[@([\w-]+)(?: = ('[^']*'))?\]")
_CLASSES = etree.XPath("descendant-or-self::*/@class", smart_strings=False)
_IDS = etree.XPath("descendant-or-self::*/@id", smart_strings=False)
_ROLES = etree.XPath("descendant-or-self::*/@role", smart_strings=False)
CAPITALS = "[capitals]"
_CLASSED = Paths("descendant-or-self::*/@class/..")


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
def _compiled(css: str) -> Paths:
    """Compile selectors to XPaths.

    libxml2 finds elements by name and attributes by name at once, and spends ten times as long on each element that a
    condition has to be asked about. So classes are looked for among the attributes, and the conditions on elements of
    one name, or of any, are gathered into one.
    """
    parts: list[str] = []
    conditions: defaultdict[str, list[str]] = defaultdict(list)
    for path in (TRANSLATOR.selector_to_xpath(selector, prefix="") for selector in parse(css)):
        if match := _BY_ATTRIBUTE.fullmatch(path):
            parts.append(f"*/@{match[1]}{f'[. = {match[2]}]' if match[2] else ''}/..")
        elif match := _BY_CLASS.match(path):
            asked = f"*/@class[contains(., '{match[1]}')]"
            parts.append(f"{asked}/parent::{path}" if "]/" in path else f"{asked}[parent::{path}]/..")
        elif match := _BY_TAG.fullmatch(path):
            conditions[match[1] or match[3]].append(match[2] or match[4])
        else:
            parts.append(path)
    parts += (f"{tag}[({') or ('.join(given)})]" for tag, given in conditions.items())
    return Paths("|".join(f"descendant-or-self::{part}" for part in parts))


def names_of(element: HtmlElement) -> frozenset[str]:
    """Return the class names, ids and roles that occur in a page or a part of it.

    Roles are there also as `[role=main]`, and `CAPITALS` if a class is written in capitals alone.
    """
    classes = set(cast("list[str]", _CLASSES(element)))
    roles = set(cast("list[str]", _ROLES(element)))
    found = {*cast("list[str]", _IDS(element)), *roles, *(f"[role={role}]" for role in roles)}
    if any(map(str.isupper, classes)):
        found.add(CAPITALS)
    return frozenset(found.union(*map(_tokens, classes)))


def lower_capitals(document: HtmlElement, names: frozenset[str]) -> frozenset[str]:
    """Write class names in small letters that old tools wrote in capitals; return the names that occur then."""
    for element in _CLASSED(document):
        if (said := element.get("class", "")).isupper():
            element.set("class", said.lower())
            names |= _tokens(said.lower())
    return names
