"""The hash that names what a text says, whatever its white space."""

import hashlib


def content_digest(text: str) -> str:
    """Return 32 hexadecimal digits that are the same for texts which differ in white space alone."""
    return hashlib.sha256(" ".join(text.split()).encode()).hexdigest()[:32]
