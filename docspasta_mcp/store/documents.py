"""What a job's pages say, for readers: the link graph, the document's pages, all pages' records.

Two orders number a document: arrival while the job runs, reading order (`position`) once it has ended.
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session
from sqlmodel import col

from docspasta_mcp.models import Job, JobState, LeftOut, NavLine, Page, PageNode, PageRecord, PageState, Source
from docspasta_mcp.store.engine import Database
from docspasta_mcp.store.schema import ContentRow, LeftOutRow, NavigationRow, PageRow, pick, rows

_IN_DOCUMENT = (col(PageRow.state) == PageState.DONE.value, col(PageRow.duplicate_of).is_(None))


@dataclass(frozen=True, slots=True)
class LinkGraph:
    """A job's pages by number; each navigation with how many pages show it; discovery's lists of page numbers."""

    pages: Sequence[PageNode]
    navigations: Sequence[tuple[int, Sequence[NavLine]]]
    orders: Sequence[Sequence[int]]


class Documents:
    """The readers' side of the pages."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def graph(self, job_id: str) -> LinkGraph:
        """Return what decides a job's reading order."""

        def work(session: Session) -> LinkGraph:
            facts = (PageRow.id, PageRow.number, PageRow.url, PageRow.state, PageRow.content_hash, PageRow.sources)
            query = (
                pick(*facts, ContentRow.links, ContentRow.following, ContentRow.navigation)
                .outerjoin(ContentRow, col(ContentRow.page_id) == col(PageRow.id))
                .where(col(PageRow.job_id) == job_id)
                .order_by(col(PageRow.number))
            )
            nodes: list[PageNode] = []
            shown: Counter[str] = Counter()
            for row in rows(session, query):
                links = tuple(map(int, filter(None, (row.links or "").split(","))))
                is_loose = not set(row.sources.split(",")) - {"", Source.INDEX, Source.LINK}
                state = PageState(row.state)
                nodes.append(
                    PageNode(row.id, row.number, row.url, state, row.content_hash, links, row.following, is_loose)
                )
                shown.update(filter(None, (row.navigation or "").split(",")))
            stored = pick(NavigationRow.digest, NavigationRow.rank, NavigationRow.lines)
            stored = stored.where(col(NavigationRow.job_id) == job_id).order_by(col(NavigationRow.rank))
            lines = {
                digest: (rank, [NavLine(*line) for line in json.loads(text)])
                for digest, rank, text in rows(session, stored)
            }
            trees = [(count, lines[digest][1]) for digest, count in shown.items() if digest in lines]
            orders = [[line.number for line in tree] for rank, tree in lines.values() if rank]
            return LinkGraph(nodes, trees, orders)

        return await self._db.read(work)

    async def edges(self, job_id: str) -> Sequence[Sequence[str]]:
        """Return the digests of the outermost blocks of each page that is done."""

        def work(session: Session) -> Sequence[Sequence[str]]:
            query = pick(ContentRow.edges).join(PageRow, col(PageRow.id) == col(ContentRow.page_id))
            done = query.where(col(PageRow.job_id) == job_id, col(PageRow.state) == PageState.DONE.value)
            return [text.split(",") if text else () for text in session.scalars(done)]

        return await self._db.read(work)

    async def document(self, job: Job, *, first: int, limit: int, only: Sequence[int] | None = None) -> Sequence[Page]:
        """Return pages of the document from number `first` on, with their Markdown; only some numbers, if given.

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
            if only is not None:
                query = query.where(order.in_([number for number in sorted(only) if number >= first][:limit]))
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

    async def left_out(self, job_id: str) -> Sequence[LeftOut]:
        """Return the URLs that a job met and does not crawl."""

        def work(session: Session) -> Sequence[LeftOut]:
            query = pick(LeftOutRow.url, LeftOutRow.reason).where(col(LeftOutRow.job_id) == job_id)
            return [LeftOut(url, reason) for url, reason in rows(session, query.order_by(col(LeftOutRow.url)))]

        return await self._db.read(work)

    async def remaining(self, job: Job, *, first: int, only: Sequence[int] | None = None) -> tuple[int, int, int]:
        """Return (pages in the document, its tokens, tokens from page `first` on, of some numbers if given)."""

        def work(session: Session) -> tuple[int, int, int]:
            order = _order(job)
            in_document = and_(col(PageRow.job_id) == job.id, *_IN_DOCUMENT)
            total = pick(func.count(), func.coalesce(func.sum(PageRow.tokens), 0)).where(in_document)
            pages, tokens = rows(session, total)[0]
            if only is not None:
                facts = rows(session, pick(order, PageRow.tokens).where(in_document, order >= first))
                wanted = set(only)
                return pages, tokens, sum(size for number, size in facts if number in wanted)
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
            *(PageRow.sources, PageRow.content_hash, PageRow.level, PageRow.captions, PageRow.language),
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
        sources=tuple(filter(None, row.sources.split(","))),
        content_hash=row.content_hash,
        level=row.level,
        captions=tuple(filter(None, row.captions.split("\n"))),
        language=row.language,
    )
