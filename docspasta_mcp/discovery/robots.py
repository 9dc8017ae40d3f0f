"""robots.txt (RFC 9309) of each site, fetched once an hour, however many pages ask for it at the same time.

One that cannot be read is asked for again after a second: pages that begin together share the answer, and no page's
later tries are spent on it.
"""

import codecs
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import anyio.to_thread

from docspasta_mcp.discovery.robots_file import read_robots
from docspasta_mcp.discovery.robots_paths import PathRules
from docspasta_mcp.errors import AddressBlocked, InvalidUrl, PageRefused, PageUnreachable
from docspasta_mcp.fetch.fetcher import ROBOTS_NAME, Fetcher
from docspasta_mcp.model.job import JobOptions
from docspasta_mcp.runtime.shared_values import SharedValues
from docspasta_mcp.urls import join_url, origin_of

MAX_ROBOTS_BYTES = 512_000  # RFC 9309 §2.5: at least 500 KiB must be read
MAX_CRAWL_DELAY_S = 60.0  # a longer one would turn a manual into a week
_FRESH_S = 3_600.0
_FAILED_S = 1.0  # less than the two seconds after which a page is delivered again
_MAX_CACHED = 1_000
_SHORT = 10_000  # characters that are parsed faster than a thread is asked


@dataclass(frozen=True)
class Rules:
    """What one site's robots.txt says to us.

    `crawl_delay_s` is 0 where it says nothing, and no more than a minute; `asked_delay_s` is what it says.
    """

    paths: PathRules
    sitemaps: tuple[str, ...]
    crawl_delay_s: float
    is_obeyed: bool = True
    asked_delay_s: float = 0

    def allows(self, url: str) -> bool:
        """Tell whether we may fetch a URL of this site."""
        path = _target(url)
        return not self.is_obeyed or path == "/robots.txt" or self.paths.allows(path)


def pause_of(rules: Rules | None, options: JobOptions) -> float:
    """Return the seconds between two requests of a crawl: what robots.txt asks for, or its caller if that is longer."""
    return max(rules.crawl_delay_s if rules else 0.0, options.delay_seconds)


class Robots:
    """The rules of the sites visited lately."""

    def __init__(self, fetcher: Fetcher, clock: Callable[[], float] = time.monotonic) -> None:
        self._fetcher = fetcher
        self._answers = SharedValues[tuple[str, tuple[str, ...], bool], Rules | PageUnreachable](
            fresh_s=lambda answer: _FRESH_S if isinstance(answer, Rules) else _FAILED_S, most=_MAX_CACHED, clock=clock
        )

    async def rules(self, url: str, *, allow_private: tuple[str, ...]) -> Rules:
        """Return the rules of the site that `url` is on; a site without robots.txt allows everything.

        Raises:
            PageUnreachable: the site's answer is not an answer; RFC 9309 §2.3.1.4 forbids to go on then.
        """
        origin = origin_of(url)
        if self._fetcher.has_files(url, allow_private):  # whoever gave us the files asks nothing of robots
            return rules_of("", origin)
        key = (origin, allow_private, self._fetcher.sites.is_signed_in(origin))
        answer = await self._answers.get(key, lambda: self._ask(origin, allow_private))
        if isinstance(answer, Rules):
            return answer
        raise _anew(answer)

    async def _ask(self, origin: str, allow_private: tuple[str, ...]) -> Rules | PageUnreachable:
        """Return a site's rules, or why they cannot be read: both are kept, and shared by all who wait."""
        try:
            return self._as_set(await self._fetch_as_set(origin, allow_private), origin)
        except PageUnreachable as error:
            return _anew(error)

    async def _fetch_as_set(self, origin: str, allow_private: tuple[str, ...]) -> Rules:
        """Return a site's rules; where the operator opted out, one that cannot be read forbids nothing."""
        try:
            return await self._fetch(origin, allow_private)
        except PageUnreachable:
            if self._fetcher.sites.of(origin).robots:
                raise
            return rules_of("", origin)

    def _as_set(self, rules: Rules, origin: str) -> Rules:
        """Return rules with what the operator set for the site: a pause, or not to obey them."""
        site = self._fetcher.sites.of(origin)
        delay = max(rules.crawl_delay_s if site.robots else 0.0, site.delay_seconds)
        return replace(rules, crawl_delay_s=delay, is_obeyed=site.robots)

    async def _fetch(self, origin: str, allow_private: tuple[str, ...]) -> Rules:
        try:
            fetched = await self._fetcher.fetch(
                f"{origin}/robots.txt", allow_private=allow_private, max_bytes=MAX_ROBOTS_BYTES, may_cut=True
            )
        except PageUnreachable as error:
            if error.reason in ("dns", "refused"):
                raise
            raise PageUnreachable(
                "robots_unreachable",
                f"robots.txt could not be read: {error}",
                said=error.said,
                retry_after_s=error.retry_after_s,
            ) from error
        except (PageRefused, AddressBlocked) as error:
            if error.reason == "content_encoding":  # it is there, and might forbid anything
                raise PageUnreachable("robots_unreachable", f"robots.txt could not be read: {error}") from error
            # 4xx and the like: "unavailable": everything is allowed (RFC 9309 §2.3.1.3)
            return rules_of("", origin)
        is_text = fetched.content_type in ("", "text/plain") or not fetched.body.lstrip().startswith(b"<")
        text = _text_of(fetched.body) if is_text else ""
        if len(text) < _SHORT:
            return rules_of(text, origin)
        return await anyio.to_thread.run_sync(rules_of, text, origin)  # half a megabyte takes a second


def _text_of(body: bytes) -> str:
    """Return a file's text: UTF-8, as the RFC has it, or UTF-16, as some editors write it, with its mark."""
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return body.decode("utf-16", "replace")
    return body.decode("utf-8-sig", "replace")


def _anew(error: PageUnreachable) -> PageUnreachable:
    """Return the same error without the frames it was raised in, for each who is told of it."""
    return PageUnreachable(error.reason, str(error), said=error.said, retry_after_s=error.retry_after_s)


def _target(url: str) -> str:
    """Return the path of a URL with its query, which is what rules are about."""
    start = url.find("/", url.find("://") + 3)
    return url[start:].partition("#")[0] if start >= 0 else "/"


def rules_of(text: str, origin: str) -> Rules:
    """Return what a robots.txt says to us."""
    found = read_robots(text, ROBOTS_NAME)
    sitemaps: list[str] = []
    for line in found.sitemaps:
        with contextlib.suppress(InvalidUrl):
            sitemaps.append(join_url(f"{origin}/", line))
    delay_s = min(found.delay_s, MAX_CRAWL_DELAY_S)
    return Rules(PathRules(found.rules), tuple(sitemaps), delay_s, asked_delay_s=found.delay_s)
