"""Tuning of the process: garbage collection, the switch interval of threads, the allocator.

Nothing else in the package touches them. Each setting was measured; `docs/architecture.md` has the figures.
"""

import contextlib
import ctypes
import gc
import sys
from functools import cache

_MMAP_THRESHOLD, _ARENA_MAX = -3, -8  # mallopt's parameters
LARGE_BODY = 262_144  # bytes of a page whose tree is worth giving back, for 0.6 ms: it has ten times as much
_LARGE = 262_144  # bytes of a piece that is mapped on its own; glibc would raise it to the largest that was ever freed
_COLLECTIONS = (
    2_000,
    20,
    20,
)  # objects before one of the young, of these before older ones are looked at, and of those
_WORKERS_COLLECTIONS = (20_000, 20, 20)
_SWITCH_S = (
    0.0005  # a thread gives the interpreter up at each row of SQLite's, and waits up to this long to get it back
)


def pause_collector() -> None:
    """Collect no garbage while modules load: loading makes little, and a third of its time went into looking."""
    gc.disable()


def resume_collector() -> None:
    """Collect garbage again, except in what is loaded by now: a look at all of that stops everything for 0.13 s."""
    gc.freeze()
    gc.set_threshold(*_COLLECTIONS)
    gc.enable()


@cache
def freeze_what_crawls() -> None:
    """Leave out of later collections what was loaded to crawl, too; once, since frozen rubbish is never collected.

    A page of a hundred thousand links makes half a million objects: looking at all of them again and again meanwhile
    stopped everything for 0.05 s each time.
    """
    gc.set_threshold(*_COLLECTIONS)
    gc.freeze()


@cache
def collect_seldom() -> None:
    """Look for garbage a tenth as often, in a worker: nobody waits for it, and looking took 4 % of a page's CPU."""
    gc.set_threshold(*_WORKERS_COLLECTIONS)


def shorten_thread_switches() -> None:
    """Hand the interpreter to a waiting thread ten times as soon as by default: SQL in threads waits for it often."""
    sys.setswitchinterval(_SWITCH_S)


@cache
def tune_allocator() -> None:
    """Use one malloc arena, and mmap for large blocks, to limit fragmentation.

    Each thread would get a heap of its own, and every heap keeps what it had at its largest. Allocators other than
    glibc's are left alone.
    """
    with contextlib.suppress(AttributeError, TypeError):  # another allocator, or Windows
        libc = ctypes.CDLL(None)
        libc.mallopt(_ARENA_MAX, 1)
        libc.mallopt(_MMAP_THRESHOLD, _LARGE)


def release_memory() -> None:
    """Return free heap memory to the system (malloc_trim); glibc keeps most of it otherwise."""
    with contextlib.suppress(AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)
