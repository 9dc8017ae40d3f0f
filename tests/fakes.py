"""Fakes for what a test must steer: time and the queue."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from docspasta_mcp.errors import PublishFailed
from docspasta_mcp.model.messages import Message, OutboxMessage


@dataclass
class Clock:
    """Unix seconds that pass only when told."""

    now: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


@dataclass
class RecordingQueue:
    """Keeps what is published; refuses while `is_down`."""

    published: list[OutboxMessage] = field(default_factory=list[OutboxMessage])
    is_down: bool = False

    async def publish(self, messages: Sequence[OutboxMessage]) -> None:
        if self.is_down:
            raise PublishFailed("down")
        self.published.extend(messages)

    def take(self) -> list[Message]:
        """Return the messages published since the last call."""
        messages = [one.message for one in self.published]
        self.published.clear()
        return messages
