"""Durations and retry delays in QStash's notation.

A duration is `1d10h30m` or a bare number of seconds. A retry delay is an arithmetic expression in milliseconds
over `retried`, the number of retries so far, with the functions of the public documentation and nothing else.
"""

import ast
import math
import operator
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from docspasta_mcp.broker.errors import BadRequest
from docspasta_mcp.runtime.retry_after import retry_after_s

MAX_DELAY_MS = 86_400_000  # a day: the documented cap of the default back-off
_MAX_EXPRESSION = 200  # characters; the longest example in the documentation has 40

_PART = re.compile(r"(?<![\d.])(\d{1,18}(?:\.\d{1,18})?)(ns|us|µs|ms|s|m|h|d)")
_UNIT_MS = {"ns": 1e-6, "us": 1e-3, "µs": 1e-3, "ms": 1, "s": 1e3, "m": 6e4, "h": 3.6e6, "d": 8.64e7}
_BINARY: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: lambda left, right: left / right,
    ast.Mod: operator.mod,
}
_FUNCTIONS: dict[str, tuple[int, Any]] = {
    "pow": (2, math.pow),
    "exp": (1, math.exp),
    "sqrt": (1, math.sqrt),
    "abs": (1, abs),
    "floor": (1, math.floor),
    "ceil": (1, math.ceil),
    "round": (1, round),
    "min": (2, min),
    "max": (2, max),
}


@lru_cache(maxsize=1_024)  # callers use few of them, again and again
def duration_ms(text: str) -> int:
    """Return a duration such as `90`, `10s` or `1d10h` in milliseconds.

    Raises:
        BadRequest: it is not a duration.
    """
    if re.fullmatch(r"\d{1,9}", text):
        return int(text) * 1000
    parts = _PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise BadRequest(f"invalid duration {text!r}: write it like 10s, 5m or 1d10h")
    return round(sum(float(number) * _UNIT_MS[unit] for number, unit in parts))


@lru_cache(maxsize=1_024)
def check_retry_delay(expression: str) -> str:
    """Return the expression if it can be evaluated.

    Raises:
        BadRequest: it holds anything but numbers, `retried`, + - * / %, parentheses and the known functions.
    """
    if len(expression) > _MAX_EXPRESSION:
        raise BadRequest(f"invalid retry delay: longer than {_MAX_EXPRESSION} characters")
    try:
        _value(ast.parse(expression.strip(), mode="eval").body, 1.0)
    except (OverflowError, ZeroDivisionError):
        pass  # it has a value for other numbers of retries
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError) as error:
        raise BadRequest(f"invalid retry delay {expression!r}: {error}") from None
    return expression


def retry_delay_ms(expression: str | None, retried: int) -> int:
    """Return how long to wait before the next attempt, in milliseconds, at most a day.

    Args:
        expression: a checked expression; None means QStash's default, min(86400, e^(2.5·n)) seconds with n
            counted from 1.
        retried: retries so far.
    """
    if expression is None:
        return round(min(86_400, math.exp(min(2.5 * (retried + 1), 20))) * 1000)
    try:
        value = _value(ast.parse(expression.strip(), mode="eval").body, float(retried))
    except (OverflowError, ZeroDivisionError, ValueError):
        return MAX_DELAY_MS
    return round(min(max(value, 0), MAX_DELAY_MS)) if math.isfinite(value) else MAX_DELAY_MS


def retry_after_ms(value: str, *, now: float) -> int | None:
    """Read a Retry-After or rate-limit-reset header: seconds, a date (RFC 9110), or a duration like `6m5s`.

    Returns:
        Milliseconds from now; None if it cannot be read or is longer than a day, as QStash ignores it then.
    """
    value = value.strip()
    try:
        wait: float | None = duration_ms(value)
    except BadRequest:
        seconds = retry_after_s(value, now=now)
        wait = None if seconds is None else seconds * 1000
    return round(wait) if wait is not None and wait <= MAX_DELAY_MS else None


def _value(node: ast.expr, retried: float) -> float:
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return float(number)
        case ast.Name(id="retried"):
            return retried
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand, retried)
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _value(operand, retried)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            return _BINARY[type(op)](_value(left, retried), _value(right, retried))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in _FUNCTIONS:
            arity, function = _FUNCTIONS[name]
            if len(args) != arity:
                raise ValueError(f"{name} takes {arity} arguments")
            return float(function(*(_value(arg, retried) for arg in args)))
        case _:
            raise ValueError(f"{ast.unparse(node)} is not allowed")
