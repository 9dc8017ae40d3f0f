"""When a cron expression fires next: https://upstash.com/docs/qstash/features/schedules.

`CRON_TZ=Europe/Berlin 0 4 * * *` is in that time zone, anything else in UTC; the resolution is a minute.
"""

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from docspasta_mcp.broker.errors import BadRequest

_FIELDS = 5


def next_time_ms(expression: str, *, after_ms: int) -> int:
    """Return the first time after `after_ms` that an expression names, in Unix milliseconds.

    Raises:
        BadRequest: it is not a cron expression, its time zone is unknown, or it never fires again.
    """
    zone, fields = _split(expression)
    if len(fields.split()) != _FIELDS:
        raise BadRequest(f"invalid cron {expression!r}: {_FIELDS} fields are wanted")
    try:
        moment = next(CronSim(fields, datetime.fromtimestamp(after_ms / 1000, zone)))
    except CronSimError as error:
        raise BadRequest(f"invalid cron {expression!r}: {error}") from None
    except StopIteration:
        raise BadRequest(f"invalid cron {expression!r}: it never fires") from None
    return int(moment.timestamp() * 1000)


def _split(expression: str) -> tuple[tzinfo, str]:
    if not expression.startswith("CRON_TZ="):
        return UTC, expression
    name, _, fields = expression.removeprefix("CRON_TZ=").partition(" ")
    try:
        return ZoneInfo(name), fields
    except (ValueError, OSError, LookupError):
        raise BadRequest(f"invalid cron {expression!r}: unknown time zone {name!r}") from None
