"""An owner's library: all editions of all manuals in a handful of statements, however many there are."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from sqlalchemy import CursorResult, bindparam, text, update
from sqlalchemy.orm import Session
from sqlmodel import col

from docspasta_mcp.model.job import JobState
from docspasta_mcp.model.manual import Edition
from docspasta_mcp.store.database import Database
from docspasta_mcp.store.tables import JobRow

MAX_EDITIONS = 20_000  # of one owner that are listed, the newest
_EDITIONS = text(
    "SELECT id, seed_url, origin, prefix, scope, options, state, created_at, finished_at, title, language,"
    " document_pages, document_tokens, corpus_hash, is_pinned, used_at FROM job WHERE owner = :owner"
    " ORDER BY created_at DESC, id LIMIT :limit"
)
_SIZES = text(
    "SELECT job_id, count(*), COALESCE(sum(tokens), 0) FROM page WHERE job_id IN :jobs AND state = 'done'"
    " AND duplicate_of IS NULL GROUP BY job_id"
).bindparams(bindparam("jobs", expanding=True))
_TITLES = text("SELECT job_id, title FROM page WHERE job_id IN :jobs AND state = 'done' AND arrival = 1").bindparams(
    bindparam("jobs", expanding=True)
)


class Library:
    """The repository of what an owner has to read."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._db = database
        self._clock = clock

    async def editions(self, owner: str) -> Sequence[Edition]:
        """Return all crawls of an owner, the newest first; running ones with what they have so far."""

        def work(session: Session) -> Sequence[Edition]:
            found = session.execute(_EDITIONS, {"owner": owner, "limit": MAX_EDITIONS}).all()
            running = [row.id for row in found if row.state == JobState.RUNNING.value]
            sizes: dict[str, tuple[int, int]] = {}
            titles: dict[str, str] = {}
            if running:
                sizes = {str(job): tuple(size) for job, *size in session.execute(_SIZES, {"jobs": running})}
                titles = {str(job): str(title) for job, title in session.execute(_TITLES, {"jobs": running})}
            return [_edition(row, sizes, titles) for row in found]

        return await self._db.read(work)

    async def pin(self, job_id: str, *, is_pinned: bool) -> bool:
        """Keep a job, however old it is, or no longer; return whether there is such a job."""

        def work(session: Session) -> bool:
            changed = update(JobRow).where(col(JobRow.id) == job_id)
            result = session.execute(changed.values(is_pinned=is_pinned, used_at=self._clock()))
            return cast("CursorResult[Any]", result).rowcount == 1

        return await self._db.write(work)

    async def use(self, job_ids: Sequence[str]) -> None:
        """Record that jobs were read, which postpones their deletion."""

        def work(session: Session) -> None:
            session.execute(update(JobRow).where(col(JobRow.id).in_(job_ids)).values(used_at=self._clock()))

        await self._db.write(work)


def _edition(row: Any, sizes: Mapping[str, tuple[int, int]], titles: Mapping[str, str]) -> Edition:
    options = json.loads(row.options)
    is_running = row.state == JobState.RUNNING.value
    pages, tokens = sizes.get(row.id, (0, 0)) if is_running else (row.document_pages, row.document_tokens)
    return Edition(
        job_id=row.id,
        seed_url=row.seed_url,
        origin=row.origin,
        prefix=row.prefix,
        scope=row.scope,
        globs=json.dumps([options.get("include"), options.get("exclude")]),
        state=JobState(row.state),
        created_at=row.created_at,
        finished_at=row.finished_at,
        title=titles.get(row.id, "") if is_running else row.title,
        language=row.language,
        pages=pages,
        tokens=tokens,
        corpus_hash=row.corpus_hash,
        is_pinned=bool(row.is_pinned),
        used_at=row.used_at,
        given=str(options.get("name") or ""),
    )
