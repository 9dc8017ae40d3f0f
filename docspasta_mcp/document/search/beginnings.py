"""What an answer shows of a passage that it has no room for: its first words, a line a block, and lines of code."""

import re
from textwrap import dedent

from docspasta_mcp.document.search.excerpts import LEFT_OUT, body
from docspasta_mcp.document.search.passages import cells
from docspasta_mcp.model.markdown_blocks import TABLE_RULE, MarkdownPiece, fenced, pieces

GLIMPSE = 150  # characters of a beginning
_NEAR = 20  # more or fewer of them, for it to end with a sentence
_LEAST = 30  # characters of room that are filled
_APART = "\n\n"
_SENTENCE_END = re.compile(  # not the number of an item; after "e.g." a small letter follows
    r"""(?<!\s\d)(?<!\s\d\d)[.!?]["')\]]*+(?=\s*+$|\s++[^\sa-z])|[。！？]"""
)
_QUOTE = re.compile(r"^[ \t]*+(?:>[ \t]?)++(?:\[![A-Z]+\])?")
_RULE = re.compile(r"[ \t]*([-*_])(?:[ \t]*\1){2,}[ \t]*")
_OWN_LINE = re.compile(r"[ \t>]*+(?:\||[-*+][ \t]|\d+[.)][ \t])")
_OPENING = re.compile(r"\A[^`~]*+[`~]++")


def beginning(text: str) -> str:
    """Return the first words of a passage and its first lines of code, under the same headings."""
    said = body(text)
    shown: list[str] = []
    room = GLIMPSE
    parts = [piece for piece in pieces(said) if piece.text.strip()]
    for number, piece in enumerate(parts, start=1):
        part, is_whole = _first_lines(piece, room) if piece.is_code else _first_words(piece.text, room)
        shown.append(part)
        room -= len(part)
        if not is_whole or (room < _LEAST and number < len(parts)):
            shown[-1] += (_APART if piece.is_code else " ") + LEFT_OUT.rstrip()
            break
    return f"{text[: len(text) - len(said)]}{_APART.join(shown)}\n"


def sentence_ends(text: str, start: int, end: int) -> list[int]:
    """Return where sentences end between two places of a text."""
    found = (match.end() for match in _SENTENCE_END.finditer(text, start, end + 2))  # what follows tells an end
    return [place for place in found if place <= end]


def _first_words(text: str, room: int) -> tuple[str, bool]:
    """Return so much of a text as there is room for, each block and item on a line, and whether it is all of it."""
    parts: list[str] = []
    begins = True
    for line in text.split("\n"):
        words = _words_of(line)
        if not words:
            begins = True
        elif begins or _OWN_LINE.match(line):
            parts += "\n" if parts else "", f"\\{words}" if words.startswith("#") else words  # no heading here
            begins = False
        else:
            parts += " ", words
    shown = "".join(parts)
    end = _end(shown, room) if len(shown) > room else len(shown)
    return shown[:end], end == len(shown)


def _end(words: str, room: int) -> int:
    """Return where a beginning ends: with a sentence near, else a word, where words are parted."""
    ends = sentence_ends(words, room - _NEAR, room + _NEAR)
    if ends:
        return min(ends, key=lambda end: abs(end - room))
    space = max(words.rfind(mark, room // 2, room) for mark in " \n")
    return space if space > 0 else room


def _words_of(line: str) -> str:
    """Return a line without the marks of a quote, of a table's row its cells, of a rule nothing."""
    line = _QUOTE.sub("", line)
    if not line.startswith("|"):
        return "" if _RULE.fullmatch(line) else " ".join(line.split())
    return "" if TABLE_RULE.match(line) else ", ".join(filter(None, cells(line)))


def _first_lines(piece: MarkdownPiece, room: int) -> tuple[str, bool]:
    """Return so many lines of code as there is room for, at least one, in a fence, and whether they are all."""
    opening, *lines = piece.text.rstrip("\n").split("\n")
    start = _OPENING.match(opening)
    if depth := start[0].count(">") if start else 0:  # of quotations; more of them are code's
        quoted = re.compile(rf"[ \t]*(?:>[ \t]?){{0,{depth}}}")
        lines = [quoted.sub("", line, count=1) for line in lines]
    lines = dedent("\n".join(lines[:-1] if piece.is_closed else lines)).split("\n")
    count, taken = 0, 0
    while count < len(lines) and (not count or taken + len(lines[count]) <= room):
        taken += len(lines[count]) + 1
        count += 1
    first, is_cut = lines[:count], len(lines[0]) > 2 * GLIMPSE
    code = lines[0][: 2 * GLIMPSE] if is_cut else "\n".join(first)
    language = opening[start.end() :].strip() if start else ""
    return fenced(code, language), count == len(lines) and not is_cut
