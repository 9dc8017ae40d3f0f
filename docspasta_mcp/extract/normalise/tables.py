"""Tables as a plain grid of `tr` and `th` or `td`: spans unrolled, one heading row, layout tables dissolved."""

from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import BLOCKS, HEADINGS, make, remove, rename, replace, text_length, text_of, unwrap
from docspasta_mcp.extract.normalise.dialogues import is_dialogue, write_dialogue
from docspasta_mcp.extract.normalise.places import is_list_of_links
from docspasta_mcp.extract.placeholders import Placeholders

_LARGE = (*HEADINGS, "table", "ul", "ol", "dl", "pre", "img", "form", "input")  # what layouts set beside one another
_MAX_SHORT = 100  # characters of a cell
_MAX_SPAN = 100  # columns or rows; HTML allows 1,000 and 65,534, no document needs them
_MAX_ADDED = 100_000  # cells that spans and short rows add to all tables of a page; what comes after stays as written
_MOST_INNER = 0.7  # of a table's text may be in tables of its cells; with more, it only lays them out
_MENU = 4  # links to other pages; fewer are no menu
_MAX_TERM = 60  # characters
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
        rows = _rows(table)
        if not text_length(table) and table.find(".//img") is None:
            remove(table)
        elif is_dialogue(rows):
            write_dialogue(table, rows)
        elif _is_layout(table, rows, placeholders):
            _dissolve(table, rows)
        else:
            for inner in list(table.iterdescendants("table")):
                _flatten(inner)
            for part in _split(table, rows):
                _unroll(part, _rows(part), budget)


def _rows(table: HtmlElement) -> list[HtmlElement]:
    return [row for row in table.iter("tr") if next(row.iterancestors("table"), None) is table]


def _is_layout(table: HtmlElement, rows: list[HtmlElement], placeholders: Placeholders) -> bool:
    """Tell whether a table only sets its parts beside or above one another."""
    if not rows:
        return True
    if table.get("role") in ("presentation", "none") and not (_lists_terms(rows) or _is_plain_grid(table, rows)):
        return True
    if table.find(".//table") is not None and not _is_grid(table, rows):
        return True
    titled = _holds_heading(table)
    cells = [cell for row in rows if not (titled and _is_title(row)) for cell in row.iterchildren("td", "th")]
    if len(cells) < 2 or (titled and any(map(_holds_heading, cells))):
        return True
    if len(rows) == 1:
        shown = [cell for cell in cells if text_of(cell) or cell.find(".//img") is not None]
        if len(shown) < 2 or (any(map(_holds_list, shown)) and all(map(_holds_blocks, shown))):
            return True  # columns of a page or of a list
    has_code = next(table.iter("pre"), None) is not None
    return has_code and any(placeholders.has_lines(pre.text or "") for cell in cells for pre in cell.iter("pre"))


def _holds_heading(element: HtmlElement) -> bool:
    return next(element.iter(*HEADINGS), None) is not None


def _holds_list(cell: HtmlElement) -> bool:
    return next(cell.iterchildren("ul", "ol", "dl"), None) is not None


def _holds_blocks(cell: HtmlElement) -> bool:
    """Tell whether all that a cell says stands in blocks of its own."""
    is_loose = (cell.text or "").strip() or any((part.tail or "").strip() for part in cell)
    return not is_loose and all(part.tag in BLOCKS or not text_length(part) for part in cell)


def _lists_terms(rows: list[HtmlElement]) -> bool:
    """Tell whether every row explains a short term, whatever a table calls itself, as those of R's arguments do."""
    pairs = [list(row.iterchildren("td", "th")) for row in rows]
    if len(pairs) < 2 or any(len(pair) != 2 for pair in pairs):
        return False
    return all(0 < text_length(term) <= _MAX_TERM and text_length(said) for term, said in pairs) and all(
        term.find(".//code") is not None for term, _ in pairs
    )


def _is_plain_grid(table: HtmlElement, rows: list[HtmlElement]) -> bool:
    """Tell whether rows of as many short texts each, and nothing else, are all of a table, whatever it calls itself."""
    widths = {sum(1 for _ in row.iterchildren("td", "th")) for row in rows}
    if len(rows) < 2 or len(widths) > 1 or min(widths) < 2 or next(table.iterdescendants(*_LARGE), None) is not None:
        return False
    return all(0 < text_length(cell) <= _MAX_SHORT for row in rows for cell in row.iterchildren("td", "th"))


def _is_grid(table: HtmlElement, rows: list[HtmlElement]) -> bool:
    """Tell whether a table with others in its cells is data: rows of several cells, the inner ones a small part."""
    widths = [sum(1 for _ in row.iterchildren("td", "th")) for row in rows if not _is_title(row)]
    inner = [one for one in table.iterdescendants("table") if next(one.iterancestors("table"), None) is table]
    is_regular = len(widths) > 1 and min(widths) > 1
    has_words = all(text_length(cell) for row in rows[:2] for cell in list(row.iterchildren("td", "th"))[:1])
    return is_regular and has_words and sum(map(text_length, inner)) < _MOST_INNER * text_length(table)


def _is_title(row: HtmlElement) -> bool:
    """Tell whether a row is one cell that holds a heading, for the rows that follow."""
    cells = list(row.iterchildren("td", "th"))
    return len(cells) == 1 and _holds_heading(cells[0])


def _split(table: HtmlElement, rows: list[HtmlElement]) -> list[HtmlElement]:
    """Split a table at the rows that are headings; return its parts."""
    if not (_holds_heading(table) and any(map(_is_title, rows))):
        return [table]
    parts: list[HtmlElement] = []
    block = make("div")
    for caption in table.iterchildren("caption"):
        block.append(make("p", "", make("strong", text_of(caption))))
    current: HtmlElement | None = None
    for row in rows:
        if _is_title(row):
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


def _dissolve(table: HtmlElement, rows: list[HtmlElement]) -> None:
    """Leave the cells as blocks, each under the head of its column where there is one."""
    heads: list[str] = []
    if len(rows) == 1:
        _drop_menus(rows[0])
    for row in rows:
        cells = list(row.iterchildren("td", "th"))
        if (
            not heads
            and len(cells) > 1
            and row is rows[0]
            and (all(one.tag == "th" for one in cells) or (_is_in_head(row) and _holds_names(table, row)))
        ):
            heads = [text_of(cell) for cell in cells]
            remove(row)
            continue
        for column, cell in enumerate(cells):
            rename(cell, "div")
            if column < len(heads) and heads[column] and text_length(cell):
                label = make("p", "", make("strong", heads[column]))
                cell.insert(0, label)
                label.tail, cell.text = cell.text, None
        rename(row, "div")
    for part in list(table.iterdescendants("thead", "tbody", "tfoot", "colgroup", "col")):
        unwrap(part)
    rename(table, "div")


def _holds_names(table: HtmlElement, row: HtmlElement) -> bool:
    """Tell whether the cells of a row are plain text, in a table that does not call itself a layout."""
    is_plain = next(row.iterdescendants(*_LARGE, "a", "picture", "svg"), None) is None
    return is_plain and table.get("role") not in ("presentation", "none")


def _is_in_head(row: HtmlElement) -> bool:
    above = row.getparent()
    return above is not None and above.tag == "thead"


def _drop_menus(row: HtmlElement) -> None:
    """Remove the cells of a layout that are links to other pages before the one with the text and its headings."""
    cells = list(row.iterchildren("td", "th"))
    has_text = (next(cell.iter("h1", "h2"), None) is not None and not is_list_of_links(cell) for cell in cells)
    place = next((number for number, is_text in enumerate(has_text) if is_text), 0)
    for cell in cells[:place]:
        links = [link.get("href", "") for link in cell.iter("a")]
        leads_on = len(links) >= _MENU and not any(href.startswith("#") for href in links)
        if leads_on and is_list_of_links(cell) and next(cell.iter(*HEADINGS, "p", "dl", "img"), None) is None:
            remove(cell)


def _unroll(table: HtmlElement, rows: list[HtmlElement], budget: _Budget) -> None:
    is_head = list(map(_is_in_head, rows))
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
