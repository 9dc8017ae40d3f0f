"""Operations on all owners of jobs and schedules: renaming them, and finding those that no token can belong to."""

from collections.abc import Callable, Sequence

from sqlalchemy import Connection, select, union, update
from sqlmodel import col

from docspasta_mcp.store.database import Database
from docspasta_mcp.store.tables import JobRow, ScheduleRow

_OWNED = (JobRow, ScheduleRow)


class Owners:
    """The names of owners, over all jobs and schedules."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def named(self, prefix: str) -> Sequence[str]:
        """Return the owners of jobs and schedules whose name begins with a prefix, sorted."""
        return await self._db.read(lambda db: _named(db, prefix))

    async def rename(self, prefix: str, new_name: Callable[[str], str | None]) -> int:
        """Give jobs and schedules of owners with a prefix to their new names; return how many owners were renamed.

        Args:
            prefix: of the names that are looked at.
            new_name: returns what an owner is called now, or None if its name stays.
        """

        def work(db: Connection) -> int:
            changes = [(old, new) for old in _named(db, prefix) if (new := new_name(old)) is not None]
            for old, new in changes:
                for table in _OWNED:
                    db.execute(update(table).where(col(table.owner) == old).values(owner=new))
            return len(changes)

        if not await self.named(prefix):
            return 0  # which is so at nearly every start: nothing is written
        return await self._db.write(work)


def _named(db: Connection, prefix: str) -> Sequence[str]:
    owners = (select(col(table.owner)).where(col(table.owner).startswith(prefix, autoescape=True)) for table in _OWNED)
    return sorted(db.scalars(union(*owners)))
