"""Queues: names with a parallelism, which may be paused."""

import sqlite3
from dataclasses import dataclass
from typing import Any

MAX_QUEUES = 1_000
MAX_PARALLELISM = 1_000


@dataclass(frozen=True, slots=True)
class StoredQueue:
    """A queue; `lag` is how many of its messages are not settled."""

    name: str
    parallelism: int
    paused: bool
    created_at: int
    updated_at: int
    lag: int

    def public(self) -> dict[str, Any]:
        """Return it as QStash's JSON."""
        return {
            "name": self.name,
            "parallelism": self.parallelism,
            "paused": self.paused,
            "createdAt": self.created_at,
            "updatedAt": self.updated_at,
            "lag": self.lag,
        }


def create(db: sqlite3.Connection, name: str, *, now_ms: int) -> None:
    """Make a queue with parallelism 1 if there is none of this name."""
    db.execute("INSERT OR IGNORE INTO queue VALUES (?, 1, 0, ?, ?)", (name, now_ms, now_ms))


def change(
    db: sqlite3.Connection, name: str, *, now_ms: int, parallelism: int | None = None, paused: bool | None = None
) -> StoredQueue | None:
    """Change what is given of a queue; None if there is none of this name."""
    db.execute(
        "UPDATE queue SET parallelism = coalesce(?, parallelism), paused = coalesce(?, paused), updated_at = ?"
        " WHERE name = ?",
        (parallelism, paused, now_ms, name),
    )
    return get(db, name)


def get(db: sqlite3.Connection, name: str) -> StoredQueue | None:
    """Return one; None if there is none of this name."""
    row = db.execute("SELECT * FROM queue WHERE name = ?", (name,)).fetchone()
    return _queue(row, _lags(db)) if row is not None else None


def all_queues(db: sqlite3.Connection) -> list[StoredQueue]:
    """Return every queue by name."""
    lags = _lags(db)
    return [_queue(row, lags) for row in db.execute("SELECT * FROM queue ORDER BY name")]


def count(db: sqlite3.Connection) -> int:
    """Return how many there are."""
    return db.execute("SELECT count(*) FROM queue").fetchone()[0]


def delete(db: sqlite3.Connection, name: str) -> None:
    """Delete one; its messages are the caller's to cancel."""
    db.execute("DELETE FROM queue WHERE name = ?", (name,))


def _lags(db: sqlite3.Connection) -> dict[str, int]:
    rows = db.execute(
        "SELECT json_extract(spec, '$.queue') AS name, count(*) AS lag FROM message WHERE outcome IS NULL"
        " AND json_extract(spec, '$.queue') IS NOT NULL AND json_extract(spec, '$.position') IS NULL GROUP BY 1"
    )
    return {row["name"]: row["lag"] for row in rows}


def _queue(row: sqlite3.Row, lags: dict[str, int]) -> StoredQueue:
    return StoredQueue(
        row["name"], row["parallelism"], bool(row["paused"]), row["created_at"], row["updated_at"],
        lags.get(row["name"], 0),
    )  # fmt: skip
