"""Connect through a proxy: open a tunnel by CONNECT, in which the site is asked as usual.

The proxy looks names up, so that only names and literal addresses can be checked here: what a public name stands for
is the proxy's affair. The proxy itself is the operator's choice, and dialled as it is.
"""

import base64
import re
import ssl
from collections.abc import Iterable
from typing import cast
from urllib.parse import unquote, urlsplit

import anyio
import httpcore2

from docspasta_mcp.errors import PageRefused, PageUnreachable
from docspasta_mcp.fetch.address_guard import AddressGuard
from docspasta_mcp.fetch.tcp_only import TcpOnlyBackend

MAX_ANSWER = 16_384  # bytes of a proxy's answer to CONNECT
WANTS_CREDENTIALS = 407
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})")


class TunnelBackend(TcpOnlyBackend):
    """Opens tunnels for httpcore2, to what the guard lets through by its name."""

    def __init__(
        self,
        proxy: str,
        guard: AddressGuard,
        trust: ssl.SSLContext | None,
        sockets: httpcore2.AsyncNetworkBackend | None = None,
    ) -> None:
        """Open tunnels through `proxy`.

        Args:
            proxy: its URL, with user info if it wants some.
            guard: decides what may be asked for.
            trust: authorities, for a proxy that is itself reached by TLS.
            sockets: opens the sockets to the proxy; the system's if None.
        """
        self._proxy = urlsplit(proxy)
        self._guard = guard
        self._trust = trust
        self._sockets = sockets or cast("httpcore2.AsyncNetworkBackend", httpcore2.AnyIOBackend())

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # the signature is httpcore2's
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Check, dial the proxy, and have it dial the site."""
        self._guard.check_unresolved(host, port)
        with anyio.move_on_after(timeout):
            name, is_tls = self._proxy.hostname or "", self._proxy.scheme == "https"
            stream = await self._sockets.connect_tcp(
                name,
                self._proxy.port or (443 if is_tls else 80),
                timeout=timeout,
                local_address=local_address,
                socket_options=socket_options,
            )
            try:
                if is_tls:
                    trust = self._trust or ssl.create_default_context()
                    stream = await stream.start_tls(trust, server_hostname=name, timeout=timeout)
                await self._ask(stream, f"[{host}]:{port}" if ":" in host else f"{host}:{port}")
            except BaseException:
                with anyio.CancelScope(shield=True):
                    await stream.aclose()
                raise
            return stream
        raise httpcore2.ConnectTimeout(f"no tunnel to {host} within {timeout} s")

    async def _ask(self, stream: httpcore2.AsyncNetworkStream, target: str) -> None:
        lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
        if self._proxy.username is not None:
            pair = f"{unquote(self._proxy.username)}:{unquote(self._proxy.password or '')}"
            lines.append(f"Proxy-Authorization: Basic {base64.b64encode(pair.encode()).decode()}")
        await stream.write("\r\n".join([*lines, "", ""]).encode())
        answer = b""
        while b"\r\n\r\n" not in answer:
            part = await stream.read(1)  # what follows belongs to the site
            if not part or len(answer) > MAX_ANSWER:
                raise PageUnreachable("proxy", "The proxy did not answer in HTTP.")
            answer += part
        match = _STATUS.match(answer)
        status = int(match[1]) if match else 0
        if status == WANTS_CREDENTIALS:
            raise PageRefused("http_407", "The proxy wants credentials")
        if not 200 <= status < 300:
            raise PageUnreachable("proxy", f"The proxy refused the connection with status {status}.")
