"""Which destinations the broker may deliver to: URL prefixes, compared segment by segment.

A server behind the destination may undo percent-escapes once or twice, take a backslash for a slash, drop what follows
a semicolon or a zero byte, and resolve `..`. Whatever could then be another path than the one compared is refused.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from urllib.parse import unquote, urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}
_ESCAPED = re.compile(r"%[0-9a-fA-F]{2}")
_ODD = re.compile(r"[\x00-\x1f\x7f\\]")
_MAX_ESCAPES = 4  # %2525252e; more of them are an attack


class AllowList:
    """URL prefixes such as `http://127.0.0.1:3000/hooks`, which is not a prefix of `/hooksevil`."""

    def __init__(self, prefixes: Sequence[str]) -> None:
        self._prefixes = [(_origin(prefix), _segments(urlsplit(prefix).path)) for prefix in prefixes]
        self._known = lru_cache(maxsize=256)(self._allows)  # messages by the thousand go to the same few

    def __call__(self, url: str) -> bool:
        """Tell whether a URL may be delivered to; one whose path two servers could read differently may not."""
        return self._known(url)

    def _allows(self, url: str) -> bool:
        try:
            origin, path = _origin(url), urlsplit(url).path
        except ValueError:
            return False
        if not _is_plain(path):
            return False
        segments = _segments(path)
        return any(origin == own and segments[: len(start)] == start for own, start in self._prefixes)


def _origin(url: str) -> tuple[str, str, int | None]:
    """Return scheme, host and port; user info counts as part of the host, so it never matches a prefix without it."""
    if _ODD.search(url):
        raise ValueError("an odd character")
    parts = urlsplit(url)
    port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
    host = parts.netloc.lower()
    return parts.scheme, host.removesuffix(f":{port}"), port


def _segments(path: str) -> list[str]:
    """Return a path's segments, unescaped one by one; a slash at its end says nothing more."""
    return [unquote(segment) for segment in path.rstrip("/").split("/")] if path.rstrip("/") else [""]


def _is_plain(path: str) -> bool:
    """Tell whether a path is the same however often it is unescaped, and leads nowhere up."""
    for _ in range(_MAX_ESCAPES):
        if _ODD.search(path) or any(part.partition(";")[0] in (".", "..") for part in path.split("/")):
            return False
        if not _ESCAPED.search(path):
            return True
        path = unquote(path)
    return False
