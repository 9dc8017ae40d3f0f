"""Signs that are looked for as words are: operators and special parameters, as `:=`, `&&`, `$@` and `!`.

The index has them where a passage names them, and where its text speaks of one as code. A query has those that stand
between blanks, and a single character as code, in quotation marks or alone; what prose is written with is none.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

MAX_SIGN = 5  # characters
BETWEEN_NAMES = frozenset(("or", "and"))
_SIGN = r"[!-/:-@\[-^{-~]"  # ASCII without letters, digits, the underscore and the backtick
_ONLY_SIGNS = re.compile(rf"{_SIGN}{{1,{MAX_SIGN}}}")
_CODE = re.compile(r"`([^`\n]*)`")
_BOLD = re.compile(r"\*\*((?:\\.|[^\\\n*]){1,80})\*\*")
_MARKED = re.compile(  # of a pair of marks, so that what stands between two pairs is none
    r"`([^`\n]*)`|\*\*([^\s*]*)\*\*|“([^“”\n]*)”|‘([^‘’\n]*)’|«([^«»\n]*)»"
    r"|(?<!\w)(?:\"([^\"\n]*)\"|'([^'\n]*)')(?!\w)"
)
_WORD = re.compile(r"\S+")
_PROSE = frozenset(("--", "---", "..", "...", "?!", "!?", ":)", ":(", ";)"))
_ENDS = ".,;:?!"  # of a sentence
_BRACKETS = frozenset(("()", "[]", "{}"))


class Sign(NamedTuple):
    """A sign in a query, and where it begins."""

    start: int
    text: str


def is_sign(word: str) -> bool:
    """Tell whether a word of a query is one."""
    return _ONLY_SIGNS.fullmatch(word) is not None


def term_of(sign: str) -> str:
    """Return what the index calls a sign: a term has only letters, digits and an underscore."""
    return f"_{sign.encode().hex()}"


def last_of(sign: str) -> str:
    """Return what a sign is called where its `$` goes without saying, as `?` for `$?`."""
    return sign[1:] if len(sign) == 2 and sign[0] == "$" else sign


def names_in(line: str, plain: str) -> str:
    """Return what a line of Markdown names without the signs that only part its names, as `/` in `-v / --verbose`.

    A sign is a name as code, in bold or in brackets, also between what it stands between (`x && y`), as the first word
    or the last, and where there is nothing else.

    Args:
        line: of names, a heading or a cell.
        plain: the same as plain text.
    """
    words = plain.split()
    signs = sum(is_sign(_name(word)) for word in words)
    if not signs or signs + sum(word in BETWEEN_NAMES for word in words) == len(words):
        return plain
    spans = [*_CODE.findall(line), *(bold.replace("\\", "") for bold in _BOLD.findall(line))]
    named = {*spans, *(sign for span in spans for sign in _between(span.split()))}
    last = len(words) - 1
    return " ".join(
        word
        for place, word in enumerate(words)
        if not is_sign(sign := _name(word))
        or sign in named
        or word.startswith(f"({sign})")
        or not place
        or (place == last and len(sign) > 1)
    )


def _between(words: list[str]) -> list[str]:
    """Return the signs of an expression, each of which stands between two operands; none of what a call returns."""
    signs, operands = words[1::2], words[::2]
    is_one = len(words) % 2 == 1 and all(map(is_sign, signs)) and not any(map(is_sign, operands))
    return signs if is_one and not any(one.endswith(")") for one in operands[:-1]) else []


def named_signs(names: str) -> set[str]:
    """Return the terms of the signs among the names that a passage defines, as plain text."""
    words = (_name(word) for word in names.split() if not word[0].isalnum())
    return {term_of(word) for word in words if is_sign(word)}


def signs_in_text(markdown: str) -> list[str]:
    """Return the terms of the signs that a text speaks of as code, each as often as it does."""
    if "`" not in markdown:
        return []
    if "\\|" in markdown:  # in the cells of a table it is only a bar
        markdown = "\n".join(
            line.replace("\\|", "|") if line.startswith("|") else line for line in markdown.split("\n")
        )
    return [term_of(code) for code in _CODE.findall(markdown) if len(code) <= MAX_SIGN and is_sign(code)]


def asked_signs(query: str) -> Iterator[Sign]:
    """Yield the signs that are asked for, in order."""
    found: list[Sign] = []

    def take(match: re.Match[str]) -> str:
        if not is_sign(sign := match[match.lastindex or 0]):
            return match[0]
        found.append(Sign(match.start(match.lastindex or 0), sign))
        return " " * len(match[0])

    for word in _WORD.finditer(_MARKED.sub(take, query)):
        sign = _without_end(word[0])
        if len(sign) > 1 and is_sign(sign) and sign not in _PROSE:
            found.append(Sign(word.start() + word[0].index(sign), sign))
    whole = _bare(_opening(query.strip()))
    if not found and is_sign(whole):
        found.append(Sign(query.index(whole), whole))
    yield from sorted(found)


def _without_end(word: str) -> str:
    """Return a word without the end of a sentence and the brackets around it; `:::` ends none."""
    while len(word) > 2 and word[-1] in _ENDS and len(set(word)) > 1:
        word = word[:-1]
    return _bare(_opening(word))


def _name(word: str) -> str:
    return _bare(_opening(word.rstrip(",;") or word))


def _opening(word: str) -> str:
    """Return what stands before dots, as `[[` in `[[...]]`, where a sign is written with what it holds left out."""
    before, dots, _ = word.replace("…", "...").partition("...")
    return before if dots and len(before) > 1 and is_sign(before) else word


def _bare(word: str) -> str:
    """Return a word without the brackets around it."""
    return word[1:-1] if len(word) > 2 and word[0] + word[-1] in _BRACKETS else word
