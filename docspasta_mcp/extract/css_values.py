"""CSS values as numbers: lengths in a few units, calculations, functions, and what scales and turns."""

import math
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from docspasta_mcp.extract.css_sums import Amount, calculated

_AMOUNT = re.compile(r"([+-]?(?:\d{1,9}(?:\.\d{0,9})?|\.\d{1,9}))\d{0,99}(?:e([+-]?\d{1,2}))?([a-z]{0,5}|%)")
_CALCULATED = re.compile(r"(?:calc|min|max|clamp|-webkit-calc|abs)\(")
_VARIABLE = re.compile(r"(?:var\(\s*(--[^\s,()]{1,60})|env\(\s*[a-z-]{1,60})\s*(?:,([^()]{0,200}))?\)")
_OPENING = re.compile(r"([a-z0-9-]{1,30})\(")
_NEARLY = 0.05  # of an opacity or a scale: less is not seen
_TINY = {"px": 2.0, "em": 0.5, "rem": 0.5, "%": 30.0, "vw": 0.3, "vh": 0.3}
_THIN = {"px": 1.0, "em": 0.07, "rem": 0.07, "%": 0.1, "vw": 0.1, "vh": 0.15}
_CANONICAL = {
    "pt": (4 / 3, "px"), "pc": (16, "px"), "in": (96, "px"), "cm": (37.8, "px"), "mm": (3.78, "px"), "q": (0.945, "px"),
    "ex": (0.5, "em"), "ch": (0.5, "em"), "ic": (1, "em"), "cap": (0.7, "em"), "lh": (1.2, "em"), "rlh": (1.2, "rem"),
    "rex": (0.5, "rem"), "rch": (0.5, "rem"), "ric": (1, "rem"), "rcap": (0.7, "rem"), "vi": (1, "vw"), "vb": (1, "vh"),
    "vmin": (1, "vh"), "vmax": (1, "vw"), "cqw": (1, "vw"), "cqi": (1, "vw"), "cqh": (1, "vh"), "cqb": (1, "vh"),
    "cqmin": (1, "vh"), "cqmax": (1, "vw"),
    **{f"{kind}{one}": (1, one if one in ("vw", "vh") else {"vi": "vw", "vb": "vh", "vmin": "vh", "vmax": "vw"}[one])
       for kind in "dsl" for one in ("vw", "vh", "vi", "vb", "vmin", "vmax")},
}  # fmt: skip
_DEGREES = {"deg": 1.0, "grad": 0.9, "rad": 180 / math.pi, "turn": 360.0}
_MAX_NESTED = 5  # variables in values of variables
_MAX_VALUE = 2_000  # characters of a value that is looked into


@lru_cache(maxsize=4096)
def amount(value: str) -> Amount | None:
    """Return number and unit of a length, a percentage or a number; lengths in px, em, rem, vw or vh."""
    value = value.strip()
    if _CALCULATED.match(value):
        return calculated(value, _plain_amount)
    return _plain_amount(value)


def _plain_amount(value: str) -> Amount | None:
    match = _AMOUNT.fullmatch(value)
    if match is None:
        return None
    number = float(f"{match[1]}e{match[2] or 0}")
    factor, unit = _CANONICAL.get(match[3], (1, match[3]))
    return number * factor, unit


def is_zero(value: str | None) -> bool:
    """Tell whether a value is zero, in whatever unit."""
    found = amount(value) if value else None
    return found is not None and found[0] == 0


def is_thin(value: str | None) -> bool:
    """Tell whether a width or height is a pixel at most."""
    found = amount(value) if value else None
    return found is not None and (found[0] <= 0 or found[0] <= _THIN.get(found[1], 0.0))


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


def functions_of(value: str) -> Iterator[tuple[str, str]]:
    """Yield name and arguments of each function in a value that stands in no other."""
    place, value = 0, value[:_MAX_VALUE]
    while (opening := _OPENING.search(value, place)) is not None:
        depth, end = 1, opening.end()
        while end < len(value) and depth:
            depth += (value[end] == "(") - (value[end] == ")")
            end += 1
        yield opening[1], value[opening.end() : end - (not depth)]
        place = end


def arguments_of(name: str, value: str) -> list[str]:
    """Return the arguments of each function of a name in a value."""
    return [inside.strip() for found, inside in functions_of(value) if found == name] if name in value else []


def parts_of(value: str, separator: str) -> list[str]:
    """Split a value at each comma or blank that stands in no brackets."""
    parts, depth = [""], 0
    for char in value[:_MAX_VALUE]:
        depth += (char == "(") - (char == ")")
        if char == separator and depth <= 0:
            parts.append("")
        else:
            parts[-1] += char
    return [part.strip() for part in parts if part.strip()]


def is_turned_away(transform: str) -> bool:
    """Tell whether a `transform` makes its element a point or a line, or turns or moves it away."""
    across = down = 1.0
    for name, inside in functions_of(transform):
        parts = parts_of(inside, ",")
        numbers = _numbers(parts)
        if _turns_away(name, parts, numbers):
            return True
        if name in ("scale", "scale3d", "scalex") and numbers:
            across *= numbers[0]
        if name in ("scale", "scale3d", "scaley") and numbers:
            down *= numbers[1] if len(numbers) > 1 else numbers[0]
    return min(abs(across), abs(down)) < _NEARLY


def _numbers(parts: list[str]) -> list[float]:
    found = [one for part in parts if (one := amount(part)) is not None]
    return [number / 100 if unit == "%" else number for number, unit in found]


def _turns_away(name: str, parts: list[str], numbers: list[float]) -> bool:
    """Tell whether one function of a transform leaves nothing to be seen."""
    if name.startswith("matrix"):
        return _area_of(name, numbers) < 0.001
    if name in ("rotatex", "rotatey", "skew", "skewx", "skewy"):
        return any(map(_is_edge, parts))
    if name == "rotate3d":
        return any(numbers[:2]) and _is_edge(parts[-1])
    return name.startswith("translate") and _moves_away(name, parts)


def _area_of(name: str, numbers: list[float]) -> float:
    """Return what a matrix makes of a square."""
    if name == "matrix" and len(numbers) == 6:
        return abs(numbers[0] * numbers[3] - numbers[1] * numbers[2])
    if name == "matrix3d" and len(numbers) == 16:
        return abs(numbers[0] * numbers[5] - numbers[1] * numbers[4])
    return 1.0


def _is_edge(angle: str) -> bool:
    """Tell whether what is turned by an angle shows its edge."""
    found = _plain_amount(angle.strip())
    if found is None or found[1] not in _DEGREES:
        return False
    return abs(math.cos(math.radians(found[0] * _DEGREES[found[1]]))) < _NEARLY


def _moves_away(name: str, parts: list[str]) -> bool:
    if any(reaches(one, px=-900, vw=-100, vh=-100, em=-60, rem=-60, percent=-200) for one in parts):
        return True
    is_across = name in ("translate", "translatex", "translate3d")
    return is_across and bool(parts) and reaches(parts[0], px=3_000, em=190, rem=190, vw=150, percent=400)


def with_values(given: Mapping[str, str], variables: Mapping[str, str]) -> Mapping[str, str]:
    """Return declarations with the values of the variables that they name; beside an unknown one stands its own."""
    if not any("var(" in value or "env(" in value for value in given.values()):
        return given
    known = {**variables, **{name: value for name, value in given.items() if name.startswith("--")}}

    def value_of(match: re.Match[str]) -> str:
        return known.get(match[1] or "", match[2] or "").strip()

    found = dict(given)
    for _ in range(_MAX_NESTED):
        named = [name for name, value in found.items() if "var(" in value or "env(" in value]
        if not named:
            break
        for name in named:
            found[name] = _VARIABLE.sub(value_of, found[name])[:_MAX_VALUE]
    return found
