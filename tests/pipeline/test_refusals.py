"""Sites that refuse a part of what they are asked: every page gets its tries, and no crawl goes on for ever."""

import heapq
import itertools
from collections.abc import Callable, Iterator

import pytest

from docspasta_mcp.errors import DeliveryTooEarly, PageUnreachable
from docspasta_mcp.jobs.status import JobStatus
from docspasta_mcp.model.messages import Message, ProcessUrl
from tests.pipeline.test_steps import Chain
from tests.sites import Answer, page

PAGES = ("/docs/", *(f"/docs/p{number}.html" for number in range(39)))
RETRIES = 3  # of a message


class Refusing(dict[str, Answer | str]):
    """A site's pages, of which it refuses some when they are asked for."""

    def __init__(self, refusal: Callable[[], Answer | None]) -> None:
        super().__init__({path: page(path, links=PAGES) for path in PAGES})
        self.refusal = refusal
        self.asked = 0

    def get(self, path: str, default: object = None) -> object:  # pyright: ignore[reportIncompatibleMethodOverride]
        if path not in PAGES[1:]:
            return super().get(path, default)
        self.asked += 1
        return self.refusal() or super().get(path, default)


def in_windows(chain: Chain, most: int, seconds: float) -> Callable[[], Answer | None]:
    """Refuse more than so many requests in so many seconds, and say when to come again."""
    begun, asked = float("-inf"), 0

    def refusal() -> Answer | None:
        nonlocal begun, asked
        now = chain.clock.now
        if now - begun >= seconds:
            begun, asked = now, 0
        asked += 1
        wait = {"Retry-After": str(int(seconds - (now - begun)) + 1)}
        return Answer("slow down", 429, "text/plain", wait) if asked > most else None

    return refusal


async def crawl(chain: Chain) -> JobStatus:
    """Crawl with a queue that delivers when it is time, and a message four times."""
    return await settled(chain, await chain.start())


async def settled(chain: Chain, job_id: str) -> JobStatus:
    due: list[tuple[float, int, int, Message]] = []
    order: Iterator[int] = itertools.count()
    while True:
        for message in chain.queue.take():
            heapq.heappush(due, (chain.clock.now, next(order), 0, message))
        if not due:
            return await chain.jobs.status(job_id)
        at, _, tries, message = heapq.heappop(due)
        chain.clock.now = max(chain.clock.now, at)
        try:
            await chain.steps.run(message)
        except (PageUnreachable, DeliveryTooEarly) as error:
            wait_s = error.retry_after_s if error.retry_after_s is not None else 2 * 3**tries
            if tries < RETRIES:
                heapq.heappush(due, (chain.clock.now + wait_s, next(order), tries + 1, message))
            else:
                await chain.steps.give_up(message, str(error))


@pytest.mark.parametrize(("most", "seconds"), [(10, 60), (3, 30)])
async def test_a_site_that_limits_its_rate_is_read_whole(chain: Chain, most: int, seconds: float) -> None:
    chain.site.pages = site = Refusing(in_windows(chain, most, seconds))  # pyright: ignore[reportAttributeAccessIssue]
    status = await crawl(chain)
    assert (status.state, status.done, status.failed) == ("completed", len(PAGES), 0)
    assert site.asked < 2 * len(PAGES)


async def test_a_site_that_refuses_for_ever_ends_a_crawl_with_the_reason(chain: Chain) -> None:
    began = chain.clock.now
    chain.site.pages = Refusing(in_windows(chain, 0, 60))  # pyright: ignore[reportAttributeAccessIssue]
    status = await crawl(chain)
    assert (status.state, status.done, status.reasons) == ("partial", 1, {"http_429": len(PAGES) - 1})
    assert chain.clock.now - began < 1_800


async def test_a_refresh_gives_every_page_its_tries(chain: Chain) -> None:
    def sixth() -> Answer | None:
        return Answer("slow down", 429, "text/plain") if site.asked % 6 == 0 else None

    chain.site.pages = site = Refusing(sixth)  # pyright: ignore[reportAttributeAccessIssue]
    assert (await crawl(chain)).state == "completed"
    chain.clock.advance(2 * 86_400)
    status = await crawl(chain)
    assert (status.state, status.done, status.failed) == ("completed", len(PAGES), 0)


async def test_a_delivery_after_a_jobs_end_does_not_stand_in_a_retrys_way(chain: Chain) -> None:
    whole = dict(chain.site.pages)
    chain.site.pages["/docs/install.html"] = Answer("Forbidden", status=403)
    job_id = await chain.start()
    delivered: list[Message] = []
    while messages := chain.queue.take():
        for message in messages:
            delivered.append(message)
            await chain.steps.run(message)
    assert (await chain.jobs.status(job_id)).state == "partial"
    await chain.steps.run(next(one for one in delivered if isinstance(one, ProcessUrl)))
    chain.site.pages.update(whole)
    await chain.jobs.retry(job_id)
    status = await settled(chain, job_id)
    assert (status.state, status.failed) == ("completed", 0)
