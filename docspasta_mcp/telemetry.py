"""Logs: one line an event, to stderr only, since stdout belongs to the MCP protocol. Traces, where they are wanted."""

import json
import logging
import re
import sys
from collections.abc import Callable
from typing import Any, Literal

from opentelemetry import trace

from docspasta_mcp.errors import ConfigError
from docspasta_mcp.metrics import delivered_job
from docspasta_mcp.runtime.escapes import escaped

LogFormat = Literal["text", "json"]

MAX_LINE = 20_000  # characters of a message or a traceback; a name in it may have a page's length


def _without_query(address: re.Match[str]) -> str:
    return f"{address[1]}?…" if address[2] else address[0]


_SECRETS: tuple[
    tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...
] = (  # user info and query of a URL, access tokens
    (re.compile(r"(\b[a-zA-Z][a-zA-Z0-9+.-]{0,20}://)[^/\s@'\"]*@"), r"\1…@"),
    (re.compile(r"(\bhttps?://[^\s?'\"<>]++)(\??+)[^\s'\"<>]*+"), _without_query),  # each address is read once
    (re.compile(r"\b(Bearer +|docspasta_(?=[\w-]{20}))[\w.~+/=-]+", re.IGNORECASE), r"\1…"),
)


def _safe(text: str) -> str:
    """Return a text as it may be logged: no secrets, and nothing that a terminal or a reader of lines would act on."""
    text = text[:MAX_LINE]
    for pattern, words in _SECRETS:
        text = pattern.sub(words, text)
    return escaped(text)


class _JsonFormatter(logging.Formatter):
    """One JSON object a line, with the job and the trace that it is about, and the exception's text, if any."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname,
            "logger": record.name,
            "message": _safe(record.getMessage()),
        }
        if job_id := str(getattr(record, "job_id", "")) or delivered_job.get():
            line["job_id"] = job_id
        span = trace.get_current_span().get_span_context()
        if span.is_valid:
            line |= {"trace_id": trace.format_trace_id(span.trace_id), "span_id": trace.format_span_id(span.span_id)}
        if record.exc_info:
            line["exception"] = "\n".join(map(_safe, self.formatException(record.exc_info).split("\n")))
        return json.dumps(line, ensure_ascii=False)


class _TextFormatter(logging.Formatter):
    """A line for people; a traceback follows, indented, so that no text in it can pass for a line of its own."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # logging's name
        record.message = _safe(record.message)
        return super().formatMessage(record)

    def formatException(self, ei: Any) -> str:  # noqa: N802
        return "\n".join(f"    {_safe(line)}" for line in super().formatException(ei).split("\n"))


def configure_logging(*, level: str, log_format: LogFormat) -> None:
    """Send every log line of this process to stderr.

    Args:
        level: a name that `logging` knows, for our own loggers; libraries speak from WARNING up.
        log_format: `text` for people, `json` for machines.
    """
    handler = logging.StreamHandler(sys.stderr)
    text = _TextFormatter("%(asctime)s %(levelname)-7s %(message)s", "%H:%M:%S")
    handler.setFormatter(_JsonFormatter() if log_format == "json" else text)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("docspasta_mcp").setLevel(level)


def configure_tracing(endpoint: str) -> None:
    """Send the spans of this process to an OpenTelemetry collector over HTTP.

    Args:
        endpoint: the collector's base URL; what else the SDK knows is set by its own `OTEL_*` variables.

    Raises:
        ConfigError: the SDK is not installed.
    """
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    except ModuleNotFoundError:
        raise ConfigError("OTEL_EXPORTER_OTLP_ENDPOINT is set: install docspasta-mcp[tracing].") from None
    provider = TracerProvider(resource=Resource.create({"service.name": "docspasta-mcp"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(f"{endpoint}/v1/traces")))
    trace.set_tracer_provider(provider)
