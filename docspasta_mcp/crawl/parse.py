"""A decoded page to an HTML tree, by one lxml parse."""

from lxml import html
from lxml.etree import ParserError
from lxml.html import HtmlElement

from docspasta_mcp.errors import PageRefused

MAX_ELEMENTS = 500_000  # ten times what the longest single-page manuals have; more is built to exhaust a reader


def parse_html(text: str) -> HtmlElement:
    """Parse a decoded page.

    Raises:
        PageRefused: there is no element in it, or far too many, or too deep ones.
    """
    parser = html.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        document = html.document_fromstring(text.encode(), parser=parser)
    except (ParserError, AssertionError) as error:
        raise PageRefused("empty", "The page holds no HTML.") from error
    if any("depth" in entry.message for entry in parser.error_log.filter_from_errors()):
        raise PageRefused("too_deep", "Its elements are nested deeper than any parser follows.")
    if text.count("<") > MAX_ELEMENTS and sum(1 for _ in document.iter()) > MAX_ELEMENTS:
        raise PageRefused("too_complex", f"The page has more than {MAX_ELEMENTS:,} elements.")
    return document
