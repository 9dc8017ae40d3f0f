"""What a job's frontier lets in: endless kinds of pages, room that an earlier crawl's pages left, numbers with holes."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import delete, update
from sqlmodel import col

from docspasta_mcp.errors import InvalidRequest
from docspasta_mcp.jobs.document_pages import document_pages
from docspasta_mcp.jobs.selection import named_pages
from docspasta_mcp.model.document import PagePlacement
from docspasta_mcp.model.frontier import Frontier, NewPage, Source
from docspasta_mcp.model.job import Job, JobOptions, JobState
from docspasta_mcp.model.messages import ProcessUrl
from docspasta_mcp.model.page_identity import QUERY_VARIANTS
from docspasta_mcp.model.scope import EditionChoice, Scope, ScopeMode
from docspasta_mcp.store import Database, Store
from docspasta_mcp.store.page_queries import COUNT_ENDLESS
from docspasta_mcp.store.rescues import MAX_RESCUES
from docspasta_mcp.store.statements import CHUNK
from docspasta_mcp.store.tables import OutboxRow, PageRow
from tests.fakes import Clock
from tests.store.test_races import claimed, done, job_with_pages, new_job, pages_of

SITE = "https://d.example"


async def linking(store: Store, links: Sequence[str]) -> list[str]:
    """Settle a page with links; return the URLs of the job's pages but for that one."""
    job, (page_id,) = await job_with_pages(store, 1)
    claim = await claimed(store, page_id, job)
    await store.pages.settle(claim, replace(done(claim), links=tuple(links)), job=job)
    return [url for _, _, url in pages_of(store, job)[1:]]


async def test_kinds_that_differ_in_case_are_counted_apart(store: Store) -> None:
    links = [f"{SITE}/{path}?v={number}" for path in ("Q", "q", "q_", "qx") for number in range(QUERY_VARIANTS)]
    assert await linking(store, [*links, f"{SITE}/q?v=more"]) == links


async def test_only_dated_pages_count_as_dated(store: Store) -> None:
    links = [f"{SITE}/page{number}" for number in range(60)]
    dated = [f"{SITE}/2026/05/{number}" for number in range(40)]
    assert await linking(store, [*links, *dated]) == [*links, *dated[:30]]


def test_an_endless_kind_is_counted_by_its_index(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'plan.db'}")
    database.migrate()
    statement, _, _ = COUNT_ENDLESS.text(database.engine.dialect)
    with database.engine.connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", ("job", "kind")).all()
    assert "ix_page_endless" in str(plan)
    database.close()


def manual_of(other: int, own: int) -> tuple[NewPage, ...]:
    """Return the first page, so many pages of another language, and so many of its own."""
    urls = [f"{SITE}/", *(f"{SITE}/de/{n}" for n in range(other)), *(f"{SITE}/{n}" for n in range(own))]
    return tuple(
        NewPage(url, min(place, 1), (Source.LINK if place else Source.SEED,)) for place, url in enumerate(urls)
    )


async def finished(store: Store, pages: Sequence[NewPage], *, max_pages: int = 500) -> Job:
    """Return a job that has ended with all of these pages in its document."""
    job = replace(new_job(), options=JobOptions.model_validate({"max_pages": max_pages}))
    await store.jobs.start(job, fingerprint="same", fresh_since=None)
    await store.pages.open_frontier(job, Frontier(Scope(SITE, "/"), tuple(pages)))
    places: list[PagePlacement] = []
    for page_id, number, _ in pages_of(store, job):
        claim = await claimed(store, page_id, job)
        await store.pages.settle(claim, done(claim), job=job)
        places.append(PagePlacement(page_id, number))
    await store.endings.place(job.id, places)
    assert await store.endings.finalize(job.id) is JobState.COMPLETED
    return job


async def test_pages_of_an_earlier_crawl_that_do_not_belong_take_no_room(store: Store, clock: Clock) -> None:
    job = await finished(store, manual_of(12, 7), max_pages=20)
    clock.advance(1e5)
    again = replace(new_job(), options=job.options)
    await store.jobs.start(again, fingerprint="same", fresh_since=clock())
    scope = Scope(SITE, "/", mode=ScopeMode.AUTO, kept=(EditionChoice("translation", "/", ""),))
    await store.pages.open_frontier(again, Frontier(scope, manual_of(0, 19)))
    found = await store.jobs.get(again.id, owner="local")
    assert found is not None
    assert found.refreshes == job.id
    assert len(pages_of(store, again)) == 20


async def test_each_page_of_an_earlier_crawl_is_come_for_though_some_do_not_belong(store: Store, clock: Clock) -> None:
    await finished(store, manual_of(12, 60))
    clock.advance(1e5)
    again = new_job()
    await store.jobs.start(again, fingerprint="same", fresh_since=clock())
    scope = Scope(SITE, "/", mode=ScopeMode.AUTO, kept=(EditionChoice("translation", "/", ""),))
    await store.pages.open_frontier(again, Frontier(scope, manual_of(0, 60)))
    taken: list[str] = []
    for one in await store.outbox.messages():
        if not isinstance(one.message, ProcessUrl) or one.message.job_id != again.id:
            continue
        claim = await claimed(store, one.message.page_id, again)
        taken += [claim.url, *(other.url for other in await store.recrawl.claim_neighbours(claim, lease_s=90))]
    assert sorted(taken) == sorted(url for _, _, url in pages_of(store, again))


async def test_a_number_of_an_earlier_crawl_is_given_to_no_other_page(store: Store, clock: Clock) -> None:
    first = await finished(store, (*manual_of(0, 3), *manual_of(4, 0)[1:]))
    clock.advance(1e5)
    again = new_job()
    await store.jobs.start(again, fingerprint="same", fresh_since=clock())
    scope = Scope(SITE, "/", mode=ScopeMode.AUTO, kept=(EditionChoice("translation", "/", ""),))
    await store.pages.open_frontier(again, Frontier(scope, manual_of(0, 6)))
    before = {number: url for _, number, url in pages_of(store, first)}
    assert all(before.get(number, url) == url for _, number, url in pages_of(store, again))


async def cancelled_with_holes(store: Store) -> Job:
    """Return a cancelled job of 80 pages, of which those that arrived as 5 to 64 say what the fourth says."""
    job, ids = await job_with_pages(store, 80)
    for number, page_id in enumerate(ids, start=1):
        claim = await claimed(store, page_id, job)
        content = "same" if 4 <= number <= 64 else str(number)
        await store.pages.settle(claim, replace(done(claim), content_hash=content), job=job)
    assert await store.endings.cancel(job.id)
    return await store.jobs.of_owner(job.id, "local")


@pytest.mark.parametrize(
    ("names", "numbers"),
    [
        (["3-66"], [3, 4, 65, 66]),
        (["2-80"], [2, 3, 4, *range(65, 81)]),
        (["80"], [80]),
        (["79", "4"], [4, 79]),
    ],
)
async def test_pages_beyond_duplicates_are_had_by_their_numbers(
    store: Store, names: list[str], numbers: list[int]
) -> None:
    job = await cancelled_with_holes(store)
    chosen = (await named_pages(store, job, names)).numbers
    found = [page.record.number async for page in document_pages(store, job, only=chosen)]
    assert found == [number for number in numbers if number in chosen]
    assert set(found) == set(chosen)


@pytest.mark.parametrize("name", ["5", "81", "5-64"])
async def test_a_number_that_no_page_has_is_refused(store: Store, name: str) -> None:
    with pytest.raises(InvalidRequest, match="numbers from 1 to 80"):
        await named_pages(store, await cancelled_with_holes(store), [name])


async def test_pages_that_were_rescued_often_keep_no_other_from_being_rescued(store: Store, clock: Clock) -> None:
    count = 10 * CHUNK + 3
    job = replace(new_job(), options=JobOptions.model_validate({"max_pages": count}))
    await store.jobs.start(job, fingerprint=job.id, fresh_since=None)
    urls = (f"{SITE}/{number}" for number in range(count))
    await store.pages.open_frontier(job, Frontier(job.scope, tuple(NewPage(url, 0, (Source.SITEMAP,)) for url in urls)))
    with store.database.engine.connect() as db:
        db.execute(update(PageRow).where(col(PageRow.number) <= count - 3).values(rescues=MAX_RESCUES))
        db.execute(delete(OutboxRow))
        db.commit()
    clock.advance(1_000)
    assert await store.pages.rescue(job.id, silent_s=300) == 3
