"""Questions and answers that DocBook sets as a table, with a mark or number in the first cell of each row."""

from collections.abc import Sequence

from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import make, rename, replace, text_of
from docspasta_mcp.extract.selectors import tokens


def is_dialogue(rows: Sequence[HtmlElement]) -> bool:
    """Tell whether rows are the questions and answers."""
    kinds = [tokens(row) & {"question", "answer"} for row in rows]
    if not any(kinds) or not all(kind or not text_of(row) for kind, row in zip(kinds, rows, strict=True)):
        return False
    return all(sum(1 for _ in row.iterchildren("td", "th")) <= 2 for row in rows)


def write_dialogue(table: HtmlElement, rows: Sequence[HtmlElement]) -> None:
    """Write questions and answers as blocks, each behind its mark."""
    block = make("div")
    for row in rows:
        cells = list(row.iterchildren("td", "th"))
        mark = text_of(cells[0]) if len(cells) > 1 else ""
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
