"""The rules of a page's own `<style>` elements, as browsers on a narrow and on a wide screen read them."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, cast

import tinycss2
from cssselect import SelectorError, parse
from lxml import etree
from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import TRANSLATOR, tokens
from docspasta_mcp.extract.hiding_styles import Declarations, declarations
from docspasta_mcp.runtime.bounded_cache import BoundedCache

MAX_CSS = 1_000_000  # characters of a page's styles; real ones have up to 300,000
_MAX_SELECTORS = 20_000
_MAX_SELECTOR = 500  # characters
_MAX_NESTED = 8  # blocks in blocks
_MAX_SIBLINGS = 1_500  # elements of a page in which `a ~ b` is looked for; time grows with their square, 0.3 s at this
_WIDTHS_PX = (400.0, 1_280.0)  # a telephone and a desk
_WIDTH = re.compile(r"\(\s*(min|max)-width\s*:\s*(\d+(?:\.\d+)?)(px|r?em)?\s*\)")
_LATER_WIDTH = re.compile(r"\(\s*width\s*(>=?|<=?)\s*(\d+(?:\.\d+)?)(px|r?em)?\s*\)")
_READ_IN = frozenset(("media", "supports", "layer", "container", "scope", "starting-style"))
_CACHED_SHEETS = 16
_STATE = re.compile(
    r"::?(?:hover|focus(?:-within|-visible)?|active|target(?:-within)?|checked|open|popover-open|visited|link|enabled)"
    r"(?![\w-])"
)
_NAME = re.compile(r"[.#]((?:[\w-]|[^\x00-\x7f])+)")
_ONE_CLASS = re.compile(r"\.[A-Za-z_][\w-]*", re.ASCII)
_CLASSED = etree.XPath("//*[@class]")
_NEGATED = re.compile(r":not\([^()]*\)")
_Given = tuple[Declarations, Declarations]  # all, and those that are important


@dataclass(frozen=True, eq=False)
class Rule:
    """A selector with its declarations.

    `is_on` tells whether the conditions around it hold on every screen; `has_state` whether it waits for a pointer, a
    tick, a target.
    """

    selector: str
    given: Declarations
    important: Declarations
    weight: tuple[int, int, int, int]
    is_on: bool
    has_state: bool
    names: frozenset[str]

    def find(self, index: "Index") -> list[HtmlElement]:
        """Return the elements of a page that it is about; none if it cannot be asked."""
        if _ONE_CLASS.fullmatch(self.selector):
            return index.by_class.get(self.selector[1:], [])
        if self.siblings > 1 or (self.siblings and index.size > _MAX_SIBLINGS):
            return []
        path = _path(_STATE.sub("", self.selector) or "*")
        return cast("list[HtmlElement]", path(index.document)) if path is not None else []

    @cached_property
    def siblings(self) -> int:
        """How often its selector looks among all later siblings."""
        return self.selector.count("~") - self.selector.count("~=")

    @cached_property
    def subject(self) -> str:
        """The last part of its selector: what the element itself must be."""
        return re.split(r"[\s>+~]+", self.selector.strip())[-1]

    @cached_property
    def subject_names(self) -> frozenset[str]:
        """The classes and ids that its subject names."""
        return frozenset(_NAME.findall(_NEGATED.sub("", self.subject)))


class Index:
    """The elements of a page by class: what most rules ask for."""

    def __init__(self, document: HtmlElement) -> None:
        self.document = document

    @cached_property
    def by_class(self) -> dict[str, list[HtmlElement]]:
        """The elements that have each class, in document order."""
        by_class: dict[str, list[HtmlElement]] = {}
        for element in cast("list[HtmlElement]", _CLASSED(self.document)):
            for name in tokens(element):
                by_class.setdefault(name, []).append(element)
        return by_class

    @cached_property
    def size(self) -> int:
        """The number of the page's elements."""
        return sum(1 for _ in self.document.iter())


@lru_cache(maxsize=2048)
def _path(selector: str) -> etree.XPath | None:
    try:
        return etree.XPath(TRANSLATOR.css_to_xpath(selector))
    except (SelectorError, etree.XPathError, ValueError, RecursionError):
        return None


_sheets: BoundedCache[bytes, tuple[Rule, ...]] = BoundedCache(_CACHED_SHEETS)


def rules_of(css: str) -> tuple[Rule, ...]:
    """Return the rules of a style sheet in their order; pages of one site have the same, so the last few are kept."""
    css = css[:MAX_CSS]
    key = hashlib.sha256(css.encode("utf-8", "replace")).digest()
    known = _sheets.get(key)
    if known is not None:
        return known
    nodes = cast("list[Any]", tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True))
    rules: list[Rule] = []
    for selector, given, is_on in _blocks(nodes, "", True, 0):
        rules += _selected(selector, given, is_on, len(rules))
        if len(rules) > _MAX_SELECTORS:
            break
    made = tuple(rules)
    _sheets.put(key, made)
    return made


def _blocks(nodes: Iterable[Any], parent: str, is_on: bool, depth: int) -> Iterator[tuple[str, _Given, bool]]:
    """Yield selector, declarations and whether they apply, of rules and of those in them."""
    for node in nodes if depth <= _MAX_NESTED else ():
        if node.type == "at-rule" and node.content is not None and node.lower_at_keyword in _READ_IN:
            applies = is_on and _holds(node.lower_at_keyword, tinycss2.serialize(node.prelude).lower())
            inner = tinycss2.parse_blocks_contents(node.content, skip_comments=True, skip_whitespace=True)
            if parent:
                yield from _block(parent, inner, applies, depth + 1)
            else:
                yield from _blocks(inner, "", applies, depth + 1)
        elif node.type == "qualified-rule":
            selector = tinycss2.serialize(node.prelude).strip()
            if parent:
                whole = f":is({parent})"
                selector = selector.replace("&", whole) if "&" in selector else f"{whole} {selector}"
            inner = tinycss2.parse_blocks_contents(cast("Any", node.content), skip_comments=True, skip_whitespace=True)
            yield from _block(selector, inner, is_on, depth + 1)


def _block(selector: str, inner: list[Any], is_on: bool, depth: int) -> Iterator[tuple[str, _Given, bool]]:
    own = [node for node in inner if node.type == "declaration"]
    if own:
        important = declarations(";".join(tinycss2.serialize([node]) for node in own if node.important))
        yield selector, (declarations(";".join(tinycss2.serialize([node]) for node in own)), important), is_on
    yield from _blocks((node for node in inner if node.type != "declaration"), selector, is_on, depth)


def _selected(selector: str, given: _Given, is_on: bool, order: int) -> Iterator[Rule]:
    for one in _parted(selector):
        has_state = bool(_STATE.search(one))
        try:
            weights = [parsed.specificity() for parsed in parse(_STATE.sub("", one) or "*")]
        except (SelectorError, RecursionError):
            continue
        positive = _NEGATED.sub("", one)
        names = (
            frozenset[str]() if "\\" in one or ":is(" in one or ":where(" in one else frozenset(_NAME.findall(positive))
        )
        for weight in weights[:1]:
            yield Rule(one, *given, (*weight, order), is_on, has_state, names)


def _parted(selector: str) -> list[str]:
    """Split a selector list at its commas, but not at those within brackets."""
    parts, depth, start = list[str](), 0, 0
    for place, char in enumerate(selector):
        if char in "([":
            depth += 1
        elif char in ")]":
            depth -= 1
        elif char == "," and depth == 0:
            parts.append(selector[start:place])
            start = place + 1
    parts.append(selector[start:])
    return [part.strip() for part in parts if part.strip() and len(part) <= _MAX_SELECTOR]


def _holds(keyword: str, condition: str) -> bool:
    """Tell whether what stands within an at-rule counts on every screen, in light colours."""
    if keyword != "media":
        return keyword != "starting-style"
    return any(_medium_holds(one.strip()) for one in condition.split(","))


def is_read_on_screen(media: str) -> bool:
    """Tell whether a `media` attribute lets a style sheet count."""
    return not media.strip() or _holds("media", media.lower())


def _medium_holds(query: str) -> bool:
    """Tell whether a media query holds on every screen, as `(min-width: 1px)` does."""
    for width in _WIDTHS_PX:
        if any((bound == "min") != (_pixels(*size) <= width) for bound, *size in _WIDTH.findall(query)):
            return False
        if any((sign[0] == ">") != (_pixels(*size) <= width) for sign, *size in _LATER_WIDTH.findall(query)):
            return False
    rest = _LATER_WIDTH.sub("", _WIDTH.sub("", query)).replace("only", "")
    words = [word for word in re.split(r"\band\b|\s+", rest) if word]
    if words in (["not", "print"], ["not", "speech"]):
        return True
    return all(word in ("screen", "all", "(min-height:0)", "(color)") for word in words)


def _pixels(number: str, unit: str) -> float:
    return float(number) * (16 if unit in ("em", "rem") else 1)
