"""Read a PDF's pages into lines with their fonts, and into tables where lines are ruled."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false, reportUnknownLambdaType=false
# pyright: reportAttributeAccessIssue=false

import ctypes
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import pypdfium2 as pdfium
from pypdfium2 import raw

_MONO = re.compile(  # names of fonts of fixed width, those of TeX and its free Courier among them
    r"mono(?!type)|nimbusmon|courier|consol|code|typewriter|menlo|monaco|andale|fixed|terminal"
    r"|(?:^|\+)(?:cm|ec|lm|sf|tx|px|la|qc|pcr)[a-z]*tt"
)
_OF_TEXT = re.compile(
    r"sans|serif|times|helvetica|arial|georgia|verdana"
)  # some writers flag all fonts as of fixed width
_BOLD = re.compile(  # names of fonts that are bold, those of TeX and of URW among them
    r"bold|black|heavy|demi|-medi|(?:^|\+)(?:cm|ec|sf|lm|la|t1)[a-z]*bx|[-,]b[io]?$"
)
_FIXED_PITCH = 1  # PDF 32000-1 §9.8.2, flag of a font
_CODE_SHARE = 0.8  # of a line's characters in a font of code; a sentence with a command in it has fewer
_THIN = 3.0  # points: a rule, not a box
_NEAR = 2.5  # points between rules that are one
_MAX_RULES = 2_000  # of a page; more is a drawing
_MAX_CELLS = 5_000


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text: its place in points from the page's lower left, the size and kind of its font.

    `step` is the width of a character of a line whose characters are all equally wide.
    """

    text: str
    left: float
    right: float
    bottom: float
    top: float
    size: float
    is_mono: bool
    step: float = 0
    is_bold: bool = False


@dataclass(frozen=True, slots=True)
class RuledTable:
    """A table whose cells are ruled."""

    left: float
    right: float
    bottom: float
    top: float
    rows: tuple[tuple[str, ...], ...]

    def holds(self, line: Line) -> bool:
        """Tell whether a line stands in it."""
        middle = (line.bottom + line.top) / 2
        return self.bottom <= middle <= self.top and self.left - 2 <= line.left and line.right <= self.right + 2

    def markdown(self) -> str:
        """Return it as Markdown."""
        rows = [[" ".join(cell.split()).replace("|", "\\|") for cell in row] for row in self.rows]
        lines = [rows[0], ["---"] * len(rows[0]), *rows[1:]]
        return "\n".join(f"| {' | '.join(line)} |" for line in lines)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page of a PDF."""

    number: int
    height: float
    lines: tuple[Line, ...]
    tables: tuple[RuledTable, ...] = ()
    has_pictures: bool = False


@dataclass
class _Run:
    """The characters of a line that is being read."""

    text: list[str] = field(default_factory=list[str])
    signs: list[str] = field(default_factory=list[str])
    origins: list[float] = field(default_factory=list[float])
    boxes: list[tuple[float, float, float, float]] = field(default_factory=list[tuple[float, float, float, float]])
    fonts: Counter[tuple[float, bool]] = field(default_factory=Counter[tuple[float, bool]])
    bold: int = 0  # signs


def sheet_of(document: pdfium.PdfDocument, number: int) -> Sheet:
    """Return the page of that number, counted from 0."""
    page = document[number]
    try:
        height = page.get_height()
        text = page.get_textpage()
        try:
            lines = _lines(text)
            boxes, has_pictures = _boxes(page)
            tables = _tables(boxes, text)
        finally:
            text.close()
    finally:
        page.close()
    return Sheet(number, height, lines, tables, has_pictures)


def _lines(page: pdfium.PdfTextPage) -> tuple[Line, ...]:
    count = page.count_chars()
    text = page.get_text_range(0, count, errors="replace") if count else ""
    exact = len(text) == count
    lines: list[Line] = []
    run = _Run()
    fonts: dict[tuple[str, int], tuple[bool, bool]] = {}
    for index in range(count):
        sign = text[index] if exact else chr(raw.FPDFText_GetUnicode(page, index) or 0xFFFD)
        if sign in "\r\n":
            lines += _closed(run)
            run = _Run()
            continue
        if sign in "\x02\ufffe":  # PDFium's sign for a hyphen that only a line's end asked for
            continue
        run.text.append(sign)
        if not sign.isspace():
            run.boxes.append(page.get_charbox(index))
            run.signs.append(sign)
            run.origins.append(_origin(page, index))
            is_mono, is_bold = _kind_of(page, index, fonts)
            run.fonts[round(raw.FPDFText_GetFontSize(page, index) * 2) / 2, is_mono] += 1
            run.bold += is_bold
    lines += _closed(run)
    return tuple(lines)


def _closed(run: _Run) -> list[Line]:
    """Return the line that has been read, if it has any sign."""
    if not run.boxes:
        return []
    (size, _), _ = run.fonts.most_common(1)[0]
    fixed = sum(count for (_, is_fixed), count in run.fonts.items() if is_fixed)
    is_mono = fixed >= _CODE_SHARE * run.fonts.total()
    left, right = run.boxes[0][0], max(box[2] for box in run.boxes)
    bottom, top = min(box[1] for box in run.boxes), max(box[3] for box in run.boxes)
    text = "".join(run.text).strip()
    if is_mono and (step := _step(run)):
        return [Line(_in_columns(run, step), run.origins[0], right, bottom, top, size, is_mono, step)]
    return [Line(text, left, right, bottom, top, size, is_mono, is_bold=run.bold == len(run.signs))]


def _step(run: _Run) -> float:
    """Return how far apart the characters of a line stand, if they are equally wide; 0 of a line of one character."""
    steps = Counter(round(after - before, 1) for before, after in pairwise(run.origins))
    step, count = steps.most_common(1)[0] if steps else (0.0, 0)
    return step if count * 2 > len(run.origins) - 1 and step > 0 else 0


def _in_columns(run: _Run, step: float) -> str:
    """Return a line of code with as many spaces as it shows: PDFium makes one of several."""
    text = ""
    for sign, origin in zip(run.signs, run.origins, strict=True):
        column = round((origin - run.origins[0]) / step)
        text += " " * min(max(0, column - len(text)), 200) + sign
    return text


def _origin(page: pdfium.PdfTextPage, index: int) -> float:
    across, up = ctypes.c_double(), ctypes.c_double()
    raw.FPDFText_GetCharOrigin(page, index, across, up)
    return across.value


def _kind_of(
    page: pdfium.PdfTextPage, index: int, known: dict[tuple[str, int], tuple[bool, bool]]
) -> tuple[bool, bool]:
    """Return whether a character's font is one of code, and whether it is bold."""
    name, flags = ctypes.create_string_buffer(100), ctypes.c_int()
    raw.FPDFText_GetFontInfo(page, index, name, 100, flags)
    key = name.value.decode("utf-8", "replace"), flags.value
    if key not in known:
        folded = key[0].lower()
        is_flagged = bool(key[1] & _FIXED_PITCH) and not _OF_TEXT.search(folded)
        known[key] = is_flagged or bool(_MONO.search(folded)), bool(_BOLD.search(folded))
    return known[key]


_Box = tuple[float, float, float, float]


def _boxes(page: pdfium.PdfPage) -> tuple[list[_Box], bool]:
    """Return the bounds of what is drawn, and whether there are pictures."""
    boxes: list[_Box] = []
    has_pictures = False
    for drawn in page.get_objects(filter=(raw.FPDF_PAGEOBJ_PATH, raw.FPDF_PAGEOBJ_IMAGE), max_depth=3):
        if drawn.type == raw.FPDF_PAGEOBJ_IMAGE:
            has_pictures = True
        elif len(boxes) <= _MAX_RULES:
            boxes.append(drawn.get_bounds())
    return (boxes if len(boxes) <= _MAX_RULES else []), has_pictures


def _tables(boxes: Sequence[_Box], text: pdfium.PdfTextPage) -> tuple[RuledTable, ...]:
    """Return the tables that rules or boxes make: columns and rows between them, where both are ruled."""
    across: list[_Box] = []
    down: list[_Box] = []
    for left, bottom, right, top in boxes:
        width, height = right - left, top - bottom
        if height <= _THIN < width:
            across.append((left, bottom, right, top))
        elif width <= _THIN < height:
            down.append((left, bottom, right, top))
        elif width > 8 and height > 8:  # a cell that is drawn as a box
            across += [(left, bottom, right, bottom), (left, top, right, top)]
            down += [(left, bottom, left, top), (right, bottom, right, top)]
    found: list[RuledTable] = []
    for left, bottom, right, top in _grids(across, down):
        rows = _distinct(
            y for x0, y, x1, _ in across if x0 < right and x1 > left and bottom - _NEAR <= y <= top + _NEAR
        )
        columns = _distinct(
            x for x, y0, _, y1 in down if y0 < top and y1 > bottom and left - _NEAR <= x <= right + _NEAR
        )
        if len(rows) < 3 or len(columns) < 3 or len(rows) * len(columns) > _MAX_CELLS:
            continue
        cells = [
            tuple(text.get_text_bounded(x0, y0, x1, y1) for x0, x1 in pairwise(columns))
            for y0, y1 in zip(rows[-2::-1], rows[:0:-1], strict=False)
        ]
        filled = [row for row in cells if any(cell.strip() for cell in row)]
        if len(filled) > 1 and sum(bool(cell.strip()) for row in filled for cell in row) > len(filled):
            found.append(RuledTable(left, right, bottom, top, tuple(filled)))
    return tuple(found)


def _grids(across: Sequence[_Box], down: Sequence[_Box]) -> list[_Box]:
    """Return the bounds of rules that touch one another."""
    groups: list[_Box] = []
    for box in (*across, *down):
        joined = box
        rest: list[_Box] = []
        for group in groups:
            if _touch(group, joined):
                joined = (
                    min(group[0], joined[0]),
                    min(group[1], joined[1]),
                    max(group[2], joined[2]),
                    max(group[3], joined[3]),
                )
            else:
                rest.append(group)
        groups = [*rest, joined]
    return [box for box in groups if box[2] - box[0] > 30 and box[3] - box[1] > 15]


def _touch(one: _Box, other: _Box) -> bool:
    return (
        one[0] <= other[2] + _NEAR and other[0] <= one[2] + _NEAR
        and one[1] <= other[3] + _NEAR and other[1] <= one[3] + _NEAR
    )  # fmt: skip


def _distinct(values: Iterable[float]) -> list[float]:
    found: list[float] = []
    for value in sorted(values):
        if not found or value - found[-1] > _NEAR:
            found.append(value)
    return found
