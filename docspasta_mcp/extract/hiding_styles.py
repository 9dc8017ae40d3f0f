"""Which declarations hide what they are about, however they are spelled: comments and escapes are undone first."""

import re
from collections.abc import Mapping
from functools import lru_cache

from docspasta_mcp.extract.css_values import (
    colour_of,
    first_colour,
    is_clear,
    is_like,
    is_thin,
    is_tiny,
    is_turned_away,
    is_zero,
    reaches,
    with_values,
)

_COMMENT = re.compile(r"/\*(?:(?!\*/).)*(?:\*/)?", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:([0-9a-fA-F]{1,6})[ \t\n]?|(.))", re.DOTALL)
_CLIPPED = re.compile(
    r"rect\(\s*[01](?:px)?\b.*|inset\(\s*50%.*|inset\([^()]*\b100%.*|(?:circle|ellipse)\(\s*0(?![.\d]).*|"
    r"polygon\((?:\s*0(?:px|%)?\s+0(?:px|%)?\s*,?)+\s*\).*",
    re.DOTALL,
)
_CLEAR = re.compile(r"opacity\(\s*(?:0*\.?0*[0-4]?\d?)%?\s*\)")
_IMPORTANT = re.compile(r"(?<!\s)\s*!\s*important\s*\Z")
_MASKED = re.compile(r"linear-gradient\(\s*transparent\s*,\s*transparent\s*\)")
_ANIMATED = frozenset(("transform", "transition", "animation", "animation-name", "will-change"))
_SIDES = ("left", "top", "right", "bottom", "inset", "inset-inline-start", "inset-block-start")
_MARGINS = ("margin", "margin-left", "margin-top", "margin-inline-start", "margin-block-start")
_SIZES = (
    "height",
    "max-height",
    "width",
    "max-width",
    "block-size",
    "max-block-size",
    "inline-size",
    "max-inline-size",
)
_CUTTING = ("hidden", "clip", "auto", "scroll")
_MAX_CACHED = 500  # characters of a style

Declarations = Mapping[str, str]


def hides(style: str) -> bool:
    """Tell whether an inline style hides its element.

    What begins to appear by an animation, `opacity: 0` together with a `transform`, counts as shown.
    """
    return _hides_cached(style) if len(style) <= _MAX_CACHED else _hides(style)


@lru_cache(maxsize=4096)
def _hides_cached(style: str) -> bool:
    return _hides(style)


def _hides(style: str) -> bool:
    return hidden_by(with_values(declarations(style), {}))


def hidden_by(given: Declarations) -> bool:
    """Tell whether declarations, property → value in lower case, hide the element that they are about."""
    value = given.get
    if value("display") == "none" or value("visibility") in ("hidden", "collapse"):
        return True
    if value("content-visibility") == "hidden" or is_zero(value("zoom")):
        return True
    if (is_clear(value("opacity")) or _CLEAR.search(value("filter", ""))) and not _ANIMATED & set(given):
        return True
    return _is_too_small(given) or _is_away(given) or _is_masked(given) or _is_colourless(given)


def _is_too_small(given: Declarations) -> bool:
    if is_tiny(given.get("font-size") or _size_of(given.get("font", ""))):
        return True
    if any(reaches(given.get(name, ""), em=-0.9, rem=-0.9, px=-9) for name in ("letter-spacing", "word-spacing")):
        return True
    said = " ".join(given.get(name, "") for name in ("overflow", "overflow-x", "overflow-y", "overflow-block"))
    is_cut = any(word in said for word in _CUTTING) or "paint" in given.get("contain", "") or given.get("contain") in (
        "strict", "content")  # fmt: skip
    is_flat = any(is_thin(given.get(name)) for name in _SIZES)
    return is_cut and (is_flat or reaches(given.get("text-indent", ""), percent=100, px=900, em=60))


def _size_of(font: str) -> str:
    """Return the size in a `font` shorthand: what stands before a slash, or before the family."""
    return next((part.partition("/")[0] for part in font.split() if part[:1].isdigit() or part[:1] == "."), "")


def _is_away(given: Declarations) -> bool:
    if reaches(given.get("text-indent", ""), px=-900, em=-60, rem=-60, percent=-100, vw=-100):
        return True
    scale = given.get("scale", "").split()
    if is_turned_away(given.get("transform", "")) or any(is_clear(one.lstrip("-")) for one in scale[:2]):
        return True
    if any(reaches(one, px=-900, vw=-150, vh=-150, em=-60) for one in given.get("translate", "").split()):
        return True
    position = given.get("position")
    if position in ("absolute", "fixed"):
        return _is_placed_away(given)
    if position == "relative" and any(_is_farther(given.get(one, "")) for one in _SIDES):
        return True
    is_balanced = any(name.startswith("padding") for name in given)  # columns of one height, boxes of full width
    margins = " ".join(given.get(name, "") for name in _MARGINS)
    return not is_balanced and any(map(_is_farther, _words(margins)))


def _is_placed_away(given: Declarations) -> bool:
    """Tell whether what is taken out of the text's flow is put where no screen reaches, or is a dot."""
    for side in _SIDES:
        if any(
            reaches(one, px=-900, em=-60, rem=-60, vw=-100, vh=-100, percent=-100)
            for one in _words(given.get(side, ""))
        ):
            return True
    if reaches(
        given.get("left", "") or given.get("inset-inline-start", ""), px=3_000, em=190, rem=190, vw=150, percent=200
    ):
        return True
    if given.get("position") == "fixed" and reaches(given.get("top", ""), px=3_000, vh=150, percent=150):
        return True
    is_dot = is_thin(given.get("width")) and is_thin(given.get("height"))
    return is_dot or bool(_CLIPPED.fullmatch(given.get("clip", "")))


def _is_farther(value: str) -> bool:
    return reaches(value, px=-2_000, em=-100, rem=-100, vw=-100, vh=-100)


def _is_masked(given: Declarations) -> bool:
    if any(_CLIPPED.fullmatch(given.get(name, "")) for name in ("clip-path", "-webkit-clip-path")):
        return True
    masks = " ".join(given.get(name, "") for name in ("mask", "mask-image", "-webkit-mask", "-webkit-mask-image"))
    sizes = f"{given.get('mask-size', '')} {given.get('-webkit-mask-size', '')}".split()
    return bool(_MASKED.search(masks)) or any(map(is_zero, sizes))


def _is_colourless(given: Declarations) -> bool:
    """Tell whether text has no colour, or that of its own ground; text that cuts its ground out is a gradient."""
    if "text" in (given.get("background-clip"), given.get("-webkit-background-clip")):
        return False
    ink = colour_of(given.get("-webkit-text-fill-color") or given.get("color", ""))
    return ink is not None and (ink[3] == 0 or is_like(ink, ground_of(given)))


def ground_of(given: Declarations) -> tuple[float, ...] | None:
    """Return the colour that declarations set behind a text, if any that covers what lies below."""
    plain = given.get("background-color", "") or given.get("background", "")
    colour = colour_of(plain) or first_colour(plain.split())
    return colour if colour and colour[3] else None


def _words(value: str) -> list[str]:
    """Return the lengths of a shorthand; a calculation is one of them, whatever blanks it has."""
    return [value] if "(" in value else value.split()


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


def _unescaped(match: re.Match[str]) -> str:
    code = int(match[1], 16) if match[1] else 0
    return match[2] or (chr(code) if 0 < code < 0x110000 else "")
