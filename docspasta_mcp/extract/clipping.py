"""Shapes and masks that leave nothing of their element."""

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

from docspasta_mcp.extract.css_colours import gradient_colours
from docspasta_mcp.extract.css_sums import Amount
from docspasta_mcp.extract.css_values import amount, arguments_of, functions_of, is_thin, is_zero

_NUMBER = re.compile(r"[+-]?(?:\d{1,9}\.?\d{0,9}|\.\d{1,9})")
_CORNERS = 3  # of the smallest shape that has an area
_LEAST = 1.0  # square pixels or squares of a percent


def is_clipped(given: Mapping[str, str]) -> bool:
    """Tell whether declarations cut their element off altogether."""
    if given.get("position") in ("absolute", "fixed") and any(
        _is_narrow(_lengths(one)) for one in arguments_of("rect", given.get("clip", ""))
    ):
        return True
    return any(has_no_area(given.get(name, "")) for name in ("clip-path", "-webkit-clip-path"))


def has_no_area(shape: str) -> bool:
    """Tell whether a basic shape (CSS Shapes) has no area."""
    found = next(functions_of(shape), None) if "(" in shape else None
    check = _SHAPES.get(found[0]) if found else None
    return check is not None and found is not None and check(found[1].strip())


def is_masked(given: Mapping[str, str]) -> bool:
    """Tell whether a mask lets nothing through."""
    masks = " ".join(given.get(name, "") for name in ("mask", "mask-image", "-webkit-mask", "-webkit-mask-image"))
    sizes = f"{given.get('mask-size', '')} {given.get('-webkit-mask-size', '')}".split()
    colours = gradient_colours(masks) if "gradient(" in masks else ()
    return (bool(colours) and all(one[3] == 0 for one in colours)) or any(map(is_zero, sizes))


def _lengths(inside: str) -> list[str]:
    return inside.replace(",", " ").split()


def _four(lengths: Sequence[str]) -> Sequence[str]:
    """Return top, right, bottom and left of one to four lengths (CSS Box §3)."""
    match list(lengths):
        case [one]:
            return one, one, one, one
        case [one, two]:
            return one, two, one, two
        case [one, two, three]:
            return one, two, three, two
        case [_, _, _, _]:
            return lengths
        case _:
            return "", "", "", ""


def _fills(one: str, other: str) -> bool:
    """Tell whether two insets from opposite sides meet."""
    first, second = amount(one), amount(other)
    if first is None or second is None:
        return False
    most = {"%": 99.0, "px": 3_000.0, "vw": 99.0, "vh": 99.0, "em": 190.0, "rem": 190.0}
    shares = [number / most[unit] for number, unit in (first, second) if unit in most]
    return sum(shares) >= 1


def _is_narrow(sides: Sequence[str]) -> bool:
    """Tell whether a rectangle of top, right, bottom and left edges has no area."""
    if len(sides) != 4:
        return False
    top, right, bottom, left = map(amount, sides)
    return _meet(top, bottom) or _meet(left, right)


def _meet(near: Amount | None, far: Amount | None) -> bool:
    """Tell whether two edges are a pixel apart at most."""
    if near is None or far is None or (near[1] != far[1] and near[0] and far[0]):
        return False
    return far[0] - near[0] <= 1


def _is_flat(inside: str) -> bool:
    """Tell whether a polygon has no area; its lengths are all in pixels or all in percent."""
    corners = [part.split() for part in inside.split(",") if part.strip() not in ("", "nonzero", "evenodd")]
    points: list[tuple[float, float]] = []
    units: set[str] = set()
    for corner in corners:
        found = [one for part in corner[:2] if (one := amount(part)) is not None]
        if len(found) != 2:
            return False
        units.update(unit for number, unit in found if number)
        points.append((found[0][0], found[1][0]))
    if len(points) < _CORNERS:
        return True
    closed = [*points, points[0]]
    area = abs(sum(x * next_y - next_x * y for (x, y), (next_x, next_y) in pairwise(closed))) / 2
    return area < _LEAST and units <= {"px", "%"}


def _is_flat_inset(inside: str) -> bool:
    top, right, bottom, left = _four(_lengths(inside.partition("round")[0]))
    return _fills(top, bottom) or _fills(left, right)


_SHAPES: dict[str, Callable[[str], bool]] = {
    "inset": _is_flat_inset,
    "circle": lambda inside: is_thin(inside.partition("at ")[0].strip()),
    "ellipse": lambda inside: any(map(is_thin, inside.partition("at ")[0].split()[:2])),
    "xywh": lambda inside: any(map(is_thin, _lengths(inside)[2:4])),
    "rect": lambda inside: _is_narrow(_lengths(inside.partition("round")[0])),
    "path": lambda inside: len(_NUMBER.findall(inside)) < 2 * _CORNERS,
    "polygon": _is_flat,
}
