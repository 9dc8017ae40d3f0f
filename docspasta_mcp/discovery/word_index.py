"""Tell an index of words from a list of contents: both are lists of links, and only one has the pages' order."""

from itertools import pairwise

from lxml.html import HtmlElement

from docspasta_mcp.discovery.link_resolver import LinkResolver

MIN_TURNS = 1.5  # from page to page in an index, for each page that it names


def is_word_index(element: HtmlElement, resolver: LinkResolver) -> bool:
    """Tell whether a list comes back to pages again and again, where contents name each once."""
    keys = [target.key for anchor in element.iter("a") if (target := resolver.resolve(anchor.get("href", "") or "#"))]
    turns = sum(one != before for before, one in pairwise(keys))
    return turns > MIN_TURNS * len(set(keys))
