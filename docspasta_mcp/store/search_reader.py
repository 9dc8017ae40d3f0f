"""One look into the index, in a transaction: counts of terms, passages that have the rarest of them.

The database's full text search yields which passages have a term; how rare each is in its manual is counted there too.
A passage's first standing is the sum of what its terms weigh; the final one is given by `document.search.ranking`.
What does not change stays in memory: counts, entries of passages, and what is known of an ended job's pages.
"""

import json
from array import array
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from heapq import nlargest
from typing import Any, NamedTuple

from sqlalchemy import Connection, text

from docspasta_mcp.document.search.entries import PassageTerms, entry_of, split_entries, terms_of
from docspasta_mcp.document.search.page_index import GROUP, unpacked
from docspasta_mcp.model.job import Job
from docspasta_mcp.store.search_index import page_of
from docspasta_mcp.store.search_known import Entry, Group, Known, KnownPage, Passages
from docspasta_mcp.store.statements import IN_DOCUMENT

LARGE = (
    60_000  # passages from which on frequent terms are counted in a share of them: each takes as long as it is frequent
)
SAMPLES, ONE_IN = 8, 16  # places that such a share is taken from, and how small it is
ENOUGH = 300  # passages there that tell how many there are in all, to some 6 per cent
_OF_GROUP = -GROUP  # the bits of a passage's number that all of its group have


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


class SearchHit(NamedTuple):
    """A passage that was found, with what is known of its page; `number` is the page's number in the document.

    `terms` are those of its text; `found_by` are those of the terms it was looked for by that it has, in it or over it.
    """

    id: int
    number: int
    start: int
    end: int
    headings: str
    names: str
    links: int
    length: int
    terms: PassageTerms
    url: str
    title: str
    found_by: Sequence[str]


class SearchReader:
    """Reads the index in one transaction."""

    def __init__(self, db: Connection, known: Known, *, is_sqlite: bool) -> None:
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
        bound: dict[str, Any] = {f"t{place}": self._match(term, extent) for place, term in enumerate(terms)}
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
        having = self._having(extent, _terms_of(wanted))
        worth: dict[int, float] = {}
        so_far = worth.get
        for one in wanted:
            some = [having[term] for term in one.terms]
            each = one.worth
            for id_ in some[0] if len(some) == 1 else set[int]().union(*some):
                worth[id_] = so_far(id_, 0.0) + each
        if pages is not None:
            chosen = self._as_found(job, pages)
            worth = {id_: value for id_, value in worth.items() if page_of(id_) in chosen}
        return self._hits(job, _best(worth, limit), having)

    def passages(
        self, job: Job, extent: SearchExtent, ids: Sequence[int], wanted: Sequence[Wanted]
    ) -> Sequence[SearchHit]:
        """Return passages of a document by their numbers, as far as there are any of these.

        Args:
            job: whose document it is.
            extent: its part of the index.
            ids: the numbers.
            wanted: terms that others are looked for by.
        """
        return self._hits(job, ids, self._having(extent, _terms_of(wanted)))

    def _having(self, extent: SearchExtent, terms: Sequence[str]) -> Mapping[str, Passages]:
        """Return which passages of a job have each term, in the order of the terms."""
        key = extent.serial, extent.version
        known = self._known.passages(key, terms)
        if new := [term for term in terms if term not in known]:
            ids = "group_concat(rowid)" if self._is_sqlite else "array_agg(id)"  # its driver waits at each row
            parts = [f"({self._select(ids, f't{place}')})" for place in range(len(new))]
            bound = {f"t{place}": self._match(term, extent) for place, term in enumerate(new)}
            (row,) = self._rows(f"SELECT {', '.join(parts)}", {**bound, "low": extent.low, "high": extent.high})
            read = {term: array("Q", _numbers(found)) for term, found in zip(new, row, strict=True)}
            self._known.keep_passages(key, read)
            known |= read
        return {term: known[term] for term in terms}

    def _hits(self, job: Job, ids: Sequence[int], having: Mapping[str, Passages]) -> Sequence[SearchHit]:
        """Return passages by their numbers, each with what it was found by."""
        wanted = frozenset(ids)
        found_by: dict[int, list[str]] = {id_: [] for id_ in ids}
        for term, some in having.items():
            for id_ in wanted.intersection(some):
                found_by[id_].append(term)
        pages = self._pages(job, {page_of(id_) for id_ in wanted})
        groups = self._groups({id_ & _OF_GROUP for id_ in wanted if pages[page_of(id_)]})
        hits: list[SearchHit] = []
        for id_, terms in found_by.items():
            entries, place = groups.get(id_ & _OF_GROUP, []), id_ & ~_OF_GROUP
            for number, url, title in pages[page_of(id_)]:
                if place < len(entries):
                    hits.append(SearchHit(id_, number, *_entry(entries, place), url, title, terms))
        return hits

    def _as_found(self, job: Job, pages: Sequence[int]) -> Set[int]:
        """Return the numbers as they were found of some pages of a document."""
        numbers = ", ".join(str(int(number)) for number in pages)
        query = f"SELECT number FROM page WHERE job_id = :job AND {IN_DOCUMENT} AND {_order(job)} IN ({numbers})"  # noqa: S608  # numbers
        return {int(number) for (number,) in self._rows(query, {"job": job.id})}

    def _pages(self, job: Job, numbers: Set[int]) -> Mapping[int, tuple[KnownPage, ...]]:
        """Return what is known of pages by their numbers as they were found; nothing of those not in the document."""
        known = self._known.pages(job, numbers)
        if missing := sorted(numbers - known.keys()):
            query = (
                f"SELECT {IN_DOCUMENT}, number, {_order(job)}, url, COALESCE(NULLIF(shown_title, ''), title)"  # noqa: S608  # our own words
                f" FROM page WHERE job_id = :job AND number IN ({', '.join(map(str, missing))})"
            )  # with a state to look for, SQLite would look at all pages of the job that have it
            found: dict[int, tuple[KnownPage, ...]] = dict.fromkeys(missing, ())
            found |= {number: (page,) for is_in, number, *page in self._rows(query, {"job": job.id}) if is_in}
            self._known.keep_pages(job, found)
            known |= found
        return known

    def _groups(self, groups: Set[int]) -> Mapping[int, Group]:
        """Return the entries of groups, as far as they are indexed."""
        known = self._known.groups(groups)
        if missing := sorted(groups - known.keys()):
            rows = self._rows(f"SELECT id, entries FROM passage_group WHERE id IN ({', '.join(map(str, missing))})", {})  # noqa: S608
            read: dict[int, Group] = {int(group): [*split_entries(unpacked(entries))] for group, entries in rows}
            self._known.keep_groups(read)
            known |= read
        return known

    def _rows(self, query: str, bound: Mapping[str, Any]) -> Sequence[Any]:
        """Return what a query yields; on SQLite by its driver, since nothing has to be converted."""
        if self._is_sqlite:
            return self._db.connection.cursor().execute(query, bound).fetchall()
        return self._db.execute(text(query), bound).all()

    def _select(self, what: str, name: str, within: str = "") -> str:
        """Return a SELECT over passages that match the bound parameter `name`, from `low` to `high` with `within`."""
        bounds = f"BETWEEN :low{within} AND :high{within}"
        if self._is_sqlite:
            return f"SELECT {what} FROM passage_terms WHERE passage_terms MATCH :{name} AND rowid {bounds}"  # noqa: S608
        return f"SELECT {what} FROM passage_terms WHERE lexemes @@ CAST(:{name} AS tsquery) AND id {bounds}"  # noqa: S608

    def _match(self, term: str, extent: SearchExtent) -> str:
        """Return the query for passages that have a term, which is letters, digits and `_.-^` only."""
        if self._is_sqlite:
            return f'"{term}"'
        quoted = term.replace("\\", "\\\\").replace("'", "''")
        return f"'@{extent.serial}' & '{quoted}'"


def _terms_of(wanted: Iterable[Wanted]) -> Sequence[str]:
    return list(dict.fromkeys(term for one in wanted for term in one.terms))


def _order(job: Job) -> str:
    return "position" if job.is_numbered else "arrival"


def _numbers(found: Any) -> Sequence[int]:
    """Return numbers that a database yielded together."""
    return json.loads(f"[{found}]") if isinstance(found, str) else found or ()


def _best(worth: Mapping[int, float], limit: int) -> list[int]:
    """Return the passages that are worth most, equal ones in the order of their numbers."""
    least = min(nlargest(limit, worth.values())) if len(worth) > limit else 0.0
    some = sorted([(-value, id_) for id_, value in worth.items() if value >= least])
    return [id_ for _, id_ in some[:limit]]


def _entry(group: Group, place: int) -> Entry:
    known = group[place]
    if not isinstance(known, str):
        return known
    one = entry_of(known)
    headings, names, _, terms = one.record.split("\n", 3)
    entry = group[place] = one.start, one.end, headings, names, one.links, one.length, terms_of(terms)
    return entry
