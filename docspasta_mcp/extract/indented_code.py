"""Code that a Markdown page sets apart by four blanks (CommonMark §4.4), written in fences instead.

What stands in a fence is code for every later rule; four blanks may as well be a paragraph of an item or of a box.
"""

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from docspasta_mcp.model.markdown_blocks import fenced

if TYPE_CHECKING:
    from markdown_it.token import Token

_AT_RISK = re.compile(r"^(?: {4}| {0,3}\t)[^\n]*[<\[{&`]", re.MULTILINE)  # what a later rule may take for its own
_A_BOX = re.compile(  # of Python-Markdown and its kin, notes and definitions: what is indented below is their text
    r"!!!|\?\?\?|===|:::|///|\.\.[ \t]|:[ \t]|~[ \t]|\[\^|\*\["
)
_LINES_BACK = 500  # that are looked at; indented farther down, nobody can be sure


def with_fences(text: str) -> str:
    """Return a page with its indented code in fences, where nothing else can be meant; not inside of quotations."""
    if not _AT_RISK.search(text):
        return text
    from markdown_it import MarkdownIt  # noqa: PLC0415  # few pages need it

    lines = text.split("\n")
    written: list[str] = []
    place = 0
    for token in _code(MarkdownIt("commonmark").parse(text)):
        first, last = token.map or (0, 0)
        line = lines[first].expandtabs(4)
        column = len(line) - len(line.lstrip()) - 4 - (len(token.content) - len(token.content.lstrip(" ")))
        if column >= 0 and not _is_in_box(lines, first):
            written += [*lines[place:first], *_fence(token.content, " " * column)]
            place = last
    return "\n".join([*written, *lines[place:]])


def _code(tokens: "Sequence[Token]") -> "Iterator[Token]":
    """Yield the indented code that is in no quotation."""
    quotations = 0
    for token in tokens:
        quotations += (token.type == "blockquote_open") - (token.type == "blockquote_close")
        if token.type == "code_block" and not quotations:
            yield token


def _is_in_box(lines: Sequence[str], place: int) -> bool:
    """Tell whether the line that an indented one is below opens something that CommonMark does not know, or may."""
    first = max(0, place - _LINES_BACK)
    before = (lines[at] for at in range(place - 1, first - 1, -1))
    above = next((one for one in before if one.strip() and not one[0].isspace()), "!!!" if first else "")
    return bool(_A_BOX.match(above))


def _fence(content: str, lead: str) -> list[str]:
    return [f"{lead}{line}" if line else "" for line in fenced(content.removesuffix("\n")).split("\n")]
