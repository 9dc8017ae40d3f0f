"""The work of answers, on both databases: a few at a time, while others read, and no look at all pages of a job."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import anyio
import pytest
from sqlalchemy import Connection, text

from docspasta_mcp.pipeline.index import catch_up
from docspasta_mcp.store import Store
from docspasta_mcp.store.search_queries import AT_ONCE
from docspasta_mcp.store.search_reader import Wanted
from tests.store.test_job_list import statements
from tests.store.test_search_index import PAGES, stored


class Work:
    """Pieces of work that do not end before they may; counts those that have begun."""

    def __init__(self) -> None:
        self.begun = threading.Semaphore(0)
        self.may_end = threading.Event()

    def __call__(self, _reader: object = None) -> None:
        self.begun.release()
        self.may_end.wait(5)

    async def begin(self, count: int) -> None:
        """Wait until so many have begun."""
        for _ in range(count):
            assert await anyio.to_thread.run_sync(self.begun.acquire, True, 5)

    @contextmanager
    def ending(self) -> Iterator[None]:
        """Let them end when this does."""
        try:
            yield
        finally:
            self.may_end.set()


async def test_few_answers_are_worked_on_at_a_time_and_hold_up_no_other_reader(store: Store) -> None:
    work = Work()
    async with anyio.create_task_group() as tasks:
        with work.ending():
            tasks.start_soon(store.search.read, work)
            for _ in range(3 * AT_ONCE):
                tasks.start_soon(store.search.work_out, work)
            await work.begin(AT_ONCE)
            with anyio.fail_after(5):
                assert await store.database.read(lambda db: db.execute(text("SELECT 1")).scalar()) == 1
            assert not work.begun.acquire(blocking=False)
    await work.begin(2 * AT_ONCE + 1)


async def test_pages_are_looked_up_by_their_numbers(store: Store) -> None:
    if not store.database.is_sqlite:
        pytest.skip("PostgreSQL plans by how many pages there are")
    job = await stored(store, *PAGES)
    await catch_up(store, job.id)
    extent = await store.search.extent(job.id)
    assert extent is not None
    wanted = [Wanted(("port",), 1.0)]
    with statements(store) as seen:
        found = await store.search.read(lambda reader: reader.find(job, extent, wanted, limit=9, pages=[1, 2]))
    assert [one.number for one in found] == [2]
    asked = [query for query in seen if " FROM page WHERE " in query]
    assert len(asked) == 2

    def plans(db: Connection) -> list[str]:
        return [str(row[3]) for query in asked for row in db.execute(text(f"EXPLAIN QUERY PLAN {query}"))]

    for plan in await store.database.read(plans):
        assert "number=?" in plan or "arrival=?" in plan, plan
