"""Print rows of text below one another, never cut: ids and URLs are copied from here."""

import shutil
import sys
from collections.abc import Sequence

from docspasta_mcp.runtime.escapes import escaped


def print_rows(rows: Sequence[Sequence[str]]) -> None:
    """Print rows as columns, the first as their headings; nothing if there is none.

    In a terminal that is too narrow for a row, the last cell of each stands on a line of its own.
    """
    rows = [[escaped(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    is_wide = not sys.stdout.isatty() or sum(widths) + 2 * len(widths) - 2 <= shutil.get_terminal_size().columns
    for row in rows:
        *before, last = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        line = "  ".join([*before, last] if is_wide else before).rstrip()
        sys.stdout.write(f"{line}\n" if is_wide else f"{line}\n    {last.rstrip()}\n")
