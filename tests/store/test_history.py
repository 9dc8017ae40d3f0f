"""The judge of the kill trials sees what it is there to see, on SQLite and on PostgreSQL."""

from sqlalchemy import text

from bench.history import complaints, keep_history
from docspasta_mcp.model.document import PagePlacement
from docspasta_mcp.model.job import Job, JobState
from docspasta_mcp.store import Store
from tests.store.test_races import claimed, done, job_with_pages

URLS = {"https://d.example/0", "https://d.example/1"}


async def finished(store: Store) -> tuple[Job, list[int]]:
    job, ids = await job_with_pages(store, 2)
    for page_id in ids:
        claim = await claimed(store, page_id, job)
        await store.pages.settle(claim, done(claim), job=job)
    return job, ids


async def test_a_job_that_went_well_leaves_nothing_to_complain_of(store: Store) -> None:
    keep_history(store.database)
    job, ids = await finished(store)
    assert "the job's states were []" in complaints(store.database, job.id, urls=URLS)  # it has not ended
    assert await store.endings.place(
        job.id, [PagePlacement(page_id, number) for number, page_id in enumerate(ids, start=1)]
    )
    assert await store.endings.finalize(job.id) is JobState.COMPLETED
    assert complaints(store.database, job.id, urls=URLS) == []


async def test_what_is_lost_or_twice_is_complained_of(store: Store) -> None:
    keep_history(store.database)
    job, ids = await finished(store)
    with store.database.engine.begin() as connection:
        connection.execute(text("UPDATE page SET state = 'fetching' WHERE id = :id"), {"id": ids[0]})
        connection.execute(text("UPDATE page SET state = 'done' WHERE id = :id"), {"id": ids[0]})
        connection.execute(text("UPDATE page_content SET markdown = 'other' WHERE page_id = :id"), {"id": ids[1]})
    wrong = complaints(store.database, job.id, urls=URLS | {"https://d.example/2"})
    assert set(wrong) == {
        "https://d.example/2 is lost",
        "https://d.example/2 was settled 0 times",
        "the content of https://d.example/2 was stored 0 times",
        "https://d.example/0 went from done to fetching",
        "https://d.example/0 was settled 2 times",
        "the content of https://d.example/1 was stored 2 times",
        "the job's states were []",
        "4 messages were never published",  # nothing was published: the start, two pages, the end
    }
