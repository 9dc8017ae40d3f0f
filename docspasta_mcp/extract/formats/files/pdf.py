"""PDF, by PDFium: headings by the outline and by size, code by its font, ruled tables, a mark for each page.

What stands at the top or bottom of most pages is dropped. `pdf_lines` reads the pages, this writes them.
"""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false, reportUnknownLambdaType=false
# pyright: reportAttributeAccessIssue=false

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

import pypdfium2 as pdfium

from docspasta_mcp.errors import PageRefused
from docspasta_mcp.extract.formats.files.pdf_headings import BULLET, SIGN, Headings, folded, outline_of
from docspasta_mcp.extract.formats.files.pdf_lines import Line, Sheet, sheet_of
from docspasta_mcp.extract.formats.files.read import Converted
from docspasta_mcp.model.markdown_blocks import fenced

MAX_SHEETS = 5_000  # pages of a PDF
_EDGE = 0.09  # of a page's height, above and below, where headers and footers stand
_REPEATED = 0.4  # of the pages that show the same line there
_NUMBER = re.compile(r"\d+|\b[ivxlc]+\b", re.IGNORECASE)
_PAGE_NUMBER = re.compile(r"(?:[^\w#]|#|\b(?:page|p|of|seite|von|sur)\b)+", re.IGNORECASE)  # its numbers are "#"
_LEADER = re.compile(r"(?<!\.)(?<!\.\s)(?:\.\s?){5,}\s*\w{1,6}$")  # a line of a printed table of contents
_ENDS = re.compile(r"[.:!?]$")
_SPECIAL = re.compile(r"([\\`*_\[\]<>#|])")


def convert(body: bytes, _charset: str) -> Converted:
    """Return a PDF as Markdown.

    Raises:
        PageRefused: it is encrypted, scanned, broken, or has too many pages.
    """
    try:
        document = pdfium.PdfDocument(body)
    except pdfium.PdfiumError as error:
        if "password" in str(error).lower() or "security" in str(error).lower():
            raise PageRefused("encrypted", "The PDF asks for a password.") from error
        raise PageRefused("broken_file", "The file is broken, or not a PDF.") from error
    try:
        count = len(document)
        if count > MAX_SHEETS:
            raise PageRefused("too_large", f"The PDF has {count:,} pages; {MAX_SHEETS:,} are read at most.")
        sheets = [sheet_of(document, number) for number in range(count)]
        outline = outline_of(document)
        title = str(document.get_metadata_dict().get("Title") or "").strip()
    finally:
        document.close()
    letters = sum(len(line.text) for sheet in sheets for line in sheet.lines)
    if letters < 5 * max(1, count):
        if any(sheet.has_pictures for sheet in sheets):
            raise PageRefused("scanned", "The PDF holds pictures of pages and no text.")
        raise PageRefused("broken_file", "The PDF has no text.")
    return Converted("\n\n".join(_MarkdownWriter(Headings(sheets, outline), title).blocks()) + "\n")


class _MarkdownWriter:
    """Writes the lines of all pages as Markdown."""

    def __init__(self, headings: Headings, title: str) -> None:
        self._headings = headings
        self._sheets = headings.sheets
        self._repeated = _repeated(self._sheets, headings.larger)
        self._title = title if title and not title.lower().endswith((".doc", ".docx", ".tex", ".dvi", ".indd")) else ""
        if not self._title:
            worded = [line for sheet in self._sheets for line in sheet.lines if len(folded(line.text)) > SIGN]
            found = iter([*(line for line in worded if line.size in headings.larger), *worded[:1]])
            self._title = next((line.text.strip() for line in found), "")
        headings.rank(self._title)

    def blocks(self) -> Iterator[str]:
        """Yield the document's blocks, its title first."""
        yield f"# {self._title or 'Untitled'}"
        for sheet in self._sheets:
            blocks = [block for block in self._sheet(sheet) if block]
            if blocks:
                yield f"*(page {sheet.number + 1})*"
                yield from blocks

    def _sheet(self, sheet: Sheet) -> Iterator[str]:
        waiting: list[Line] = []
        tables = list(sheet.tables)
        edges = list(_at_edges(sheet, self._headings.larger))
        for line in sheet.lines:
            is_edge = line in edges and (
                _edge_key(line) in self._repeated or self._headings.is_running_head(line, sheet)
            )
            if is_edge or _LEADER.search(line.text):
                continue
            inside = next((table for table in tables if table.holds(line)), None)
            if inside is not None or any(table.holds(line) for table in sheet.tables):
                yield from self._flush(waiting)
                if inside is not None:
                    tables.remove(inside)
                    yield inside.markdown()
                continue
            level = self._headings.level(line, sheet.number)
            if level:
                yield from self._flush(waiting)
                if folded(line.text) != folded(self._title):
                    yield f"{'#' * level} {_escaped(line.text.strip())}"
            elif waiting and _is_apart(waiting[-1], line):
                yield from self._flush(waiting)
                waiting.append(line)
            else:
                waiting.append(line)
        yield from self._flush(waiting)

    def _flush(self, waiting: list[Line]) -> Iterator[str]:
        """Yield the block that the lines so far make."""
        lines, waiting[:] = list(waiting), []
        if lines and lines[0].is_mono:
            yield _code(lines)
        elif lines:
            yield _paragraph(lines)


def _is_apart(before: Line, line: Line) -> bool:
    """Tell whether a line begins a block of its own."""
    if before.is_mono != line.is_mono:
        return True
    gap = before.bottom - line.top
    if line.is_mono:
        return gap > 3 * line.size or gap < -before.size
    if BULLET.match(line.text) or abs(before.size - line.size) > 0.5:
        return True
    is_indented = line.left - before.left > 8 and bool(_ENDS.search(before.text.rstrip()))
    return gap > 0.75 * line.size or gap < -2 * before.size or is_indented


def _code(lines: Sequence[Line]) -> str:
    left = min(line.left for line in lines)
    width = next((line.step for line in lines if line.step), 0) or lines[0].size * 0.6
    text: list[str] = []
    for before, line in pairwise([None, *lines]):
        if before is not None and line is not None and before.bottom - line.top > 0.9 * line.size:
            text.append("")
        if line is not None:
            text.append(" " * round((line.left - left) / width) + line.text.rstrip())
    return fenced("\n".join(text))


def _paragraph(lines: Sequence[Line]) -> str:
    text = ""
    for line in lines:
        piece = line.text.strip()
        if text.endswith(("-", "\u00ad")) and piece[:1].islower() and text[-2:-1].isalpha():
            text = text[:-1] + piece
        else:
            text = f"{text} {piece}" if text else piece
    bullet = BULLET.match(text)
    return f"- {_escaped(text[bullet.end() :])}" if bullet else _escaped(text)


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)


def _at_edge(line: Line, sheet: Sheet) -> bool:
    return line.bottom > sheet.height * (1 - _EDGE) or line.top < sheet.height * _EDGE


def _edge_key(line: Line) -> str:
    return _NUMBER.sub("#", line.text.strip())


def _at_edges(sheet: Sheet, larger: Sequence[float]) -> Iterator[Line]:
    for line in sheet.lines:
        if _at_edge(line, sheet) and not (line.size in larger and _NUMBER.search(line.text)):
            yield line


def _repeated(sheets: Sequence[Sheet], larger: Sequence[float]) -> frozenset[str]:
    """Return what stands at the edge of many pages, numbers aside; a heading with a number is a chapter's own."""
    counts = Counter(key for sheet in sheets for key in {_edge_key(line) for line in _at_edges(sheet, larger)})
    return frozenset(key for key, count in counts.items() if count >= _least(key, len(sheets)))


def _least(key: str, sheets: int) -> float:
    """Return on how many pages a line stands that is no text: few for a page's number, and for a chapter's head."""
    if _PAGE_NUMBER.fullmatch(key):
        return 2
    return 3 if "#" in key else max(3, _REPEATED * sheets)
