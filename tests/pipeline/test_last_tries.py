"""Pages whose reading ran out of time: tried once more when all else is settled, alone, whatever is delivered twice."""

from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import Any, TypeVar

import pytest

from docspasta_mcp.errors import PageRefused
from docspasta_mcp.extract.workers import Workers
from docspasta_mcp.model.messages import FinalizeJob, Message, ProcessUrl
from docspasta_mcp.store import Store
from docspasta_mcp.store.last_tries import MAX_LAST_TRIES
from tests.fakes import Clock
from tests.pipeline.test_steps import WHOLE, Chain
from tests.sites import Site, manual, page

T = TypeVar("T")


class BusyWorkers(Workers):
    """Workers on a machine that gives some pages too little time: `slow` says how often, by the end of their URL."""

    def __init__(self, slow: dict[str, int]) -> None:
        super().__init__(1)
        self.slow = slow
        self.read: Counter[str] = Counter()

    async def run(self, work: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        name = str(kwargs.get("url", "")).rsplit("/", 1)[-1]
        self.read[name] += 1
        if self.slow.get(name, 0) > 0:
            self.slow[name] -= 1
            raise PageRefused("parser_timeout", "Reading took more than 30 s of CPU time.")
        return await super().run(work, *args, **kwargs)


class BusyChain(Chain):
    """A chain whose pages are read by `BusyWorkers`."""

    slow: dict[str, int]
    slow_looks: dict[str, int]

    def restart(self) -> None:
        self.slow, self.slow_looks = getattr(self, "slow", {}), getattr(self, "slow_looks", {})
        super().restart()

    def lookers(self) -> Workers:
        return BusyWorkers(self.slow_looks)

    def readers(self) -> Workers:
        self.workers = BusyWorkers(self.slow)
        return self.workers

    async def deliver_until_alone(self) -> list[Message]:
        """Deliver messages until a finalisation is answered with pages to read; return their messages."""
        ended = False
        while messages := self.queue.take():
            if ended:
                return messages
            for message in messages:
                await self.steps.run(message)
            ended = any(isinstance(message, FinalizeJob) for message in messages)
        return []


@pytest.fixture
async def chain(store: Store, site: Site, clock: Clock) -> AsyncIterator[BusyChain]:
    site.pages.update(manual())
    made = BusyChain(store, site, clock)
    yield made
    await made.fetcher.aclose()


async def test_a_page_that_ran_out_of_time_is_read_at_the_end_and_told(chain: BusyChain) -> None:
    chain.slow["usage.html"] = 1
    job_id = await chain.start()
    await chain.deliver_all()
    status = await chain.jobs.status(job_id)
    assert (status.state, status.failed, await chain.titles(job_id)) == ("completed", 0, WHOLE)
    assert chain.workers.read["usage.html"] == 2
    assert status.notes[-1] == (
        "1 page was tried again alone at the end, since reading ran out of time: 1 could be read, "
        "0 ran out of time for good (parser_timeout)."
    )


async def test_a_page_that_runs_out_of_time_twice_is_lost_and_does_not_come_back(chain: BusyChain) -> None:
    chain.slow["usage.html"] = 99
    job_id = await chain.start()
    await chain.deliver_all(times=3)
    status = await chain.jobs.status(job_id)
    assert (status.state, status.reasons["parser_timeout"], status.done) == ("partial", 1, 4)
    assert chain.workers.read["usage.html"] == 2
    assert "0 could be read, 1 ran out of time for good" in status.notes[-1]


async def test_pages_are_tried_again_one_after_another_and_no_more_than_ten(chain: BusyChain) -> None:
    names = [f"slow{n}.html" for n in range(MAX_LAST_TRIES + 3)]
    chain.site.pages["/s/"] = page("Start", links=tuple(f"/s/{name}" for name in names))
    for name in names:
        chain.site.pages[f"/s/{name}"] = page(name)
        chain.slow[name] = 99
    job_id = await chain.start("/s/")
    alone = 0
    while messages := await chain.deliver_until_alone():
        alone += 1
        (message,) = messages  # of this job, nothing else is under way
        assert isinstance(message, ProcessUrl)
        await chain.steps.run(message)
    status = await chain.jobs.status(job_id)
    assert (alone, status.done, status.failed) == (MAX_LAST_TRIES, 1, len(names))
    assert "0 could be read, 13 ran out of time for good" in status.notes[-1]


async def test_a_last_try_that_died_before_publishing_goes_on_when_delivered_again(chain: BusyChain) -> None:
    chain.slow["usage.html"] = 1
    job_id = await chain.start()
    messages = chain.queue.take()
    while not any(isinstance(message, FinalizeJob) for message in messages):
        for message in messages:
            await chain.steps.run(message)
        messages = chain.queue.take()
    chain.queue.is_down = True
    await chain.steps.run(messages[-1])
    chain.queue.is_down = False
    chain.restart()
    await chain.steps.run(messages[-1])
    await chain.deliver_all()
    status = await chain.jobs.status(job_id)
    assert (status.state, await chain.titles(job_id)) == ("completed", WHOLE)


async def test_nothing_is_tried_again_past_the_deadline(chain: BusyChain) -> None:
    chain.slow["usage.html"] = 99
    job_id = await chain.start()
    while messages := chain.queue.take():
        for message in messages:
            if not isinstance(message, FinalizeJob):
                await chain.steps.run(message)
    chain.clock.advance(chain.settings.job_deadline_s + 1)
    await chain.sweep()
    status = await chain.jobs.status(job_id)
    assert (status.state, status.reasons["parser_timeout"]) == ("partial", 1)
    assert chain.workers.read["usage.html"] == 1


async def test_a_start_page_whose_navigation_could_not_be_read_is_told(chain: BusyChain) -> None:
    chain.site.pages["/s/start.html"] = page("Start", links=("/s/other.html",))
    chain.site.pages["/s/other.html"] = page("Other")
    chain.slow_looks["start.html"] = 1
    lost = await chain.start("/s/start.html")
    await chain.deliver_all()
    told = "The navigation of the page where the crawl starts could not be read (parser_timeout)"
    assert [told in note for note in (await chain.jobs.status(lost)).notes].count(True) == 1
    assert await chain.titles(lost) != []
    read = (await chain.jobs.start(chain.site.url + "/s/start.html", force_refresh=True)).job_id
    await chain.deliver_all()
    assert not any(told in note for note in (await chain.jobs.status(read)).notes)
