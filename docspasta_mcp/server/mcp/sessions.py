"""MCP sessions over HTTP, bounded for each owner: a client that opens one for every call costs some 40 KB each.

The least recently used session ends when its owner opens one too many; one with a request in flight ends only when
all have. A client whose session has ended is answered 404 and opens another (MCP, Transports, "Session Management").
"""

import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_SESSIONS = 50  # of one owner: 2 MB; an agent that works has a handful
IDLE_S = 1_800.0  # then the SDK has ended it itself
_HEADER = b"mcp-session-id"
_PATH = "/mcp"


@dataclass
class _Session:
    owner: str
    user: Any
    used_at: float
    in_flight: int = 0


class BoundedSessions:
    """ASGI middleware around the SDK's endpoint."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        owner_of: Callable[[Request], str],
        most: int = MAX_SESSIONS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Wrap an app.

        Args:
            app: what serves MCP at `/mcp`, and anything else.
            owner_of: tells whose a request is.
            most: sessions that one owner may have.
            clock: returns seconds.
        """
        self._app = app
        self._owner_of = owner_of
        self._most = most
        self._clock = clock
        self._sessions: OrderedDict[str, _Session] = OrderedDict()  # the least recently used first
        self._counts: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request; if it opened a session, end one that is over its owner's limit."""
        if scope["type"] != "http" or scope["path"].rstrip("/") != _PATH:
            await self._app(scope, receive, send)
            return
        given = next((value.decode("latin-1") for name, value in scope["headers"] if name == _HEADER), "")
        session = self._sessions.get(given)
        owner = self._owner_of(Request(scope))
        if session is not None and session.owner != owner:
            session = None  # the SDK refuses it
        opened = ""

        async def watched(message: Message) -> None:
            nonlocal opened
            if message["type"] == "http.response.start":
                headers = dict(message.get("headers", ()))
                if not given and message["status"] < 400 and _HEADER in headers:
                    opened = headers[_HEADER].decode("latin-1")
                    self._add(opened, _Session(owner, scope.get("user"), self._clock()))
                elif session is not None and message["status"] == 404:
                    self._forget(given)
            await send(message)

        if session is not None:
            self._sessions.move_to_end(given)
            session.used_at = self._clock()
            session.in_flight += 1
        try:
            await self._app(scope, receive, watched)
        finally:
            if session is not None:
                session.in_flight -= 1
                session.used_at = self._clock()
                if scope["method"] == "DELETE":
                    self._forget(given)
        if opened:
            await self._end_surplus(owner)

    def _add(self, session_id: str, session: _Session) -> None:
        while self._sessions:  # those that the SDK has ended
            oldest, first = next(iter(self._sessions.items()))
            if first.in_flight or self._clock() - first.used_at < IDLE_S:
                break
            self._forget(oldest)
        self._sessions[session_id] = session
        self._counts[session.owner] += 1

    def _forget(self, session_id: str) -> None:
        session = self._sessions.pop(session_id, None)
        if session is not None:
            self._counts[session.owner] -= 1
            if not self._counts[session.owner]:
                del self._counts[session.owner]

    async def _end_surplus(self, owner: str) -> None:
        while self._counts[owner] > self._most:
            own = [(session_id, one) for session_id, one in self._sessions.items() if one.owner == owner]
            session_id, session = next((each for each in own if not each[1].in_flight), own[0])
            self._forget(session_id)
            await self._end(session_id, session)

    async def _end(self, session_id: str, session: _Session) -> None:
        """End a session as its own client would: by DELETE."""
        scope: dict[str, Any] = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "DELETE", "scheme": "http",
            "path": _PATH, "raw_path": _PATH.encode(), "query_string": b"", "root_path": "", "client": None,
            "server": None, "headers": [(b"host", b"localhost"), (_HEADER, session_id.encode("latin-1"))],
        }  # fmt: skip
        if session.user is not None:
            scope["user"] = session.user

        async def receive() -> Message:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(_message: Message) -> None:
            return

        await self._app(scope, receive, send)
