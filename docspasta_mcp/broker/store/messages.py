"""Messages: take them in, find them, cancel them."""

import itertools
import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field

from docspasta_mcp.broker.filters import Filter, add_url_functions
from docspasta_mcp.broker.message import Message
from docspasta_mcp.broker.store import events, flows, queues
from docspasta_mcp.broker.store.flows import FlowState

DEDUPLICATION_MS = 600_000  # QStash's window: ten minutes
_ROWS = 100  # a statement; for each, the thread gives up the interpreter lock and may wait 5 ms until it has it again


@dataclass(frozen=True, slots=True)
class Published:
    """What a publish call answers for one message."""

    message_id: str
    url: str
    deduplicated: bool


@dataclass(frozen=True, slots=True)
class Waiting:
    """What the dispatcher keeps in memory of a message that is not yet settled."""

    seq: int
    id: str
    due_at: int
    flow_key: str | None = None
    queue: str | None = None
    position: int | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of a publish call: its answers in order, what waits now, and flow-control limits that changed."""

    answers: list[Published] = field(default_factory=list[Published])
    messages: list[Message] = field(default_factory=list[Message])
    waiting: list[Waiting] = field(default_factory=list[Waiting])
    flows: list[FlowState] = field(default_factory=list[FlowState])


def insert(db: sqlite3.Connection, messages: Iterable[Message], *, now_ms: int) -> Stored:
    """Store messages that are not duplicates, with their first event."""
    stored = Stored()
    fresh = stored.messages
    for message in messages:
        first = _deduplicate(db, message, now_ms)
        stored.answers.append(Published(first or message.id, message.url, deduplicated=first is not None))
        if first is None:
            fresh.append(message)
    if not fresh:
        return stored
    last = _last_seq(db)
    seqs = range(last + 1, last + 1 + len(fresh))
    rows = [
        (seq, one.id, one.created_at, one.not_before, one.retried, json.dumps(one.spec()), one.body)
        for seq, one in zip(seqs, fresh, strict=True)
    ]
    for start in range(0, len(rows), _ROWS):
        some = rows[start : start + _ROWS]
        values = ", ".join(["(?, ?, ?, ?, ?, ?, ?)"] * len(some))
        sql = f"INSERT INTO message (seq, id, created_at, due_at, retried, spec, body) VALUES {values}"  # noqa: S608
        db.execute(sql, [*itertools.chain.from_iterable(some)])
    events.record_created(db, first=seqs[0], last=seqs[-1])
    stored.waiting.extend(_waiting(seq, one) for seq, one in zip(seqs, fresh, strict=True))
    used = {one.flow.key: one.flow for one in fresh if one.flow}  # the newest message's limits hold for the key
    stored.flows.extend(flows.use(db, flow, now_ms=now_ms) for flow in used.values())
    for name in {one.queue for one in fresh if one.queue}:
        queues.create(db, name, now_ms=now_ms)
    return stored


def _last_seq(db: sqlite3.Connection) -> int:
    """Return the highest number given so far; the broker is the file's only writer."""
    row = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'message'").fetchone()
    return row[0] if row is not None else 0


def _waiting(seq: int, message: Message) -> Waiting:
    key = message.flow.key if message.flow else None
    return Waiting(seq, message.id, message.not_before, key, message.queue, message.position)


def _deduplicate(db: sqlite3.Connection, message: Message, now_ms: int) -> str | None:
    """Return the id of the message that had this deduplication id first; else take it."""
    if message.deduplication_id is None:
        return None
    row = db.execute(
        "SELECT message_id FROM deduplication WHERE id = ? AND expires_at > ?", (message.deduplication_id, now_ms)
    ).fetchone()
    if row is not None:
        return row["message_id"]
    db.execute(
        "INSERT OR REPLACE INTO deduplication VALUES (?, ?, ?)",
        (message.deduplication_id, message.id, now_ms + DEDUPLICATION_MS),
    )
    return None


def waiting(db: sqlite3.Connection, *, after: int, most: int) -> list[Waiting]:
    """Return messages that are not settled, oldest first: so many with a higher number than `after`."""
    rows = db.execute(
        "SELECT seq, id, due_at, json_extract(spec, '$.flow.key') AS flow_key, json_extract(spec, '$.queue') AS queue,"
        " json_extract(spec, '$.position') AS position FROM message WHERE outcome IS NULL AND seq > ?"
        " ORDER BY seq LIMIT ?",
        (after, most),
    )
    return [Waiting(*row) for row in rows]


def get(db: sqlite3.Connection, message_id: str) -> Message | None:
    """Return a message that is not settled."""
    row = db.execute("SELECT * FROM message WHERE id = ? AND outcome IS NULL", (message_id,)).fetchone()
    return from_row(row) if row is not None else None


def find(db: sqlite3.Connection, message_id: str) -> Message | None:
    """Return a message that waits, or was delivered or given up and is still kept; a cancelled one is gone."""
    row = db.execute(
        "SELECT * FROM message WHERE id = ? AND body IS NOT NULL AND coalesce(outcome, '') != ?",
        (message_id, events.CANCELED),
    ).fetchone()
    return from_row(row) if row is not None else None


def cancel(db: sqlite3.Connection, condition: Filter, *, now_ms: int, most: int = -1) -> list[str]:
    """Cancel the messages that fit, at most so many of them; return their ids."""
    add_url_functions(db)
    rows = db.execute(
        f"SELECT m.seq, m.id FROM message AS m WHERE m.outcome IS NULL AND ({condition.sql}) ORDER BY m.seq LIMIT ?",  # noqa: S608  # built from our own columns
        (*condition.values, most),
    ).fetchall()
    for row in rows:
        db.execute(
            "UPDATE message SET outcome = ?, settled_at = ? WHERE seq = ?", (events.CANCELED, now_ms, row["seq"])
        )
        events.record(db, row["seq"], events.CANCEL_REQUESTED, at=now_ms)
        events.record(db, row["seq"], events.CANCELED, at=now_ms)
    return [row["id"] for row in rows]


def from_row(row: sqlite3.Row) -> Message:
    """Read a row of the table, or of a join with it."""
    return Message.from_spec(json.loads(row["spec"]), id=row["id"], body=row["body"] or b"", retried=row["retried"])
