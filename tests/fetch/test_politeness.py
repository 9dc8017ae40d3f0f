"""A site that says it is too much is asked more slowly, and faster again when it recovers."""

import anyio
import anyio.lowlevel
import pytest

from docspasta_mcp.errors import PageUnreachable, SiteClosed
from docspasta_mcp.fetch.politeness import (
    FIRST_PAUSE_S,
    MAX_CLOSED_S,
    MAX_CLOSINGS,
    MAX_PAUSE_S,
    MAX_TURN_S,
    Politeness,
)

SITE = "https://d.example"


class Time:
    """Seconds that pass when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def politeness(time: Time) -> Politeness:
    return Politeness(2, clock=time, sleep=time.sleep)


async def turn(politeness: Politeness) -> None:
    async with politeness.turn(SITE):
        pass


async def test_nobody_waits_for_a_site_that_has_not_refused(politeness: Politeness, time: Time) -> None:
    await turn(politeness)
    politeness.served(SITE)
    assert time.now == 100.0


async def test_owners_of_one_site_take_turns_and_ask_no_more_than_one_would(politeness: Politeness) -> None:
    asked: list[str] = []
    at_once: list[int] = []
    under_way = 0

    async def ask(owner: str) -> None:
        nonlocal under_way
        async with politeness.turn(SITE):
            under_way += 1
            asked.append(owner)
            at_once.append(under_way)
            await anyio.lowlevel.checkpoint()
            under_way -= 1

    async def crawl(owner: str, deliveries: int) -> None:
        """Keep two deliveries under way, as the owner's flow-control key lets through."""

        async def lane() -> None:
            for _ in range(deliveries // 2):
                await ask(owner)

        async with anyio.create_task_group() as lanes:
            lanes.start_soon(lane)
            lanes.start_soon(lane)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(crawl, "many", 100)
        tasks.start_soon(crawl, "few", 6)
    assert max(at_once) == 2
    assert "few" not in asked[16:]


async def test_each_refusal_doubles_the_pause_up_to_a_limit(politeness: Politeness, time: Time) -> None:
    pauses: list[float] = []
    for _ in range(8):
        politeness.refused(SITE, None)
        before = time.now
        await turn(politeness)
        pauses.append(time.now - before)
    assert pauses[:3] == [FIRST_PAUSE_S, 2 * FIRST_PAUSE_S, 4 * FIRST_PAUSE_S]
    assert pauses[-1] == MAX_PAUSE_S
    before = time.now
    async with politeness.turn("https://other.example"):
        assert time.now == before


async def test_turns_are_a_pause_apart_and_the_first_waits_as_long_as_the_site_asked(
    politeness: Politeness, time: Time
) -> None:
    politeness.refused(SITE, 3)
    await turn(politeness)
    assert time.now == 103.0
    await turn(politeness)
    assert time.now == 103.0 + FIRST_PAUSE_S


async def test_a_site_that_recovers_is_asked_at_full_speed_again(politeness: Politeness, time: Time) -> None:
    politeness.refused(SITE, None)
    for _ in range(20):
        politeness.served(SITE)
    before = time.now
    await turn(politeness)
    await turn(politeness)
    assert time.now == before


async def test_a_site_that_asks_for_a_longer_pause_than_a_delivery_may_wait_is_not_asked_before(
    politeness: Politeness, time: Time
) -> None:
    politeness.refused(SITE, 60)
    for waited in (MAX_TURN_S, 2 * MAX_TURN_S):
        with pytest.raises(SiteClosed, match="a pause"):
            await turn(politeness)
        assert time.now == 100.0 + waited  # or everything that waits in the queue would come and go
    await turn(politeness)
    assert time.now == 160.0
    politeness.refused(SITE, 1e20)
    time.now += MAX_CLOSED_S
    await turn(politeness)
    assert time.now == 160.0 + MAX_CLOSED_S


async def test_pauses_that_bring_nothing_count_as_tries_after_some(politeness: Politeness, time: Time) -> None:
    for _ in range(MAX_CLOSINGS):
        politeness.refused(SITE, 60)
        politeness.refused(SITE, 60)  # an answer to what was asked at the same time
        with pytest.raises(SiteClosed):
            await turn(politeness)
        time.now += 60
    politeness.refused(SITE, 60)
    before = time.now
    with pytest.raises(PageUnreachable) as refused:
        await turn(politeness)
    assert (type(refused.value), refused.value.retry_after_s, time.now) == (PageUnreachable, 60, before)
    time.now += 60
    politeness.served(SITE)
    politeness.refused(SITE, 60)
    with pytest.raises(SiteClosed):
        await turn(politeness)


async def test_a_site_without_a_free_slot_is_asked_later_and_not_beside(
    politeness: Politeness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("docspasta_mcp.fetch.politeness.MAX_SLOT_S", 0.0)
    async with politeness.turn(SITE), politeness.turn(SITE):
        with pytest.raises(SiteClosed, match="busy with other requests"):
            await turn(politeness)
    await turn(politeness)  # the slots are free again
