"""The readers' side of the index: looks into it in threads, and what is known of jobs that have ended.

`store.search_reader` says what a look finds; here it is run in a transaction, as others are.
"""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import anyio
import anyio.to_thread
from sqlalchemy import Connection, text

from docspasta_mcp.document.search.entries import HEAD, INDEX_VERSION
from docspasta_mcp.model.job import Job
from docspasta_mcp.runtime.bounded_cache import BoundedCache
from docspasta_mcp.store.database import Database
from docspasta_mcp.store.search_index import PAGE_BITS, PLACE_BITS
from docspasta_mcp.store.search_known import Known
from docspasta_mcp.store.search_reader import SearchExtent, SearchHit, SearchReader, Wanted

T = TypeVar("T")

AT_ONCE = 2  # threads that work on answers: more only take the interpreter from one another
_MAX_EXTENTS = 50_000
_MAX_ENDED = 10_000
_MAX_ALIKE = 3_000  # words that are compared with a misspelled one


class SearchQueries:
    """The readers' side of the index."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._answering = anyio.CapacityLimiter(AT_ONCE)
        self._can_search = False
        self._lock = threading.Lock()  # of the extents, which threads of the database ask for at the same time
        self._extents = BoundedCache[tuple[int, int], SearchExtent](_MAX_EXTENTS)
        self._known = Known()
        self.ended = BoundedCache[tuple[str, str, float | None], tuple[tuple[str, ...], SearchExtent]](_MAX_ENDED)
        """Languages and extents of jobs that have ended and are indexed completely, by their documents' keys."""

    async def can_search(self) -> bool:
        """Tell whether the database has full text search; only a SQLite without FTS5 has none."""
        if not self._can_search and self._db.is_sqlite:
            query = text("SELECT 1 FROM sqlite_master WHERE name = 'passage_terms'")
            self._can_search = await self._db.read(lambda db: db.execute(query).first() is not None)
        return self._can_search or not self._db.is_sqlite

    async def extent(self, job_id: str) -> SearchExtent | None:
        """Return a job's part of the index; None if nothing of it is indexed."""

        def work(db: Connection) -> SearchExtent | None:
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
            counted = text(
                "SELECT sum(passages), sum(length), max(id) FROM passage_group WHERE id BETWEEN :low AND :high"
            )
            passages, length, last = db.execute(counted, {"low": low, "high": high}).one()
            average = float(length or 0) / int(passages or 1)
            made = SearchExtent(low, high, int(passages or 0), average or 1.0, serial, arrival, int(last or low))
            with self._lock:
                self._extents.put((serial, arrival), made)
            return made

        return await self._db.read(work)

    async def read(self, work: Callable[[SearchReader], T]) -> T:
        """Run `work` with a reader of the index, in one transaction and a thread, as `work_out` does."""
        is_sqlite = self._db.is_sqlite
        return await self._db.read(
            lambda db: work(SearchReader(db, self._known, is_sqlite=is_sqlite)), limiter=self._answering
        )

    async def work_out(self, work: Callable[[], T]) -> T:
        """Run a part of an answer that only computes, in a thread: a few at a time, while other questions wait."""
        return await anyio.to_thread.run_sync(work, limiter=self._answering)

    async def counts(self, extent: SearchExtent, terms: Iterable[str]) -> Mapping[str, int]:
        """Return how many passages of a job have each term; see `SearchReader.counts`."""
        wanted = tuple(terms)
        known = self._known.counts((extent.serial, extent.version), wanted)
        if len(known) == len(set(wanted)):
            return known
        return await self.read(lambda reader: reader.counts(extent, wanted))

    async def find(
        self, job: Job, extent: SearchExtent, wanted: Sequence[Wanted], *, limit: int
    ) -> Sequence[SearchHit]:
        """Return the passages of a document whose terms are worth most; see `SearchReader.find`."""
        return await self.read(lambda reader: reader.find(job, extent, wanted, limit=limit))

    async def passages(
        self, job: Job, extent: SearchExtent, ids: Sequence[int], wanted: Sequence[Wanted]
    ) -> Sequence[SearchHit]:
        """Return passages of a document by their numbers; see `SearchReader.passages`."""
        return await self.read(lambda reader: reader.passages(job, extent, ids, wanted)) if ids else []

    async def beginning(self, extent: SearchExtent, start: str) -> Sequence[str]:
        """Return words of the index that begin alike; not all of them need be words of this job."""
        bound: dict[str, Any] = {"start": start, "end": start + "\U0010ffff", "limit": _MAX_ALIKE}
        if self._db.is_sqlite:
            query = "SELECT term FROM passage_words WHERE term >= :start AND term < :end LIMIT :limit"
        else:
            bound |= {"low": extent.low, "high": extent.high}
            query = (
                "SELECT DISTINCT lexeme FROM passage_terms, unnest(lexemes) WHERE id BETWEEN :low AND :high"
                " AND lexeme >= :start AND lexeme < :end LIMIT :limit"
            )
        return await self._db.read(
            lambda db: [str(row[0]) for row in db.execute(text(query), bound).all() if row[0][:1] not in (HEAD, "@")]
        )
