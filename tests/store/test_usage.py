"""What the page shows operators and watchers, on SQLite and on PostgreSQL."""

from typing import Any

from sqlalchemy import event

from docspasta_mcp.pipeline.index import catch_up
from docspasta_mcp.store import Marks, Store
from tests.fakes import Clock
from tests.jobs.test_library import begun, crawled, library


async def test_owners_are_told_with_all_that_they_have_stored(store: Store) -> None:
    await catch_up(store, await crawled(store, "https://d.example/"))
    await begun(store, "https://e.example/")
    (usage,) = await store.usage.by_owner(limit=5)
    assert (usage.owner, usage.jobs) == ("local", 2)
    assert usage.pages >= 1
    assert usage.bytes == await store.jobs.stored_bytes("local") > 0
    await store.jobs.delete_all(owner="local")
    assert await store.usage.by_owner(limit=5) == []


async def test_owners_are_counted_as_of_one_moment(store: Store) -> None:
    await crawled(store, "https://d.example/")
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        asked.append(statement)

    event.listen(store.database.engine, "before_cursor_execute", note)
    assert len(await store.usage.by_owner(limit=5)) == 1
    assert len([statement for statement in asked if "FROM job" in statement]) == 1


async def test_pages_are_counted_in_the_minute_in_which_they_were_read(store: Store, clock: Clock) -> None:
    began = clock()
    await crawled(store, "https://d.example/")
    clock.advance(125)
    await crawled(store, "https://e.example/")
    assert await store.usage.settled_by_minute(began - 1) == {0: (1, 0), 2: (1, 0)}
    assert await store.usage.settled_by_minute(clock() + 1) == {}


async def test_a_card_is_marked_when_it_is_pinned_or_can_be_compared(store: Store, clock: Clock) -> None:
    first = await crawled(store, "https://d.example/")
    clock.advance(1)
    second = await crawled(store, "https://d.example/")
    await library(store).pin(second, is_pinned=True)
    assert await store.library.marks([first, second, "nosuch"]) == {first: Marks(), second: Marks(True, True)}
    assert await store.library.marks([]) == {}


async def test_watchers_see_only_their_own(store: Store) -> None:
    job_id = await crawled(store, "https://d.example/")
    watched = await store.watching.watched(job_id, owner="local", latest=3)
    assert watched is not None
    assert (watched.title, list(watched.latest), watched.coverage.done) == ("T", ["T"], 1)
    assert await store.watching.watched(job_id, owner="ann", latest=3) is None


async def test_the_outline_is_the_contents(store: Store) -> None:
    job = await store.jobs.of_owner(await crawled(store, "https://d.example/"), "local")
    records = [record async for record in store.documents.contents(job)]
    assert [row[:4] for row in await store.documents.outline(job)] == [
        (record.number, record.nav_level, record.title, record.tokens) for record in records
    ]
