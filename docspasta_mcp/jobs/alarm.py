"""Tell the operator that the queue stands still: messages wait or jobs run, and for ten minutes nothing has moved.

The sweeper posts it itself, since what would go through the queue would stand still with it.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from docspasta_mcp.errors import PageError
from docspasta_mcp.model.notice import Event
from docspasta_mcp.store import Store
from docspasta_mcp.store.movement import Movement

logger = logging.getLogger(__name__)

STANDS_STILL_S = 600.0  # longer than a page with all its tries, and than any pause between two
Tell = Callable[[Event, Mapping[str, Any], str], Awaitable[None]]


class Alarm:
    """Looks whether anything moves, and tells once of each standstill."""

    def __init__(self, store: Store, tell: Tell) -> None:
        """Watch a store, and post with `tell` when nothing moves.

        Args:
            store: where messages and pages are.
            tell: posts an event with its data, under an id that all processes give the same standstill.
        """
        self._store = store
        self._tell = tell
        self._told = ""

    async def look(self) -> None:
        """Look once; what cannot be posted is tried again in the next round."""
        movement = await self._store.movement.last()
        since = _standing_since(movement, self._store.clock())
        if since is None:
            if self._told:
                logger.info("📨 the queue moves again")
            self._told = ""
            return
        id = f"queue-stalled-{since:.0f}"
        if id == self._told:
            return
        logger.error("❌ the queue has stood still for %.0f s", self._store.clock() - since)
        try:
            await self._tell(Event.QUEUE_STALLED, {"since": since, **movement.figures}, id)
        except PageError as error:
            logger.warning("❌ the alarm could not be posted: %s", error)
            return
        self._told = id


def _standing_since(movement: Movement, now: float) -> float | None:
    """Return since when nothing has moved, None if it does or nothing is to move."""
    waiting = [moment for moment in (movement.oldest_unpublished, movement.last_settled) if moment is not None]
    since = min(waiting, default=now)
    return since if now - since > STANDS_STILL_S else None
