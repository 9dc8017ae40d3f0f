"""Signs that are looked for as words are: operators and special parameters, as `:=`, `&&`, `$@` and `!`.

The index has them where a passage names them, and where its text speaks of one as code. A query has those that stand
between blanks, and a single character as code or in quotation marks; what prose is written with is none.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

MAX_SIGN = 5  # characters
_SIGN = r"[!-/:-@\[-^{-~]"  # ASCII without letters, digits, the underscore and the backtick
_ONLY_SIGNS = re.compile(rf"{_SIGN}{{1,{MAX_SIGN}}}")
_CODE = re.compile(r"`([^`\n]*)`")
_MARKED = re.compile(rf"[(\[]?([`'\"])({_SIGN}{{1,{MAX_SIGN}}})\1[).,;:?!\]]*")
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


def named_signs(names: str) -> set[str]:
    """Return the terms of the signs among the names that a passage defines, or in a heading, as plain text."""
    words = (_bare(word.rstrip(",;") or word) for word in names.split() if not word[0].isalnum())
    return {term_of(word) for word in words if is_sign(word)}


def signs_in_text(markdown: str) -> list[str]:
    """Return the terms of the signs that a text speaks of as code, each as often as it does."""
    return [term_of(code) for code in _CODE.findall(markdown) if len(code) <= MAX_SIGN and is_sign(code)]


def asked_signs(query: str) -> Iterator[Sign]:
    """Yield the signs that are asked for, in order."""
    for word in _WORD.finditer(query):
        if word[0][0].isalnum():
            continue
        if marked := _MARKED.fullmatch(word[0]):
            yield Sign(word.start() + marked.start(2), marked[2])
            continue
        sign = word[0]
        while len(sign) > 2 and sign[-1] in _ENDS:
            sign = sign[:-1]
        sign = _bare(sign)
        if len(sign) > 1 and is_sign(sign) and sign not in _PROSE:
            yield Sign(word.start() + word[0].index(sign), sign)


def _bare(word: str) -> str:
    """Return a word without the brackets around it."""
    return word[1:-1] if len(word) > 2 and word[0] + word[-1] in _BRACKETS else word
