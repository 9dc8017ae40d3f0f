"""Passages of a manual as JSON Lines, for indexes: a page's sections, cut where they are long.

The passages of a page, put one behind the other, are its Markdown to the letter, so that nothing is lost on the way.
"""

import json
import re
from collections.abc import Iterator

from docspasta_mcp.document.render import iso_time
from docspasta_mcp.model.markdown_blocks import fences, split_blocks
from docspasta_mcp.model.page import Page
from docspasta_mcp.model.tokens import count_tokens

MAX_PASSAGE = 4_000  # characters, about a thousand tokens; a single block may be longer
_HEADING = re.compile(r"^(#{1,6})[ \t]+(.+?)[ \t]*#*$", re.MULTILINE)


def passages(page: Page, manual: str) -> Iterator[str]:
    """Yield the passages of a page, a line of JSON each.

    Args:
        page: the page.
        manual: URL of the manual that it belongs to.
    """
    record = page.record
    for number, (text, path) in enumerate(_cut(page.markdown), 1):
        fields = {
            "id": f"{record.content_hash[:16] or record.number}-{number}",
            "manual": manual,
            "source": record.url,
            "title": record.title,
            "headings": path,
            "page": record.number,
            "passage": number,
            "level": record.nav_level,
            "text": text,
            "tokens": count_tokens(text),
            "fetched": iso_time(record.fetched_at),
            "hash": record.content_hash,
        }
        yield f"{json.dumps(fields, ensure_ascii=False)}\n"


def _cut(markdown: str) -> Iterator[tuple[str, list[str]]]:
    """Yield pieces of a page with the headings that they stand under."""
    path: list[tuple[int, str]] = []
    for start, end, level, title in _sections(markdown):
        if level:
            path = [one for one in path if one[0] < level] + [(level, title)]
        names = [name for _, name in path]
        section, begin = markdown[start:end], 0
        for block in split_blocks(section):
            if block.end - begin > MAX_PASSAGE and block.start > begin:
                yield section[begin : block.start], names
                begin = block.start
        if begin < len(section):
            yield section[begin:], names


def _sections(markdown: str) -> Iterator[tuple[int, int, int, str]]:
    """Yield (start, end, level, title) of the parts of a page between its headings; code has none."""
    marks: list[tuple[int, int, str]] = [(0, 0, "")]
    offset = 0
    for is_code, part in fences(markdown):
        if not is_code:
            marks += [(offset + one.start(), len(one[1]), one[2]) for one in _HEADING.finditer(part)]
        offset += len(part)
    for (start, level, title), after in zip(marks, [*marks[1:], (len(markdown), 0, "")], strict=True):
        if start < after[0]:
            yield start, after[0], level, title
