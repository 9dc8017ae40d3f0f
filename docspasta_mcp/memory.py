"""What glibc's allocator is told of this package's ways with memory; other allocators are left alone."""

import contextlib
import ctypes

_ARENA_MAX = -8  # mallopt's M_ARENA_MAX


def share_one_heap() -> None:
    """Let all threads allocate from one heap: each would get its own, and keep what it had at its largest."""
    with contextlib.suppress(AttributeError, TypeError):  # another allocator, or Windows
        ctypes.CDLL(None).mallopt(_ARENA_MAX, 1)


def give_back() -> None:
    """Return what is free to the system: most of it lies between pieces in use, where glibc leaves it."""
    with contextlib.suppress(AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)
