"""What the head of an answer says: its status, its type, where it redirects to; or how the connection failed.

In our words: what a site or a library says stands in `said` alone.
"""

import re
import ssl
import time
from collections.abc import Iterable

import httpcore2

from docspasta_mcp.errors import InvalidUrl, PageError, PageRefused, PageUnreachable
from docspasta_mcp.fetch.politeness import MAX_CLOSED_S
from docspasta_mcp.runtime.retry_after import retry_after_s
from docspasta_mcp.urls import join_url

MAX_CAUSES = 4  # errors that were raised one from another
_REFRESH = re.compile(r"\s*[0-9](?:\.\d*)?\s*[;,]\s*(?:url\s*=\s*)?['\"]?([^'\"]+)", re.IGNORECASE)
_TRANSIENT = (408, 425, 429, 500, 502, 503, 504)


class AnswerHeaders:
    """The first value of each header; a missing one is empty."""

    def __init__(self, pairs: Iterable[tuple[bytes, bytes]]) -> None:
        self._values: dict[str, str] = {}
        for name, value in pairs:
            self._values.setdefault(name.decode("latin-1").lower(), value.decode("latin-1"))

    def __getitem__(self, name: str) -> str:
        return self._values.get(name, "")


def target_of(url: str, location: str) -> str:
    """Return the URL that a redirect leads to.

    Raises:
        PageRefused: it names none, or one that is not fetched.
    """
    try:
        return join_url(url, location.encode("latin-1").decode("utf-8", "replace")) if location else _no_target()
    except InvalidUrl as error:
        raise PageRefused("bad_redirect", "The redirect's target is not a URL that is fetched.") from error


def refreshed(url: str, header: str) -> str:
    """Return where a Refresh header sends a page's reader at once, which browsers obey; nothing if it is the page."""
    match = _REFRESH.match(header)
    try:
        target = join_url(url, match[1].strip()) if match else ""
    except InvalidUrl:
        return ""
    return target if target.partition("#")[0] != url else ""


def _no_target() -> str:
    raise PageRefused("bad_redirect", "The redirect names no target.")


def check_status(status: int, retry_after: str) -> None:
    """Refuse an answer that has not the whole page.

    Raises:
        PageRefused: nor will it have.
        PageUnreachable: it may later.
    """
    if status in _TRANSIENT:
        wait_s = retry_after_s(retry_after, now=time.time())
        wait_s = None if wait_s is None else min(wait_s, MAX_CLOSED_S)
        raise PageUnreachable(f"http_{status}", f"The site answered {status}.", retry_after_s=wait_s)
    if status != 200:  # 206 is a part, 204 and 205 have no body, 203 is what a proxy made of it: none was asked for
        raise PageRefused(f"http_{status}", f"The site answered {status}.")


def content_type_of(header: str) -> tuple[str, str]:
    """Return a content type, lower-case and without parameters, and the charset that it names, or nothing."""
    kind, _, parameters = header.partition(";")
    charset = ""
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            charset = value.strip(" \"'").lower()
    return kind.strip().lower(), charset


def _is_refused(error: BaseException | None) -> bool:
    """Tell whether a host answered that nothing listens on a port, by what an error was raised from."""
    for _ in range(MAX_CAUSES):
        if isinstance(error, ConnectionRefusedError):
            return True
        error = error and (error.__cause__ or error.__context__)
    return False


def failure_of(error: Exception) -> PageError:
    """Put a failed connection into our words."""
    told = error.__context__  # httpcore2 raises its own error from the one below, then cuts the cause off
    if isinstance(told, ssl.SSLCertVerificationError):
        fault = told.verify_message.partition(",")[0].rstrip(".")  # OpenSSL's words; a name may follow them
        return PageRefused("certificate", f"The site's certificate is not trusted: {fault}.", said=told.verify_message)
    if isinstance(error, httpcore2.TimeoutException):
        return PageUnreachable("timeout", "The connection was not made in time.", said=str(error))
    if isinstance(error, httpcore2.ProtocolError):
        return PageUnreachable("protocol", "The site's answer is not HTTP, or breaks its rules.", said=str(error))
    if _is_refused(error):
        return PageUnreachable("refused", "The connection was refused: nothing listens there.", said=str(error))
    return PageUnreachable("connection", "The connection failed, or ended early.", said=str(error))
