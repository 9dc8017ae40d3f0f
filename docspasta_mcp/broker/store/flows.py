"""Flow-control keys: the limits that hold now, pinned or from the newest message, and whether they are paused."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from docspasta_mcp.broker.message import Flow


@dataclass(frozen=True, slots=True)
class FlowState:
    """A key, its limits, and what an operator decided about it."""

    flow: Flow
    paused: bool = False
    pinned_parallelism: bool = False
    pinned_rate: bool = False


def use(db: sqlite3.Connection, flow: Flow, *, now_ms: int) -> FlowState:
    """Take over a message's limits for its key, save those that are pinned."""
    row = db.execute(
        "INSERT INTO flow VALUES (?, ?, ?, ?, 0, 0, 0, ?) ON CONFLICT (key) DO UPDATE SET used_at = excluded.used_at,"
        " parallelism = CASE WHEN pinned_parallelism THEN parallelism ELSE excluded.parallelism END,"
        " rate = CASE WHEN pinned_rate THEN rate ELSE excluded.rate END,"
        " period_s = CASE WHEN pinned_rate THEN period_s ELSE excluded.period_s END RETURNING *",
        (flow.key, flow.parallelism, flow.rate, flow.period_s, now_ms),
    ).fetchone()
    return _state(row)


def change(db: sqlite3.Connection, key: str, *, now_ms: int, **columns: Any) -> FlowState:
    """Set columns of a key, which need not have been used yet.

    Args:
        db: the connection.
        key: the flow-control key.
        now_ms: the present.
        columns: `parallelism`, `rate`, `period_s`, `paused`, `pinned_parallelism`, `pinned_rate`.
    """
    use_row = "INSERT OR IGNORE INTO flow VALUES (?, NULL, NULL, 1, 0, 0, 0, ?)"
    db.execute(use_row, (key, now_ms))
    for column, value in columns.items():
        db.execute(f"UPDATE flow SET {column} = ? WHERE key = ?", (value, key))  # noqa: S608  # our own columns
    return _state(db.execute("SELECT * FROM flow WHERE key = ?", (key,)).fetchone())


def get(db: sqlite3.Connection, key: str) -> FlowState | None:
    """Return what holds for a key; None if it is unknown."""
    row = db.execute("SELECT * FROM flow WHERE key = ?", (key,)).fetchone()
    return _state(row) if row is not None else None


def all_flows(db: sqlite3.Connection) -> Sequence[FlowState]:
    """Return every key."""
    return [_state(row) for row in db.execute("SELECT * FROM flow ORDER BY key")]


def waiting_by_key(db: sqlite3.Connection) -> dict[str, int]:
    """Return how many messages of each key are not settled."""
    rows = db.execute(
        "SELECT json_extract(spec, '$.flow.key') AS key, count(*) AS waiting FROM message WHERE outcome IS NULL"
        " AND json_extract(spec, '$.flow.key') IS NOT NULL GROUP BY 1"
    )
    return {row["key"]: row["waiting"] for row in rows}


def _state(row: sqlite3.Row) -> FlowState:
    flow = Flow(row["key"], row["parallelism"], row["rate"], row["period_s"])
    return FlowState(flow, bool(row["paused"]), bool(row["pinned_parallelism"]), bool(row["pinned_rate"]))
