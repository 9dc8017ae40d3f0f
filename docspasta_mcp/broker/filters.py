"""Filters of listings and bulk actions: query parameters become one SQL condition, unknown ones are refused.

Values of one filter are alternatives, given again or separated by commas; filters narrow one another.
https://upstash.com/docs/qstash/api-reference/dlq/list-dlq-messages
"""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from docspasta_mcp.broker.errors import BadRequest

_COLUMNS = {
    "messageId": "m.id",
    "url": "json_extract(m.spec, '$.url')",
    "host": "url_host(json_extract(m.spec, '$.url'))",
    "path": "url_path(json_extract(m.spec, '$.url'))",
    "topicName": "json_extract(m.spec, '$.topic')",
    "queueName": "json_extract(m.spec, '$.queue')",
    "scheduleId": "json_extract(m.spec, '$.schedule_id')",
    "flowControlKey": "json_extract(m.spec, '$.flow.key')",
    "callerIp": "json_extract(m.spec, '$.caller_ip')",
    "callerIP": "json_extract(m.spec, '$.caller_ip')",
}
MESSAGE_FILTERS = ("messageId", "url", "topicName", "queueName", "scheduleId", "label", "fromDate", "toDate")
"""What every listing can be filtered by."""
BULK_FILTERS = (*MESSAGE_FILTERS, "flowControlKey", "callerIp", "callerIP")


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition for a WHERE over `message AS m`, and its values."""

    sql: str = "1"
    values: tuple[Any, ...] = ()

    def __and__(self, other: "Filter") -> "Filter":
        return Filter(f"({self.sql}) AND ({other.sql})", (*self.values, *other.values))


def any_of(column: str, values: Sequence[Any]) -> Filter:
    """Return the condition that a column has one of these values."""
    return Filter(f"{column} IN ({','.join('?' * len(values))})", tuple(values))


def read_filter(
    parameters: Mapping[str, Sequence[str]], *, allowed: Sequence[str], others: Sequence[str] = (), time: str
) -> Filter:
    """Make the condition.

    Args:
        parameters: each name's values.
        allowed: the filters this endpoint has.
        others: parameters that are not filters, for the endpoint to read itself.
        time: the column that `fromDate` and `toDate` are about.

    Raises:
        BadRequest: a filter is unknown, or its value makes no sense.
    """
    unknown = set(parameters) - {*allowed, *others}
    if unknown:
        raise BadRequest(f"unknown filter {min(unknown)!r}; known are {', '.join(sorted({*allowed, *others}))}")
    condition = Filter()
    for name, given in parameters.items():
        if name in allowed:
            parts = [part.strip() for value in given for part in value.split(",")]
            whole = given if name in ("url", "path") else ()  # these may hold commas themselves
            condition &= _condition(name, [*dict.fromkeys((*whole, *parts))], time)
    return condition


def whole_number(parameters: Mapping[str, Sequence[str]], name: str, default: int, *, most: int) -> int:
    """Return a parameter from 1 to `most`.

    Raises:
        BadRequest: it is not such a number.
    """
    text = parameters.get(name, [str(default)])[-1]
    if not text.isdecimal() or not 1 <= int(text) <= most:
        raise BadRequest(f"invalid {name} {text!r}: 1 to {most}")
    return int(text)


def add_url_functions(db: sqlite3.Connection) -> None:
    """Teach a connection the functions that the filters `host` and `path` use."""
    parts: tuple[tuple[str, Callable[[str], str]], ...] = (
        ("url_host", lambda url: urlsplit(url).netloc),
        ("url_path", lambda url: urlsplit(url).path),
    )
    for name, function in parts:
        db.create_function(name, 1, function, deterministic=True)


def _condition(name: str, values: list[str], time: str) -> Filter:
    match name:
        case "fromDate" | "toDate":
            moment = _number(name, values[-1])
            return Filter(f"{time} {'>=' if name == 'fromDate' else '<='} ?", (moment,))
        case "responseStatus":
            return any_of("d.response_status", [_number(name, value) for value in values])
        case "label":  # a message may have several, kept separated by commas
            wanted = " OR ".join(
                ["instr(',' || json_extract(m.spec, '$.label') || ',', ',' || ? || ',')"] * len(values)
            )
            return Filter(wanted, tuple(values))
        case _:
            return any_of(_COLUMNS[name], values)


def _number(name: str, text: str) -> int:
    if not text.isdecimal() or len(text) > 15:
        raise BadRequest(f"invalid {name} {text!r}: a whole number is wanted")
    return int(text)
