"""Values that many ask for at the same time: each is made once in a while, however many wait for it."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import anyio

from docspasta_mcp.runtime.bounded_cache import BoundedCache

K = TypeVar("K")
V = TypeVar("V")


@dataclass
class _Entry(Generic[V]):
    lock: anyio.Lock = field(default_factory=anyio.Lock)
    made_at: float | None = None
    value: V | None = None


class SharedValues(Generic[K, V]):
    """Values by key, each made anew when it is older than `fresh_s` seconds and somebody asks for it."""

    def __init__(self, *, fresh_s: float, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        """Prepare; at most `most` values are kept."""
        self._fresh_s = fresh_s
        self._clock = clock
        self._kept = BoundedCache[K, _Entry[V]](most)

    async def get(self, key: K, make: Callable[[], Awaitable[V]]) -> V:
        """Return a value that is fresh; who asks while it is being made waits for the same one."""
        entry = self._kept.get(key)
        if entry is None:
            entry = _Entry[V]()
            self._kept.put(key, entry)
        async with entry.lock:
            if entry.made_at is not None and self._clock() - entry.made_at < self._fresh_s:
                return entry.value  # pyright: ignore[reportReturnType]  # it was made
            entry.value = await make()
            entry.made_at = self._clock()
            return entry.value

    def drop(self, key: K) -> None:
        """Forget a value, because what it was made of has changed."""
        self._kept.drop(key)
