"""EPUB books: their chapters in the order of the spine, as one HTML page."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false, reportUnknownLambdaType=false
# pyright: reportAttributeAccessIssue=false

import io
import posixpath
import zipfile
from collections.abc import Iterator
from html import escape
from typing import Any
from urllib.parse import unquote

from lxml import etree, html

from docspasta_mcp.errors import PageRefused
from docspasta_mcp.extract.formats.files.read import Converted
from docspasta_mcp.extract.formats.files.zipped import check_unfolding

_CONTAINER = "META-INF/container.xml"
_RIGHTS = "META-INF/rights.xml"
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, recover=True, huge_tree=False)


def convert(body: bytes, _charset: str) -> Converted:
    """Return a book as HTML.

    Raises:
        PageRefused: it is encrypted, broken, or unfolds to too much.
    """
    check_unfolding(body)
    with zipfile.ZipFile(io.BytesIO(body)) as book:
        names = set(book.namelist())
        if _RIGHTS in names:
            raise PageRefused("encrypted", "The book is locked by its seller.")
        place = next(iter(_xml(book, _CONTAINER).xpath("//*[local-name()='rootfile']/@full-path")), "")
        package = _xml(book, str(place))
        base = posixpath.dirname(str(place))
        chapters = [b"".join(_chapter(book, name)) for name in _spine(package, base) if name in names]
    title = "".join(package.xpath("//*[local-name()='title']/text()")[:1]).strip()
    if not any(chapters):
        raise PageRefused("broken_file", "The book has no chapter that can be read.")
    head = f"<h1>{escape(title)}</h1>" if title else ""
    whole = b"".join(chapters).decode("utf-8", "replace")
    return Converted(f"<!DOCTYPE html><html><body><main>{head}{whole}</main></body></html>", is_html=True, title=title)


def _spine(package: Any, base: str) -> Iterator[str]:
    """Yield the names of a book's chapters in their order."""
    items = {
        one.get("id"): (one.get("href", ""), one.get("properties") or "")
        for one in package.xpath("//*[local-name()='manifest']/*[local-name()='item']")
    }
    for one in package.xpath("//*[local-name()='spine']/*[local-name()='itemref']"):
        href, properties = items.get(one.get("idref"), ("", ""))
        if href and "nav" not in properties.split():
            yield posixpath.normpath(posixpath.join(base, unquote(href)))


def _chapter(book: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    """Yield a chapter's content, its headings one level lower: the book's title is the first."""
    parsed = html.document_fromstring(book.read(name), parser=html.HTMLParser(encoding="utf-8"))
    body = parsed.find("body")
    if body is None:
        return
    for heading in list(body.iter("h1", "h2", "h3", "h4", "h5")):
        heading.tag = f"h{int(str(heading.tag)[1]) + 1}"
    for link in body.iter("a"):
        if "://" not in link.get("href", "") and not link.get("href", "").startswith("mailto:"):
            link.attrib.pop("href", None)  # it leads to a part of the book, which has no address
    body.tag = "section"
    yield etree.tostring(body, method="html", encoding="utf-8")


def _xml(book: zipfile.ZipFile, name: str) -> Any:
    return etree.fromstring(book.read(name), parser=_PARSER)
