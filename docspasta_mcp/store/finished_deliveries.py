"""Ids of finished deliveries, so that a replayed signed request does nothing.

A token's id (jti) is kept until the token has expired. Unfinished deliveries are not: the queue repeats them.
"""

from collections.abc import Callable

from sqlalchemy import Connection, delete
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from docspasta_mcp.store.database import Database
from docspasta_mcp.store.statements import insert_row, read_row
from docspasta_mcp.store.tables import DeliveryRow


class FinishedDeliveries:
    """The repository of finished deliveries."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._db = database
        self._clock = clock

    async def is_finished(self, delivery_id: str) -> bool:
        """Tell whether this delivery has done its work before."""

        def work(db: Connection) -> bool:
            return read_row(db, DeliveryRow, col(DeliveryRow.id) == delivery_id) is not None

        return await self._db.read(work)

    async def finish(self, delivery_id: str, *, expires_at: float) -> None:
        """Note that a delivery has done its work; twice is as good as once."""

        def work(db: Connection) -> None:
            insert_row(db, DeliveryRow(id=delivery_id, expires_at=expires_at))

        try:
            await self._db.write(work)
        except IntegrityError:
            return

    async def forget_expired(self) -> int:
        """Forget deliveries whose token has expired; return how many."""

        def work(db: Connection) -> int:
            return db.execute(delete(DeliveryRow).where(col(DeliveryRow.expires_at) < self._clock())).rowcount

        return await self._db.write(work)
