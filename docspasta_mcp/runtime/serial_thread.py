"""A thread that runs work items one after another, for tasks of an event loop.

anyio's worker threads do the same for any work; for a hundred microseconds of SQL, handing it over there cost half as
much again (51 µs against 22 µs here).
"""

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import anyio

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class WorkItem:
    """A piece of work, and who waits for it."""

    work: Callable[..., Any]
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]
    _turn: list[None] = field(default_factory=lambda: [None])

    def claim(self) -> bool:
        """Claim the item, to run or to withdraw it. Only the first call returns True."""
        try:
            self._turn.pop()
        except IndexError:
            return False
        return True

    def answer(self, result: object, error: BaseException | None) -> None:
        """Resolve the future with the result or the error; thread-safe."""

        def settle() -> None:
            if self.future.done():  # the caller was cancelled
                return
            if isinstance(error, StopIteration):  # no future takes one
                self.future.set_exception(RuntimeError(f"the work raised {error!r}"))
            elif error is not None:
                self.future.set_exception(error)
            else:
                self.future.set_result(result)

        with contextlib.suppress(RuntimeError):  # the loop is closed, and nobody waits
            self.loop.call_soon_threadsafe(settle)


class SerialThread:
    """Pass queued work items to `serve` in one thread, several at a time, until `close`."""

    def __init__(self, name: str, serve: Callable[[Sequence[WorkItem]], None], *, most: int = 1) -> None:
        """Start the thread.

        Args:
            name: of the thread.
            serve: does the work of each item and answers it; it must not raise.
            most: how many items `serve` gets at a time.
        """
        self._serve = serve
        self._most = most
        self._items: queue.SimpleQueue[WorkItem | None] = queue.SimpleQueue()
        self._is_closed = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    async def run(self, work: Callable[..., T]) -> T:
        """Have work done and return its value. A caller that is cancelled does not wait, but the work is done."""
        return await self._put(work).future

    async def run_to_end(self, work: Callable[..., T]) -> T:
        """Have work done and return its value.

        If the caller is cancelled, work that has not begun is withdrawn; what has begun is waited for, and its value
        is returned, so that nothing is done that nobody knows of.
        """
        item = self._put(work)
        try:
            return await asyncio.shield(item.future)
        except asyncio.CancelledError:
            if item.claim():
                raise
        with anyio.CancelScope(shield=True):
            return await item.future
        raise AssertionError("a shielded scope of our own is never cancelled")

    def close(self) -> None:
        """Finish what is queued and end the thread."""
        self._is_closed = True
        self._items.put(None)
        self._thread.join()

    def _put(self, work: Callable[..., Any]) -> WorkItem:
        if self._is_closed:
            raise RuntimeError("the thread has ended")
        loop = asyncio.get_running_loop()
        item = WorkItem(work, loop, loop.create_future())
        self._items.put(item)
        return item

    def _run(self) -> None:
        while (item := self._items.get()) is not None:
            group = [item]
            while len(group) < self._most and not self._items.empty():
                following = self._items.get()
                if following is None:
                    self._items.put(None)
                    break
                group.append(following)
            if wanted := [one for one in group if one.claim()]:
                self._serve(wanted)
