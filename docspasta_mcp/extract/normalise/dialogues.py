"""Questions and answers that DocBook sets as a table, with a mark or number in the first cell of each row."""

import re
from collections.abc import Sequence

from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import bold_line, label_of, make, rename, replace, text_of
from docspasta_mcp.extract.selectors import tokens

_MARK = re.compile(r"(?:\w{1,15}[ .]?)?[\d.]*[.:)]|[A-Z]?[\d.]*")  # "Q:", "1.2.", "Question 3:", "Q4"
_MORE = ("code", "tt", "img", "svg", "math")  # what no mark holds


def is_dialogue(rows: Sequence[HtmlElement]) -> bool:
    """Tell whether rows are the questions and answers, with titles over them, or lists of them, in a cell alone."""
    kinds = [tokens(row) & {"question", "answer"} for row in rows]
    if not any(kinds) or not all(kind or _is_aside(row) for kind, row in zip(kinds, rows, strict=True)):
        return False
    return all(map(_is_turn, rows))


def _is_aside(row: HtmlElement) -> bool:
    return not text_of(row) or sum(1 for _ in row.iterchildren("td", "th")) == 1


def _is_turn(row: HtmlElement) -> bool:
    """Tell whether a row is what is said, alone or behind a mark."""
    cells = list(row.iterchildren("td", "th"))
    if len(cells) < 2:
        return True
    is_plain = next(cells[0].iter(*_MORE), None) is None and cells[0].find(".//a[@href]") is None
    return len(cells) == 2 and is_plain and bool(_MARK.fullmatch(text_of(cells[0])))


def write_dialogue(table: HtmlElement, rows: Sequence[HtmlElement]) -> None:
    """Write questions and answers as blocks, each behind its mark."""
    block = make("div")
    for caption in table.iterchildren("caption"):
        block.append(bold_line(label_of(caption)))
    for row in rows:
        cells = list(row.iterchildren("td", "th"))
        mark = label_of(cells[0]) if len(cells) > 1 else ""
        for cell in cells[1:] or cells:
            rename(cell, "div")
            block.append(cell)
            first = next(iter(cell), None)
            holder = first if first is not None and first.tag == "p" and not (cell.text or "").strip() else cell
            if mark:
                label = make("strong", mark)
                label.tail, holder.text = f" {(holder.text or '').lstrip()}", None
                holder.insert(0, label)
                mark = ""
    replace(table, block)
