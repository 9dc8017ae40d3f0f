"""Answer a question from a job's document: `jobs.hits` finds and ranks passages, the best are packed here."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from docspasta_mcp.document.search.excerpts import Excerpt
from docspasta_mcp.document.search.meaning import Meaning
from docspasta_mcp.document.search.packing import Packed, pack
from docspasta_mcp.document.search.passages import definition
from docspasta_mcp.document.search.question import Question, read_question
from docspasta_mcp.document.search.ranking import Ranked
from docspasta_mcp.document.search.references import PageText
from docspasta_mcp.document.search.words import name_terms
from docspasta_mcp.errors import InvalidCursor, InvalidRequest
from docspasta_mcp.jobs.hits import Hits, hits_of
from docspasta_mcp.jobs.missing_words import missing, nothing
from docspasta_mcp.jobs.page_texts import page_texts
from docspasta_mcp.jobs.search_cursor import cursor_of, parsed, question_id
from docspasta_mcp.jobs.searchable import searchable
from docspasta_mcp.jobs.selection import Selection
from docspasta_mcp.model.job import Job
from docspasta_mcp.model.tokens import count_tokens
from docspasta_mcp.store import Store
from docspasta_mcp.store.search_reader import SearchHit
from docspasta_mcp.wording import read_on, words

MAX_QUERY = 1_000  # characters
MAX_LISTED = 60  # passages that a map of a question lists


@dataclass(frozen=True, slots=True)
class Answer:
    """Passages for a question: their text, how many are in it and match at all, and where the next ones begin."""

    text: str
    shown: int
    matching: int
    pages: tuple[int, ...]
    next_cursor: str | None
    is_near_end: bool = False


async def answer(
    store: Store,
    job: Job,
    query: str,
    *,
    max_tokens: int,
    max_chars: int,
    cursor: str | None = None,
    selection: Selection | None = None,
    as_map: bool = False,
    meaning: Meaning | None = None,
) -> Answer:
    """Return the passages that answer a question best, as many as fit.

    Args:
        store: where the pages are.
        job: the job, running or ended.
        query: words, a question or an exact name.
        max_tokens: of the whole text.
        max_chars: of the whole text.
        cursor: from the answer before; None begins with the best.
        selection: only these pages; all if None.
        as_map: list where the passages are instead of their text.
        meaning: ranks passages by what they mean too.

    Raises:
        InvalidCursor: the cursor is not of a question about this job.
        InvalidRequest: the query has no word to look for, or this SQLite has no full text search.
    """
    asking = question_id(query, [job.id])
    place, skipped = _parse_cursor(cursor, asking) if cursor else (0, ())
    known = await searchable(store, job)
    languages, extent = known.languages, known.extent
    question = await asked(store, query, languages)
    hits, read = await hits_of(store, job, question, known, place=place, selection=selection, meaning=meaning)
    if hits is None:
        return Answer(await nothing(store, job, question, languages, extent, selection), 0, 0, (), None)
    skipped = tuple(one for one in skipped if one < len(hits.ranked))  # fewer than the answer before may be found
    order = [*skipped, *range(place, len(hits.ranked))]
    if as_map:
        return _map(asking, hits, order, max_tokens=max_tokens, max_chars=max_chars)
    texts = await page_texts(store, job, [hits.ranked[place].page for place in order], read=read)
    note = await missing(store, job, question, languages, extent) if extent and not cursor else ""
    room = max_tokens - count_tokens(note), max_chars - len(note)
    packed = await store.search.work_out(lambda: _packed(job, hits, order, texts, question, *room))
    following = place + max(0, packed.following - len(skipped))
    untried = order[packed.following : len(skipped)]
    left = [*untried, *packed.skipped]
    is_all = following >= len(hits.ranked) and not left
    next_cursor = None if is_all else cursor_of(asking, following, left)
    return Answer(note + packed.text, len(packed.shown), hits.matching, packed.pages, next_cursor, packed.is_near_end)


async def asked(store: Store, query: str, languages: Sequence[str]) -> Question:
    """Return what a query asks for.

    Raises:
        InvalidRequest: it is too long or has no word to look for, or this SQLite has no full text search.
    """
    if len(query) > MAX_QUERY:
        raise InvalidRequest(f"query has {len(query)} characters; give at most {MAX_QUERY}.")
    if not await store.search.can_search():
        raise InvalidRequest("query needs full text search, which this Python's SQLite lacks (FTS5); see doctor.")
    question = read_question(query, languages)
    if not question.terms:
        raise InvalidRequest(f"query is {query!r:.200}; give at least one word to look for.")
    return question


def _packed(
    job: Job,
    hits: Hits,
    order: Sequence[int],
    texts: Mapping[int, PageText],
    question: Question,
    max_tokens: int,
    max_chars: int,
) -> Packed:
    names = question.names

    def excerpt(place: int) -> Excerpt:
        one = hits.ranked[place]
        return excerpt_of(hits.found[one.id], one, texts, names)

    def refer(_page: PageText, at: str) -> str:
        return f"\n[continues: {read_on(job.id, at)}]\n"

    best = hits.ranked[0].score
    return pack(
        excerpt,
        order,
        texts.get,
        max_tokens=max_tokens,
        max_chars=max_chars,
        refer=refer,
        best=best,
        is_lookup=question.is_lookup,
    )


def excerpt_of(found: SearchHit, ranked: Ranked, texts: Mapping[int, PageText], names: Set[str]) -> Excerpt:
    """Return a passage to pack, from the definition on that was asked for.

    Args:
        found: the passage.
        ranked: its rank.
        texts: the pages that have been read, by what the ranking calls them.
        names: terms of exact names that are asked for.
    """
    start = found.start
    page = texts.get(ranked.page) if names and found.names else None
    if page and names & name_terms(found.names):
        start += definition(page.markdown[start : found.end], lambda defined: bool(names & name_terms(defined)))
    return Excerpt(ranked.page, start, found.end, found.headings, ranked.score, ranked.standing)


def _map(asking: str, hits: Hits, order: Sequence[int], *, max_tokens: int, max_chars: int) -> Answer:
    """List the pages and headings of the best passages, with the size of each and no text."""
    pages: dict[int, list[str]] = {}
    tokens = chars = shown = 0
    for place in order:
        found = hits.found[hits.ranked[place].id]
        head = f"{found.number}. [{found.title}]({found.url})"
        line = f"   - {found.headings or found.title} · {count_tokens(' ' * (found.end - found.start)):,} tokens"
        if line in pages.get(found.number, ()):
            shown += 1
            continue
        text = line if found.number in pages else f"{head}\n{line}"
        tokens, chars = tokens + count_tokens(text) + 1, chars + len(text) + 1
        if pages and (tokens > max_tokens or chars > max_chars or shown >= MAX_LISTED):
            break
        pages.setdefault(found.number, [head]).append(line)
        shown += 1
    text = "\n".join(line for lines in pages.values() for line in lines)
    place = order[0] + shown if order else 0
    following = cursor_of(asking, place, ()) if place < len(hits.ranked) else None
    return Answer(text, shown, hits.matching, tuple(pages), following)


def _parse_cursor(cursor: str, asked: str) -> tuple[int, tuple[int, ...]]:
    found = parsed(cursor)
    if found is None or found[0] != asked:
        raise InvalidCursor(f"{cursor!r:.100} {words().query_cursor}")
    return found[1], found[2]
