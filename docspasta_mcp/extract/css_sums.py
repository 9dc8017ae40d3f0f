"""Calculations in CSS values: `calc`, `min`, `max`, `clamp` and `abs` over numbers and lengths (CSS Values §10)."""

import re
from collections.abc import Callable, Sequence

Amount = tuple[float, str]
_TOKEN = re.compile(
    r"\s*(?:([a-z-]{1,20})(?=\()|([+-]?[\d.]+(?:e[+-]?\d+)?(?:[a-z]+|%)?)|(-?infinity|pi|e)\b|([()*/+,-]))"
)
_MAX = 300  # characters
_CONSTANTS = {"infinity": 1e9, "-infinity": -1e9, "pi": 3.141593, "e": 2.718282}
_PX = {"px": 1.0, "em": 16.0, "rem": 16.0, "vw": 12.8, "vh": 7.2}  # on a usual screen


class _NoSum(Exception):
    """The text is not a calculation that is understood."""


def calculated(value: str, amount_of: Callable[[str], Amount | None]) -> Amount | None:
    """Return what a calculation comes to, None if that depends on more than a usual screen.

    Args:
        value: begins with the function's name.
        amount_of: reads one length, percentage or number.
    """
    if len(value) > _MAX:
        return None
    try:
        return _Sum(value, amount_of).whole()
    except (_NoSum, RecursionError, OverflowError):
        return None


class _Sum:
    """Reads a calculation from its beginning to its end."""

    def __init__(self, text: str, amount_of: Callable[[str], Amount | None]) -> None:
        self._text = text
        self._amount_of = amount_of
        self._place = 0

    def whole(self) -> Amount:
        found = self._factor()
        if self._text[self._place :].strip():
            raise _NoSum
        return found

    def _peek(self) -> re.Match[str] | None:
        return _TOKEN.match(self._text, self._place)

    def _take(self, sign: str) -> bool:
        token = self._peek()
        if token is None or token[4] != sign:
            return False
        self._place = token.end()
        return True

    def _terms(self) -> Amount:
        total = self._product()
        while True:
            token = self._peek()
            if token is not None and token[2] and token[2][0] in "+-":  # `1px -2px`: blanks were lost on the way
                raise _NoSum
            if self._take("+"):
                total = _added(total, self._product(), 1.0)
            elif self._take("-"):
                total = _added(total, self._product(), -1.0)
            else:
                return total

    def _product(self) -> Amount:
        found = self._factor()
        while True:
            if self._take("*"):
                other = self._factor()
                if found[1] and other[1]:
                    raise _NoSum
                found = found[0] * other[0], found[1] or other[1]
            elif self._take("/"):
                other = self._factor()
                if other[1] or not other[0]:
                    raise _NoSum
                found = found[0] / other[0], found[1]
            else:
                return found

    def _factor(self) -> Amount:
        token = self._peek()
        if token is None:
            raise _NoSum
        self._place = token.end()
        if token[1]:
            return _of(token[1], self._arguments())
        if token[2]:
            if (found := self._amount_of(token[2])) is None:
                raise _NoSum
            return found
        if token[3]:
            return _CONSTANTS[token[3]], ""
        if token[4] == "(":
            found = self._terms()
            if not self._take(")"):
                raise _NoSum
            return found
        raise _NoSum

    def _arguments(self) -> list[Amount]:
        if not self._take("("):
            raise _NoSum
        found = [self._terms()]
        while self._take(","):
            found.append(self._terms())
        if not self._take(")"):
            raise _NoSum
        return found


def _of(name: str, given: Sequence[Amount]) -> Amount:
    if name in ("calc", "-webkit-calc", "") and len(given) == 1:
        return given[0]
    if name == "abs" and len(given) == 1:
        return abs(given[0][0]), given[0][1]
    alike = _in_one_unit(given)
    if name == "min":
        return min(alike)
    if name == "max":
        return max(alike)
    if name == "clamp" and len(alike) == 3:
        return max(alike[0], min(alike[1], alike[2]))
    raise _NoSum


def _added(one: Amount, other: Amount, sign: float) -> Amount:
    first, second = _in_one_unit((one, other))
    return first[0] + sign * second[0], first[1]


def _in_one_unit(given: Sequence[Amount]) -> list[Amount]:
    """Return amounts in the one unit that they have; different lengths in pixels."""
    units = {unit for number, unit in given if number or unit}
    if len(units) <= 1:
        unit = next(iter(units), "")
        return [(number, unit) for number, _ in given]
    if not units <= _PX.keys():
        raise _NoSum
    return [(number * _PX[unit], "px") for number, unit in given]
