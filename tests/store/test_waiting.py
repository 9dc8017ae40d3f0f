"""Pages that wait for room when their job ends early, and when another page of it is tried again."""

import asyncio
import threading
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, update
from sqlmodel import col

from docspasta_mcp.model.frontier import Frontier, NewPage, Source
from docspasta_mcp.model.job import Coverage, Job, JobOptions, JobState
from docspasta_mcp.model.page import PageState
from docspasta_mcp.store import Store, waiting
from docspasta_mcp.store import pages as store_pages
from docspasta_mcp.store.coverage import coverage_of
from docspasta_mcp.store.job_rows import job_row
from docspasta_mcp.store.statements import is_waiting, pick
from docspasta_mcp.store.tables import PageRow
from tests.fakes import Clock
from tests.store.test_races import claimed, done, new_job, other, pages_of

__all__ = ("other",)

SITE = "https://d.example"
MOST = 10
FAR = 10**15  # places of pages that wait far from the page that was asked for begin here


def budgeted() -> Job:
    return replace(new_job(), options=JobOptions.model_validate({"max_pages": MOST}))


async def opened(store: Store, count: int) -> Job:
    """Return a running job of `count` pages."""
    job = budgeted()
    await store.jobs.start(job, fingerprint="same", fresh_since=None)
    found = tuple(NewPage(f"{SITE}/{n}", min(n, 1), (Source.LINK if n else Source.SEED,)) for n in range(count))
    await store.pages.open_frontier(job, Frontier(job.scope, found))
    return job


async def with_waiting(store: Store) -> Job:
    """Return a running job of ten pages at most: five are done, one is open, and 400 wait."""
    job = await opened(store, 6)
    for page_id, number, _ in pages_of(store, job)[:5]:
        claim = await claimed(store, page_id, job)
        links = tuple(f"{SITE}/{number}/{link}" for link in range(80))
        await store.pages.settle(claim, replace(done(claim), content_hash=str(number), links=links), job=job)
    return job


def counted(store: Store, *conditions: Any) -> int:
    with store.database.engine.connect() as db:
        return db.scalar(pick(func.count()).select_from(PageRow).where(*conditions)) or 0


def size_of(store: Store, job: Job) -> int:
    with store.database.engine.connect() as db:
        row = job_row(db, job.id)
        assert row is not None
        return row.pages


def coverage_of_job(store: Store, job: Job) -> Coverage:
    with store.database.engine.connect() as db:
        return coverage_of(db, job.id)


async def retried(store: Store, job: Job) -> int | None:
    return await store.second_tries.begin(job.id, owner="local", page=None, deadline_s=60, running_jobs=9)


async def ended_by_deadline(store: Store) -> Job:
    job = await with_waiting(store)
    await store.endings.expire(job.id)
    assert await store.endings.finalize(job.id) is JobState.PARTIAL
    return job


@pytest.mark.parametrize("is_reversed", [False, True])
async def test_which_of_very_many_pages_wait_is_no_matter_of_time(
    store: Store, monkeypatch: pytest.MonkeyPatch, *, is_reversed: bool
) -> None:
    monkeypatch.setattr(waiting, "MOST_WAITING", 30)
    job = await opened(store, 6)
    for page_id, number, _ in sorted(pages_of(store, job), reverse=is_reversed):
        claim = await claimed(store, page_id, job)
        links = tuple(f"{SITE}/{number}/{link}" for link in range(20 if number > 1 else 0))
        await store.pages.settle(claim, replace(done(claim), content_hash=str(number), links=links), job=job)
    nearest = col(PageRow.url).like(f"{SITE}/2/%")
    assert counted(store, nearest, col(PageRow.state) == PageState.PENDING.value) == MOST - 6
    assert counted(store, nearest, is_waiting(PageRow)) == 20 - (MOST - 6)
    assert counted(store, col(PageRow.url).like(f"{SITE}/3/%"), is_waiting(PageRow)) >= 10


async def test_a_deadline_fails_no_more_pages_than_there_was_room_for(store: Store) -> None:
    job = await ended_by_deadline(store)
    coverage = coverage_of_job(store, job)
    assert (coverage.done, coverage.failed, coverage.left_out) == (5, 5, {"page_limit": 396})
    assert coverage.reasons == {"deadline": 5}
    assert size_of(store, job) == MOST
    failed = (col(PageRow.job_id) == job.id, col(PageRow.state) == PageState.FAILED.value)
    assert counted(store, *failed, col(PageRow.number).in_(range(6, MOST + 1))) == 5  # the first that would get room
    assert counted(store, *failed, col(PageRow.place) >= FAR) == 0


async def test_pages_that_a_deadline_failed_lead_on_when_they_are_tried_again(store: Store) -> None:
    job = await ended_by_deadline(store)
    assert await retried(store, job) == 5
    pending = [page_id for page_id, number, _ in pages_of(store, job) if 6 <= number <= MOST]
    for page_id in pending:
        claim = await claimed(store, page_id, job)
        links = (f"{SITE}/new/{page_id}",)
        assert await store.pages.settle(claim, replace(done(claim), links=links), job=job) is not None
    assert await store.endings.finalize(job.id) is JobState.COMPLETED
    assert size_of(store, job) == MOST


async def test_a_crawl_after_one_that_a_deadline_ended_keeps_the_limit(store: Store, clock: Clock) -> None:
    await ended_by_deadline(store)
    clock.advance(1e5)
    again = budgeted()
    await store.jobs.start(again, fingerprint="same", fresh_since=clock())
    await store.pages.open_frontier(again, Frontier(again.scope, (NewPage(f"{SITE}/0", 0, (Source.SEED,)),)))
    mine = col(PageRow.job_id) == again.id
    assert counted(store, mine, col(PageRow.state) == PageState.PENDING.value) == MOST
    assert counted(store, mine, is_waiting(PageRow)) == 396


async def test_a_cancelled_job_counts_the_pages_that_it_had_room_for(store: Store) -> None:
    job = await with_waiting(store)
    assert await store.endings.cancel(job.id)
    coverage = coverage_of_job(store, job)
    assert (coverage.done, coverage.reasons, size_of(store, job)) == (5, {"cancelled": 5}, MOST)
    assert not await store.endings.cancel(job.id)


async def test_links_of_a_page_with_a_place_among_the_waiting_ones_are_stored(store: Store) -> None:
    job = await opened(store, 2)
    first, _ = pages_of(store, job)
    with store.database.engine.connect() as db:  # as earlier versions left it behind
        db.execute(update(PageRow).where(col(PageRow.id) == first[0]).values(place=FAR + 7))
        db.commit()
    claim = await claimed(store, first[0], job)
    assert await store.pages.settle(claim, replace(done(claim), links=(f"{SITE}/new",)), job=job) is not None
    assert counted(store, col(PageRow.job_id) == job.id, is_waiting(PageRow)) == 1


async def test_room_is_given_though_the_last_fresh_pages_are_settled_and_put_off_at_once(
    store: Store, other: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await opened(store, 2)
    put_off, settled = [await claimed(store, page_id, job) for page_id, _, _ in pages_of(store, job)]
    at_its_end, may_commit = threading.Event(), threading.Event()

    def hold(_name: str) -> None:
        at_its_end.set()
        may_commit.wait(20)

    async def give_room() -> int:
        await store.pages.release(put_off)
        return await store.pages.give_room(job)

    monkeypatch.setattr(store_pages, "failpoint", hold)
    outcome = replace(done(settled), links=tuple(f"{SITE}/new/{number}" for number in range(3)))
    settling = asyncio.ensure_future(other.pages.settle(settled, outcome, job=job))
    assert await asyncio.to_thread(at_its_end.wait, 20)
    giving = asyncio.ensure_future(give_room())
    await asyncio.wait({giving}, timeout=0.2)  # it waits for the other's end, or has asked too early
    may_commit.set()
    assert (await settling, await giving) == (0, 3)
