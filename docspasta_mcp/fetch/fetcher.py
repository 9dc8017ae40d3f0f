"""Fetch one URL, with limits and checked addresses; `answers` puts the site's errors into our words.

Knows nothing of jobs or rows; `steps` decides what a failure means. Every hop of a redirect goes through
`address_guard` again, since a public host may point at a private one. It is sent with the settings of its own origin
alone, and with credentials only at the host that was asked for. Cookies that a redirect sets live until its end.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

import anyio
import anyio.to_thread
import httpcore2

from docspasta_mcp import __version__
from docspasta_mcp.errors import AddressBlocked, InvalidUrl, PageRefused, PageUnreachable
from docspasta_mcp.fetch.address_guard import Resolve
from docspasta_mcp.fetch.answers import AnswerHeaders, check_status, content_type_of, failure_of, refreshed, target_of
from docspasta_mcp.fetch.connections import Connections
from docspasta_mcp.fetch.content_type import BINARY, in_our_words, sniffed_type
from docspasta_mcp.fetch.cookies import CookieJar
from docspasta_mcp.fetch.decoding import accepted_codings
from docspasta_mcp.fetch.first_looks import FirstLooks
from docspasta_mcp.fetch.http_connection import HttpConnection
from docspasta_mcp.fetch.kept_body import Keep
from docspasta_mcp.fetch.pauses import turn
from docspasta_mcp.fetch.sites import SiteBook
from docspasta_mcp.model.content_types import HTML_TYPES, MARKDOWN_TYPES
from docspasta_mcp.model.page import Validators
from docspasta_mcp.urls import authority_of, host_of, origin_of, parse_url

if TYPE_CHECKING:
    from docspasta_mcp.fetch.file_site import FileSite
    from docspasta_mcp.fetch.file_sites import FileSites

USER_AGENT = f"docspasta-mcp/{__version__} (+https://github.com/docspasta/docspasta-mcp)"
ROBOTS_NAME = "docspasta-mcp"  # the product token that robots.txt addresses
MAX_REDIRECTS = 5  # each hop is guarded; more is a loop
CONNECT_TIMEOUT_S = 5.0  # the whole fetch has a time of its own
DOWNLOAD_S = 60.0  # for an archive

ACCEPT = "text/html,application/xhtml+xml,text/markdown;q=0.9,text/plain;q=0.8,*/*;q=0.5"
Headers = tuple[tuple[bytes, bytes], ...]
_REDIRECTS = (301, 302, 303, 307, 308)
_HEADERS = [
    (b"user-agent", USER_AGENT.encode()),
    (b"accept-language", b"en;q=1.0,*;q=0.5"),
    (b"accept-encoding", accepted_codings().encode()),
]


@dataclass(frozen=True, slots=True)
class Fetched:
    """A body as the site sent it, decoded from its transfer. `url` is where it was found after redirects.

    `content_type` is lower-case and without parameters; `charset` is its parameter, or empty. `is_unchanged` tells
    that the site answered 304, and sent no body.
    """

    url: str
    content_type: str
    charset: str
    body: bytes
    etag: str = ""
    modified: str = ""
    is_unchanged: bool = False


def accept_anything(_content_type: str) -> bool:
    """Take any content type."""
    return True


def _is_file(content_type: str) -> bool:
    return content_type not in HTML_TYPES


class Fetcher:
    """Fetches pages."""

    def __init__(
        self,
        *,
        timeout_s: float,
        max_bytes: int,
        resolve: Resolve | None = None,
        sockets: httpcore2.AsyncNetworkBackend | None = None,
        sites: SiteBook | None = None,
    ) -> None:
        """Prepare; nothing is dialled yet.

        Args:
            timeout_s: for one URL, redirects and body included.
            max_bytes: of the decoded body.
            resolve: returns a host's addresses; the system's resolver if None.
            sockets: opens the sockets to checked addresses; the system's if None.
            sites: what the operator set for single ones; nothing if None.
        """
        self._timeout_s = timeout_s
        self._max_bytes = max_bytes
        self.sites = sites or SiteBook()
        self.first_looks = FirstLooks()
        self._connections = Connections(resolve, sockets, self.sites)
        self._files: FileSites | None = None

    def read_files_of(self, files: "FileSites") -> None:
        """Read the pages of these sites from their files; nothing is asked of a network for them."""
        self._files = files

    def has_files(self, url: str, allow_private: tuple[str, ...]) -> bool:
        """Tell whether a parsed URL leads to a file for a job with these opt-ins."""
        return self._files is not None and self._files.has(url, allow_private)

    async def file_site(self, url: str, allow_private: tuple[str, ...]) -> "tuple[FileSite, str] | None":
        """Return the site of files that a parsed URL leads to, as it is now, and the directory of it; None for others.

        Raises:
            PageError: it is not there, or cannot be read.
        """
        if self._files is None or not self._files.has(url, allow_private):
            return None
        return await self._files.open(url, allow_private, is_new=True)

    async def fetch(
        self,
        url: str,
        *,
        allow_private: tuple[str, ...] = (),
        accepts: Callable[[str], bool] = accept_anything,
        may_follow: Callable[[str], bool] = accept_anything,
        max_bytes: int | None = None,
        known: Validators | None = None,
        wants: str = "",
        may_cut: bool = False,
    ) -> Fetched:
        """Fetch one parsed URL.

        Args:
            url: where to begin.
            allow_private: the operator's opt-ins that hold for this fetch.
            accepts: tells of a content type whether its body is wanted.
            may_follow: tells of a redirect's target whether it may be entered.
            max_bytes: a smaller bound than this fetcher's own.
            known: what an earlier answer said; the body is then sent only if it has changed (RFC 9110 §13.1).
            wants: the Accept header, if not the one for pages.
            may_cut: return the beginning of a body that is too large or ends early.

        Raises:
            AddressBlocked: a host is not public.
            PageRefused: the site says no, or sends what we do not take.
            PageUnreachable: it may work later.
        """
        limit = min(max_bytes or self._max_bytes, self._max_bytes)
        try:
            url = parse_url(url)
        except InvalidUrl as error:
            raise PageRefused("invalid_url", str(error)) from error
        if self._files is not None and self._files.has(url, allow_private):
            files, _ = await self._files.open(url, allow_private)
            return await anyio.to_thread.run_sync(lambda: files.read(url, accepts=accepts, limit=limit, known=known))
        async with turn():
            try:
                with anyio.fail_after(self._timeout_s):
                    keep = Keep(limit, may_cut)
                    fetched = await self._follow(url, allow_private, accepts, may_follow, keep, _asked(known, wants))
            except TimeoutError as error:
                raise PageUnreachable("timeout", f"No whole answer within {self._timeout_s:g} s.") from error
            except (httpcore2.TimeoutException, httpcore2.NetworkError, httpcore2.ProtocolError, OSError) as error:
                raise failure_of(error) from error
        if max_bytes is None and known is None and not wants:
            self._keep(url, fetched)
        return fetched

    def _keep(self, url: str, fetched: Fetched) -> None:
        """Keep a page for its own step; one that was redirected is asked for again, by the rules of its scope."""
        if fetched.url == url and (fetched.content_type in HTML_TYPES or fetched.content_type in MARKDOWN_TYPES):
            self.first_looks.keep(fetched)

    async def download(self, url: str, into: IO[bytes], *, allow_private: tuple[str, ...], max_bytes: int) -> None:
        """Write the body of one parsed URL into a file, as it comes.

        Raises:
            PageError: as `fetch`.
        """
        keep = Keep(max_bytes, into=into)
        try:
            with anyio.fail_after(DOWNLOAD_S):
                await self._follow(url, allow_private, _is_file, accept_anything, keep, _asked(None, "*/*"))
        except TimeoutError as error:
            raise PageUnreachable("timeout", f"The archive did not come within {DOWNLOAD_S:g} s.") from error
        except (httpcore2.TimeoutException, httpcore2.NetworkError, httpcore2.ProtocolError, OSError) as error:
            raise failure_of(error) from error

    async def dial(self, origin: str, allow_private: tuple[str, ...]) -> httpcore2.AsyncNetworkStream:
        """Open a socket to a site through the guard; what is said in it is the caller's affair.

        Raises:
            AddressBlocked: its host is not public.
            PageError: its name cannot be resolved.
        """
        return await self._connections.dial(origin, allow_private, timeout_s=CONNECT_TIMEOUT_S)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._connections.aclose()

    async def _follow(
        self,
        url: str,
        allow_private: tuple[str, ...],
        accepts: Callable[[str], bool],
        may_follow: Callable[[str], bool],
        keep: Keep,
        asked: Headers,
    ) -> Fetched:
        jar = CookieJar(host_of(url))
        for hop in range(MAX_REDIRECTS + 1):
            try:
                async with self._connections.borrow(origin_of(url), allow_private) as connection:
                    answer = await self._get(connection, url, accepts, keep, asked, jar)
            except AddressBlocked as error:
                if not hop:
                    raise
                text = "It redirects to what is not a public web address."
                raise AddressBlocked(error.reason, text, said=url) from error
            if isinstance(answer, Fetched):
                return answer
            if not may_follow(answer):
                raise PageRefused("redirected_out_of_scope", "It redirects to a URL outside the scope.", said=answer)
            url = answer
        raise PageRefused("redirect_loop", f"More than {MAX_REDIRECTS} redirects.")

    async def _get(
        self,
        connection: HttpConnection,
        url: str,
        accepts: Callable[[str], bool],
        keep: Keep,
        asked: Headers,
        jar: CookieJar,
    ) -> Fetched | str:
        """Return the body, or the URL that the answer redirects to."""
        origin = origin_of(url)
        sent = [
            (b"host", authority_of(url).encode()),
            *jar.add(origin, self.sites.headers(origin, (*_HEADERS, *asked), signs_in=jar.is_home(origin))),
        ]
        async with connection.ask("GET", url[len(origin) :], sent, connect_s=CONNECT_TIMEOUT_S) as response:
            headers = AnswerHeaders(response.headers)
            if response.status in _REDIRECTS:
                jar.keep(origin, response.headers)
                return target_of(url, headers["location"])
            if response.status == 304 and any(name.startswith(b"if-") for name, _ in asked):
                return Fetched(url, "", "", b"", is_unchanged=True)
            if response.status != 200 and headers["cf-mitigated"]:
                raise PageRefused("challenge", f"The site answered {response.status} and turns crawlers away")
            check_status(response.status, headers["retry-after"])
            if target := refreshed(url, headers["refresh"]):
                jar.keep(origin, response.headers)
                return target
            content_type, charset = content_type_of(headers["content-type"])
            if not accepts(content_type):
                text = f"It has {in_our_words(content_type)}, which is not read."
                raise PageRefused("content_type", text, said=content_type)
            body = await keep.body(response.body, headers["content-encoding"])
        actual = sniffed_type(content_type, charset, body)
        if not accepts(actual):
            reason = "binary" if actual == BINARY else "content_type"
            text = f"It is sent with {in_our_words(content_type)}, but has {in_our_words(actual)}."
            raise PageRefused(reason, text, said=content_type)
        return Fetched(url, actual, charset, body, headers["etag"][:200], headers["last-modified"][:100])


def _asked(known: Validators | None, wants: str) -> Headers:
    """Return the request headers that say what is wanted: which type, and only if it has changed."""
    return ((b"accept", (wants or ACCEPT).encode()), *_conditions(known))


def _conditions(known: Validators | None) -> Headers:
    """Return the headers that ask for a body only if it has changed; the ETag decides where there is one."""
    if known is None:
        return ()
    if known.etag:
        return ((b"if-none-match", known.etag.encode("latin-1", "replace")),)
    return ((b"if-modified-since", known.modified.encode("latin-1", "replace")),) if known.modified else ()
