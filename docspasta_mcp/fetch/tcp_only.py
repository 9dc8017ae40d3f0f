"""What every way of connecting to a site has in common for httpcore: TCP alone."""

from collections.abc import Iterable

import anyio
import httpcore

from docspasta_mcp.errors import AddressBlocked


class TcpOnlyBackend(httpcore.AsyncNetworkBackend):
    """Waits as asked and refuses Unix sockets; how TCP is dialled is its subclasses' affair."""

    async def connect_unix_socket(
        self,
        path: str,  # noqa: ARG002
        timeout: float | None = None,  # noqa: ARG002, ASYNC109  # the signature is httpcore's
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,  # noqa: ARG002
    ) -> httpcore.AsyncNetworkStream:
        """Refuse: a web page is never behind a local socket."""
        raise AddressBlocked("blocked_address", "Unix sockets are not crawled.")

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await anyio.sleep(seconds)
