"""What is scarce goes to owners in turn."""

import anyio
import anyio.lowlevel
import pytest

from docspasta_mcp.runtime.fair_slots import FairSlots, work_of


async def test_an_owner_with_a_hundred_waiting_delays_another_by_a_turn_at_most() -> None:
    slots, served = FairSlots(2), list[str]()

    async def work(owner: str) -> None:
        with work_of(owner):
            async with slots.turn():
                served.append(owner)
                await anyio.lowlevel.checkpoint()

    async with anyio.create_task_group() as tasks:
        for owner in ["many"] * 100 + ["few"] * 5 + ["one"]:
            tasks.start_soon(work, owner)
    assert served[2:9].count("few") == 3
    assert "one" in served[2:5]
    assert len(served) == 106
    assert slots.is_idle


async def test_an_owner_alone_has_every_slot() -> None:
    slots = FairSlots(3)
    assert [await slots.acquire() for _ in range(3)] == ["", "", ""]


@pytest.mark.parametrize("is_handed_a_slot", [True, False])
async def test_whoever_waits_no_longer_leaves_its_turn_to_others(is_handed_a_slot: bool) -> None:
    slots, served = FairSlots(1), list[str]()

    async def work(owner: str) -> None:
        with work_of(owner):
            async with slots.turn():
                served.append(owner)

    held = await slots.acquire()
    async with anyio.create_task_group() as tasks:
        async with anyio.create_task_group() as impatient:
            impatient.start_soon(work, "impatient")
            await anyio.wait_all_tasks_blocked()
            tasks.start_soon(work, "patient")
            await anyio.wait_all_tasks_blocked()
            impatient.cancel_scope.cancel()
            if is_handed_a_slot:  # which it does not know before it is cancelled
                slots.release(held)
        if not is_handed_a_slot:
            slots.release(held)
    assert served == ["patient"]
    assert slots.is_idle
