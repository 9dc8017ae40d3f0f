"""What a job's pages say, for readers: the document's pages, all pages' records, and what differs from another job.

Pages are numbered by arrival while the job runs, and in reading order (`position`) once it has ended.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, case, func, literal, not_
from sqlalchemy.orm import aliased
from sqlmodel import col

from docspasta_mcp.model.frontier import LeftOut
from docspasta_mcp.model.job import Job
from docspasta_mcp.model.page import Page, PageRecord, PageState
from docspasta_mcp.model.page_identity import page_hash
from docspasta_mcp.model.rendering import RENDERED
from docspasta_mcp.store.database import Database
from docspasta_mcp.store.fronts import Front, select_fronts
from docspasta_mcp.store.statements import chunks, fate, fate_of, in_document, is_waiting, order_of, pick, rows
from docspasta_mcp.store.tables import ContentRow, LeftOutRow, PageRow

BATCH = 500  # pages read at a time
_IN_DOCUMENT = in_document(PageRow)
_WAITS = is_waiting(PageRow)  # or found no room: a page that is told of, and no more


@dataclass(frozen=True, slots=True)
class DocumentExtent:
    """How long a document is: its pages and their tokens, and the tokens that are left from some page on.

    `last` is the last page's number. By arrival it may be above `pages`: what turned out to be a duplicate leaves a
    hole.
    """

    pages: int
    tokens: int
    left: int
    last: int


@dataclass(frozen=True, slots=True)
class Changes:
    """How a document differs from an earlier one: (number, URL) of new and of changed pages, URLs of removed ones."""

    added: Sequence[tuple[int, str]]
    changed: Sequence[tuple[int, str]]
    removed: Sequence[str]


@dataclass(frozen=True, slots=True)
class Group:
    """Pages that are not in the document for one reason: how many, and the first of them."""

    state: PageState
    reason: str
    size: int
    urls: Sequence[str]


class Documents:
    """The readers' side of the pages."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def document(self, job: Job, *, first: int, limit: int, only: Sequence[int] | None = None) -> Sequence[Page]:
        """Return pages of the document from number `first` on, with their Markdown; only some numbers, if given.

        Numbers follow the reading order once the job has ended, before that the order of arrival.
        """

        def work(db: Connection) -> Sequence[Page]:
            query = _select_document(job, first, ContentRow.markdown).limit(limit)
            query = query.join(ContentRow, col(ContentRow.page_id) == col(PageRow.id))
            if only is not None:
                query = query.where(order_of(job).in_([number for number in sorted(only) if number >= first][:limit]))
            return [Page(_record(row), row.markdown) for row in rows(db, query)]

        return await self._db.read(work)

    async def contents(self, job: Job, *, first: int = 1) -> AsyncIterator[PageRecord]:
        """Yield the pages of the document from number `first` on, without their Markdown, read a batch at a time."""

        def batch(db: Connection) -> Sequence[PageRecord]:
            return list(map(_record, rows(db, _select_document(job, first).limit(BATCH))))

        while records := await self._db.read(batch):
            for record in records:
                yield record
            first = records[-1].number + 1

    async def outline(self, job: Job) -> Sequence[tuple[int, int, str, int, str]]:
        """Return number, level, title, tokens and captions of each page, in order: ten thousand in one short read."""

        def work(db: Connection) -> Sequence[tuple[int, int, str, int, str]]:
            order = order_of(job)
            title = (
                func.coalesce(func.nullif(PageRow.shown_title, ""), PageRow.title) if job.is_numbered else PageRow.title
            )
            query = pick(order, PageRow.level, title, PageRow.tokens, PageRow.captions)
            mine = query.where(col(PageRow.job_id) == job.id, _IN_DOCUMENT, order.is_not(None))
            return [tuple(row) for row in rows(db, mine.order_by(order))]

        return await self._db.read(work)

    async def outside(self, job: Job) -> AsyncIterator[PageRecord]:
        """Yield the pages that are not in the document, as they were found, read a batch at a time."""
        after = 0

        def batch(db: Connection) -> Sequence[Any]:
            query = _select_records(job).where(not_(_IN_DOCUMENT), not_(_WAITS), col(PageRow.number) > after)
            return rows(db, query.order_by(col(PageRow.number)).limit(BATCH))

        while found := await self._db.read(batch):
            for row in found:
                yield _record(row)
            after = found[-1].found

    async def numbers(self, job: Job, urls: Sequence[str]) -> dict[str, int]:
        """Return URL → number for those that are pages of the document, however they are spelled."""

        def work(db: Connection) -> dict[str, int]:
            by_hash: dict[str, int] = {}
            for chunk in chunks([page_hash(url) for url in urls]):
                query = pick(PageRow.url_hash, order_of(job)).where(col(PageRow.job_id) == job.id, _IN_DOCUMENT)
                by_hash.update(tuple(row) for row in rows(db, query.where(col(PageRow.url_hash).in_(chunk))))
            return {url: by_hash[page_hash(url)] for url in urls if page_hash(url) in by_hash}

        return await self._db.read(work)

    async def present(self, job: Job, numbers: Sequence[int]) -> Sequence[int]:
        """Return those of some numbers that pages of the document have, in their order."""

        def work(db: Connection) -> Sequence[int]:
            order, found = order_of(job), set[int]()
            for chunk in chunks(numbers):
                query = pick(order).where(col(PageRow.job_id) == job.id, _IN_DOCUMENT, order.in_(chunk))
                found.update(number for (number,) in rows(db, query))
            return [number for number in numbers if number in found]

        return await self._db.read(work)

    async def changes(self, job: Job, before: Job) -> Changes:
        """Return how a job's document differs from that of an earlier one."""

        def compared(one: Job, other: Job, *, changed: bool) -> Any:
            counterpart = aliased(PageRow)
            is_counterpart = and_(
                col(counterpart.job_id) == other.id,
                col(counterpart.url_hash) == col(PageRow.url_hash),
                in_document(counterpart),
            )
            differs = (
                col(counterpart.content_hash) != col(PageRow.content_hash) if changed else col(counterpart.id).is_(None)
            )
            order = order_of(one)
            query = pick(order, PageRow.url).join(counterpart, is_counterpart, isouter=not changed).order_by(order)
            return query.where(col(PageRow.job_id) == one.id, _IN_DOCUMENT, differs)

        def work(db: Connection) -> Changes:
            added = [tuple(row) for row in rows(db, compared(job, before, changed=False))]
            changed = [tuple(row) for row in rows(db, compared(job, before, changed=True))]
            return Changes(added, changed, [url for _, url in rows(db, compared(before, job, changed=False))])

        return await self._db.read(work)

    async def examples(self, job_id: str, *, limit: int) -> Sequence[Group]:
        """Return the settled pages that are not in the document, by state and reason, with their first URLs."""

        def work(db: Connection) -> Sequence[Group]:
            state, reason = fate(PageRow)
            kind = (state.label("state"), reason.label("reason"))
            place = func.row_number().over(partition_by=kind, order_by=col(PageRow.number)).label("place")
            size = func.count().over(partition_by=kind).label("size")
            ranked = pick(*kind, PageRow.url, place, size).where(col(PageRow.job_id) == job_id)
            ranked = ranked.where(not_(_IN_DOCUMENT), not_(_WAITS), reason != "").subquery()
            columns = (ranked.c.state, ranked.c.reason, ranked.c.size, ranked.c.url)
            shown = pick(*columns).where(ranked.c.place <= limit).order_by(*columns[:2], ranked.c.place)
            groups: dict[tuple[str, str, int], list[str]] = {}
            for *key, url in rows(db, shown):
                groups.setdefault(tuple(key), []).append(url)
            return [Group(PageState(key[0]), *key[1:], urls) for key, urls in groups.items()]

        return await self._db.read(work)

    async def languages(self, job_id: str) -> dict[str, int]:
        """Return how many pages of the document give themselves which language, the most frequent first."""

        def work(db: Connection) -> dict[str, int]:
            query = pick(PageRow.language, func.count()).where(col(PageRow.job_id) == job_id, _IN_DOCUMENT)
            named = query.where(col(PageRow.language) != "").group_by(col(PageRow.language))
            return dict(tuple(row) for row in rows(db, named.order_by(func.count().desc(), col(PageRow.language))))

        return await self._db.read(work)

    async def rendered(self, job_id: str) -> int:
        """Return how many pages of a job's document a browser has rendered."""

        def work(db: Connection) -> int:
            is_rendered = col(PageRow.body_hash).startswith(RENDERED) & (col(PageRow.state) == PageState.DONE.value)
            query = pick(func.count(col(PageRow.id))).where(col(PageRow.job_id) == job_id, is_rendered)
            return rows(db, query)[0][0]

        return await self._db.read(work)

    async def fronts(self, job_ids: Sequence[str]) -> Mapping[str, Front]:
        """Return the front of each job's document, empty where it has no page yet."""

        def work(db: Connection) -> Mapping[str, Front]:
            return {id_: Front(title, language) for id_, title, language in rows(db, select_fronts(job_ids))}

        return await self._db.read(work)

    async def left_out(self, job_id: str) -> Sequence[LeftOut]:
        """Return the URLs that a job met and does not crawl."""

        def work(db: Connection) -> Sequence[LeftOut]:
            query = pick(LeftOutRow.url, LeftOutRow.reason).where(col(LeftOutRow.job_id) == job_id)
            waiting = pick(PageRow.url, PageRow.reason).where(col(PageRow.job_id) == job_id, _WAITS)
            found = [*rows(db, query), *rows(db, waiting)]
            return [LeftOut(str(url), str(reason)) for url, reason in sorted(found, key=lambda one: one.url)]

        return await self._db.read(work)

    async def extent(self, job: Job, *, first: int = 1, only: Sequence[int] | None = None) -> DocumentExtent:
        """Return how long the document is, and how much of it lies from page `first` on, of some numbers if given."""

        def work(db: Connection) -> DocumentExtent:
            order = order_of(job)
            size = func.coalesce(func.sum(PageRow.tokens), 0)
            is_left = func.coalesce(func.sum(case((order >= first, PageRow.tokens), else_=0)), 0)
            last = func.coalesce(func.max(order), 0)
            query = pick(func.count(), size, is_left, last).where(col(PageRow.job_id) == job.id, _IN_DOCUMENT)
            pages, tokens, left, last_number = rows(db, query)[0]
            if only is not None:
                chosen = pick(size).where(col(PageRow.job_id) == job.id, _IN_DOCUMENT)
                wanted = [number for number in only if number >= first]
                left = sum(rows(db, chosen.where(order.in_(chunk)))[0][0] for chunk in chunks(wanted))
            return DocumentExtent(pages, tokens, left, last_number)

        return await self._db.read(work)


def _shown_title(job: Job) -> Any:
    """What the document calls a page, if not by its own title: nothing, in the order of arrival."""
    return col(PageRow.shown_title) if job.is_numbered else literal("").label("shown_title")


def _select_document(job: Job, first: int, *more: Any) -> Any:
    order = order_of(job)
    return _select_records(job, *more).where(order >= first, _IN_DOCUMENT).order_by(order)


def _select_records(job: Job, *more: Any) -> Any:
    order = order_of(job)
    other = pick(PageRow.id, PageRow.url).subquery("other")
    facts = (PageRow.title, PageRow.words, PageRow.tokens, PageRow.quality, PageRow.depth, PageRow.fetched_at)
    return (
        pick(
            order.label("number"),
            col(PageRow.number).label("found"),
            other.c.url.label("duplicate_of_url"),
            *(PageRow.url, PageRow.state, PageRow.reason, PageRow.detail),
            _shown_title(job),
            *facts,
            *(PageRow.sources, PageRow.content_hash, PageRow.level, PageRow.captions, PageRow.language),
            *more,
        )
        .outerjoin(other, other.c.id == col(PageRow.duplicate_of))
        .where(col(PageRow.job_id) == job.id)
    )


def _record(row: Any) -> PageRecord:
    is_duplicate = row.duplicate_of_url is not None
    state, reason = fate_of(row.state, row.reason, is_duplicate=is_duplicate)
    return PageRecord(
        number=row.number or 0,
        url=row.url,
        state=PageState(state),
        reason=reason,
        detail="It has the content of the page in duplicate_of." if is_duplicate else row.detail,
        title=row.shown_title or row.title,
        own_title=row.title if row.shown_title else "",
        words=row.words,
        tokens=row.tokens,
        quality=row.quality,
        link_depth=row.depth,
        fetched_at=row.fetched_at,
        duplicate_of=row.duplicate_of_url,
        sources=tuple(filter(None, row.sources.split(","))),
        content_hash=row.content_hash,
        nav_level=row.level,
        captions=tuple(filter(None, row.captions.split("\n"))),
        language=row.language,
    )
