"""A dictionary with a limit; the least recently used values are dropped."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class BoundedCache(Generic[K, V]):
    """Values by key, at most `most` of them, or of their sizes together; the least recently used ones make room."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[K, V] = OrderedDict()
        self._sizes: dict[K, int] = {}
        self._size = 0

    def get(self, key: K) -> V | None:
        """Return the value of a key, None if it is not held."""
        value = self._values.get(key)
        if value is not None:
            self._values.move_to_end(key)
        return value

    def put(self, key: K, value: V, size: int = 1) -> None:
        """Hold a value; one that is larger than all together may be is not held."""
        self.drop(key)
        if size > self._most:
            return
        self._values[key], self._sizes[key] = value, size
        self._size += size
        while self._size > self._most:
            self.drop(next(iter(self._values)))

    def drop(self, key: K) -> None:
        """Hold a value no longer."""
        if self._values.pop(key, None) is not None:
            self._size -= self._sizes.pop(key)

    def drop_all(self, is_gone: Callable[[K], bool]) -> None:
        """Hold the values of some keys no longer."""
        for key in [key for key in self._values if is_gone(key)]:
            self.drop(key)

    def __len__(self) -> int:
        return len(self._values)
