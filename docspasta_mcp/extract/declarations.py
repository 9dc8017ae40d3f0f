"""Declarations of an inline style or a rule as browsers take them: split where they end, and only those that are valid.

What a browser does not understand it passes over, so that an earlier declaration holds: `display:none;display:nosuch`
hides. A semicolon in a text, in brackets or behind a backslash ends nothing (CSS Syntax §5.4.6).
"""

import re
from collections.abc import Callable, Iterator

from docspasta_mcp.extract.css_colours import colour_of
from docspasta_mcp.extract.css_values import amount

_ODD = re.compile(r"[\\/\"'()\[\]{}]")
_PIECE = re.compile(
    r"/\*(?P<comment>(?:(?!\*/).)*+(?:\*/)?)"
    r"|(?P<text>\"(?:[^\"\\\n]|\\.)*+\"?|'(?:[^'\\\n]|\\.)*+'?)"
    r"|\\(?:(?P<code>[0-9a-fA-F]{1,6})[ \t\n]?|(?P<sign>.))"
    r"|(?P<open>[(\[{])|(?P<close>[)\]}])|(?P<end>;)|(?P<plain>[^\\/\"'()\[\]{};]++|.)",
    re.DOTALL,
)
_ADDRESS = re.compile(r"(?!\s*[\"'])(?:[^)\\]|\\.)*+\)?", re.DOTALL)  # what `url(` opens without a quotation mark
_CLOSES = {"(": ")", "[": "]", "{": "}"}
_IMPORTANT = re.compile(r"(?<!\s)\s*!\s*important\s*\Z")
_EVERYWHERE = frozenset(("inherit", "initial", "unset", "revert", "revert-layer"))
_LATER = re.compile(r"\b(?:var|env|attr|if)\(")  # what it is turns out on the page
_OUTER = frozenset(("block", "inline", "run-in"))
_INNER = frozenset(("flow", "flow-root", "table", "flex", "grid", "ruby", "math"))
_DISPLAYS = frozenset(
    "none contents list-item inline-block inline-table inline-flex inline-grid table-row-group table-header-group "
    "table-footer-group table-row table-cell table-column-group table-column table-caption ruby-base ruby-text "
    "ruby-base-container ruby-text-container -webkit-box -webkit-inline-box -webkit-flex -webkit-inline-flex".split()
)
_SIZES = frozenset(
    "auto none normal min-content max-content fit-content stretch -webkit-fill-available xx-small x-small small medium "
    "large x-large xx-large xxx-large smaller larger math".split()
)
_COLOURS = frozenset(
    "currentcolor accentcolor accentcolortext activetext buttonborder buttonface buttontext canvas canvastext field "
    "fieldtext graytext highlight highlighttext linktext mark marktext selecteditem selecteditemtext "
    "visitedtext".split()
)
_COLOUR_FUNCTIONS = ("rgb", "hsl", "hwb", "lab(", "lch(", "oklab(", "oklch(", "color(", "color-mix(", "light-dark(")
_TRANSFORMS = ("translate", "scale", "rotate", "skew", "matrix", "perspective")
_SHAPES = ("inset(", "circle(", "ellipse(", "polygon(", "path(", "rect(", "xywh(", "shape(", "url(")
_BOXES = ("border-box", "padding-box", "content-box", "fill-box", "stroke-box", "view-box")
_FILTERS = tuple(
    f"{name}("
    for name in "opacity blur brightness contrast grayscale hue-rotate invert saturate sepia drop-shadow url".split()
)


def declarations(style: str) -> dict[str, str]:
    """Return property → value in lower case, the one that counts of each, without comments and escapes."""
    given: dict[str, str] = {}
    weighty: set[str] = set()
    for declaration in _split(style):
        name, colon, value = declaration.partition(":")
        name = name.strip()
        if not colon or not name:
            continue
        is_important = bool(_IMPORTANT.search(value))
        value = _IMPORTANT.sub("", value).strip()
        if (name in weighty and not is_important) or not _is_valid(name, value):
            continue
        given[name] = value
        if is_important:
            weighty.add(name)
    return given


def _split(style: str) -> Iterator[str]:
    if not _ODD.search(style):
        yield from style.lower().split(";")
        return
    own: list[str] = []
    waits_for: list[str] = []
    place = 0
    while (piece := _PIECE.match(style, place)) is not None:
        place = piece.end()
        if piece["comment"] is not None:
            continue
        if piece["end"] and not waits_for:
            yield "".join(own)
            own = []
        elif piece["code"] or piece["sign"]:
            own.append(_unescaped(piece).lower())
        elif piece[0] == "(" and "".join(own[-3:]).endswith("url") and (address := _ADDRESS.match(style, place)):
            place = address.end()
        else:
            own.append(piece[0].lower())
            if piece["open"]:
                waits_for.append(_CLOSES[piece["open"]])
            elif piece["close"] and waits_for and waits_for[-1] == piece["close"]:
                waits_for.pop()
    yield "".join(own)


def _unescaped(piece: re.Match[str]) -> str:
    """Return what an escape stands for; never what would end something."""
    code = int(piece["code"], 16) if piece["code"] else ord(piece["sign"])
    sign = chr(code) if 0 < code < 0x110000 else "\ufffd"
    return "\ufffd" if sign in ";:!" or sign.isspace() else sign


def _is_valid(name: str, value: str) -> bool:
    """Tell whether a browser takes a value; of properties that hide nothing it takes all."""
    if name.startswith("--"):
        return True
    if not value:
        return False
    check = _CHECKS.get(name)
    return check is None or value in _EVERYWHERE or bool(_LATER.search(value)) or check(value)


def _is_display(value: str) -> bool:
    words = value.split()
    if len(words) == 1:
        return words[0] in _DISPLAYS or words[0] in _OUTER or words[0] in _INNER
    return len(words) <= 3 and len(set(words)) == len(words) and set(words) <= _OUTER | _INNER | {"list-item"}


def _is_size(value: str) -> bool:
    found = amount(value)
    if found is None:
        return value in _SIZES or value.endswith(")")
    return bool(found[1]) or found[0] == 0


def _is_number(value: str) -> bool:
    return amount(value) is not None or value in ("normal", "none") or value.endswith(")")


def _is_colour(value: str) -> bool:
    return value in _COLOURS or value.startswith(_COLOUR_FUNCTIONS) or colour_of(value) is not None


def _words_are(known: str, most: int = 1) -> Callable[[str], bool]:
    names = frozenset(known.split())
    return lambda value: len(words := value.split()) <= most and names.issuperset(words)


def _begins_with(functions: tuple[str, ...]) -> Callable[[str], bool]:
    return lambda value: value in ("none", "auto") or value.startswith(functions)


_POSITIONS = _words_are("static relative absolute fixed sticky -webkit-sticky")
_OVERFLOW = _words_are("visible hidden clip scroll auto overlay", 2)
_CHECKS: dict[str, Callable[[str], bool]] = {
    "display": _is_display,
    "visibility": _words_are("visible hidden collapse"),
    "content-visibility": _words_are("visible hidden auto"),
    "position": _POSITIONS,
    "opacity": _is_number,
    "zoom": _is_number,
    "color": _is_colour,
    "-webkit-text-fill-color": _is_colour,
    "background-color": _is_colour,
    "transform": _begins_with(_TRANSFORMS),
    "filter": _begins_with(_FILTERS),
    "clip-path": _begins_with((*_SHAPES, *_BOXES)),
    "clip": _begins_with(("rect(",)),
    **dict.fromkeys(("overflow", "overflow-x", "overflow-y", "overflow-block"), _OVERFLOW),
    **dict.fromkeys(
        "font-size height max-height width max-width block-size max-block-size inline-size max-inline-size line-height "
        "text-indent letter-spacing word-spacing left top right bottom inset-inline-start inset-block-start "
        "margin-left margin-top margin-inline-start margin-block-start padding-left".split(),
        _is_size,
    ),
}  # fmt: skip
