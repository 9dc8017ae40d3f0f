"""CSS values as numbers: lengths with their units, what scales and turns, and colours, however they are spelled."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, cast

from tinycss2 import color4

_AMOUNT = re.compile(r"([+-]?(?:\d{1,9}(?:\.\d{0,9})?|\.\d{1,9}))(?:e([+-]?\d{1,2}))?([a-z]{0,5}|%)")
_CALCULATED = re.compile(r"(?:calc|min|max|clamp)\(([^()]{0,200})\)")
_VARIABLE = re.compile(r"var\(\s*(--[^\s,()]{1,60})\s*(?:,([^()]{0,200}))?\)")
_FUNCTION = re.compile(r"([a-z0-9]{1,20})\(([^()]{0,200})\)")
_MAX_COLOUR = 60  # characters
_NEARLY = 0.05  # of an opacity or a scale: less is not seen
_ALIKE = 0.07  # of a colour's channel: #eee on white
_TINY = {"px": 2.0, "pt": 1.5, "em": 0.5, "rem": 0.5, "ex": 0.9, "ch": 0.9, "%": 30.0, "vw": 0.3, "vh": 0.3,
         "vmin": 0.3, "vmax": 0.3, "mm": 0.5, "cm": 0.05, "in": 0.02}  # fmt: skip
_QUARTER_TURNS = {("90", "deg"), ("270", "deg"), ("-90", "deg"), (".25", "turn"), ("0.25", "turn"), ("100", "grad")}

Amount = tuple[float, str]


@lru_cache(maxsize=4096)
def amount(value: str) -> Amount | None:
    """Return number and unit of a length, a percentage or a number; of a plain calculation that of its least part."""
    if match := _CALCULATED.fullmatch(value.strip()):
        found = [one for part in match[1].split(",") if (one := amount(part)) is not None]
        return min(found, default=None)
    match = _AMOUNT.fullmatch(value.strip())
    return (float(f"{match[1]}e{match[2] or 0}"), match[3]) if match else None


def is_zero(value: str | None) -> bool:
    """Tell whether a value is zero, in whatever unit."""
    found = amount(value) if value else None
    return found is not None and found[0] == 0


def is_thin(value: str | None) -> bool:
    """Tell whether a width or height is a pixel at most."""
    found = amount(value) if value else None
    return found is not None and (found[0] <= 0 or (found[1] == "px" and found[0] <= 1))


def is_tiny(size: str | None) -> bool:
    """Tell whether a font is too small to be read."""
    found = amount(size) if size else None
    return found is not None and (found[0] <= 0 or found[0] < _TINY.get(found[1], 0.0))


def is_clear(opacity: str | None) -> bool:
    """Tell whether an opacity is that of what is not seen."""
    found = amount(opacity) if opacity else None
    return found is not None and found[0] < (100 * _NEARLY if found[1] == "%" else _NEARLY)


def reaches(value: str, **least: float) -> bool:
    """Tell whether a length in one of some units is so long, as in `px=3_000`, or so negative, as in `px=-900`."""
    found = amount(value)
    bound = least.get("percent" if found[1] == "%" else found[1] or "px") if found else None
    return found is not None and bound is not None and (found[0] >= bound if bound > 0 else found[0] <= bound)


def is_turned_away(transform: str) -> bool:
    """Tell whether a `transform` makes its element a point or a line, or turns its edge to the reader."""
    for name, inside in _FUNCTION.findall(transform):
        parts = [part.strip() for part in inside.split(",")]
        numbers = [found[0] for part in parts if (found := amount(part)) is not None]
        if name in ("scale", "scalex", "scaley", "scale3d") and any(abs(one) < _NEARLY for one in numbers[:2]):
            return True
        if name == "matrix" and len(numbers) == 6 and abs(numbers[0] * numbers[3] - numbers[1] * numbers[2]) < 0.001:
            return True
        if name in ("rotatex", "rotatey") and any(parts[0] == number + unit for number, unit in _QUARTER_TURNS):
            return True
        if name.startswith("translate") and any(reaches(one, px=-900, vw=-150, vh=-150, em=-60) for one in parts):
            return True
    return False


def with_values(given: Mapping[str, str], variables: Mapping[str, str]) -> Mapping[str, str]:
    """Return declarations with the values of the variables that they name; beside an unknown one stands its own."""
    if not any("var(" in value for value in given.values()):
        return given
    known = {**variables, **{name: value for name, value in given.items() if name.startswith("--")}}

    def value_of(match: re.Match[str]) -> str:
        return known.get(match[1], match[2] or "").strip()

    return {name: _VARIABLE.sub(value_of, value) for name, value in given.items()}


def first_colour(values: Iterable[str]) -> tuple[float, ...] | None:
    """Return the first of some words that is a colour."""
    return next(filter(None, map(colour_of, values)), None)


@lru_cache(maxsize=1024)
def colour_of(value: str) -> tuple[float, ...] | None:
    """Return red, green, blue and alpha from 0 to 1 of a colour, however spelled; None if the text is not a colour."""
    if not value or len(value) > _MAX_COLOUR:
        return None
    parsed = cast("Any", color4.parse_color(value))
    if parsed is None or isinstance(parsed, str):
        return None
    try:
        red, green, blue = (round(min(1.0, max(0.0, one)), 3) for one in parsed.to("srgb").coordinates)
    except (
        NotImplementedError,
        TypeError,
        ValueError,
        ZeroDivisionError,
    ):  # of the spaces by lightness, the ends alone
        lightness = parsed.coordinates[0] or 0.0
        if 0 < lightness < (100 if parsed.space in ("lab", "lch") else 1):
            return None
        red = green = blue = 1.0 if lightness > 0 else 0.0
    return red, green, blue, 0.0 if parsed.alpha < _NEARLY else float(parsed.alpha)


def is_like(ink: tuple[float, ...], ground: tuple[float, ...] | None) -> bool:
    """Tell whether nobody can tell a colour from what is behind it."""
    return ground is not None and all(abs(one - other) < _ALIKE for one, other in zip(ink[:3], ground[:3], strict=True))
