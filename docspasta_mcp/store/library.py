"""An owner's library: all editions of all manuals in a handful of statements, however many there are."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, bindparam, text, update
from sqlmodel import col

from docspasta_mcp.model.job import Job, JobState
from docspasta_mcp.model.manual import Edition
from docspasta_mcp.store.database import Database
from docspasta_mcp.store.fronts import select_fronts
from docspasta_mcp.store.job_rows import job_of
from docspasta_mcp.store.statements import IN_DOCUMENT, read_rows, rows
from docspasta_mcp.store.tables import JobRow

_STATES = {state.value: state for state in JobState}
MAX_EDITIONS = 20_000  # of one owner that are listed, the newest
_LOOKED_AT = 500  # crawls of a place among which those that are like another one are looked for
_SELECT = (
    "SELECT id, seed_url, origin, prefix, scope, options, state, created_at, finished_at, title, language,"
    " document_pages, document_tokens, corpus_hash, is_pinned, used_at, reason, seed_fault, pages FROM job"
    " WHERE owner = :owner"
)
_NEWEST = " ORDER BY created_at DESC, id LIMIT :limit"
_EDITIONS = text(_SELECT + _NEWEST)
_SAME_PLACE = "origin = :origin AND prefix = :prefix AND state IN ('completed', 'partial') AND document_pages > 0"
_EARLIER = text(f"{_SELECT} AND {_SAME_PLACE} AND created_at < :before AND id <> :job{_NEWEST}")
_EARLIER_CHOICES = text(
    "SELECT one.id, one.options, other.options FROM job AS one JOIN job AS other ON other.owner = one.owner"
    " AND other.created_at < one.created_at AND other.origin = one.origin AND other.prefix = one.prefix"
    " AND other.state IN ('completed', 'partial') AND other.document_pages > 0"
    " WHERE one.id IN :jobs GROUP BY one.id, one.options, other.options"
).bindparams(bindparam("jobs", expanding=True))
_PINNED = text("SELECT id, is_pinned FROM job WHERE id IN :jobs").bindparams(bindparam("jobs", expanding=True))
_SIZES = text(
    f"SELECT job_id, count(*), COALESCE(sum(tokens), 0) FROM page WHERE job_id IN :jobs AND {IN_DOCUMENT}"  # noqa: S608  # our own words
    " GROUP BY job_id"
).bindparams(bindparam("jobs", expanding=True))


@dataclass(frozen=True, slots=True)
class Marks:
    """What a card of a manual says beside its figures."""

    is_pinned: bool = False
    has_earlier: bool = False


class Library:
    """The repository of what an owner has to read."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._db = database
        self._clock = clock

    async def editions(self, owner: str) -> Sequence[Edition]:
        """Return all crawls of an owner, the newest first; running ones with what they have so far."""

        def work(db: Connection) -> Sequence[Edition]:
            found = db.execute(_EDITIONS, {"owner": owner, "limit": MAX_EDITIONS}).all()
            running = [row.id for row in found if row.state == JobState.RUNNING.value]
            sizes: dict[str, tuple[int, int]] = {}
            titles: dict[str, str] = {}
            if running:
                sizes = {str(job): tuple(size) for job, *size in db.execute(_SIZES, {"jobs": running})}
                titles = {str(job): str(title) for job, title, _ in rows(db, select_fronts(running))}
            return [_edition(row, sizes, titles) for row in found]

        return await self._db.read(work)

    async def earlier(self, job: Job, *, limit: int) -> Sequence[Edition]:
        """Return the crawls of the same place and globs with a whole document that began before a job.

        Those whose limits were like the job's come first, and then the newest.
        """
        place = {"origin": job.scope.origin, "prefix": job.scope.prefix}
        given = {**place, "owner": job.owner, "before": job.created_at, "job": job.id, "limit": _LOOKED_AT}
        limits = (job.options.max_pages, job.options.max_depth)

        def work(db: Connection) -> Sequence[Edition]:
            found = [_edition(row, {}, {}) for row in db.execute(_EARLIER, given)]
            alike = [one for one in found if (one.include, one.exclude) == (job.options.include, job.options.exclude)]
            return sorted(alike, key=lambda one: (one.max_pages, one.max_depth) != limits)[:limit]

        return await self._db.read(work)

    async def marks(self, job_ids: Sequence[str]) -> Mapping[str, Marks]:
        """Return whether jobs are pinned, and whether an earlier crawl of the same place and globs is there."""
        if not job_ids:
            return {}

        def work(db: Connection) -> Mapping[str, Marks]:
            found = db.execute(_EARLIER_CHOICES, {"jobs": list(job_ids)})
            compared = {str(job) for job, own, other in found if _globs(own) == _globs(other)}
            pinned = db.execute(_PINNED, {"jobs": list(job_ids)})
            return {str(job): Marks(bool(is_pinned), job in compared) for job, is_pinned in pinned}

        return await self._db.read(work)

    async def jobs(self, job_ids: Sequence[str]) -> Mapping[str, Job]:
        """Return jobs by their ids; those that are gone are missing."""

        def work(db: Connection) -> Mapping[str, Job]:
            found = read_rows(db, JobRow, col(JobRow.id).in_(job_ids))
            return {row.id: job_of(row) for row in found}

        return await self._db.read(work)

    async def pin(self, job_id: str, *, is_pinned: bool) -> bool:
        """Keep a job, however old it is, or no longer; return whether there is such a job."""

        def work(db: Connection) -> bool:
            changed = update(JobRow).where(col(JobRow.id) == job_id)
            return db.execute(changed.values(is_pinned=is_pinned, used_at=self._clock())).rowcount == 1

        return await self._db.write(work)

    async def use(self, job_ids: Sequence[str]) -> None:
        """Record that jobs were read, which postpones their deletion."""

        def work(db: Connection) -> None:
            db.execute(update(JobRow).where(col(JobRow.id).in_(job_ids)).values(used_at=self._clock()))

        await self._db.write(work)


def _edition(row: Sequence[Any], sizes: Mapping[str, tuple[int, int]], titles: Mapping[str, str]) -> Edition:
    """Return what a row of `_EDITIONS` says; an owner may have ten thousand."""
    id_, seed, origin, prefix, scope, options, state, created, finished, title, language, *facts = row
    pages, tokens, corpus_hash, is_pinned, used_at, reason, seed_fault, met = facts
    if state == JobState.RUNNING.value:
        (pages, tokens), title = sizes.get(id_, (0, 0)), titles.get(id_, "")
    return Edition(
        job_id=id_,
        seed_url=seed,
        origin=origin,
        prefix=prefix,
        scope=scope,
        state=_STATES[state],
        created_at=created,
        finished_at=finished,
        title=title,
        language=language,
        pages=pages,
        tokens=tokens,
        corpus_hash=corpus_hash,
        is_pinned=bool(is_pinned),
        used_at=used_at,
        reason=reason,
        seed_fault=seed_fault,
        met=met,
        **_chosen(options),
    )


@lru_cache(maxsize=1_024)  # most crawls of an owner have the same options
def _chosen(options: str) -> dict[str, Any]:
    """Return what of an edition its caller chose."""
    chosen = json.loads(options)
    return {
        "include": tuple(chosen.get("include") or ()),
        "exclude": tuple(chosen.get("exclude") or ()),
        "given": str(chosen.get("name") or ""),
        "max_pages": int(chosen.get("max_pages") or 0),
        "max_depth": int(chosen.get("max_depth") or 0),
    }


def _globs(options: str) -> tuple[object, object]:
    chosen = _chosen(options)
    return chosen["include"], chosen["exclude"]
