"""Find what a sidebar names on other hosts as it names its own pages."""

import re
from collections.abc import Iterator

from lxml.html import HtmlElement

from docspasta_mcp.discovery.context_values import is_asset
from docspasta_mcp.discovery.link_resolver import LinkResolver
from docspasta_mcp.discovery.word_index import is_mostly_links
from docspasta_mcp.urls import host_of, origin_of

MIN_PAGES = 2  # on a host of somebody else; one may be a recommendation
MIN_LINKED = 0.6  # of a sidebar's text

_ACTION = re.compile(r"[?&]action=")  # what can be done with a page of a wiki, as with one that is not written yet


def foreign_pages(sidebar: HtmlElement, resolver: LinkResolver) -> Iterator[str]:
    """Yield the pages of other hosts that a sidebar names as it does its own: on a host of the family, or several."""
    found: dict[str, list[str]] = {}
    for anchor in sidebar.iter("a"):
        target = resolver.resolve(anchor.get("href", "") or "#")
        is_elsewhere = target and target.refusal == "outside" and origin_of(target.url) != resolver.scope.origin
        if target and is_elsewhere and not _ACTION.search(target.url):
            found.setdefault(host_of(target.url), []).append(target.url)
    if not is_mostly_links(sidebar, MIN_LINKED):
        return  # a table of links with what they lead to: text of the page
    for host, urls in found.items():
        is_family = _family(host) == _family(host_of(resolver.scope.origin))
        if (is_family or len(set(urls)) >= MIN_PAGES) and not any(map(is_asset, urls)):
            yield from urls


def _family(host: str) -> str:
    """Return what the hosts of one owner share: an address, or a name's last two labels."""
    return host if host.replace(".", "").isdigit() or ":" in host else ".".join(host.split(".")[-2:])
