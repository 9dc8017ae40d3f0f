"""Limit the requests to a site at a time, over all owners, and slow down when it asks for less.

Each owner has a flow-control key of its own for a site, so that nobody waits behind another's thousand pages. What
they ask together is bounded here, and owners take turns. This holds in one process; each replica asks as much.

Too much is 429, 503, or a Retry-After. Each refusal doubles the pause between two requests to the site, from a quarter
of a second to ten; each success takes a tenth off. Deliveries wait their turn here, in the process, so that a page's
tries are not used up by waiting. Where the site has asked to be left alone for longer than a delivery may wait, or has
no slot for it until then, no request is made, and that is no try either: the page is handed back, and its delivery
comes again. Only where several such pauses have brought nothing is waiting a try, so that a crawl of a site that
refuses for ever has an end.
"""

import contextlib
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass

import anyio

from docspasta_mcp.errors import PageUnreachable, SiteClosed
from docspasta_mcp.fetch.sites import SiteBook
from docspasta_mcp.runtime.fair_slots import FairSlots

FIRST_PAUSE_S = 0.25
MAX_PAUSE_S = 10.0
MAX_TURN_S = 20.0  # a delivery waits no longer for a pause to end
MAX_SLOT_S = 60.0  # nor for a slot, with which it has time left for the request and the reading
MAX_CLOSED_S = 60.0  # a site that asks for more is asked again all the same: a crawl has an end
MAX_CLOSINGS = 4  # pauses in turn that the site asked for and served nothing after: as many as a page has tries
_RECOVERY = 0.9
_MAX_SITES = 1_000


@dataclass
class _Site:
    pause_s: float = 0.0
    next_at: float = 0.0
    closed_until: float = 0.0  # by its Retry-After
    closings: int = 0  # pauses that it has asked for since it served anything


class Politeness:
    """What sites are asked now, and the pace of those that have asked for one."""

    def __init__(
        self,
        parallelism: int,
        *,
        sites: SiteBook | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
    ) -> None:
        """Allow `parallelism` requests to each site at the same time.

        Args:
            parallelism: requests to one site at the same time.
            sites: may set another number for single ones.
            clock: returns seconds.
            sleep: waits for so many of them.
        """
        self._parallelism = parallelism
        self._settings = sites or SiteBook()
        self._clock = clock
        self._sleep = sleep
        self._sites: dict[str, _Site] = {}
        self._slots: dict[str, FairSlots] = {}

    @contextlib.asynccontextmanager
    async def turn(self, origin: str) -> AsyncGenerator[None]:
        """Wait until a request to the site is due, and hold one of its slots until it is over.

        Raises:
            SiteClosed: the site has asked for a pause that is longer than a delivery may wait, or is busy with as many
                requests as it may be asked for.
            PageUnreachable: it has asked for such a pause, and pauses have brought nothing.
        """
        slots = self._slots.setdefault(origin, FairSlots(self._settings.of(origin).concurrency or self._parallelism))
        owner = slots.take()
        try:
            if owner is None:
                with anyio.move_on_after(MAX_SLOT_S):
                    owner = await slots.acquire()
            if owner is None:
                raise SiteClosed("timeout", f"The site is busy with other requests for {MAX_SLOT_S:.0f} s.")
            await self._pause(origin)
            yield
        finally:
            if owner is not None:
                slots.release(owner)
            if slots.is_idle and self._slots.get(origin) is slots:
                self._slots.pop(origin, None)

    async def _pause(self, origin: str) -> None:
        site = self._sites.get(origin)
        if site is None:
            return
        now = self._clock()
        if (closed_s := site.closed_until - now) > MAX_TURN_S:
            text = f"The site has asked for a pause, which lasts {closed_s:.0f} s more."
            if site.closings > MAX_CLOSINGS:
                raise PageUnreachable("http_429", text, retry_after_s=closed_s)
            await self._sleep(MAX_TURN_S)  # else all that waits in the queue would come and go meanwhile
            raise SiteClosed("http_429", text, retry_after_s=closed_s)
        wait_s = min(max(0.0, site.next_at - now), MAX_TURN_S)
        site.next_at = now + wait_s + site.pause_s
        if wait_s:
            await self._sleep(wait_s)

    def refused(self, origin: str, retry_after_s: float | None) -> None:
        """Record that the site refused a request, and how long it asked to wait (seconds)."""
        if origin not in self._sites:
            while len(self._sites) >= _MAX_SITES:
                self._sites.pop(next(iter(self._sites)))
            self._sites[origin] = _Site()
        site = self._sites[origin]
        site.pause_s = min(MAX_PAUSE_S, max(FIRST_PAUSE_S, 2 * site.pause_s))
        asked_s = min(retry_after_s or 0.0, MAX_CLOSED_S)
        if asked_s and site.closed_until <= self._clock():  # else it is the same pause
            site.closings += 1
        site.closed_until = max(site.closed_until, self._clock() + asked_s)
        site.next_at = max(site.next_at, site.closed_until, self._clock() + site.pause_s)

    def served(self, origin: str) -> None:
        """Record a successful request to the site."""
        site = self._sites.get(origin)
        if site is not None:
            site.closings = 0
            site.pause_s *= _RECOVERY
            if site.pause_s < FIRST_PAUSE_S / 4 and site.closed_until <= self._clock():
                del self._sites[origin]
