"""Read what surrounds a page's content: its links, the site's navigation, and where the page says it belongs.

Must run before `extract`, which takes all this away.
"""

import re
from collections.abc import Iterable

from lxml.html import HtmlElement

from docspasta_mcp.discovery.navigation import navigations
from docspasta_mcp.discovery.surroundings import Surroundings, is_asset
from docspasta_mcp.discovery.targets import Targets
from docspasta_mcp.extract.dom import text_length
from docspasta_mcp.model.edition import MARKDOWN_SUFFIXES, Shortcut, ShortcutKind
from docspasta_mcp.model.frontier import LeftOut
from docspasta_mcp.model.page_identity import bare_key, page_key
from docspasta_mcp.model.scope import Scope
from docspasta_mcp.urls import origin_of

MAX_LINKS = 100_000  # kept of one page, the first ones
MAX_LEFT_OUT = 200  # noted of one page
MAX_NOTICE = 200  # characters of a page that only sends its reader on
MAX_REFRESH_S = 10  # a page that sends its reader on later is a page

_NEXT = re.compile(r"(?:^|[\s_-])(?:next|nav-?next|pagination-nav__link--next|pager-next)(?:$|[\s_-])", re.IGNORECASE)
_REFRESH = re.compile(r"^\s*(\d{1,9})[^;,]*[;,]\s*(?:url\s*=\s*)?['\"]?([^'\"]+)", re.IGNORECASE)
_RELOCATION = re.compile(r"\blocation(?:\.href\s*=|\.(?:replace|assign)\(|\s*=)\s*[\"'`]([^\"'`${}]+)[\"'`]")
_ROUTE = re.compile(r"^#!?/")
_TWIN = Shortcut(ShortcutKind.TWIN)


def surroundings(document: HtmlElement, url: str, scope: Scope) -> Surroundings:
    """Read a parsed page's surroundings; the tree is not changed.

    Args:
        document: the page.
        url: where it was found.
        scope: links outside it are noted as left out.
    """
    look = Targets(document, url, scope)
    links: dict[str, None] = {}
    left_out: dict[str, LeftOut] = {}
    for anchor in document.iter("a", "area"):
        href = anchor.get("href", "")
        if _ROUTE.match(href) and len(left_out) < MAX_LEFT_OUT:
            left_out[href] = LeftOut(f"{url}{href}"[:2_000], "hash_route")
        if not href or href.startswith("#") or "nofollow" in anchor.get("rel", "").lower().split():
            continue
        target = look.target(href)
        if target is None or target.key == look.key or _is_own_source(target.url, url):
            continue
        if not target.refusal:
            if len(links) < MAX_LINKS:
                links[target.url] = None
        elif origin_of(target.url) == scope.origin and len(left_out) < MAX_LEFT_OUT and not is_asset(target.url):
            left_out[target.url] = LeftOut(target.url, target.refusal)
    following = _following(document, look)
    if following and following not in links:
        following = ""
    return Surroundings(
        tuple(links),
        navigations(document, look),
        following,
        _canonical(document, look),
        _refresh(document, look),
        tuple(left_out.values()),
    )


def markdown_surroundings(targets: Iterable[str], url: str, scope: Scope) -> Surroundings:
    """Keep of the absolute links of a page that is Markdown those that lead to other pages of the scope."""
    links: dict[str, None] = {}
    for target in targets:
        link = scope.normal(target)
        if link in scope and page_key(link) != page_key(url) and not is_asset(link):
            links[link] = None
    return Surroundings(tuple(links))


def _is_own_source(link: str, url: str) -> bool:
    """Tell whether a link leads to the Markdown of the page that it is on: the same text once more."""
    return link.endswith(MARKDOWN_SUFFIXES) and bare_key(_TWIN.page_of(link)) == bare_key(url) and link != url


def _canonical(document: HtmlElement, look: Targets) -> str:
    for link in document.iter("link"):
        if "canonical" in link.get("rel", "").lower().split():
            return look.named(link)
    return ""


def _following(document: HtmlElement, look: Targets) -> str:
    """Return the page that this one names as its successor: rel=next, else a link that its class calls so."""
    for element in document.iter("link", "a"):
        if "next" in element.get("rel", "").lower().split() and (found := look.named(element)):
            return found
    for anchor in document.iter("a"):
        if _NEXT.search(anchor.get("class", "")) and (found := look.named(anchor)):
            return found
    return ""


def _refresh(document: HtmlElement, look: Targets) -> str:
    """Return where a page sends its reader at once, by meta refresh, or by a script where there is next to no text."""
    for meta in document.iter("meta"):
        if meta.get("http-equiv", "").lower() == "refresh":
            match = _REFRESH.match(meta.get("content", ""))
            if match and int(match[1]) <= MAX_REFRESH_S and (target := look.target(match[2].strip())):
                return target.url
    if text_length(document) > MAX_NOTICE:
        return ""
    for script in document.iter("script"):
        if (match := _RELOCATION.search(script.text or "")) and (target := look.target(match[1])):
            return target.url
    return ""
