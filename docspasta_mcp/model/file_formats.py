"""Formats of files that are pages beside HTML and Markdown, by content type and ending, and what reads each."""

from enum import StrEnum
from functools import cache
from importlib.util import find_spec

from docspasta_mcp.model.page_files import ending_of
from docspasta_mcp.urls import path_of

EXTRA = "docspasta-mcp[files]"


class FileFormat(StrEnum):
    """The formats, by the usual ending of a file's name."""

    PDF = "pdf"
    WORD = "docx"
    SLIDES = "pptx"
    EPUB = "epub"
    NOTEBOOK = "ipynb"
    RST = "rst"
    ASCIIDOC = "adoc"

    @property
    def in_words(self) -> str:
        """What people call it."""
        return _TITLES[self]

    @property
    def is_there(self) -> bool:
        """Whether the library that reads it is installed."""
        return _is_installed(_LIBRARIES[self]) if self in _LIBRARIES else True

    @property
    def is_source(self) -> bool:
        """Whether it is text that people write documentation in, and no file to download."""
        return self in (FileFormat.RST, FileFormat.ASCIIDOC, FileFormat.NOTEBOOK)


class FilesMode(StrEnum):
    """Which files are read: those that pages link too, only one that a crawl starts from, or none."""

    LINKED = "linked"
    SEED = "seed"
    NEVER = "never"


_TITLES = {
    FileFormat.PDF: "a PDF", FileFormat.WORD: "a Word document", FileFormat.SLIDES: "a PowerPoint presentation",
    FileFormat.EPUB: "an EPUB book", FileFormat.NOTEBOOK: "a Jupyter notebook",
    FileFormat.RST: "reStructuredText", FileFormat.ASCIIDOC: "AsciiDoc",
}  # fmt: skip
_LIBRARIES = {FileFormat.PDF: "pypdfium2", FileFormat.WORD: "mammoth", FileFormat.SLIDES: "pptx"}
_TYPES = {
    "application/pdf": FileFormat.PDF,
    "application/x-pdf": FileFormat.PDF,
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": FileFormat.WORD,
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": FileFormat.SLIDES,
    "application/epub+zip": FileFormat.EPUB,
    "application/x-ipynb+json": FileFormat.NOTEBOOK,
    "text/x-rst": FileFormat.RST,
    "text/prs.fallenstein.rst": FileFormat.RST,
    "text/asciidoc": FileFormat.ASCIIDOC,
    "text/x-asciidoc": FileFormat.ASCIIDOC,
}
_ENDINGS = {
    **{f".{one.value}": one for one in FileFormat},
    ".asciidoc": FileFormat.ASCIIDOC,
    ".asc": FileFormat.ASCIIDOC,
}
_VAGUE = frozenset(
    ("", "application/octet-stream", "binary/octet-stream", "application/zip", "application/x-zip-compressed",
     "application/json", "text/plain", "application/download", "application/force-download")
)  # fmt: skip


def format_of(url: str, content_type: str) -> FileFormat | None:
    """Return the format of a file by its content type, or where that says nothing, by its name; None for a page."""
    return _TYPES.get(content_type) or (format_named(url) if content_type in _VAGUE else None)


def format_named(url: str) -> FileFormat | None:
    """Return the format that the name of a parsed URL's file tells."""
    return _ENDINGS.get(ending_of(path_of(url).rpartition("/")[2]))


def file_refusal(url: str, mode: FilesMode) -> str:
    """Return the reason code why a file that a URL names is not read; empty for pages and for files that are."""
    named = format_named(url)
    if named is None or named.is_source:
        return ""
    if mode is not FilesMode.LINKED:
        return "file"
    return "" if named.is_there else "missing_extra"


@cache
def _is_installed(library: str) -> bool:
    return find_spec(library) is not None
