"""Find manuals by what a caller calls them: the id of a job or its first characters, a host, a URL, a title.

A crawl that never had a page is found where nothing else goes by the name, and by the very URL that it began with.
"""

import re
from collections.abc import Iterable, Sequence

from docspasta_mcp.errors import InvalidUrl
from docspasta_mcp.model.folder import meant
from docspasta_mcp.model.manual import Edition, Manual, shown_of
from docspasta_mcp.model.page_identity import page_key
from docspasta_mcp.urls import authority_of, host_of, parse_url

_ID = re.compile(r"[0-9a-f]{6,16}")  # a job's, or its first characters
_WORD = re.compile(r"\w+")


def addressed(editions: Sequence[Edition], manuals: Sequence[Manual], name: str) -> list[Manual]:
    """Return the single editions, or else the manuals, that an id, a host or a URL stands for."""
    by_id = [one for one in editions if _ID.fullmatch(name.lower()) and one.job_id.startswith(name.lower())]
    return [Manual.of([one]) for one in by_id] or _on_host(manuals, name) or holding(manuals, name)


def _on_host(manuals: Sequence[Manual], name: str) -> list[Manual]:
    wanted = name.lower().removeprefix("www.")
    hosts = [{host_of(one.best.origin), authority_of(one.best.origin)} for one in manuals]
    return _readable_first(
        one
        for one, names in zip(manuals, hosts, strict=True)
        if wanted in {host.removeprefix("www.") for host in names}
    )


def url_of(name: str) -> str | None:
    """Return the URL that a caller names, with or without its scheme; None if it is none."""
    name = meant(name)
    if "/" not in name:
        return None
    try:
        return parse_url(name if "://" in name else f"https://{name}")
    except InvalidUrl:
        return None


def holding(manuals: Sequence[Manual], name: str) -> list[Manual]:
    """Return the manual that a URL lies in: the one that begins nearest to it, of chosen pages where no other does."""
    if (url := url_of(name)) is None:
        return []
    key = page_key(url)
    started = [one for one in manuals if key in {page_key(one.best.seed_url), page_key(one.newest.seed_url)}]
    bases = [(page_key(one.best.site), one) for one in manuals]
    around = [(base, one) for base, one in bases if key == base or key.startswith(f"{base}/")]
    both = _whole_first(one for one in _nearest(around) if one in started)
    within = _whole_first(_nearest([(base, one) for base, one in around if one.is_shown]) or _nearest(around))
    if both and both[0].best.include and not within[0].best.include:
        return within[:1]
    return both[:1] or within[:1] or started[:1]


def _whole_first(manuals: Iterable[Manual]) -> list[Manual]:
    return sorted(manuals, key=lambda one: bool(one.best.include))


def _nearest(around: Sequence[tuple[str, Manual]]) -> list[Manual]:
    """Return the manuals whose common beginning is the longest."""
    longest = max((len(base) for base, _ in around), default=0)
    return [one for base, one in around if len(base) == longest]


def given(manuals: Sequence[Manual], name: str) -> list[Manual]:
    """Return the manuals that were crawled under this name, such as a package's."""
    wanted = name.casefold()
    return _readable_first(
        one for one in manuals if wanted and wanted in (one.best.given.casefold(), one.newest.given.casefold())
    )


def titled_just(manuals: Sequence[Manual], name: str) -> list[Manual]:
    """Return the manuals of this title."""
    folded = " ".join(name.casefold().split())
    return [one for one in manuals if folded and " ".join(one.best.title.casefold().split()) == folded]


def titled(manuals: Sequence[Manual], name: str) -> list[Manual]:
    """Return the manuals of this title, or else those that have all its words in their title or host."""
    exact = titled_just(manuals, name)
    words = set(_WORD.findall(name.casefold()))
    if exact or not words:
        return exact
    return _readable_first(
        one for one in manuals if words <= {*_WORD.findall(f"{one.best.title} {one.best.site}".casefold())}
    )


def _readable_first(manuals: Iterable[Manual]) -> list[Manual]:
    found = list(manuals)
    return shown_of(found) or found
