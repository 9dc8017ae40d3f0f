"""Markdown as what is code and what is prose: fences and code within a line alike, as CommonMark reads them (§6.1).

Who asks takes something out of prose, so what could be read either way is prose: ticks in raw HTML, and ticks that a
new block, a line that ends its block, or a cell of a table parts.
"""

import re
from collections.abc import Iterator

from docspasta_mcp.model.characters import drop_invisible, has_invisible
from docspasta_mcp.model.markdown_blocks import fences

_BLANK_LINE = re.compile(r"(\n[ \t>]*(?=\n))")
_A_TABLE = re.compile(  # its second line; one of a single column is a table behind a line with a bar
    r"^[ \t>]*+\|?(?:[ \t]*+:?-++:?[ \t]*+\|)++[ \t:-]*+$|^[ \t>]*+\|[ \t]*+:?-++:?[ \t]*+$"
    r"|\|[^|\n]*+\n[ \t>]*+:?-++:?[ \t]*+$",
    re.MULTILINE,
)
_LEAD = r"(?:[ \t>]|[-*+](?=[ \t])|\d{1,9}[.)](?=[ \t]))*+"  # of a line: quotations and items of lists
_A_HEADING = re.compile(rf"^{_LEAD}#{{1,6}}(?![^ \t\n])[^\n]*+\n", re.MULTILINE)
_TWO_LINES = re.compile(rf"^(?P<lead>{_LEAD})[^\n]*+\n(?=(?P<next>[ \t>]*+))", re.MULTILINE)
_A_DEFINITION = re.compile(rf"^{_LEAD}\[(?:[^\[\]\\]|\\.){{1,500}}\]:", re.MULTILINE | re.DOTALL)
_RAW_BLOCK = re.compile(  # in which nothing is Markdown, up to the next blank line (§4.6)
    r"^[ \t>]*+</?(?:address|article|aside|blockquote|body|center|details|dialog|div|dl|fieldset|figure|footer|form|"
    r"h[1-6]|header|iframe|li|main|nav|ol|p|pre|script|section|style|summary|table|tbody|td|textarea|th|thead|tr|ul)"
    r"[\s/>]",
    re.IGNORECASE | re.MULTILINE,
)
_RAW_ELEMENT = re.compile(  # that goes on behind blank lines, up to an end tag
    r"(^[ \t>]*+<(?:pre|script|style|textarea)(?=[\s>])(?:[^<]++|<(?!/(?:pre|script|style|textarea)\b))*+)",
    re.IGNORECASE | re.MULTILINE,
)
_NEW_BLOCK = r"[ \t]*(?:[#>*+=<|~-]|_(?:[ \t]*+_){2}|\d{1,9}[.)]|\Z)"  # a line that begins so may end the paragraph
_ATTRIBUTE = r"\s++[A-Za-z_:][\w.:-]*+(?:\s*+=\s*+(?:[^\s\"'=<>`]++|'[^']*+'|\"[^\"]*+\"))?"
_IN_ANGLES = re.compile(  # raw HTML (§6.6) and autolinks (§6.5), behind their `<`: ticks in them are no marks
    rf"[A-Za-z][A-Za-z0-9-]*+(?:{_ATTRIBUTE})*+\s*+/?>|/[A-Za-z][A-Za-z0-9-]*+\s*+>|!--.*?-->|!\[CDATA\[.*?\]\]>|\?.*?\?>"
    r"|![A-Za-z][^>]*+>|[A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>]*+>|[\w.!#$%&'*+/=?^`{|}~-]++@[\w.-]++>",
    re.DOTALL,
)
_MAX_TAG = 1_000  # characters
_MAX_LONG_TAGS = 20  # of a paragraph, each maybe as long as it; what stands behind more of them is prose


def _span(piece: str, line_end: str = r"(?!)") -> re.Pattern[str]:
    """Return a pattern for what stands first: an escape, an angle, or code made of such pieces."""
    return re.compile(
        r"\\[\\`<]|(?P<angle><(?=[\w/!?.#$%&'*+=^`{|}~-]))|(?P<code>(?<!`)(?P<ticks>`{1,9})(?!`)"
        rf"(?:{piece}|{line_end}|(?!(?P=ticks)(?!`))`++)*+(?P=ticks)(?!`))"
    )


_IN_PROSE, _IN_A_LINE = _span(r"[^`\n]++", rf"\n(?!{_NEW_BLOCK})"), _span(r"[^`\n]++")
_IN_A_TABLE = _span(r"[^`\n|\\]++|\\\|?+")


def code_and_prose(text: str) -> Iterator[tuple[bool, str]]:
    """Split a text into what is code, its marks included, and what is not."""
    for is_code, part in paragraphs(text):
        if is_code:
            yield is_code, part
        else:
            yield from code_in_paragraph(part)


def paragraphs(text: str) -> Iterator[tuple[bool, str]]:
    """Split a text into fences and, where there is code within a line, into paragraphs; true are fences."""
    for is_code, part in fences(text):
        if is_code or "`" not in part:
            yield is_code, part
        else:
            for number, piece in enumerate(_RAW_ELEMENT.split(part)):
                yield from ((False, one) for one in ((piece,) if number % 2 else _BLANK_LINE.split(piece)))


def without_unseen(text: str) -> str:
    """Return Markdown without characters that nobody sees, see `drop_invisible`; code keeps them."""
    if not has_invisible(text):
        return text
    return "".join(part if is_code else drop_invisible(part) for is_code, part in code_and_prose(text))


def code_in_paragraph(text: str) -> Iterator[tuple[bool, str]]:
    """Split a paragraph into what is code, its marks included, and what is not."""
    if "`" not in text:
        yield False, text
        return
    raw = _RAW_BLOCK.search(text)
    start = 0
    for code in _code(text[: raw.start()] if raw else text, _pattern(text)):
        yield False, text[start : code.start()]
        yield True, code[0]
        start = code.end()
    yield False, text[start:]


def _pattern(text: str) -> re.Pattern[str]:
    """Return how code is found in a paragraph: a row of a table and a definition of a link end with their line."""
    if "|" in text and _A_TABLE.search(text):
        return _IN_A_TABLE
    return _IN_A_LINE if "]:" in text and _A_DEFINITION.search(text) else _IN_PROSE


def _ends(text: str) -> list[int]:
    """Return where blocks of a paragraph end: behind headings, and behind the last line that is code by its indent."""
    ends = {match.end() for match in _A_HEADING.finditer(text)} if "#" in text else set[int]()
    if "    " in text or "\t" in text:
        ends.update(match.end() for match in _TWO_LINES.finditer(text) if _ends_code(match["lead"], match["next"]))
    return sorted({*ends, len(text)})


def _ends_code(lead: str, next_lead: str) -> bool:
    """Tell whether a line may be code by its indent that the next line does not share."""
    return ("    " in lead or "\t" in lead) and len(next_lead.expandtabs(4)) < len(lead.expandtabs(4))


def _code(text: str, pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
    """Yield the code within the lines of a paragraph."""
    place = long_tags = 0
    for end in _ends(text):
        while (token := pattern.search(text, place, end)) is not None:
            place = token.end()
            if token["code"]:
                yield token
            elif token["angle"]:
                rest = _IN_ANGLES.match(text, place, min(end, place + _MAX_TAG))
                if rest is None and end > place + _MAX_TAG:
                    long_tags += 1
                    rest = _IN_ANGLES.match(text, place, end)
                is_open = rest is None and text[place] in "!?" and end < len(text)  # a comment goes on over blocks
                if is_open or long_tags >= _MAX_LONG_TAGS:
                    return
                place = rest.end() if rest else place
        place = end
