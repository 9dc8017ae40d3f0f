"""Bound what stands before an answer: a site may send any number of `100 Continue`, and each costs time to read.

They would be read one after another without giving the event loop a turn, so they are counted where bytes come in.
"""

import re
import ssl
from collections.abc import Iterable
from typing import Any

import httpcore2

from docspasta_mcp.fetch.tcp_only import TcpOnlyBackend

MAX_INTERIM = 20  # RFC 9110 §15.2 names two kinds, and a site sends each once
_BLANK_LINE = re.compile(rb"\n\r?\n")
_INTERIM = re.compile(rb"\s{0,9}HTTP/1\.[01] 1")


class BoundedInterim(TcpOnlyBackend):
    """Opens sockets as another backend does, and ends what sends too much before its answer."""

    def __init__(self, backend: httpcore2.AsyncNetworkBackend) -> None:
        self._backend = backend

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # the signature is httpcore2's
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Open a socket."""
        return _Stream(await self._backend.connect_tcp(host, port, timeout, local_address, socket_options))


class _Stream(httpcore2.AsyncNetworkStream):
    """A connection whose heads are counted, from each request to the head of its answer."""

    def __init__(self, stream: httpcore2.AsyncNetworkStream) -> None:
        self._stream = stream
        self._is_in_head = True
        self._interim = 0
        self._head = bytearray()

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        data = await self._stream.read(max_bytes, timeout)
        if self._is_in_head:
            self._look(data)
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        self._is_in_head, self._interim = True, 0
        self._head.clear()
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> httpcore2.AsyncNetworkStream:
        return _Stream(await self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)

    def _look(self, data: bytes) -> None:
        """Count the heads that have come; after one that is an answer, look no further."""
        start = max(0, len(self._head) - 2)
        self._head += data
        while end := _BLANK_LINE.search(self._head, start):
            if not _INTERIM.match(self._head):
                self._is_in_head = False
                self._head.clear()
                return
            self._interim += 1
            if self._interim > MAX_INTERIM:
                raise httpcore2.RemoteProtocolError(f"more than {MAX_INTERIM} interim answers")
            del self._head[: end.end()]
            start = 0
