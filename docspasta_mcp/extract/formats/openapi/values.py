"""Look into parsed JSON whose author may have written anything, and write small pieces of Markdown."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from docspasta_mcp.extract.inline import code_span
from docspasta_mcp.model.markdown_blocks import fenced, fences

MAX_EXAMPLE = 20_000  # characters of one example; the largest are whole answers of list operations
_HEADING = re.compile(r"^ {0,3}(#{1,6})(?=[ \t])", re.MULTILINE)
_BLANKS = re.compile(r"(?<![ \t])[ \t]*\n[ \t\n]*")


def mapping(value: Any) -> Mapping[str, Any]:
    """Return a value if it is a mapping, else an empty one."""
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}


def sequence(value: Any) -> Sequence[Any]:
    """Return a value if it is a list, else an empty one."""
    return cast("Sequence[Any]", value) if isinstance(value, list) else ()


def text(value: Any) -> str:
    """Return a value's text without blanks around it; nothing for what is not a single value."""
    if isinstance(value, str):
        return value.strip()
    return plain(value) if isinstance(value, (int, float)) else ""


def plain(value: Any) -> str:
    """Return any value as JSON in one line, text without quotes."""
    if isinstance(value, str):
        return value
    try:
        return json.dumps(value, ensure_ascii=False, default=str)
    except (ValueError, RecursionError):  # it holds itself
        return "…"


def code(value: Any, most: int = 200) -> str:
    """Return a value as a code span of one line."""
    line = " ".join(plain(value).split())
    line = line if len(line) <= most else f"{line[:most]}…"
    return code_span(line).strip() if line else '`""`'


def cell(markdown: str) -> str:
    """Return Markdown as a table's cell holds it: one line, with `<br>` between paragraphs."""
    return _BLANKS.sub("<br>", markdown.strip()).replace("|", r"\|")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of Markdown cells without the columns that are empty in every row; nothing if it has no row."""
    lines = [list(map(cell, row)) for row in rows]
    kept = [number for number in range(len(head)) if any(line[number] for line in lines)]
    if not kept:
        return ""
    written = [[head[number] for number in kept], ["---"] * len(kept), *([line[n] for n in kept] for line in lines)]
    return "\n".join(f"| {' | '.join(line)} |" for line in written)


def code_block(content: str, language: str) -> str:
    """Return a code block without empty lines around the code."""
    return fenced(content.strip("\n"), language)


def example(value: Any, media_type: str) -> str:
    """Return an example as a code block: text as it stands, everything else as JSON."""
    if isinstance(value, str):
        content, language = value, _language(media_type)
        if language == "json" and value.lstrip()[:1] not in ("{", "["):
            content = json.dumps(value, ensure_ascii=False)
    else:
        language = "json"
        try:
            content = json.dumps(value, ensure_ascii=False, indent=2, default=str)
        except (ValueError, RecursionError):
            return ""
    if len(content) > MAX_EXAMPLE:
        cut = content[:MAX_EXAMPLE].rpartition("\n")[0] or content[:MAX_EXAMPLE]
        return f"{code_block(cut, language)}\n\n(The example goes on; its first {MAX_EXAMPLE:,} characters are shown.)"
    return code_block(content, language)


def _language(media_type: str) -> str:
    kind = media_type.partition(";")[0].strip().lower()
    for name in ("json", "xml", "yaml", "html", "csv"):
        if kind.endswith((f"/{name}", f"+{name}")) or (name == "json" and kind in ("", "*/*")):
            return name
    return ""


def below(markdown: str, level: int) -> str:
    """Return an author's Markdown with its headings put below a heading of the given level."""
    markdown = markdown.strip().replace("\r\n", "\n")
    found = [
        len(match[1]) for is_code, part in fences(f"{markdown}\n") if not is_code for match in _HEADING.finditer(part)
    ]
    if not found:
        return markdown
    shift = level + 1 - min(found)

    def moved(match: re.Match[str]) -> str:
        return "#" * max(1, min(6, len(match[1]) + shift))

    parts = (part if is_code else _HEADING.sub(moved, part) for is_code, part in fences(f"{markdown}\n"))
    return "".join(parts).strip()


def joined(parts: Iterable[str]) -> str:
    """Return blocks of Markdown with a blank line between them, empty ones left out."""
    return "\n\n".join(part for part in parts if part)
