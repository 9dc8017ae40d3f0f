"""One connection to a site: requests in HTTP/1.1, one after another, written and read by h11 over httpcore2's sockets.

httpcore2's own connections may be shared by tasks. Their locks, each of which waits for the event loop's next turn, and
their traces were half of what a request took; a connection of ours is lent to one fetch at a time and needs none.
"""

import contextlib
import math
import ssl
import time
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass

import anyio
import h11
import httpcore2

READ_BYTES = 65_536
MAX_HEAD_BYTES = 102_400  # of an answer; a longer head is an attack
KEEP_ALIVE_S = 30.0
_NO_HTTP_FOLLOWS = 101  # the site speaks something else from now on (RFC 9110 §15.2.2)

Headers = Sequence[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """The head of an answer, names of headers in lower case, and its body as it comes."""

    status: int
    headers: Headers
    body: AsyncGenerator[bytes]


class HttpConnection:
    """A connection that is opened by the first request, and closed by what leaves it in no state for another."""

    def __init__(
        self, origin: httpcore2.Origin, backend: httpcore2.AsyncNetworkBackend, trust: ssl.SSLContext | None
    ) -> None:
        """Prepare; nothing is dialled yet.

        Args:
            origin: where it leads to.
            backend: opens its socket.
            trust: authorities, for https.
        """
        self.is_closed = False
        self._origin = origin
        self._backend = backend
        self._trust = trust
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEAD_BYTES)
        self._stream: httpcore2.AsyncNetworkStream | None = None
        self._expires_at = math.inf

    @property
    def is_reusable(self) -> bool:
        """Whether a request can still be sent: nothing is to be read while none is under way, unless the site left."""
        if self.is_closed or time.monotonic() > self._expires_at:
            return False
        return self._stream is None or not self._stream.get_extra_info("is_readable")

    @contextlib.asynccontextmanager
    async def ask(
        self, method: str, target: str, headers: Headers, *, connect_s: float, content: bytes = b""
    ) -> AsyncGenerator[HttpAnswer]:
        """Send a request; its answer can be read inside.

        Raises:
            httpcore2.ConnectError: it cannot be opened; and what else httpcore2 raises of sockets.
            httpcore2.ProtocolError: the answer is not HTTP.
        """
        body = self._body()
        try:
            if self._stream is None:
                self._stream = await self._connect(connect_s)
            await self._send(self._stream, h11.Request(method=method, target=target, headers=list(headers)), content)
            head = await self._head()
            yield HttpAnswer(head.status_code, list(head.headers), body)
        except h11.RemoteProtocolError as error:
            raise httpcore2.RemoteProtocolError(str(error)) from error
        except h11.LocalProtocolError as error:
            raise httpcore2.LocalProtocolError(str(error)) from error
        finally:
            await body.aclose()
            await self._end()

    async def aclose(self) -> None:
        """Close the connection."""
        self.is_closed = True
        if self._stream is not None:
            await self._stream.aclose()

    async def _connect(self, connect_s: float) -> httpcore2.AsyncNetworkStream:
        host = self._origin.host.decode().strip("[]")
        stream = await self._backend.connect_tcp(host, self._origin.port, timeout=connect_s)
        if self._trust is None:
            return stream
        try:
            self._trust.set_alpn_protocols(["http/1.1"])
            return await stream.start_tls(self._trust, server_hostname=host, timeout=connect_s)
        except BaseException:
            with anyio.CancelScope(shield=True):
                await stream.aclose()
            raise

    async def _send(self, stream: httpcore2.AsyncNetworkStream, request: h11.Request, content: bytes) -> None:
        sent = [self._http.send(request), self._http.send(h11.Data(content)) if content else b""]
        sent.append(self._http.send(h11.EndOfMessage()))
        with contextlib.suppress(httpcore2.WriteError):  # a site may answer before it has read all, and close
            await stream.write(b"".join(filter(None, sent)))

    async def _head(self) -> h11.Response | h11.InformationalResponse:
        """Read up to the end of a head; what is said before the answer (RFC 9110 §15.2) is passed over."""
        while True:
            event = await self._next()
            if isinstance(event, h11.Response):
                return event
            if isinstance(event, h11.InformationalResponse) and event.status_code == _NO_HTTP_FOLLOWS:
                return event

    async def _body(self) -> AsyncGenerator[bytes]:
        while isinstance(event := await self._next(), h11.Data):
            yield bytes(event.data)

    async def _next(self) -> object:
        """Return what the site says next: an event of h11."""
        assert self._stream is not None
        while (event := self._http.next_event()) is h11.NEED_DATA:
            data = await self._stream.read(READ_BYTES)
            if not data and self._http.their_state is h11.SEND_RESPONSE:
                raise httpcore2.RemoteProtocolError("The site closed the connection without an answer.")
            self._http.receive_data(data)
        return event

    async def _end(self) -> None:
        """Make ready for the next request; close what has not been read to its end, or says more than was asked."""
        is_over = self._http.our_state is h11.DONE and self._http.their_state is h11.DONE
        if is_over and not self._http.trailing_data[0]:  # else that would be taken for the next page
            self._http.start_next_cycle()
            self._expires_at = time.monotonic() + KEEP_ALIVE_S
            return
        with anyio.CancelScope(shield=True):
            await self.aclose()
