"""Tell lists of links apart: an index of words from contents, which have the pages' order, and both from a text."""

from collections.abc import Iterable, Sequence
from itertools import islice, pairwise
from typing import cast

from lxml import etree
from lxml.html import HtmlElement

from docspasta_mcp.discovery.link_resolver import LinkResolver
from docspasta_mcp.extract.dom import text_of
from docspasta_mcp.extract.glances import has_more, has_text

MIN_WORDS = 200  # of an index that is a page; shorter ones may belong to a chapter
MIN_PAGES = 5  # that it leads into
MIN_WORDS_LINKED = 0.5  # of its text: what stands beside links are the terms and numbers
MIN_LINKED = 0.8  # of the text of a page that is nothing but links
MIN_TURNS = 1.5  # from page to page in an index, for each page that it names

_PLACES = etree.XPath("//a/@href[contains(substring(., 2), '#')]", smart_strings=False)


def is_word_index(element: HtmlElement, resolver: LinkResolver) -> bool:
    """Tell whether a list comes back to pages again and again, where contents name each once."""
    return _comes_back([anchor.get("href", "") for anchor in element.iter("a")], resolver)


def are_word_index(lists: Sequence[HtmlElement], resolver: LinkResolver) -> bool:
    """Tell whether lists are the letters of one index of words: together they come back to places on pages.

    Each may be too short to tell. Lists of pages by subject and by name come back to pages, and are contents.
    """
    hrefs = [anchor.get("href", "") for element in lists for anchor in element.iter("a")]
    return 2 * sum("#" in href[1:] for href in hrefs) > len(hrefs) and _comes_back(hrefs, resolver)


def _comes_back(hrefs: Iterable[str], resolver: LinkResolver) -> bool:
    keys = [target.key for href in hrefs if (target := resolver.resolve(href or "#"))]
    turns = sum(one != before for before, one in pairwise(keys))
    return turns > MIN_TURNS * len(set(keys))


def is_mostly_links(element: HtmlElement, least: float) -> bool:
    """Tell whether at least this share of an element's text is in links."""
    linked = _linked(element)
    return not has_more(element, int(linked / least) + 1) and linked >= least * len(text_of(element))


def _linked(element: HtmlElement) -> int:
    return sum(len(text_of(anchor)) for anchor in element.iter("a"))


def is_link_list(body: HtmlElement, resolver: LinkResolver) -> bool:
    """Tell whether a page is nothing but links, and no index of words."""
    return is_mostly_links(body, MIN_LINKED) and has_text(body) and not is_word_index(body, resolver)


def is_index_page(document: HtmlElement, resolver: LinkResolver) -> bool:
    """Tell whether a page is an index: next to nothing but links to places on other pages, hundreds of them."""
    if sum(1 for _ in islice(document.iter("a"), MIN_WORDS)) < MIN_WORDS:  # most pages
        return False
    places = cast("list[str]", _PLACES(document))
    if len(places) < MIN_WORDS or (body := document.find(".//body")) is None:
        return False
    leading = [target for place in places if (target := resolver.resolve(place)) and target.key != resolver.key]
    if len(leading) < MIN_WORDS or len({target.key for target in leading}) < MIN_PAGES:
        return False
    return 2 * len(leading) > sum(1 for _ in body.iter("a")) and is_mostly_links(body, MIN_WORDS_LINKED)
