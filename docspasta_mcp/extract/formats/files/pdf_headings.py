"""Which lines of a PDF are headings, and of which level: by its outline, by their size, and by their weight.

What the outline names is a heading in any case: where its words stand, else where the outline leads to. Lines that are
larger than the text are; where a PDF has neither, as those of groff, short bold lines that stand by themselves are.
"""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import pypdfium2 as pdfium

from docspasta_mcp.extract.formats.files.pdf_lines import Line, Sheet

LARGER = 1.12  # than the text: a heading
_MAX_HEADING = 150  # characters
SIGN = 2  # letters; what has no more is a sign
_MAX_BOLD = 80  # the same of one that is only bold
_MAX_JOINED = 3  # lines of one heading that the outline names
_FEW = 0.5  # headings a page by outline and size; with fewer, bold lines are looked at
_INDENTED = 5.0  # points to the right of a line: what stands there belongs to it
_TEXT = 50  # characters of a line of running text, at least
_BEGINS = (
    0.05  # of the lines of running text, where they begin: what begins there too is no heading of what is indented
)
BULLET = re.compile(r"^(?:[•◦▪■●○‣∙·–—]|[-*])\s+")
_NUMBERED = re.compile(
    r"^(?:(?:chapter|appendix|part|section|kapitel|anhang|teil|chapitre|annexe|partie)\s+)?(?:[0-9]+|[A-Z]|[IVXLC]+)"
    r"(?:\.[0-9]+)*[.:]?\s+",
    re.IGNORECASE,
)
_NO_TITLE = re.compile(r"(?:page|seite|slide|folie|p\.?)?\s*[0-9ivxlc]*", re.IGNORECASE)
_ASIDES = frozenset(("note", "notes", "warning", "tip", "caution", "important", "example", "danger", "hint"))


@dataclass(frozen=True, slots=True)
class OutlineEntry:
    """A line of the outline: where it leads to, in points from the page's lower edge if that is known."""

    title: str
    level: int
    sheet: int
    top: float | None


def outline_of(document: pdfium.PdfDocument) -> list[OutlineEntry]:
    """Return the outline, its levels those of the headings that it names: the document's title is the first."""
    entries = list(document.get_toc(max_depth=6))
    is_rooted = len(entries) > 1 and sum(entry.level == 0 for entry in entries) == 1  # the title holds all others
    found: list[OutlineEntry] = []
    for entry in entries:
        place = entry.get_dest()
        number = place.get_index() if place else None
        title = " ".join(entry.get_title().split())
        if place is not None and number is not None and not _NO_TITLE.fullmatch(title):
            mode, view = place.get_view()
            top = view[1] if mode == 1 and len(view) > 1 else None  # PDF 32000-1 §12.3.2.2, XYZ
            found.append(OutlineEntry(title, min(6, max(2, entry.level + 2 - is_rooted)), number, top))
    return found


def folded(text: str) -> str:
    """Return what two spellings of a heading share."""
    return re.sub(r"\W+", "", text).casefold()


class Headings:
    """The headings of a document; `sheets` are its pages, each heading of theirs in one line."""

    def __init__(self, sheets: Sequence[Sheet], outline: Sequence[OutlineEntry]) -> None:
        """Look through a document.

        Args:
            sheets: its pages.
            outline: its outline.
        """
        sizes = Counter[float]()
        for sheet in sheets:
            for line in sheet.lines:
                sizes[line.size] += len(line.text)
        self.size = sizes.most_common(1)[0][0]
        self.larger = sorted({size for size in sizes if size >= self.size * LARGER}, reverse=True)
        self._named: dict[int, dict[str, int]] = {}
        for entry in outline:
            self._named.setdefault(entry.sheet, {})[folded(entry.title)] = entry.level
        entries: dict[int, list[OutlineEntry]] = {}
        for entry in outline:
            entries.setdefault(entry.sheet, []).append(entry)
        self.sheets = [
            replace(sheet, lines=tuple(_placed(_joined(sheet, self.larger, at), at)))
            for sheet in sheets
            for at in [entries.get(sheet.number, [])]
        ]
        running = (line for sheet in sheets for line in sheet.lines if len(line.text) >= _TEXT)
        self._lefts = Counter(round(line.left) for line in running if line.size == self.size)
        self._levels: dict[float, int] = {}
        self._bold: dict[int, int] = {}

    def rank(self, title: str) -> None:
        """Give sizes their levels; `title` is the document's, which is no heading of a section."""
        lines = [line for sheet in self.sheets for line in sheet.lines]
        of_others = {line.size for line in lines if len(name := folded(line.text)) > SIGN and name != folded(title)}
        ranked = [size for size in self.larger if size in of_others]
        self._levels = {size: min(2 + rank, 5) for rank, size in enumerate(ranked)}
        known = sum(len(named) for named in self._named.values()) + sum(
            line.size in self._levels and folded(line.text) != folded(title) for line in lines
        )
        if known < _FEW * len(self.sheets):
            bold = [line for sheet in self.sheets for line in self._bold_ones(sheet)]
            bold_sizes = sorted({line.size for line in bold}, reverse=True)
            levels = {size: min(2 + len(self._levels) + rank, 5) for rank, size in enumerate(bold_sizes)}
            self._bold = {id(line): levels[line.size] for line in bold}

    def level(self, line: Line, number: int) -> int:
        """Return the level of the heading that a line of a page is, 0 if it is none."""
        text = line.text.strip()
        if len(text) > _MAX_HEADING or not text:
            return 0
        named = self._named.get(number, {})
        if (level := _named_level(text, named)) and not BULLET.match(text):  # of a list of what comes
            return level
        if line.is_mono:
            return 0
        whole = folded(text)
        if line.size in self._levels and (found := next((one for one in named if one and whole.endswith(one)), "")):
            return named[found]
        if whole in _ASIDES:
            return 0
        is_short = any(sign.isalpha() for sign in text) and not text.endswith((".", ",", ";"))
        return (self._levels.get(line.size, 0) or self._bold.get(id(line), 0)) if is_short else 0

    def is_running_head(self, line: Line, sheet: Sheet) -> bool:
        """Tell whether a line at a page's edge only repeats a heading that stands on the page."""
        named = self._named.get(sheet.number, {})
        if not _named_level(line.text.strip(), named):
            return False
        name = folded(_NUMBERED.sub("", line.text.strip()))
        return any(other is not line and folded(_NUMBERED.sub("", other.text.strip())) == name for other in sheet.lines)

    def _bold_ones(self, sheet: Sheet) -> Iterator[Line]:
        """Yield a page's lines that are headings by their weight: bold, and no term of a list, row or sentence."""
        lines = sheet.lines
        for index, line in enumerate(lines):
            text = line.text.strip()
            is_title = text[:1].isalnum() and not text[:1].islower() and len(text) <= _MAX_BOLD
            if not (line.is_bold and is_title) or line.is_mono or line.size < self.size or folded(text) in _ASIDES:
                continue
            before, after = lines[index - 1] if index else None, lines[index + 1] if index + 1 < len(lines) else None
            if after is None or after.is_bold or after.top > line.bottom + line.size:
                continue
            is_apart = before is None or before.bottom - line.top > 0.3 * line.size or before.top < line.bottom
            if is_apart and (after.left <= line.left + _INDENTED or not self._is_left_of_text(line)):
                yield line

    def _is_left_of_text(self, line: Line) -> bool:
        """Tell whether running text begins where a line does."""
        near = sum(self._lefts[round(line.left) + step] for step in (-1, 0, 1))
        return near > _BEGINS * self._lefts.total()


def _named_level(text: str, named: dict[str, int]) -> int:
    """Return the level that the outline gives a text, whose number it may leave out; 0 if it does not name it."""
    return named.get(folded(text), 0) or named.get(folded(_NUMBERED.sub("", text)), 0) if named else 0


def _joined(sheet: Sheet, larger: Sequence[float], entries: Sequence[OutlineEntry]) -> Iterator[Line]:
    """Yield a page's lines, a heading that goes on in further lines as one."""
    named = {folded(entry.title): entry.level for entry in entries}
    lines = list(_unwrapped(sheet.lines, larger))
    while lines:
        for count in range(min(_MAX_JOINED, len(lines)), 1, -1):
            text = " ".join(line.text.strip() for line in lines[:count])
            if (
                len(text) <= _MAX_HEADING
                and _named_level(text, named)
                and len({line.size for line in lines[:count]}) == 1
            ):
                lines[:count] = [replace(lines[0], text=text, bottom=lines[count - 1].bottom)]
                break
        yield lines.pop(0)


def _placed(lines: Iterator[Line], entries: Sequence[OutlineEntry]) -> Iterator[Line]:
    """Yield lines, before them the headings that only the outline has: none of their words stand on the page."""
    waiting = list(lines)
    said = [folded(line.text) for line in waiting]
    missing = [
        entry
        for entry in entries
        if entry.top is not None and (name := folded(entry.title)) and not any(name in one for one in said)
    ]
    for entry in missing:
        top = entry.top or 0.0
        below = [index for index, line in enumerate(waiting) if line.bottom < top]
        at = max(below, key=lambda index: waiting[index].top, default=len(waiting))
        left = waiting[at].left if at < len(waiting) else 0.0
        waiting.insert(at, Line(entry.title, left, left, top, top, 0.0, is_mono=False))
    yield from waiting


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
