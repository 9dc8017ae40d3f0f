"""URL groups, called topics on the wire: names for several destinations."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One destination of a URL group, which may have a name."""

    url: str
    name: str | None = None

    def public(self) -> dict[str, str]:
        """Return it as QStash's JSON."""
        return {"url": self.url, **({"name": self.name} if self.name else {})}


@dataclass(frozen=True, slots=True)
class Topic:
    """A URL group."""

    name: str
    endpoints: tuple[Endpoint, ...]
    created_at: int
    updated_at: int

    def public(self) -> dict[str, Any]:
        """Return it as QStash's JSON."""
        return {
            "name": self.name,
            "createdAt": self.created_at,
            "updatedAt": self.updated_at,
            "endpoints": [endpoint.public() for endpoint in self.endpoints],
        }


def get(db: sqlite3.Connection, name: str) -> Topic | None:
    """Return one; None if there is none of this name."""
    row = db.execute("SELECT * FROM topic WHERE name = ?", (name,)).fetchone()
    return _topic(row) if row is not None else None


def all_topics(db: sqlite3.Connection) -> list[Topic]:
    """Return every URL group by name."""
    return [_topic(row) for row in db.execute("SELECT * FROM topic ORDER BY name")]


def upsert(db: sqlite3.Connection, name: str, endpoints: Sequence[Endpoint], *, now_ms: int) -> None:
    """Add endpoints, or rename those that are there by their URL."""
    topic = get(db, name)
    merged = {endpoint.url: endpoint for endpoint in (topic.endpoints if topic else ())}
    merged.update({endpoint.url: endpoint for endpoint in endpoints})
    _write(db, name, list(merged.values()), now_ms)


def remove(db: sqlite3.Connection, name: str, *, urls: set[str], names: set[str], now_ms: int) -> bool:
    """Take endpoints out, by URL or name; a group without any is deleted. Tell whether the group was there."""
    topic = get(db, name)
    if topic is None:
        return False
    left = [endpoint for endpoint in topic.endpoints if endpoint.url not in urls and endpoint.name not in names]
    if left:
        _write(db, name, left, now_ms)
    else:
        delete(db, name)
    return True


def delete(db: sqlite3.Connection, name: str) -> bool:
    """Delete one; tell whether it was there."""
    return db.execute("DELETE FROM topic WHERE name = ?", (name,)).rowcount > 0


def _write(db: sqlite3.Connection, name: str, endpoints: list[Endpoint], now_ms: int) -> None:
    db.execute(
        "INSERT INTO topic VALUES (?, ?, ?, ?) ON CONFLICT (name) DO UPDATE"
        " SET endpoints = excluded.endpoints, updated_at = excluded.updated_at",
        (name, json.dumps([endpoint.public() for endpoint in endpoints]), now_ms, now_ms),
    )


def _topic(row: sqlite3.Row) -> Topic:
    endpoints = tuple(Endpoint(**data) for data in json.loads(row["endpoints"]))
    return Topic(row["name"], endpoints, row["created_at"], row["updated_at"])
