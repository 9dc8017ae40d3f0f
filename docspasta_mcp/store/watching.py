"""What watchers of a running crawl see, in one read: how far it is, what it is called, what it has read last."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection
from sqlmodel import col

from docspasta_mcp.model.job import Coverage, Job
from docspasta_mcp.store.coverage import coverage_of
from docspasta_mcp.store.database import Database
from docspasta_mcp.store.job_rows import job_of, job_row
from docspasta_mcp.store.statements import in_document, pick
from docspasta_mcp.store.tables import PageRow


@dataclass(frozen=True, slots=True)
class Watched:
    """A job as of one moment.

    `title` is that of its first page, empty until that is read; `latest` are titles, the newest first.
    """

    job: Job
    coverage: Coverage
    title: str
    latest: Sequence[str]


class Watching:
    """The repository of what moves."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def watched(self, job_id: str, *, owner: str, latest: int) -> Watched | None:
        """Return the owner's job and the titles of the pages that it has read last; None if there is none."""

        def work(db: Connection) -> Watched | None:
            row = job_row(db, job_id)
            if row is None or row.owner != owner:
                return None
            arrival = col(PageRow.arrival)
            titles = pick(PageRow.title).where(col(PageRow.job_id) == job_id, in_document(PageRow))
            first = db.scalar(titles.where(col(PageRow.number) == 1))
            newest = db.scalars(titles.where(arrival.is_not(None)).order_by(arrival.desc()).limit(latest))
            return Watched(job_of(row), coverage_of(db, job_id), first or "", tuple(newest))

        return await self._db.read(work)
