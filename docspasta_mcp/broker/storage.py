"""The broker's tables and what is said to them, as functions over one connection.

Each is one piece of a `Journal` transaction: what one calls happens whole or not at all.
"""

import json
import sqlite3
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from docspasta_mcp.broker.message import Message, body_fields

DEDUPLICATION_MS = 600_000  # QStash's window: ten minutes
DLQ_RETENTION_MS = 7 * 86_400_000  # QStash's pay-as-you-go plan

SCHEMA = """
CREATE TABLE IF NOT EXISTS message (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, due_at INTEGER NOT NULL, retried INTEGER NOT NULL,
  spec TEXT NOT NULL, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS deduplication (id TEXT PRIMARY KEY, message_id TEXT NOT NULL, expires_at INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS ix_deduplication_expires ON deduplication (expires_at);
CREATE TABLE IF NOT EXISTS dead_letter (
  id TEXT PRIMARY KEY, message_id TEXT NOT NULL, died_at INTEGER NOT NULL, retried INTEGER NOT NULL, spec TEXT NOT NULL,
  body BLOB NOT NULL, response_status INTEGER NOT NULL, response_header TEXT NOT NULL, response_body BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS ix_dead_letter_died ON dead_letter (died_at);
"""


@dataclass(frozen=True, slots=True)
class Published:
    """What a publish call answers for one message."""

    message_id: str
    deduplicated: bool


@dataclass(frozen=True, slots=True)
class Response:
    """What a destination answered; status 0 when it did not, with the reason as the body."""

    status: int
    headers: dict[str, list[str]]
    body: bytes


def insert_messages(
    db: sqlite3.Connection, messages: Iterable[Message], *, now_ms: int
) -> tuple[list[Published], list[Message]]:
    """Store messages that are no duplicates. Return the answers in order, and the messages stored."""
    answers: list[Published] = []
    stored: list[Message] = []
    for message in messages:
        if message.deduplication_id is not None:
            row = db.execute(
                "SELECT message_id FROM deduplication WHERE id = ? AND expires_at > ?",
                (message.deduplication_id, now_ms),
            ).fetchone()
            if row is not None:
                answers.append(Published(row["message_id"], deduplicated=True))
                continue
            db.execute(
                "INSERT OR REPLACE INTO deduplication VALUES (?, ?, ?)",
                (message.deduplication_id, message.id, now_ms + DEDUPLICATION_MS),
            )
        db.execute(
            "INSERT INTO message (id, due_at, retried, spec, body) VALUES (?, ?, ?, ?, ?)",
            (message.id, message.not_before, message.retried, json.dumps(message.spec()), message.body),
        )
        answers.append(Published(message.id, deduplicated=False))
        stored.append(message)
    return answers, stored


def waiting(db: sqlite3.Connection) -> list[tuple[int, str, int, Any]]:
    """Return (seq, id, due_at, flow) of every message not yet delivered, oldest first."""
    rows = db.execute("SELECT seq, id, due_at, json_extract(spec, '$.flow') AS flow FROM message ORDER BY seq")
    return [(row["seq"], row["id"], row["due_at"], json.loads(row["flow"]) if row["flow"] else None) for row in rows]


def get_message(db: sqlite3.Connection, message_id: str) -> Message | None:
    """Return a message that is not yet delivered."""
    row = db.execute("SELECT * FROM message WHERE id = ?", (message_id,)).fetchone()
    return _message(row) if row is not None else None


def delete_messages(db: sqlite3.Connection, ids: Sequence[str] | None) -> int:
    """Cancel messages, all of them if `ids` is None; return how many there were."""
    if ids is None:
        return db.execute("DELETE FROM message").rowcount
    return sum(db.execute("DELETE FROM message WHERE id = ?", (message_id,)).rowcount for message_id in ids)


def delivered(db: sqlite3.Connection, message: Message, callbacks: Sequence[Message]) -> bool:
    """Forget a delivered message and store its callback. Return False if it was cancelled meanwhile."""
    if not delete_messages(db, [message.id]):
        return False
    insert_messages(db, callbacks, now_ms=0)
    return True


def postponed(db: sqlite3.Connection, message: Message, *, due_at: int, callbacks: Sequence[Message]) -> bool:
    """Note a failed attempt and when the next one is due. Return False if the message was cancelled meanwhile."""
    updated = db.execute(
        "UPDATE message SET retried = ?, due_at = ? WHERE id = ?", (message.retried + 1, due_at, message.id)
    )
    if not updated.rowcount:
        return False
    insert_messages(db, callbacks, now_ms=0)
    return True


def buried(
    db: sqlite3.Connection,
    message: Message,
    response: Response,
    *,
    dlq_id: str,
    now_ms: int,
    callbacks: Sequence[Message],
) -> bool:
    """Move a message whose deliveries are used up to the dead letters, and store its callbacks."""
    if not delete_messages(db, [message.id]):
        return False
    db.execute(
        "INSERT INTO dead_letter VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            dlq_id, message.id, now_ms, message.retried, json.dumps(message.spec()), message.body, response.status,
            json.dumps(response.headers), response.body,
        ),
    )  # fmt: skip
    insert_messages(db, callbacks, now_ms=0)
    return True


def new_dlq_id(now_ms: int) -> str:
    """Return an id that sorts by time, like QStash's `1725323658779-0`, but never meets another."""
    return f"{now_ms}-{uuid.uuid4().int % 10**12}"


def list_dead_letters(
    db: sqlite3.Connection, *, cursor: str | None, count: int
) -> tuple[list[dict[str, Any]], str | None]:
    """Return dead letters as QStash's JSON, oldest first, and the cursor of the next page if there is one."""
    rows = db.execute(
        "SELECT * FROM dead_letter WHERE id > ? ORDER BY id LIMIT ?", (cursor or "", count + 1)
    ).fetchall()
    return [_dead_letter(row) for row in rows[:count]], rows[count - 1]["id"] if len(rows) > count else None


def get_dead_letter(db: sqlite3.Connection, dlq_id: str) -> dict[str, Any] | None:
    """Return one dead letter as QStash's JSON."""
    row = db.execute("SELECT * FROM dead_letter WHERE id = ?", (dlq_id,)).fetchone()
    return _dead_letter(row) if row is not None else None


def delete_dead_letters(db: sqlite3.Connection, ids: Sequence[str]) -> int:
    """Delete dead letters; return how many there were."""
    return sum(db.execute("DELETE FROM dead_letter WHERE id = ?", (dlq_id,)).rowcount for dlq_id in ids)


def trim(db: sqlite3.Connection, *, now_ms: int) -> None:
    """Forget what is past its retention."""
    db.execute("DELETE FROM deduplication WHERE expires_at <= ?", (now_ms,))
    db.execute("DELETE FROM dead_letter WHERE died_at <= ?", (now_ms - DLQ_RETENTION_MS,))


def _message(row: sqlite3.Row) -> Message:
    return Message.from_spec(json.loads(row["spec"]), id=row["id"], body=row["body"], retried=row["retried"])


def _dead_letter(row: sqlite3.Row) -> dict[str, Any]:
    message = Message.from_spec(json.loads(row["spec"]), id=row["message_id"], body=row["body"], retried=row["retried"])
    response = {
        f"response{name[0].upper()}{name[1:]}": value for name, value in body_fields(row["response_body"]).items()
    }
    return {
        **message.public(),
        "dlqId": row["id"],
        "responseStatus": row["response_status"],
        "responseHeader": json.loads(row["response_header"]),
        **response,
    }
