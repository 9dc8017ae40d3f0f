"""Code fences of a Markdown text: where they begin and end."""

import re
from collections.abc import Iterator

FENCE = re.compile(r"^[ \t>]*(`{3,}|~{3,})")


def fences(text: str) -> Iterator[tuple[bool, str]]:
    """Split a text into what is in code fences, the fences included, and what is not."""
    if "```" not in text and "~~~" not in text:
        yield False, text
        return
    part: list[str] = []
    fence = ""
    for line in text.splitlines(keepends=True):
        match = FENCE.match(line)
        if fence:
            part.append(line)
            if match and match[1].startswith(fence) and not line.strip(" \t>\n").strip(fence[0]):
                yield True, "".join(part)
                part, fence = [], ""
        elif match:
            yield False, "".join(part)
            part, fence = [line], match[1]
        else:
            part.append(line)
    yield bool(fence), "".join(part)
