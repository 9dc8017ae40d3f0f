"""What tells code in no `pre`: names of classes, styles, and elements that are a line each."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import cast

from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import ancestors

PREFORMATTED = re.compile(r"white-space\s*:\s*(pre(?:-wrap|-line)?|break-spaces)\b", re.IGNORECASE)
_BLOCK_STYLE = re.compile(r"display\s*:\s*(?:block|flex|grid|table-row|list-item)", re.IGNORECASE)
CODE_NAMES = re.compile(
    r"(?:^|[\s_-])(?:code|code-?block|source|source-?code|snip|snippet|listing|highlight|hljs|blob|syntax(?:highlighter)?|crayon|codemirror(?:-(?:lines|code))?|cm-content|view-lines|ace_(?:text-layer|content)|"
    r"rouge|chroma|codehilite|prettyprint|programlisting|terminal|console|editor|shiki|prism|verbatim|lstlisting|codeSnippetBody|RktBlk|SVerbatim)(?:$|[\s_-])",
    re.IGNORECASE,
)
_DEPTH = 2  # of lines in code
_LINE_NAMES = re.compile(r"(?:^|[\s_-])lines?(?:$|[\s_-])|code_item$|^(?:l|ln|cl|row|codeline)$", re.IGNORECASE)


@lru_cache(maxsize=4096)
def names_code(names: str) -> bool:
    """Tell whether class names speak of code."""
    return bool(CODE_NAMES.search(names))


def line_elements(element: HtmlElement) -> list[HtmlElement]:
    """Return the elements that are the lines of a listing, if all of it is in such."""
    lines = [child for child in element if child.tag in ("div", "span", "p", "code")]
    if len(lines) == 1 and len(element) == 1 and not (element.text or "").strip():
        return line_elements(lines[0])
    if len(lines) < 2 or len(lines) != len(element) or (element.text or "").strip():
        return []
    if any((line.tail or "").strip() for line in lines):
        return []
    return lines if all(_is_line(line) for line in lines) else []


def _is_line(element: HtmlElement) -> bool:
    if _BLOCK_STYLE.search(element.get("style", "")) or _LINE_NAMES.search(element.get("class", "")):
        return True
    return element.tag == "div" and any(above.tag == "code" for above in ancestors(element, _DEPTH))


def broken(element: HtmlElement, line_end: str = "\n") -> Iterator[str]:
    """Yield an element's text, with a line end for every br; `line_end` is what those of the source become."""
    yield (element.text or "").replace("\n", line_end)
    for part in element:
        yield from ["\n"] if part.tag == "br" else broken(part, line_end)
        yield (part.tail or "").replace("\n", line_end)


def raw(element: HtmlElement) -> str:
    """Return an element's text as it is written."""
    return "".join(cast("Iterable[str]", element.itertext()))
