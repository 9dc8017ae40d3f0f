"""Titles that the finished document shows where they differ from the pages' own."""

from collections.abc import AsyncIterator, Callable, Sequence, Set
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, update
from sqlmodel import col

from docspasta_mcp.document.titles import HEAD, own_heading, own_part, said_better, shared, site_name
from docspasta_mcp.store.coverage import has_open_page
from docspasta_mcp.store.database import Database
from docspasta_mcp.store.job_rows import lock_running
from docspasta_mcp.store.statements import change_pages, in_document, pick, rows
from docspasta_mcp.store.tables import ContentRow, PageRow

BATCH = 500  # pages renamed in one transaction


@dataclass(frozen=True, slots=True)
class Renamed:
    """How many pages go by their own heading, and how many titles are cut."""

    headed: int = 0
    cut: int = 0


class Titles:
    """The repository of titles."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def rename(self, job_id: str, boilerplate: Set[str]) -> Renamed:
        """Set the titles that the document of an ending job shows; the pages' own titles stay.

        Nobody sees them before the job has ended, and they are the same each time.
        """

        def seen(db: Connection) -> frozenset[str]:
            titles = (
                pick(PageRow.title)
                .where(col(PageRow.job_id) == job_id, in_document(PageRow))
                .execution_options(yield_per=BATCH)
            )
            return shared(lambda: (row.title for row in db.execute(titles)))

        common = await self._db.read(seen)
        site = site_name(common)
        await self._db.write(lambda db: _forget(db, job_id))
        headed = cut = 0
        if site:
            is_named = col(PageRow.title) == site
            first = [
                own_heading(row.head, {site}, boilerplate)
                async for found in self._batches(job_id, is_named)
                for row in found
            ]
            known = {site, site_name(shared(lambda: first))}  # most pages may begin with the name of their part
            headed = await self._each(job_id, is_named, lambda row: own_heading(row.head, known, boilerplate))
        if common:
            cut = await self._each(job_id, col(PageRow.title) != site, lambda row: _own(row, common, boilerplate))
        return Renamed(headed, cut)

    async def _each(self, job_id: str, condition: Any, shown: Callable[[Any], str]) -> int:
        """Rename the pages of the document that meet a condition, a batch at a time; return how many."""
        count = 0
        async for found in self._batches(job_id, condition):
            new = [
                {"page": row.id, "shown_title": name} for row in found if (name := shown(row)) not in ("", row.title)
            ]
            if new:
                await self._db.write(lambda db, new=new: _store(db, job_id, new))
            count += len(new)
        return count

    async def _batches(self, job_id: str, condition: Any) -> AsyncIterator[Sequence[Any]]:
        """Yield the pages of the document that meet a condition, with how each begins, a batch at a time."""
        after, is_more = 0, True
        while is_more:
            found = await self._db.read(lambda db, after=after: _batch(db, job_id, condition, after))
            yield found
            is_more = len(found) == BATCH
            after = found[-1].id if found else 0


def _own(row: Any, common: Set[str], boilerplate: Set[str]) -> str:
    own = own_part(row.title, common)
    return said_better(own, own_heading(row.head, {row.title}, boilerplate))


def _batch(db: Connection, job_id: str, condition: Any, after: int) -> Sequence[Any]:
    head: Any = func.substr(ContentRow.markdown, 1, HEAD).label("head")
    query = pick(PageRow.id, PageRow.title, head).join(ContentRow, col(ContentRow.page_id) == col(PageRow.id))
    query = query.where(col(PageRow.job_id) == job_id, in_document(PageRow), condition, col(PageRow.id) > after)
    return rows(db, query.order_by(col(PageRow.id)).limit(BATCH))


def _store(db: Connection, job_id: str, new: Sequence[dict[str, Any]]) -> None:
    if lock_running(db, job_id) is not None and not has_open_page(db, job_id):
        change_pages(db, new)


def _forget(db: Connection, job_id: str) -> None:
    """Take back what an end begun before has named, unless another one was quicker: then it is the document's."""
    if lock_running(db, job_id) is None:
        return
    named = (col(PageRow.job_id) == job_id, col(PageRow.shown_title) != "")
    if db.scalar(pick(PageRow.id).where(*named).limit(1)) is not None:
        db.execute(update(PageRow).where(*named).values(shown_title=""))
