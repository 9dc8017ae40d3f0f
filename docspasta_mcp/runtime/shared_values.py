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
    made: tuple[V] | None = None
    fresh_until: float = 0


class SharedValues(Generic[K, V]):
    """Values by key, each made anew when it is older than `fresh_s` seconds and somebody asks for it."""

    def __init__(
        self, *, fresh_s: float | Callable[[V], float], most: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Prepare; at most `most` values are kept, each for `fresh_s` seconds, or for what that says of it."""
        self._fresh_s = fresh_s
        self._clock = clock
        self._kept = BoundedCache[K, _Entry[V]](most)

    async def get(self, key: K, make: Callable[[], Awaitable[V]]) -> V:
        """Return a value that is fresh; who asks while it is being made waits for the same one."""
        entry = self._kept.get(key)
        if entry is None:
            entry = _Entry[V]()
            self._kept.put(key, entry)
        if (made := self._fresh(entry)) is not None:  # a lock, though free, would wait for the event loop's next turn
            return made[0]
        async with entry.lock:
            if (made := self._fresh(entry)) is not None:
                return made[0]
            value = await make()
            entry.made, entry.fresh_until = (value,), self._clock() + self._fresh_for(value)
            return value

    def _fresh(self, entry: _Entry[V]) -> tuple[V] | None:
        return entry.made if self._clock() < entry.fresh_until else None

    def _fresh_for(self, value: V) -> float:
        return self._fresh_s(value) if callable(self._fresh_s) else self._fresh_s

    def drop(self, key: K) -> None:
        """Forget a value, because what it was made of has changed."""
        self._kept.drop(key)
