"""Tables as a plain grid of `tr` and `th` or `td`: spans unrolled, one heading row."""

from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import bold_line, label_of, make, remove, rename, replace, text_length, text_of
from docspasta_mcp.extract.normalise.dialogues import is_dialogue, write_dialogue
from docspasta_mcp.extract.normalise.layout_tables import dissolve, holds_heading, is_in_head, is_layout, is_title
from docspasta_mcp.extract.placeholders import Placeholders

_MAX_SPAN = 100  # columns or rows; HTML allows 1,000 and 65,534, no document needs them
_MAX_ADDED = 100_000  # cells that spans and short rows add to all tables of a page; what comes after stays as written
_MAX_REPEATED = 500  # characters of a cell that is said again in the rows it spans


class _Budget:
    """Cells that may still be added to the tables of one page, so that no small page unrolls into a huge one."""

    def __init__(self) -> None:
        self._left = _MAX_ADDED

    def take(self, wanted: int) -> int:
        """Return how many of the cells wanted may be added."""
        granted = min(wanted, self._left)
        self._left -= granted
        return granted


def plain_tables(root: HtmlElement, placeholders: Placeholders) -> None:
    """Make every table below `root` a grid, the innermost first."""
    budget = _Budget()
    for table in reversed(list(root.iter("table"))):
        foot = table.find("tfoot")
        if foot is not None and foot.getnext() is not None:
            table.append(foot)  # where HTML 4 has it, above the rows, it is shown below them
        rows = _rows(table)
        if not text_length(table) and table.find(".//img") is None:
            remove(table)
        elif is_dialogue(rows):
            write_dialogue(table, rows)
        elif is_layout(table, rows, placeholders):
            dissolve(table, rows)
        else:
            for inner in list(table.iterdescendants("table")):
                _flatten(inner)
            for part in _split(table, rows):
                _unroll(part, _rows(part), budget)


def _rows(table: HtmlElement) -> list[HtmlElement]:
    return [row for row in table.iter("tr") if next(row.iterancestors("table"), None) is table]


def _split(table: HtmlElement, rows: list[HtmlElement]) -> list[HtmlElement]:
    """Split a table at the rows that are headings; return its parts."""
    if not (holds_heading(table) and any(map(is_title, rows))):
        return [table]
    parts: list[HtmlElement] = []
    block = make("div")
    for caption in table.iterchildren("caption"):
        block.append(bold_line(label_of(caption)))
    current: HtmlElement | None = None
    for row in rows:
        if is_title(row):
            cell = next(row.iterchildren("td", "th"))
            rename(cell, "div")
            block.append(cell)
            current = None
            continue
        if current is None:
            current = make("table")
            block.append(current)
            parts.append(current)
        current.append(row)
    replace(table, block)
    return parts


def _flatten(inner: HtmlElement) -> None:
    """Write a table within a cell as a line for each of its rows."""
    block = make("div")
    for row in inner.iter("tr"):
        line = make("div")
        for cell in list(row.iterchildren("td", "th")):
            if not text_length(cell) and cell.find(".//img") is None:
                continue
            rename(cell, "span")
            cell.tail = None
            if len(line):
                line[-1].tail = ", "
            line.append(cell)
        if len(line):
            block.append(line)
    replace(inner, block)


def _unroll(table: HtmlElement, rows: list[HtmlElement], budget: _Budget) -> None:
    is_head = list(map(is_in_head, rows))
    grid = _grid(rows, budget)
    captions = list(table.iterchildren("caption"))
    for rule in list(table.iter("hr")):
        rule.tag = "br"  # a cell has no room for it
    plain: list[HtmlElement] = []
    grid = _without_gaps(grid)
    width = max(map(len, grid), default=0)
    for number, cells in enumerate(grid):
        has_head = number == 0 and (
            is_head[0]
            or (len(cells) > 1 and all(cell.tag == "th" for cell in cells if cell.text or len(cell)))
            or (width == 1 and cells[0].tag == "th" and any(row[0].tag == "td" for row in grid))
        )
        if number == 0 and not has_head:
            plain.append(make("tr", "", *(make("th") for _ in range(width))))
        row = make("tr")
        for cell in cells:
            cell.attrib.clear()
            cell.tail = None
            cell.tag = "th" if has_head else "td"
            row.append(cell)
        row.extend(make("th" if has_head else "td") for _ in range(budget.take(width - len(cells))))
        if has_head or any(map(_is_filled, row)):
            plain.append(row)
    for child in list(table):
        table.remove(child)
    table.text = None
    table.attrib.clear()
    table.extend(plain)
    for caption in captions:
        if text_of(caption):
            caption.tail = None
            rename(caption, "strong")
            table.addprevious(make("p", "", caption))


def _is_filled(cell: HtmlElement) -> bool:
    return bool((cell.text or "").strip()) or any(part.tag != "br" or (part.tail or "").strip() for part in cell)


def _without_gaps(grid: list[list[HtmlElement]]) -> list[list[HtmlElement]]:
    """Leave out the columns that only indent: empty in every row, of tables without headings."""
    if (
        len(grid) < 2
        or any(cell.tag == "th" for cells in grid for cell in cells)
        or len({len(cells) for cells in grid}) > 1
    ):
        return grid
    shown = [
        number
        for number in range(len(grid[0]))
        if any(len(cells[number]) or (cells[number].text or "").strip() for cells in grid)
    ]
    return grid if len(shown) == len(grid[0]) or not shown else [[cells[number] for number in shown] for cells in grid]


def _grid(rows: list[HtmlElement], budget: _Budget) -> list[list[HtmlElement]]:
    """Place cells as browsers do (HTML §4.9.12): a cell that spans rows is repeated, one that spans columns padded."""
    grid: list[list[HtmlElement]] = []
    waiting: dict[int, tuple[int, HtmlElement]] = {}  # column → rows still to fill, cell
    group: HtmlElement | None = None
    for row in rows:
        cells: list[HtmlElement] = []
        if row.getparent() is not group:  # where all spans end
            group = row.getparent()
            waiting.clear()

        def fill(cells: list[HtmlElement] = cells) -> None:
            while len(cells) in waiting:
                left, above = waiting.pop(len(cells))
                if not budget.take(1):
                    continue
                if left > 1:
                    waiting[len(cells)] = (left - 1, above)
                cells.append(_copy(above))

        for cell in row.iterchildren("td", "th"):
            fill()
            rowspan, colspan = _span(cell, "rowspan"), _span(cell, "colspan")
            if rowspan > 1:
                waiting[len(cells)] = (rowspan - 1, cell)
            cells.append(cell)
            for _ in range(budget.take(colspan - 1)):
                if rowspan > 1:
                    waiting[len(cells)] = (rowspan - 1, make("td"))
                cells.append(make("td"))
        fill()
        grid.append(cells)
    return grid


def _copy(cell: HtmlElement) -> HtmlElement:
    if text_length(cell) > _MAX_REPEATED:
        return make("td")
    copy = make("td", text_of(cell))
    code = next(iter(cell), None)
    if code is not None and code.tag == "code" and text_of(code) == copy.text:
        copy = make("td", "", make("code", copy.text or ""))
    return copy


def _span(cell: HtmlElement, name: str) -> int:
    if (value := cell.get(name)) is None:
        return 1
    value = value.strip()
    if value == "0" and name == "rowspan":  # all rows of its group that follow
        return _MAX_SPAN
    return min(_MAX_SPAN, max(1, int(value))) if value.isascii() and value.isdecimal() else 1
