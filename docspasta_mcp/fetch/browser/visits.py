"""One page's stay in the browser as the proxy sees it: what it may dial, and how many bytes it may move."""

import secrets
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

import anyio

MAX_BYTES = 100_000_000  # of everything that one page loads
MAX_DIALS = 500  # connections of one page


@dataclass(eq=False)
class Visit:
    """A page's stay. Its name and secret are its credentials at the proxy.

    `refused` lists what it asked for and was not let through to, `is_over_limit` tells that it moved too much.
    """

    allow_private: tuple[str, ...] = ()
    name: str = field(default_factory=lambda: secrets.token_hex(8))
    secret: str = field(default_factory=lambda: secrets.token_hex(24))
    refused: list[str] = field(default_factory=list[str])
    is_over_limit: bool = False
    _bytes: int = 0
    _dials: int = 0
    _connections: set[anyio.CancelScope] = field(default_factory=set[anyio.CancelScope])

    @contextmanager
    def connection(self) -> Generator[None]:
        """Count a connection, which ends with the visit at the latest."""
        self._dials += 1
        with anyio.CancelScope() as scope:
            self._connections.add(scope)
            try:
                yield
            finally:
                self._connections.discard(scope)

    @property
    def may_dial(self) -> bool:
        """Whether it may have another connection."""
        return not self.is_over_limit and self._dials < MAX_DIALS

    def refuse(self, target: str) -> None:
        """Record what was not dialled."""
        if len(self.refused) < MAX_DIALS:
            self.refused.append(target)

    def count(self, size: int) -> None:
        """Count bytes; too many end all its connections."""
        self._bytes += size
        if self._bytes > MAX_BYTES:
            self.is_over_limit = True
            self.end()

    def end(self) -> None:
        """End all its connections."""
        for scope in list(self._connections):
            scope.cancel()
