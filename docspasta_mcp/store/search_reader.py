"""One look into the index, in a transaction: counts of terms, passages that have the rarest of them.

The database's full text search yields which passages have a term; how rare each is in its manual is counted there too.
A passage's first standing is the sum of what its terms weigh; the final one is given by `document.search.ranking`.
What does not change stays in memory: counts, entries of passages, and what is known of an ended job's pages.
"""

import threading
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import text

from docspasta_mcp.document.search.entries import entry_of, spaced, split_entries
from docspasta_mcp.document.search.page_index import GROUP, unpacked
from docspasta_mcp.model.job import Job
from docspasta_mcp.runtime.bounded_cache import BoundedCache
from docspasta_mcp.store.search_index import PAGE_BITS, PLACE_BITS, page_of
from docspasta_mcp.store.statements import IN_DOCUMENT

_MAX_KNOWN = 50_000  # counts kept in memory
_MAX_UNPACKED = 4_000  # groups of passages that stay unpacked, with 5 kB each
_MAX_PAGES = 20_000  # pages whose URL and title stay in memory, with 300 bytes each
MAX_BITS = 60  # a database adds them up as integers of 64
LARGE = (
    60_000  # passages from which on frequent terms are counted in a share of them: each takes as long as it is frequent
)
SAMPLES, ONE_IN = 8, 16  # places that such a share is taken from, and how small it is
ENOUGH = 300  # passages there that tell how many there are in all, to some 6 per cent
_OF_GROUP = -GROUP  # the bits of a passage's number that all of its group have
_PAGE = f"(%s >> {PLACE_BITS} & {(1 << PAGE_BITS) - 1})"  # the number of a passage's page, as it was found

_Entry: TypeAlias = tuple[int, int, str, str, int, int, str]  # `start` to `terms` of a `SearchHit`
_Group: TypeAlias = list[_Entry | str]  # entries of a group, as texts until they are asked for: few of them are
_Page: TypeAlias = tuple[int, str, str]  # its number in the document, its URL, its title


@dataclass(frozen=True, slots=True)
class SearchExtent:
    """A job's part of the index: the range of its passages' numbers, how many they are, their average length.

    `last` is the number of the last group of them.
    """

    low: int
    high: int
    passages: int
    average: float
    serial: int = 0
    version: int = 0
    last: int = 0


@dataclass(frozen=True, slots=True)
class Wanted:
    """Terms any of which a passage may have, and what having one is worth."""

    terms: tuple[str, ...]
    worth: float


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A passage that was found, with what is known of its page; `number` is the page's number in the document.

    `terms` are those of its text, by how often it has them; `entries.counts` reads them. `found_by` has a bit for each
    of the first `MAX_BITS` that it was looked for by, in their order; it is -1 where it was not looked for.
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
    found_by: int = -1


class Known:
    """What stays in memory of one database's index; threads ask at the same time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts = BoundedCache[tuple[int, int, str], int](_MAX_KNOWN)
        self._groups = BoundedCache[int, _Group](_MAX_UNPACKED)
        self._pages = BoundedCache[tuple[str, str, float | None, int], tuple[_Page, ...]](_MAX_PAGES)

    def counts(self, key: tuple[int, int], terms: Iterable[str]) -> dict[str, int]:
        """Return how many passages have each term, as far as that is known."""
        with self._lock:
            return {term: count for term in terms if (count := self._counts.get((*key, term))) is not None}

    def keep_counts(self, key: tuple[int, int], counts: Mapping[str, int]) -> None:
        """Keep how many passages have each term."""
        with self._lock:
            for term, count in counts.items():
                self._counts.put((*key, term), count)

    def groups(self, groups: Iterable[int]) -> dict[int, _Group]:
        """Return the entries of groups, as far as they are known; what a group has never changes."""
        with self._lock:
            return {group: entries for group in groups if (entries := self._groups.get(group)) is not None}

    def keep_groups(self, groups: Mapping[int, _Group]) -> None:
        """Keep the entries of groups."""
        with self._lock:
            for group, entries in groups.items():
                self._groups.put(group, entries)

    def pages(self, job: Job, numbers: Iterable[int]) -> dict[int, tuple[_Page, ...]]:
        """Return what is known of an ended job's pages; nothing of one that is not in its document."""
        with self._lock:
            key = job.document_key
            return {number: page for number in numbers if (page := self._pages.get((*key, number))) is not None}

    def keep_pages(self, job: Job, pages: Mapping[int, tuple[_Page, ...]]) -> None:
        """Keep what is known of pages, if their job has ended."""
        if not job.is_running:
            with self._lock:
                for number, page in pages.items():
                    self._pages.put((*job.document_key, number), page)


class SearchReader:
    """Reads the index in one transaction."""

    def __init__(self, db: Any, known: Known, *, is_sqlite: bool) -> None:
        self._db = db
        self._known = known
        self._is_sqlite = is_sqlite

    def counts(self, extent: SearchExtent, terms: Iterable[str]) -> Mapping[str, int]:
        """Return how many passages of a job have each term, in their text or over it; in a large one, about."""
        key = extent.serial, extent.version
        wanted = tuple(dict.fromkeys(terms))
        known = self._known.counts(key, wanted)
        if new := [term for term in wanted if term not in known]:
            counted = self._frequent(extent, new) if extent.passages >= LARGE else {}
            counted |= self._counted(extent, [term for term in new if term not in counted], [(extent.low, extent.high)])
            self._known.keep_counts(key, counted)
            known |= counted
        return known

    def _frequent(self, extent: SearchExtent, terms: Sequence[str]) -> dict[str, int]:
        """Return about how many passages have each term that is frequent, from a share of them in several places."""
        step = (extent.last + GROUP - extent.low) // SAMPLES
        places = range(extent.low, extent.low + SAMPLES * step, step)
        found = self._counted(extent, terms, [(place, place + step // ONE_IN) for place in places])
        return {term: count * ONE_IN for term, count in found.items() if count >= ENOUGH}

    def _counted(self, extent: SearchExtent, terms: Sequence[str], ranges: Sequence[tuple[int, int]]) -> dict[str, int]:
        """Return how many passages within some ranges have each term."""
        if not terms:
            return {}
        bound: dict[str, Any] = {f"t{place}": self._match((term,), extent) for place, term in enumerate(terms)}
        parts: list[str] = []
        for name in tuple(bound):
            some = [self._select("count(*)", name, str(place)) for place in range(len(ranges))]
            parts.append(" + ".join(f"({one})" for one in some))
        for place, (low, high) in enumerate(ranges):
            bound |= {f"low{place}": low, f"high{place}": high}
        (row,) = self._rows(f"SELECT {', '.join(parts)}", bound)
        return {term: int(count) for term, count in zip(terms, row, strict=True)}

    def find(
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
        columns = f"{'rowid' if self._is_sqlite else 'id'} AS id, CAST(:w%d AS float) AS worth, %d AS bit"
        bits = [1 << place if place < MAX_BITS else 0 for place in range(len(wanted))]
        parts = [self._select(columns % (place, bit), f"t{place}") for place, bit in enumerate(bits)]
        only = ""
        if pages is not None:
            numbers = ", ".join(str(int(number)) for number in pages)
            chosen = f"SELECT number FROM page WHERE job_id = :job AND {_order(job)} IN ({numbers})"  # noqa: S608  # numbers
            only = f" WHERE {_PAGE % 'id'} IN ({chosen})"
        best = (
            f"SELECT id, sum(bit) AS bits FROM ({' UNION ALL '.join(parts)}) AS having_{only}"  # noqa: S608  # our own words
            " GROUP BY id ORDER BY sum(worth) DESC, id LIMIT :limit"
        )
        bits_of = self._ids(best, {**bound, "job": job.id, "limit": limit, **_range(extent)})
        return self._hits(job, bits_of)

    def passages(self, job: Job, ids: Sequence[int]) -> Sequence[SearchHit]:
        """Return passages of a document by their numbers, as far as there are any of these."""
        return self._hits(job, dict.fromkeys(ids, -1))

    def _hits(self, job: Job, found: Mapping[int, int]) -> Sequence[SearchHit]:
        """Return passages by their numbers, each with what it was found by."""
        pages = self._pages(job, {page_of(id_) for id_ in found})
        groups = self._groups({id_ & _OF_GROUP for id_ in found if pages[page_of(id_)]})
        hits: list[SearchHit] = []
        for id_, bits in found.items():
            entries, place = groups.get(id_ & _OF_GROUP, []), id_ & ~_OF_GROUP
            for number, url, title in pages[page_of(id_)]:
                if place < len(entries):
                    hits.append(SearchHit(id_, number, *_entry(entries, place), url, title, bits))
        return hits

    def _pages(self, job: Job, numbers: Set[int]) -> Mapping[int, tuple[_Page, ...]]:
        """Return what is known of pages by their numbers as they were found; nothing of those not in the document."""
        known = self._known.pages(job, numbers)
        if missing := sorted(numbers - known.keys()):
            query = (
                f"SELECT number, {_order(job)}, url, COALESCE(NULLIF(shown_title, ''), title) FROM page"  # noqa: S608  # our own words
                f" WHERE job_id = :job AND {IN_DOCUMENT}"
                f" AND number IN ({', '.join(map(str, missing))})"
            )
            found: dict[int, tuple[_Page, ...]] = dict.fromkeys(missing, ())
            found |= {number: (page,) for number, *page in self._rows(query, {"job": job.id})}
            self._known.keep_pages(job, found)
            known |= found
        return known

    def _groups(self, groups: Set[int]) -> Mapping[int, _Group]:
        """Return the entries of groups, as far as they are indexed."""
        known = self._known.groups(groups)
        if missing := sorted(groups - known.keys()):
            rows = self._rows(f"SELECT id, entries FROM passage_group WHERE id IN ({', '.join(map(str, missing))})", {})  # noqa: S608
            read: dict[int, _Group] = {int(group): [*split_entries(unpacked(entries))] for group, entries in rows}
            self._known.keep_groups(read)
            known |= read
        return known

    def _ids(self, query: str, bound: Mapping[str, Any]) -> dict[int, int]:
        """Return pairs that a query yields; SQLite's as one row, since its driver waits for the rest at each."""
        if not self._is_sqlite:
            return {int(id_): int(bits) for id_, bits in self._rows(query, bound)}
        ((pairs,),) = self._rows(f"SELECT group_concat(id || ' ' || bits, ' ') FROM ({query})", bound)  # noqa: S608  # our own words
        numbers = [int(number) for number in (pairs or "").split()]
        return dict(zip(numbers[::2], numbers[1::2], strict=True))

    def _rows(self, query: str, bound: Mapping[str, Any]) -> Sequence[Any]:
        """Return what a query yields; on SQLite by its driver, since nothing has to be converted."""
        if self._is_sqlite:
            return self._db.connection().connection.cursor().execute(query, bound).fetchall()
        return self._db.execute(text(query), bound).all()

    def _select(self, what: str, name: str, within: str = "") -> str:
        """Return a SELECT over passages that match the bound parameter `name`, from `low` to `high` with `within`."""
        bounds = f"BETWEEN :low{within} AND :high{within}"
        if self._is_sqlite:
            return f"SELECT {what} FROM passage_terms WHERE passage_terms MATCH :{name} AND rowid {bounds}"  # noqa: S608
        return f"SELECT {what} FROM passage_terms WHERE lexemes @@ CAST(:{name} AS tsquery) AND id {bounds}"  # noqa: S608

    def _match(self, terms: Sequence[str], extent: SearchExtent) -> str:
        """Return the query for passages that have any of some terms, which are letters, digits and `_.-^` only."""
        if self._is_sqlite:
            return " OR ".join(f'"{term}"' for term in terms)
        quoted = " | ".join("'" + term.replace("\\", "\\\\").replace("'", "''") + "'" for term in terms)
        return f"'@{extent.serial}' & ({quoted})"


def _order(job: Job) -> str:
    return "position" if job.is_numbered else "arrival"


def _entry(group: _Group, place: int) -> _Entry:
    known = group[place]
    if not isinstance(known, str):
        return known
    one = entry_of(known)
    headings, names, _, terms = one.record.split("\n", 3)
    entry = group[place] = one.start, one.end, headings, names, one.links, one.length, spaced(terms)
    return entry


def _range(extent: SearchExtent) -> dict[str, int]:
    return {"low": extent.low, "high": extent.high}
