"""Listings that are set as tables: a row a line, or numbers in one cell and all lines in the next."""

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import cast

from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import ancestors, make, replace, text_of
from docspasta_mcp.extract.normalise.code_language import named
from docspasta_mcp.extract.normalise.code_lines import PREFORMATTED, broken, line_elements, names_code, raw
from docspasta_mcp.extract.normalise.code_text import is_gutter
from docspasta_mcp.extract.selectors import tokens

_LISTING_TABLE = re.compile(r"(?:^|\s)(?:\w*highlighttable|rouge-table|lntable|codehilitetable)(?:$|\s)")


def unnumber(table: HtmlElement) -> None:
    """Replace a table that sets a listing, or line numbers beside one, by the listing."""
    cells = list(table.iter("td", "th"))
    if table.find(".//pre") is not None:
        is_listing = _LISTING_TABLE.search(table.get("class", "")) or (
            len(cells) == 2
            and (is_gutter(cells[0].get("class", "")) or (cells[0].find(".//pre") is not None and _is_count(cells[0])))
        )
        blocks = [pre for pre in table.iter("pre") if _is_in_last_cell(pre)] if is_listing else []
        if blocks:
            names = table.get("class", "")
            blocks[-1].tail = None
            replace(table, make("div", "", *_names_of_file(table), blocks[-1]))
            if (language := named(names)) and not named(blocks[-1].get("class", "")):
                blocks[-1].set("data-lang", language)
        return
    lines = _lines_of_table(table, cells)
    if lines is None:
        return
    text = "\n".join(line.replace("\xa0", " ").rstrip() for line in lines).strip("\n")
    pre = make("pre", text)
    pre.set("class", table.get("class", ""))
    if {"RktBlk", "SVerbatim"} & tokens(table) and table.find(".//*[@class='RktPn']") is not None:
        pre.set("data-lang", "racket")
    replace(table, pre)


def _names_of_file(table: HtmlElement) -> list[HtmlElement]:
    """Return what a head alone in its row says above a listing."""
    heads = (head for head in table.iter("th") if head.getprevious() is None and head.getnext() is None)
    is_name = (head for head in heads if not is_gutter(head.get("class", "")) and not _is_count(head))
    return [make("p", name) for head in islice(is_name, 1) if (name := text_of(head))]


def _is_in_last_cell(element: HtmlElement) -> bool:
    """Tell whether an element stands in the last cell of a row, its own or one around that."""
    return any(next(cell.itersiblings("td"), None) is None for cell in element.iterancestors("td"))


def _lines_of_table(table: HtmlElement, cells: list[HtmlElement]) -> list[str] | None:
    """Return the lines of a listing that is written as a table: a row each, or numbers and lines in two cells."""
    if not cells or table.find(".//th") is not None:
        return None
    names = tokens(table)
    if {"RktBlk", "SVerbatim"} & names:  # Scribble
        return "".join(_rows_as_lines(table)).strip("\n").split("\n")
    rows = list(table.iter("tr"))
    if (
        len(rows) == 1
        and len(cells) == 2
        and _is_count(cells[0])
        and (is_gutter(cells[0].get("class", "")) or _speaks_of_code(table))
    ):
        return [raw(line) for line in line_elements(cells[1])] or "".join(broken(cells[1])).strip("\n").split("\n")
    pairs = [list(row.iterchildren("td")) for row in rows]
    if not all(len(pair) in (2, 3) for pair in pairs):
        return None
    if all(is_gutter(pair[0].get("class", "")) for pair in pairs):
        is_listing = _is_numbered(pairs) or _speaks_of_code(table)
    else:
        is_listing = _is_numbered(pairs) and _speaks_of_code(table)
    if not is_listing:
        return None
    return [raw(pair[-1]).strip("\r\n") for pair in pairs]


def _is_numbered(rows: list[list[HtmlElement]]) -> bool:
    """Tell whether the first cells hold rising numbers and nothing else."""
    known: list[int] = []
    for row in rows:
        said = (one.get(name, "") for one in row[0].iter() for name in ("data-line-number", "data-line"))
        number = text_of(row[0]) or next(filter(None, said), "")
        if number and not number.isdecimal():
            return False
        known += [int(number)] if number else []
    return bool(known) and known == sorted(known)


def _speaks_of_code(table: HtmlElement) -> bool:
    cell = table.find(".//td[last()]")
    names = [
        element.get("class", "") for element in (table, *ancestors(table, 3), *([cell] if cell is not None else ()))
    ]
    return any(map(names_code, names)) or (cell is not None and bool(PREFORMATTED.search(cell.get("style", ""))))


def _rows_as_lines(element: HtmlElement) -> Iterator[str]:
    """Yield the text of nested tables with a line end before each row."""
    if element.tag == "tr":
        yield "\n"
    yield element.text or "" if element.tag not in ("table", "tbody", "tr") else ""
    for child in element:
        if child.tag in ("p", "div", "blockquote") and child.getprevious() is not None:
            yield "\n"
        yield from ["\n"] if child.tag == "br" else _rows_as_lines(child)
        yield child.tail or "" if element.tag not in ("table", "tbody", "tr") else ""


def _is_count(cell: HtmlElement) -> bool:
    """Tell whether a cell holds 1, 2, 3 and so on, or any other run of numbers."""
    numbers = " ".join(cast("Iterable[str]", cell.itertext())).split()
    if not numbers or not all(number.isdecimal() and len(number) < 8 for number in numbers):
        return False
    first = int(numbers[0])
    return numbers == [str(number) for number in range(first, first + len(numbers))]
