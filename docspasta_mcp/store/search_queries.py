"""What the index finds: counts of terms, passages that have the rarest of them, and words that are like others.

The database's full text search yields which passages have a term; how rare each is in its manual is counted there too.
A passage's first standing is the sum of what its terms weigh; the final one is given by `document.search.ranking`.
"""

import threading
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import text

from docspasta_mcp.document.search.entries import HEAD, INDEX_VERSION, entry_of, parted
from docspasta_mcp.document.search.page_index import GROUP, unpacked
from docspasta_mcp.model.job import Job
from docspasta_mcp.model.page import PageState
from docspasta_mcp.runtime.bounded_cache import BoundedCache
from docspasta_mcp.store.database import Database
from docspasta_mcp.store.search_index import PAGE_BITS, PLACE_BITS

_MAX_KNOWN = 50_000  # counts kept in memory
_MAX_UNPACKED = 4_000  # groups of passages that stay unpacked, with 5 kB each
_MAX_ENDED = 10_000
_MAX_ALIKE = 3_000  # words that are compared with a misspelled one
_OF_GROUP = -GROUP  # the bits of a passage's number that all of its group have
_PAGE = f"(%s >> {PLACE_BITS} & {(1 << PAGE_BITS) - 1})"  # the number of a passage's page, as it was found


_Entry: TypeAlias = tuple[int, int, str, str, int, int, str]  # `start` to `terms` of a `SearchHit`


@dataclass(frozen=True, slots=True)
class SearchExtent:
    """A job's part of the index: the range of its passages' numbers, how many they are, their average length."""

    low: int
    high: int
    passages: int
    average: float
    serial: int = 0
    version: int = 0


@dataclass(frozen=True, slots=True)
class Wanted:
    """Terms any of which a passage may have, and what having one is worth."""

    terms: tuple[str, ...]
    worth: float


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A passage that was found, with what is known of its page; `number` is the page's number in the document.

    `terms` are those of its text, by how often it has them; `entries.counts` reads them.
    """

    id: int
    number: int
    start: int
    end: int
    headings: str
    names: str
    links: int
    length: int
    terms: str
    url: str
    title: str


class SearchQueries:
    """The readers' side of the index."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._can_search = False
        self._lock = threading.Lock()  # of the extents, which threads of the database ask for at the same time
        self._extents = BoundedCache[tuple[int, int], SearchExtent](_MAX_KNOWN)
        self._counts = BoundedCache[tuple[int, int, str], int](_MAX_KNOWN)
        self._groups = _Groups()
        self.ended = BoundedCache[tuple[str, str], tuple[tuple[str, ...], SearchExtent]](_MAX_ENDED)
        """Languages and extents of jobs that have ended and are indexed completely, by their ids and corpus hashes."""

    async def can_search(self) -> bool:
        """Tell whether the database has full text search; only a SQLite without FTS5 has none."""
        if not self._can_search and self._db.is_sqlite:
            query = text("SELECT 1 FROM sqlite_master WHERE name = 'passage_terms'")
            self._can_search = await self._db.read(lambda db: db.execute(query).first() is not None)
        return self._can_search or not self._db.is_sqlite

    async def extent(self, job_id: str) -> SearchExtent | None:
        """Return a job's part of the index; None if nothing of it is indexed."""

        def work(db: Any) -> SearchExtent | None:
            query = text("SELECT serial, arrival FROM search_job WHERE job_id = :job AND version = :version")
            row = db.execute(query, {"job": job_id, "version": INDEX_VERSION}).first()
            if row is None:
                return None
            serial, arrival = row
            with self._lock:
                known = self._extents.get((serial, arrival))
            if known is not None:
                return known
            low = serial << (PAGE_BITS + PLACE_BITS)
            high = low + (1 << (PAGE_BITS + PLACE_BITS)) - 1
            counted = text("SELECT sum(passages), sum(length) FROM passage_group WHERE id BETWEEN :low AND :high")
            passages, length = db.execute(counted, {"low": low, "high": high}).one()
            average = float(length or 0) / int(passages or 1)
            made = SearchExtent(low, high, int(passages or 0), average or 1.0, serial, arrival)
            with self._lock:
                self._extents.put((serial, arrival), made)
            return made

        return await self._db.read(work)

    async def counts(self, extent: SearchExtent, terms: Iterable[str]) -> Mapping[str, int]:
        """Return how many passages of a job have each term, in their text or over it."""
        key = extent.serial, extent.version
        known = {term: self._counts.get((*key, term)) for term in terms}
        new = [term for term, count in known.items() if count is None]
        if new:

            def work(db: Any) -> Sequence[int]:
                bound = {f"t{place}": self._match((term,), extent) for place, term in enumerate(new)}
                parts = [f"({self._select('count(*)', name)})" for name in bound]
                (row,) = self._rows(db, f"SELECT {', '.join(parts)}", {**bound, **_range(extent)})
                return [int(count) for count in row]

            for term, count in zip(new, await self._db.read(work), strict=True):
                self._counts.put((*key, term), count)
                known[term] = count
        return {term: count or 0 for term, count in known.items()}

    async def find(
        self,
        job: Job,
        extent: SearchExtent,
        wanted: Sequence[Wanted],
        *,
        limit: int,
        pages: Sequence[int] | None = None,
    ) -> Sequence[SearchHit]:
        """Return the passages of a document whose terms are worth most, at most `limit`.

        Args:
            job: whose document it is.
            extent: its part of the index.
            wanted: terms, and what each is worth.
            limit: of the passages.
            pages: only these pages of the document, by number.
        """
        if not wanted:
            return []
        bound: dict[str, Any] = {f"t{place}": self._match(one.terms, extent) for place, one in enumerate(wanted)}
        bound |= {f"w{place}": one.worth for place, one in enumerate(wanted)}
        columns = f"{self._id} AS id, CAST(:w%d AS float) AS worth"
        parts = [self._select(columns % place, f"t{place}") for place in range(len(wanted))]
        only = ""
        if pages is not None:
            numbers = ", ".join(str(int(number)) for number in pages)
            chosen = f"SELECT number FROM page WHERE job_id = :job AND {_order(job)} IN ({numbers})"  # noqa: S608  # numbers
            only = f" WHERE {_PAGE % 'id'} IN ({chosen})"
        best = (
            f"SELECT id, sum(worth) AS worth FROM ({' UNION ALL '.join(parts)}) AS having_{only}"  # noqa: S608  # our own words
            " GROUP BY id ORDER BY worth DESC, id LIMIT :limit"
        )
        bound |= {"job": job.id, "limit": limit, **_range(extent)}
        return await self._db.read(lambda db: self._passages(db, job, best, bound))

    async def passages(self, job: Job, ids: Sequence[int]) -> Sequence[SearchHit]:
        """Return passages of a document by their numbers, as far as there are any of these."""
        if not ids:
            return []
        numbers = ", ".join(f"({int(number)})" for number in ids)
        best = f"SELECT column1 AS id, 0 AS worth FROM (VALUES {numbers}) AS given"  # noqa: S608  # numbers
        return await self._db.read(lambda db: self._passages(db, job, best, {"job": job.id}))

    async def beginning(self, extent: SearchExtent, start: str) -> Sequence[str]:
        """Return words of the index that begin alike; not all of them need be words of this job."""
        bound: dict[str, Any] = {"start": start, "end": start + "\U0010ffff", "limit": _MAX_ALIKE}
        if self._db.is_sqlite:
            query = "SELECT term FROM passage_words WHERE term >= :start AND term < :end LIMIT :limit"
        else:
            bound |= _range(extent)
            query = (
                "SELECT DISTINCT lexeme FROM passage_terms, unnest(lexemes) WHERE id BETWEEN :low AND :high"
                " AND lexeme >= :start AND lexeme < :end LIMIT :limit"
            )
        return await self._db.read(
            lambda db: [str(row[0]) for row in db.execute(text(query), bound).all() if row[0][:1] not in (HEAD, "@")]
        )

    def _passages(self, db: Any, job: Job, best: str, bound: Mapping[str, Any]) -> list[SearchHit]:
        """Return what is known of the passages that a query yields by their `id` and `worth`, the best first."""
        query = (
            "SELECT best.id, page.number_, page.url, page.title"  # noqa: S608  # our own words
            f" FROM ({best}) AS best"
            f" JOIN (SELECT number, {_order(job)} AS number_, url, COALESCE(NULLIF(shown_title, ''), title) AS title"
            f" FROM page WHERE job_id = :job AND state = '{PageState.DONE.value}' AND duplicate_of IS NULL) AS page"
            f" ON page.number = {_PAGE % 'best.id'} ORDER BY best.worth DESC, best.id"
        )
        found = self._rows(db, query, bound)
        groups = self._groups.of(db, {row[0] & _OF_GROUP for row in found})
        hits: list[SearchHit] = []
        for key, number, url, title in found:
            entries, place = groups.get(key & _OF_GROUP, []), int(key) & ~_OF_GROUP
            if place < len(entries):
                hits.append(SearchHit(key, number, *entries[place], url, title))
        return hits

    def _rows(self, db: Any, query: str, bound: Mapping[str, Any]) -> Sequence[Any]:
        """Return what a query yields; on SQLite by its driver, since nothing has to be converted."""
        if self._db.is_sqlite:
            return db.connection().connection.cursor().execute(query, bound).fetchall()
        return db.execute(text(query), bound).all()

    @property
    def _id(self) -> str:
        return "rowid" if self._db.is_sqlite else "id"

    def _select(self, what: str, name: str) -> str:
        """Return a SELECT over a job's passages that match the bound parameter `name`."""
        if self._db.is_sqlite:
            return (
                f"SELECT {what} FROM passage_terms WHERE passage_terms MATCH :{name} AND rowid BETWEEN :low AND :high"  # noqa: S608
            )
        is_found = f"lexemes @@ CAST(:{name} AS tsquery)"
        return f"SELECT {what} FROM passage_terms WHERE {is_found} AND id BETWEEN :low AND :high"  # noqa: S608

    def _match(self, terms: Sequence[str], extent: SearchExtent) -> str:
        """Return the query for passages that have any of some terms, which are letters, digits and `_.-^` only."""
        if self._db.is_sqlite:
            return " OR ".join(f'"{term}"' for term in terms)
        quoted = " | ".join("'" + term.replace("\\", "\\\\").replace("'", "''") + "'" for term in terms)
        return f"'@{extent.serial}' & ({quoted})"


def _order(job: Job) -> str:
    return "position" if job.is_numbered else "arrival"


def _read(entry: str) -> _Entry:
    one = entry_of(entry)
    headings, names, _, terms = one.record.split("\n", 3)
    return one.start, one.end, headings, names, one.links, one.length, terms


def _range(extent: SearchExtent) -> dict[str, int]:
    return {"low": extent.low, "high": extent.high}


class _Groups:
    """Groups of entries, read and unpacked; threads ask at the same time. What a group has never changes."""

    def __init__(self) -> None:
        self._known = BoundedCache[int, list[_Entry]](_MAX_UNPACKED)
        self._lock = threading.Lock()

    def of(self, db: Any, groups: Set[int]) -> Mapping[int, list[_Entry]]:
        """Return the entries of groups, as far as they are indexed."""
        with self._lock:
            found = {group: known for group in groups if (known := self._known.get(group)) is not None}
        if missing := groups - found.keys():
            numbers = ", ".join(map(str, sorted(missing)))
            rows = db.execute(text(f"SELECT id, entries FROM passage_group WHERE id IN ({numbers})")).all()  # noqa: S608
            read = {int(group): [_read(one) for one in parted(unpacked(entries))] for group, entries in rows}
            found |= read
            with self._lock:
                for group, entries in read.items():
                    self._known.put(group, entries)
        return found
