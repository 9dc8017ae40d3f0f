"""Slow down where a site says that it is too much: 429, 503, or a Retry-After.

Each refusal doubles the pause between two requests to the site, from a quarter of a second to ten; each success takes
a tenth off. Deliveries wait their turn here, in the process, so that a page's tries are not used up by waiting; across
processes the queue's flow control bounds how many ask at a time.
"""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import anyio

FIRST_PAUSE_S = 0.25
MAX_PAUSE_S = 10.0
MAX_TURN_S = 20.0  # a delivery waits no longer: its lease runs
_RECOVERY = 0.9
_MAX_SITES = 1_000


@dataclass
class _Site:
    pause_s: float = 0.0
    next_at: float = 0.0


class Pace:
    """The pace of the sites that have asked for one."""

    def __init__(
        self, *, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], Awaitable[None]] = anyio.sleep
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._sites: dict[str, _Site] = {}

    def pause_s(self, origin: str) -> float:
        """Return the pause between two requests to a site."""
        site = self._sites.get(origin)
        return site.pause_s if site else 0.0

    async def turn(self, origin: str) -> None:
        """Wait until a request to the site is due."""
        site = self._sites.get(origin)
        if site is None:
            return
        now = self._clock()
        wait_s = min(max(0.0, site.next_at - now), MAX_TURN_S)
        site.next_at = now + wait_s + site.pause_s
        if wait_s:
            await self._sleep(wait_s)

    def refused(self, origin: str, retry_after_s: float | None) -> None:
        """Take note that the site asked for less, and for how long it wants to be left alone."""
        if origin not in self._sites:
            while len(self._sites) >= _MAX_SITES:
                self._sites.pop(next(iter(self._sites)))
            self._sites[origin] = _Site()
        site = self._sites[origin]
        site.pause_s = min(MAX_PAUSE_S, max(FIRST_PAUSE_S, 2 * site.pause_s))
        site.next_at = max(site.next_at, self._clock() + max(retry_after_s or 0.0, site.pause_s))

    def served(self, origin: str) -> None:
        """Take note that the site answered as usual."""
        site = self._sites.get(origin)
        if site is not None:
            site.pause_s *= _RECOVERY
            if site.pause_s < FIRST_PAUSE_S / 4:
                del self._sites[origin]
