"""Pauses between the requests of one look at a site."""

import anyio
import pytest

from docspasta_mcp.fetch.pauses import pause, pausing


@pytest.mark.parametrize(("delay_s", "least"), [(0, 0), (0.05, 0.15)])
async def test_requests_wait_for_the_one_before_whoever_makes_them(delay_s: float, least: float) -> None:
    begun = anyio.current_time()
    with pausing(delay_s):
        async with anyio.create_task_group() as tasks:
            for _ in range(3):
                tasks.start_soon(pause)
    assert anyio.current_time() - begun >= least
    with anyio.fail_after(1):
        await pause()
