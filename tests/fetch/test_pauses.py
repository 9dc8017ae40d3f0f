"""Bounds of the requests of one look at a site."""

import anyio
import pytest

from docspasta_mcp.fetch.pauses import pausing, turn


async def ask() -> None:
    async with turn():
        pass


@pytest.mark.parametrize(("delay_s", "least"), [(0, 0), (0.05, 0.15)])
async def test_requests_wait_for_the_one_before_whoever_makes_them(delay_s: float, least: float) -> None:
    begun = anyio.current_time()
    with pausing(delay_s):
        async with anyio.create_task_group() as tasks:
            for _ in range(3):
                tasks.start_soon(ask)
    assert anyio.current_time() - begun >= least
    with anyio.fail_after(1):
        await ask()


@pytest.mark.parametrize("at_once", [1, 3])
async def test_no_more_requests_are_under_way_than_the_site_is_asked_at_a_time(at_once: int) -> None:
    under_way = most = 0

    async def request() -> None:
        nonlocal under_way, most
        async with turn():
            under_way += 1
            most = max(most, under_way)
            await anyio.lowlevel.checkpoint()
            under_way -= 1

    with pausing(0, at_once=at_once):
        async with anyio.create_task_group() as tasks:
            for _ in range(9):
                tasks.start_soon(request)
    assert most == at_once
