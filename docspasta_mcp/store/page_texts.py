"""Read the stored Markdown of a job's pages by number, to compare them when a job ends."""

from collections.abc import Sequence

from sqlalchemy import Connection
from sqlmodel import col

from docspasta_mcp.model.page import PageState
from docspasta_mcp.store.database import Database
from docspasta_mcp.store.statements import pick, rows
from docspasta_mcp.store.tables import ContentRow, PageRow


class Texts:
    """The repository of page texts, for comparing them."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def longest(self, job_id: str, *, min_words: int, limit: int) -> Sequence[int]:
        """Return the numbers of a job's longest done pages, the longest first."""

        def work(db: Connection) -> Sequence[int]:
            is_done = (col(PageRow.job_id) == job_id, col(PageRow.state) == PageState.DONE.value)
            query = pick(PageRow.number).where(*is_done, col(PageRow.words) >= min_words)
            by_length = query.order_by(col(PageRow.words).desc(), col(PageRow.number)).limit(limit)
            return list(db.scalars(by_length))

        return await self._db.read(work)

    async def markdown(self, job_id: str, numbers: Sequence[int]) -> dict[int, str]:
        """Return the Markdown of some pages by their numbers."""

        def work(db: Connection) -> dict[int, str]:
            query = pick(PageRow.number, ContentRow.markdown).join(
                ContentRow, col(PageRow.id) == col(ContentRow.page_id)
            )
            mine = query.where(col(PageRow.job_id) == job_id, col(PageRow.number).in_(numbers))
            return dict(rows(db, mine))

        return await self._db.read(work)
