"""Deleted jobs are gone at once for their owners, and some rows at a time for everybody else."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event, func
from sqlmodel import col

from docspasta_mcp.model.frontier import Frontier, NewPage, Source
from docspasta_mcp.model.job import Job, JobOptions
from docspasta_mcp.store import Store
from docspasta_mcp.store.deletion import BATCH, take_away
from docspasta_mcp.store.statements import pick, rows
from docspasta_mcp.store.tables import ContentRow, JobRow, OutboxRow, PageRow
from tests.store.test_races import claimed, done, job_with_pages, new_job, pages_of

PAGES = 2 * BATCH + 10


async def large_job(store: Store) -> Job:
    job = replace(new_job(), options=JobOptions.model_validate({"max_pages": PAGES}))
    await store.jobs.start(job, fingerprint=job.id, fresh_since=None)
    pages = tuple(NewPage(f"https://d.example/{number}", 0, (Source.SEED,)) for number in range(PAGES))
    await store.pages.open_frontier(job, Frontier(job.scope, pages))
    for page_id, _, _ in pages_of(store, job)[:5]:
        claim = await claimed(store, page_id, job)
        await store.pages.settle(claim, done(claim), job=job)
    return job


def counts(store: Store) -> dict[str, int]:
    with store.database.engine.connect() as db:
        tables = {"job": JobRow, "page": PageRow, "content": ContentRow, "outbox": OutboxRow}
        return {name: rows(db, pick(func.count()).select_from(row))[0][0] for name, row in tables.items()}


@pytest.mark.parametrize("how", ["one", "all", "old"])
async def test_a_large_job_is_deleted_in_short_transactions(store: Store, how: str) -> None:
    job = await large_job(store)
    await store.endings.cancel(job.id)
    deleted: list[int] = []

    def note(_connection: Any, cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith("DELETE FROM page "):
            deleted.append(cursor.rowcount)

    event.listen(store.database.engine, "after_cursor_execute", note)
    if how == "one":
        assert await store.jobs.delete(job.id, owner="local")
    elif how == "all":
        assert await store.jobs.delete_all(owner="local") == 1
    else:
        assert await store.jobs.delete_unused_since(store.clock() + 1) == 1
    assert deleted[:3] == [BATCH, BATCH, 10]
    assert set(counts(store).values()) == {0}


async def test_what_a_cut_deletion_left_is_nobodys_and_goes_with_the_next_sweep(store: Store) -> None:
    job, _ = await job_with_pages(store, 3)
    with store.database.engine.connect() as db:
        assert take_away(db, col(JobRow.id) == job.id, now=store.clock()) == 1
        db.commit()
    assert await store.jobs.get(job.id, owner="local") is None
    assert await store.jobs.list(owner="local") == []
    assert (await store.jobs.running(), await store.outbox.messages()) == ([], [])
    assert not await store.jobs.delete(job.id, owner="local")
    assert await store.jobs.delete_unused_since(0) == 0
    assert set(counts(store).values()) == {0}


async def test_deleting_what_another_owner_has_deletes_nothing(store: Store) -> None:
    job, _ = await job_with_pages(store, 1)
    assert not await store.jobs.delete(job.id, owner="bob")
    assert await store.jobs.delete_all(owner="bob") == 0
    assert counts(store)["page"] == 1
