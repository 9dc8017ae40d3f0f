"""Dead letters: messages whose deliveries are used up."""

import json
import sqlite3
from typing import Any

from docspasta_mcp.broker.filters import Filter
from docspasta_mcp.broker.message import Message, body_fields
from docspasta_mcp.broker.store.messages import from_row

_SELECT = (
    "SELECT d.id AS dlq_id, d.response_status, d.response_header, d.response_body, m.*"
    " FROM dead_letter AS d JOIN message AS m ON m.seq = d.message"
)


def list_page(
    db: sqlite3.Connection, condition: Filter, *, cursor: str | None, count: int, latest_first: bool
) -> tuple[list[dict[str, Any]], str | None]:
    """Return a page of dead letters as QStash's JSON, and the cursor of the next one if there is one."""
    if cursor is not None:
        condition &= Filter(f"d.id {'<' if latest_first else '>'} ?", (cursor,))
    rows = _select(db, condition, count + 1, latest_first=latest_first)
    return [_public(row) for row in rows[:count]], rows[count - 1]["dlq_id"] if len(rows) > count else None


def find(
    db: sqlite3.Connection, condition: Filter, *, cursor: str | None = None, count: int = -1
) -> tuple[list[tuple[str, Message]], str | None]:
    """Return the dead letters that fit with their ids, oldest first, and the cursor of the rest if there is one."""
    if cursor is not None:
        condition &= Filter("d.id > ?", (cursor,))
    rows = _select(db, condition, count + 1 if count >= 0 else -1)
    more = 0 <= count < len(rows)
    kept = rows[:count] if more else rows
    return [(row["dlq_id"], from_row(row)) for row in kept], kept[-1]["dlq_id"] if more else None


def delete(db: sqlite3.Connection, dlq_id: str) -> bool:
    """Delete one; tell whether it was there."""
    return db.execute("DELETE FROM dead_letter WHERE id = ?", (dlq_id,)).rowcount > 0


def _select(db: sqlite3.Connection, condition: Filter, limit: int, *, latest_first: bool = False) -> list[sqlite3.Row]:
    order = "DESC" if latest_first else "ASC"
    sql = f"{_SELECT} WHERE {condition.sql} ORDER BY d.id {order} LIMIT ?"
    return db.execute(sql, (*condition.values, limit)).fetchall()


def _public(row: sqlite3.Row) -> dict[str, Any]:
    return {
        **from_row(row).public(),
        "dlqId": row["dlq_id"],
        "responseStatus": row["response_status"],
        "responseHeader": json.loads(row["response_header"]),
        **{f"response{name[0].upper()}{name[1:]}": value for name, value in body_fields(row["response_body"]).items()},
    }
