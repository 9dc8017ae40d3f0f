"""Answers that are kept for one page: what is asked of the same element or reference again costs no second look."""

from collections.abc import Callable
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Memo(dict[K, V]):
    """Answers of a function by what they are of; `functools.cache` takes ten times as long to set up for each page."""

    def __init__(self, ask: Callable[[K], V]) -> None:
        super().__init__()
        self._ask = ask

    def __missing__(self, key: K) -> V:
        answer = self[key] = self._ask(key)
        return answer
