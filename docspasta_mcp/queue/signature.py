"""Trust a delivery only if QStash signed exactly this body for exactly this destination.

We check ourselves instead of using the SDK's `Receiver`, which decodes the body as text first, ignores its clock
tolerance, and accepts a forged token when a key is empty. There is no switch that skips it. The signature, always
HMAC with SHA-256 whatever a token says of itself, is checked before anything of the token is parsed.
https://upstash.com/docs/qstash/features/security
"""

import base64
import hashlib
import hmac
import json
import re
import time
from dataclasses import dataclass
from typing import Any, cast

from docspasta_mcp.errors import BadSignature, ConfigError
from docspasta_mcp.runtime.base64url import base64url

LEEWAY_S = 30  # clocks of two well-kept machines differ by less
MAX_TOKEN_LENGTH = 4_096  # QStash's have about 500 characters
_TOKEN = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)")
_MAX_MOMENT = 1e12  # Unix seconds; what is more, infinite or no number is no time
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
        if not signature or len(signature) > MAX_TOKEN_LENGTH or (parts := _TOKEN.fullmatch(signature)) is None:
            raise BadSignature("not signed")
        self._check_mac(f"{parts[1]}.{parts[2]}".encode(), parts[3])
        header, claims = _json_of(parts[1]), _json_of(parts[2])
        if header.get("alg") != "HS256" or "crit" in header:  # RFC 7515 §4.1.11: we understand no extension
            raise BadSignature("not signed as we agreed")
        stated, name = claims.get("body"), claims.get("jti")
        if claims.get("iss") != "Upstash" or claims.get("sub") != destination or not isinstance(stated, str):
            raise BadSignature("signed for something else")
        if not hmac.compare_digest(stated.rstrip("=").encode(), base64url(hashlib.sha256(body).digest()).encode()):
            raise BadSignature("signed for another body")
        if not isinstance(name, str) or not 1 <= len(name) <= MAX_ID_LENGTH:
            raise BadSignature("signed without a name")
        return Delivery(name, _expiry_of(claims, now=time.time()) + LEEWAY_S)

    def _check_mac(self, signed: bytes, mac: str) -> None:
        """Refuse what neither key signed. The spelling is compared, since decoders skip unused bits.

        Raises:
            BadSignature: it is so.
        """
        given = mac.encode()
        for key in (self.current_key, self.next_key):
            if hmac.compare_digest(given, base64url(hmac.digest(key.encode(), signed, "sha256")).encode()):
                return
        raise BadSignature("not signed by a key we know")


def _expiry_of(claims: dict[str, Any], *, now: float) -> float:
    """Return until when a token holds, as it says.

    Raises:
        BadSignature: it does not hold now, or does not say so.
    """
    until, since, issued = (_moment_of(claims.get(name)) for name in ("exp", "nbf", "iat"))
    if until <= now - LEEWAY_S or max(since, issued) > now + LEEWAY_S:
        raise BadSignature("signed for another time")
    return until


def _moment_of(value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not abs(value) < _MAX_MOMENT:
        raise BadSignature("signed without a time")
    return float(value)


def _json_of(part: str) -> dict[str, Any]:
    """Return a signed part of a token.

    Raises:
        BadSignature: it is not JSON, or not an object.
    """
    try:
        value = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, RecursionError):
        raise BadSignature("signed, but not readable") from None
    if not isinstance(value, dict):
        raise BadSignature("signed, but not readable")
    return cast("dict[str, Any]", value)
