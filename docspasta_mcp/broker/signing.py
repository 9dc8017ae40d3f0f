"""Sign deliveries as QStash does: an HS256 JWT over the destination and the body's hash.

https://upstash.com/docs/qstash/features/security: `iss` "Upstash", `sub` the destination exactly as published,
`exp` five minutes on, `nbf` 0 since clocks differ, `body` the base64url SHA-256 of the raw body.
"""

import base64
import hashlib
import hmac
import json
import secrets
import time
from dataclasses import dataclass

from docspasta_mcp.runtime.base64url import base64url

LIFETIME_S = 300
_HEADER = base64url(b'{"alg":"HS256","typ":"JWT"}')


@dataclass(frozen=True, slots=True)
class Keys:
    """The pair of signing keys; `current` signs. Not shown in `repr`."""

    current: str
    next: str

    def __repr__(self) -> str:
        return "Keys(…)"

    def rotated(self) -> "Keys":
        """Return the pair after a rotation: next becomes current, and a new next is drawn."""
        return Keys(self.next, new_key())


def new_key() -> str:
    """Return a random signing key: 32 characters, as long as QStash's."""
    return f"sig_{secrets.token_hex(14)}"


def sign(*, key: str, destination: str, body: bytes, now: float | None = None) -> str:
    """Return the value of the `Upstash-Signature` header for one delivery attempt.

    Args:
        key: the current signing key.
        destination: the URL exactly as published.
        body: the raw body.
        now: Unix seconds; the present if None.
    """
    issued = int(time.time() if now is None else now)
    digest = base64.urlsafe_b64encode(hashlib.sha256(body).digest()).decode()
    claims = {
        "iss": "Upstash",
        "sub": destination,
        "exp": issued + LIFETIME_S,
        "nbf": 0,
        "iat": issued,
        "jti": f"jwt_{secrets.token_hex(16)}",
        "body": digest,
    }
    signed = f"{_HEADER}.{base64url(json.dumps(claims, separators=(',', ':')).encode())}"
    return f"{signed}.{base64url(hmac.digest(key.encode(), signed.encode(), 'sha256'))}"
