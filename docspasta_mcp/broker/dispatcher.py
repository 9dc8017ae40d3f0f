"""Deliver messages when they are due: signed, within their flow control, again until they are used up.

The file is the truth; memory holds only when each waiting message is due, one lane per flow-control key. A message
whose delivery is cut off by the end of the process is still in the file, so it is due again at the next start.
"""

import base64
import heapq
import json
import logging
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import anyio
import anyio.abc
import httpx

from docspasta_mcp.broker import storage
from docspasta_mcp.broker.durations import retry_after_ms, retry_delay_ms
from docspasta_mcp.broker.journal import Journal
from docspasta_mcp.broker.message import Callback, Flow, Message, message_from_headers
from docspasta_mcp.broker.signing import Keys, sign
from docspasta_mcp.failpoints import failpoint

logger = logging.getLogger(__name__)

GLOBAL_PARALLELISM = 100  # QStash's pay-as-you-go plan
MAX_RESPONSE_BYTES = 1_000_000  # kept of an answer, for callbacks and dead letters
_TRIM_EVERY_S = 60.0
_JOURNAL_PAUSE_MS = 5_000  # before the next try when the file cannot be written
_RETRY_HEADERS = ("retry-after", "x-ratelimit-reset", "x-ratelimit-reset-requests", "x-ratelimit-reset-tokens")


@dataclass(slots=True)
class _Lane:
    """The waiting messages of one flow-control key, and what of its limits is used."""

    flow: Flow
    waiting: list[tuple[int, int, str]] = field(default_factory=list[tuple[int, int, str]])
    active: int = 0
    window_start_ms: int = 0
    window_count: int = 0

    def next_due(self, now_ms: int) -> int | None:
        """Return when the next message may leave; None if nothing waits or a slot must come free first."""
        if not self.waiting or (self.flow.parallelism is not None and self.active >= self.flow.parallelism):
            return None
        due = self.waiting[0][0]
        window_end = self.window_start_ms + self.flow.period_s * 1000
        if self.flow.rate is not None and self.window_count >= self.flow.rate and window_end > now_ms:
            due = max(due, window_end)
        return due

    def take(self, now_ms: int) -> str:
        """Remove the first message and count it."""
        if now_ms >= self.window_start_ms + self.flow.period_s * 1000:
            self.window_start_ms, self.window_count = now_ms, 0
        self.window_count += 1
        self.active += 1
        return heapq.heappop(self.waiting)[2]


class Dispatcher:
    """Delivers what is in the journal until it is cancelled."""

    def __init__(
        self,
        journal: Journal,
        *,
        keys: Callable[[], Keys],
        client: httpx.AsyncClient,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Prepare; `run` does the work.

        Args:
            journal: where the messages are.
            keys: returns the present signing keys.
            client: makes the deliveries.
            clock: returns Unix seconds.
        """
        self._journal = journal
        self._keys = keys
        self._client = client
        self._clock = clock
        self._lanes: dict[str, _Lane] = {}
        self._sequence = 0
        self._active = 0
        self._wake = anyio.Event()

    def schedule(self, messages: Iterable[Message]) -> None:
        """Take note of messages that are in the journal now."""
        for message in messages:
            self._push(message.id, message.not_before, message.flow)
        self._wake.set()

    @property
    def waiting(self) -> int:
        """How many messages wait to be delivered."""
        return sum(len(lane.waiting) for lane in self._lanes.values())

    async def run(self) -> None:
        """Deliver for ever."""
        for _seq, message_id, due_at, flow in await self._journal.run(storage.waiting):
            self._push(message_id, due_at, Flow(**flow) if flow else None)
        async with anyio.create_task_group() as deliveries:
            deliveries.start_soon(self._trim)
            while True:
                self._wake = anyio.Event()
                due_at = self._start_due(deliveries)
                wait_s = None if due_at is None else max(0.0, due_at / 1000 - self._clock())
                with anyio.move_on_after(wait_s):
                    await self._wake.wait()

    def _push(self, message_id: str, due_at: int, flow: Flow | None) -> None:
        key = flow.key if flow else ""
        lane = self._lanes.setdefault(key, _Lane(flow or Flow("")))
        if flow:
            lane.flow = flow  # the newest message's limits hold for the key
        self._sequence += 1
        heapq.heappush(lane.waiting, (due_at, self._sequence, message_id))

    def _start_due(self, deliveries: anyio.abc.TaskGroup) -> int | None:
        """Start what may leave now; return when to look again, None if only an event can change anything."""
        now = self._now()
        soonest: int | None = None
        for key, lane in list(self._lanes.items()):
            while (due := lane.next_due(now)) is not None and due <= now and self._active < GLOBAL_PARALLELISM:
                self._active += 1
                deliveries.start_soon(self._deliver, lane.take(now), lane)
            if due is not None and due > now:
                soonest = due if soonest is None else min(soonest, due)
            if not lane.waiting and not lane.active and lane.window_start_ms + lane.flow.period_s * 1000 < now:
                del self._lanes[key]
        return soonest

    async def _deliver(self, message_id: str, lane: _Lane) -> None:
        try:
            message = await self._journal.run(lambda db: storage.get_message(db, message_id))
            if message is not None:
                await self._attempt(message)
        except Exception:
            logger.exception("❌ delivery of %s could not be recorded; it is tried again", message_id)
            self._push(message_id, self._now() + _JOURNAL_PAUSE_MS, lane.flow if lane.flow.key else None)
        finally:
            self._active -= 1
            lane.active -= 1
            self._wake.set()

    async def _attempt(self, message: Message) -> None:
        failpoint("broker.taken")
        response = await self._send(message)
        failpoint("broker.answered")
        now = self._now()
        callbacks = _reports(message.callback, message, response, now)
        if 200 <= response.status < 300:
            stored = await self._journal.run(lambda db: storage.delivered(db, message, callbacks))
        elif message.retried >= message.max_retries or _is_final(response):
            dlq_id = storage.new_dlq_id(now)
            callbacks = [*callbacks, *_reports(message.failure_callback, message, response, now, dlq_id=dlq_id)]
            stored = await self._journal.run(
                lambda db: storage.buried(db, message, response, dlq_id=dlq_id, now_ms=now, callbacks=callbacks)
            )
            logger.warning("❌ %s to %s is a dead letter: %s", message.id, message.url, response.status)
        else:
            due_at = now + self._delay_ms(message, response)
            stored = await self._journal.run(
                lambda db: storage.postponed(db, message, due_at=due_at, callbacks=callbacks)
            )
            if stored:
                self._push(message.id, due_at, message.flow)
        failpoint("broker.recorded")
        if stored:
            self.schedule(callbacks)

    async def _send(self, message: Message) -> storage.Response:
        headers = {
            **(message.headers or {}),
            "user-agent": "Upstash-QStash",
            "upstash-message-id": message.id,
            "upstash-retried": str(message.retried),
            "upstash-signature": sign(
                key=self._keys().current, destination=message.url, body=message.body, now=self._clock()
            ),
        }
        if message.label:
            headers["upstash-label"] = message.label
        if message.caller_ip:
            headers["upstash-caller-ip"] = message.caller_ip
        try:
            with anyio.fail_after(message.timeout_s):
                request = self._client.build_request(message.method, message.url, content=message.body, headers=headers)
                response = await self._client.send(request, stream=True, follow_redirects=False)
                try:
                    return storage.Response(response.status_code, _lists(response.headers), await _body(response))
                finally:
                    await response.aclose()
        except TimeoutError:
            return storage.Response(0, {}, f"no answer within {message.timeout_s:g} s".encode())
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return storage.Response(0, {}, f"{type(error).__name__}: {error}".encode())

    def _delay_ms(self, message: Message, response: storage.Response) -> int:
        for name in _RETRY_HEADERS:
            for value in response.headers.get(name, ()):
                wait = retry_after_ms(value, now=self._clock())
                if wait is not None:
                    return wait
        return retry_delay_ms(message.retry_delay, message.retried)

    async def _trim(self) -> None:
        while True:
            now = self._now()
            await self._journal.run(lambda db, now=now: storage.trim(db, now_ms=now))
            await anyio.sleep(_TRIM_EVERY_S)

    def _now(self) -> int:
        return int(self._clock() * 1000)


def _is_final(response: storage.Response) -> bool:
    """Tell whether a destination asked for no more retries: status 489 with its header, as documented."""
    marks = response.headers.get("upstash-nonretryable-error", [])
    return response.status == 489 and any(mark.lower() == "true" for mark in marks)


def _reports(
    callback: Callback | None, message: Message, response: storage.Response, now: int, *, dlq_id: str | None = None
) -> Sequence[Message]:
    """Return the callback message about one attempt, if one is wanted."""
    if callback is None:
        return []
    report = {
        "status": response.status,
        "header": response.headers,
        "body": base64.b64encode(response.body).decode(),
        "retried": message.retried,
        "maxRetries": message.max_retries,
        "sourceMessageId": message.id,
        "url": message.url,
        "method": message.method,
        "sourceHeader": {name: [value] for name, value in (message.headers or {}).items()},
        "sourceBody": base64.b64encode(message.body).decode(),
        "notBefore": message.not_before,
        "createdAt": message.created_at,
        "callerIP": message.caller_ip,
        "dlqId": dlq_id,
    }
    body = json.dumps({name: value for name, value in report.items() if value is not None}).encode()
    headers = {"content-type": "application/json", **callback.headers}
    return [message_from_headers(callback.url, body, headers, now_ms=now)]


def _lists(headers: httpx.Headers) -> dict[str, list[str]]:
    lists: dict[str, list[str]] = {}
    for name, value in headers.multi_items():
        lists.setdefault(name.lower(), []).append(value)
    return lists


async def _body(response: httpx.Response) -> bytes:
    """Read at most MAX_RESPONSE_BYTES of an answer."""
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) >= MAX_RESPONSE_BYTES:
            break
    return bytes(body[:MAX_RESPONSE_BYTES])
