"""How the headers of a publish call make a message.

Names and meaning: https://upstash.com/docs/qstash/api-reference/messages/publish-a-message.
"""

import hashlib
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from docspasta_mcp.broker.durations import check_retry_delay, duration_ms
from docspasta_mcp.broker.errors import BadRequest
from docspasta_mcp.broker.message import DEFAULT_RETRIES, Callback, Flow, Message, new_id

MAX_RETRIES = 100
NAME = re.compile(r"[A-Za-z0-9_.-]{1,128}")  # of queues, schedules, URL groups and flow-control keys, as documented

_FORWARD = "upstash-forward-"
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}")  # RFC 9110 §5.6.2
_NO_VALUE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_OWN = frozenset(  # what frames a delivery or says whom it is for: the broker writes these itself
    ["host", "content-length", "transfer-encoding", "connection", "keep-alive", "proxy-connection", "te", "trailer",
     "upgrade", "expect"]
)  # fmt: skip
_SIGNS = re.compile(r"[^a-z0-9]")
_METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}
_REDACTABLE = re.compile(r"body|headers?|headers?\[[^\[\],]+\]")
_CONFIGURES_CALLBACK = {"method", "timeout", "retries", "retry-delay", "delay", "not-before", "label"}


def message_from_headers(
    destination: str, body: bytes, headers: Mapping[str, str], *, now_ms: int, **fields: Any
) -> Message:
    """Make a message from a publish call.

    Args:
        destination: the URL, exactly as it shall be signed.
        body: any bytes.
        headers: the call's headers with lower-case names.
        now_ms: the present.
        fields: fields of the message that no header carries.

    Raises:
        BadRequest: a header or the destination makes no sense.
    """
    check_url(destination, "destination")
    given: dict[str, Any] = {"not_before": now_ms, **options(headers, now_ms=now_ms), **fields}
    if (
        given.get("deduplication_id") is None
        and headers.get("upstash-content-based-deduplication", "").lower() == "true"
    ):
        given["deduplication_id"] = _content_id(destination, body, given.get("headers") or {})
    return Message(id=new_id("msg"), url=destination, body=body, created_at=now_ms, **given)


def options(headers: Mapping[str, str], *, now_ms: int) -> dict[str, Any]:
    """Return the fields of a message that these headers set, and only those.

    Raises:
        BadRequest: a header makes no sense; it is named.
    """
    given: dict[str, Any] = {}
    forwarded: dict[str, str] = {}
    for name, text in headers.items():
        if name in _READERS:
            field, read = _READERS[name]
            given[field] = read(text)
        elif name.startswith(_FORWARD):
            forwarded[_forwardable(name.removeprefix(_FORWARD), text)] = text
    if headers.get("content-type"):
        forwarded.setdefault("content-type", headers["content-type"])
    if forwarded:
        given["headers"] = forwarded
    if "upstash-flow-control-key" in headers:
        given["flow"] = _flow(headers["upstash-flow-control-key"], headers.get("upstash-flow-control-value", ""))
    if "upstash-not-before" in headers or "upstash-delay" in headers:
        given["not_before"] = _not_before(headers, now_ms)
    for name, field in (("upstash-callback", "callback"), ("upstash-failure-callback", "failure_callback")):
        if name in headers:
            given[field] = _callback(headers, name)
    return given


@lru_cache(maxsize=256)  # each delivery asks of each of its headers
def may_forward(name: str) -> bool:
    """Tell whether a caller may choose a header of the delivery: not those by which a destination trusts the broker.

    Gateways that hand headers to programs as variables make no difference between `-`, `_` and other signs.
    """
    plain = _SIGNS.sub("-", name.lower())
    return plain not in _OWN and not plain.startswith("upstash-")


def _forwardable(name: str, value: str) -> str:
    """Return the name of a header to forward.

    Raises:
        BadRequest: it is not a header's name, or one that only the broker writes.
    """
    if not _TOKEN.fullmatch(name) or _NO_VALUE.search(value):
        raise BadRequest(f"invalid header to forward {name[:100]!r}")
    if not may_forward(name):
        raise BadRequest(f"the header {name} cannot be forwarded: only the broker sets it")
    return name


def check_url(url: str, what: str) -> None:
    """Check an http or https URL.

    Raises:
        BadRequest: it is not one.
    """
    if not url.startswith(("http://", "https://")):
        raise BadRequest(f"invalid {what} url: endpoint has invalid scheme, add http:// or https://")


def check_name(name: str, what: str) -> str:
    """Return the name of a queue, schedule, URL group or flow-control key.

    Raises:
        BadRequest: it holds characters that names may not have.
    """
    if not NAME.fullmatch(name):
        raise BadRequest(f"invalid {what} {name!r}: letters, digits, '_', '.' and '-' are allowed")
    return name


def _method(text: str) -> str:
    if text.upper() not in _METHODS:
        raise BadRequest(f"invalid method {text!r}")
    return text.upper()


def _retries(text: str) -> int:
    if not text.isdecimal() or int(text) > MAX_RETRIES:
        raise BadRequest(f"invalid upstash-retries {text!r}: a whole number up to {MAX_RETRIES} is wanted")
    return int(text)


def _seconds(text: str) -> float:
    return duration_ms(text) / 1000


def _label(text: str) -> str | None:
    return ",".join(filter(None, (part.strip() for part in text.split(",")))) or None


def _redact(text: str) -> tuple[str, ...]:
    parts = tuple(part.strip().lower() for part in text.split(",") if part.strip())
    for part in parts:
        if not _REDACTABLE.fullmatch(part):
            raise BadRequest(f"invalid redact field {part!r}: body, headers or header[name] is wanted")
    return tuple(part.replace("headers[", "header[") for part in parts)


_READERS: dict[str, tuple[str, Any]] = {
    "upstash-method": ("method", _method),
    "upstash-retries": ("max_retries", _retries),
    "upstash-retry-delay": ("retry_delay", check_retry_delay),
    "upstash-timeout": ("timeout_s", _seconds),
    "upstash-label": ("label", _label),
    "upstash-deduplication-id": ("deduplication_id", str),
    "upstash-redact-fields": ("redact", _redact),
}


def _not_before(headers: Mapping[str, str], now_ms: int) -> int:
    moment = headers.get("upstash-not-before")
    if moment is not None:
        if not moment.isdecimal():
            raise BadRequest(f"invalid upstash-not-before {moment!r}: Unix seconds are wanted")
        return max(int(moment) * 1000, now_ms)
    return now_ms + duration_ms(headers["upstash-delay"])


def _flow(key: str, value: str) -> Flow:
    check_name(key, "flow control key")
    values: dict[str, int] = {}
    for part in filter(None, (part.strip() for part in value.split(","))):
        name, _, number = (piece.strip().lower() for piece in part.partition("="))
        if name == "period":
            values[name] = max(1, duration_ms(number) // 1000)
        elif name in ("parallelism", "rate", "ratelimit") and number.isdecimal() and int(number) > 0:
            values["rate" if name == "ratelimit" else name] = int(number)
        else:
            raise BadRequest(f"invalid flow control value {part!r}")
    if not {"parallelism", "rate"} & set(values):
        raise BadRequest("invalid upstash-flow-control-value: a key needs parallelism=N, rate=N, or both")
    return Flow(key, values.get("parallelism"), values.get("rate"), values.get("period", 1))


def _callback(headers: Mapping[str, str], name: str) -> Callback:
    """Read where to report; its own headers are named like a publish call's with another prefix.

    The SDK's `callback_headers` come without `forward-`: what configures nothing is forwarded.
    """
    url = headers[name]
    check_url(url, name)
    own: dict[str, str] = {}
    for header, value in headers.items():
        if header.startswith(f"{name}-"):
            rest = header.removeprefix(f"{name}-")
            known = rest in _CONFIGURES_CALLBACK or rest.startswith(("forward-", "flow-control-"))
            own[f"upstash-{rest}" if known else f"upstash-forward-{rest}"] = value
    own.setdefault("upstash-retries", headers.get("upstash-retries", str(DEFAULT_RETRIES)))
    return Callback(url, own)


def _content_id(destination: str, body: bytes, headers: Mapping[str, str]) -> str:
    """Return an id made of destination, body, content type and forwarded headers, as documented."""
    digest = hashlib.sha256()
    for part in (destination.encode(), *(f"{name}:{headers[name]}".encode() for name in sorted(headers)), body):
        digest.update(len(part).to_bytes(8) + part)
    return f"content-{digest.hexdigest()}"
