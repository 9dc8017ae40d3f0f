"""A manual as an EPUB 3 book: a chapter a page, a table of contents, links between the chapters.

Nothing in it has a time, so that the same crawl gives the same bytes.
"""

import re
from collections.abc import Iterator, Mapping
from html import escape

from markdown_it import MarkdownIt

from docspasta_mcp.document.export.files import Chunk
from docspasta_mcp.document.export.links import linked
from docspasta_mcp.model.page import Page
from docspasta_mcp.model.page_identity import page_key

MIMETYPE = Chunk("mimetype", "application/epub+zip")  # the first file of the archive (EPUB OCF 3.3 §4.2.2)
_CONTAINER = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="book/package.opf" media-type="application/oebps-package+xml"/></rootfiles></container>\n'
)
_NO_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_PICTURE = re.compile(r'<img src="[^"]*" alt="([^"]*)"[^>]*/>')
_LONG_AGO = "2000-01-01T00:00:00Z"  # a book has to say when it was changed


class EpubWriter:
    """Writes a book page by page; `close` writes what names them all."""

    def __init__(self, title: str, source: str, names: Mapping[str, str]) -> None:
        """Begin a book.

        Args:
            title: of the manual.
            source: its address, which identifies the book.
            names: paths of the pages' Markdown files, by the keys of the pages.
        """
        self._title = title
        self._source = source
        self._names = {key: f"{name.removesuffix('.md')}.xhtml" for key, name in names.items()}
        self._markdown = MarkdownIt("commonmark", {"html": False, "xhtmlOut": True}).enable("table")
        self._chapters: list[tuple[str, str]] = []
        self._language = ""

    def add(self, page: Page) -> Iterator[Chunk]:
        """Yield a page as a chapter, before the first what a book begins with."""
        if not self._chapters:
            yield MIMETYPE
            yield Chunk("META-INF/container.xml", _CONTAINER)
        path = self._names[page_key(page.record.url)]
        self._chapters.append((path, page.record.title))
        self._language = self._language or page.record.language
        body = self._markdown.render(linked(page.markdown, path, self._names))
        body = _PICTURE.sub(r"<em>\1</em>", body)  # a book may hold no picture that lies elsewhere
        source = escape(page.record.url)
        body += f'<p><small>Source: <a href="{source}">{source}</a></small></p>\n'
        yield Chunk(f"book/{path}", _page(page.record.title, body, self._language))

    def close(self) -> Iterator[Chunk]:
        """Yield the table of contents and the package that names all chapters."""
        lines = "".join(
            f'<li><a href="{escape(path)}">{escape(title or path)}</a></li>\n' for path, title in self._chapters
        )
        contents = f'<nav epub:type="toc"><h1>Contents</h1><ol>\n{lines}</ol></nav>\n'
        yield Chunk("book/contents-of-the-book.xhtml", _page("Contents", contents, self._language))
        items = "".join(
            f'<item id="c{number}" href="{escape(path)}" media-type="application/xhtml+xml"/>\n'
            for number, (path, _) in enumerate(self._chapters, start=1)
        )
        spine = "".join(f'<itemref idref="c{number}"/>\n' for number in range(1, len(self._chapters) + 1))
        yield Chunk(
            "book/package.opf",
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            '<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id">\n'
            '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">\n'
            f'<dc:identifier id="id">{escape(_clean(self._source))}</dc:identifier>\n'
            f"<dc:title>{escape(_clean(self._title))}</dc:title>\n"
            f"<dc:language>{escape(self._language or 'en')}</dc:language>\n"
            f'<meta property="dcterms:modified">{_LONG_AGO}</meta>\n</metadata>\n<manifest>\n'
            '<item id="contents" href="contents-of-the-book.xhtml" media-type="application/xhtml+xml" '
            f'properties="nav"/>\n{items}</manifest>\n<spine>\n{spine}</spine>\n</package>\n',
        )


def _page(title: str, body: str, language: str) -> str:
    tongue = escape(language or "en")
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE html>\n'
        f'<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" lang="{tongue}" '
        f'xml:lang="{tongue}">\n<head><title>{escape(_clean(title)) or "Untitled"}</title></head>\n'
        f"<body>\n{_clean(body)}</body>\n</html>\n"
    )


def _clean(text: str) -> str:
    """Return text without the characters that XML cannot hold."""
    return _NO_XML.sub("", text)
