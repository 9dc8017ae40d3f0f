"""Schedules: publish calls that a cron expression repeats."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from docspasta_mcp.broker.store import events

MAX_SCHEDULES = 1_000
_STATES = {None: "IN_PROGRESS", events.DELIVERED: "SUCCESS"}


@dataclass(frozen=True, slots=True)
class Schedule:
    """A schedule. `headers` are the call's own, with lower-case names; they are read again each time it fires."""

    id: str
    destination: str
    cron: str
    headers: dict[str, str]
    body: bytes
    caller_ip: str | None
    created_at: int
    next_at: int
    paused: bool = False
    last_at: int | None = None
    last_messages: tuple[str, ...] = ()
    error: str | None = None


def save(db: sqlite3.Connection, schedule: Schedule) -> None:
    """Store a schedule, or new settings for the one with its id, which keeps its history."""
    db.execute(
        "INSERT INTO schedule VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, '[]', NULL) ON CONFLICT (id) DO UPDATE SET"
        " destination = excluded.destination, cron = excluded.cron, headers = excluded.headers, body = excluded.body,"
        " caller_ip = excluded.caller_ip, next_at = excluded.next_at, error = NULL",
        (
            schedule.id, schedule.destination, schedule.cron, json.dumps(schedule.headers), schedule.body,
            schedule.caller_ip, schedule.created_at, schedule.paused, schedule.next_at,
        ),
    )  # fmt: skip


def get(db: sqlite3.Connection, schedule_id: str) -> Schedule | None:
    """Return one; None if there is none of this id."""
    row = db.execute("SELECT * FROM schedule WHERE id = ?", (schedule_id,)).fetchone()
    return _schedule(row) if row is not None else None


def all_schedules(db: sqlite3.Connection) -> list[Schedule]:
    """Return every schedule, oldest first."""
    return [_schedule(row) for row in db.execute("SELECT * FROM schedule ORDER BY created_at, id")]


def count(db: sqlite3.Connection) -> int:
    """Return how many there are."""
    return db.execute("SELECT count(*) FROM schedule").fetchone()[0]


def next_due(db: sqlite3.Connection) -> Schedule | None:
    """Return the schedule that fires next, paused ones aside."""
    row = db.execute("SELECT * FROM schedule WHERE NOT paused ORDER BY next_at LIMIT 1").fetchone()
    return _schedule(row) if row is not None else None


def fired(
    db: sqlite3.Connection, schedule: Schedule, messages: Sequence[str], *, next_at: int, error: str | None
) -> bool:
    """Note that a schedule fired. Return False, and change nothing, if it was changed or paused meanwhile."""
    return (
        db.execute(
            "UPDATE schedule SET last_at = next_at, next_at = ?, last_messages = ?, error = ?"
            " WHERE id = ? AND next_at = ? AND cron = ? AND NOT paused",
            (next_at, json.dumps(messages), error, schedule.id, schedule.next_at, schedule.cron),
        ).rowcount
        > 0
    )


def set_paused(db: sqlite3.Connection, schedule_id: str, *, paused: bool, next_at: int) -> bool:
    """Pause or resume one; a paused one's missed times are gone. Tell whether it was there."""
    return (
        db.execute("UPDATE schedule SET paused = ?, next_at = ? WHERE id = ?", (paused, next_at, schedule_id)).rowcount
        > 0
    )


def delete(db: sqlite3.Connection, schedule_id: str) -> bool:
    """Delete one; tell whether it was there."""
    return db.execute("DELETE FROM schedule WHERE id = ?", (schedule_id,)).rowcount > 0


def last_states(db: sqlite3.Connection, schedule: Schedule) -> dict[str, Any]:
    """Return what became of the messages of the last firing."""
    states: dict[str, str] = {}
    for message_id in schedule.last_messages:
        row = db.execute("SELECT outcome FROM message WHERE id = ?", (message_id,)).fetchone()
        if row is not None:
            states[message_id] = _STATES.get(row["outcome"], "FAIL")
    return states


def _schedule(row: sqlite3.Row) -> Schedule:
    return Schedule(
        id=row["id"],
        destination=row["destination"],
        cron=row["cron"],
        headers=json.loads(row["headers"]),
        body=row["body"],
        caller_ip=row["caller_ip"],
        created_at=row["created_at"],
        next_at=row["next_at"],
        paused=bool(row["paused"]),
        last_at=row["last_at"],
        last_messages=tuple(json.loads(row["last_messages"])),
        error=row["error"],
    )
