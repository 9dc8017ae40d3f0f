"""Tables that are no `table`: rows and cells by role, or by a `display` of their style."""

import re

from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import make, rename, replace, xpath

_TABLES = frozenset(("table", "grid", "treegrid"))
_CELLS = frozenset(("cell", "gridcell", "columnheader", "rowheader"))
_DISPLAY = re.compile(r"display\s*:\s*(table-row|table-cell|table)(?![\w-])", re.IGNORECASE)


def role_tables(root: HtmlElement, names: frozenset[str], may_hold: frozenset[str]) -> None:
    """Make every table by role or style below `root` a table."""
    for row in list(root.iter("row")):  # of XML that was put into a page as it is
        if next(row.iterancestors("table"), None) is not None:
            for cell in row.iterchildren("cell", "entry"):
                cell.tag = "th" if cell.get("role") == "head" else "td"
            row.tag = "tr"
    if not _TABLES & names and "styled tables" not in may_hold:
        return
    found = xpath(root, ".//@role[.='table' or .='grid' or .='treegrid']/..|.//@style[contains(., 'table')]/..")
    for element in reversed(found):
        if element.tag in ("table", "tbody", "thead") or element.getparent() is None or _part(element) != "table":
            continue
        rows = [row for row in element.iterdescendants() if _part(row) == "row" and _owner(row) is element]
        table = make("table")
        for row in rows:
            cells = [
                cell for cell in row.iterdescendants() if _part(cell) in ("cell", "head") and _nearest_row(cell) is row
            ]
            line = make("tr")
            for cell in cells:
                rename(cell, "th" if _part(cell) == "head" else "td")
                cell.tail = None
                line.append(cell)
            if len(line):
                table.append(line)
        if len(table):
            replace(element, table)


def _part(element: HtmlElement) -> str:
    role = element.get("role", "")
    if role in _TABLES:
        return "table"
    if role == "row":
        return "row"
    if role in _CELLS:
        return "head" if role == "columnheader" else "cell"
    match = _DISPLAY.search(element.get("style", ""))
    return match[1].lower().removeprefix("table-") if match else ""


def _owner(element: HtmlElement) -> HtmlElement | None:
    return next((above for above in element.iterancestors() if _part(above) == "table"), None)


def _nearest_row(element: HtmlElement) -> HtmlElement | None:
    return next((above for above in element.iterancestors() if _part(above) == "row"), None)
