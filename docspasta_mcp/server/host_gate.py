"""The outer check of every HTTP request: Host and Origin headers, size of the body, headers of every answer.

One ASGI middleware over the whole app, since the checks of the MCP SDK cover `/mcp` alone. Host against DNS
rebinding, Origin against pages in a browser; there are no CORS headers, so no other site can read an answer.
What fails unexpectedly is answered here too, so that it has the headers.
"""

import logging
from collections.abc import Collection, Sequence

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from docspasta_mcp.server.responses import MAX_BODY_BYTES, TooLarge, problem, too_large, unexpected

logger = logging.getLogger(__name__)

_ALWAYS = (  # OWASP REST Security Cheat Sheet, "Security Headers"
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)


class Gate:
    """Lets requests through that name this server, come from no foreign page, and are not too large."""

    def __init__(self, app: ASGIApp, *, hosts: Collection[str], max_bytes: int = MAX_BODY_BYTES) -> None:
        """Wrap an app.

        Args:
            app: what is behind the gate.
            hosts: names and addresses of this server, lower-case, IPv6 in brackets, without ports.
            max_bytes: of a request body.
        """
        self._app = app
        self._hosts = frozenset(hosts)
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check a request, pass it on, and complete its answer's headers."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return  # there are no WebSockets here
        is_started = False

        async def complete(message: Message) -> None:
            nonlocal is_started
            if message["type"] == "http.response.start":
                is_started = True
                given = {name.lower() for name, _ in message.get("headers", ())}
                more = [(name, value) for name, value in _ALWAYS if name not in given]
                message = {**message, "headers": [*message.get("headers", ()), *more]}
            await send(message)

        # white space around a value is not part of it (RFC 9110 §5.5), but not every server takes it off
        scope = {**scope, "headers": [(name, value.strip(b" \t")) for name, value in scope["headers"]]}
        refusal = self._refusal(scope["headers"])
        if refusal is not None:
            status, code, text = refusal
            await problem(status, code, text)(scope, receive, complete)
            return
        try:
            await self._app(scope, self._counted(receive), complete)
        except TooLarge as error:
            if not is_started:
                await too_large(Request(scope), error)(scope, receive, complete)
        except Exception as error:
            if is_started:
                raise  # half an answer cannot be taken back: the server closes the connection, and logs it
            logger.exception("❌ %s %s failed", scope["method"], scope["path"])
            await unexpected(error)(scope, receive, complete)

    def _refusal(self, headers: Sequence[tuple[bytes, bytes]]) -> tuple[int, str, str] | None:
        """Return status, code and words for a request that is not let through."""
        hosts = [value.decode("latin-1") for name, value in headers if name == b"host"]
        if len(hosts) != 1 or _host_of(hosts[0]) not in self._hosts:
            return 400, "unknown_host", "This server is not known by that name. Its operator sets BASE_URL."
        for name, value in headers:
            if name == b"origin" and not self._is_own(value.decode("latin-1")):
                return 403, "foreign_origin", "Pages of other sites may not call this server."
            if name == b"content-length" and not (
                value.isdigit() and len(value) < 16 and int(value) <= self._max_bytes
            ):
                return 413, "too_large", f"The body is larger than {self._max_bytes} bytes."
        return None

    def _is_own(self, origin: str) -> bool:
        scheme, _, host = origin.partition("://")
        return scheme in ("http", "https") and _host_of(host) in self._hosts

    def _counted(self, receive: Receive) -> Receive:
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._max_bytes:
                raise TooLarge
            return message

        return counted


def _host_of(authority: str) -> str:
    """Return the host of `host[:port]`, lower-case; an empty text if it is neither."""
    host, separator, port = authority.rpartition(":") if not authority.endswith("]") else (authority, "", "")
    if not separator:
        host, port = authority, "0"
    return host.lower() if port.isdecimal() and port.isascii() else ""
