"""Where a page's references lead, as one crawl sees them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from lxml.html import HtmlElement

from docspasta_mcp.discovery.context_values import is_asset
from docspasta_mcp.discovery.links import base_url
from docspasta_mcp.errors import InvalidUrl
from docspasta_mcp.model.frontier import NavEntry
from docspasta_mcp.model.hash_route import route_of, with_route, without_route
from docspasta_mcp.model.page_identity import page_key
from docspasta_mcp.model.scope import Scope
from docspasta_mcp.urls import join_url

_WHOLE = ("https://", "http://")


@dataclass(frozen=True, slots=True)
class ResolvedLink:
    """Where a reference leads: the URL as this crawl spells it, the page's key, and why it is left out, if it is.

    `is_asset` tells whether its name says that it is not a page.
    """

    url: str
    key: str
    refusal: str
    is_asset: bool


class LinkResolver:
    """What a page's references lead to, each looked up once: a page shows most of them several times."""

    def __init__(self, document: HtmlElement, url: str, scope: Scope) -> None:
        self.url = url
        self.key = page_key(url)
        self.scope = scope
        self.foreign: dict[str, None] = {}
        """Pages of other hosts that the navigation names."""
        self.shown: list[tuple[NavEntry, ...]] = []
        """What the page shows of navigations, bars of a few links among them."""
        self._base = base_url(document, url)
        self._target = _targets(scope)
        self._known: dict[str, ResolvedLink | None] = {}

    def resolve(self, href: str) -> ResolvedLink | None:
        """Return where a reference leads; None if it is not a URL we would fetch."""
        reference = href
        if "#" in href:
            reference = with_route(without_route(href), route_of(href)) if self.scope.routes else without_route(href)
        try:
            return self._known[reference]
        except KeyError:
            pass
        try:
            link = _whole(self.scope, reference) if reference.startswith(_WHOLE) else self._joined(reference)
            found = self._target(with_route(link, route_of(reference)) if "#" in reference else link)
        except InvalidUrl:
            found = None
        self._known[reference] = found
        return found

    def _joined(self, reference: str) -> str:
        return self.scope.normal(join_url(self._base, without_route(reference)))

    def href_of(self, element: HtmlElement) -> str:
        """Return the URL of an element's reference, or an empty string."""
        target = self.resolve(element.get("href", ""))
        return target.url if target else ""


@lru_cache(maxsize=4096)  # what leads to other sites is the same on many pages
def _whole(scope: Scope, reference: str) -> str:
    place = without_route(reference)
    return scope.normal(join_url(place, place))


@lru_cache(maxsize=4)  # what a worker crawls at once; to find a scope by its dozen fields for each link would cost more
def _targets(scope: Scope) -> Callable[[str], ResolvedLink]:
    @lru_cache(maxsize=8192)  # the links of a page are those of the page before
    def target(link: str) -> ResolvedLink:
        return ResolvedLink(link, page_key(link), scope.refusal(link), is_asset(link))

    return target
