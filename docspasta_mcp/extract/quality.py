"""Score how much a page gives a reader, from 0 to 100.

    words      one point for two words, at most 40
    headings   five points each, the title counted, at most 20
    code       ten points a block, at most 20
    structure  two points for a list or table row, at most 10
    URL        ten points if it speaks of documentation
    index      0 for a page that its name calls an alphabetical index, as generators write them
    links      minus 80 as the share of linked words goes from 75 % to 100 %, on pages with over 2,500 of them: a
               section's short contents list belongs to the manual, a whole site's does not

The numbers are ours. They are set so that a reference page of a few dozen words and a section's start page stay, and
search pages, empty shells and plain indexes go at the default threshold of 20.
"""

import re
from dataclasses import dataclass
from itertools import islice

from docspasta_mcp.model.characters import beyond_ascii

_DOCS = re.compile(
    r"docs?|guides?|reference|api|tutorials?|manual|library|handbook|learn|how-?to|faq|man|help|wiki|book|getting-started",
    re.IGNORECASE,
)
_INDEX = re.compile(
    r"/(genindex|bookindex|theindex|index[-_]all|ix\d\d|[a-z]*-?modindex|allclasses|(?:overview|package|class)-frame)[\w-]*(\.html?)?/?$",
    re.IGNORECASE,
)
_MAX_LINKED_WORDS = 2_500  # the contents list of one part of Python's manual has up to 2,064, that of all parts 29,148
_WORD = re.compile(r"\w+")
_SHAPE = bytes(ord("w" if chr(code).isalnum() or chr(code) == "_" else " ") for code in range(128)).ljust(256)
_FENCE = re.compile(r"\n[ \t>]*```")
_HEADING = re.compile(r"\n#{1,6} ")
_ITEM = re.compile(r"\n[ \t]*(?:[-*+]|\d+[.)]|\|) ")
_LINK = re.compile(r"\[([^\[\]]*)\]\([^()]*\)")


@dataclass(frozen=True, slots=True)
class Quality:
    """A page's score and the number of its words."""

    score: int
    words: int


def page_quality(markdown: str, url: str) -> Quality:
    """Score a page's Markdown by the formula above."""
    lines = f"\n{markdown}"
    pieces = _LINK.split(markdown)  # text, text of a link, text, …
    linked_text = " ".join(pieces[1::2])
    linked = _count_words(linked_text) if len(linked_text) > 2 * _MAX_LINKED_WORDS else 0  # a word and a space each
    words = _count_words("".join(pieces))
    points = min(40, words // 2)
    points += 5 * _count(_HEADING, lines, most=4)
    points += 10 * (_count(_FENCE, lines, most=4) // 2)
    points += 2 * _count(_ITEM, lines, most=5)
    points += 10 if any(_DOCS.fullmatch(part) for part in re.split(r"[/.:_-]+", url)) else 0
    density = linked / words if words else 0.0
    if linked > _MAX_LINKED_WORDS:
        points -= round(80 * max(0.0, density - 0.75) / 0.25)
    return Quality(0 if _INDEX.search(url) else max(0, min(100, points)), words)


def _count(pattern: re.Pattern[str], text: str, *, most: int) -> int:
    return sum(1 for _ in islice(pattern.finditer(text), most))


def _count_words(text: str) -> int:
    r"""Count what `\w+` finds; in a text whose only letters are ASCII, which most are, without a regular expression."""
    if any(map(str.isalnum, set(beyond_ascii(text)))):
        return len(_WORD.findall(text))
    return (b" " + text.encode("utf-8", "surrogatepass").translate(_SHAPE)).count(b" w")
