"""A page in UTF-8 to an HTML tree, by one lxml parse."""

import re
from collections import Counter
from functools import lru_cache

from lxml import etree, html
from lxml.etree import ParserError
from lxml.html import HtmlElement

from docspasta_mcp.errors import PageRefused
from docspasta_mcp.extract import control_references
from docspasta_mcp.extract.dom import unwrap_all, xpath

MAX_NAMES = 1_000  # characters of a class or id; utility classes of real pages have 300
MAX_ATTRIBUTES = 10_000  # of one tag; the parser compares each with all before it
_HEAD_TAGS = frozenset(("title", "meta", "link", "base", "script", "style", "noscript", "template"))
MAX_ELEMENTS = 500_000  # ten times what the longest single-page manuals have; more is built to exhaust a reader
_CLASSES = etree.ElementDefaultClassLookup(element=HtmlElement)  # lxml.html's own asks Python for every element

_WORD_CLASS = "pre|(?!ln)[a-z]{1,2}\\d?|hljs-(?!ln)[\\w -]+"  # as Docutils, Pygments, highlight.js
_IS_TOKEN = re.compile(_WORD_CLASS)
_TOKEN_SPAN = re.compile(rf'<span class="(?:{_WORD_CLASS})">([^<]*)</span>'.encode())
_HEADING_START = re.compile(rb"</?h[1-6]")
_HEADING_TAG = re.compile(
    rb"<!--.*?-->|<(?P<raw>script|style|textarea|xmp|title|noscript)\b.*?</(?P=raw)|"
    rb"<(?P<close>/?)h(?P<level>[1-6])(?=[\s>/])",
    re.IGNORECASE | re.DOTALL,
)
_PANEL = re.compile(rb"<!--Navigation Panel-->.*?<!--End of Navigation Panel-->", re.DOTALL)
_HEADING_OPEN = re.compile(rb"<h[1-6][\s>]")
_PARAGRAPH_TAG = re.compile(rb"</?p(?:\s[^<>]*)?>", re.IGNORECASE)
_LONG_HEADING = 2_000  # bytes
_HAVE_LISTED_LINES = tuple(  # in letters of one case: without a known beginning a search takes ten times as long
    re.compile(rb"<%s\b[^<>]{0,1000}>\s{0,100}<(?:%s|%s)\b" % names)
    for names in ((b"pre", b"ul", b"li"), (b"PRE", b"UL", b"LI"))
)
_LISTED_LINES = re.compile(
    rb"(?P<pre><pre\b[^<>]{0,1000}>)(?=\s{0,100}<(?:ul|li)\b)|<(?P<close>/?)(?P<raw>script|style|textarea|xmp)\b",
    re.IGNORECASE,
)
_VOIDS = ("source", "track", "embed", "image", "keygen", "bgsound", "command")  # that the parser takes for open ones
_TABLE_PARTS = frozenset(("table", "thead", "tbody", "tfoot"))
_LONG_VALUE = re.compile(  # of an attribute; one with `=` in it may be longer than it seems
    rb"=(?:\s{0,100}(?:\"[^\"]{%d}|'[^']{%d}|[^\s\"'>=]{%d})|[^\s\"'>=]{1,%d}=[^\s\"'>])" % ((MAX_NAMES,) * 4)
)
_LONG_TAG = re.compile(rb"<[A-Za-z][^<>]{50000,}")


def parse_html(source: bytes) -> HtmlElement:
    """Parse a page in UTF-8.

    Raises:
        PageRefused: there is no element in it, or far too many, or too deep ones.
    """
    if b"&#" in source:
        source = control_references.IN_HTML.sub(b"", source)
    if _has_more(source, b"=", MAX_ATTRIBUTES) and any(
        tag[0].count(b"=") > MAX_ATTRIBUTES for tag in _LONG_TAG.finditer(source)
    ):
        raise PageRefused("too_complex", f"A tag of the page has more than {MAX_ATTRIBUTES:,} attributes.")
    source = b"".join(_TOKEN_SPAN.split(_close_headings(_without_panels(source))))
    source = _keep_listed_lines(source)
    parser = html.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    parser.set_element_class_lookup(_CLASSES)
    try:
        document = html.document_fromstring(source, parser=parser)
    except (ParserError, AssertionError) as error:
        raise PageRefused("empty", "The page holds no HTML.") from error
    if any("Excessive depth" in entry.message for entry in parser.error_log.filter_from_errors()):
        raise PageRefused("too_deep", "Its elements are nested deeper than any parser follows.")
    if _has_more(source, b"<", MAX_ELEMENTS) and sum(1 for _ in document.iter()) > MAX_ELEMENTS:
        raise PageRefused("too_complex", f"The page has more than {MAX_ELEMENTS:,} elements.")
    _fill_body(document)
    _empty_voids(document)
    _part_terms(document)
    _row_cells(document)
    is_long = _LONG_VALUE.search(source) is not None
    for element in xpath(document, f"//@*[string-length() > {MAX_NAMES}]/..") if is_long else ():
        for name in ("class", "id"):
            if len(names := element.get(name, "")) > MAX_NAMES:
                element.set(name, names[:MAX_NAMES])
    _unwrap_tokens(document)
    return document


def _has_more(source: bytes, sign: bytes, most: int) -> bool:
    return len(source) > most and source.count(sign) > most


def _without_panels(source: bytes) -> bytes:
    """Take out the menus that LaTeX2HTML marks by comments, unless it names an element of them as well."""
    if b"<!--Navigation Panel-->" not in source or b'class="navigation"' in source.lower():
        return source
    return _PANEL.sub(b"", source)


def _keep_listed_lines(source: bytes) -> bytes:
    """Put a span between a `pre` and a list right in it, at which the parser would end it; not in scripts."""
    if not any(pattern.search(source) for pattern in _HAVE_LISTED_LINES):
        return source
    pieces: list[bytes] = []
    done, raw = 0, b""
    for match in _LISTED_LINES.finditer(source):
        if match["pre"]:
            if not raw:
                pieces += (source[done : match.end()], b"<span>")
                done = match.end()
        elif not match["close"]:
            raw = raw or match["raw"].lower()
        elif match["raw"].lower() == raw:
            raw = b""
    return b"".join([*pieces, source[done:]]) if pieces else source


def _unwrap_tokens(document: HtmlElement) -> None:
    """Unwrap the words of code, which highlighters set in a span each: in some manuals half of all elements.

    Most never come into the tree, see `_TOKEN_SPAN`; these are those with others in them, or written another way.
    """
    spans = [span for span in document.iter("span") if _is_token(span.get("class", "")) and len(span.attrib) == 1]
    unwrap_all(document, spans)


@lru_cache(maxsize=4096)
def _is_token(names: str) -> bool:
    return bool(_IS_TOKEN.fullmatch(names))


def _open_paragraphs(source: bytes, lower: bytes) -> bytes:
    """Drop the tags of paragraphs within headings, which the parser takes for the heading's end."""
    pieces: list[bytes] = []
    done = 0
    for match in _HEADING_OPEN.finditer(lower):
        start = match.end()
        end = lower.find(b"</h", start, start + _LONG_HEADING)
        if start < done or end < 0 or lower.find(b"<p", start, end) < 0:
            continue
        pieces += (source[done:start], _PARAGRAPH_TAG.sub(b" ", source[start:end]))
        done = end
    return b"".join([*pieces, source[done:]]) if pieces else source


def _close_headings(source: bytes) -> bytes:
    """Close a heading with the tag of another level, as browsers do (HTML §13.2.6.4.7); the parser goes on."""
    lower = source.lower()
    source = _open_paragraphs(source, lower)
    tags = Counter(_HEADING_START.findall(lower))
    if all(tags[b"<h%d" % level] == tags[b"</h%d" % level] for level in range(1, 7)):
        return source
    pieces: list[bytes] = []
    end, level = 0, b""
    for match in _HEADING_TAG.finditer(source):
        if not match["level"]:
            continue
        if not match["close"]:
            if level:
                pieces += (source[end : match.start()], b"</h" + level + b">")
                end = match.start()
            level = match["level"]
        elif level and match["level"] != level:
            pieces += (source[end : match.start()], b"</h" + level)
            end, level = match.end(), b""
        else:
            level = b""
    return b"".join([*pieces, source[end:]])


def _empty_voids(document: HtmlElement) -> None:
    """Put what the parser takes for the content of an element that has none behind it."""
    for element in list(document.iter(*_VOIDS)):  # the outer first: each is moved once
        if element.tag == "image" and next(element.iterancestors("svg"), None) is None:
            element.tag = "img"  # HTML §13.2.6.4.7
        children, text, tail = list(element), element.text or "", element.tail or ""
        if not children:
            element.text, element.tail = None, (text + tail) or None
            continue
        children[-1].tail = (children[-1].tail or "") + tail
        element.text = element.tail = None
        for child in reversed(children):
            element.addnext(child)
        element.tail = text or None


def _part_terms(document: HtmlElement) -> None:
    """Put a term or description that the parser left inside of the one before it, unclosed, behind that."""
    for element in reversed(list(document.iter("dt", "dd"))):
        parent = element.getparent()
        if parent is not None and parent.tag in ("dt", "dd"):
            rest = [element, *element.itersiblings()]
            rest[-1].tail, parent.tail = (rest[-1].tail or "") + (parent.tail or ""), None
            for part in reversed(rest):
                parent.addnext(part)


def _row_cells(document: HtmlElement) -> None:
    """Put cells that stand in no row into one, and leave the text of those in no table (HTML §13.2.6.4.13)."""
    rows: set[HtmlElement] = set()
    strays: list[HtmlElement] = []
    for cell in list(document.iter("td", "th")):
        parent = cell.getparent()
        if parent is not None and parent.tag == "tr":
            continue
        row = cell.getprevious()
        if parent is None or parent.tag not in _TABLE_PARTS:
            if next(cell.iterancestors("table"), None) is None:
                strays.append(cell)
            continue
        if row is None or row not in rows:
            row = html.Element("tr")
            cell.addprevious(row)
            rows.add(row)
        row.append(cell)
    unwrap_all(document, strays)


def _fill_body(document: HtmlElement) -> None:
    """Move what a page shows out of its head: the parser leaves elements that are newer than itself there."""
    head = document.find("head")
    strays = [] if head is None else [child for child in head if child.tag not in _HEAD_TAGS]
    if strays:
        body = document.find("body")
        if body is None:
            body = etree.SubElement(document, "body")
        body[:0] = strays
