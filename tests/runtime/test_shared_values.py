"""Values that many ask for at the same time."""

import anyio
import pytest

from docspasta_mcp.runtime.shared_values import SharedValues
from tests.fakes import Clock


async def test_a_value_is_made_once_however_many_ask_for_it() -> None:
    clock, made = Clock(), list[float]()
    values = SharedValues[str, float](fresh_s=1, most=5, clock=clock)

    async def make() -> float:
        await anyio.lowlevel.checkpoint()
        made.append(clock())
        return made[-1]

    async with anyio.create_task_group() as tasks:
        for _ in range(20):
            tasks.start_soon(values.get, "a", make)
    assert len(made) == 1
    clock.advance(0.5)
    await values.get("a", make)
    assert len(made) == 1
    clock.advance(0.6)
    await values.get("a", make)
    values.drop("a")
    await values.get("a", make)
    assert len(made) == 3


async def test_what_cannot_be_made_is_tried_again_by_who_asks_next() -> None:
    values = SharedValues[str, str](fresh_s=1, most=5, clock=Clock())

    async def fail() -> str:
        raise KeyError("gone")

    async def make() -> str:
        return "made"

    with pytest.raises(KeyError):
        await values.get("a", fail)
    assert await values.get("a", make) == "made"
