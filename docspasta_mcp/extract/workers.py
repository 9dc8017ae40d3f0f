"""Run CPU work in worker processes, so that the event loop stays free and a page can only harm its own worker.

A worker that crashes or does not come back in time is killed and replaced by the next call; only its own page is
lost, with a reason.
"""

import asyncio
import contextlib
import logging
import sys
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import anyio

from docspasta_mcp.errors import PageRefused
from docspasta_mcp.extract import worker_pool
from docspasta_mcp.extract.worker_limits import WorkFailed, limited
from docspasta_mcp.extract.worker_pool import BrokenWorker
from docspasta_mcp.runtime.fair_slots import FairSlots

logger = logging.getLogger(__name__)

T = TypeVar("T")

WORK_TIMEOUT_S = 30.0  # of CPU time; a thousand times what a usual page takes
_PATIENCE = 4  # times as long by the clock: on a busy machine a worker gets a small share of the CPU
_SETTLE_S = 10.0  # a process is there within a second on a quiet machine


class Workers:
    """At most `count` processes, started when first needed; owners take turns."""

    def __init__(self, count: int, *, timeout_s: float = WORK_TIMEOUT_S) -> None:
        self._count = count
        self._warming: asyncio.Future[None] | None = None
        self._slots = FairSlots(count)
        self._timeout_s = timeout_s
        self._clock_s = timeout_s if sys.platform == "win32" else timeout_s * _PATIENCE

    def warm(self, work: Callable[[], None], *, most: int) -> None:
        """Start up to `most` of the processes and call `work` in each, which imports what calls to come will need.

        It goes on while the caller does something else, and does nothing while any of them is at work.
        """
        if self._slots.is_idle and (self._warming is None or self._warming.done()):
            self._warming = asyncio.ensure_future(self._warm(work, min(self._count, most)))

    async def settle(self) -> None:
        """Wait until processes that are being started have: one left halfway can keep a program from ending."""
        if self._warming is not None:
            with anyio.move_on_after(_SETTLE_S, shield=True):
                await asyncio.wait([self._warming])

    async def _warm(self, work: Callable[[], None], count: int) -> None:
        async def one() -> None:
            with contextlib.suppress(PageRefused):  # whoever needs the process next starts another
                await self._run(work)

        await one()  # alone, since the first page may wait for it
        if worker_pool.CAN_COPY:
            async with self._slots.turn():  # of what is idle, one is copied
                await worker_pool.copy_idle(count)
            return
        async with anyio.create_task_group() as tasks:
            for _ in range(count if count > 1 else 0):
                tasks.start_soon(one)

    async def run(self, work: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """Call a module-level function with picklable arguments in a worker.

        Raises:
            PageRefused: the worker crashed, failed, or took longer than its time.
        """
        if self._warming is not None and not self._warming.done():
            await asyncio.wait([self._warming])  # another process would only take its time from this one
        return await self._run(work, *args, **kwargs)

    async def _run(self, work: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        async with self._slots.turn():  # waiting for a free worker is not the page's fault and not on its time
            try:
                with anyio.fail_after(self._clock_s):
                    return await worker_pool.call(partial(limited, self._timeout_s, work, *args, **kwargs))
            except TimeoutError as error:
                raise PageRefused("parser_timeout", f"Reading took longer than {self._clock_s:g} s.") from error
            except BrokenWorker as error:
                raise PageRefused("parser_crashed", "The page crashed its reader.") from error
            except WorkFailed as error:
                # A fault of ours that the page brought out: it would come out again, so trying again is useless.
                logger.error("❌ a page could not be read\n%s", error.trace)  # noqa: TRY400  # the worker's traceback
                raise PageRefused("parser_failed", f"Reading failed: {error.kind}.") from error
