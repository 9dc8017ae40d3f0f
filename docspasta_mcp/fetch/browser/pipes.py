"""Carry messages to and from a browser: JSON that ends with a zero byte, over two pipes that only it and we hold.

Each pipe has a thread, since no event loop of Windows can wait for one; the loop sees whole messages alone, and no more
than it keeps up with. Chromium ends when its pipe does, so that none stays behind us.

What a page does comes as events, with addresses as long as it likes: one beyond a bound is thrown away as it comes.
"""

import asyncio
import contextlib
import json
import logging
import os
import queue
import re
import threading
from collections.abc import Callable, Iterator

logger = logging.getLogger(__name__)

MAX_EVENT = 4_000_000  # bytes; Chromium goes to no address of more than half of it
MAX_ANSWER = 100_000_000  # bytes, where nobody says how long the longest is
_PIECE = 1 << 18
_AHEAD = 16  # reads whose messages are not yet dealt with; the browser waits for room
_HEAD = 40  # bytes that tell what a message is
_ANSWER_TO = re.compile(rb'\{"id": ?([0-9]+)')


class Pipes:
    """The two pipes of one browser."""

    def __init__(self, max_answer: int = MAX_ANSWER) -> None:
        """Open them; `max_answer` bounds the bytes of an answer."""
        self._max_answer = max_answer
        self.for_browser = (0, 0)  # what it reads from and writes to, until they are handed over
        browser_reads, self._write_to = os.pipe()
        self._read_from, browser_writes = os.pipe()
        self.for_browser = (browser_reads, browser_writes)
        self._waiting: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()

    def start(self, receive: Callable[[bytes], None], ended: Callable[[], None]) -> None:
        """Begin to carry, once the browser has its ends.

        Args:
            receive: called with each message.
            ended: called once, when the browser is gone.
        """
        self.close_those_of_browser()
        loop = asyncio.get_running_loop()
        room = threading.Semaphore(_AHEAD)

        def end() -> None:
            self.close()
            ended()

        def take(messages: list[bytes]) -> None:
            for message in messages:  # each by itself: a fault with one is not one with the rest
                loop.call_soon(receive, message)
            loop.call_soon(room.release)

        def read() -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody listens
                for messages in _messages(self._read_from, self._max_answer):
                    while not room.acquire(timeout=1):
                        if loop.is_closed():
                            break
                    loop.call_soon_threadsafe(take, messages)
                loop.call_soon_threadsafe(end)
            os.close(self._read_from)

        def write() -> None:
            with contextlib.suppress(OSError):  # the browser is gone, which the other thread tells
                while (message := self._waiting.get()) is not None:
                    left = memoryview(message)
                    while left:
                        left = left[os.write(self._write_to, left) :]
            os.close(self._write_to)

        for work in (read, write):
            threading.Thread(target=work, name="docspasta-browser", daemon=True).start()

    def send(self, message: bytes) -> None:
        """Send a message; of one to a browser that is gone nothing is heard."""
        self._waiting.put(message + b"\0")

    def close(self) -> None:
        """Send nothing more: the browser ends, if it has not."""
        self._waiting.put(None)

    def close_those_of_browser(self) -> None:
        """Close our copies of the browser's ends, so that its end is seen."""
        for one in self.for_browser:
            os.close(one)
        self.for_browser = (-1, -1)

    def abandon(self) -> None:
        """Close all, of a browser that was never started."""
        self.close_those_of_browser()
        os.close(self._write_to)
        os.close(self._read_from)


class _Begun:
    """A message that is not whole yet; what is too long of it is not kept."""

    def __init__(self, first: bytes, max_answer: int) -> None:
        self._max_answer = max_answer
        self._pieces: list[bytes] = []
        self._head = b""
        self._size = 0
        self.add(first)

    def add(self, piece: bytes) -> None:
        self._size += len(piece)
        self._head += piece[: _HEAD - len(self._head)]
        if self._is_too_long:
            self._pieces.clear()
        else:
            self._pieces.append(piece)

    @property
    def _is_too_long(self) -> bool:
        return self._size > MAX_EVENT and (self._head.startswith(b'{"method"') or self._size > self._max_answer)

    def end(self) -> list[bytes]:
        """Return it; of an answer that is too long the one that says so, of an event nothing."""
        if not self._is_too_long:
            return [b"".join(self._pieces)]
        logger.info("a message of the browser is too long to be heard: %s bytes", f"{self._size:,}")
        if (answer := _ANSWER_TO.match(self._head)) is None:
            return []
        return [json.dumps({"id": int(answer[1]), "error": {"message": "The answer is too long."}}).encode()]


def _messages(source: int, max_answer: int) -> Iterator[list[bytes]]:
    """Yield the messages that come, those together that came together."""
    begun = _Begun(b"", max_answer)
    with contextlib.suppress(OSError):
        while piece := os.read(source, _PIECE):
            whole, *more = piece.split(b"\0")
            begun.add(whole)
            if more:
                yield [*begun.end(), *more[:-1]]
                begun = _Begun(more[-1], max_answer)
