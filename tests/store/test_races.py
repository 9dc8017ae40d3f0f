"""Several processes at one database: each race has one winner, on SQLite and on PostgreSQL."""

import secrets
from collections import Counter
from collections.abc import Awaitable, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

import anyio
import pytest
from sqlmodel import col

from docspasta_mcp.errors import DeliveryTooEarly
from docspasta_mcp.model.document import PagePlacement
from docspasta_mcp.model.frontier import Frontier, NewPage, Source
from docspasta_mcp.model.job import Job, JobOptions, JobState
from docspasta_mcp.model.messages import OutboxMessage
from docspasta_mcp.model.page import Claim, Outcome, PageState
from docspasta_mcp.model.scope import Scope
from docspasta_mcp.pipeline.relay import Relay
from docspasta_mcp.store import Database, Store
from docspasta_mcp.store.statements import pick, rows
from docspasta_mcp.store.tables import PageRow
from tests.fakes import RecordingQueue

T = TypeVar("T")
RACES = 5  # bench/faults.py runs a thousand


@pytest.fixture
def other(database_url: str, store: Store) -> Iterator[Store]:
    """A second process's view of the same database."""
    opened = Store(Database(database_url), store.clock)
    yield opened
    opened.close()


def new_job() -> Job:
    return Job(
        id=secrets.token_hex(8),
        owner="local",
        seed_url="https://d.example/",
        scope=Scope("https://d.example", "/"),
        options=JobOptions.model_validate({}),
        state=JobState.RUNNING,
        reason="",
        created_at=1.0,
        finished_at=None,
        deadline_at=2e9,
    )


async def job_with_pages(store: Store, count: int) -> tuple[Job, list[int]]:
    """Start a job of `count` pages; return it and the pages' ids."""
    job = new_job()
    await store.jobs.start(job, fingerprint=job.id, fresh_since=None)
    pages = tuple(NewPage(f"https://d.example/{number}", 0, (Source.SEED,)) for number in range(count))
    await store.pages.open_frontier(job, Frontier(job.scope, pages))
    return job, [id_ for id_, _, _ in pages_of(store, job)]


def pages_of(store: Store, job: Job) -> list[tuple[int, int, str]]:
    """Return (id, number, URL) of a job's pages."""
    query = pick(PageRow.id, PageRow.number, PageRow.url).where(col(PageRow.job_id) == job.id)
    with store.database.engine.connect() as db:
        return [tuple(row) for row in rows(db, query.order_by(PageRow.number))]


async def at_once(*works: Awaitable[T]) -> list[T | Exception]:
    """Await all at the same time; that a page is taken is an answer too."""
    answers: list[T | Exception] = []

    async def run(work: Awaitable[T]) -> None:
        try:
            answers.append(await work)
        except DeliveryTooEarly as error:
            answers.append(error)

    async with anyio.create_task_group() as tasks:
        for work in works:
            tasks.start_soon(run, work)
    return answers


def done(claim: Claim) -> Outcome:
    return Outcome(PageState.DONE, claim.url, title="T", markdown="# T\n", words=1, tokens=1, quality=50)


async def claimed(store: Store, page_id: int, job: Job) -> Claim:
    claim = await store.pages.claim(page_id, job_id=job.id, lease_s=90)
    assert claim is not None
    return claim


async def test_a_page_is_claimed_by_one(store: Store, other: Store) -> None:
    for _ in range(RACES):
        job, (page_id,) = await job_with_pages(store, 1)
        claims = (at.pages.claim(page_id, job_id=job.id, lease_s=90) for at in (store, other, store, other))
        kinds = Counter(type(answer).__name__ for answer in await at_once(*claims))
        assert kinds == {"Claim": 1, "DeliveryTooEarly": 3}


async def test_two_last_pages_at_once_enqueue_a_finalisation_that_ends_the_job_once(store: Store, other: Store) -> None:
    for _ in range(RACES):
        job, ids = await job_with_pages(store, 2)
        first, second = [await claimed(store, page_id, job) for page_id in ids]
        settled = await at_once(
            store.pages.settle(first, done(first), job=job), other.pages.settle(second, done(second), job=job)
        )
        assert Counter(settled) == {0: 1, 1: 1}  # messages enqueued by each
        assert "finalize-job" in [one.message.type for one in await store.outbox.messages()]
        places = [PagePlacement(page_id, number) for number, page_id in enumerate(ids, start=1)]
        assert await at_once(store.endings.place(job.id, places), other.endings.place(job.id, places)) == [True, True]
        ends = (at.endings.finalize(job.id) for at in (store, other))
        assert Counter(await at_once(*ends)) == {JobState.COMPLETED: 1, None: 1}
        assert [page.record.number for page in await store.documents.document(job, first=1, limit=9)] == [1, 2]


async def test_pages_that_name_the_same_links_add_them_once(store: Store, other: Store) -> None:
    links = tuple(f"https://d.example/new/{number}" for number in range(20))
    for _ in range(RACES):
        job, ids = await job_with_pages(store, 2)
        claims = [await claimed(store, page_id, job) for page_id in ids]
        outcomes = [Outcome(PageState.SKIPPED, claim.url, links=links) for claim in claims]
        settled = await at_once(
            store.pages.settle(claims[0], outcomes[0], job=job), other.pages.settle(claims[1], outcomes[1], job=job)
        )
        assert Counter(settled) == {0: 1, 20: 1}  # messages enqueued by each
        found = pages_of(store, job)
        assert [number for _, number, _ in found] == list(range(1, 23))
        assert len({url for _, _, url in found}) == 22


async def test_a_cancelled_job_gets_no_page_however_late(store: Store, other: Store) -> None:
    for _ in range(RACES):
        job, (page_id,) = await job_with_pages(store, 1)
        claim = await claimed(store, page_id, job)
        answers = await at_once(store.endings.cancel(job.id), other.pages.settle(claim, done(claim), job=job))
        found = await store.jobs.progress(job.id, owner="local")
        assert found is not None
        ended, coverage = found
        assert ended.state is JobState.CANCELLED
        assert coverage.done + coverage.skipped == 1
        assert coverage.done == (None not in answers)


async def test_of_equal_pages_one_stays_when_the_job_is_cancelled_while_it_is_put_in_order(store: Store) -> None:
    job, ids = await job_with_pages(store, 2)
    for page_id in ids:
        claim = await claimed(store, page_id, job)
        await store.pages.settle(claim, replace(done(claim), content_hash="same"), job=job)
    assert await store.endings.place(job.id, [PagePlacement(ids[1], 1), PagePlacement(ids[0], 2, duplicate_of=ids[1])])
    assert await store.endings.cancel(job.id)
    cancelled = await store.jobs.get(job.id, owner=job.owner)
    assert cancelled is not None
    assert len(await store.documents.document(cancelled, first=1, limit=9)) == 1


async def test_the_same_crawl_started_by_two_is_one_job(store: Store, other: Store) -> None:
    for _ in range(RACES):
        mark = secrets.token_hex(8)
        starts = (at.jobs.start(new_job(), fingerprint=mark, fresh_since=0.0) for at in (store, other))
        jobs = [answer[0].id for answer in await at_once(*starts) if not isinstance(answer, Exception)]
        assert len(jobs) == 2
        assert len(set(jobs)) == 1


class _HangingQueue(RecordingQueue):
    async def publish(self, messages: Sequence[OutboxMessage]) -> None:  # noqa: ARG002
        await anyio.sleep_forever()


@pytest.mark.parametrize("queue", [RecordingQueue(is_down=True), _HangingQueue()], ids=["refused", "cut short"])
async def test_what_one_replica_could_not_publish_another_publishes_at_once(
    store: Store, other: Store, queue: RecordingQueue
) -> None:
    await job_with_pages(store, 1)
    with anyio.move_on_after(0.5):
        assert not await Relay(store, queue).send()
    healthy = RecordingQueue()
    assert await Relay(other, healthy).send()
    assert [message.type for message in healthy.take()] == ["start-crawl", "process-url"]
