"""Carry messages to and from a browser: JSON that ends with a zero byte, over two pipes that only it and we hold.

Each pipe has a thread, since no event loop of Windows can wait for one; the loop sees whole messages alone. Chromium
ends when its pipe does, so that none stays behind us.
"""

import asyncio
import contextlib
import os
import queue
import threading
from collections.abc import Callable, Iterator

_PIECE = 1 << 18


class Pipes:
    """The two pipes of one browser."""

    def __init__(self) -> None:
        """Open them."""
        self.for_browser = (0, 0)  # what it reads from and writes to, until they are handed over
        self.is_open = True
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

        def end() -> None:
            self.close()
            ended()

        def take(messages: list[bytes]) -> None:
            for message in messages:  # each by itself: a fault with one is not one with the rest
                loop.call_soon(receive, message)

        def read() -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody listens
                for messages in _messages(self._read_from):
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
        self.is_open = False
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
        self.is_open = False


def _messages(source: int) -> Iterator[list[bytes]]:
    """Yield the messages that come, those together that came together."""
    pieces: list[bytes] = []
    with contextlib.suppress(OSError):
        while piece := os.read(source, _PIECE):
            whole, *more = piece.split(b"\0")
            pieces.append(whole)
            if more:
                yield [b"".join(pieces), *more[:-1]]
                pieces = [more[-1]]
