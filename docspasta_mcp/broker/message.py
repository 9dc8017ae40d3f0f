"""A message as the broker keeps it, and as its API shows it."""

import base64
import hashlib
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

DEFAULT_RETRIES = 3  # QStash's default
DEFAULT_TIMEOUT_S = 900.0  # QStash's shortest plan limit of a response's duration


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

    def forwarded(self) -> dict[str, list[str]]:
        """Return the headers that the report's destination will see."""
        prefix = "upstash-forward-"
        return {name.removeprefix(prefix): [value] for name, value in self.headers.items() if name.startswith(prefix)}


@dataclass(frozen=True, slots=True)
class Message:
    """One message. Times are Unix milliseconds, as in QStash's JSON.

    `position` is set on a report about a message of a queue: it stands where that message stood, so that the next
    one waits for it.
    """

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
    topic: str | None = None
    endpoint: str | None = None
    queue: str | None = None
    position: int | None = None
    schedule_id: str | None = None
    redact: tuple[str, ...] = ()

    def spec(self) -> dict[str, Any]:
        """Return everything that is not a column of its own as JSON-able data, defaults left out."""
        data: dict[str, Any] = {}
        for name, default in _SPEC_FIELDS:
            value = getattr(self, name)
            if value != default:
                data[name] = _plain(value) if name in _NESTED else value
        return data

    @classmethod
    def from_spec(cls, spec: Mapping[str, Any], *, id: str, body: bytes, retried: int) -> Self:  # the field's name
        """Undo `spec`."""
        data = dict(spec)
        for name, kind in _NESTED.items():
            if name in data:
                data[name] = kind(**data[name])
        data["redact"] = tuple(data.get("redact", ()))
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
            **self.redacted(),
            "topicName": self.topic,
            "endpointName": self.endpoint,
            "queueName": self.queue,
            "scheduleId": self.schedule_id,
            **callback_fields(self.callback, self.failure_callback),
            "retryDelayExpression": self.retry_delay,
            "callerIP": self.caller_ip,
            **label_fields(self.label),
            **flow_fields(self.flow),
        }
        return {name: value for name, value in data.items() if value is not None}

    def redacted(self) -> dict[str, Any]:
        """Return `header` and `body` (or `bodyBase64`) as they may be shown.

        https://upstash.com/docs/qstash/howto/redact-fields: `REDACTED:` and the value's SHA-256, for `body`, for
        all headers, or for one.
        """
        hidden = set(self.redact)
        every = bool(hidden & {"header", "headers"})
        header = {
            name: [_redaction(value.encode()) if every or f"header[{name}]" in hidden else value]
            for name, value in (self.headers or {}).items()
        }
        body = {"body": _redaction(self.body)} if "body" in hidden else body_fields(self.body)
        return {"header": header, **body}


_NESTED: dict[str, Any] = {"flow": Flow, "callback": Callback, "failure_callback": Callback}
_SPEC_FIELDS = tuple(
    (field.name, field.default) for field in fields(Message) if field.name not in {"id", "body", "retried"}
)


def _plain(value: Flow | Callback) -> dict[str, Any]:
    return {field.name: getattr(value, field.name) for field in fields(value)}


def _redaction(value: bytes) -> str:
    return f"REDACTED:{hashlib.sha256(value).hexdigest()}"


def body_fields(body: bytes) -> dict[str, str]:
    """Return `body` as text, or as `bodyBase64` where it is not UTF-8."""
    try:
        return {"body": body.decode()}
    except UnicodeDecodeError:
        return {"bodyBase64": base64.b64encode(body).decode()}


def label_fields(label: str | None) -> dict[str, Any]:
    """Return `label`, and `labels` as the list that a comma-separated label is."""
    return {"label": label, "labels": label.split(",")} if label else {}


def flow_fields(flow: Flow | None) -> dict[str, Any]:
    """Return a flow-control key and its limits as QStash's JSON."""
    if flow is None:
        return {}
    period = flow.period_s if flow.rate else 1  # QStash's default, which it shows for a key without a rate too
    return {"flowControlKey": flow.key, "parallelism": flow.parallelism, "rate": flow.rate, "period": period}


def callback_fields(callback: Callback | None, failure_callback: Callback | None) -> dict[str, Any]:
    """Return where reports go and the headers they carry as QStash's JSON."""
    data: dict[str, Any] = {}
    if callback is not None:
        data |= {"callback": callback.url, "callbackHeader": callback.forwarded() or None}
    if failure_callback is not None:
        data |= {"failureCallback": failure_callback.url, "failureCallbackHeader": failure_callback.forwarded() or None}
    return data


def new_id(prefix: str) -> str:
    """Return an id that sorts by its time of birth: prefix, milliseconds, 80 random bits."""
    return f"{prefix}_{int(time.time() * 1000):011x}{secrets.token_hex(10)}"
