"""Deliver messages when they are due: within their lane's limits, again until they are used up.

The file is the truth; memory holds only when each waiting message is due, and what some of them say (`at_hand`). A
message whose delivery is cut off by the end of the process is still in the file, so it is due again at the next start.
Nothing polls: the dispatcher sleeps until something changes or the next message falls due.
"""

import heapq
import itertools
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable

import anyio
import anyio.abc

from docspasta_mcp.broker.at_hand import AtHand
from docspasta_mcp.broker.callbacks import callbacks_for
from docspasta_mcp.broker.delivery_client import DeliveryClient
from docspasta_mcp.broker.durations import retry_after_ms, retry_delay_ms
from docspasta_mcp.broker.journal import Journal
from docspasta_mcp.broker.lanes import FlowLane, Lane, LaneEntry, QueueLane
from docspasta_mcp.broker.message import Flow, Message
from docspasta_mcp.broker.signing import Keys
from docspasta_mcp.broker.store import flows, maintenance, messages, outcomes, queues
from docspasta_mcp.broker.store.flows import FlowState
from docspasta_mcp.broker.store.messages import Stored, Waiting
from docspasta_mcp.broker.store.outcomes import Attempt, Response
from docspasta_mcp.broker.store.queues import StoredQueue
from docspasta_mcp.runtime.failpoints import failpoint

logger = logging.getLogger(__name__)

GLOBAL_PARALLELISM = 100  # QStash's pay-as-you-go plan
_TRIM_EVERY_S = 60.0
_LOAD = 2_000  # waiting messages read from the file at a time
_JOURNAL_PAUSE_MS = 5_000  # before the next try when the file cannot be written
_RETRY_HEADERS = ("retry-after", "x-ratelimit-reset", "x-ratelimit-reset-requests", "x-ratelimit-reset-tokens")


class Dispatcher:
    """Delivers what is in the journal until it is cancelled."""

    def __init__(
        self,
        journal: Journal,
        *,
        keys: Callable[[], Keys],
        delivery_client: DeliveryClient,
        clock: Callable[[], float] = time.time,
        parallelism: int = GLOBAL_PARALLELISM,
    ) -> None:
        """Prepare; `run` does the work.

        Args:
            journal: where the messages are.
            keys: returns the present signing keys.
            delivery_client: makes the deliveries.
            clock: returns Unix seconds.
            parallelism: deliveries at the same time, whatever their lanes allow.
        """
        self.parallelism = parallelism
        self.active = 0
        self._journal = journal
        self._keys = keys
        self._delivery_client = delivery_client
        self._clock = clock
        self._entries: dict[
            str, LaneEntry
        ] = {}  # in flight, tried before, or in a queue; of others, lanes have tickets
        self._at_hand = AtHand()
        self._tickets = 0
        self._gone: set[str] = set()
        self._early: set[int] | None = set()  # added while what the file holds is still being loaded
        self._loaded = 0  # what it holds is loaded up to this number
        self._flows: dict[str | None, FlowLane] = {None: FlowLane(Flow(""), self._gone)}
        self._queues: dict[str, QueueLane] = {}
        self._ready: OrderedDict[Lane, None] = OrderedDict()
        self._timers: list[tuple[int, int, Lane]] = []
        self._count = itertools.count()
        self._paused = False
        self._wake = anyio.Event()

    @property
    def waiting(self) -> int:
        """How many messages are not settled."""
        return len(self._entries) + self._tickets

    def flow_lane(self, key: str) -> FlowLane | None:
        """Return what is used of a flow-control key's limits; None if nothing is."""
        return self._flows.get(key)

    def add(self, stored: Stored) -> None:
        """Schedule messages that were written to the journal."""
        for state in stored.flows:
            self.set_flow(state)
        self._at_hand.keep(stored.messages, now=self._now())
        fresh = [one for one in stored.waiting if one.seq > self._loaded]
        if self._early is not None:
            self._early.update(one.seq for one in fresh)
        self._load(fresh)
        self._wake.set()

    def forget(self, message_ids: Iterable[str]) -> None:
        """Drop cancelled messages; a call under way keeps its slot until it ends."""
        for message_id in message_ids:
            entry = self._entries.pop(message_id, None)
            self._at_hand.take(message_id)
            if entry is None:
                self._gone.add(message_id)
                self._tickets -= 1
            elif not entry.active:
                entry.lane.drop(entry)
                self._look_at(entry.lane)

    def set_flow(self, state: FlowState) -> None:
        """Let these limits hold for a flow-control key."""
        lane = self._flows.setdefault(state.flow.key, FlowLane(state.flow, self._gone))
        lane.flow, lane.paused = state.flow, state.paused
        self._look_at(lane)

    def reset_rate(self, key: str) -> None:
        """Begin a new window of a flow-control key's rate."""
        lane = self._flows.get(key)
        if lane is not None:
            lane.reset_rate(self._now())
            self._look_at(lane)

    def set_queue(self, queue: StoredQueue) -> None:
        """Let these settings hold for a queue."""
        lane = self._queues.setdefault(queue.name, QueueLane())
        lane.parallelism, lane.paused = queue.parallelism, queue.paused
        self._look_at(lane)

    def drop_queue(self, name: str) -> None:
        """Forget a queue whose messages are cancelled."""
        self._queues.pop(name, None)

    def set_paused(self, *, paused: bool) -> None:
        """Start no delivery while paused; what is in flight ends."""
        self._paused = paused
        self._wake.set()

    async def run(self) -> None:
        """Deliver for ever."""
        self._paused = await self._journal.run(maintenance.is_paused)
        for state in await self._journal.run(flows.all_flows):
            self.set_flow(state)
        for queue in await self._journal.run(queues.all_queues):
            self.set_queue(queue)
        await self._load_all()
        try:
            async with anyio.create_task_group() as deliveries:
                deliveries.start_soon(self._maintain)
                while True:
                    self._wake = anyio.Event()
                    due_at = self._start_due(deliveries)
                    wait_s = None if due_at is None else max(0.0, due_at / 1000 - self._clock())
                    with anyio.move_on_after(wait_s):
                        await self._wake.wait()
        finally:
            with anyio.CancelScope(shield=True):
                await self._delivery_client.aclose()

    async def _load_all(self) -> None:
        """Load the waiting messages from the file; those added meanwhile may or may not be included."""
        while some := await self._journal.run(lambda db: messages.waiting(db, after=self._loaded, most=_LOAD)):
            self._load(one for one in some if one.seq not in (self._early or ()))
            self._loaded = some[-1].seq
        self._early = None
        if self._gone:  # what was cancelled meanwhile was loaded before or not at all
            held = {id_ for lane in self._flows.values() for id_ in lane.ids()}
            self._gone &= held
            self._tickets = len(held) - len(self._gone)

    def _load(self, waiting: Iterable[Waiting]) -> None:
        for one in waiting:
            lane = self._lane(one)
            entry = LaneEntry(one.id, one.seq, one.due_at, lane, one.position if one.position is not None else one.seq)
            lane.add(entry)
            if one.queue is None:
                self._tickets += 1
            else:
                self._entries[one.id] = entry
            self._look_at(lane)

    def _lane(self, one: Waiting) -> Lane:
        if one.queue is not None:
            return self._queues.setdefault(one.queue, QueueLane())
        return self._flows.setdefault(one.flow_key, FlowLane(Flow(one.flow_key or ""), self._gone))

    def _look_at(self, lane: Lane) -> None:
        self._ready[lane] = None
        self._wake.set()

    def _start_due(self, deliveries: anyio.abc.TaskGroup) -> int | None:
        """Start what may leave now, lanes taking turns; return when to look again, None if only an event can help."""
        now = self._now()
        while self._timers and self._timers[0][0] <= now:
            lane = heapq.heappop(self._timers)[2]
            lane.timer_at = None
            self._ready[lane] = None
        while self._ready and self.active < self.parallelism and not self._paused:
            lane = self._ready.popitem(last=False)[0]
            due = lane.next_due(now)
            if due is not None and due <= now:
                self.active += 1
                deliveries.start_soon(self._deliver, self._take(lane, now))
                self._ready[lane] = None
            elif due is not None and (lane.timer_at is None or due < lane.timer_at):
                lane.timer_at = due
                heapq.heappush(self._timers, (due, next(self._count), lane))
        return self._timers[0][0] if self._timers else None

    def _take(self, lane: Lane, now: int) -> LaneEntry:
        entry = lane.claim(now)
        if entry.id not in self._entries:
            self._tickets -= 1
        self._entries[entry.id] = entry
        return entry

    async def _deliver(self, entry: LaneEntry) -> None:
        settled = True
        try:
            message = self._at_hand.take(entry.id)
            if message is None:
                message = await self._journal.run_lightly(lambda db: messages.get(db, entry.id))
            if message is not None:
                due_at = await self._attempt(message)
                settled = due_at is None
                entry.due_at = due_at or entry.due_at
        except Exception:
            logger.exception("❌ delivery of %s could not be recorded; it is tried again", entry.id)
            entry.due_at, settled = self._now() + _JOURNAL_PAUSE_MS, False
        finally:
            settled = settled or entry.id not in self._entries  # cancelled meanwhile
            if settled:
                self._entries.pop(entry.id, None)
            self.active -= 1
            entry.lane.release(entry, settled=settled)
            self._look_at(entry.lane)

    async def _attempt(self, message: Message) -> int | None:
        """Deliver once and record what came of it; return when the next attempt is due, None if there is none."""
        failpoint("broker.taken")
        started_at = self._now()
        response = await self._delivery_client.deliver(message, keys=self._keys(), now=self._clock())
        failpoint("broker.answered")
        attempt = Attempt(message, started_at, self._now(), response)
        due_at: int | None = None
        if 200 <= response.status < 300:
            callbacks = callbacks_for(attempt)
            if callbacks or self._journal.is_behind:
                stored = await self._journal.run_lightly(lambda db: outcomes.delivered(db, attempt, callbacks))
            else:  # nothing follows from it
                self._journal.note(lambda db: outcomes.delivered(db, attempt, ()))
                stored = None
        elif message.retried >= message.max_retries or _is_final(response):
            dlq_id = outcomes.new_dlq_id(attempt.ended_at)
            callbacks = callbacks_for(attempt, dlq_id=dlq_id)
            stored = await self._journal.run(lambda db: outcomes.buried(db, attempt, callbacks, dlq_id=dlq_id))
            logger.warning("❌ %s to %s is a dead letter: %s", message.id, message.url, response.status)
        else:
            due = due_at = attempt.ended_at + self._delay_ms(message, response)
            callbacks = callbacks_for(attempt)
            stored = await self._journal.run(lambda db: outcomes.postponed(db, attempt, callbacks, due_at=due))
        failpoint("broker.recorded")
        if stored is None:  # cancelled meanwhile, or only noted
            return None
        self.add(stored)
        return due_at

    def _delay_ms(self, message: Message, response: Response) -> int:
        for name in _RETRY_HEADERS:
            for value in response.headers.get(name, ()):
                wait = retry_after_ms(value, now=self._clock())
                if wait is not None:
                    return wait
        return retry_delay_ms(message.retry_delay, message.retried)

    async def _maintain(self) -> None:
        """Trim the file, and forget lanes that are not in use."""
        while True:
            now = self._now()
            await self._journal.run(lambda db, now=now: maintenance.trim(db, now_ms=now))
            for key, lane in list(self._flows.items()):
                over = lane.window_start_ms + lane.flow.period_s * 1000 < now
                if key is not None and lane.is_idle and over and lane not in self._ready and lane.timer_at is None:
                    del self._flows[key]
            await anyio.sleep(_TRIM_EVERY_S)

    def _now(self) -> int:
        return int(self._clock() * 1000)


def _is_final(response: Response) -> bool:
    """Tell whether a destination asked for no more retries: status 489 with its header, as documented."""
    marks = response.headers.get("upstash-nonretryable-error", [])
    return response.status == 489 and any(mark.lower() == "true" for mark in marks)
