"""Leave a pause between the requests of one look at a site, where its robots.txt or its operator asks for one.

What looks around a site asks from many places at once; the pause is a fact of the context, as the owner at work is.
"""

import contextlib
from collections.abc import Generator
from contextvars import ContextVar

import anyio


class _Pauses:
    """When the next request may be sent."""

    def __init__(self, delay_s: float) -> None:
        self._delay_s = delay_s
        self._next_at = anyio.current_time() + delay_s  # robots.txt has just been asked for

    async def turn(self) -> None:
        now = anyio.current_time()
        wait_s = max(0.0, self._next_at - now)
        self._next_at = now + wait_s + self._delay_s
        await anyio.sleep(wait_s)


_pauses: ContextVar[_Pauses | None] = ContextVar("pauses", default=None)


@contextlib.contextmanager
def pausing(delay_s: float) -> Generator[None]:
    """Let each request that is made inside wait until so many seconds after the one before; 0 for no pause."""
    token = _pauses.set(_Pauses(delay_s) if delay_s else None)
    try:
        yield
    finally:
        _pauses.reset(token)


async def pause() -> None:
    """Wait until a request may be sent."""
    if (pauses := _pauses.get()) is not None:
        await pauses.turn()
