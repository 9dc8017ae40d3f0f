"""Transactions: what work that fails leaves behind, also where not even its roll-back is possible."""

from pathlib import Path

import pytest
from sqlalchemy import Connection, insert
from sqlalchemy.exc import IntegrityError

from docspasta_mcp.store import Database, page_queries
from docspasta_mcp.store.statements import table_of
from docspasta_mcp.store.tables import DeliveryRow, LeftOutRow

_DELIVERIES = table_of(DeliveryRow)


def _deliveries(db: Connection) -> int:
    return len(db.execute(_DELIVERIES.select()).all())


async def test_a_connection_that_cannot_roll_back_is_replaced(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'store.db'}")
    database.migrate()

    def break_off(db: Connection) -> None:
        db.execute(insert(_DELIVERIES).values(id="one", expires_at=1))
        db.connection.dbapi_connection.close()  # pyright: ignore[reportOptionalMemberAccess]
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        await database.write(break_off)
    assert await database.write(lambda db: page_queries.ANY_PAGE.scalar(db, {"job": "none"})) is None
    assert await database.write(_deliveries) == 0
    database.close()


async def test_work_that_fails_leaves_nothing_and_the_next_works(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'store.db'}")
    database.migrate()

    def refused(db: Connection) -> None:
        db.execute(insert(_DELIVERIES).values(id="one", expires_at=1))
        db.execute(insert(table_of(LeftOutRow)).values(job_id="none", url_hash="a", url="b", reason="c"))

    def prepared(db: Connection) -> None:
        db.execute(insert(_DELIVERIES).values(id="two", expires_at=1))
        page_queries.TAKE_IN.execute(db, {"job": "none", "hashes": "[]"})
        raise KeyError("half-way")

    with pytest.raises(IntegrityError):
        await database.write(refused)
    with pytest.raises(KeyError, match="half-way"):
        await database.write(prepared)
    assert await database.read(_deliveries) == 0
    await database.write(lambda db: db.execute(insert(_DELIVERIES).values(id="three", expires_at=1)) and None)
    assert await database.read(_deliveries) == 1
    database.close()
