"""Bound the requests of one look at a site: a few at a time, and pauses where robots.txt or the operator wants them.

What looks around a site asks from many places at once; the bounds are a fact of the context, as the owner at work is.
"""

import contextlib
from collections.abc import AsyncGenerator, Generator
from contextlib import AbstractAsyncContextManager
from contextvars import ContextVar

import anyio

AT_ONCE = 5  # requests of one look at a time, as many as of a site's pages where nobody set it


class _Look:
    """When the next request may be sent."""

    def __init__(self, delay_s: float, at_once: int) -> None:
        self._delay_s = delay_s
        self._next_at = anyio.current_time() + delay_s  # robots.txt has just been asked for
        self._slots = anyio.Semaphore(at_once)

    @contextlib.asynccontextmanager
    async def turn(self) -> AsyncGenerator[None]:
        async with self._slots:
            if self._delay_s:
                now = anyio.current_time()
                wait_s = max(0.0, self._next_at - now)
                self._next_at = now + wait_s + self._delay_s
                await anyio.sleep(wait_s)
            yield


_look: ContextVar[_Look | None] = ContextVar("look", default=None)


@contextlib.contextmanager
def pausing(delay_s: float, *, at_once: int = AT_ONCE) -> Generator[None]:
    """Bound the requests that are made inside.

    Args:
        delay_s: seconds from each to the next; 0 for no pause.
        at_once: how many are under way at a time.
    """
    token = _look.set(_Look(delay_s, at_once))
    try:
        yield
    finally:
        _look.reset(token)


def turn() -> AbstractAsyncContextManager[None]:
    """Wait until a request may be sent, and count it as under way until it is over."""
    look = _look.get()
    return look.turn() if look is not None else contextlib.nullcontext()
