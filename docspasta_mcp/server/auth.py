"""Whose request it is: bearer tokens made by the operator, or an identity provider's OAuth access tokens.

The SDK's own middleware reads the header and asks our verifier; `RequireOwner` then stands before every path of the
app that is not meant for everybody, so that a new route is closed until somebody opens it.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from mcp.server.auth.middleware.auth_context import AuthContextMiddleware, get_access_token
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser, BearerAuthBackend
from mcp.server.auth.provider import AccessToken, TokenVerifier
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from docspasta_mcp.model.owner import LOCAL_OWNER, TOKEN_PREFIX
from docspasta_mcp.server.responses import problem

if TYPE_CHECKING:
    from docspasta_mcp.server.oauth import OAuthTokens
    from docspasta_mcp.store.access_tokens import Access

MAX_TOKEN_LENGTH = 8_192  # an identity provider's token with many groups has 4,000 characters
_MAX_BUCKETS = 10_000  # owners; an identity provider may have more
OPERATOR = "operator"  # scope of tokens made with --operator; an identity provider's tokens never have it
_NO_GOOD = "The access token is not known, has expired or was revoked: ask for another where it came from."
_OPERATORS = ("/metrics", "/api/v4/queue", "/api/v4/stats")  # what tells of all owners
_OPEN = (
    "/openapi.json",
    "/livez",
    "/healthz",
    "/api/v4/process",
    "/api/v4/failed",
    "/.well-known/oauth-protected-resource",
)


def owner_of(request: Request) -> str:
    """Return the owner of a request; the local one where no token is required."""
    user = request.scope.get("user")
    return user.access_token.client_id if isinstance(user, AuthenticatedUser) else LOCAL_OWNER


def current_owner() -> str:
    """Return the owner of the MCP request that is being answered; the local one where there is no token."""
    token = get_access_token()
    return token.client_id if token else LOCAL_OWNER


class OwnerTokens(TokenVerifier):
    """Accepts the tokens that `docspasta-mcp token create` made, and those of an OAuth issuer if there is one."""

    def __init__(self, access: "Access", oauth: "OAuthTokens | None") -> None:
        self._access = access
        self._oauth = oauth

    async def verify_token(self, token: str) -> AccessToken | None:
        """Return whose token it is, or None; see `TokenVerifier`."""
        if len(token) > MAX_TOKEN_LENGTH:
            return None
        if token.startswith(TOKEN_PREFIX):
            access_token = await self._access.find(token)
            if access_token is None:
                return None
            return AccessToken(
                token=access_token.id,
                client_id=access_token.owner,
                scopes=[OPERATOR] if access_token.is_operator else [],
            )
        return await self._oauth.verify_token(token) if self._oauth else None


@dataclass
class CallRate:
    """Counts each owner's requests: a bucket that holds one minute's calls and fills evenly."""

    per_minute: int
    clock: Callable[[], float] = time.monotonic
    _buckets: dict[str, tuple[float, float]] = field(default_factory=dict[str, tuple[float, float]])

    def wait_s(self, owner: str) -> float:
        """Take one call; return 0, or the seconds until one is free."""
        now = self.clock()
        left, at = self._buckets.get(owner, (float(self.per_minute), now))
        left = min(float(self.per_minute), left + (now - at) * self.per_minute / 60)
        if left < 1:
            return (1 - left) * 60 / self.per_minute
        while len(self._buckets) >= _MAX_BUCKETS and owner not in self._buckets:
            self._buckets.pop(next(iter(self._buckets)))
        self._buckets[owner] = (left - 1, now)
        return 0.0


class RequireOwner:
    """Answers 401 without a good token, 429 to an owner who calls too often, 403 for an operator's path."""

    def __init__(self, app: ASGIApp, *, rate: CallRate, metadata_url: str | None) -> None:
        """Wrap an app.

        Args:
            app: what needs an owner.
            rate: counts the owners' calls.
            metadata_url: where clients learn which issuer to ask for a token (RFC 9728), if there is one.
        """
        self._app = app
        self._rate = rate
        self._challenge = f'Bearer resource_metadata="{metadata_url}"' if metadata_url else "Bearer"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it."""
        user = cast("Any", scope.get("user"))
        if scope["type"] != "http" or _is_open(scope["path"]):
            await self._app(scope, receive, send)
        elif not isinstance(user, AuthenticatedUser):
            has_one = Headers(scope=scope).get("authorization", "").lower().startswith("bearer ")
            text = _NO_GOOD if has_one else "Send an access token: Authorization: Bearer …"
            answer = problem(401, "unauthorized", text, {"WWW-Authenticate": self._challenge})
            await answer(scope, receive, send)
        elif wait_s := self._rate.wait_s(user.access_token.client_id):
            seconds = str(int(wait_s) + 1)
            text = f"More than {self._rate.per_minute} requests a minute. Try again in {seconds} s."
            await problem(429, "rate_limited", text, {"Retry-After": seconds})(scope, receive, send)
        elif _is_operators(scope["path"]) and OPERATOR not in user.access_token.scopes:
            text = "This path tells of all owners. Its token is made with: docspasta-mcp token create NAME --operator"
            await problem(403, "operator_only", text)(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def _is_open(path: str) -> bool:
    return path in _OPEN or path.startswith(f"{_OPEN[-1]}/")


def _is_operators(path: str) -> bool:
    return any(path == one or path.startswith(f"{one}/") for one in _OPERATORS)


def owner_middleware(verifier: TokenVerifier, *, calls_per_minute: int, metadata_url: str | None) -> list[Middleware]:
    """Return the middleware that finds out who makes a request, outermost first."""
    return [
        Middleware(AuthenticationMiddleware, backend=BearerAuthBackend(verifier)),
        Middleware(AuthContextMiddleware),
        Middleware(RequireOwner, rate=CallRate(calls_per_minute), metadata_url=metadata_url),
    ]
