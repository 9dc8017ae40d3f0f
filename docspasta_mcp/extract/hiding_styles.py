"""Which declarations hide what they are about, however they are spelled: comments and escapes are undone first."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, cast

from tinycss2 import color3

_COMMENT = re.compile(r"/\*(?:(?!\*/).)*(?:\*/)?", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:([0-9a-fA-F]{1,6})[ \t\n]?|(.))", re.DOTALL)
_UNIT = "(?:px|r?em|ex|ch|lh|pt|pc|cm|mm|in|q|[sld]?v(?:w|h|min|max|i|b)|%)?"
_ZERO = re.compile(rf"[+-]?(?:0+\.?0*|\.0+)(?:e\d+)?{_UNIT}")
_TINY = re.compile(r"[01]?(?:\.\d+)?px|0?\.[0-4]\d*r?em|0?\.\d+pt")
_FAR = re.compile(r"-\d{4,}(?:\.\d+)?(?:px|r?em|v[wh]|%)?|-\d{3,}(?:\.\d+)?(?:r?em|v[wh]|%)")
_FARTHER = re.compile(r"-(?:[2-9]\d{3}|\d{5,})(?:\.\d+)?(?:px)?|-\d{3,}(?:r?em|v[wh])")
_CLIPPED = re.compile(
    r"rect\(\s*[01](?:px)?\b.*|inset\(\s*(?:50|100)%.*|(?:circle|ellipse)\(\s*0(?![.\d]).*|"
    r"polygon\((?:\s*0(?:px|%)?\s+0(?:px|%)?\s*,?)+\s*\).*",
    re.DOTALL,
)
_NOWHERE = re.compile(r"scale[xy3d]*\(\s*0\s*[,)]|translate[xy3d]*\([^()]*-\d{4,}")
_CALCULATED = re.compile(r"calc\(\s*([^()]*?)\s*\)")
_CLEAR = re.compile(r"opacity\(\s*(?:0*\.?0+)%?\s*\)")
_IMPORTANT = re.compile(r"(?<!\s)\s*!\s*important\s*\Z")
_ANIMATED = frozenset(("transform", "transition", "animation", "animation-name", "will-change"))
_SIDES = ("left", "top", "right", "bottom", "inset", "inset-inline-start", "inset-block-start")
_MARGINS = ("margin", "margin-left", "margin-top", "margin-inline-start", "margin-block-start")
_PIXEL = ("1px", "0.1px", "0", "0px")
_MAX_CACHED = 500  # characters of a style

Declarations = Mapping[str, str]


def hides(style: str) -> bool:
    """Tell whether an inline style hides its element.

    What begins to appear by an animation, `opacity: 0` together with a `transform`, counts as shown.
    """
    return _hides_cached(style) if len(style) <= _MAX_CACHED else hidden_by(declarations(style))


@lru_cache(maxsize=4096)
def _hides_cached(style: str) -> bool:
    return hidden_by(declarations(style))


def hidden_by(given: Declarations) -> bool:
    """Tell whether declarations, property → value in lower case, hide the element that they are about."""
    value = given.get
    if value("display") == "none" or value("visibility") in ("hidden", "collapse"):
        return True
    if value("content-visibility") == "hidden" or _is_zero(value("zoom")):
        return True
    if (_is_zero(value("opacity")) or _CLEAR.search(value("filter", ""))) and not _ANIMATED & set(given):
        return True
    return _is_too_small(given) or _is_away(given) or _is_colourless(given)


def _is_too_small(given: Declarations) -> bool:
    size = given.get("font-size") or _size_of(given.get("font", ""))
    if _is_zero(size) or (size and _TINY.fullmatch(size)):
        return True
    is_cut = any(word in given.get("overflow", "") + given.get("overflow-y", "") for word in ("hidden", "clip"))
    return is_cut and any(_is_zero(given.get(name)) for name in ("height", "max-height", "width", "max-width"))


def _size_of(font: str) -> str:
    """Return the size in a `font` shorthand: what stands before a slash, or before the family."""
    return next((part.partition("/")[0] for part in font.split() if part[:1].isdigit() or part[:1] == "."), "")


def _is_away(given: Declarations) -> bool:
    if _FAR.fullmatch(_plain(given.get("text-indent", ""))) or _NOWHERE.search(given.get("transform", "")):
        return True
    if any(_CLIPPED.fullmatch(given.get(name, "")) for name in ("clip-path", "-webkit-clip-path")):
        return True
    if given.get("position") in ("absolute", "fixed"):
        is_far = any(_FAR.fullmatch(word) for side in _SIDES for word in _plain(given.get(side, "")).split())
        is_dot = given.get("width") in _PIXEL and given.get("height") in _PIXEL
        return is_far or is_dot or bool(_CLIPPED.fullmatch(given.get("clip", "")))
    if given.get("position") == "relative" and any(_FARTHER.fullmatch(_plain(given.get(one, ""))) for one in _SIDES):
        return True
    is_balanced = any(name.startswith("padding") for name in given)  # columns of one height, boxes of full width
    margins = " ".join(_plain(given.get(name, "")) for name in _MARGINS).split()
    return not is_balanced and any(map(_FARTHER.fullmatch, margins))


def _is_colourless(given: Declarations) -> bool:
    """Tell whether text has no colour, or that of its own ground; text that cuts its ground out is a gradient."""
    if "text" in (given.get("background-clip"), given.get("-webkit-background-clip")):
        return False
    ink = colour_of(given.get("-webkit-text-fill-color") or given.get("color", ""))
    return ink is not None and (ink[3] == 0 or ink == ground_of(given))


def ground_of(given: Declarations) -> tuple[float, ...] | None:
    """Return the colour that declarations set behind a text, if any that covers what lies below."""
    plain = given.get("background-color", "") or given.get("background", "")
    colour = colour_of(plain) or next(filter(None, map(colour_of, plain.split())), None)
    return colour if colour and colour[3] else None


@lru_cache(maxsize=1024)
def colour_of(value: str) -> tuple[float, ...] | None:
    """Return red, green, blue and alpha from 0 to 1 of a colour, however spelled; None if the text is not a colour."""
    if not value or len(value) > 60:
        return None
    if value[0] == "#" and len(value) in (5, 9):  # with alpha, CSS Color 4
        digits = value[1:] if len(value) == 9 else "".join(digit * 2 for digit in value[1:])
        try:
            return tuple(int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4, 6))
        except ValueError:
            return None
    if value.startswith(("rgb", "hsl")) and "," not in value:  # blanks and a slash: as with commas
        name, _, parts = value.partition("(")
        numbers = parts.rstrip(") ").replace("/", " ").split()
        alpha = numbers[3:4]
        if alpha and alpha[0].endswith("%"):
            alpha = ["0" if _is_zero(alpha[0]) else "1"]
        value = f"{name[:3]}{'a' if alpha else ''}({','.join([*numbers[:3], *alpha])})"
    parsed = cast("Any", color3.parse_color(value))
    return tuple(parsed) if parsed is not None and not isinstance(parsed, str) else None


def declarations(style: str) -> dict[str, str]:
    """Return property → value in lower case, the one that counts of each, without comments and escapes."""
    plain = _ESCAPE.sub(_unescaped, _COMMENT.sub("", style)).lower()
    given: dict[str, str] = {}
    weighty: set[str] = set()
    for declaration in plain.split(";"):
        name, colon, value = declaration.partition(":")
        name = name.strip()
        if not colon:
            continue
        is_important = bool(_IMPORTANT.search(value))
        if is_important or name not in weighty:
            given[name] = _IMPORTANT.sub("", value).strip()
        if is_important:
            weighty.add(name)
    return given


def _plain(value: str) -> str:
    return _CALCULATED.sub(r"\1", value) if "calc" in value else value


def _is_zero(value: str | None) -> bool:
    return bool(value) and bool(_ZERO.fullmatch(_plain(value or "")))


def _unescaped(match: re.Match[str]) -> str:
    code = int(match[1], 16) if match[1] else 0
    return match[2] or (chr(code) if 0 < code < 0x110000 else "")
