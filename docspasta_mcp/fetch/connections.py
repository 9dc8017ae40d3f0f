"""Connections to sites, kept for the next page: one for each fetch, guarded where it is dialled.

httpcore2's own pool looks through all its connections at every request, and even a pool of one takes a fifth of the
CPU that a request takes.
"""

import contextlib
import ssl
from collections import deque
from collections.abc import AsyncGenerator
from functools import lru_cache

import anyio
import anyio.to_thread
import certifi
import httpcore2

from docspasta_mcp.fetch.address_guard import AddressGuard, GuardedBackend, Resolve
from docspasta_mcp.fetch.http_connection import HttpConnection
from docspasta_mcp.fetch.interim_answers import BoundedInterim
from docspasta_mcp.fetch.sites import SiteBook
from docspasta_mcp.fetch.tunnel import TunnelBackend

MAX_IDLE = 50  # connections kept for the next page of their site

_Slot = tuple[tuple[str, ...], str, bool]  # opt-ins, origin, and credentials: what may share a connection


class Connections:
    """Lends connections, pooled by site and by the operator's opt-ins."""

    def __init__(self, resolve: Resolve | None, sockets: httpcore2.AsyncNetworkBackend | None, sites: SiteBook) -> None:
        """Prepare; nothing is dialled yet.

        Args:
            sites: tell of each whether it is asked through a proxy, and with credentials.
            resolve: returns a host's addresses; the system's resolver if None.
            sockets: opens the sockets to checked addresses; the system's if None.
        """
        self._sites = sites
        self._resolve = resolve
        self._sockets = sockets
        self._trust: ssl.SSLContext | None = None
        self._idle: deque[tuple[_Slot, HttpConnection]] = deque()

    @contextlib.asynccontextmanager
    async def borrow(self, origin: str, allow_private: tuple[str, ...]) -> AsyncGenerator[HttpConnection]:
        """Lend a connection: the one that was given back last for the same site, if it is still open."""
        slot = (allow_private, origin, self._sites.is_signed_in(origin))
        connection = await self._kept(slot) or await self._opened(slot)
        try:
            yield connection
        finally:
            if not connection.is_closed:
                self._idle.append((slot, connection))
            if len(self._idle) > MAX_IDLE:
                with anyio.CancelScope(shield=True):
                    await self._idle.popleft()[1].aclose()

    async def _kept(self, slot: _Slot) -> HttpConnection | None:
        while found := next((entry for entry in reversed(self._idle) if entry[0] == slot), None):
            self._idle.remove(found)
            if found[1].is_reusable:
                return found[1]
            with anyio.CancelScope(shield=True):
                await found[1].aclose()
        return None

    async def dial(
        self, origin: str, allow_private: tuple[str, ...], *, timeout_s: float
    ) -> httpcore2.AsyncNetworkStream:
        """Open a socket to a site, in which nothing has been said yet.

        Raises:
            AddressBlocked: its host is not public.
        """
        place = place_of(origin)
        backend = await self._backend(origin, allow_private)
        return await backend.connect_tcp(place.host.decode().strip("[]"), place.port, timeout=timeout_s)

    async def _opened(self, slot: _Slot) -> HttpConnection:
        allow_private, origin, _ = slot
        backend = await self._backend(origin, allow_private, needs_trust=origin.startswith("https:"))
        trust = self._trust if origin.startswith("https:") else None
        return HttpConnection(place_of(origin), BoundedInterim(backend), trust)

    async def _backend(
        self, origin: str, allow_private: tuple[str, ...], *, needs_trust: bool = False
    ) -> httpcore2.AsyncNetworkBackend:
        """Return what opens sockets to a site: through its proxy if it has one, and through the guard in any case."""
        guard, proxy = AddressGuard(allow_private), self._sites.proxy(origin)
        if (needs_trust or proxy.startswith("https:")) and self._trust is None:
            self._trust = await anyio.to_thread.run_sync(_load_trust)
        if proxy:
            return TunnelBackend(proxy, guard, self._trust, self._sockets)
        return GuardedBackend(guard, self._resolve, self._sockets)

    async def aclose(self) -> None:
        """Close all connections."""
        while self._idle:
            await self._idle.pop()[1].aclose()


@lru_cache(maxsize=256)  # each page of a site asks
def place_of(origin: str) -> httpcore2.Origin:
    """Return the scheme, host and port of a parsed URL's origin, as httpcore2 takes them."""
    return httpcore2.URL(origin).origin


def _load_trust() -> ssl.SSLContext:
    """Load the authorities of the system and of certifi, as httpcore2 does for every connection: it takes 30 ms."""
    trust = ssl.create_default_context()
    trust.load_verify_locations(certifi.where())
    return trust
