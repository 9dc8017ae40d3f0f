"""Repository of imports: a job with all its pages, stored some at a time.

Until all are in, the job stands as one that has failed: whatever dies meanwhile leaves nothing that looks whole, and
nobody takes the job for one that runs.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection, insert
from sqlmodel import col

from docspasta_mcp.model.frontier import Source
from docspasta_mcp.model.job import Job, JobState
from docspasta_mcp.model.owner import Quota
from docspasta_mcp.model.page import Page, PageState
from docspasta_mcp.model.page_identity import page_hash
from docspasta_mcp.store.database import Database
from docspasta_mcp.store.frontier import NEW_PAGE
from docspasta_mcp.store.job_end import corpus_hash
from docspasta_mcp.store.job_rows import change_job, row_of
from docspasta_mcp.store.job_summary import summarise
from docspasta_mcp.store.quotas import check_quota
from docspasta_mcp.store.statements import insert_row
from docspasta_mcp.store.tables import ContentRow, PageRow

UNFINISHED = "Its import did not finish."


@dataclass(frozen=True, slots=True)
class Size:
    """What an import has stored: pages, and bytes of their Markdown."""

    pages: int = 0
    bytes: int = 0


class Imports:
    """The repository of imports."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._db = database
        self._clock = clock

    async def begin(self, job: Job, *, fingerprint: str, pages: int, quota: Quota) -> None:
        """Store a job without pages, as one that has failed.

        Raises:
            QuotaExceeded: its owner may not have as many pages more.
        """

        def work(db: Connection) -> None:
            check_quota(db, replace(job, options=job.options.model_copy(update={"max_pages": pages})), quota)
            row = row_of(job, fingerprint, None)
            row.state, row.reason = JobState.FAILED.value, UNFINISHED
            row.finished_at, row.used_at, row.pages = job.finished_at, self._clock(), pages
            insert_row(db, row)

        await self._db.write(work)

    async def add(self, job: Job, pages: Sequence[Page], stored: Size) -> Size:
        """Store the next pages of a job; return what is stored now."""

        def work(db: Connection) -> Size:
            size = stored.bytes
            for number, page in enumerate(pages, stored.pages + 1):
                length = len(page.markdown.encode())
                added = insert(PageRow).values(**_values(job, page, number, length)).returning(col(PageRow.id))
                page_id = db.scalar(added)
                db.execute(
                    insert(ContentRow).values(
                        page_id=page_id, markdown=page.markdown, links="", following=None, edges="", navigation=""
                    )
                )
                size += length
            return Size(stored.pages + len(pages), size)

        return await self._db.write(work)

    async def finish(self, job: Job, stored: Size) -> None:
        """Give a job whose pages are all in its state, its notes and the time of its crawl."""

        def work(db: Connection) -> None:
            change_job(
                db,
                job.id,
                state=job.state.value,
                reason=job.reason,
                notes=json.dumps(job.notes),
                created_at=job.created_at,
                finished_at=job.finished_at,
                pages=stored.pages,
                bytes=stored.bytes,
                corpus_hash=corpus_hash(db, job.id),
            )
            summarise(db, job.id)

        await self._db.write(work)


def _values(job: Job, page: Page, number: int, length: int) -> dict[str, object]:
    record = page.record
    is_seed = page_hash(record.url) == page_hash(job.seed_url)
    sources = [Source.SEED.value] if is_seed else []
    return {
        **NEW_PAGE,
        "job_id": job.id,
        "number": number,
        "arrival": number,
        "position": number,
        "url": record.url,
        "url_hash": page_hash(record.url),
        "depth": record.link_depth,
        "sources": ",".join([*sources, Source.IMPORT.value]),
        "state": PageState.DONE.value,
        "title": record.own_title or record.title,
        "shown_title": record.title if record.own_title else "",
        "words": record.words,
        "tokens": record.tokens,
        "bytes": length,
        "quality": record.quality,
        "language": record.language,
        "content_hash": record.content_hash,
        "fetched_at": record.fetched_at,
        "level": record.nav_level,
        "captions": "\n".join(record.captions),
    }
