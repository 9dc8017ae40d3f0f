"""Print rows of text below one another, never cut: ids and URLs are copied from here."""

import sys
from collections.abc import Sequence

from docspasta_mcp.runtime.escapes import escaped


def print_rows(rows: Sequence[Sequence[str]]) -> None:
    """Print rows as columns, the first as their headings; nothing if there is none."""
    rows = [[escaped(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        sys.stdout.write(f"{line.rstrip()}\n")
