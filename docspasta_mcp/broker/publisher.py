"""Take publish calls in: make their messages, refuse what may not be, store all of a call or nothing."""

import asyncio
import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from docspasta_mcp.broker.dispatcher import Dispatcher
from docspasta_mcp.broker.errors import ApiError, BadRequest
from docspasta_mcp.broker.headers import NAME, check_name, check_url, message_from_headers
from docspasta_mcp.broker.journal import Journal
from docspasta_mcp.broker.message import Callback, Message
from docspasta_mcp.broker.store import messages, topics
from docspasta_mcp.broker.store.messages import Published, Stored
from docspasta_mcp.broker.store.topics import Endpoint
from docspasta_mcp.runtime.failpoints import failpoint

MAX_BODY_BYTES = 1_000_000  # QStash's smallest plan limit
MAX_WAITING = 500_000  # messages; a longer queue is a runaway, and memory holds some 100 bytes of each


@dataclass(frozen=True, slots=True)
class Draft:
    """A publish call for one destination, which is a URL or a URL group's name. Header names are lower-case."""

    destination: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    queue: str | None = None
    caller_ip: str | None = None
    schedule_id: str | None = None

    @property
    def is_group(self) -> bool:
        """Whether it goes to a URL group, so that its answer is a list."""
        return not self.destination.startswith(("http://", "https://"))


class Publisher:
    """Turns drafts into stored messages."""

    def __init__(
        self,
        journal: Journal,
        dispatcher: Dispatcher,
        *,
        allows: Callable[[str], bool],
        clock: Callable[[], float] = time.time,
        max_waiting: int = MAX_WAITING,
    ) -> None:
        """Publish messages to `journal` and `dispatcher`.

        Args:
            journal: where messages are stored.
            dispatcher: hears of each.
            allows: tells whether a destination may be delivered to.
            clock: returns Unix seconds.
            max_waiting: messages that may wait at the same time.
        """
        self._journal = journal
        self._dispatcher = dispatcher
        self._allows = allows
        self._clock = clock
        self._max_waiting = max_waiting
        self._sound: Callback | None = None  # the one that was checked last, which nearly all messages have

    async def publish(self, drafts: Sequence[Draft]) -> list[list[Published]]:
        """Store every message of every draft, or none; return each draft's answers.

        Raises:
            ApiError: a draft makes no sense, or the queue is full.
        """
        composed = [await self.compose(draft) for draft in drafts]
        answers = iter((await self.store([message for group in composed for message in group])).answers)
        return [[next(answers) for _ in group] for group in composed]

    async def store(self, made: Sequence[Message]) -> Stored:
        """Store messages and let the dispatcher know, also when the caller is cancelled meanwhile.

        What was stored without its knowing would wait for the next start: published again, it counts as a repetition.

        Raises:
            ApiError: the queue is full.
        """
        self.check_room(len(made))
        now = self.now_ms()
        storing = asyncio.ensure_future(self._journal.run(lambda db: messages.insert(db, made, now_ms=now)))
        storing.add_done_callback(self._hand_over)  # before whoever waits goes on
        return await asyncio.shield(storing)

    def _hand_over(self, storing: asyncio.Future[Stored]) -> None:
        if storing.cancelled() or storing.exception() is not None:
            return
        failpoint("broker.stored")
        self._dispatcher.add(storing.result())

    def check_room(self, count: int) -> None:
        """Refuse more messages than may wait.

        Raises:
            ApiError: with them the queue would be over its limit.
        """
        if self._dispatcher.waiting + count > self._max_waiting:
            raise ApiError(
                429,
                f"the queue holds {self._dispatcher.waiting} messages and may hold {self._max_waiting}; "
                "wait until some are delivered",
            )

    async def compose(self, draft: Draft) -> list[Message]:
        """Return the messages of one draft, unstored: one, or one for each endpoint of a URL group.

        Raises:
            ApiError: a header, the body, the queue or the destination makes no sense.
        """
        if len(draft.body) > MAX_BODY_BYTES:
            raise BadRequest(f"message size {len(draft.body)} exceeds the limit of {MAX_BODY_BYTES} bytes")
        if draft.queue is not None:
            check_name(draft.queue, "queue name")
            if "upstash-flow-control-key" in draft.headers:
                raise BadRequest(
                    "a queue has a parallelism of its own; publish without queue to use a flow control key"
                )
        if not draft.is_group:
            return [self._message(draft, Endpoint(draft.destination), topic=None)]
        topic = await self._topic(draft.destination)
        return [self._message(draft, endpoint, topic=topic.name) for endpoint in topic.endpoints]

    def check_destination(self, url: str, what: str = "destination") -> None:
        """Refuse what is not a URL, or may not be delivered to.

        Raises:
            BadRequest: it is so.
        """
        check_url(url, what)
        if not self._allows(url):
            raise BadRequest(f"{what} {url} is not on this broker's allow list")

    def check_callbacks(self, message: Message) -> None:
        """Refuse what would fail only when the report is due.

        Raises:
            BadRequest: a callback's URL or headers make no sense.
        """
        for callback in (message.callback, message.failure_callback):
            if callback is not None and callback != self._sound:
                message_from_headers(callback.url, b"", callback.headers, now_ms=0)
                self.check_destination(callback.url, "callback")
                self._sound = callback

    def now_ms(self) -> int:
        """Return the present in Unix milliseconds."""
        return int(self._clock() * 1000)

    def _message(self, draft: Draft, endpoint: Endpoint, *, topic: str | None) -> Message:
        message = message_from_headers(
            endpoint.url,
            draft.body,
            draft.headers if topic is None else _apart(draft.headers, endpoint.url),
            now_ms=self.now_ms(),
            caller_ip=draft.caller_ip,
            queue=draft.queue,
            schedule_id=draft.schedule_id,
            topic=topic,
            endpoint=endpoint.name,
        )
        self.check_destination(endpoint.url)
        self.check_callbacks(message)
        return message

    async def _topic(self, name: str) -> topics.Topic:
        if not NAME.fullmatch(name):
            check_url(name, "destination")
        topic = await self._journal.run(lambda db: topics.get(db, name))
        if topic is None:
            raise ApiError(404, f"URL group {name} not found; a URL begins with http:// or https://")
        return topic


def _apart(headers: Mapping[str, str], url: str) -> Mapping[str, str]:
    """Let a deduplication id count once for each endpoint of a group."""
    given = headers.get("upstash-deduplication-id")
    if given is None:
        return headers
    return {**headers, "upstash-deduplication-id": f"{given}@{hashlib.sha256(url.encode()).hexdigest()}"}
