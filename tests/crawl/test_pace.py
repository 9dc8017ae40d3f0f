"""A site that says it is too much is asked more slowly, and faster again when it recovers."""

import pytest

from docspasta_mcp.crawl.pace import FIRST_PAUSE_S, MAX_PAUSE_S, MAX_TURN_S, Pace

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
def pace(time: Time) -> Pace:
    return Pace(clock=time, sleep=time.sleep)


async def test_nobody_waits_for_a_site_that_has_not_refused(pace: Pace, time: Time) -> None:
    await pace.turn(SITE)
    pace.served(SITE)
    assert time.now == 100.0


async def test_each_refusal_doubles_the_pause_up_to_a_limit(pace: Pace) -> None:
    pauses: list[float] = []
    for _ in range(8):
        pace.refused(SITE, None)
        pauses.append(pace.pause_s(SITE))
    assert pauses[:3] == [FIRST_PAUSE_S, 2 * FIRST_PAUSE_S, 4 * FIRST_PAUSE_S]
    assert pauses[-1] == MAX_PAUSE_S
    assert pace.pause_s("https://other.example") == 0


async def test_turns_are_a_pause_apart_and_the_first_waits_as_long_as_the_site_asked(pace: Pace, time: Time) -> None:
    pace.refused(SITE, 3)
    await pace.turn(SITE)
    assert time.now == 103.0
    await pace.turn(SITE)
    assert time.now == 103.0 + FIRST_PAUSE_S
    pace.refused(SITE, 500)
    before = time.now
    await pace.turn(SITE)
    assert time.now == before + MAX_TURN_S


async def test_a_site_that_recovers_is_asked_at_full_speed_again(pace: Pace, time: Time) -> None:
    pace.refused(SITE, None)
    for _ in range(20):
        pace.served(SITE)
    assert pace.pause_s(SITE) == 0
    before = time.now
    await pace.turn(SITE)
    assert time.now == before
