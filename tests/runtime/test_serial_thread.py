"""Work that one thread does in turn: what becomes of it when whoever asked for it goes away."""

import threading
from collections.abc import Iterator, Sequence

import anyio
import pytest

from docspasta_mcp.runtime.serial_thread import SerialThread, WorkItem


def _serve(items: Sequence[WorkItem]) -> None:
    for item in items:
        try:
            item.answer(item.work(), None)
        except Exception as error:
            item.answer(None, error)


@pytest.fixture
def thread() -> Iterator[SerialThread]:
    made = SerialThread("test", _serve)
    yield made
    made.close()


async def test_of_work_whose_caller_is_cancelled_only_what_has_begun_is_done(thread: SerialThread) -> None:
    begun, may_end = threading.Event(), threading.Event()
    done: list[str] = []

    def slowly() -> str:
        begun.set()
        assert may_end.wait(10)
        done.append("slow")
        return "slow"

    async def keep_slow() -> None:
        done.append(f"told of {await thread.run_to_end(slowly)}")

    async def keep_queued() -> None:
        try:
            await thread.run_to_end(lambda: done.append("queued"))
        finally:
            may_end.set()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(keep_slow)
        await anyio.to_thread.run_sync(begun.wait)
        tasks.start_soon(keep_queued)
        await anyio.wait_all_tasks_blocked()
        tasks.cancel_scope.cancel()
    assert await thread.run(lambda: "later") == "later"
    assert done == ["slow", "told of slow"]


async def test_errors_of_the_work_reach_whoever_asked_for_it(thread: SerialThread) -> None:
    def stop() -> None:
        raise StopIteration

    with pytest.raises(RuntimeError, match="StopIteration"):
        await thread.run(stop)
    with pytest.raises(ZeroDivisionError):
        await thread.run_to_end(lambda: 1 // 0)


async def test_a_thread_that_has_ended_takes_no_more_work() -> None:
    thread = SerialThread("test", _serve)
    thread.close()
    with pytest.raises(RuntimeError, match="ended"):
        await thread.run(lambda: None)
