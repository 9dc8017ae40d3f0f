"""The library's rows, on SQLite and on PostgreSQL."""

from sqlalchemy import event, text

from docspasta_mcp.pipeline.index import catch_up
from docspasta_mcp.store import Store
from tests.fakes import Clock
from tests.jobs.test_library import begun, crawled, library


async def test_a_library_of_any_size_is_read_in_three_statements(store: Store, clock: Clock) -> None:
    for number in range(4):
        clock.advance(1)
        await crawled(store, f"https://d.example/{number}/")
        await begun(store, f"https://running.example/{number}/")
    statements: list[str] = []
    event.listen(store.database.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    found = await library(store).docs()
    assert [(doc.title, doc.language, doc.pages) for doc in found.docs if doc.state == "completed"] == [
        ("T", "en", 1)
    ] * 4
    assert len(found.docs) == 8
    assert len([one for one in statements if one.startswith("SELECT")]) == 3


async def test_a_pin_goes_to_the_next_whole_edition(store: Store, clock: Clock) -> None:
    mine = library(store)
    first = await crawled(store, "https://d.example/")
    other = await crawled(store, "https://e.example/")
    await mine.pin(first, is_pinned=True)
    clock.advance(1)
    second = await crawled(store, "https://d.example/")
    pinned = {edition.job_id for edition in await store.library.editions("local") if edition.is_pinned}
    assert pinned == {second}
    clock.advance(31 * 86_400)
    assert await store.jobs.delete_unused_since(clock() - 30 * 86_400) == 2
    assert [edition.job_id for edition in await store.library.editions("local")] == [second]
    assert other != second


async def test_the_index_counts_in_what_an_owner_has_stored(store: Store) -> None:
    job_id = await crawled(store, "https://d.example/")
    before = await store.jobs.stored_bytes("local")
    await catch_up(store, job_id)
    more = await store.jobs.stored_bytes("local") - before
    with store.database.engine.connect() as connection:
        entries = connection.execute(text("SELECT sum(length(entries)) FROM passage_group")).scalar()
    assert more > 2 * (entries or 0) > 0
    await catch_up(store, job_id)  # nothing is counted twice
    assert await store.jobs.stored_bytes("local") == before + more
    assert await store.jobs.stored_bytes("other") == 0
    await store.jobs.delete_all(owner="local")
    assert await store.jobs.stored_bytes("local") == 0
