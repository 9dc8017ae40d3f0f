"""Lanes: the messages in memory that share a limit, and which of them may leave now.

A `FlowLane` serves one flow-control key, or all messages without one, in the order they fall due; a hundred thousand
may wait there, each as a ticket of some 100 bytes. A `QueueLane` serves a queue in the order of arrival: whoever is at
its head holds its place until it is settled.
"""

import heapq
import struct
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Protocol

from docspasta_mcp.broker.message import Flow


class Lane(Protocol):
    """What the dispatcher asks of a lane."""

    timer_at: int | None
    """When the dispatcher is to look at this lane again; the dispatcher's own note."""

    def add(self, entry: "LaneEntry") -> None:
        """Let a message wait."""
        ...

    def next_due(self, now_ms: int) -> int | None:
        """Return when the next message may leave; None if nothing waits or something else must happen first."""
        ...

    def claim(self, now_ms: int) -> "LaneEntry":
        """Return the message that `next_due` spoke of and count it as in flight."""
        ...

    def release(self, entry: "LaneEntry", *, settled: bool) -> None:
        """Note that a message is no longer in flight; if it is not settled it waits again."""
        ...

    def drop(self, entry: "LaneEntry") -> None:
        """Forget a message that waits."""
        ...

    @property
    def is_idle(self) -> bool:
        """Whether nothing waits or is in flight."""
        ...


@dataclass(slots=True, eq=False)
class LaneEntry:
    """One message in memory."""

    id: str
    seq: int
    due_at: int
    lane: Lane
    position: int
    active: bool = False


_DUE_AND_SEQ = struct.Struct(">QQ")  # sorts as bytes like the numbers


@dataclass(slots=True, eq=False)
class FlowLane:
    """Messages of one flow-control key, soonest due first, and what of its limits is used.

    `waiting` is a heap of tickets: due time, sequence number and id in one piece of bytes. `gone` holds the ids of
    cancelled messages, of all lanes, until their tickets come to the top.
    """

    flow: Flow
    gone: set[str]
    paused: bool = False
    waiting: list[bytes] = field(default_factory=list[bytes])
    active: int = 0
    window_start_ms: int = 0
    window_count: int = 0
    timer_at: int | None = None

    def add(self, entry: LaneEntry) -> None:
        """See `Lane`."""
        heapq.heappush(self.waiting, _DUE_AND_SEQ.pack(entry.due_at, entry.seq) + entry.id.encode())

    def next_due(self, now_ms: int) -> int | None:
        """See `Lane`; a full window opens again when its period is over."""
        while self.gone and self.waiting and (id_ := self.waiting[0][_DUE_AND_SEQ.size :].decode()) in self.gone:
            self.gone.remove(id_)
            heapq.heappop(self.waiting)
        if not self.waiting or self.paused:
            return None
        if self.flow.parallelism is not None and self.active >= self.flow.parallelism:
            return None
        due, _ = _DUE_AND_SEQ.unpack_from(self.waiting[0])
        window_end = self.window_start_ms + self.flow.period_s * 1000
        if self.flow.rate is not None and self.window_count >= self.flow.rate and window_end > now_ms:
            due = max(due, window_end)
        return due

    def ids(self) -> Iterator[str]:
        """Yield the ids of all that have a ticket."""
        return (ticket[_DUE_AND_SEQ.size :].decode() for ticket in self.waiting)

    def claim(self, now_ms: int) -> LaneEntry:
        """See `Lane`."""
        if now_ms >= self.window_start_ms + self.flow.period_s * 1000:
            self.reset_rate(now_ms)
        self.window_count += 1
        self.active += 1
        ticket = heapq.heappop(self.waiting)
        due_at, seq = _DUE_AND_SEQ.unpack_from(ticket)
        return LaneEntry(ticket[_DUE_AND_SEQ.size :].decode(), seq, due_at, self, seq, active=True)

    def release(self, entry: LaneEntry, *, settled: bool) -> None:
        """See `Lane`."""
        self.active -= 1
        entry.active = False
        if not settled:
            self.add(entry)

    def drop(self, entry: LaneEntry) -> None:
        """See `Lane`; the heap forgets it when it comes to the top."""
        self.gone.add(entry.id)

    def reset_rate(self, now_ms: int) -> None:
        """Begin a new window."""
        self.window_start_ms, self.window_count = now_ms, 0

    @property
    def is_idle(self) -> bool:
        """See `Lane`."""
        return not self.waiting and not self.active


@dataclass(slots=True, eq=False)
class QueueLane:
    """Messages of one queue in the order of arrival, each with the reports about it.

    https://upstash.com/docs/qstash/features/queues: the next message waits for the retries of the one before it, and
    for its callbacks. So a place in the queue holds a message and its reports, and is free when all are settled.
    """

    parallelism: int = 1
    paused: bool = False
    places: OrderedDict[int, list[LaneEntry]] = field(default_factory=OrderedDict[int, list[LaneEntry]])
    timer_at: int | None = None

    def add(self, entry: LaneEntry) -> None:
        """See `Lane`."""
        self.places.setdefault(entry.position, []).append(entry)

    def next_due(self, now_ms: int) -> int | None:  # noqa: ARG002  # the other lane's limits depend on the time
        """See `Lane`."""
        entry = self._next()
        return entry.due_at if entry is not None and not self.paused else None

    def claim(self, now_ms: int) -> LaneEntry:  # noqa: ARG002
        """See `Lane`."""
        entry = self._next()
        if entry is None:
            raise LookupError("nothing waits in this queue")
        entry.active = True
        return entry

    def release(self, entry: LaneEntry, *, settled: bool) -> None:
        """See `Lane`."""
        entry.active = False
        if settled:
            self.drop(entry)

    def drop(self, entry: LaneEntry) -> None:
        """See `Lane`."""
        place = self.places[entry.position]
        place.remove(entry)
        if not place:
            del self.places[entry.position]

    def _next(self) -> LaneEntry | None:
        heads = islice(self.places.values(), self.parallelism)
        waiting = (entry for place in heads for entry in place if not entry.active)
        return min(waiting, key=lambda entry: entry.due_at, default=None)

    @property
    def is_idle(self) -> bool:
        """See `Lane`."""
        return not self.places
