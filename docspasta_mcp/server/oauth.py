"""OAuth access tokens of one identity provider: checked by its published keys, and whose they are.

An owner is an issuer and a subject. The issuer's keys are looked up when they are needed and kept for an hour at most.
"""

import re
import time
from collections.abc import Callable

import anyio.to_thread
import jwt
from mcp.server.auth.provider import AccessToken, TokenVerifier

from docspasta_mcp.model.owner_names import owner_of_subject

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
LEEWAY_S = 30
_ODD = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")  # in no name; no database keeps all of them
_REFRESH_S = 30.0  # the issuer is asked no more often than this, whoever sends an unknown key id
_RENEW_S = 1_800.0  # then its keys are asked for again, so that an hour does not end while it fails for a moment
_FRESH_S = 3_600.0  # a key that the issuer has withdrawn is trusted no longer than this, whether it answers or not
_JWKS_TIMEOUT_S = 5


class OAuthTokens(TokenVerifier):
    """Accepts JWT access tokens (RFC 9068) of one issuer for one audience, by the issuer's published keys."""

    def __init__(
        self, *, issuer: str, audience: str, jwks_url: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._issuer = issuer
        self._audience = audience
        self._jwks = jwt.PyJWKClient(jwks_url, timeout=_JWKS_TIMEOUT_S, cache_jwk_set=False)
        self._keys: dict[str, jwt.PyJWK] = {}
        self._clock = clock
        self._asked_at = float("-inf")
        self._answered_at = float("-inf")

    async def verify_token(self, token: str) -> AccessToken | None:
        """Return the owner that a token was issued to, or None; see `TokenVerifier`."""
        try:
            return await anyio.to_thread.run_sync(self._verify, token)
        except (jwt.PyJWTError, ValueError, TypeError, ArithmeticError, RecursionError):
            return None

    def _verify(self, token: str) -> AccessToken | None:
        key = self._key(str(jwt.get_unverified_header(token).get("kid", "")))
        if key is None:
            return None
        claims = jwt.decode(
            token,
            key.key,
            algorithms=list(ALGORITHMS),
            issuer=self._issuer,
            audience=self._audience,
            leeway=LEEWAY_S,
            options={"require": ["iss", "sub", "aud", "exp"]},
        )
        subject = claims["sub"]
        if not isinstance(subject, str) or not subject.strip() or _ODD.search(subject):
            return None  # whoever has no name would share what everybody without one has
        return AccessToken(
            token=str(claims.get("jti", "")),
            client_id=owner_of_subject(self._issuer, subject),
            scopes=[],
            expires_at=int(claims["exp"]),
            subject=subject,
            claims={"iss": self._issuer},
        )

    def _key(self, key_id: str) -> jwt.PyJWK | None:
        """Return a key by its id, out of an answer of the last hour; look for new ones, but not too often."""
        now = self._clock()
        is_due = key_id not in self._keys or now - self._answered_at >= _RENEW_S
        if is_due and now - self._asked_at >= _REFRESH_S:
            self._asked_at = now
            self._look_up()
        return self._keys.get(key_id) if now - self._answered_at < _FRESH_S else None

    def _look_up(self) -> None:
        try:
            found = self._jwks.get_jwk_set().keys
        except (jwt.PyJWTError, OSError, ValueError):
            return  # the keys of the last answer hold until their hour is over
        self._keys = {key.key_id: key for key in found if key.key_id and key.public_key_use in ("sig", None)}
        self._answered_at = self._asked_at
