"""Markdown as what is code and what is prose: fences and code within a line alike, as CommonMark reads them (§6.1).

Who asks takes something out of prose, so what could be read either way is prose: ticks in raw HTML, and ticks that a
new block or a cell of a table parts.
"""

import re
from collections.abc import Iterator

from docspasta_mcp.model.characters import drop_invisible, has_invisible
from docspasta_mcp.model.markdown_blocks import fences

_BLANK_LINE = re.compile(r"(\n[ \t>]*(?=\n))")
_A_TABLE = re.compile(r"^[ \t>]*+\|?(?:[ \t]*+:?-++:?[ \t]*+\|)++[ \t:-]*+$", re.MULTILINE)
_RAW_BLOCK = re.compile(  # in which nothing is Markdown, up to the next blank line (§4.6)
    r"[ \t>]*+</?(?:address|article|aside|blockquote|body|center|details|dialog|div|dl|fieldset|figure|footer|form|"
    r"h[1-6]|header|iframe|li|main|nav|ol|p|pre|script|section|style|summary|table|tbody|td|textarea|th|thead|tr|ul)"
    r"[\s/>]",
    re.IGNORECASE,
)
_NEW_BLOCK = r"[ \t]*(?:[#>*+=<|~-]|\d{1,9}[.)]|\Z)"  # a line that begins so may end the paragraph
_ATTRIBUTE = r"\s++[A-Za-z_:][\w.:-]*+(?:\s*+=\s*+(?:[^\s\"'=<>`]++|'[^']*+'|\"[^\"]*+\"))?"
_IN_ANGLES = re.compile(  # raw HTML (§6.6) and autolinks (§6.5), behind their `<`: ticks in them are no marks
    rf"[A-Za-z][A-Za-z0-9-]*+(?:{_ATTRIBUTE})*+\s*+/?>|/[A-Za-z][A-Za-z0-9-]*+\s*+>|!--.*?-->|!\[CDATA\[.*?\]\]>|\?.*?\?>"
    r"|![A-Za-z][^>]*+>|[A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>]*+>|[\w.!#$%&'*+/=?^`{|}~-]++@[\w.-]++>",
    re.DOTALL,
)
_MAX_TAG = 1_000  # characters
_MAX_LONG_TAGS = 20  # of a paragraph, each maybe as long as it; what stands behind more of them is prose


def _span(piece: str) -> re.Pattern[str]:
    """Return a pattern for what stands first: an escape, an angle, or code made of such pieces."""
    return re.compile(
        r"\\[\\`<]|(?P<angle><(?=[\w/!?.#$%&'*+=^`{|}~-]))|(?P<code>(?<!`)(?P<ticks>`{1,9})(?!`)"
        rf"(?:{piece}|\n(?!{_NEW_BLOCK})|(?!(?P=ticks)(?!`))`++)*+(?P=ticks)(?!`))"
    )


_IN_PROSE, _IN_A_TABLE = _span(r"[^`\n]++"), _span(r"[^`\n|\\]++|\\\|?+")


def code_and_prose(text: str) -> Iterator[tuple[bool, str]]:
    """Split a text into what is code, its marks included, and what is not."""
    for is_code, part in fences(text):
        if is_code or "`" not in part:
            yield is_code, part
        else:
            for paragraph in _BLANK_LINE.split(part):
                yield from _in_paragraph(paragraph)


def without_unseen(text: str) -> str:
    """Return Markdown without characters that nobody sees, see `drop_invisible`; code keeps them."""
    if not has_invisible(text):
        return text
    return "".join(part if is_code else drop_invisible(part) for is_code, part in code_and_prose(text))


def _in_paragraph(text: str) -> Iterator[tuple[bool, str]]:
    if "`" not in text or _RAW_BLOCK.match(text.lstrip("\n")):
        yield False, text
        return
    pattern = _IN_A_TABLE if "|" in text and _A_TABLE.search(text) else _IN_PROSE
    start = place = long_tags = 0
    while long_tags < _MAX_LONG_TAGS and (token := pattern.search(text, place)) is not None:
        place = token.end()
        if token["code"]:
            yield False, text[start : token.start()]
            yield True, token[0]
            start = place
        elif token["angle"]:
            rest = _IN_ANGLES.match(text, place, place + _MAX_TAG)
            if rest is None and len(text) > place + _MAX_TAG:
                long_tags += 1
                rest = _IN_ANGLES.match(text, place)
            place = rest.end() if rest else place
    yield False, text[start:]
