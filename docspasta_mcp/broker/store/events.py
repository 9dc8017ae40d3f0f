"""Events: what happened to each message, for `/v2/events` and `/v2/logs`.

States: https://upstash.com/docs/qstash/howto/debug-logs. The SDK spells CANCELED with one L, and so do we.
"""

import base64
import json
import sqlite3
from typing import Any

from docspasta_mcp.broker.filters import Filter, add_url_functions
from docspasta_mcp.broker.message import Message, callback_fields, flow_fields, label_fields

CREATED = "CREATED"
ACTIVE = "ACTIVE"
RETRY = "RETRY"
ERROR = "ERROR"
DELIVERED = "DELIVERED"
FAILED = "FAILED"
CANCEL_REQUESTED = "CANCEL_REQUESTED"
CANCELED = "CANCELED"
STATES = frozenset({CREATED, ACTIVE, RETRY, ERROR, DELIVERED, FAILED, CANCEL_REQUESTED, CANCELED})
IN_PROGRESS = (ACTIVE, RETRY, ERROR)
"""What the filter value IN_PROGRESS stands for, as documented."""

_SELECT = "SELECT e.id AS event_id, e.at, e.state, e.detail, m.* FROM event AS e JOIN message AS m ON m.seq = e.message"


def record(db: sqlite3.Connection, message: int, state: str, *, at: int, **detail: Any) -> None:
    """Write down what happened to a message, given by its row's number."""
    db.execute(
        "INSERT INTO event (message, at, state, detail) VALUES (?, ?, ?, ?)",
        (message, at, state, json.dumps(detail) if detail else None),
    )


def record_created(db: sqlite3.Connection, *, first: int, last: int) -> None:
    """Write down that the messages of these row numbers were taken in."""
    db.execute(
        "INSERT INTO event (message, at, state) SELECT seq, created_at, ? FROM message WHERE seq BETWEEN ? AND ?",
        (CREATED, first, last),
    )


def list_page(
    db: sqlite3.Connection, condition: Filter, *, cursor: int | None, count: int, latest_first: bool
) -> tuple[list[dict[str, Any]], str | None]:
    """Return a page of events as QStash's JSON, and the cursor of the next one if there is one."""
    add_url_functions(db)
    if cursor is not None:
        condition &= Filter(f"e.id {'<' if latest_first else '>'} ?", (cursor,))
    order = "DESC" if latest_first else "ASC"
    sql = f"{_SELECT} WHERE {condition.sql} ORDER BY e.id {order} LIMIT ?"
    rows = db.execute(sql, (*condition.values, count + 1)).fetchall()
    following = str(rows[count - 1]["event_id"]) if len(rows) > count else None
    return [_public(row) for row in rows[:count]], following


def _public(row: sqlite3.Row) -> dict[str, Any]:
    body = row["body"] or b""
    message = Message.from_spec(json.loads(row["spec"]), id=row["id"], body=body, retried=row["retried"])
    shown = message.redacted()
    reports = callback_fields(message.callback, message.failure_callback)
    data: dict[str, Any] = {
        "time": row["at"],
        "messageId": message.id,
        "state": row["state"],
        "url": message.url,
        "method": message.method,
        "header": shown["header"],
        "body": base64.b64encode(shown["body"].encode()).decode() if "body" in shown else shown["bodyBase64"],
        "topicName": message.topic,
        "endpointName": message.endpoint,
        "queueName": message.queue,
        "scheduleId": message.schedule_id,
        "timeout": round(message.timeout_s * 1000),
        "callback": reports.get("callback"),
        "callbackHeaders": reports.get("callbackHeader"),
        "failureCallback": reports.get("failureCallback"),
        "failureCallbackHeaders": reports.get("failureCallbackHeader"),
        "maxRetries": message.max_retries,
        "retryDelayExpr": message.retry_delay,
        "retryDelayExpression": message.retry_delay,
        **label_fields(message.label),
        **flow_fields(message.flow),
        **json.loads(row["detail"] or "{}"),
    }
    return {name: value for name, value in data.items() if value is not None}
