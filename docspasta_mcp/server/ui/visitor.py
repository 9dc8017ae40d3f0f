"""Who looks at the page: a signed cookie after signing in, or whoever is on this machine where no token was ever made.

A session is a signed token of our own, so every replica knows it and nothing is stored. It names the access token that
it came from, which is looked up in every request: revoking that ends its sessions.
"""

import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass
from typing import Any

import jwt
from starlette.requests import Request

from docspasta_mcp.model.owner import LOCAL_OWNER
from docspasta_mcp.store.access_tokens import TOKEN_PREFIX, Access

SESSION_S = 12 * 3600.0
_MAX_TOKEN_LENGTH = 200  # ours have 53 characters
_ALGORITHM = "HS256"
_OPEN_SESSION = "open"  # names no session: where nobody signs in


@dataclass(frozen=True, slots=True)
class Visitor:
    """A visitor of the page for people: the owner whose manuals they see, and whether they are an operator.

    `csrf` is what every form of this session carries, `has_session` whether there is one to end.
    """

    owner: str
    is_operator: bool
    csrf: str
    has_session: bool


class Sessions:
    """Opens and reads sessions. `access` is None where no tokens exist: then everybody is the local owner."""

    def __init__(self, key: bytes, access: Access | None, *, entry: str = "") -> None:
        """Open and read sessions that `key` signs.

        Args:
            key: signs sessions; only this purpose's.
            access: knows whose an access token is.
            entry: a secret that opens one session of the local owner, if not empty.
        """
        self._key = key
        self._access = access
        self._entry = entry
        self._asks_for_entry = bool(entry)

    @property
    def takes_tokens(self) -> bool:
        """Whether the sign-in page takes access tokens."""
        return self._access is not None

    async def sign_in(self, token: str) -> str | None:
        """Return a new session for an access token that `token create` made; None if it is not one."""
        if self._access is None or len(token) > _MAX_TOKEN_LENGTH or not token.startswith(TOKEN_PREFIX):
            return None
        access_token = await self._access.find(token)
        return (
            self._new(access_token.owner, access_token.id, is_operator=access_token.is_operator)
            if access_token
            else None
        )

    def enter(self, entry: str) -> str | None:
        """Return a new session of the local owner for the entry secret, which works once."""
        if not self._entry or not hmac.compare_digest(entry.encode(), self._entry.encode()):
            return None
        self._entry = ""
        return self._new(LOCAL_OWNER, "", is_operator=True)

    async def visitor(self, request: Request) -> Visitor | None:
        """Return who makes a request, or None if they must sign in."""
        if self._access is None and not self._asks_for_entry:
            return Visitor(LOCAL_OWNER, True, self.csrf(_OPEN_SESSION), False)
        claims = self._read(request.cookies.get(cookie_name(request), ""))
        if claims is None:
            return None
        csrf = self.csrf(claims["jti"])
        if not claims["grant"]:
            return Visitor(LOCAL_OWNER, True, csrf, True) if self._asks_for_entry else None
        access_token = await self._access.holds(claims["grant"]) if self._access else None
        return Visitor(access_token.owner, access_token.is_operator, csrf, True) if access_token else None

    def csrf(self, session: str) -> str:
        """Return what the forms of a session carry."""
        return hmac.new(self._key, f"csrf {session}".encode(), hashlib.sha256).hexdigest()

    @property
    def open_csrf(self) -> str:
        """What forms carry before there is a session."""
        return self.csrf(_OPEN_SESSION)

    def _new(self, owner: str, access_token: str, *, is_operator: bool) -> str:
        now = int(time.time())
        claims = {"sub": owner, "grant": access_token, "op": is_operator, "exp": now + int(SESSION_S)}
        return jwt.encode({**claims, "jti": secrets.token_urlsafe(16)}, self._key, _ALGORITHM)

    def _read(self, cookie: str) -> dict[str, Any] | None:
        try:
            return jwt.decode(cookie, self._key, [_ALGORITHM], options={"require": ["exp", "jti", "sub", "grant"]})
        except jwt.InvalidTokenError:
            return None


def cookie_name(request: Request) -> str:
    """Return the session cookie's name: browsers share cookies between the ports of a host, sessions must not be."""
    return f"docspasta_{request.url.port or 0}"


def session_key(secret: str) -> bytes:
    """Return a key for sessions alone, from a secret that all replicas have."""
    return hmac.new(secret.encode(), b"docspasta-mcp page sessions", hashlib.sha256).digest()
