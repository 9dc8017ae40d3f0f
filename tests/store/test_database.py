"""What the database does when its connection fails."""

from pathlib import Path

import pytest

from docspasta_mcp.store import Database, page_queries
from docspasta_mcp.store.direct import Direct


async def test_a_connection_that_cannot_roll_back_is_replaced(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'store.db'}")
    database.migrate()

    def break_off(db: Direct) -> None:
        db._cursor.connection.close()  # pyright: ignore[reportPrivateUsage]
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        await database.write_direct(break_off)
    assert await database.write_direct(lambda db: db.scalar(page_queries.ANY_PAGE, {"job": "none"})) is None
    database.close()
