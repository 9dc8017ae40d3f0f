"""Cut a page into passages: what is found and shown of it.

A passage has about 1,200 characters and ends between blocks, never inside a code block or a table's row. A heading
begins one, and so does whatever defines a name: a term of a definition list, an option, a member of an API. Short
definitions share one, since a line or two tell too little of what they are about; `definition` finds each in it.
"""

import re
from collections.abc import Callable, Iterator
from itertools import cycle
from typing import NamedTuple

from docspasta_mcp.document.search.signs import BETWEEN_NAMES, named_signs, names_in
from docspasta_mcp.model.code_spans import code_in_paragraph
from docspasta_mcp.model.markdown_blocks import TABLE_RULE, split_blocks

SIZE = 1_200  # characters; smaller ones lose what explains them, larger ones fill an answer with what was not asked
MIN_DEFINED = 400  # characters of a passage that the next definition goes into, not into one of its own
MAX_HEADINGS = 300  # characters kept of the headings over a passage
MAX_CELL = 60  # characters of a cell that is a name
MAX_NAMES = 400  # characters kept of the names that it defines
MAX_PASSAGES = 1 << 14  # of a page, as many as its numbers have room for
SEPARATOR = " › "

HEADING = re.compile(r"(#{1,6})[ \t]+(.+)")  # its marks and its text
_DEFINED = re.compile(r"[ \t]*(?:[-*+][ \t]+)?(?=\*\*|`|\[`|\[\*\*)(?P<names>[^\n]{1,300})(?:\n|$)")
_NAMED = re.compile(r"\*\*.+?\*\*|`[^`]+`|\]\([^)\s]*\)|<[^>]*>")  # what a line of names is made of, beside signs
_WORD = re.compile(r"\w+")
_UNUSUAL = re.compile(r"``|[<\\\n]")  # beside code, or marks of it that are not one tick each
_CELL_END = re.compile(r"(?<!\\)\|")
_ITEM = re.compile(r"^(?:[-*+]|\d+[.)])[ \t]+", re.MULTILINE)
_SENTENCE = re.compile(r"(?<=[.!?。！？])\s+|\n")
_LINK = re.compile(r"\[([^\[\]]*)\](\([^()\s]*(?:\([^()\s]*\)[^()\s]*)*\))")  # its label and its target
_ASCII = bytes(range(128))
_NO_ASCII_LETTERS = bytes(code for code in range(256) if code > 127 or not chr(code).isalnum())


class Passage(NamedTuple):
    """A part of a page: characters `start` to `end` of its Markdown.

    `headings` are those that it stands under, the page's title first; `names` are what it defines; `links` is how
    much of it are links, in per cent.
    """

    start: int
    end: int
    headings: str
    names: str
    links: int


class Cut(NamedTuple):
    """A part of a page: characters `start` to `end`, the titles of the headings over it, and what it defines."""

    start: int
    end: int
    path: tuple[str, ...]
    names: tuple[str, ...]


class _Unit(NamedTuple):
    """What is not split: a block, an item of a long list, rows of a table."""

    start: int
    end: int
    level: int = 0
    names: str = ""
    is_definition: bool = False


def cut_passages(markdown: str) -> list[Passage]:
    """Return a page's passages, in order and without what is blank; at least one."""
    found: list[Passage] = []
    for one in cuts(markdown):
        text = markdown[one.start : one.end]
        if text.strip() and len(found) < MAX_PASSAGES:
            headings, names = SEPARATOR.join(one.path)[:MAX_HEADINGS], " ".join(one.names)[:MAX_NAMES]
            found.append(Passage(one.start, one.end, headings, names, _link_share(text)))
    return found or [Passage(0, len(markdown), "", "", 0)]


def cuts(markdown: str) -> Iterator[Cut]:
    """Yield the parts of a page that belong together, in order and without gaps."""
    path: list[tuple[int, str]] = []
    names: list[str] = []
    start = end = 0
    has_text = False
    for unit in _units(markdown):
        is_own = unit.is_definition and end - start > MIN_DEFINED
        begins = bool(unit.level) or is_own or unit.end - start > SIZE
        if begins and has_text:
            yield Cut(start, end, tuple(title for _, title in path), tuple(names))
            start, has_text = end, False
            names.clear()
        if unit.level:
            title = markdown[unit.start : unit.end].strip("\n").lstrip("#").strip()
            name = plain(title)
            path = [*(one for one in path if one[0] < unit.level), (unit.level, name)]
            names += [word for word in names_in(title, name).split() if named_signs(word)]
        else:
            has_text = has_text or bool(markdown[unit.start : unit.end].strip())
        if unit.names:
            names.append(unit.names)
        end = unit.end
    if end > start:
        yield Cut(start, end, tuple(title for _, title in path), tuple(names))


def definition(markdown: str, is_meant: Callable[[str], bool]) -> int:
    """Return where in a passage the first name is defined that is meant; 0 if none is."""
    return next((unit.start for unit in _units(markdown) if unit.names and is_meant(unit.names)), 0)


def plain(text: str) -> str:
    """Return a line of Markdown without links, emphasis and code marks; what code says stays as it is."""
    if "](" in text:
        text = _LINK.sub(r"\1", text)
    if "`" not in text:
        return _unmarked(text).strip()
    is_usual = not text.count("`") % 2 and not _UNUSUAL.search(text)
    pieces = zip(cycle((False, True)), text.split("`")) if is_usual else code_in_paragraph(text)
    return "".join(piece.strip("`").strip() if is_code else _unmarked(piece) for is_code, piece in pieces).strip()


def _unmarked(prose: str) -> str:
    return prose.replace("`", "").replace("**", "").replace("\\", "")


def cells(row: str) -> list[str]:
    """Return the cells of a table's row as they are read: a bar in one has lost its backslash."""
    return [cell.replace("\\|", "|").strip() for cell in _CELL_END.split(row.strip().removeprefix("|"))]


def _units(markdown: str) -> Iterator[_Unit]:
    for start, end, opening, closing in split_blocks(markdown):
        text = markdown[start:end]
        if match := HEADING.match(text):
            line = text.find("\n") + 1 or len(text)
            rest = text[line:]
            if not rest or rest.isspace():
                yield _Unit(start, end, len(match[1]))
            else:
                yield _Unit(start, start + line, len(match[1]))
                yield from _split(rest, start + line)
        elif closing:
            yield _Unit(start, end)
        elif opening:
            yield from _rows(markdown, start, end)
        else:
            yield from _split(text, start)


def _text_unit(text: str, start: int) -> _Unit:
    names = _names(text)
    return _Unit(start, start + len(text), 0, names, bool(names))


def _split(text: str, start: int) -> Iterator[_Unit]:
    """Yield a block of text, by its items if it is a list that is long or names things, by sentences if it is long."""
    if len(text) <= SIZE:
        yield _text_unit(text, start)
        return
    items = [match.start() for match in _ITEM.finditer(text)]
    cuts = items if len(items) > 1 else [match.end() for match in _SENTENCE.finditer(text)]
    places = [0, *(place for place in cuts if 0 < place < len(text)), len(text)]
    begin = 0
    for place, following in zip(places[1:], [*places[2:], len(text)], strict=True):
        if place == len(text) or following - begin > SIZE or (items and _names(text[place:following])):
            yield _text_unit(text[begin:place], start + begin)
            begin = place


def _rows(markdown: str, start: int, end: int) -> Iterator[_Unit]:
    """Yield a table in parts of whole rows; what its first cells say is what they define."""
    begin, names = start, list[str]()
    place = start
    for line in markdown[start:end].splitlines(keepends=True):
        if place + len(line) - begin > SIZE and place > begin:
            yield _Unit(begin, place, names=" ".join(names))
            begin, names = place, []
        cell = cells(line)[0]
        if cell and len(cell) <= MAX_CELL and not TABLE_RULE.match(line):
            names.append(names_in(cell, plain(cell)))
        place += len(line)
    if begin < end:
        yield _Unit(begin, end, names=" ".join(names))


def _names(text: str) -> str:
    """Return what a block defines: its first line, if that is made of names in bold or code and little else."""
    match = _DEFINED.match(text)
    if match is None:
        return ""
    line = match["names"]
    rest = text[match.end() :].strip()
    head, separator, _ = line.partition(": ") if not rest else (line, "", "")
    head = head if separator else line
    beside = sum(len(word) for word in _WORD.findall(_NAMED.sub(" ", head)) if word not in BETWEEN_NAMES)
    return names_in(head, plain(head)) if beside <= 0.5 * _letters(head) else ""


def _link_share(text: str) -> int:
    if "](" not in text:
        return 0
    links = _LINK.findall(text)
    labels = _letters("".join([label for label, _ in links]))
    targets = _letters("".join([target for _, target in links]))
    return min(100, 100 * labels // (_letters(text) - targets or 1))


def _letters(text: str) -> int:
    """Count letters and digits."""
    stored = text.encode("utf-8", "replace")
    count = len(stored.translate(None, _NO_ASCII_LETTERS))
    return count if text.isascii() else count + sum(map(str.isalnum, stored.translate(None, _ASCII).decode()))
