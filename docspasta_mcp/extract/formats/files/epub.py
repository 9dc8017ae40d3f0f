"""EPUB books: as one page, and by their chapters, each a page of its own.

A book that a crawl starts from has a page for each chapter; one that a page links to is one page.
"""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false, reportUnknownLambdaType=false
# pyright: reportAttributeAccessIssue=false

import hashlib
import posixpath
from collections.abc import Callable
from dataclasses import replace
from html import escape
from urllib.parse import unquote

from lxml import etree, html

from docspasta_mcp.errors import PageRefused
from docspasta_mcp.extract.formats.files.epub_book import Book, Chapter, open_book
from docspasta_mcp.extract.formats.files.read import Converted
from docspasta_mcp.extract.page import read_html
from docspasta_mcp.extract.reading import Reading
from docspasta_mcp.model.frontier import NavEntry
from docspasta_mcp.model.page_identity import page_key
from docspasta_mcp.model.scope import Scope
from docspasta_mcp.model.specification import BOOK, name_of, page_of

_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_kept: dict[str, Book] = {}  # the last one: its chapters are asked for one after the other

Address = Callable[[str], str]
"""Returns the address of a chapter's file, or an empty string if it has none."""


def convert(body: bytes, _charset: str) -> Converted:
    """Return a book as one page of HTML.

    Raises:
        PageRefused: it is encrypted, broken, or unfolds to too much.
    """
    book = open_book(body)
    head = f"<h1>{escape(book.title)}</h1>" if book.title else ""
    whole = "".join(_content(book, name, lambda _: "", 1) for name in book.bodies)
    return Converted(_page(head + whole), is_html=True, title=book.title)


def read_chapter(body: bytes, *, url: str, file: str, scope: Scope) -> Reading:
    """Read the page of a book that a URL names: a chapter, or the book's own with its contents.

    Args:
        body: of the book.
        url: of the page.
        file: URL of the book.
        scope: of the job; the book's own pages belong to it in any case.

    Raises:
        PageRefused: the book has no such chapter (any more), or cannot be read.
    """
    book = _book(body)
    name = name_of(url)
    if len(book.chapters) < 2 and not name:
        return read_html(convert(body, "").text.encode(), "utf-8", url, scope)
    urls = {chapter.name: page_of(file, chapter.name, BOOK) for chapter in book.chapters}
    owners = {one: chapter.name for chapter in book.chapters for one in chapter.files}
    order = ["", *urls]
    if name not in order:
        raise PageRefused("http_404", "The book has no such chapter.")
    shown = _chapter(book, name, lambda one: urls[owners[one]] if one in owners else "") if name else _cover(book, urls)
    reading = read_html(_page(shown).encode(), "utf-8", url, scope)
    own = [one for one in urls.values() if page_key(one) != page_key(url) and scope.refusal(one) != "excluded"]
    links = tuple(dict.fromkeys([*(own if not name else ()), *reading.context.links]))
    following = next((urls[one] for one in order[order.index(name) + 1 :][:1]), "")
    context = replace(
        reading.context,
        links=links,
        navigation=(_tree(book, urls, file),) if not name else (),
        following=following if following in own else "",
    )
    return replace(reading, context=context)


def _book(body: bytes) -> Book:
    key = hashlib.sha256(body).hexdigest()
    if key not in _kept:
        _kept.clear()
        _kept[key] = open_book(body)
    return _kept[key]


def _tree(book: Book, urls: dict[str, str], file: str) -> tuple[NavEntry, ...]:
    """Return the table of contents, as far as it names chapters; the chapters, where it names none."""
    shown: set[str] = set()
    entries = [NavEntry(1, file, book.title)]
    for entry in book.contents:
        if entry.file in urls and entry.file not in shown:
            shown.add(entry.file)
            entries.append(NavEntry(entry.level, urls[entry.file], entry.title))
        elif not entry.file:
            entries.append(NavEntry(entry.level, "", entry.title))
    if not shown:
        entries += [NavEntry(1, url, "") for url in urls.values()]
    return tuple(entries)


def _cover(book: Book, urls: dict[str, str]) -> str:
    """Return the book's own page: what it is, and its contents."""
    by = f"<p>{escape(', '.join(book.authors))}</p>" if book.authors else ""
    about = f"<p>{escape(book.about)}</p>" if book.about else ""
    lines = [
        f'<li><a href="{escape(urls[one.name])}">{escape(one.title or _first_heading(book, one) or one.name)}</a></li>'
        for one in book.chapters
    ]
    return f"<h1>{escape(book.title or 'Untitled')}</h1>{by}{about}<h2>Contents</h2><ul>{''.join(lines)}</ul>"


def _first_heading(book: Book, chapter: Chapter) -> str:
    body = _parsed(book.bodies[chapter.name])
    return next((" ".join(one.text_content().split()) for one in body.iter(*_HEADINGS)), "") if body is not None else ""


def _chapter(book: Book, name: str, address: Address) -> str:
    """Return a chapter with one title: its own, else that of the table of contents."""
    chapter = next(one for one in book.chapters if one.name == name)
    whole = html.fragment_fromstring("".join(_content(book, one, address, 0) for one in chapter.files), "div")
    headings = list(whole.iter(*_HEADINGS))
    if headings and headings[0].tag != "h1":
        up = int(str(headings[0].tag)[1]) - 1
        for heading in headings:
            heading.tag = f"h{max(1 if heading is headings[0] else 2, int(str(heading.tag)[1]) - up)}"
    if not headings:
        title = html.fragment_fromstring(f"<h1>{escape(chapter.title or posixpath.basename(name))}</h1>")
        whole.insert(0, title)
    return etree.tostring(whole, method="html", encoding="unicode")


def _content(book: Book, name: str, address: Address, lower: int) -> str:
    """Return a file's content, its headings so many levels lower, and its links as they lead from outside the book."""
    body = _parsed(book.bodies[name])
    if body is None:
        return ""
    for heading in list(body.iter(*_HEADINGS)):
        heading.tag = f"h{min(6, int(str(heading.tag)[1]) + lower)}"
    for link in list(body.iter("a")):
        href = link.get("href", "")
        if not href or ":" in href.partition("/")[0]:
            continue
        place, _, anchor = href.partition("#")
        file = posixpath.normpath(posixpath.join(posixpath.dirname(name), unquote(place))) if place else name
        if found := address(file):
            link.set("href", f"{found}#{anchor}" if anchor else found)
        else:
            link.attrib.pop("href")  # it leads to a part of the book that has no address
    for spelled in list(body.iter("span")):  # Sphinx prints the address of a link behind it
        if "link-target" in spelled.get("class", "").split():
            spelled.drop_tree()
    for picture in list(body.iter("img")):
        picture.attrib.pop("src", None)  # it lies in the book
    body.tag = "section"
    return etree.tostring(body, method="html", encoding="unicode")


def _parsed(body: bytes) -> html.HtmlElement | None:
    return html.document_fromstring(body, parser=html.HTMLParser(encoding="utf-8")).find("body")


def _page(content: str) -> str:
    return f"<!DOCTYPE html><html><body><main>{content}</main></body></html>"
