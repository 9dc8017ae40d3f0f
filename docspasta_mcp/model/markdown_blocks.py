"""Markdown as a row of pieces: code in fences and what stands between, and that in blocks."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO

_FENCE = re.compile(r"^([ \t>]*(`{3,}|~{3,}))([^\n]*)", re.MULTILINE)
_TABLE_RULE = re.compile(r"^\s*+\|?(\s*+:?-++:?\s*+\|)++\s*+:?-*+:?\s*+$")


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that belong together. `opening` and `closing` make a part of it stand alone."""

    start: int
    end: int
    opening: str = ""
    closing: str = ""


def fences(text: str) -> Iterator[tuple[bool, str]]:
    """Split a text into what is in code fences, the fences included, and what is not (CommonMark §4.5).

    A fence may be indented as deep as its list or quote wants it.
    """
    if "```" not in text and "~~~" not in text:
        yield False, text
        return
    start = 0
    fence = ""
    for match in _fence_lines(text):
        _, marks, rest = match.groups()
        if not fence:
            if marks[0] == "`" and "`" in rest:  # code within a line
                continue
            yield False, text[start : match.start()]
            start, fence = match.start(), marks
        elif marks.startswith(fence) and not rest.strip():
            end = match.end() + 1
            yield True, text[start:end]
            start, fence = end, ""
    yield bool(fence), text[start:]


def _fence_lines(text: str) -> Iterator[re.Match[str]]:
    """Yield what `_FENCE` finds; found by its marks, since a look at the start of each line takes ten times as long."""
    places = {mark: text.find(mark) for mark in ("```", "~~~")}
    while (place := min((one for one in places.values() if one >= 0), default=-1)) >= 0:
        line = text.rfind("\n", 0, place) + 1
        end = text.find("\n", place)
        if match := _FENCE.match(text, line):
            yield match
        for mark, one in places.items():
            if 0 <= one < end or end < 0:
                places[mark] = text.find(mark, end) if end >= 0 else -1


def split_blocks(text: str) -> Iterator[Block]:
    """Yield the text's blocks without gaps: fences, tables, and what stands between blank lines, which end a block."""
    start = 0
    for is_code, part in fences(text):
        if is_code and (fence := _FENCE.match(part)):
            opening = part[: part.find("\n") + 1] or part
            yield Block(start, start + len(part), opening, f"{fence[1]}\n")
        else:
            yield from _prose_blocks(part, start)
        start += len(part)


def _prose_blocks(text: str, start: int) -> Iterator[Block]:
    offset = start
    opening = before = ""
    for line in StringIO(text):
        offset += len(line)
        if not line.strip():
            yield Block(start, offset, opening)
            start, opening = offset, ""
        elif "|" in before and _TABLE_RULE.match(line):
            opening = before + line
        before = line
    if start < offset:
        yield Block(start, offset, opening)
