"""Lines that stay lines: the line blocks of Docutils, which set in what is nested."""

from collections.abc import Iterator

from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import make, replace
from docspasta_mcp.extract.glances import has_text
from docspasta_mcp.extract.selectors import tokens

_NAME = "line-block"
_LINE = "line"
_DEEPEST = 8
_SHOWN = ("img", "iframe", "object", "embed", "video", "audio", "svg", "math", "input")
_INDENT = "\xa0" * 4  # Markdown drops other spaces at the start of a line


def join_lines(root: HtmlElement, names: frozenset[str]) -> None:
    """Make each block of lines below `root` a paragraph, with a break between its lines."""
    if not names >= {_NAME, _LINE}:
        return
    blocks = [one for one in root.iter("div") if _NAME in tokens(one)]
    depths: dict[HtmlElement, int] = {}  # how often each block is set in
    for block in blocks:
        if block in depths:
            continue
        lines = list(_lines(block, depths))
        if lines and all(map(_holds_lines, [one for one in (block, *block.iterdescendants("div")) if one in depths])):
            replace(block, _paragraph(lines))


def _holds_lines(block: HtmlElement) -> bool:
    """Tell whether a block has nothing but lines and blocks of them."""
    if (block.text or "").strip():
        return False
    return not any((part.tail or "").strip() or not tokens(part) & {_NAME, _LINE} for part in block)


def _lines(block: HtmlElement, depths: dict[HtmlElement, int]) -> Iterator[tuple[int, HtmlElement]]:
    """Yield the lines of a block and how often each is set in."""
    depths[block] = 0
    for part in block.iterdescendants("div"):
        parent = part.getparent()
        if parent is None or parent not in depths:
            continue
        if _NAME in tokens(part):
            depths[part] = depths[parent] + 1
        elif _LINE in tokens(part):
            yield depths[parent], part


def _paragraph(lines: list[tuple[int, HtmlElement]]) -> HtmlElement:
    whole = make("p")
    for number, (depth, line) in enumerate(lines):
        if number:
            whole.append(make("br"))
        if has_text(line) or next(line.iterdescendants(*_SHOWN), None) is not None:
            whole.append(make("span", _INDENT * min(depth, _DEEPEST) + (line.text or ""), *line))
    return whole
