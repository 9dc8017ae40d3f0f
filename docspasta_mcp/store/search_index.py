"""The index of passages: what is not indexed yet, what is written, what is found.

A job's passages have the numbers `serial << 34 | page << 14 | place`, so that all of one job, and all of one page, lie
side by side: a look-up is kept to its own job by a range, whatever else the database holds. What is known of a page's
passages stands in rows of `GROUP` of them, by the number of the first: together they take a third less room than one
by one, and few have to be read for one of them. The counter of arrivals
tells how far a job is indexed, and whoever writes more checks it in the same transaction.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from docspasta_mcp.document.search.entries import INDEX_VERSION, IndexEntry, joined, searched
from docspasta_mcp.model.job import JobState
from docspasta_mcp.model.page import PageState
from docspasta_mcp.store.database import Database
from docspasta_mcp.store.search_schema import packed

PAGE_BITS, PLACE_BITS = 20, 14
GROUP = 32  # passages of a row, a power of two; most pages have fewer
_ROW_BYTES = 40  # of a group, beside its entries
_DONE = PageState.DONE.value


@dataclass(frozen=True, slots=True)
class Unindexed:
    """A page that is stored and not indexed."""

    number: int
    arrival_no: int
    url: str
    title: str
    language: str
    markdown: str


@dataclass(frozen=True, slots=True)
class Backlog:
    """Pages of a job that are not indexed, in the order of their arrival, and how far it is."""

    indexed: int
    pages: Sequence[Unindexed]


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

        def work(db: Any) -> Backlog:
            indexed = _indexed(db, job_id)
            query = text(
                "SELECT page.number, page.arrival, page.url, page.title, page.language, page_content.markdown"  # noqa: S608
                " FROM page JOIN page_content ON page_content.page_id = page.id WHERE page.job_id = :job AND"
                f" page.state = '{_DONE}' AND page.arrival > :arrival ORDER BY page.arrival LIMIT :limit"
            )
            found = db.execute(query, {"job": job_id, "arrival": indexed, "limit": limit}).all()
            return Backlog(indexed, [Unindexed(*row) for row in found])

        return await self._db.read(work)

    async def add(
        self, job_id: str, backlog: Backlog, entries: Sequence[Sequence[IndexEntry]], *, may_search: bool = True
    ) -> bool:
        """Write the entries of a backlog's pages; return False if somebody else has done so meanwhile.

        Args:
            job_id: the job; one that is gone is left alone.
            backlog: the pages.
            entries: those of each page.
            may_search: false if this SQLite has no full text search.
        """

        def work(db: Any) -> bool:
            serial = _serial(db, job_id, backlog.indexed)
            if serial is None:
                return False
            written = list(zip(backlog.pages, entries, strict=True))
            values = [group for page, some in written for group in _groups(serial, page.number, some)]
            if values:
                db.execute(_INSERT, values)
            if may_search and (terms := [one for page, some in written for one in _terms(serial, page.number, some)]):
                _insert_terms(db, terms, is_sqlite=self._db.is_sqlite)
            db.execute(
                text("UPDATE search_job SET arrival = :arrival, bytes = bytes + :more WHERE job_id = :job"),
                {"arrival": backlog.pages[-1].arrival_no, "more": sum(map(size_of, values)), "job": job_id},
            )
            return True

        return await self._db.write(work)


def _indexed(db: Any, job_id: str) -> int:
    query = text("SELECT arrival FROM search_job WHERE job_id = :job AND version = :version")
    return int(db.execute(query, {"job": job_id, "version": INDEX_VERSION}).scalar() or 0)


def _serial(db: Any, job_id: str, indexed: int) -> int | None:
    """Lock the job's place in the index, making it if it has none; None if it is not as far as thought, or gone."""
    if db.execute(text("SELECT 1 FROM job WHERE id = :job"), {"job": job_id}).first() is None:
        return None
    db.execute(
        text("DELETE FROM search_job WHERE job_id = :job AND version <> :version"),
        {"job": job_id, "version": INDEX_VERSION},
    )
    known = text("SELECT 1 FROM search_job WHERE job_id = :job")
    if db.execute(known, {"job": job_id}).first() is None:
        made = "INSERT INTO search_job (job_id, arrival, version) VALUES (:job, 0, :version) ON CONFLICT DO NOTHING"
        db.execute(text(made), {"job": job_id, "version": INDEX_VERSION})
    lock = text("UPDATE search_job SET arrival = arrival WHERE job_id = :job RETURNING serial, arrival")
    serial, arrival = db.execute(lock, {"job": job_id}).one()
    return int(serial) if arrival == indexed else None


def _groups(serial: int, page: int, entries: Sequence[IndexEntry]) -> Iterator[Mapping[str, Any]]:
    for place in range(0, len(entries), GROUP):
        some = entries[place : place + GROUP]
        yield {
            "id": passage_id(serial, page, place),
            "serial": serial,
            "passages": len(some),
            "length": sum(one.length for one in some),
            "entries": packed(joined(some)),
        }


def _terms(serial: int, page: int, entries: Sequence[IndexEntry]) -> Iterator[Mapping[str, Any]]:
    for place, one in enumerate(entries):
        yield {"id": passage_id(serial, page, place), "serial": serial, "terms": searched(one.record)}


def size_of(group: Mapping[str, Any]) -> int:
    """Return about how many bytes a group takes: its row, and as much as its entries again where they are searched."""
    return 2 * len(group["entries"]) + _ROW_BYTES


_INSERT = text(
    "INSERT INTO passage_group (id, serial, passages, length, entries)"
    " VALUES (:id, :serial, :passages, :length, :entries)"
)


def _insert_terms(db: Any, terms: Sequence[Mapping[str, Any]], *, is_sqlite: bool) -> None:
    if is_sqlite:
        db.execute(text("INSERT INTO passage_terms (rowid, terms) VALUES (:id, :terms)"), terms)
        return
    db.execute(
        text(
            "INSERT INTO passage_terms (id, serial, lexemes)"
            " VALUES (:id, :serial, array_to_tsvector(CAST(:lexemes AS text[])))"
        ),
        [{**one, "lexemes": sorted({*one["terms"].split(), f"@{one['serial']}"})} for one in terms],
    )
