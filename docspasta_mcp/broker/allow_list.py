"""Which destinations the broker may deliver to: URL prefixes, compared part by part."""

from collections.abc import Sequence
from urllib.parse import unquote, urlsplit


class AllowList:
    """URL prefixes such as `http://127.0.0.1:3000/hooks/`; scheme, host and port must be the same."""

    def __init__(self, prefixes: Sequence[str]) -> None:
        self._prefixes = [(*_origin(prefix), urlsplit(prefix).path or "/") for prefix in prefixes]

    def __call__(self, url: str) -> bool:
        """Tell whether a URL may be delivered to; one that leaves its path by `..` may not."""
        try:
            origin, path = _origin(url), urlsplit(url).path or "/"
        except ValueError:
            return False
        if ".." in unquote(path).split("/"):
            return False
        return any(origin == (scheme, netloc) and path.startswith(start) for scheme, netloc, start in self._prefixes)


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.lower()
