"""A message as the broker keeps it, and how a publish call's headers make one.

Header names and their meaning: https://upstash.com/docs/qstash/api-reference/messages/publish-a-message.
"""

import base64
import secrets
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from docspasta_mcp.broker.durations import check_retry_delay, duration_ms
from docspasta_mcp.broker.problems import BadRequest

DEFAULT_RETRIES = 3  # QStash's default
MAX_RETRIES = 100
DEFAULT_TIMEOUT_S = 900.0  # QStash's shortest plan limit of a response's duration
MAX_BODY_BYTES = 1_000_000  # QStash's smallest plan limit
_METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}


@dataclass(frozen=True, slots=True)
class Flow:
    """A flow-control key and its limits. `period_s` is the window of `rate`; None means no limit."""

    key: str
    parallelism: int | None = None
    rate: int | None = None
    period_s: int = 1


@dataclass(frozen=True, slots=True)
class Callback:
    """Where to report, and the headers that configure the report's own delivery, named like a publish call's."""

    url: str
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Message:
    """One message. Times are Unix milliseconds, as in QStash's JSON."""

    id: str
    url: str
    body: bytes
    method: str = "POST"
    headers: dict[str, str] | None = None
    max_retries: int = DEFAULT_RETRIES
    retry_delay: str | None = None
    timeout_s: float = DEFAULT_TIMEOUT_S
    created_at: int = 0
    not_before: int = 0
    retried: int = 0
    flow: Flow | None = None
    label: str | None = None
    callback: Callback | None = None
    failure_callback: Callback | None = None
    deduplication_id: str | None = None
    caller_ip: str | None = None

    def spec(self) -> dict[str, Any]:
        """Return everything but the columns of their own (id, body, retried) as JSON-able data."""
        data = {key: value for key, value in asdict(self).items() if value is not None}
        for column in ("id", "body", "retried"):
            data.pop(column)
        return data

    @classmethod
    def from_spec(cls, spec: Mapping[str, Any], *, id: str, body: bytes, retried: int) -> Self:  # the field's name
        """Undo `spec`."""
        data = dict(spec)
        for name, kind in (("flow", Flow), ("callback", Callback), ("failure_callback", Callback)):
            if name in data:
                data[name] = kind(**data[name])
        return cls(id=id, body=body, retried=retried, **data)

    def public(self) -> dict[str, Any]:
        """Return the message as QStash's JSON, with the field names that the SDK reads."""
        data: dict[str, Any] = {
            "messageId": self.id,
            "url": self.url,
            "method": self.method,
            "maxRetries": self.max_retries,
            "notBefore": self.not_before,
            "createdAt": self.created_at,
            "header": {name: [value] for name, value in (self.headers or {}).items()},
            "callback": self.callback.url if self.callback else None,
            "failureCallback": self.failure_callback.url if self.failure_callback else None,
            "retryDelayExpression": self.retry_delay,
            "label": self.label,
            "callerIP": self.caller_ip,
            **body_fields(self.body),
        }
        if self.flow is not None:
            data["flowControlKey"] = self.flow.key
            data["parallelism"] = self.flow.parallelism
            data["rate"], data["period"] = self.flow.rate, self.flow.period_s if self.flow.rate else None
        return {name: value for name, value in data.items() if value is not None}


def body_fields(body: bytes) -> dict[str, str]:
    """Return `body` as text, or as `bodyBase64` where it is none."""
    try:
        return {"body": body.decode()}
    except UnicodeDecodeError:
        return {"bodyBase64": base64.b64encode(body).decode()}


def new_id(prefix: str) -> str:
    """Return an id that sorts by its time of birth: prefix, milliseconds, 80 random bits."""
    return f"{prefix}_{int(time.time() * 1000):011x}{secrets.token_hex(10)}"


def message_from_headers(
    destination: str, body: bytes, headers: Mapping[str, str], *, now_ms: int, caller_ip: str | None = None
) -> Message:
    """Make a message from a publish call.

    Args:
        destination: the URL, exactly as it shall be signed.
        body: any bytes.
        headers: the call's headers with lower-case names.
        now_ms: the present.
        caller_ip: who published.

    Raises:
        BadRequest: a header or the destination makes no sense.
    """
    if not destination.startswith(("http://", "https://")):
        raise BadRequest("invalid destination url: endpoint has invalid scheme, add http:// or https://")
    if len(body) > MAX_BODY_BYTES:
        raise BadRequest(f"message size {len(body)} exceeds the limit of {MAX_BODY_BYTES} bytes")
    method = headers.get("upstash-method", "POST").upper()
    if method not in _METHODS:
        raise BadRequest(f"invalid method {method!r}")
    delay = headers.get("upstash-retry-delay")
    timeout = headers.get("upstash-timeout")
    return Message(
        id=new_id("msg"),
        url=destination,
        body=body,
        method=method,
        headers=_forwarded(headers),
        max_retries=_integer(headers, "upstash-retries", DEFAULT_RETRIES, most=MAX_RETRIES),
        retry_delay=check_retry_delay(delay) if delay else None,
        timeout_s=duration_ms(timeout) / 1000 if timeout else DEFAULT_TIMEOUT_S,
        created_at=now_ms,
        not_before=_not_before(headers, now_ms),
        flow=_flow(headers),
        label=headers.get("upstash-label"),
        callback=_callback(headers, "upstash-callback"),
        failure_callback=_callback(headers, "upstash-failure-callback"),
        deduplication_id=headers.get("upstash-deduplication-id"),
        caller_ip=caller_ip,
    )


def _forwarded(headers: Mapping[str, str]) -> dict[str, str]:
    prefix = "upstash-forward-"
    forwarded = {"content-type": headers["content-type"]} if headers.get("content-type") else {}
    forwarded.update({name.removeprefix(prefix): value for name, value in headers.items() if name.startswith(prefix)})
    return forwarded


def _integer(headers: Mapping[str, str], name: str, default: int, *, most: int) -> int:
    text = headers.get(name)
    if text is None:
        return default
    if not text.isdecimal() or int(text) > most:
        raise BadRequest(f"invalid {name} {text!r}: a whole number up to {most} is wanted")
    return int(text)


def _not_before(headers: Mapping[str, str], now_ms: int) -> int:
    moment = headers.get("upstash-not-before")
    if moment is not None:
        if not moment.isdecimal():
            raise BadRequest(f"invalid upstash-not-before {moment!r}: Unix seconds are wanted")
        return max(int(moment) * 1000, now_ms)
    delay = headers.get("upstash-delay")
    return now_ms + (duration_ms(delay) if delay else 0)


def _flow(headers: Mapping[str, str]) -> Flow | None:
    key = headers.get("upstash-flow-control-key")
    if key is None:
        return None
    if not key or not all(char.isalnum() or char in "_.-" for char in key):
        raise BadRequest(f"invalid flow control key {key!r}: letters, digits, '_', '.' and '-' are allowed")
    values: dict[str, int] = {}
    for part in filter(None, (part.strip() for part in headers.get("upstash-flow-control-value", "").split(","))):
        name, _, value = (piece.strip().lower() for piece in part.partition("="))
        if name == "period":
            values[name] = max(1, duration_ms(value) // 1000)
        elif name in ("parallelism", "rate", "ratelimit") and value.isdecimal() and int(value) > 0:
            values["rate" if name == "ratelimit" else name] = int(value)
        else:
            raise BadRequest(f"invalid flow control value {part!r}")
    return Flow(key, values.get("parallelism"), values.get("rate"), values.get("period", 1))


def _callback(headers: Mapping[str, str], name: str) -> Callback | None:
    url = headers.get(name)
    if url is None:
        return None
    if not url.startswith(("http://", "https://")):
        raise BadRequest(f"invalid {name} url: endpoint has invalid scheme, add http:// or https://")
    prefix = f"{name}-"
    own = {f"upstash-{key.removeprefix(prefix)}": value for key, value in headers.items() if key.startswith(prefix)}
    own.setdefault("upstash-retries", headers.get("upstash-retries", str(DEFAULT_RETRIES)))
    return Callback(url, own)
