"""A job's document, whole or in parts that fit a token budget.

While a job runs its pages come in the order of their arrival; once it has ended they come in reading order. A
cursor says in which of the two orders it counts, so one that was handed out early leads through the rest without
a gap, whatever happened since.
"""

import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal

import anyio.to_thread

from docspasta_mcp.document.boilerplate import without
from docspasta_mcp.document.render import Piece, contents_line, cut, iso_time, page_text
from docspasta_mcp.document.search.packing import slugs
from docspasta_mcp.errors import QUOTED, InvalidCursor, InvalidRequest, ResultNotReady
from docspasta_mcp.jobs.search import answer
from docspasta_mcp.jobs.selection import Selection, named_pages
from docspasta_mcp.model.job import Job, JobState
from docspasta_mcp.model.page import Page, PageRecord
from docspasta_mcp.model.tokens import count_tokens
from docspasta_mcp.store import DocumentExtent, Store

DEFAULT_TOKENS = 8_000
MIN_TOKENS = 500  # the header and the cursor alone take 300
MAX_TOKENS = 20_000  # hosts cut answers above 25,000 tokens, silently and in the middle
MAX_CHARS = 37_000  # and above 50,000 characters; with the header this stays below 40,000
HEADER_TOKENS = 300
SEARCH_HEADER_TOKENS = 190  # what stands around an answer, but for the job's URL
ResultFormat = Literal["markdown", "map", "coverage"]

_MIN_PIECE_TOKENS = 200  # less than this of a new page at the end of an answer helps nobody
_MIN_PIECE_CHARS = 700
_SHOWN_HEADINGS = 12  # of a page, where the one asked for is not there
_BATCH = 50  # pages read from the store at a time
_CURSOR = re.compile(r"([0-9a-f]{6})-([ap])([1-9][0-9]{0,8})\.([0-9]{1,9})")


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
class _CursorPosition:
    """A place in a document: character `offset` in page `number`, counted as `view` orders the pages."""

    view: Job
    number: int
    offset: int = 0

    def cursor(self) -> str:
        order = "p" if self.view.is_numbered else "a"
        return f"{self.view.id[:6]}-{order}{self.number}.{self.offset}"


async def read_slice(
    store: Store,
    job: Job,
    *,
    cursor: str | None,
    max_tokens: int,
    result_format: ResultFormat,
    selection: Selection | None = None,
    at: str = "",
) -> Slice:
    """Return the next part of a job's document, or of its list of contents.

    Args:
        store: where the pages are.
        job: the job, running or ended.
        cursor: from the part before; None begins at the start.
        max_tokens: the size of the whole answer, header included.
        result_format: `markdown` for the pages, `map` for the list of contents.
        selection: only these pages; all if None.
        at: where to begin instead: a page and a heading of it; see `_place_at`.

    Raises:
        InvalidCursor: the cursor is not one of this job.
        InvalidRequest: `max_tokens` is out of its range, or `at` is no place of the document.
        ResultNotReady: there is no page yet, or there never will be.
    """
    _check(max_tokens)
    place = _parse_cursor(cursor, job) if cursor else _CursorPosition(job, 1)
    if at and not cursor:
        place = await _place_at(store, job, at)
    only = selection.numbers if selection else None
    extent = await store.documents.extent(place.view, first=place.number, only=only)
    if not extent.pages:
        raise ResultNotReady(_nothing_yet(job))
    if result_format == "map":
        return await _contents_slice(store, job, place, extent.pages, max_tokens - HEADER_TOKENS)
    return await _document_slice(store, job, place, extent, max_tokens - HEADER_TOKENS, selection)


async def search_slice(
    store: Store,
    job: Job,
    query: str,
    *,
    max_tokens: int,
    cursor: str | None = None,
    selection: Selection | None = None,
    as_map: bool = False,
) -> Slice:
    """Return the passages that answer a question best, page by page; see `answer`.

    Raises:
        InvalidCursor: the cursor is not of a question about this job.
        InvalidRequest: `max_tokens` is out of its range, or the query has no word to look for.
        ResultNotReady: there is no page yet, or there never will be.
    """
    _check(max_tokens)
    pages = (await store.documents.extent(job)).pages
    if not pages:
        raise ResultNotReady(_nothing_yet(job))
    frame = SEARCH_HEADER_TOKENS + count_tokens(job.scope.origin + job.scope.prefix)
    found = await answer(
        store,
        job,
        query,
        max_tokens=max(100, max_tokens - frame),
        max_chars=MAX_CHARS,
        cursor=cursor,
        selection=selection,
        as_map=as_map,
    )
    note = f"{found.shown} of {found.matching} passages that match, from {len(found.pages)} pages"
    if found.is_near_end:
        note += "; what else matches is much further off"
    return Slice(
        job, found.text, min(found.pages, default=0), max(found.pages, default=0), pages, 0, found.next_cursor, note
    )


def whole_slice(job: Job, text: str) -> Slice:
    """Return a text of our own as an answer that is complete."""
    return Slice(job, text, 0, 0, 0, 0, None)


def fitting_slice(job: Job, text: str, *, max_tokens: int) -> Slice:
    """Return as much of a text of our own as fits.

    Raises:
        InvalidRequest: `max_tokens` is out of its range.
    """
    _check(max_tokens)
    piece = cut(text, 0, max_tokens=max_tokens - HEADER_TOKENS, max_chars=MAX_CHARS)
    more = "\n[The report goes on: the REST API has it whole.]\n" if piece.end else ""
    return Slice(job, piece.text + more, 0, 0, 0, 0, None, "coverage report")


async def document(store: Store, job: Job, selection: Selection | None = None) -> AsyncIterator[str]:
    """Return the whole document in parts: a head, the list of contents, every page; or only the pages selected.

    Raises:
        ResultNotReady: there is no page yet, or there never will be.
    """
    extent = await store.documents.extent(job)
    if not extent.pages:
        raise ResultNotReady(_nothing_yet(job))

    async def parts() -> AsyncIterator[str]:
        if selection is not None:
            yield selection.preface
            async for page in _pages(store, job, 1, selection):
                yield f"\n{page_text(page)}"
            return
        (front,) = await store.documents.document(job, first=1, limit=1)
        name = front.record.own_title or front.record.title
        yield (
            f"# {name}: the documentation at {job.scope.origin}{job.scope.prefix}\n\n"
            f"{extent.pages} pages, about {extent.tokens:,} tokens, crawled {iso_time(job.created_at)}, {job.state}."
            "\n\n## Contents\n\n"
        )
        async for part in contents(store, job):
            yield part
        async for page in _pages(store, job, 1):
            yield f"\n{page_text(page)}"

    return parts()


async def json_document(store: Store, job: Job, head: dict[str, Any]) -> AsyncIterator[str]:
    """Return one JSON object in parts: the members of `head`, and `pages`, those of the document first."""

    async def pages() -> AsyncIterator[Page]:
        async for page in _pages(store, job, 1):
            yield page
        async for record in store.documents.outside(job):
            yield Page(record, "")

    async def parts() -> AsyncIterator[str]:
        yield json.dumps(head, ensure_ascii=False)[:-1] + ', "pages": ['
        number = 0
        async for page in pages():
            number += 1
            record = replace(page.record, number=number)
            yield (",\n" if number > 1 else "\n") + json.dumps(_page_json(record, page.markdown), ensure_ascii=False)
        yield "\n]}\n"

    return parts()


async def contents(store: Store, job: Job) -> AsyncIterator[str]:
    """Yield the list of contents of a whole document, line by line."""
    async for record in store.documents.contents(job):
        yield f"{contents_line(record)}\n"


async def _document_slice(
    store: Store, job: Job, place: _CursorPosition, extent: DocumentExtent, budget: int, selection: Selection | None
) -> Slice:
    preface = selection.preface if selection and place.number == 1 and not place.offset else ""
    texts: list[str] = []
    tokens, chars = count_tokens(preface), len(preface)
    first = last = place.number
    left = extent.left
    is_all = False
    async for page in _pages(store, place.view, place.number, selection):
        number = page.record.number
        text = page_text(page)
        offset = place.offset if number == place.number else 0
        if texts and (budget - tokens < _MIN_PIECE_TOKENS or MAX_CHARS - chars < _MIN_PIECE_CHARS):
            break
        size = count_tokens(text)
        if not offset and size <= budget - tokens and len(text) <= MAX_CHARS - chars:
            piece = Piece(text, None)
        else:
            piece = await anyio.to_thread.run_sync(
                partial(cut, text, offset, max_tokens=budget - tokens, max_chars=MAX_CHARS - chars)
            )
            size = count_tokens(piece.text)
        if texts and tokens + size > budget:  # not even its first block fits
            break
        first, last = (first if texts else number), number
        texts.append(piece.text)
        tokens, chars = tokens + size + 1, chars + len(piece.text) + 1
        place = _CursorPosition(place.view, number, piece.end) if piece.end else _CursorPosition(place.view, number + 1)
        if piece.end:
            break
        left -= page.record.tokens
    else:
        is_all = True
    left = max(0, left - count_tokens(" " * place.offset))
    following = None if is_all and not job.is_running else place.cursor()
    if selection is not None and is_all:
        following = None
    return Slice(job, "\n".join(filter(None, [preface, *texts])), first, last, extent.pages, left, following)


async def _contents_slice(store: Store, job: Job, place: _CursorPosition, pages: int, budget: int) -> Slice:
    """Return lines of the list of contents; what is left of it is estimated from the lines shown."""
    lines: list[str] = []
    tokens = chars = 0
    first = last = place.number
    is_all = True
    async for record in store.documents.contents(place.view, first=place.number):
        line = contents_line(record)
        tokens, chars = tokens + count_tokens(line) + 1, chars + len(line) + 1
        if lines and (tokens > budget or chars > MAX_CHARS):
            is_all = False
            break
        first, last = (first if lines else record.number), record.number
        lines.append(line)
    place = _CursorPosition(place.view, last + 1) if lines else place
    left = 0 if is_all else tokens * max(1, pages - last) // len(lines)
    following = None if is_all and not job.is_running else place.cursor()
    return Slice(job, "\n".join(lines), first, last, pages, left, following)


async def _pages(store: Store, view: Job, first: int, selection: Selection | None = None) -> AsyncIterator[Page]:
    limit = 4  # most answers need no more
    only = selection.numbers if selection else None
    while pages := await store.documents.document(view, first=first, limit=limit, only=only):
        for page in without(pages, view.boilerplate):
            yield page
        first, limit = pages[-1].record.number + 1, _BATCH


async def _place_at(store: Store, job: Job, at: str) -> _CursorPosition:
    """Return where `12#transactions+340` leads: to page 12, its heading Transactions, 340 characters on.

    Raises:
        InvalidRequest: there is no such page or heading.
    """
    name, _, rest = at.strip().partition("#")
    anchor, _, beyond = rest.partition("+")
    if beyond and not beyond.isdecimal():
        raise InvalidRequest(f"at is {at!r:.200}; give a page and a heading of it, as in 12#transactions.")
    (number, *_) = (await named_pages(store, job, [name])).numbers
    async for page in _pages(store, job, number):
        text = page_text(page)
        places = dict(slugs(text))
        if anchor and anchor.lower() not in places:
            known = ", ".join(list(places)[:_SHOWN_HEADINGS])
            raise InvalidRequest(f"Page {number} has no heading {anchor!r:.100}; it has {known}.")
        start = places.get(anchor.lower(), 0)
        if start == 0 and beyond:  # the source stands under the title, where a reference does not count it
            start = len(text) - len(page.markdown.rstrip("\n")) - 1
        return _CursorPosition(job, number, min(start + int((beyond or "0")[:9]), max(0, len(text) - 1)))
    raise InvalidRequest(f"at is {at!r:.200}, but that page is no longer in the document.")


def _check(max_tokens: int) -> None:
    if not MIN_TOKENS <= max_tokens <= MAX_TOKENS:
        raise InvalidRequest(f"max_tokens is {max_tokens}; give {MIN_TOKENS} to {MAX_TOKENS}.")


def _parse_cursor(cursor: str, job: Job) -> _CursorPosition:
    match = _CURSOR.fullmatch(cursor.strip())
    if match is None or match[1] != job.id[:6] or (match[2] == "p" and not job.is_numbered):
        raise InvalidCursor(
            f"{cursor!r} is not a cursor of this job. Use the next_cursor of the answer before, or none to begin anew."
        )
    view = job if match[2] == "p" else replace(job, state=JobState.RUNNING, boilerplate=frozenset())
    return _CursorPosition(view, int(match[3]), int(match[4]))


def _nothing_yet(job: Job) -> str:
    if job.is_running:
        return f"Job {job.id} has no page yet. Wait until its status tells of pages that are done."
    return f"Job {job.id} is {job.state} and has no page: {job.reason or 'nothing was found'}"


def _page_json(record: PageRecord, markdown: str) -> dict[str, Any]:
    detail, _, said = record.detail.partition(QUOTED)
    return {
        "number": record.number,
        "url": record.url,
        "title": record.title,
        "status": record.state.value,
        "reason": record.reason,
        "detail": detail,
        "site_said": said,
        "duplicate_of": record.duplicate_of,
        "markdown": markdown,
        "words": record.words,
        "tokens": record.tokens,
        "quality": record.quality,
        "depth": record.link_depth,
        "sources": list(record.sources),
        "level": record.nav_level,
        "language": record.language,
        "content_hash": record.content_hash,
        "fetched_at": iso_time(record.fetched_at) if record.fetched_at is not None else None,
    }
