"""Bytes as text in base64url without padding, as tokens have them (RFC 7515 §2)."""

import base64


def base64url(data: bytes) -> str:
    """Return bytes as text."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
