"""Messages that were just published, kept in memory until they are delivered: few and small ones that are due.

All others are read from the file when they are delivered. The file has these too, so nothing is lost with them.
"""

from collections.abc import Sequence
from itertools import islice

from docspasta_mcp.broker.message import Message

KEPT = 1_000  # messages; what comes while there are so many is read from the file
KEPT_BYTES = 4_096  # of the body of each: our own have some hundred


class AtHand:
    """The messages at hand, by id."""

    def __init__(self) -> None:
        self._messages: dict[str, Message] = {}

    def keep(self, published: Sequence[Message], *, now: int) -> None:
        """Keep those that are due at `now` and small, as long as there are few."""
        due = (one for one in published if one.not_before <= now and len(one.body) <= KEPT_BYTES)
        self._messages.update((one.id, one) for one in islice(due, max(0, KEPT - len(self._messages))))

    def take(self, message_id: str) -> Message | None:
        """Return a message and keep it no longer; None if it is not at hand."""
        return self._messages.pop(message_id, None)
