"""The cookies that a site sets while it redirects: sent along to the same host and port, and forgotten at the end.

A site that moves its visitors from http to https is one site, as it is to browsers; what it marks `Secure` goes along
over https alone.
"""

import re
from collections.abc import Iterable

from docspasta_mcp.urls import authority_of, host_of

MAX_COOKIES = 30  # of one site in one chain
MAX_LENGTH = 4_096  # bytes of one
_PAIR = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+)=([\x21-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*)")
_SECURE = re.compile(rb";\s*secure\s*(?:;|$)", re.IGNORECASE)
_GONE = re.compile(rb";\s*max-age\s*=\s*(?:-|0+\s*(?:;|$))", re.IGNORECASE)


class CookieJar:
    """The cookies of one chain of redirects, and the host that was asked for."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._by_site: dict[str, dict[bytes, tuple[bytes, bool]]] = {}

    def is_home(self, origin: str) -> bool:
        """Tell whether an origin is on the host that was asked for: no other site can have us sign in there."""
        return host_of(origin) == self._host

    def keep(self, origin: str, headers: Iterable[tuple[bytes, bytes]]) -> None:
        """Take what an answer of an origin sets."""
        for name, value in headers:
            match = _PAIR.match(value.strip()) if name.lower() == b"set-cookie" and len(value) <= MAX_LENGTH else None
            if match is None:
                continue
            kept = self._by_site.setdefault(authority_of(origin), {})
            if _GONE.search(value):
                kept.pop(match[1], None)
            elif match[1] in kept or len(kept) < MAX_COOKIES:
                kept[match[1]] = match[2], _SECURE.search(value) is not None

    def add(self, origin: str, headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        """Return headers with the cookies that an origin may have."""
        site = self._by_site.get(authority_of(origin))
        if not site:
            return headers
        is_safe = origin.startswith("https:")
        kept = {name: value for name, (value, is_secure) in site.items() if is_safe or not is_secure}
        if not kept:
            return headers
        set_before = [value for name, value in headers if name == b"cookie"]
        pairs = b"; ".join([*set_before, *(name + b"=" + value for name, value in kept.items())])
        return [*((name, value) for name, value in headers if name != b"cookie"), (b"cookie", pairs)]
