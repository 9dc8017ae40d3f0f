"""End a process in time.

A thread that hangs cannot be interrupted, so whatever has not ended by its time is left behind by `os._exit`.
"""

import os
import signal
import threading

import anyio
from anyio.abc import TaskStatus


async def stop_on_signal(
    scope: anyio.CancelScope, within_s: float, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED
) -> None:
    """Cancel `scope` at SIGINT or SIGTERM, and end the process `within_s` seconds later whatever still runs."""
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        task_status.started()
        async for _ in signals:
            exit_within(within_s)
            scope.cancel()
            return


def exit_within(seconds: float) -> None:
    """End this process after `seconds` whatever still hangs then."""
    timer = threading.Timer(seconds, os._exit, args=(0,))
    timer.daemon = True
    timer.start()
