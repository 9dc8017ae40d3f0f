"""How an owner is named who comes with an identity provider's token.

Two subjects are never one owner, and neither are equal subjects of two issuers: a long name is hashed, not cut.
"""

import hashlib

MAX_OWNER = 128  # characters
FORMER_PREFIX = "oauth:"
"""Up to 0.1.0 an owner was this and the subject, cut to 128 characters."""
_PREFIX = "oidc:"


def owner_of_subject(issuer: str, subject: str) -> str:
    """Return the owner that a subject of an issuer is. An issuer has no `#` (RFC 8414 §2), so that parts the two."""
    name = f"{_PREFIX}{issuer}#{subject}"
    return name if len(name) <= MAX_OWNER else f"{_PREFIX}sha256:{hashlib.sha256(name.encode()).hexdigest()}"


def owner_of_former(name: str, issuer: str) -> str | None:
    """Return what a former owner is called now; None if it may have been several subjects, or was not a subject."""
    subject = name.removeprefix(FORMER_PREFIX)
    is_whole = name.startswith(FORMER_PREFIX) and len(name) < MAX_OWNER and subject.strip()
    return owner_of_subject(issuer, subject) if is_whole else None
