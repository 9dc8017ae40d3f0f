"""Tables that only set their parts beside or above one another, and what is left of them."""

from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import (
    BLOCKS,
    HEADINGS,
    bold_line,
    label_of,
    remove,
    rename,
    text_length,
    text_of,
    unwrap,
)
from docspasta_mcp.extract.normalise.places import is_list_of_links
from docspasta_mcp.extract.placeholders import Placeholders

_LARGE = (*HEADINGS, "table", "ul", "ol", "dl", "pre", "img", "form", "input")  # what layouts set beside one another
_MAX_SHORT = 100  # characters of a cell
_MOST_INNER = 0.7  # of a table's text may be in tables of its cells; with more, it only lays them out
_MENU = 4  # links to other pages; fewer are no menu
_MAX_TERM = 60  # characters


def is_layout(table: HtmlElement, rows: list[HtmlElement], placeholders: Placeholders) -> bool:
    """Tell whether a table only sets its parts beside or above one another."""
    if not rows:
        return True
    if table.get("role") in ("presentation", "none") and not (_lists_terms(rows) or _is_plain_grid(table, rows)):
        return True
    if table.find(".//table") is not None and not _is_grid(table, rows):
        return True
    titled = holds_heading(table)
    cells = [cell for row in rows if not (titled and is_title(row)) for cell in row.iterchildren("td", "th")]
    if len(cells) < 2 or (titled and any(map(holds_heading, cells))):
        return True
    if len(rows) == 1:
        shown = [cell for cell in cells if text_of(cell) or cell.find(".//img") is not None]
        if len(shown) < 2 or (any(map(_holds_list, shown)) and all(map(_holds_blocks, shown))):
            return True  # columns of a page or of a list
    has_code = next(table.iter("pre"), None) is not None
    return has_code and any(placeholders.has_lines(pre.text or "") for cell in cells for pre in cell.iter("pre"))


def dissolve(table: HtmlElement, rows: list[HtmlElement]) -> None:
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
            and (all(one.tag == "th" for one in cells) or (is_in_head(row) and _holds_names(table, row)))
        ):
            heads = [label_of(cell) for cell in cells]
            remove(row)
            continue
        for column, cell in enumerate(cells):
            rename(cell, "div")
            if column < len(heads) and heads[column] and text_length(cell):
                label = bold_line(heads[column])
                cell.insert(0, label)
                label.tail, cell.text = cell.text, None
        rename(row, "div")
    for part in list(table.iterdescendants("thead", "tbody", "tfoot", "colgroup", "col")):
        unwrap(part)
    rename(table, "div")


def holds_heading(element: HtmlElement) -> bool:
    """Tell whether a heading stands in an element."""
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
    widths = [sum(1 for _ in row.iterchildren("td", "th")) for row in rows if not is_title(row)]
    inner = [one for one in table.iterdescendants("table") if next(one.iterancestors("table"), None) is table]
    is_regular = len(widths) > 1 and min(widths) > 1
    has_words = all(text_length(cell) for row in rows[:2] for cell in list(row.iterchildren("td", "th"))[:1])
    return is_regular and has_words and sum(map(text_length, inner)) < _MOST_INNER * text_length(table)


def is_title(row: HtmlElement) -> bool:
    """Tell whether a row is one cell that holds a heading, for the rows that follow."""
    cells = list(row.iterchildren("td", "th"))
    return len(cells) == 1 and holds_heading(cells[0])


def _holds_names(table: HtmlElement, row: HtmlElement) -> bool:
    """Tell whether the cells of a row are plain text, in a table that does not call itself a layout."""
    is_plain = next(row.iterdescendants(*_LARGE, "a", "picture", "svg"), None) is None
    return is_plain and table.get("role") not in ("presentation", "none")


def is_in_head(row: HtmlElement) -> bool:
    """Tell whether a row is in its table's head."""
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
