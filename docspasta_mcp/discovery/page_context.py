"""Read what surrounds a page's content: its links, the site's navigation, and where the page says it belongs.

Must run before `extract`, which takes all this away.
"""

import re
from collections.abc import Iterable, Iterator, Set
from urllib.parse import unquote

from lxml import etree
from lxml.html import HtmlElement, fragments_fromstring

from docspasta_mcp.discovery.context_values import Alternate, PageContext, is_asset
from docspasta_mcp.discovery.file_lists import is_file_list, is_sorting
from docspasta_mcp.discovery.following import following_page
from docspasta_mcp.discovery.language_switch import alternates, page_language
from docspasta_mcp.discovery.link_resolver import LinkResolver
from docspasta_mcp.discovery.navigation import navigations
from docspasta_mcp.discovery.section_tabs import tabs_of
from docspasta_mcp.discovery.word_index import is_index_page
from docspasta_mcp.extract.dom import text_length
from docspasta_mcp.model.edition import MARKDOWN_SUFFIXES, MarkdownEdition, MarkdownEditionKind
from docspasta_mcp.model.frontier import LeftOut
from docspasta_mcp.model.languages import same_language
from docspasta_mcp.model.page_identity import bare_key, page_key
from docspasta_mcp.model.scope import Scope
from docspasta_mcp.model.specification import is_named_so
from docspasta_mcp.urls import origin_of

MAX_LINKS = 100_000  # kept of one page, the first ones
MAX_LEFT_OUT = 200  # noted of one page
MAX_NOTICE = 200  # characters of a page that only sends its reader on
MAX_REFRESH_S = 10  # a page that sends its reader on later is a page

_REFRESH = re.compile(r"^\s*(\d{1,9})[^;,]*[;,]\s*(?:url\s*=\s*)?['\"]?([^'\"]+)", re.IGNORECASE)
_RELOCATION = re.compile(r"\blocation(?:\.href\s*=|\.(?:replace|assign)\(|\s*=)\s*[\"'`]([^\"'`${}]+)[\"'`]")
_ROUTES = ("#/", "#!/")
_HAS_ID = etree.XPath("boolean(//@id[. = $name])")
_FRAMES = {"frame": "src", "iframe": "src", "object": "data", "embed": "src"}
_MD_SIBLING = MarkdownEdition(MarkdownEditionKind.MD_SIBLING)


def read_page_context(document: HtmlElement, url: str, scope: Scope) -> PageContext:
    """Read a parsed page's surroundings; the tree is not changed.

    Args:
        document: the page.
        url: where it was found.
        scope: links outside it are noted as left out.
    """
    resolver = LinkResolver(document, url, scope)
    language, others = page_language(document), alternates(document, resolver)
    own = [one.language for one in others if one.is_declared and page_key(one.url) == resolver.key]
    language = own[0] if len(own) == 1 else language  # templates forget the attribute rather than the list
    is_listing = is_file_list(document, url)
    links, left_out = _links(document, resolver, _translations(others, scope.language), is_listing=is_listing)
    following = following_page(document, resolver)
    if following and following not in links:
        if following in scope and page_key(following) != resolver.key:
            links[following] = None
        else:
            following = ""
    for url_ in links:
        left_out.pop(url_, None)
    trees = () if is_listing else navigations(document, resolver)  # names of files in their order tell no reading order
    for foreign in resolver.foreign:
        left_out[foreign] = LeftOut(foreign, "other_host")
    return PageContext(
        tuple(links),
        trees,
        following,
        _canonical(document, resolver),
        _meta_refresh(document, resolver),
        tuple(left_out.values()),
        is_frameset=document.find(".//frameset") is not None,
        is_listing=is_listing,
        is_index=is_index_page(document, resolver),
        has_search=_has_search(document),
        is_translation=bool(language and scope.language)
        and not same_language(language, scope.language)
        and any(same_language(one.language, scope.language) for one in others),
        language=language,
        alternates=others,
        tabs=tabs_of(resolver.shown, trees[0], origin_of(url)) if trees else (),
    )


def _translations(others: Iterable[Alternate], language: str) -> Set[str]:
    """Return the URLs that a page declares to be in another language than the manual's."""
    declared = [one for one in others if one.is_declared and language]
    own = {one.url for one in declared if same_language(one.language, language)}
    return {one.url for one in declared} - own


def _has_search(document: HtmlElement) -> bool:
    """Tell whether a page has a field to search with, or a place where a script shows what was found."""
    fields = (field.get("type", "text").lower() for field in document.iter("input"))
    return any(kind in ("text", "search") for kind in fields) or any(
        "search" in element.get("id", "").lower() for element in document.iter("div", "ul", "form", "section")
    )


def _links(
    document: HtmlElement, resolver: LinkResolver, translations: Set[str], *, is_listing: bool
) -> tuple[dict[str, None], dict[str, LeftOut]]:
    """Return the pages that a page leads to, by links and by frames, and what it leads to that is left out."""
    links: dict[str, None] = {}
    left_out: dict[str, LeftOut] = {}

    def leave_out(url: str, reason: str) -> None:
        if len(left_out) < MAX_LEFT_OUT:
            left_out[url] = LeftOut(url, reason)

    for element in _references(document):
        frame = _FRAMES.get(str(element.tag))
        is_frame = frame is not None
        href = element.get(frame, "") if frame else _href(element)
        if is_listing and is_sorting(href):
            continue
        is_route = href.startswith(_ROUTES) and not _is_place(document, href)
        if is_route and not resolver.scope.routes:
            leave_out(f"{resolver.url}{href}"[:2_000], "hash_route")
        is_place = href.startswith("#") and not (is_route and resolver.scope.routes)
        target = resolver.resolve(href) if href and not is_place else None
        if target is None or target.url in links or target.key == resolver.key:
            continue
        if _is_own_source(target.url, resolver.url):
            continue
        if target.url in translations and not target.refusal:
            leave_out(target.url, "translation")
        elif target.refusal or target.is_asset:
            is_ours = origin_of(target.url) == resolver.scope.origin and not target.is_asset
            if is_ours and not is_frame:
                leave_out(target.url, target.refusal)
            elif not target.refusal and not is_frame and is_named_so(target.url) and len(links) < MAX_LINKS:
                links[target.url] = None  # an API specification; other files are what pages show or offer
        elif "nofollow" in element.get("rel", "").lower().split():
            if "?" not in target.url:  # with a query it is what can be done with a page: edit, compare, print
                leave_out(target.url, "nofollow")
        elif len(links) < MAX_LINKS:
            links[target.url] = None
    return links, left_out


def _references(document: HtmlElement) -> Iterator[HtmlElement]:
    """Yield what may lead to other pages, and what a frameset shows where there are no frames."""
    for element in document.iter("a", "area", "select", "noframes", *_FRAMES):
        if element.tag == "iframe" and any(map(_is_navigation, (element, *element.iterancestors()))):
            continue  # a sidebar in a file of its own, as mdBook has one for readers without scripts
        if element.tag == "select":
            yield from element.iter("option") if "location" in element.get("onchange", "") else ()
        elif element.tag != "noframes":
            yield element
        elif "href" in (text := element.text or ""):  # to the parser it is text
            for fragment in fragments_fromstring(text, no_leading_text=False):
                if isinstance(fragment, HtmlElement):
                    yield from fragment.iter("a", "area")


def _is_place(document: HtmlElement, href: str) -> bool:
    """Tell whether a fragment names an element of the page, whatever it looks like: Crystal has `#/(other)-method`."""
    return any(_HAS_ID(document, name=name) for name in {href[1:], unquote(href[1:])})


def _href(element: HtmlElement) -> str:
    if element.tag == "option":
        return element.get("value", "")
    return element.get("href") or element.get("xlink:href", "")


def _is_navigation(element: HtmlElement) -> bool:
    names = f"{element.get('class', '')} {element.get('id', '')}"
    return element.tag in ("nav", "aside") or "sidebar" in names.lower()


def markdown_page_context(targets: Iterable[str], url: str, scope: Scope) -> PageContext:
    """Keep of the absolute links of a page that is Markdown those that lead to other pages of the scope."""
    links: dict[str, None] = {}
    for target in targets:
        link = scope.normal(target)
        if link in scope and page_key(link) != page_key(url) and not is_asset(link):
            links[link] = None
    return PageContext(tuple(links))


def _is_own_source(link: str, url: str) -> bool:
    """Tell whether a link leads to the Markdown of the page that it is on: the same text once more."""
    return link.endswith(MARKDOWN_SUFFIXES) and bare_key(_MD_SIBLING.page_of(link)) == bare_key(url) and link != url


def _canonical(document: HtmlElement, resolver: LinkResolver) -> str:
    for link in document.iter("link"):
        if "canonical" in link.get("rel", "").lower().split():
            return resolver.href_of(link)
    return ""


def _meta_refresh(document: HtmlElement, resolver: LinkResolver) -> str:
    """Return where a page sends its reader at once, by meta refresh, or by a script where there is next to no text."""
    for meta in document.iter("meta"):
        if meta.get("http-equiv", "").lower() == "refresh":
            match = _REFRESH.match(meta.get("content", ""))
            if match and int(match[1]) <= MAX_REFRESH_S and (target := resolver.resolve(match[2].strip())):
                return target.url
    for script in document.iter("script"):
        match = _RELOCATION.search(script.text or "")
        if match and (target := resolver.resolve(match[1])):
            return target.url if text_length(document) <= MAX_NOTICE else ""
    return ""
