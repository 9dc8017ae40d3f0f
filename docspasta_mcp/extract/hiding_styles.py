"""Which declarations hide what they are about: its display, its colour, its size, where it stands."""

import logging
from collections.abc import Mapping
from functools import lru_cache

from docspasta_mcp.extract.clipping import is_clipped, is_masked
from docspasta_mcp.extract.css_colours import colour_of, gradient_colours, is_like
from docspasta_mcp.extract.css_values import (
    arguments_of,
    is_clear,
    is_thin,
    is_tiny,
    is_turned_away,
    is_zero,
    reaches,
    with_values,
)
from docspasta_mcp.extract.declarations import declarations

logger = logging.getLogger(__name__)

_MOVING = ("transform", "transition", "animation", "animation-name", "will-change", "translate", "scale", "rotate")
_STILL = frozenset(("none", "auto", "initial", "unset", "inherit", "all 0s", "0s", "all", ""))
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
_BEYOND = {"px": 3_000.0, "em": 190.0, "rem": 190.0, "vw": 150.0, "percent": 200.0}  # to the right of any screen
_MAX_CACHED = 500  # characters of a style

Declarations = Mapping[str, str]


def hides(style: str) -> bool:
    """Tell whether an inline style hides its element.

    What begins to appear by an animation, `opacity: 0` together with a `transform`, counts as shown.
    """
    try:
        return _hides_cached(style) if len(style) <= _MAX_CACHED else _hides(style)
    except Exception:
        logger.exception("❌ a style could not be read; what it is about was left out")
        return True  # else one style would show all that the page hides


@lru_cache(maxsize=4096)
def _hides_cached(style: str) -> bool:
    return _hides(style)


def _hides(style: str) -> bool:
    return hidden_by(with_values(declarations(style), {}))


def hidden_by(given: Declarations, *, may_appear: bool = True) -> bool:
    """Tell whether declarations, property → value in lower case, hide the element that they are about.

    Args:
        given: the declarations.
        may_appear: whether what moves may become opaque: a script or an animation could make it so.
    """
    value = given.get
    if value("display") == "none" or value("visibility") in ("hidden", "collapse"):
        return True
    if value("content-visibility") == "hidden" or is_clear(value("zoom")):
        return True
    if value("-webkit-text-security", "none") not in ("none", "auto"):
        return True
    if (is_clear(value("opacity")) or _is_filtered(value("filter", ""))) and not (may_appear and is_moving(given)):
        return True
    return _is_too_small(given) or _is_away(given) or is_clipped(given) or is_masked(given) or _is_colourless(given)


def is_moving(given: Declarations) -> bool:
    """Tell whether an element is moved or animated, as what appears by and by is."""
    return any(given.get(name, "") not in _STILL for name in _MOVING)


def _is_filtered(value: str) -> bool:
    """Tell whether a filter leaves nothing to be read."""
    if any(is_clear(one) for one in arguments_of("opacity", value)):
        return True
    return any(reaches(one, px=8, em=0.5, rem=0.5) for one in arguments_of("blur", value))


def _is_too_small(given: Declarations) -> bool:
    if is_tiny(given.get("font-size") or _size_of(given.get("font", ""))):
        return True
    if any(reaches(given.get(name, ""), em=-0.9, rem=-0.9, px=-9) for name in ("letter-spacing", "word-spacing")):
        return True
    said = " ".join(given.get(name, "") for name in ("overflow", "overflow-x", "overflow-y", "overflow-block"))
    is_cut = any(word in said for word in _CUTTING) or "paint" in given.get("contain", "") or given.get("contain") in (
        "strict", "content")  # fmt: skip
    is_flat = any(is_thin(given.get(name)) for name in _SIZES) or is_zero(given.get("line-height"))
    return is_cut and (is_flat or reaches(given.get("text-indent", ""), percent=100, px=900, em=60))


def _size_of(font: str) -> str:
    """Return the size in a `font` shorthand: before a slash, or the last number before the family."""
    sizes: list[str] = []
    for part in font.split():
        if "/" in part:
            return part.partition("/")[0]
        if part[:1].isdigit() or part[:1] == "." or part.startswith(("calc(", "min(", "max(", "clamp(")):
            sizes.append(part)
        elif sizes:
            break
    return sizes[-1] if sizes else ""


def _is_away(given: Declarations) -> bool:
    indent = given.get("text-indent", "")
    if reaches(indent, px=-900, em=-60, rem=-60, percent=-100, vw=-100) or reaches(indent, **_BEYOND):
        return True
    if is_turned_away(given.get("transform", "")) or _is_moved_by_property(given):
        return True
    position = given.get("position")
    if position in ("absolute", "fixed"):
        return _is_placed_away(given)
    if position == "relative" and any(_is_farther(given.get(one, "")) for one in _SIDES):
        return True
    is_balanced = any(name.startswith("padding") for name in given)  # columns of one height, boxes of full width
    margins = _words(" ".join(given.get(name, "") for name in _MARGINS))
    pushed = given.get("margin-left", "") or given.get("margin-inline-start", ""), given.get("padding-left", "")
    return (not is_balanced and any(map(_is_farther, margins))) or any(reaches(one, **_BEYOND) for one in pushed)


def _is_moved_by_property(given: Declarations) -> bool:
    """Tell whether `scale`, `translate` or `rotate`, each a property of its own, leaves nothing to be seen."""
    if any(is_clear(one.lstrip("-")) for one in given.get("scale", "").split()[:2]):
        return True
    moved = given.get("translate", "").split()
    if any(map(_is_moved_away, moved)) or (moved and reaches(moved[0], **_BEYOND)):
        return True
    turned = given.get("rotate", "").replace(" ", ",")
    return "," in turned and is_turned_away(f"rotate3d({_axis_of(turned)})")


def _axis_of(turned: str) -> str:
    """Return the `rotate` property as the arguments of `rotate3d`."""
    first, _, rest = turned.partition(",")
    return {"x": "1,0,0,", "y": "0,1,0,", "z": "0,0,1,"}[first] + rest if first in ("x", "y", "z") else turned


def _is_moved_away(value: str) -> bool:
    return reaches(value, px=-900, vw=-100, vh=-100, em=-60, rem=-60, percent=-200)


def _is_placed_away(given: Declarations) -> bool:
    """Tell whether what is taken out of the text's flow is put where no screen reaches, or is a dot."""
    for side in _SIDES:
        if any(
            reaches(one, px=-900, em=-60, rem=-60, vw=-100, vh=-100, percent=-100)
            for one in _words(given.get(side, ""))
        ):
            return True
    if reaches(given.get("left", "") or given.get("inset-inline-start", ""), **_BEYOND):
        return True
    if reaches(given.get("right", ""), **{**_BEYOND, "vw": 100.0}):  # beyond the left edge
        return True
    if reaches(given.get("bottom", ""), px=3_000, vh=150):  # above the page
        return True
    if given.get("position") == "fixed" and reaches(given.get("top", ""), px=3_000, vh=150, percent=150):
        return True
    return is_thin(given.get("width")) and is_thin(given.get("height"))


def _is_farther(value: str) -> bool:
    return reaches(value, px=-2_000, em=-100, rem=-100, vw=-100, vh=-100)


def _is_colourless(given: Declarations) -> bool:
    """Tell whether text has no colour, or that of its own ground."""
    ink = ink_of(given)
    return ink is not None and (ink[3] == 0 or is_like(ink, ground_of(given)))


def ink_of(given: Declarations) -> tuple[float, ...] | None:
    """Return the colour of a text; where it cuts its ground out that of the ground, None if that is a picture."""
    ink = colour_of(given.get("-webkit-text-fill-color") or given.get("color", ""))
    if not cuts_out(given) or ink is None or ink[3] > 0:
        return ink
    painted = given.get("background-image", "") or given.get("background", "") or given.get("background-color", "")
    if painted in ("none", "transparent"):
        return ink
    return _painted(painted)


def ground_of(given: Declarations) -> tuple[float, ...] | None:
    """Return the colour that declarations set behind a text, if any that covers what lies below."""
    if cuts_out(given):
        return None
    colour = _painted(given.get("background-image", "")) or _painted(
        given.get("background-color", "") or given.get("background", "")
    )
    return colour if colour and colour[3] else None


def cuts_out(given: Declarations) -> bool:
    """Tell whether a text is cut out of its own background."""
    return "text" in (given.get("background-clip"), given.get("-webkit-background-clip"))


def _painted(value: str) -> tuple[float, ...] | None:
    """Return the colour of a background, if it is one colour all over; a gradient from one colour to itself is."""
    if plain := colour_of(value):
        return plain
    if "gradient(" in value:
        colours = gradient_colours(value)
        return colours[0] if colours and all(is_like(one, colours[0]) for one in colours) else None
    return next(filter(None, map(colour_of, value.split())), None)


def _words(value: str) -> list[str]:
    """Return the lengths of a shorthand; a calculation is one of them, whatever blanks it has."""
    return [value] if "(" in value else value.split()
