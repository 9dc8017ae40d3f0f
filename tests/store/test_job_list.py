"""The list of jobs: what it tells, and how often it asks the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import event

from docspasta_mcp.jobs.pages import Outlines, OwnerPages
from docspasta_mcp.model.document import PagePlacement
from docspasta_mcp.model.frontier import LeftOut
from docspasta_mcp.model.page import Outcome, PageState
from docspasta_mcp.server.ui.library import LibraryView
from docspasta_mcp.server.wiring import open_node
from docspasta_mcp.store import Front, Store
from tests.conftest import settings_for
from tests.store.test_races import claimed, done, job_with_pages


async def with_two_pages(store: Store, *, fails: bool = False) -> str:
    """Store a job of which one page is done; the other one waits, or cannot be had."""
    job, ids = await job_with_pages(store, 2)
    claim = await claimed(store, ids[0], job)
    outcome = replace(done(claim), title="Manual", language="de", left_out=(LeftOut("https://d.example/z", "trap"),))
    await store.pages.settle(claim, outcome, job=job)
    if fails:
        claim = await claimed(store, ids[1], job)
        await store.pages.settle(claim, Outcome(PageState.FAILED, claim.url, "http_500", "The site said so."), job=job)
        await store.endings.place(job.id, [PagePlacement(ids[0], 1)])
        await store.endings.finalize(job.id)
    return job.id


async def test_the_list_tells_of_each_job_what_its_status_tells(store: Store) -> None:
    for fails in (True, False, True):
        await with_two_pages(store, fails=fails)
    listed = await store.jobs.list(owner="local")
    assert len(listed) == 3
    assert list(listed) == [await store.jobs.progress(job.id, owner="local") for job, _ in listed]
    assert {coverage.failed for _, coverage in listed} == {0, 1}
    assert await store.jobs.list(owner="somebody else") == []


async def test_a_front_has_the_first_pages_title_and_the_main_language(store: Store) -> None:
    ended, running = await with_two_pages(store, fails=True), await with_two_pages(store)
    empty = (await job_with_pages(store, 1))[0].id
    manual = Front("Manual", "de")
    assert await store.documents.fronts([ended, running, empty, "x"]) == {
        ended: manual,
        running: manual,
        empty: Front(),
    }


@contextmanager
def statements(store: Store) -> Iterator[list[str]]:
    """Collect what runs on an SQLite file."""
    seen: list[str] = []

    def watch(connection: Any, *_: object) -> None:
        connection.set_trace_callback(seen.append)

    def leave(connection: Any, *_: object) -> None:
        connection.set_trace_callback(None)

    event.listen(store.database.engine, "checkout", watch)
    event.listen(store.database.engine, "checkin", leave)
    yield seen
    event.remove(store.database.engine, "checkout", watch)


async def test_many_jobs_are_listed_with_as_many_statements_as_one(tmp_path: Path) -> None:
    async with open_node(settings_for(tmp_path)) as node:
        pages = OwnerPages("local", store=node.store, outlines=Outlines())
        counts: list[tuple[int, int]] = []
        for many in (1, 19):
            for _ in range(many):
                await with_two_pages(node.store, fails=True)
            with statements(node.store) as listing:
                assert len(await node.jobs.list()) == len(counts) * 19 + 1
            with statements(node.store) as showing:
                shelf = await LibraryView().shelf("local", node.jobs.library, pages)
                assert [len(tile.manual.editions) for tile in shelf.tiles] == [len(counts) * 19 + 1]
            assert sum(line.startswith("BEGIN") for line in listing) == 1
            counts.append((len(listing), len(showing)))
        assert counts[0] == counts[1]
        assert counts[0][0] <= 6
