"""Markdown as a row of pieces: code in fences and what stands between, and that in blocks."""

import re
from collections.abc import Iterable, Iterator
from io import StringIO
from typing import NamedTuple

CODE_SPAN = r"(?<!`)(?P<code>`++).{1,1000}?(?<!`)(?P=code)(?!`)"  # code within a line, for patterns that leave it alone
_MARK = r"(?:[-*+]|\d{1,9}[.)])[ \t]{1,4}"  # of a list's item
_FENCE = re.compile(
    r"^((?:[ \t>]|[-*+](?=[ \t])|\d{1,9}[.)](?=[ \t]))*+)(`{3,}|~{3,})([^\n]*)", re.MULTILINE
)  # what leads to a fence is read one way alone
_TICKS = re.compile(r"^[ \t]*(`{3,})", re.MULTILINE)  # of a line of code that could close its fence
_CONTAINER = re.compile(rf"[ \t]*(?:(>)[ \t]?|{_MARK})")  # a quotation, or an item and what leads to its text
_ITEM = re.compile(rf"[ \t]*{_MARK}")
_NO_MARK = re.compile(r"[^ \t>]")
_CODE_INDENT = 4  # blanks: so far in, a line is code already (CommonMark §4.4), or stands in a box of Python-Markdown
_LINES_BACK = 100  # that are looked at for the item in which a fence stands
TABLE_RULE = re.compile(r"^\s*+\|?(\s*+:?-++:?\s*+\|)++\s*+:?-*+:?\s*+$")


class Block(NamedTuple):
    """Lines that belong together. `opening` and `closing` make a part of it stand alone."""

    start: int
    end: int
    opening: str = ""
    closing: str = ""


class MarkdownPiece(NamedTuple):
    """A code fence with what is in it, or what stands between two. `is_closed` says whether a line closes the fence."""

    is_code: bool
    text: str
    is_closed: bool = True


def fenced(code: str, language: str = "") -> str:
    """Return code in a fence that no line of it can close."""
    fence = "`" * max(3, 1 + max((len(ticks) for ticks in _TICKS.findall(code)), default=0))
    return f"{fence}{language}\n{code}\n{fence}"


def fences(text: str) -> Iterator[tuple[bool, str]]:
    """Split a text into what is in code fences, the fences included, and what is not; see `pieces`."""
    return ((piece.is_code, piece.text) for piece in pieces(text))


def pieces(text: str) -> Iterator[MarkdownPiece]:
    """Split a text into code fences and what stands between them (CommonMark §4.5).

    A fence ends with the quotation or the item of a list in which it stands (§5), if nothing closes it before. One that
    is indented as far as code counts where it is closed: boxes and tabs of Python-Markdown are written so.
    """
    if "```" not in text and "~~~" not in text:
        yield MarkdownPiece(False, text)
        return
    start = place = 0
    found: list[tuple[int, int]] = []
    upcoming = {mark: text.find(mark) for mark in ("```", "~~~")}
    while (opening := _next_fence(text, place, upcoming)) is not None:
        place = opening.end()
        if opening[2][0] == "`" and "`" in opening[3]:  # code within a line
            continue
        containers, is_deep = _containers(text, opening, found)
        end, is_closed = _end(text, opening, containers)
        if is_deep and not is_closed:
            continue
        yield MarkdownPiece(False, text[start : opening.start()])
        yield MarkdownPiece(True, text[opening.start() : end], is_closed)
        found.append((opening.start(), end))
        start = place = end
    yield MarkdownPiece(False, text[start:])


def _next_fence(text: str, place: int, upcoming: dict[str, int]) -> re.Match[str] | None:
    """Return the next line that may open a fence, found by its marks: a look at each line takes ten times as long.

    `upcoming` has where each mark comes next, so that none is looked for through the whole text again and again.
    """
    while True:
        for mark, at in upcoming.items():
            if 0 <= at < place:
                upcoming[mark] = text.find(mark, place)
        found = [at for at in upcoming.values() if at >= 0]
        if not found:
            return None
        line = text.rfind("\n", 0, min(found)) + 1
        if line >= place and (match := _FENCE.match(text, line)):
            return match
        place = text.find("\n", min(found))
        if place < 0:
            return None


def _containers(text: str, opening: re.Match[str], before: list[tuple[int, int]]) -> tuple[tuple[int, ...], bool]:
    """Return what a fence stands in, outermost first, and whether it is indented as far as code.

    A quotation is 0, an item the width of what leads to its text; so is a box of Python-Markdown.
    """
    lead = opening[1]
    found: list[int] = []
    place = 0
    while match := _CONTAINER.match(lead, place):
        found.append(0 if match[1] else _width(match[0]))
        place = match.end()
    indent = _width(lead[place:])
    if not found and indent:
        column = _item_above(text, opening.start(), indent, before)
        is_deep = indent - column >= _CODE_INDENT
        return ((indent,) if is_deep else (column,) if column else ()), is_deep
    return tuple(found), indent >= _CODE_INDENT


def _item_above(text: str, place: int, indent: int, fences_before: list[tuple[int, int]]) -> int:
    """Return where the text of the item begins that an indented line belongs to; 0 if it belongs to none."""
    starts = {end: start for start, end in fences_before[-_LINES_BACK:]}
    for _ in range(_LINES_BACK):
        if place <= 0:
            break
        before = starts[place] if place in starts else text.rfind("\n", 0, place - 1) + 1
        line, place = text[before : text.find("\n", before)], before
        if not line.strip():
            continue
        own = _indent(line)
        if own >= indent:
            continue
        if (item := _ITEM.match(line)) and _width(item[0]) <= indent:
            return _width(item[0])
        indent = own
        if not indent:
            break
    return 0


def _end(text: str, opening: re.Match[str], containers: tuple[int, ...]) -> tuple[int, bool]:
    """Return where a fence ends, and whether a line closes it."""
    place = text.find("\n", opening.end()) + 1 or len(text)
    while place < len(text):
        if not containers:  # nothing but a line of marks ends it
            found = text.find(opening[2], place)
            if found < 0:
                break
            place = text.rfind("\n", 0, found) + 1
        end = text.find("\n", place) + 1 or len(text)
        line = _inside(text[place:end], containers)
        if line is None:
            return place, False
        if opening[2] in line and _closes(line, opening[2]):
            return end, True
        place = end
    return len(text), False


def _closes(line: str, marks: str) -> bool:
    return not line.strip().strip(marks[0]) and line.strip().startswith(marks) and _indent(line) < _CODE_INDENT


def _inside(line: str, containers: tuple[int, ...]) -> str | None:
    """Return a line without what leads to it in quotations and items, each in the one before; None outside of them."""
    for width in containers:
        if width:
            if not line.strip():
                return ""
            if _indent(line) < width:
                return None
            line = line.expandtabs(4)[width:]
        else:
            line = line.lstrip(" \t")
            if not line.startswith(">"):
                return None
            line = line[2:] if line[1:2] in (" ", "\t") else line[1:]
    return line


def _indent(line: str) -> int:
    return _width(line[: len(line) - len(line.lstrip(" \t"))])


def _width(text: str) -> int:
    return len(text.expandtabs(4))


def split_blocks(text: str) -> Iterator[Block]:
    """Yield the text's blocks without gaps: fences, tables, and what stands between blank lines, which end a block."""
    return blocks_of(fences(text))


def blocks_of(parts: Iterable[tuple[bool, str]]) -> Iterator[Block]:
    """Yield the blocks of a text that is split into fences and what stands between them, see `split_blocks`."""
    start = 0
    for is_code, part in parts:
        if is_code and (fence := _FENCE.match(part)):
            opening = part[: part.find("\n") + 1] or part
            yield Block(start, start + len(part), opening, f"{_NO_MARK.sub(' ', fence[1])}{fence[2]}\n")
        else:
            yield from _prose_blocks(part, start)
        start += len(part)


def _prose_blocks(text: str, start: int) -> Iterator[Block]:
    offset = start
    opening = before = ""
    for line in StringIO(text):
        offset += len(line)
        if line == "\n" or line.isspace():
            yield Block(start, offset, opening)
            start, opening = offset, ""
        elif "|" in before and TABLE_RULE.match(line):
            opening = before + line
        before = line
    if start < offset:
        yield Block(start, offset, opening)
