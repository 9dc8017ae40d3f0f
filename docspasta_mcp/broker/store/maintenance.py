"""What keeps the file in order: retention, the operator's switch, and the figures of the operator's view."""

import sqlite3

DELIVERED_MS = 600_000  # a settled message's body; its row stays for its events
EVENTS_MS = 3 * 86_400_000  # QStash's pay-as-you-go plan keeps logs for three days
DLQ_MS = 7 * 86_400_000  # and dead letters for seven


def trim(db: sqlite3.Connection, *, now_ms: int) -> None:
    """Forget what is past its retention."""
    db.execute("DELETE FROM deduplication WHERE expires_at <= ?", (now_ms,))
    db.execute("DELETE FROM dead_letter WHERE died_at <= ?", (now_ms - DLQ_MS,))
    db.execute(  # events are in order of time, so that only the old end is read
        "DELETE FROM event WHERE id < coalesce((SELECT id FROM event WHERE at > ? ORDER BY id LIMIT 1), 1 << 62)",
        (now_ms - EVENTS_MS,),
    )
    unneeded = "NOT EXISTS (SELECT 1 FROM dead_letter AS d WHERE d.message = message.seq)"
    db.execute(
        f"UPDATE message SET body = NULL WHERE (body IS NULL) = 0 AND settled_at <= ? AND {unneeded}",  # noqa: S608
        (now_ms - DELIVERED_MS,),
    )
    db.execute("DELETE FROM message WHERE (body IS NULL) = 1 AND settled_at <= ?", (now_ms - EVENTS_MS,))
    db.execute(
        "DELETE FROM flow WHERE used_at <= ? AND NOT paused AND NOT pinned_parallelism AND NOT pinned_rate"
        " AND NOT EXISTS (SELECT 1 FROM message WHERE outcome IS NULL AND json_extract(spec, '$.flow.key') = flow.key)",
        (now_ms - EVENTS_MS,),
    )


def is_paused(db: sqlite3.Connection) -> bool:
    """Tell whether the operator has stopped all deliveries."""
    return db.execute("SELECT 1 FROM switch WHERE name = 'paused'").fetchone() is not None


def set_paused(db: sqlite3.Connection, *, paused: bool) -> None:
    """Stop or start all deliveries."""
    db.execute(
        "INSERT OR IGNORE INTO switch VALUES ('paused')" if paused else "DELETE FROM switch WHERE name = 'paused'"
    )


def depth(db: sqlite3.Connection) -> int:
    """Return how many messages are not settled."""
    return db.execute("SELECT count(*) FROM message WHERE outcome IS NULL").fetchone()[0]


def dead_letters(db: sqlite3.Connection) -> int:
    """Return how many dead letters there are."""
    return db.execute("SELECT count(*) FROM dead_letter").fetchone()[0]
