"""The index of passages: what is not indexed yet, what is written, what is found.

A job's passages have the numbers `serial << 34 | page << 14 | place`, so that all of one job, and all of one page, lie
side by side: a look-up is kept to its own job by a range, whatever else the database holds. What is known of a page's
passages stands in rows of `GROUP` of them, by the number of the first: together they take a third less room than one
by one, and few have to be read for one of them. The counter of arrivals
tells how far a job is indexed, and whoever writes more checks it in the same transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from docspasta_mcp.document.search.entries import INDEX_VERSION
from docspasta_mcp.document.search.page_index import index_of
from docspasta_mcp.model.job import JobState
from docspasta_mcp.model.page import Outcome, PageState
from docspasta_mcp.model.page_index import PageIndex, PassageGroup
from docspasta_mcp.runtime.bounded_cache import BoundedCache
from docspasta_mcp.store.database import Database
from docspasta_mcp.store.prepared import Prepared

PAGE_BITS, PLACE_BITS = 20, 14
MAX_KEPT_BYTES = 6_000_000  # of pages whose index waits in memory: a usual one has 7,000; others are made again
_KEPT_BYTES = 1_000  # of a page whose index is empty
_ROW_BYTES = 40  # of a group, beside its entries
_DONE = PageState.DONE.value
_FIRST = f"(search_job.serial * {1 << (PAGE_BITS + PLACE_BITS)} + CAST({{page}} AS BIGINT) * {1 << PLACE_BITS})"


@dataclass(frozen=True, slots=True)
class Unindexed:
    """A page that is stored and not indexed; its Markdown is only read where `index` was not kept."""

    number: int
    arrival_no: int
    url: str
    title: str
    language: str
    markdown: str
    index: PageIndex | None = None


@dataclass(frozen=True, slots=True)
class Backlog:
    """Pages of a job that are not indexed, in the order of their arrival, and how far it is."""

    indexed: int
    pages: Sequence[Unindexed]


@dataclass(frozen=True, slots=True)
class _KeptIndex:
    """The index of a page, and what it was made of."""

    content_hash: str
    title: str
    language: str
    index: PageIndex


def passage_id(serial: int, page: int, place: int) -> int:
    """Return the number of a page's passage."""
    return serial << (PAGE_BITS + PLACE_BITS) | page << PLACE_BITS | place


def page_of(passage: int) -> int:
    """Return the number of a passage's page, as it was found."""
    return passage >> PLACE_BITS & (1 << PAGE_BITS) - 1


class SearchIndex:
    """The writers' side of the index."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._kept = BoundedCache[tuple[str, str], _KeptIndex](MAX_KEPT_BYTES)

    def keep(self, job_id: str, outcome: Outcome) -> None:
        """Keep the index of a page that is about to be stored, for the batch that it is written in.

        It is only memory: what is not kept, or is lost with the process, is made again of what is stored.
        """
        index = outcome.index
        if index is not None:
            kept = _KeptIndex(outcome.content_hash, outcome.title, outcome.language, index)
            self._kept.put((job_id, outcome.url), kept, size=index.size + _KEPT_BYTES)

    async def behind(self, *, only_running: bool = False) -> Sequence[str]:
        """Return the jobs that have pages which are not indexed, the newest first."""
        which = f"job.state = '{JobState.RUNNING.value}'" if only_running else "1 = 1"
        query = text(
            f"SELECT job.id FROM job LEFT JOIN search_job ON search_job.job_id = job.id WHERE {which} AND EXISTS"  # noqa: S608  # our own words
            f" (SELECT 1 FROM page WHERE page.job_id = job.id AND page.state = '{_DONE}' AND page.arrival >"
            " CASE WHEN search_job.version = :version THEN search_job.arrival ELSE 0 END) ORDER BY job.created_at DESC"
        )
        return await self._db.read(
            lambda db: [str(row[0]) for row in db.execute(query, {"version": INDEX_VERSION}).all()]
        )

    async def backlog(self, job_id: str, *, limit: int) -> Backlog:
        """Return the first pages of a job that are not indexed."""

        def work(db: Connection) -> Backlog:
            indexed = int(_INDEXED.scalar(db, {"job": job_id, "version": INDEX_VERSION}) or 0)
            found = _BEHIND.rows(db, {"job": job_id, "arrival": indexed, "limit": limit})
            kept = {number: self._kept_of(job_id, *facts) for number, _, *facts in found}
            if None in kept.values():
                last = found[-1][1]
                kept.update(_taken_over(db, {"job": job_id, "after": indexed, "last": last, "version": INDEX_VERSION}))
            missing = [number for number, index in kept.items() if index is None]
            texts = {number: _TEXT.scalar(db, {"job": job_id, "number": number}) for number in missing}
            return Backlog(
                indexed,
                [
                    Unindexed(number, arrival, url, title, language, texts.get(number) or "", kept[number])
                    for number, arrival, url, title, language, _ in found
                ],
            )

        return await self._db.read(work)

    async def add(
        self, job_id: str, backlog: Backlog, indexes: Sequence[PageIndex], *, may_search: bool = True
    ) -> bool:
        """Write the index of a backlog's pages; return False if somebody else has done so meanwhile.

        Args:
            job_id: the job; one that is gone is left alone.
            backlog: the pages.
            indexes: that of each page.
            may_search: false if this SQLite has no full text search.
        """
        written = list(zip(backlog.pages, indexes, strict=True))

        def work(db: Connection) -> bool:
            serial = _serial(db, job_id, backlog.indexed)
            if serial is None:
                return False
            groups = [_row(serial, page.number, group) for page, index in written for group in index.groups]
            _STORE_GROUP.execute(db, *groups)
            if may_search:
                terms = [one for page, index in written for one in _terms(serial, page.number, index)]
                _store_terms(db, terms, is_sqlite=self._db.is_sqlite)
            more = sum(map(size_of, groups))
            _ADVANCE.execute(db, {"arrival": backlog.pages[-1].arrival_no, "more": more, "job": job_id})
            return True

        is_added = await self._db.write(work)
        for page in backlog.pages:
            self._kept.drop((job_id, page.url))
        return is_added

    def _kept_of(self, job_id: str, url: str, title: str, language: str, content_hash: str) -> PageIndex | None:
        """Return the index that was kept of a page, if it was made of what is stored."""
        kept = self._kept.get((job_id, url))
        if kept is None or (kept.content_hash, kept.title, kept.language) != (content_hash, title, language):
            return None
        return kept.index


def _taken_over(db: Connection, which: Mapping[str, Any]) -> dict[int, PageIndex]:
    """Return page number → index of those pages between two arrivals that the job refreshed has just the same."""
    found: dict[int, list[PassageGroup]] = {}
    for number, id_, *facts in _EARLIER.rows(db, which):
        found.setdefault(number, []).append(PassageGroup(id_ & (1 << PLACE_BITS) - 1, *facts))
    return {number: index_of(groups) for number, groups in found.items()}


def _serial(db: Connection, job_id: str, indexed: int) -> int | None:
    """Lock the job's place in the index, making it if it has none; None if it is not as far as thought, or gone."""
    place = {"job": job_id, "version": INDEX_VERSION}
    found = _LOCK.rows(db, place)
    if not found:
        if _HAS_JOB.scalar(db, place) is None:
            return None
        _FORGET_OLDER.execute(db, place)
        _MAKE.execute(db, place)
        found = _LOCK.rows(db, place)
    serial, arrival = found[0]
    return int(serial) if arrival == indexed else None


def _row(serial: int, page: int, group: PassageGroup) -> Mapping[str, Any]:
    return {
        "id": passage_id(serial, page, group.place),
        "serial": serial,
        "passages": group.passages,
        "length": group.length,
        "entries": group.entries,
    }


def _terms(serial: int, page: int, index: PageIndex) -> Sequence[Mapping[str, Any]]:
    return [
        {"id": passage_id(serial, page, place), "serial": serial, "terms": terms}
        for place, terms in enumerate(index.terms)
    ]


def size_of(group: Mapping[str, Any]) -> int:
    """Return about how many bytes a group takes: its row, and as much as its entries again where they are searched."""
    return 2 * len(group["entries"]) + _ROW_BYTES


_INDEXED = Prepared(text("SELECT arrival FROM search_job WHERE job_id = :job AND version = :version"))
_BEHIND = Prepared(
    text(
        "SELECT number, arrival, url, title, language, content_hash FROM page WHERE job_id = :job AND"  # noqa: S608
        f" state = '{_DONE}' AND arrival > :arrival ORDER BY arrival LIMIT :limit"
    )
)
_EARLIER = Prepared(
    text(
        "SELECT page.number, passage_group.id, passage_group.passages, passage_group.length, passage_group.entries"  # noqa: S608
        " FROM page JOIN job ON job.id = page.job_id"
        " JOIN job AS earlier ON earlier.id = job.refreshes AND earlier.owner = job.owner"
        " JOIN search_job ON search_job.job_id = earlier.id AND search_job.version = :version"
        " JOIN page AS old ON old.job_id = earlier.id AND old.number = page.number"
        " AND old.arrival <= search_job.arrival"
        f" AND old.state = '{_DONE}' AND old.body_hash <> '' AND old.body_hash = page.body_hash"
        " AND old.content_hash = page.content_hash AND old.url = page.url AND old.title = page.title"
        " AND old.language = page.language"
        f" JOIN passage_group ON passage_group.id >= {_FIRST.format(page='page.number')}"
        f" AND passage_group.id < {_FIRST.format(page='(page.number + 1)')}"
        " WHERE page.job_id = :job AND page.arrival > :after AND page.arrival <= :last"
        f" AND page.state = '{_DONE}' ORDER BY passage_group.id"
    )
)
"""What is indexed of the pages that a recrawl took over unchanged. A job that is being deleted belongs to nobody."""

_TEXT = Prepared(
    text(
        "SELECT page_content.markdown FROM page JOIN page_content ON page_content.page_id = page.id"
        " WHERE page.job_id = :job AND page.number = :number"
    )
)
_HAS_JOB = Prepared(text("SELECT 1 FROM job WHERE id = :job"))
_FORGET_OLDER = Prepared(text("DELETE FROM search_job WHERE job_id = :job AND version <> :version"))
_MAKE = Prepared(
    text("INSERT INTO search_job (job_id, arrival, version) VALUES (:job, 0, :version) ON CONFLICT DO NOTHING")
)
_LOCK = Prepared(
    text("UPDATE search_job SET arrival = arrival WHERE job_id = :job AND version = :version RETURNING serial, arrival")
)
_ADVANCE = Prepared(text("UPDATE search_job SET arrival = :arrival, bytes = bytes + :more WHERE job_id = :job"))
_STORE_GROUP = Prepared(
    text(
        "INSERT INTO passage_group (id, serial, passages, length, entries)"
        " VALUES (:id, :serial, :passages, :length, :entries)"
    )
)
_STORE_TERMS = Prepared(text("INSERT INTO passage_terms (rowid, terms) VALUES (:id, :terms)"))
_STORE_LEXEMES = Prepared(
    text(
        "INSERT INTO passage_terms (id, serial, lexemes) SELECT id, :serial,"
        " array_to_tsvector(array_remove(string_to_array(terms, ' '), '') || CAST(:whose AS text))"
        " FROM unnest(CAST(:ids AS bigint[]), CAST(:texts AS text[])) AS passage (id, terms)"
    )
)


def _store_terms(db: Connection, terms: Sequence[Mapping[str, Any]], *, is_sqlite: bool) -> None:
    if is_sqlite:
        _STORE_TERMS.execute(db, *terms)
        return
    if terms:
        serial = terms[0]["serial"]
        ids, texts = [one["id"] for one in terms], [one["terms"] for one in terms]
        _STORE_LEXEMES.execute(db, {"ids": ids, "serial": serial, "texts": texts, "whose": f"@{serial}"})
