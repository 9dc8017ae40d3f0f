"""The bounds of what is done in a worker process: memory, CPU time, and what may come back of a failure."""

import contextlib
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Generator
from types import FrameType
from typing import Any, TypeVar

from docspasta_mcp.errors import DocspastaError, PageRefused
from docspasta_mcp.runtime.tuning import LARGE_BODY, collect_seldom, release_memory, tune_allocator

if sys.platform != "win32":
    import resource

T = TypeVar("T")

_NICENESS = 10  # a worker yields to the event loop, which has little to do but must do it at once
MAX_MEMORY = 2 << 30  # bytes of address space of a worker; the longest pages take a quarter of it


class WorkFailed(Exception):
    """Work raised what it should not have: `kind` is the error's class, `trace` its traceback as text."""

    def __init__(self, kind: str, trace: str) -> None:
        super().__init__(kind, trace)  # what pickle hands to the server
        self.kind = kind
        self.trace = trace


class _TimeUp(BaseException):
    """Work has used up its CPU time. No `except Exception` on the way may stop it."""


def limited(cpu_s: float, work: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    """Do the work, in the worker, at a lower priority than the server's, with bounded memory and CPU time.

    Raises:
        DocspastaError: as the work raised it; `PageRefused` too where a bound was met.
        WorkFailed: the work raised anything else.
    """
    tune_allocator()
    collect_seldom()
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
