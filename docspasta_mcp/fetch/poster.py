"""Post a signed notice to somebody's webhook (Standard Webhooks 1.0.0), through the address guard.

No redirect is followed, no cookie or answer is kept: what counts is the status.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass

import anyio
import httpcore2

from docspasta_mcp.errors import InvalidUrl, PageRefused, PageUnreachable
from docspasta_mcp.fetch.address_guard import Resolve
from docspasta_mcp.fetch.connections import Connections
from docspasta_mcp.fetch.fetcher import CONNECT_TIMEOUT_S, USER_AGENT
from docspasta_mcp.fetch.sites import SiteBook
from docspasta_mcp.urls import authority_of, origin_of, parse_url

TIMEOUT_S = 15.0


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs bodies with one secret."""

    key: bytes

    def headers(self, *, id: str, timestamp: int, body: bytes) -> dict[str, str]:
        """Return the headers that a receiver checks; `timestamp` is in Unix seconds."""
        signed = hmac.digest(self.key, f"{id}.{timestamp}.".encode() + body, hashlib.sha256)
        return {
            "webhook-id": id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": f"v1,{base64.b64encode(signed).decode()}",
        }


class Poster:
    """Posts to webhooks."""

    def __init__(
        self,
        signer: Signer,
        *,
        clock: Callable[[], float],
        sites: SiteBook | None = None,
        resolve: Resolve | None = None,
        sockets: httpcore2.AsyncNetworkBackend | None = None,
    ) -> None:
        """Prepare; nothing is dialled yet.

        Args:
            signer: signs each attempt anew.
            clock: returns Unix seconds.
            sites: tell which are asked through a proxy; credentials are for pages alone, and not sent.
            resolve: returns a host's addresses; the system's resolver if None.
            sockets: opens the sockets to checked addresses; the system's if None.
        """
        self._signer = signer
        self._clock = clock
        self._connections = Connections(resolve, sockets, sites or SiteBook())

    async def post(self, url: str, body: bytes, *, id: str, allow_private: tuple[str, ...]) -> None:
        """Post JSON; return once the receiver has answered 2xx.

        Args:
            url: of the receiver.
            body: JSON.
            id: stays the same when the same notice is posted again.
            allow_private: the operator's opt-ins.

        Raises:
            AddressBlocked: the host is not public.
            PageRefused: the receiver wants no more (410), or the URL is malformed.
            PageUnreachable: it may work later.
        """
        try:
            url = parse_url(url)
        except InvalidUrl as error:
            raise PageRefused("invalid_url", str(error)) from error
        try:
            with anyio.fail_after(TIMEOUT_S):
                status = await self._status(url, body, id, allow_private)
        except TimeoutError as error:
            raise PageUnreachable("timeout", f"No answer within {TIMEOUT_S:g} s.") from error
        except (httpcore2.TimeoutException, httpcore2.NetworkError, httpcore2.ProtocolError, OSError) as error:
            raise PageUnreachable("connection", "The connection failed, or ended early.") from error
        if status == 410:
            raise PageRefused("http_410", "The receiver wants no more of it.")
        if not 200 <= status < 300:
            raise PageUnreachable(f"http_{status}", f"The receiver answered {status}.")

    async def aclose(self) -> None:
        """Close all connections."""
        await self._connections.aclose()

    async def _status(self, url: str, body: bytes, id: str, allow_private: tuple[str, ...]) -> int:
        signed = self._signer.headers(id=id, timestamp=int(self._clock()), body=body)
        headers = [
            ("host", authority_of(url)), ("user-agent", USER_AGENT), ("content-type", "application/json"),
            ("content-length", str(len(body))), ("connection", "close"), *signed.items(),
        ]  # fmt: skip
        origin, sent = origin_of(url), [(name.encode(), value.encode()) for name, value in headers]
        async with (
            self._connections.borrow(origin, allow_private) as connection,
            connection.ask("POST", url[len(origin) :], sent, content=body, connect_s=CONNECT_TIMEOUT_S) as response,
        ):
            return response.status
