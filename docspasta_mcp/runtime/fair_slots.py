"""Share scarce slots fairly among owners, so that nobody waits behind all requests of another.

The current owner is in a context variable, like the job's id of log lines, so that code which fetches or reads a page
need not know of owners.
"""

import contextlib
from collections import Counter, OrderedDict, deque
from collections.abc import AsyncGenerator, Generator
from contextvars import ContextVar

import anyio

_whose: ContextVar[str] = ContextVar("whose", default="")


@contextlib.contextmanager
def work_of(owner: str) -> Generator[None]:
    """Run the block on behalf of `owner` for fair scheduling."""
    token = _whose.set(owner)
    try:
        yield
    finally:
        _whose.reset(token)


def owner_at_work() -> str:
    """Return the owner on whose behalf this task runs; empty if there is none."""
    return _whose.get()


class FairSlots:
    """A number of slots. A free one goes to the owner that holds the fewest; ties are served in turn."""

    def __init__(self, slots: int) -> None:
        self._free = slots
        self._held: Counter[str] = Counter()
        self._waiting: OrderedDict[str, deque[anyio.Event]] = OrderedDict()

    @property
    def is_idle(self) -> bool:
        """Whether no slot is held."""
        return not self._held

    @contextlib.asynccontextmanager
    async def turn(self) -> AsyncGenerator[None]:
        """Wait for a slot and hold it."""
        owner = await self.acquire()
        try:
            yield
        finally:
            self.release(owner)

    def take(self) -> str | None:
        """Return what `acquire` does if a slot is free, else None."""
        if not self._free:  # if one is, nobody waits: a slot that is given back goes to who does
            return None
        owner = _whose.get()
        self._free -= 1
        self._held[owner] += 1
        return owner

    async def acquire(self) -> str:
        """Wait for a slot; return the owner that holds it, for `release`."""
        taken = self.take()
        if taken is not None:
            return taken
        owner = _whose.get()
        given = anyio.Event()
        self._waiting.setdefault(owner, deque()).append(given)
        try:
            await given.wait()
        except BaseException:
            if given.is_set():
                self.release(owner)
            else:
                self._waiting[owner].remove(given)
                self._forget_if_none_waits(owner)
            raise
        return owner

    def release(self, owner: str) -> None:
        """Give a slot back."""
        self._held[owner] -= 1
        if not self._held[owner]:
            del self._held[owner]
        if not self._waiting:
            self._free += 1
            return
        following = min(self._waiting, key=lambda one: self._held[one])
        self._held[following] += 1
        self._waiting[following].popleft().set()
        self._waiting.move_to_end(following)
        self._forget_if_none_waits(following)

    def _forget_if_none_waits(self, owner: str) -> None:
        if not self._waiting[owner]:
            del self._waiting[owner]
