"""How many bytes an owner may store, checked while crawls write: at the start nobody knows how long pages are."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import anyio

from docspasta_mcp.store import Store

_FRESH_S = 30.0  # the sum is over all pages of an owner; what is stored here meanwhile is added
_MAX_OWNERS = 1_000


@dataclass
class _Known:
    """Bytes that an owner has stored, and until when that counts."""

    stored: int
    until: float


class ByteQuota:
    """The bytes of Markdown that owners have and may have."""

    def __init__(self, store: Store, *, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        """Limit each owner to `most` bytes.

        Args:
            store: knows what is stored.
            most: bytes that one owner may store.
            clock: counts seconds.
        """
        self._store = store
        self._most = most
        self._clock = clock
        self._asking = anyio.Lock()
        self._owners: dict[str, _Known] = {}

    async def refusal(self, owner: str) -> str:
        """Return why an owner may store no further page, or an empty text."""
        known = self._fresh(owner)
        if known is None:
            async with self._asking:  # all that an owner has under way would ask at once, and each reads all its pages
                known = self._fresh(owner) or await self._ask(owner)
        if known.stored < self._most:
            return ""
        return f"{known.stored} bytes are stored, and {self._most} is the owner's limit. Delete old crawls."

    def _fresh(self, owner: str) -> _Known | None:
        known = self._owners.get(owner)
        return known if known is not None and known.until >= self._clock() else None

    async def _ask(self, owner: str) -> _Known:
        stored = await self._store.jobs.stored_bytes(owner)
        while len(self._owners) >= _MAX_OWNERS:
            self._owners.pop(next(iter(self._owners)))
        known = self._owners[owner] = _Known(stored, self._clock() + _FRESH_S)
        return known

    def note(self, owner: str, size: int) -> None:
        """Count bytes that were stored for an owner."""
        if owner in self._owners:
            self._owners[owner].stored += size
