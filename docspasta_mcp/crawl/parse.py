"""Bytes to an HTML tree: encoding found as browsers do, then one lxml parse.

Order of evidence (WHATWG HTML §13.2.3.2): byte order mark, HTTP header, meta element in the first 1,024 bytes; then
UTF-8 if the bytes are valid UTF-8, else windows-1252.
"""

import codecs
import re

from lxml import html
from lxml.etree import ParserError
from lxml.html import HtmlElement

from docspasta_mcp.errors import PageRefused

_META = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?\s*([\w:-]+)", re.IGNORECASE)
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_AS_BROWSERS = {
    **dict.fromkeys(("iso-8859-1", "latin-1", "latin1", "us-ascii", "ascii"), "windows-1252"),
    **{"gb2312": "gb18030", "gbk": "gb18030", "shift_jis": "cp932", "euc-kr": "cp949"},
}
_ILLEGAL = dict.fromkeys((*range(9), 11, 12, *range(14, 32), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF))


def decode(body: bytes, charset: str = "") -> str:
    """Decode a body; what its encoding cannot say becomes U+FFFD, control characters are dropped.

    Args:
        body: raw bytes.
        charset: of the Content-Type header, or empty.
    """
    for bom, encoding in _BOMS:
        if body.startswith(bom):
            return body[len(bom) :].decode(encoding, "replace").translate(_ILLEGAL)
    meta = _META.search(body[:1024])
    for name in (charset, meta[1].decode() if meta else ""):
        encoding = _codec(name)
        if encoding:
            return body.decode(encoding, "replace").translate(_ILLEGAL)
    try:
        return body.decode().translate(_ILLEGAL)
    except UnicodeDecodeError:
        return body.decode("windows-1252", "replace").translate(_ILLEGAL)


def parse_html(text: str) -> HtmlElement:
    """Parse a decoded page.

    Raises:
        PageRefused: there is no element in it.
    """
    parser = html.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        return html.document_fromstring(text.encode(), parser=parser)
    except (ParserError, AssertionError) as error:
        raise PageRefused("empty", "The page holds no HTML.") from error


def _codec(name: str) -> str:
    name = _AS_BROWSERS.get(name.strip().lower(), name.strip())
    try:
        return codecs.lookup(name).name if name else ""
    except LookupError:
        return ""
