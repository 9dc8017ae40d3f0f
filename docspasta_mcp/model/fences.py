"""Code fences of a Markdown text: where they begin and end."""

import re
from collections.abc import Iterator

FENCE = re.compile(r"^[ \t>]*(`{3,}|~{3,})")


def fences(text: str) -> Iterator[tuple[bool, str]]:
    """Split a text into what is in code fences, the fences included, and what is not."""
    if "```" not in text and "~~~" not in text:
        yield False, text
        return
    start = end = 0
    fence = ""
    for line in text.splitlines(keepends=True):
        before, end = end, end + len(line)
        match = FENCE.match(line) if "```" in line or "~~~" in line else None
        if match is None:
            continue
        if not fence:
            yield False, text[start:before]
            start, fence = before, match[1]
        elif match[1].startswith(fence) and not line.strip(" \t>\n").strip(fence[0]):
            yield True, text[start:end]
            start, fence = end, ""
    yield bool(fence), text[start:]
