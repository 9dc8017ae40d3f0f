"""What the broker's file promises about the disk."""

import sqlite3
from pathlib import Path

from docspasta_mcp.broker.journal import Journal

FULL, NORMAL = 2, 1  # https://sqlite.org/pragma.html#pragma_synchronous


def waits_for_disk(connection: sqlite3.Connection) -> int:
    return connection.execute("PRAGMA synchronous").fetchone()[0]


async def test_what_must_last_is_committed_to_the_disk_and_what_may_be_repeated_is_not(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "broker.db", "CREATE TABLE IF NOT EXISTS word (text TEXT)")
    try:
        assert await journal.run(waits_for_disk) == FULL
        assert await journal.run_lightly(waits_for_disk) == NORMAL
        assert await journal.run(waits_for_disk) == FULL
    finally:
        journal.close()
