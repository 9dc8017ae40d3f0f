"""What glibc's allocator is told of this package's ways with memory; other allocators are left alone."""

import contextlib
import ctypes
from functools import cache

_MMAP_THRESHOLD, _ARENA_MAX = -3, -8  # mallopt's parameters
LARGE_BODY = 65_536  # bytes of a page whose tree is worth giving back, for 0.6 ms: it has ten times as much
_LARGE = 262_144  # bytes of a piece that is mapped on its own; glibc would raise it to the largest that was ever freed


@cache
def tune_allocator() -> None:
    """Let all threads allocate from one heap, and long texts apart from it, so that they leave it as it was.

    Each thread would get a heap of its own, and every heap keeps what it had at its largest.
    """
    with contextlib.suppress(AttributeError, TypeError):  # another allocator, or Windows
        libc = ctypes.CDLL(None)
        libc.mallopt(_ARENA_MAX, 1)
        libc.mallopt(_MMAP_THRESHOLD, _LARGE)


def give_back() -> None:
    """Return what is free to the system: most of it lies between pieces in use, where glibc leaves it."""
    with contextlib.suppress(AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)
