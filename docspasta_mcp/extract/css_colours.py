"""CSS colours as red, green, blue and alpha, however they are spelled."""

import math
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, cast

from tinycss2 import color4

from docspasta_mcp.extract.css_values import amount, functions_of, parts_of

Colour = tuple[float, ...]
_MAX_COLOUR = 300  # characters
_NEARLY = 0.05  # of an opacity: less is not seen
_ALIKE = 0.07  # of a colour's channel: #eee on white
_OF_THE_PAGE = {"canvas": (1.0, 1.0, 1.0, 1.0), "field": (1.0, 1.0, 1.0, 1.0), "canvastext": (0.0, 0.0, 0.0, 1.0)}
_CLEAR_END = re.compile(r"/\s*(?:0(?:\.0*)?|\.0+)%?\s*\Z")


@lru_cache(maxsize=1024)
def colour_of(value: str) -> Colour | None:
    """Return red, green, blue and alpha from 0 to 1 of a colour; None if the text is not a colour."""
    value = " ".join(value.split())
    if not value or len(value) > _MAX_COLOUR:
        return None
    if value in _OF_THE_PAGE:
        return _OF_THE_PAGE[value]
    if "(" in value and (found := _composed(value)) is not None:
        return found
    parsed = _parsed(value)
    if parsed is None:
        return None
    alpha = 0.0 if parsed.alpha < _NEARLY else float(parsed.alpha)
    coordinates = [float(one or 0.0) for one in parsed.coordinates]
    channels = _CONVERSIONS.get(str(parsed.space), _by_library)(coordinates, parsed)
    if channels is None:
        return None
    red, green, blue = (round(min(1.0, max(0.0, one)), 3) for one in channels)
    return red, green, blue, alpha


def _parsed(value: str) -> Any:
    """Return what the library makes of a value; None if it is not a colour, or only looks like one."""
    try:
        found = cast("Any", color4.parse_color(value))
    except (ValueError, TypeError, IndexError, ArithmeticError, RecursionError):
        return None
    return None if isinstance(found, str) else found


def is_like(ink: Colour, ground: Colour | None) -> bool:
    """Tell whether nobody can tell a colour from what is behind it."""
    return ground is not None and all(abs(one - other) < _ALIKE for one, other in zip(ink[:3], ground[:3], strict=True))


def gradient_colours(value: str) -> list[Colour]:
    """Return the colours of the gradients in a value."""
    stops = [
        stop for name, inside in functions_of(value) if name.endswith("gradient") for stop in parts_of(inside, ",")
    ]
    return [colour for stop in stops for word in parts_of(stop, " ") if (colour := colour_of(word)) is not None]


def _composed(value: str) -> Colour | None:
    """Return a colour that is made of others: the light one of two, a mixture, one that is made clear."""
    name, inside = next(functions_of(value), ("", ""))
    parts = parts_of(inside, ",")
    if name == "light-dark" and len(parts) == 2:
        return colour_of(parts[0])
    if name == "color-mix" and len(parts) == 3:
        return _mixed(parts[1], parts[2])
    if inside.startswith("from ") and _CLEAR_END.search(inside):
        return 0.0, 0.0, 0.0, 0.0
    return None


def _mixed(one: str, other: str) -> Colour | None:
    """Return a mixture, taken in sRGB whatever space it names: near enough to tell what is seen."""
    found: list[tuple[Colour, float | None]] = []
    for part in (one, other):
        words = parts_of(part, " ")
        colour = next((colour for word in words if (colour := colour_of(word)) is not None), None)
        share = next((size[0] / 100 for word in words if (size := amount(word)) is not None and size[1] == "%"), None)
        if colour is None:
            return None
        found.append((colour, share))
    (first, own), (second, theirs) = found
    own = own if own is not None else 1 - theirs if theirs is not None else 0.5
    theirs = theirs if theirs is not None else 1 - own
    if own + theirs <= 0:
        return None
    weight = own / (own + theirs)
    alpha = (weight * first[3] + (1 - weight) * second[3]) * min(1.0, own + theirs)
    mixed = [a * weight + b * (1 - weight) for a, b in zip(first[:3], second[:3], strict=True)]
    return (*(round(channel, 3) for channel in mixed), 0.0 if alpha < _NEARLY else alpha)


def _by_library(_coordinates: Sequence[float], parsed: Any) -> Sequence[float] | None:
    try:
        return cast("Sequence[float]", parsed.to("srgb").coordinates)
    except (NotImplementedError, TypeError, ValueError, ZeroDivisionError):
        return None


def _of_oklab(lab: Sequence[float], _parsed: Any) -> Sequence[float]:
    """Convert from OKLab (Ottosson 2020)."""
    light, a, b = lab
    cones = (
        (light + 0.3963377774 * a + 0.2158037573 * b) ** 3,
        (light - 0.1055613458 * a - 0.0638541728 * b) ** 3,
        (light - 0.0894841775 * a - 1.2914855480 * b) ** 3,
    )
    rows = (
        (4.0767416621, -3.3077115913, 0.2309699292),
        (-1.2684380046, 2.6097574011, -0.3413193965),
        (-0.0041960863, -0.7034186147, 1.7076147010),
    )
    return [_gamma(_dot(row, cones)) for row in rows]


def _of_oklch(lch: Sequence[float], parsed: Any) -> Sequence[float]:
    return _of_oklab(_from_polar(lch), parsed)


def _of_lab(lab: Sequence[float], _parsed: Any) -> Sequence[float]:
    """Convert from CIE Lab with white D50 (CSS Color 4 §10)."""
    light, a, b = lab
    middle = (light + 16) / 116
    xyz = [
        white * _of_f(f)
        for white, f in zip(
            (0.9642956764, 1.0, 0.8251046025), (middle + a / 500, middle, middle - b / 200), strict=True
        )
    ]
    rows = ((3.1341359, -1.6173863, -0.4906619), (-0.9787955, 1.9162544, 0.0334427), (0.0719554, -0.2289768, 1.4053860))
    return [_gamma(_dot(row, xyz)) for row in rows]


def _of_lch(lch: Sequence[float], parsed: Any) -> Sequence[float]:
    return _of_lab(_from_polar(lch), parsed)


def _of_linear(linear: Sequence[float], _parsed: Any) -> Sequence[float]:
    return [_gamma(one) for one in linear]


def _as_it_is(channels: Sequence[float], _parsed: Any) -> Sequence[float]:
    return channels


_CONVERSIONS = {
    "oklab": _of_oklab, "oklch": _of_oklch, "lab": _of_lab, "lch": _of_lch, "srgb-linear": _of_linear,
    "display-p3": _as_it_is, "a98-rgb": _as_it_is, "prophoto-rgb": _as_it_is, "rec2020": _as_it_is,
}  # fmt: skip


def _from_polar(lch: Sequence[float]) -> Sequence[float]:
    light, chroma, hue = lch
    return light, chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))


def _dot(one: Sequence[float], other: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


def _of_f(f: float) -> float:
    return f**3 if f > 6 / 29 else 3 * (6 / 29) ** 2 * (f - 4 / 29)


def _gamma(linear: float) -> float:
    return 12.92 * linear if linear <= 0.0031308 else 1.055 * linear ** (1 / 2.4) - 0.055
