"""End a process in time.

A thread that hangs cannot be interrupted, so whatever has not ended by its time is left behind by `os._exit`.
"""

import asyncio
import contextlib
import math
import os
import signal
import sys
import threading
from collections.abc import AsyncIterable, Generator
from types import FrameType

import anyio
from anyio.abc import TaskStatus


async def stop_on_signal(
    scope: anyio.CancelScope, within_s: float, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED
) -> None:
    """Cancel `scope` at SIGINT or SIGTERM, and end the process `within_s` seconds later whatever still runs."""
    receiver = signals_by_handler if sys.platform == "win32" else anyio.open_signal_receiver
    with receiver(signal.SIGINT, signal.SIGTERM) as signals:
        task_status.started()
        async for _ in signals:
            exit_within(within_s)
            scope.cancel()
            return


@contextlib.contextmanager
def signals_by_handler(*numbers: signal.Signals) -> Generator[AsyncIterable[signal.Signals]]:
    """Yield the signals that come, in the main thread. Event loops of Windows cannot be asked for them."""
    send, receive = anyio.create_memory_object_stream[signal.Signals](math.inf)
    loop = asyncio.get_running_loop()

    def hand_on(number: int, _frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(send.send_nowait, signal.Signals(number))

    before = {number: signal.signal(number, hand_on) for number in numbers}
    with send, receive:
        try:
            yield receive
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def exit_within(seconds: float) -> None:
    """End this process after `seconds` whatever still hangs then."""
    timer = threading.Timer(seconds, os._exit, args=(0,))
    timer.daemon = True
    timer.start()
