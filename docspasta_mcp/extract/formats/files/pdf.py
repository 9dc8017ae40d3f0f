"""PDF, by PDFium: headings by the outline and by size, code by its font, ruled tables, a mark for each page.

What stands at the top or bottom of most pages is dropped. `pdf_lines` reads the pages, this writes them.
"""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false, reportUnknownLambdaType=false
# pyright: reportAttributeAccessIssue=false

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

import pypdfium2 as pdfium

from docspasta_mcp.errors import PageRefused
from docspasta_mcp.extract.formats.files.pdf_lines import Line, Sheet, sheet_of
from docspasta_mcp.extract.formats.files.read import Converted

MAX_SHEETS = 5_000  # pages of a PDF
_LEAST_TITLE = 2  # letters; what has no more is a sign
_EDGE = 0.09  # of a page's height, above and below, where headers and footers stand
_REPEATED = 0.4  # of the pages that show the same line there
_LARGER = 1.12  # than the text: a heading
_MAX_HEADING = 150  # characters
_NUMBER = re.compile(r"\d+|\b[ivxlc]+\b", re.IGNORECASE)
_PAGE_NUMBER = re.compile(r"(?:[^\w#]|#|\b(?:page|p|of|seite|von|sur)\b)+", re.IGNORECASE)  # its numbers are "#"
_BULLET = re.compile(r"^(?:[•◦▪■●○‣∙·–—]|[-*])\s+")
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
        outline = _outline(document)
        title = str(document.get_metadata_dict().get("Title") or "").strip()
    finally:
        document.close()
    letters = sum(len(line.text) for sheet in sheets for line in sheet.lines)
    if letters < 5 * max(1, count):
        if any(sheet.has_pictures for sheet in sheets):
            raise PageRefused("scanned", "The PDF holds pictures of pages and no text.")
        raise PageRefused("broken_file", "The PDF has no text.")
    return Converted("\n\n".join(_Writer(sheets, outline, title).blocks()) + "\n")


def _outline(document: pdfium.PdfDocument) -> dict[int, dict[str, int]]:
    """Return levels of headings by the number of their page and their words."""
    found: dict[int, dict[str, int]] = {}
    entries = list(document.get_toc(max_depth=6))
    is_rooted = len(entries) > 1 and sum(entry.level == 0 for entry in entries) == 1  # the title holds all others
    for entry in entries:
        place = entry.get_dest()
        number = place.get_index() if place else None
        if number is not None:
            level = max(2, entry.level + 2 - is_rooted)
            found.setdefault(number, {})[_folded(entry.get_title())] = min(level, 6)
    return found


def _folded(text: str) -> str:
    return re.sub(r"\W+", "", text).casefold()


class _Writer:
    """Writes the lines of all pages as Markdown."""

    def __init__(self, sheets: Sequence[Sheet], outline: dict[int, dict[str, int]], title: str) -> None:
        self._outline = outline
        sizes = Counter[float]()
        for sheet in sheets:
            for line in sheet.lines:
                sizes[line.size] += len(line.text)
        self._size = sizes.most_common(1)[0][0]
        larger = sorted({size for size in sizes if size >= self._size * _LARGER}, reverse=True)
        sheets = [replace(sheet, lines=tuple(_unwrapped(sheet.lines, larger))) for sheet in sheets]
        self._sheets = sheets
        self._larger = larger
        self._repeated = _repeated(sheets, larger)
        self._title = title if title and not title.lower().endswith((".doc", ".docx", ".tex", ".dvi", ".indd")) else ""
        if not self._title:
            worded = [line for sheet in sheets for line in sheet.lines if len(_folded(line.text)) > _LEAST_TITLE]
            found = iter([*(line for line in worded if line.size in larger), *worded[:1]])
            self._title = next((line.text.strip() for line in found), "")
        of_others = {
            line.size for sheet in sheets for line in sheet.lines if _folded(line.text) != _folded(self._title)
        }
        self._levels = {
            size: min(2 + rank, 5) for rank, size in enumerate(size for size in larger if size in of_others)
        }

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
        edges = list(_at_edges(sheet, self._larger))
        for line in sheet.lines:
            if (line in edges and _edge_key(line) in self._repeated) or _LEADER.search(line.text):
                continue
            inside = next((table for table in tables if table.holds(line)), None)
            if inside is not None or any(table.holds(line) for table in sheet.tables):
                yield from self._flush(waiting)
                if inside is not None:
                    tables.remove(inside)
                    yield inside.markdown()
                continue
            level = self._level(line, sheet.number)
            if level:
                yield from self._flush(waiting)
                if _folded(line.text) != _folded(self._title):
                    yield f"{'#' * level} {_escaped(line.text.strip())}"
            elif waiting and _is_apart(waiting[-1], line):
                yield from self._flush(waiting)
                waiting.append(line)
            else:
                waiting.append(line)
        yield from self._flush(waiting)

    def _level(self, line: Line, number: int) -> int:
        text = line.text.strip()
        if len(text) > _MAX_HEADING or not text:
            return 0
        named = self._outline.get(number, {})
        folded = _folded(text)
        if (level := named.get(folded)) and not _BULLET.match(text):  # of a list of what comes
            return level
        if line.is_mono:
            return 0
        if line.size in self._levels and (found := next((one for one in named if one and folded.endswith(one)), "")):
            return named[found]
        is_short = any(sign.isalpha() for sign in text) and not text.endswith((".", ",", ";"))
        return self._levels.get(line.size, 0) if is_short else 0

    def _flush(self, waiting: list[Line]) -> Iterator[str]:
        """Yield the block that the lines so far make."""
        lines, waiting[:] = list(waiting), []
        if lines and lines[0].is_mono:
            yield _code(lines)
        elif lines:
            yield _paragraph(lines)


def _unwrapped(lines: Sequence[Line], larger: Sequence[float]) -> Iterator[Line]:
    """Yield lines, a heading that goes on in a further line as one: the rest begins in lower case, right below."""
    kept: Line | None = None
    for line in lines:
        goes_on = (
            kept is not None
            and kept.size == line.size
            and line.size in larger
            and line.text.strip()[:1].islower()
            and -line.size < kept.bottom - line.top < line.size
            and not (kept.is_mono or line.is_mono)
        )
        if kept is not None and goes_on:
            kept = replace(kept, text=f"{kept.text.rstrip()} {line.text.strip()}", bottom=line.bottom)
            continue
        if kept is not None:
            yield kept
        kept = line
    if kept is not None:
        yield kept


def _is_apart(before: Line, line: Line) -> bool:
    """Tell whether a line begins a block of its own."""
    if before.is_mono != line.is_mono:
        return True
    gap = before.bottom - line.top
    if line.is_mono:
        return gap > 3 * line.size or gap < -before.size
    if _BULLET.match(line.text) or abs(before.size - line.size) > 0.5:
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
    body = "\n".join(text)
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", body)), default=0))
    return f"{fence}\n{body}\n{fence}"


def _paragraph(lines: Sequence[Line]) -> str:
    text = ""
    for line in lines:
        piece = line.text.strip()
        if text.endswith(("-", "\u00ad")) and piece[:1].islower() and text[-2:-1].isalpha():
            text = text[:-1] + piece
        else:
            text = f"{text} {piece}" if text else piece
    bullet = _BULLET.match(text)
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
