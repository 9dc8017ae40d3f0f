"""What a job's pages say, for readers: the link graph, the document's pages, all pages' records.

Two orders number a document: arrival while the job runs, reading order (`position`) once it has ended.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session
from sqlmodel import col

from docspasta_mcp.models import Job, JobState, Page, PageNode, PageRecord, PageState
from docspasta_mcp.store.engine import Database
from docspasta_mcp.store.schema import ContentRow, PageRow, pick, rows

_IN_DOCUMENT = (col(PageRow.state) == PageState.DONE.value, col(PageRow.duplicate_of).is_(None))


class Documents:
    """The readers' side of the pages."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def graph(self, job_id: str) -> Sequence[PageNode]:
        """Return every page of a job as a node of its link graph, by number."""

        def work(session: Session) -> Sequence[PageNode]:
            query = (
                pick(PageRow.id, PageRow.number, PageRow.url, PageRow.state, PageRow.content_hash, ContentRow.links)
                .add_columns(ContentRow.following)
                .outerjoin(ContentRow, col(ContentRow.page_id) == col(PageRow.id))
                .where(col(PageRow.job_id) == job_id)
                .order_by(col(PageRow.number))
            )
            return [
                PageNode(
                    id_,
                    number,
                    url,
                    PageState(state),
                    digest,
                    tuple(map(int, filter(None, links.split(",")))),
                    following,
                )
                for id_, number, url, state, digest, links, following in (
                    (*row[:5], row.links or "", row.following) for row in rows(session, query)
                )
            ]

        return await self._db.read(work)

    async def document(self, job: Job, *, first: int, limit: int) -> Sequence[Page]:
        """Return pages of the document from number `first` on, with their Markdown.

        Numbers follow the reading order once the job has ended, before that the order of arrival.
        """

        def work(session: Session) -> Sequence[Page]:
            order = _order(job)
            query = (
                _select_records(job, PageRow.id, ContentRow.markdown)
                .join(ContentRow, col(ContentRow.page_id) == col(PageRow.id))
                .where(order >= first, *_IN_DOCUMENT)
                .limit(limit)
            )
            return [Page(_record(row), row.markdown) for row in rows(session, query)]

        return await self._db.read(work)

    async def records(self, job: Job, *, done_only: bool = False) -> Sequence[PageRecord]:
        """Return all pages of a job without their Markdown: the document's in order, then the others as found."""

        def work(session: Session) -> Sequence[PageRecord]:
            query = _select_records(job, PageRow.id)
            if done_only:
                query = query.where(*_IN_DOCUMENT)
            found = list(map(_record, rows(session, query)))
            if done_only:
                return found
            return [replace(record, number=number) for number, record in enumerate(found, start=1)]

        return await self._db.read(work)

    async def remaining(self, job: Job, *, first: int) -> tuple[int, int, int]:
        """Return (pages in the document, its tokens, tokens from page `first` on)."""

        def work(session: Session) -> tuple[int, int, int]:
            order = _order(job)
            in_document = and_(col(PageRow.job_id) == job.id, *_IN_DOCUMENT)
            total = pick(func.count(), func.coalesce(func.sum(PageRow.tokens), 0)).where(in_document)
            pages, tokens = rows(session, total)[0]
            left = session.scalar(select(func.coalesce(func.sum(PageRow.tokens), 0)).where(in_document, order >= first))
            return pages, tokens, left or 0

        return await self._db.read(work)


def _order(job: Job) -> Any:
    """The column that numbers the document: reading order after the end, arrival before it."""
    return col(PageRow.position if job.state in (JobState.COMPLETED, JobState.PARTIAL) else PageRow.arrival)


def _select_records(job: Job, *more: Any) -> Any:
    order = _order(job)
    other = pick(PageRow.id, PageRow.url).subquery("other")
    facts = (PageRow.title, PageRow.words, PageRow.tokens, PageRow.quality, PageRow.depth, PageRow.fetched_at)
    return (
        pick(
            order.label("number"),
            other.c.url.label("duplicate_of_url"),
            *(PageRow.url, PageRow.state, PageRow.reason, PageRow.detail),
            *facts,
            *more,
        )
        .outerjoin(other, other.c.id == col(PageRow.duplicate_of))
        .where(col(PageRow.job_id) == job.id)
        .order_by(order.is_(None), order, col(PageRow.number))
    )


def _record(row: Any) -> PageRecord:
    is_duplicate = row.duplicate_of_url is not None
    return PageRecord(
        number=row.number or 0,
        url=row.url,
        state=PageState.SKIPPED if is_duplicate else PageState(row.state),
        reason="duplicate" if is_duplicate else row.reason,
        detail=f"Same content as {row.duplicate_of_url}." if is_duplicate else row.detail,
        title=row.title,
        words=row.words,
        tokens=row.tokens,
        quality=row.quality,
        depth=row.depth,
        fetched_at=row.fetched_at,
        duplicate_of=row.duplicate_of_url,
    )
