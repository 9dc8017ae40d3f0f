"""Run CPU work in worker processes, so that the event loop stays free and a page can only harm its own worker.

A worker that crashes or does not come back in time is killed and replaced by the next call; only its own page is
lost, with a reason.
"""

import asyncio
import contextlib
import logging
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Generator
from functools import partial
from types import FrameType
from typing import Any, TypeVar

import anyio
import anyio.to_process
from anyio import BrokenWorkerProcess

from docspasta_mcp.errors import DocspastaError, PageRefused
from docspasta_mcp.runtime.fair_slots import FairSlots
from docspasta_mcp.runtime.tuning import LARGE_BODY, freeze_what_crawls, release_memory, tune_allocator

if sys.platform != "win32":
    import resource

logger = logging.getLogger(__name__)

T = TypeVar("T")

_NICENESS = 10  # a worker yields to the event loop, which has little to do but must do it at once
MAX_MEMORY = 2 << 30  # bytes of address space of a worker; the longest pages take a quarter of it
WORK_TIMEOUT_S = 30.0  # of CPU time; a thousand times what a usual page takes
_PATIENCE = 4  # times as long by the clock: on a busy machine a worker gets a small share of the CPU


class WorkFailed(Exception):
    """Work raised what it should not have: `kind` is the error's class, `trace` its traceback as text."""

    def __init__(self, kind: str, trace: str) -> None:
        super().__init__(kind, trace)  # what pickle hands to the server
        self.kind = kind
        self.trace = trace


_SETTLE_S = 10.0  # a process is there within a second on a quiet machine


class _TimeUp(BaseException):
    """Work has used up its CPU time. No `except Exception` on the way may stop it."""


class Workers:
    """At most `count` processes, started when first needed; owners take turns."""

    def __init__(self, count: int, *, timeout_s: float = WORK_TIMEOUT_S) -> None:
        self._count = count
        self._warming: asyncio.Future[None] | None = None
        self._slots = FairSlots(count)
        self._limiter = anyio.CapacityLimiter(count)  # ours, since anyio's own would be shared with other workers
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
                await self.run(work)

        await one()  # alone, since the first page may wait for it
        async with anyio.create_task_group() as tasks:
            for _ in range(count if count > 1 else 0):
                tasks.start_soon(one)

    async def run(self, work: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """Call a module-level function with picklable arguments in a worker.

        Raises:
            PageRefused: the worker crashed, failed, or took longer than its time.
        """
        async with self._slots.turn():  # waiting for a free worker is not the page's fault and not on its time
            try:
                with anyio.fail_after(self._clock_s):
                    call = partial(_behind, self._timeout_s, work, *args, **kwargs)
                    return await anyio.to_process.run_sync(call, cancellable=True, limiter=self._limiter)
            except TimeoutError as error:
                raise PageRefused("parser_timeout", f"Reading took longer than {self._clock_s:g} s.") from error
            except BrokenWorkerProcess as error:
                raise PageRefused("parser_crashed", "The page crashed its reader.") from error
            except WorkFailed as error:
                # A fault of ours that the page brought out: it would come out again, so trying again is useless.
                logger.error("❌ a page could not be read\n%s", error.trace)  # noqa: TRY400  # the worker's traceback
                raise PageRefused("parser_failed", f"Reading failed: {error.kind}.") from error


def _limit_memory() -> None:
    """Bound this process's address space by `MAX_MEMORY`, or by the system's hard limit where that is lower."""
    if sys.platform == "win32":  # has no such limits
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = MAX_MEMORY if hard == resource.RLIM_INFINITY else min(MAX_MEMORY, hard)
    if soft != wanted:
        resource.setrlimit(resource.RLIMIT_AS, (wanted, hard))


def _end_at(cpu_s: float) -> None:
    """Have the system end this process once it has used so much CPU time in all."""
    if sys.platform == "win32":
        return
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    wanted = int(cpu_s) + 2
    if hard == resource.RLIM_INFINITY or wanted < hard:
        resource.setrlimit(resource.RLIMIT_CPU, (wanted, hard))


@contextlib.contextmanager
def _limited_to(cpu_s: float) -> Generator[None]:
    """Stop what is done in this block once it has used so much CPU time, where the system can tell."""
    if sys.platform == "win32":  # has no such timer: there, the clock alone counts
        yield
        return

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise _TimeUp

    _end_at(time.process_time() + 2 * cpu_s)  # for a library that lets no signal through
    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, cpu_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _behind(cpu_s: float, work: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    """Do the work, in the worker, at a lower priority than the server's, with bounded memory and CPU time."""
    tune_allocator()
    freeze_what_crawls()
    if sys.platform != "win32" and os.getpriority(os.PRIO_PROCESS, 0) < _NICENESS:
        os.setpriority(os.PRIO_PROCESS, 0, _NICENESS)
    _limit_memory()
    try:
        with _limited_to(cpu_s):
            return work(*args, **kwargs)
    except _TimeUp:
        raise PageRefused("parser_timeout", f"Reading took more than {cpu_s:g} s of CPU time.") from None
    except MemoryError as error:
        raise PageRefused("parser_memory", "Reading the page would take more memory than a worker may have.") from error
    except DocspastaError:
        raise
    except Exception as error:
        raise WorkFailed(type(error).__name__, "".join(traceback.format_exception(error))) from None
    finally:
        if any(isinstance(value, bytes) and len(value) > LARGE_BODY for value in args):
            release_memory()
