"""A notice: what somebody outside is told of, because they asked to be."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Event(StrEnum):
    """What a notice is about: the type of its webhook."""

    JOB_ENDED = "job.ended"
    MESSAGE_DEAD = "message.dead"
    QUEUE_STALLED = "queue.stalled"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice to deliver. `url` is the caller's, or empty for the operator's; `data` is the event's."""

    id: str
    job_id: str
    owner: str
    event: Event
    url: str
    data: dict[str, Any]
    created_at: float
