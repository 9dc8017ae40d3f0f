"""Trust a delivery only if QStash signed exactly this body for exactly this destination.

We check ourselves instead of using the SDK's `Receiver`, which decodes the body as text first, ignores its clock
tolerance, and accepts a forged token when a key is empty. There is no switch that skips it.
https://upstash.com/docs/qstash/features/security
"""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import Any

import jwt

from docspasta_mcp.errors import BadSignature, ConfigError

LEEWAY_S = 30  # clocks of two well-kept machines differ by less
MAX_TOKEN_LENGTH = 4_096  # QStash's have about 500 characters
_TOKEN = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.([A-Za-z0-9_-]+)")
MAX_ID_LENGTH = 128  # of a token's jti; QStash's have about 40


@dataclass(frozen=True, slots=True)
class Delivery:
    """One genuine delivery: its token's id, and until when (Unix seconds) the token could be shown again."""

    id: str
    expires_at: float


@dataclass(slots=True, repr=False)
class Receiver:
    """Verifies signatures with the current key, then with the next one; a rotation replaces both."""

    current_key: str
    next_key: str

    def __post_init__(self) -> None:
        if not self.current_key or not self.next_key:
            raise ConfigError("QSTASH_CURRENT_SIGNING_KEY and QSTASH_NEXT_SIGNING_KEY must not be empty.")

    def verify(self, *, signature: str | None, body: bytes, destination: str) -> Delivery:
        """Check one delivery and return what names it.

        Args:
            signature: the `Upstash-Signature` header.
            body: the raw body.
            destination: the URL we publish for this endpoint, not what the request claims.

        Raises:
            BadSignature: anything is not as it should be; the text does not say what.
        """
        if not signature or len(signature) > MAX_TOKEN_LENGTH or not _is_plain(signature):
            raise BadSignature("not signed")
        claims = self._claims(signature)
        digest = base64.urlsafe_b64encode(hashlib.sha256(body).digest()).decode().rstrip("=")
        stated = claims.get("body")
        if claims["sub"] != destination or not isinstance(stated, str):
            raise BadSignature("signed for something else")
        if not hmac.compare_digest(stated.rstrip("=").encode(), digest.encode()):
            raise BadSignature("signed for another body")
        if not isinstance(claims["jti"], str) or not 1 <= len(claims["jti"]) <= MAX_ID_LENGTH:
            raise BadSignature("signed without a name")
        return Delivery(claims["jti"], float(claims["exp"]) + LEEWAY_S)

    def _claims(self, signature: str) -> dict[str, Any]:
        for key in (self.current_key, self.next_key):
            try:
                return jwt.decode(
                    signature,
                    key,
                    algorithms=["HS256"],
                    issuer="Upstash",
                    leeway=LEEWAY_S,
                    options={"require": ["iss", "sub", "exp", "nbf", "iat", "jti", "body"], "verify_aud": False},
                )
            except (jwt.PyJWTError, ValueError, TypeError, ArithmeticError, RecursionError):  # nested JSON, infinities
                continue
        raise BadSignature("not signed by a key we know")


def _is_plain(token: str) -> bool:
    """Tell whether a token is spelled in the one way there is: decoders skip stray characters and unused bits."""
    match = _TOKEN.fullmatch(token)
    if match is None:
        return False
    try:
        signature = base64.urlsafe_b64decode(match[1] + "=" * (-len(match[1]) % 4))
    except ValueError:
        return False
    return base64.urlsafe_b64encode(signature).decode().rstrip("=") == match[1]
