"""The header by which a server says when to come again (RFC 9110 §10.2.3)."""

import math
from datetime import UTC
from email.utils import parsedate_to_datetime


def retry_after_s(value: str, *, now: float) -> float | None:
    """Return the seconds that a Retry-After header asks to wait, at least 0; None if it cannot be read.

    Args:
        value: a number of seconds, or a date.
        now: Unix seconds.
    """
    value = value.strip()
    try:
        seconds = float(value)
    except ValueError:
        moment = _moment(value)
        if moment is None:
            return None
        seconds = moment - now
    return max(0.0, seconds) if math.isfinite(seconds) else None


def _moment(date: str) -> float | None:
    try:
        moment = parsedate_to_datetime(date)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
