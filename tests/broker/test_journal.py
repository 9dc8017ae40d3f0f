"""What the broker's file promises about the disk, and about notes that nobody waits for."""

import contextlib
import sqlite3
from collections.abc import Generator
from pathlib import Path

import anyio
import pytest

from docspasta_mcp.broker.journal import MAX_GROUP, Journal

FULL, NORMAL = 2, 1  # https://sqlite.org/pragma.html#pragma_synchronous


@contextlib.contextmanager
def opened(path: Path) -> Generator[Journal]:
    journal = Journal(path / "broker.db", "CREATE TABLE IF NOT EXISTS word (text TEXT)")
    try:
        yield journal
    finally:
        journal.close()


def waits_for_disk(connection: sqlite3.Connection) -> int:
    return connection.execute("PRAGMA synchronous").fetchone()[0]


def write(connection: sqlite3.Connection, text: str = "a") -> None:
    connection.execute("INSERT INTO word VALUES (?)", (text,))


def words(connection: sqlite3.Connection) -> int:
    return connection.execute("SELECT count(*) FROM word").fetchone()[0]


async def test_what_must_last_is_committed_to_the_disk_and_what_may_be_repeated_is_not(tmp_path: Path) -> None:
    with opened(tmp_path) as journal:
        assert await journal.run(waits_for_disk) == FULL
        assert await journal.run_lightly(waits_for_disk) == NORMAL
        assert await journal.run(waits_for_disk) == FULL


async def test_whoever_looks_sees_the_notes_taken_before(tmp_path: Path) -> None:
    with opened(tmp_path) as journal:
        journal.note(write)
        journal.note(write)
        assert await journal.run_lightly(words) == 2
        assert await journal.run_lightly(words) == 2


async def test_notes_are_written_though_nothing_else_happens(tmp_path: Path) -> None:
    with opened(tmp_path) as journal, contextlib.closing(sqlite3.connect(tmp_path / "broker.db")) as other:
        journal.note(write)
        assert words(other) == 0
        with anyio.fail_after(5):
            while words(other) == 0:
                await anyio.sleep(0.01)


async def test_notes_are_written_when_the_file_is_closed(tmp_path: Path) -> None:
    with opened(tmp_path) as journal:
        journal.note(write)
    with contextlib.closing(sqlite3.connect(tmp_path / "broker.db")) as other:
        assert words(other) == 1


async def test_a_note_that_comes_after_the_end_is_left_alone(tmp_path: Path) -> None:
    with opened(tmp_path) as journal:
        journal.note(write)
    journal.note(write)  # by a delivery that was under way
    assert not journal.is_behind
    with opened(tmp_path) as again:
        assert await again.run(words) == 1


async def test_notes_that_find_no_room_wait_for_it_and_hold_up_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("docspasta_mcp.broker.journal._AGAIN_S", 0.0)
    with opened(tmp_path) as journal:
        pages = await journal.run(lambda db: db.execute("PRAGMA page_count").fetchone()[0])
        await journal.run(lambda db: db.execute(f"PRAGMA max_page_count = {pages}").fetchall())
        journal.note(lambda db: write(db, "long" * 10_000))
        journal.note(lambda db: db.execute("INSERT INTO no_table VALUES (1)").fetchall())
        assert await journal.run(words) == 0
        await journal.run(lambda db: db.execute(f"PRAGMA max_page_count = {pages + 100}").fetchall())
        assert await journal.run(words) == 1


async def test_notes_that_find_no_room_are_not_tried_with_each_other_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("docspasta_mcp.broker.journal._AGAIN_S", 3_600.0)
    tried: list[str] = []

    def write_long(db: sqlite3.Connection) -> None:
        tried.append("once")
        write(db, "long" * 10_000)

    with opened(tmp_path) as journal:
        pages = await journal.run(lambda db: db.execute("PRAGMA page_count").fetchone()[0])
        await journal.run(lambda db: db.execute(f"PRAGMA max_page_count = {pages}").fetchall())
        for _ in range(MAX_GROUP):
            assert not journal.is_behind
            journal.note(write_long)
        assert [await journal.run(words) for _ in range(20)] == [0] * 20
        assert len(tried) == 1  # what is full ends the transaction of them all
        assert journal.is_behind
        await journal.run(lambda db: db.execute("PRAGMA max_page_count = 100000").fetchall())
    with contextlib.closing(sqlite3.connect(tmp_path / "broker.db")) as other:
        assert words(other) == MAX_GROUP  # they are tried once more before the file is closed


async def test_notes_that_found_no_room_are_written_in_their_order_though_nothing_else_happens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("docspasta_mcp.broker.journal._AGAIN_S", 0.01)
    tried: list[str] = []

    def first(db: sqlite3.Connection) -> None:
        most = 100_000 if tried else db.execute("PRAGMA page_count").fetchone()[0]  # the disk has room the second time
        tried.append("first")
        db.execute(f"PRAGMA max_page_count = {most}").fetchall()
        write(db, "first" * 10_000)

    with opened(tmp_path) as journal, contextlib.closing(sqlite3.connect(tmp_path / "broker.db")) as other:
        journal.note(first)
        journal.note(lambda db: write(db, "second"))
        with anyio.fail_after(5):
            while words(other) < 2:
                await anyio.sleep(0.01)
        found = other.execute("SELECT text FROM word ORDER BY rowid").fetchall()
    assert [text[:6] for (text,) in found] == ["firstf", "second"]
    assert len(tried) == 2
