"""What every way of connecting to a site has in common for httpcore2: TCP alone."""

from collections.abc import Iterable

import anyio
import httpcore2

from docspasta_mcp.errors import AddressBlocked


class TcpOnlyBackend(httpcore2.AsyncNetworkBackend):
    """Waits as asked and refuses Unix sockets; how TCP is dialled is its subclasses' affair."""

    async def connect_unix_socket(
        self,
        path: str,  # noqa: ARG002
        timeout: float | None = None,  # noqa: ARG002, ASYNC109  # the signature is httpcore2's
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,  # noqa: ARG002
    ) -> httpcore2.AsyncNetworkStream:
        """Refuse: a web page is never behind a local socket."""
        raise AddressBlocked("blocked_address", "Unix sockets are not crawled.")

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await anyio.sleep(seconds)
