"""Reports of unexpected exceptions to Sentry, where an operator wants them: what failed where, without what was read.

A report has the exceptions' types, the frames of the stack and our own sentence with ids and hosts. Messages of
exceptions, local variables, URLs' paths and whatever else the SDK would add are left out: they may hold a page's text.
"""

import logging
import re
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from docspasta_mcp import __version__
from docspasta_mcp.errors import ConfigError, DocspastaError
from docspasta_mcp.metrics import delivered_job

if TYPE_CHECKING:
    from sentry_sdk.transport import Transport
    from sentry_sdk.types import Event

_KEPT = frozenset(("event_id", "timestamp", "level", "logger", "platform", "release", "environment", "sdk"))
_FRAME = ("filename", "module", "function", "lineno", "in_app")
_AN_ID = re.compile(r"[\w-]{1,64}")


def configure_error_reports(dsn: str, *, transport: "type[Transport] | None" = None) -> None:
    """Report unexpected exceptions of this process.

    Args:
        dsn: of the Sentry project.
        transport: what sends the reports, if not the SDK's own.

    Raises:
        ConfigError: the SDK is not installed, or the DSN is malformed.
    """
    try:
        import sentry_sdk  # noqa: PLC0415
        from sentry_sdk.integrations.excepthook import ExcepthookIntegration  # noqa: PLC0415
        from sentry_sdk.integrations.logging import LoggingIntegration  # noqa: PLC0415
        from sentry_sdk.utils import BadDsn  # noqa: PLC0415
    except ModuleNotFoundError:
        raise ConfigError("SENTRY_DSN is set: install docspasta-mcp[sentry].") from None
    try:
        sentry_sdk.init(
            dsn,
            release=f"docspasta-mcp@{__version__}",
            integrations=[LoggingIntegration(level=None, event_level=logging.ERROR), ExcepthookIntegration()],
            default_integrations=False,
            auto_enabling_integrations=False,
            auto_session_tracking=False,
            include_local_variables=False,
            include_source_context=False,
            max_breadcrumbs=0,
            server_name="",
            before_send=reduced,
            transport=transport,
        )
    except BadDsn:
        raise ConfigError("SENTRY_DSN is not a DSN, as Sentry shows it under Client Keys.") from None


def reduced(event: "Event", hint: dict[str, Any]) -> "Event | None":
    """Return what of a report may leave; None for an error that was expected, or that no exception caused."""
    told = hint.get("exc_info")
    if told is None or isinstance(told[1], DocspastaError):
        return None
    whole = cast("dict[str, Any]", event)
    kept = {name: whole[name] for name in _KEPT & whole.keys()}
    values = whole.get("exception", {}).get("values", ())
    kept["exception"] = {"values": [_exception(one) for one in values]}
    if entry := whole.get("logentry"):
        params = [_word(one) for one in entry.get("params", ())]
        kept["logentry"] = {"message": entry.get("message", ""), "params": params}
    if job_id := delivered_job.get():
        kept["tags"] = {"job_id": job_id}
    return cast("Event", kept)


def _exception(value: dict[str, Any]) -> dict[str, Any]:
    frames = cast("list[dict[str, Any]]", (value.get("stacktrace") or {"frames": []})["frames"])
    return {
        "type": value.get("type"),
        "module": value.get("module"),
        "value": "",
        "stacktrace": {"frames": [{name: frame.get(name) for name in _FRAME} for frame in frames]},
    }


def _word(value: object) -> str:
    """Return an id or a name as it is, the host of a URL, and nothing of anything else."""
    text = str(value)
    if "://" in text:
        return urlsplit(text).hostname or "…" if " " not in text else "…"
    return text if _AN_ID.fullmatch(text) else "…"
