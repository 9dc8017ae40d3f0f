"""A document in parts that fit a token budget, and the cursor that leads from one part to the next.

While a job runs its pages come in the order of their arrival; once it has ended they come in reading order. A
cursor says in which of the two orders it counts, so one that was handed out early leads through the rest without
a gap, whatever happened since. One of the reading order also says of which document, since failed pages may be tried
again. Pages are handed over; nothing is read here.
"""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Literal

import anyio.to_thread

from docspasta_mcp.document.render import Piece, contents_line, cut, page_text
from docspasta_mcp.errors import InvalidCursor, InvalidRequest
from docspasta_mcp.model.job import Job, JobState
from docspasta_mcp.model.page import Page, PageRecord
from docspasta_mcp.model.tokens import count_tokens
from docspasta_mcp.wording import words

DEFAULT_TOKENS = 8_000
MIN_TOKENS = 500  # the header and the cursor alone take 300
MAX_TOKENS = 20_000  # hosts cut answers above 25,000 tokens, silently and in the middle
MAX_ANSWER = 40_000  # characters; hosts cut longer ones in the same way
HEADER_TOKENS = 300
_HEADER_CHARS = 3_000  # of the frame around a text of a site
MAX_CHARS = MAX_ANSWER - _HEADER_CHARS
ResultFormat = Literal["markdown", "map", "coverage"]

_MIN_PIECE_TOKENS = 200  # less than this of a new page at the end of an answer helps nobody
_MIN_PIECE_CHARS = 700
_CURSOR = re.compile(r"([0-9a-f]{6})-([ap])([1-9][0-9]{0,8})\.([0-9]{1,9})(?:\.([0-9a-f]{4}))?")


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of a result that fits a budget. `first` and `last` are page numbers of `pages` in all.

    `note` tells what it is, if it is not simply these pages.
    """

    job: Job
    text: str
    first: int
    last: int
    pages: int
    tokens_left: int
    next_cursor: str | None
    note: str = ""

    @property
    def tokens_here(self) -> int:
        """The estimated size of the text."""
        return count_tokens(self.text)


@dataclass(frozen=True, slots=True)
class CursorPosition:
    """A place in a document: character `offset` in page `number`, counted as `view` orders the pages."""

    view: Job
    number: int
    offset: int = 0

    def cursor(self) -> str:
        """Return the cursor that leads here."""
        order, which = ("p", f".{self.view.corpus_hash[:4]}") if self.view.is_numbered else ("a", "")
        return f"{self.view.id[:6]}-{order}{self.number}.{self.offset}{which}"


def place_of(cursor: str, job: Job) -> CursorPosition:
    """Return where a cursor leads.

    Raises:
        InvalidCursor: it is not one of this job, or of another order of its pages.
    """
    match = _CURSOR.fullmatch(cursor.strip())
    if match is None or match[1] != job.id[:6] or not (match[2] == "a" or match[5] or job.is_numbered):
        raise InvalidCursor(f"{cursor!r} {words().place_cursor}")
    if match[5] and not (job.is_numbered and match[5] == job.corpus_hash[:4]):
        raise InvalidCursor(
            f"{cursor!r} is of no document that this job has now: failed pages may have been tried again since. "
            "Begin anew without it."
        )
    view = job if match[2] == "p" else replace(job, state=JobState.RUNNING, boilerplate=frozenset())
    return CursorPosition(view, int(match[3]), int(match[4]))


def check_budget(max_tokens: int) -> None:
    """Refuse a budget that no answer can keep, or no host would show.

    Raises:
        InvalidRequest: `max_tokens` is out of its range.
    """
    if not MIN_TOKENS <= max_tokens <= MAX_TOKENS:
        raise InvalidRequest(f"max_tokens is {max_tokens}; give {MIN_TOKENS} to {MAX_TOKENS}.")


def whole_slice(job: Job, text: str) -> Slice:
    """Return a text of our own as an answer that is complete."""
    return Slice(job, text, 0, 0, 0, 0, None)


def fitting_slice(job: Job, text: str, *, max_tokens: int) -> Slice:
    """Return as much of a text of our own as fits.

    Raises:
        InvalidRequest: `max_tokens` is out of its range.
    """
    check_budget(max_tokens)
    piece = cut(text, 0, max_tokens=max_tokens - HEADER_TOKENS, max_chars=MAX_CHARS)
    more = "\n[The report goes on: the REST API has it whole.]\n" if piece.end else ""
    return Slice(job, piece.text + more, 0, 0, 0, 0, None, "coverage report")


@dataclass
class _Part:
    """The pages of a part so far, `tokens` and `chars` of its budget used."""

    budget: int
    tokens: int
    chars: int
    texts: list[str] = field(default_factory=list[str])

    @property
    def is_nearly_full(self) -> bool:
        has_room = self.budget - self.tokens >= _MIN_PIECE_TOKENS and MAX_CHARS - self.chars >= _MIN_PIECE_CHARS
        return bool(self.texts) and not has_room

    async def piece_of(self, text: str, offset: int) -> tuple[Piece, int]:
        """Return as much of a page from an offset on as there is room for, and its tokens."""
        max_tokens, max_chars = self.budget - self.tokens, MAX_CHARS - self.chars
        size = count_tokens(text)
        if not offset and size <= max_tokens and len(text) <= max_chars:
            return Piece(text, None), size
        piece = await anyio.to_thread.run_sync(partial(cut, text, offset, max_tokens=max_tokens, max_chars=max_chars))
        return piece, count_tokens(piece.text)

    def take(self, text: str, size: int) -> bool:
        """Take a text in, unless there is no room for it beside others."""
        if self.texts and self.tokens + size > self.budget:
            return False
        self.texts.append(text)
        self.tokens, self.chars = self.tokens + size + 1, self.chars + len(text) + 1
        return True


async def document_slice(
    job: Job,
    place: CursorPosition,
    pages: AsyncIterator[Page],
    *,
    total: int,
    left: int,
    max_tokens: int,
    preface: str | None = None,
) -> Slice:
    """Return the part of a document that begins at a place.

    Args:
        job: whose document it is.
        place: where to begin.
        pages: those from `place` on, without blocks that most pages share.
        total: pages of the whole document.
        left: tokens from `place.number` on.
        max_tokens: the size of the whole answer.
        preface: said first where only some pages were asked for; None if all were.
    """
    before = preface if preface and place.number == 1 and not place.offset else ""
    part = _Part(max_tokens - HEADER_TOKENS, count_tokens(before), len(before))
    first = last = place.number
    is_all = False
    async for page in pages:
        if part.is_nearly_full:
            break
        number = page.record.number
        piece, size = await part.piece_of(page_text(page), place.offset if number == place.number else 0)
        first = first if part.texts else number
        if not part.take(piece.text, size):
            break
        last = number
        place = CursorPosition(place.view, number, piece.end) if piece.end else CursorPosition(place.view, number + 1)
        if piece.end:
            break
        left -= page.record.tokens
    else:
        is_all = True
    left = max(0, left - count_tokens(" " * place.offset))
    has_ended = preface is not None or not job.is_running
    following = None if is_all and has_ended else place.cursor()
    return Slice(job, "\n".join(filter(None, [before, *part.texts])), first, last, total, left, following)


async def contents_slice(
    job: Job, place: CursorPosition, records: AsyncIterator[PageRecord], *, total: int, max_tokens: int
) -> Slice:
    """Return lines of the list of contents; what is left of it is estimated from the lines shown.

    Args:
        job: whose document it is.
        place: where to begin.
        records: the pages from `place` on.
        total: pages of the whole document.
        max_tokens: the size of the whole answer.
    """
    lines: list[str] = []
    tokens = chars = 0
    first = last = place.number
    is_all = True
    async for record in records:
        line = contents_line(record)
        tokens, chars = tokens + count_tokens(line) + 1, chars + len(line) + 1
        if lines and (tokens > max_tokens - HEADER_TOKENS or chars > MAX_CHARS):
            is_all = False
            break
        first, last = (first if lines else record.number), record.number
        lines.append(line)
    place = CursorPosition(place.view, last + 1) if lines else place
    left = 0 if is_all else tokens * max(1, total - last) // len(lines)
    following = None if is_all and not job.is_running else place.cursor()
    return Slice(job, "\n".join(lines), first, last, total, left, following)
