"""Read a file of any format as a page, in a worker: turn it into HTML or Markdown, and that as a page is turned.

Each library is loaded by the reader of its own format, and only when a file of it comes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from docspasta_mcp.discovery.page_context import markdown_page_context
from docspasta_mcp.errors import PageRefused
from docspasta_mcp.extract.markdown_pages import read_plain
from docspasta_mcp.extract.page import read_html, reading_of
from docspasta_mcp.extract.reading import Reading
from docspasta_mcp.model.file_formats import EXTRA, FileFormat
from docspasta_mcp.model.scope import Scope

_MODULES = {
    FileFormat.PDF: "pdf",
    FileFormat.WORD: "word",
    FileFormat.SLIDES: "slides",
    FileFormat.EPUB: "epub",
    FileFormat.NOTEBOOK: "notebook",
    FileFormat.RST: "rst",
    FileFormat.ASCIIDOC: "asciidoc",
}


@dataclass(frozen=True, slots=True)
class Converted:
    """What a file says: a whole HTML page, or Markdown."""

    text: str
    is_html: bool = False
    title: str = ""


def read_file(body: bytes, *, url: str, file_format: FileFormat, charset: str, scope: Scope) -> Reading:
    """Read a file.

    Args:
        body: raw bytes.
        url: where it was found.
        file_format: of the file.
        charset: of its Content-Type, or empty.
        scope: links outside it are dropped.

    Raises:
        PageRefused: it cannot be read; its `reason` says why.
    """
    if not file_format.is_there:
        raise PageRefused("missing_extra", f"It is {file_format.in_words}, which {EXTRA} reads.")
    module = import_module(f"docspasta_mcp.extract.formats.files.{_MODULES[file_format]}")
    convert: Callable[[bytes, str], Converted] = module.convert
    try:
        found = convert(body, charset)
    except (PageRefused, MemoryError):
        raise
    except Exception as error:
        text = f"It is sent as {file_format.in_words}, and cannot be read as one: it is broken, or of another kind."
        raise PageRefused("broken_file", text) from error
    if found.is_html:
        return read_html(found.text.encode(), "utf-8", url, scope)
    text = f"# {found.title}\n\n{found.text}" if found.title and not found.text.startswith("# ") else found.text
    plain = read_plain(text, url, is_markdown=True)
    return reading_of(
        plain.title, plain.markdown, url=url, context=markdown_page_context(plain.links, url, scope), language=""
    )
