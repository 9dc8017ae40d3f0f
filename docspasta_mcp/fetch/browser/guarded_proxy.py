"""The proxy on loopback that all traffic of the browser goes through, and that dials through the address guard alone.

A page's visit is known by random credentials; without them nothing is dialled. Names are looked up here, once, and a
checked address is dialled, so that nothing can change in between. HTTPS and WebSockets come as tunnels (CONNECT),
plain HTTP as requests with an absolute URL, one a connection.
"""

import asyncio
import base64
import binascii
import contextlib
import hmac
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import anyio
import httpcore2

from docspasta_mcp.errors import InvalidUrl, PageError
from docspasta_mcp.fetch.browser.visits import Visit
from docspasta_mcp.urls import DEFAULT_PORTS, authority_of, host_of, origin_of, parse_url

logger = logging.getLogger(__name__)

Dial = Callable[[str, tuple[str, ...]], Awaitable[httpcore2.AsyncNetworkStream]]
"""Opens a connection to an origin for who has these opt-ins, through the guard."""

MAX_HEAD = 64 * 1024
HEAD_S = 30.0  # to send a request's head
_PIECE = 64 * 1024
_HOP_BY_HOP = (b"proxy-", b"connection:", b"keep-alive:", b"upgrade:", b"te:")
_WANTS_CREDENTIALS = (
    b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=docspasta\r\n"
    b"Content-Length: 0\r\nConnection: close\r\n\r\n"
)
_REFUSED = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
_OPEN = b"HTTP/1.1 200 Connection established\r\n\r\n"


@dataclass(frozen=True, slots=True)
class _Request:
    """A request's first line and header lines."""

    method: str
    target: str
    headers: tuple[bytes, ...]

    @property
    def is_tunnel(self) -> bool:
        return self.method == "CONNECT"

    def value(self, name: bytes) -> bytes:
        for line in self.headers:
            if line.lower().startswith(name + b":"):
                return line[len(name) + 1 :].strip()
        return b""

    @property
    def url(self) -> str:
        """The parsed URL that is asked for; of a tunnel the origin, http only for port 80.

        Raises:
            InvalidUrl: it is none.
        """
        if not self.is_tunnel:
            if not self.target.lower().startswith("http://"):
                raise InvalidUrl("Only http:// is asked for without a tunnel.")
            return parse_url(self.target)
        scheme = "http" if self.target.endswith(":80") else "https"
        return parse_url(f"{scheme}://{self.target}/")

    def sent_on(self, url: str) -> bytes:
        """Return the head as it is sent to the site."""
        raw = self.target.partition("://")[2].partition("/")[2]
        path = "/" + raw.partition("#")[0]
        kept = [line for line in self.headers if not line.lower().startswith((*_HOP_BY_HOP, b"host:"))]
        lines = [f"{self.method} {path} HTTP/1.1".encode(), b"Host: " + authority_of(url).encode(), *kept]
        return b"\r\n".join([*lines, b"Connection: close", b"", b""])


class GuardedProxy:
    """The proxy; it knows the visits that are under way."""

    def __init__(self, dial: Dial) -> None:
        """Prepare; `dial` checks and connects."""
        self._dial = dial
        self._visits: dict[str, Visit] = {}
        self._server: asyncio.Server | None = None
        self.port = 0

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Listen on a free port of loopback."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=MAX_HEAD)
        self.port = self._server.sockets[0].getsockname()[1]

    async def aclose(self) -> None:
        """Stop, and end all connections."""
        for visit in list(self._visits.values()):
            self.leave(visit)
        if self._server is not None:
            self._server.close()
            with anyio.move_on_after(1, shield=True):
                await self._server.wait_closed()
            self._server = None

    def admit(self, visit: Visit) -> None:
        """Let a visit's requests through."""
        self._visits[visit.name] = visit

    def leave(self, visit: Visit) -> None:
        """Let none of them through any more."""
        self._visits.pop(visit.name, None)
        visit.end()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._answer(reader, writer)
        except (OSError, EOFError, asyncio.LimitOverrunError, httpcore2.NetworkError, httpcore2.TimeoutException):
            pass  # either side hung up
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request: _Request | None = None
        with anyio.move_on_after(HEAD_S):
            request = _parsed(await reader.readuntil(b"\r\n\r\n"))
        visit = self._visit_of(request) if request else None
        if request is None or visit is None:
            writer.write(_WANTS_CREDENTIALS)
            await writer.drain()
            return
        stream = await self._dialled(request, visit)
        if stream is not None:
            await self._join(request, visit, stream, reader, writer)
        elif request.is_tunnel:  # else nothing is said: the browser would show it as the page
            writer.write(_REFUSED)
            await writer.drain()

    def _visit_of(self, request: _Request) -> Visit | None:
        scheme, _, packed = request.value(b"proxy-authorization").partition(b" ")
        try:
            name, _, secret = base64.b64decode(packed, validate=True).decode("latin-1").partition(":")
        except (binascii.Error, ValueError):
            return None
        visit = self._visits.get(name) if scheme.lower() == b"basic" else None
        return visit if visit and hmac.compare_digest(visit.secret.encode(), secret.encode("latin-1")) else None

    async def _dialled(self, request: _Request, visit: Visit) -> httpcore2.AsyncNetworkStream | None:
        """Dial what is asked for; None if it is not let through, or does not answer."""
        try:
            url = request.url
            is_own_port = host_of(url) in ("127.0.0.1", "localhost", "::1") and _port(url) == self.port
            if is_own_port or not visit.may_dial:
                visit.refuse(origin_of(url))
                return None
            return await self._dial(origin_of(url), visit.allow_private)
        except (PageError, InvalidUrl) as error:
            visit.refuse(request.target[:200])
            logger.debug("a rendered page was not let through to %s: %s", request.target[:200], error)
        except (httpcore2.NetworkError, httpcore2.TimeoutException, httpcore2.ProtocolError, OSError):
            pass
        return None

    async def _join(
        self,
        request: _Request,
        visit: Visit,
        stream: httpcore2.AsyncNetworkStream,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        """Pass bytes on, both ways, until one side hangs up or the visit ends."""
        try:
            with visit.connection(), anyio.CancelScope() as both:
                async with anyio.create_task_group() as tasks:

                    async def up() -> None:
                        if request.is_tunnel:
                            await _send(reader, stream, visit, None)
                        else:
                            await stream.write(request.sent_on(request.url))
                            await _send(reader, stream, visit, _length(request))
                            await reader.read(1)  # another request: it may be for another site
                        both.cancel()

                    async def down() -> None:
                        if request.is_tunnel:
                            writer.write(_OPEN)
                        while piece := await stream.read(_PIECE):
                            visit.count(len(piece))
                            writer.write(piece)
                            await writer.drain()
                        both.cancel()

                    tasks.start_soon(_until_hung_up, up, both)
                    tasks.start_soon(_until_hung_up, down, both)
        finally:
            with anyio.CancelScope(shield=True):
                await stream.aclose()


async def _until_hung_up(work: Callable[[], Awaitable[None]], both: anyio.CancelScope) -> None:
    try:
        await work()
    except (OSError, EOFError, httpcore2.NetworkError, httpcore2.TimeoutException):
        both.cancel()


async def _send(
    reader: asyncio.StreamReader, stream: httpcore2.AsyncNetworkStream, visit: Visit, length: int | None
) -> None:
    """Pass on so many bytes of the browser's, or all that come."""
    while length is None or length > 0:
        piece = await reader.read(_PIECE if length is None else min(_PIECE, length))
        if not piece:
            return
        visit.count(len(piece))
        await stream.write(piece)
        length = None if length is None else length - len(piece)


def _parsed(head: bytes) -> _Request | None:
    first, *headers = head[:-4].split(b"\r\n")
    parts = first.decode("latin-1").split(" ")
    return _Request(parts[0], parts[1], tuple(headers)) if len(parts) == 3 else None


def _length(request: _Request) -> int:
    with contextlib.suppress(ValueError):
        return max(0, int(request.value(b"content-length") or b"0"))
    return 0


def _port(url: str) -> int:
    port = authority_of(url).rpartition(":")[2]
    return int(port) if port.isdigit() else DEFAULT_PORTS[url.partition(":")[0]]
