"""The rules of a page's own `<style>` elements, as browsers on a narrow and on a wide screen read them."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any, cast

import tinycss2
from cssselect import SelectorError, parse
from lxml import etree
from lxml.html import HtmlElement

from docspasta_mcp.extract.declarations import declarations
from docspasta_mcp.extract.hiding_styles import Declarations
from docspasta_mcp.extract.selectors import TRANSLATOR
from docspasta_mcp.extract.style_index import Index
from docspasta_mcp.runtime.bounded_cache import BoundedCache

MAX_CSS = 1_000_000  # characters of a page's styles; real ones have up to 300,000
_MAX_SELECTORS = 20_000
_MAX_SELECTOR = 500  # characters
_MAX_NESTED = 8  # blocks in blocks
_MAX_SIBLINGS = 1_500  # elements of a page in which `a ~ b` is looked for; time grows with their square, 0.3 s at this
_SCREENS_PX = {"width": (400.0, 1_280.0), "height": (640.0, 1_000.0)}  # of a telephone and a desk
_BOUND = re.compile(r"\(\s*((?:min|max)-(?:width|height))\s*:\s*(\d+(?:\.\d+)?)(px|r?em)?\s*\)")
_SIZE = re.compile(r"(\d+(?:\.\d+)?)(px|r?em)?")
_ANY_SIZE = r"(\d[\d.]*(?:px|r?em)?)?"
_RANGE = re.compile(rf"\(\s*{_ANY_SIZE}\s*([<>]=?)?\s*(width|height)\s*([<>]=?)?\s*{_ANY_SIZE}\s*\)")
_USUAL = re.compile(  # what a browser says of itself whose reader has chosen nothing else
    r"\(\s*(?:color|scripting|prefers-color-scheme\s*:\s*light|prefers-reduced-motion\s*:\s*no-preference|"
    r"prefers-contrast\s*:\s*no-preference|forced-colors\s*:\s*none|scripting\s*:\s*enabled|grid\s*:\s*0|"
    r"monochrome\s*:\s*0|update\s*:\s*fast|display-mode\s*:\s*browser)\s*\)"
)
_PRINTED = re.compile(r"(?:only\s+)?(?:print|speech)\b|not\s+(?:all|screen)\b")
_UNSUPPORTED = re.compile(  # what every browser knows
    r"not\s*\(\s*(?:display|position|gap|aspect-ratio|object-fit|backdrop-filter|-webkit-backdrop-filter|color|inset|width|height)\s*:"
    r"|not\s+selector\(\s*(?::focus|:is|:where|:has|a\b|\*)"
)
_MANY_DIGITS = re.compile(r"\d{400,}")  # no interpreter makes a number of thousands of them
_NONE_OF = re.compile(r":not\(([^()]*,[^()]*)\)")
_READ_IN = frozenset(("media", "supports", "layer", "container", "scope", "starting-style"))
_CACHED_SHEETS = 16
_STATE = re.compile(
    r"::?(?:hover|focus(?:-within|-visible)?|active|target(?:-within)?|checked|open|popover-open|visited|link|enabled)"
    r"(?![\w-])"
)
_NAME = re.compile(r"[.#]((?:[\w-]|[^\x00-\x7f])+)")
_COUNTING = re.compile(r":(?:nth-|only-|\w+-of-type)", re.IGNORECASE)  # asks how many siblings there are
_ONE_CLASS = re.compile(r"\.[A-Za-z_][\w-]*", re.ASCII)
_NEGATED = re.compile(r":not\([^()]*\)")
_Given = tuple[Declarations, Declarations]  # all, and those that are important
_UNLAYERED = 1_000_000  # what stands in no layer outweighs all layers (CSS Cascade 5 §6.4)


@dataclass(frozen=True, eq=False)
class Rule:
    """A selector with its declarations.

    `is_on` tells whether the conditions around it hold on every screen; `has_state` whether it waits for a pointer, a
    tick, a target.
    """

    selector: str
    given: Declarations
    important: Declarations
    weight: tuple[int, int, int, int, int]
    is_on: bool
    has_state: bool
    names: frozenset[str]

    def find(self, index: Index) -> list[HtmlElement]:
        """Return the elements of a page that it is about; none if it cannot be asked."""
        if _ONE_CLASS.fullmatch(self.selector):
            return index.by_class.get(self.selector[1:], [])
        if self.siblings > 1 or (self.siblings and index.size > _MAX_SIBLINGS):
            return []
        path = _path(_STATE.sub("", self.selector) or "*")
        if path is None:
            return []
        return (
            index.counted(path) if _COUNTING.search(self.selector) else cast("list[HtmlElement]", path(index.document))
        )

    @property
    def weight_of_important(self) -> tuple[int, ...]:
        """The weight of what it calls important: of layers, the first one then counts most."""
        return (-self.weight[0], *self.weight[1:])

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


@lru_cache(maxsize=2048)
def _path(selector: str) -> etree.XPath | None:
    try:
        return etree.XPath(TRANSLATOR.css_to_xpath(selector))
    except (SelectorError, etree.XPathError, ValueError, RecursionError):
        return None


_sheets: BoundedCache[bytes, tuple[Rule, ...]] = BoundedCache(_CACHED_SHEETS)


def rules_of(css: str) -> tuple[Rule, ...]:
    """Return the rules of a style sheet in their order; pages of one site have the same, so the last few are kept."""
    css = _MANY_DIGITS.sub("9", css[:MAX_CSS])
    key = hashlib.sha256(css.encode("utf-8", "replace")).digest()
    known = _sheets.get(key)
    if known is not None:
        return known
    nodes = cast("list[Any]", tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True))
    rules: list[Rule] = []
    for selector, given, is_on, layer in _blocks(nodes, _Place(), {}):
        rules += _selected(selector, given, is_on, layer, len(rules))
        if len(rules) > _MAX_SELECTORS:
            break
    made = tuple(rules)
    _sheets.put(key, made)
    return made


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a block stands: below which selector and in which layer, how deep, and whether that counts."""

    parent: str = ""
    layer: str = ""
    is_on: bool = True
    depth: int = 0


_Block = tuple[str, _Given, bool, int]


def _blocks(nodes: Iterable[Any], place: _Place, layers: dict[str, int]) -> Iterator[_Block]:
    """Yield selector, declarations, whether they apply, and rank of the layer, of rules and of those in them."""
    for node in nodes if place.depth <= _MAX_NESTED else ():
        if node.type == "at-rule" and node.lower_at_keyword == "layer" and node.content is None:
            for name in tinycss2.serialize(node.prelude).split(","):
                _rank(_layer_in(place.layer, name.strip(), layers), layers)
        elif node.type == "at-rule" and node.content is not None and node.lower_at_keyword in _READ_IN:
            if not _never_holds(node.lower_at_keyword, tinycss2.serialize(node.prelude).lower()):
                inner = tinycss2.parse_blocks_contents(node.content, skip_comments=True, skip_whitespace=True)
                yield from _block(inner, _within(node, place, layers), layers)
        elif node.type == "qualified-rule":
            selector = tinycss2.serialize(node.prelude).strip()
            if place.parent:
                whole = f":is({place.parent})"
                selector = selector.replace("&", whole) if "&" in selector else f"{whole} {selector}"
            inner = tinycss2.parse_blocks_contents(cast("Any", node.content), skip_comments=True, skip_whitespace=True)
            yield from _block(inner, replace(place, parent=selector, depth=place.depth + 1), layers)


def _within(node: Any, place: _Place, layers: dict[str, int]) -> _Place:
    """Return the place of what stands in an at-rule."""
    said = tinycss2.serialize(node.prelude)
    layer = place.layer
    if node.lower_at_keyword == "layer":
        layer = _layer_in(layer, said.strip(), layers)
        _rank(layer, layers)
    is_on = place.is_on and _holds(node.lower_at_keyword, said.lower())
    return _Place(place.parent, layer, is_on, place.depth + 1)


def _layer_in(outer: str, name: str, layers: dict[str, int]) -> str:
    """Return the whole name of a layer; one without a name is like no other."""
    name = name or f"({len(layers)})"
    return f"{outer}.{name}" if outer else name


def _rank(layer: str, layers: dict[str, int]) -> int:
    """Return the rank of a layer: later ones outweigh earlier ones."""
    return layers.setdefault(layer, len(layers)) if layer else _UNLAYERED


def _block(inner: list[Any], place: _Place, layers: dict[str, int]) -> Iterator[_Block]:
    own = [node for node in inner if node.type == "declaration"]
    if own and place.parent:
        important = declarations(";".join(tinycss2.serialize([node]) for node in own if node.important))
        given = declarations(";".join(tinycss2.serialize([node]) for node in own)), important
        yield place.parent, given, place.is_on, _rank(place.layer, layers)
    yield from _blocks((node for node in inner if node.type != "declaration"), place, layers)


def _selected(selector: str, given: _Given, is_on: bool, layer: int, order: int) -> Iterator[Rule]:
    for part in _split(selector):
        one = _NONE_OF.sub(lambda found: "".join(f":not({name.strip()})" for name in found[1].split(",")), part)
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
            yield Rule(one, *given, (layer, *weight, order), is_on, has_state, names)


def _split(selector: str) -> list[str]:
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
    if keyword == "supports":
        return not _never_holds(keyword, condition)
    if keyword != "media":
        return keyword != "starting-style"
    return any(_medium_holds(one.strip()) for one in condition.split(","))


def _never_holds(keyword: str, condition: str) -> bool:
    """Tell whether what stands within an at-rule is for printers, or for browsers that know little."""
    if keyword == "supports":
        return bool(_UNSUPPORTED.match(condition.strip()))
    media = [one.strip() for one in condition.split(",")] if keyword == "media" else []
    return bool(media) and all(_PRINTED.match(one) for one in media)


def is_read_on_screen(media: str) -> bool:
    """Tell whether a `media` attribute lets a style sheet count."""
    return not media.strip() or _holds("media", media.lower())


def _medium_holds(query: str) -> bool:
    """Tell whether a media query holds on every screen, as `(min-width: 1px)` does."""
    for kind, *size in _BOUND.findall(query):
        if any((kind[:3] == "min") != (_pixels(*size) <= one) for one in _SCREENS_PX[kind[4:]]):
            return False
    for left, first, kind, second, right in _RANGE.findall(query):
        if not all(_lies_between(one, left, first, second, right) for one in _SCREENS_PX[kind]):
            return False
    rest = _USUAL.sub("", _RANGE.sub("", _BOUND.sub("", query)))
    words = [word for word in re.split(r"\band\b|\bonly\b|\s+", rest) if word]
    return words in (["not", "print"], ["not", "speech"]) or all(word in ("screen", "all") for word in words)


def _lies_between(pixels: float, left: str, first: str, second: str, right: str) -> bool:
    """Tell whether `left first size second right` is true of a screen, as in `1px < width <= 90em`."""
    lower = _size(left)
    upper = _size(right)
    is_lower = lower is None or ((lower <= pixels) == (first[:1] == "<"))
    return is_lower and (upper is None or ((upper <= pixels) == (second[:1] == ">")))


def _size(text: str) -> float | None:
    match = _SIZE.match(text)
    return _pixels(match[1], match[2]) if match else None


def _pixels(number: str, unit: str) -> float:
    return float(number) * (16 if unit in ("em", "rem") else 1)
