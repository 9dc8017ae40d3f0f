"""Markdown as a row of blocks: fences, tables, and what stands between blank lines."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO

_FENCE = re.compile(r"^([ \t>]*)(`{3,}|~{3,})([^\n]*)$")
_TABLE_RULE = re.compile(r"^\s*\|?(\s*:?-+:?\s*\|)+\s*:?-*:?\s*$")


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that belong together. `opening` and `closing` make a part of it stand alone."""

    start: int
    end: int
    opening: str = ""
    closing: str = ""


def split_blocks(text: str) -> Iterator[Block]:
    """Yield the text's blocks without gaps; the blank line after a block belongs to it."""
    offset = start = 0
    fence: tuple[str, str] | None = None
    opening = closing = ""
    before = ""
    for line in StringIO(text):
        match = _FENCE.match(line.rstrip("\n")) if "```" in line or "~~~" in line else None
        if fence is not None:
            if match and match[2].startswith(fence[1]) and not match[3].strip():
                fence = None
                yield Block(start, offset + len(line), opening, closing)
                start, opening, closing = offset + len(line), "", ""
        elif match:
            if start < offset:
                yield Block(start, offset, opening, closing)
            start, fence = offset, (match[1], match[2])
            opening, closing = line, f"{match[1]}{match[2]}\n"
        elif not line.strip():
            yield Block(start, offset + len(line), opening, closing)
            start, opening, closing = offset + len(line), "", ""
        elif "|" in before and _TABLE_RULE.match(line):
            opening = before + line
        offset += len(line)
        before = line
    if start < offset:
        yield Block(start, offset, opening, closing)
