"""What one attempt to deliver leads to: result, next due time, dead letter, reports and events, all or nothing."""

import itertools
import json
import sqlite3
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from docspasta_mcp.broker.message import Message, body_fields
from docspasta_mcp.broker.store import events, messages
from docspasta_mcp.broker.store.messages import Stored

MAX_RESPONSE_BYTES = 1_000_000  # kept of an answer, for reports and dead letters


@dataclass(frozen=True, slots=True)
class Response:
    """What a destination answered; status 0 when it did not, with the reason as the body."""

    status: int
    headers: dict[str, list[str]]
    body: bytes

    def detail(self) -> dict[str, Any]:
        """Return what an event says of it, with the field names that the SDK reads."""
        text = self.body[:_MAX_ERROR].decode(errors="replace")
        return {
            "error": text if self.status == 0 else f"status {self.status}: {text}",
            "responseStatus": self.status,
            "responseHeader": self.headers,
            **{f"response{name[0].upper()}{name[1:]}": value for name, value in body_fields(self.body).items()},
        }


_BORN = itertools.count()
_MAX_ERROR = 200  # bytes of an answer's body that an event's one-line error quotes


@dataclass(frozen=True, slots=True)
class Attempt:
    """One delivery of a message: when it began and ended, and what was answered."""

    message: Message
    started_at: int
    ended_at: int
    response: Response


def delivered(db: sqlite3.Connection, attempt: Attempt, callbacks: Sequence[Message]) -> Stored | None:
    """Settle a delivered message. Return its stored reports; None if it was cancelled meanwhile."""
    seq = _settle(db, attempt, events.DELIVERED)
    if seq is None:
        return None
    events.record(db, seq, events.DELIVERED, at=attempt.ended_at, responseStatus=attempt.response.status)
    return _store_callbacks(db, attempt, seq, callbacks)


def postponed(db: sqlite3.Connection, attempt: Attempt, callbacks: Sequence[Message], *, due_at: int) -> Stored | None:
    """Note a failed attempt and when the next one is due. Return as `delivered`."""
    row = db.execute(
        "UPDATE message SET retried = retried + 1, due_at = ? WHERE id = ? AND outcome IS NULL RETURNING seq",
        (due_at, attempt.message.id),
    ).fetchone()
    if row is None:
        return None
    seq: int = row["seq"]
    events.record(db, seq, events.ACTIVE, at=attempt.started_at)
    events.record(db, seq, events.ERROR, at=attempt.ended_at, nextDeliveryTime=due_at, **attempt.response.detail())
    events.record(db, seq, events.RETRY, at=attempt.ended_at, nextDeliveryTime=due_at)
    return _store_callbacks(db, attempt, seq, callbacks)


def buried(db: sqlite3.Connection, attempt: Attempt, callbacks: Sequence[Message], *, dlq_id: str) -> Stored | None:
    """Move a message whose deliveries are used up to the dead letters. Return as `delivered`."""
    seq = _settle(db, attempt, events.FAILED)
    if seq is None:
        return None
    response = attempt.response
    db.execute(
        "INSERT INTO dead_letter VALUES (?, ?, ?, ?, ?, ?)",
        (dlq_id, seq, attempt.ended_at, response.status, json.dumps(response.headers), response.body),
    )
    events.record(db, seq, events.ERROR, at=attempt.ended_at, **response.detail())
    events.record(db, seq, events.FAILED, at=attempt.ended_at, **response.detail())
    return _store_callbacks(db, attempt, seq, callbacks)


def new_dlq_id(now_ms: int) -> str:
    """Return an id that sorts by time and then by birth, like QStash's `1725323658779-0`, but never meets another."""
    return f"{now_ms}-{next(_BORN):09d}{uuid.uuid4().int % 10**9:09d}"


def _settle(db: sqlite3.Connection, attempt: Attempt, outcome: str) -> int | None:
    row = db.execute(
        "UPDATE message SET outcome = ?, settled_at = ? WHERE id = ? AND outcome IS NULL RETURNING seq",
        (outcome, attempt.ended_at, attempt.message.id),
    ).fetchone()
    if row is None:
        return None
    events.record(db, row["seq"], events.ACTIVE, at=attempt.started_at)
    return row["seq"]


def _store_callbacks(db: sqlite3.Connection, attempt: Attempt, seq: int, callbacks: Sequence[Message]) -> Stored:
    message = attempt.message
    if message.queue is not None:  # the queue goes on when its reports are delivered too
        callbacks = [replace(callback, queue=message.queue, position=message.position or seq) for callback in callbacks]
    return messages.insert(db, callbacks, now_ms=attempt.ended_at)
