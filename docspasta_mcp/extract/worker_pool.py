"""Worker processes as the server sees them: started, asked over a socket each, killed when they do not answer.

Idle ones are kept for the next call, whoever makes it, until this process ends. Windows hands no sockets to a new
process; there, anyio's processes are asked.
"""

import asyncio
import atexit
import contextlib
import os
import pickle
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from typing import Any, Self, TypeVar
from weakref import WeakSet

import anyio
import anyio.to_process

from docspasta_mcp.extract.worker_process import HEAD

T = TypeVar("T")

CAN_COPY = sys.platform == "linux"  # macOS forbids much to a copied process
_START_S = 20.0
_PIECE = 1 << 16  # bytes; most answers have fewer
_COMMAND = "import sys; sys.path[:] = sys.argv[2:]; from docspasta_mcp.extract.worker_process import main; main()"


class BrokenWorker(Exception):
    """A worker process ended before it answered."""


class WorkerProcess:
    """One process."""

    def __init__(self, channel: socket.socket) -> None:
        """Take the socket that it answers on; `opened` makes one that is ready."""
        channel.setblocking(False)
        self._channel = channel
        self._process_id = 0

    async def opened(self) -> Self:
        """Wait until the process answers.

        Raises:
            BrokenWorker: it does not.
        """
        try:
            with anyio.fail_after(_START_S):
                head = bytearray()
                await self._receive(head, HEAD.size)
                (self._process_id,) = HEAD.unpack(head)
        except OSError as error:  # a timeout is one
            self.kill()
            raise BrokenWorker from error
        except BaseException:
            self.kill()
            raise
        _alive.add(self)
        return self

    async def call(self, request: bytes) -> tuple[bool, Any]:
        """Have a pickled function called; return whether it came to an end, and what it returned or raised.

        Raises:
            BrokenWorker: the process has ended.
        """
        loop = asyncio.get_running_loop()
        try:
            await loop.sock_sendall(self._channel, HEAD.pack(len(request)) + request)
            answer = bytearray()
            await self._receive(answer, HEAD.size)
            (length,) = HEAD.unpack_from(answer)
            await self._receive(answer, HEAD.size + length)
        except OSError as error:
            raise BrokenWorker from error
        return pickle.loads(memoryview(answer)[HEAD.size :])  # noqa: S301  # of our own process

    async def copied(self) -> "WorkerProcess":
        """Return a copy of this process, which must be idle.

        Raises:
            BrokenWorker: there is none.
        """
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                socket.send_fds(self._channel, [HEAD.pack(0)], [theirs.fileno()])
            except OSError as error:
                ours.close()
                raise BrokenWorker from error
        return await WorkerProcess(ours).opened()

    @property
    def is_there(self) -> bool:
        """Whether the process still answers; to ask while it is idle."""
        try:
            return bool(self._channel.recv(1, socket.MSG_PEEK))
        except BlockingIOError:
            return True
        except OSError:
            return False

    def kill(self) -> None:
        """End the process at once, unless it has ended: its number may be another's by now."""
        is_there = self.is_there
        self._channel.close()
        _alive.discard(self)
        if self._process_id and is_there:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._process_id, signal.SIGKILL)

    async def _receive(self, data: bytearray, size: int) -> None:
        """Add to `data` what comes, until it has its size."""
        loop = asyncio.get_running_loop()
        while len(data) < size:
            piece = await loop.sock_recv(self._channel, _PIECE)
            if not piece:
                raise BrokenWorker
            data += piece


_idle: list[WorkerProcess] = []
_alive: WeakSet[WorkerProcess] = WeakSet()
_started: list[subprocess.Popen[bytes]] = []


async def call(work: Callable[[], T]) -> T:
    """Call a function that can be pickled in a process of its own, and kill it if this call is cancelled.

    Raises:
        BrokenWorker: the process ended before it answered.
    """
    if sys.platform == "win32":
        try:
            return await anyio.to_process.run_sync(work, cancellable=True, limiter=anyio.CapacityLimiter(1))
        except anyio.BrokenWorkerProcess as error:
            raise BrokenWorker from error
    request = pickle.dumps(work, pickle.HIGHEST_PROTOCOL)
    worker = _take() or await _start()
    try:
        has_ended, value = await worker.call(request)
    except BaseException:
        worker.kill()
        raise
    _idle.append(worker)
    if not has_ended:
        raise value
    return value


async def copy_idle(count: int) -> None:
    """Copy an idle process, if there is one, until so many are idle."""
    worker = _take()
    if worker is None:
        return
    with contextlib.suppress(BrokenWorker):  # whoever needs another starts one
        try:
            while len(_idle) + 1 < count:
                _idle.append(await worker.copied())
        finally:
            _idle.append(worker)


def _take() -> WorkerProcess | None:
    """Return an idle process, the one that worked last; None if there is none."""
    while _idle:
        worker = _idle.pop()
        if worker.is_there:
            return worker
        worker.kill()
    return None


async def _start() -> WorkerProcess:
    ours, theirs = socket.socketpair()
    with theirs:
        command = [sys.executable, "-c", _COMMAND, str(theirs.fileno()), *sys.path]
        nothing = subprocess.DEVNULL
        start = partial(
            subprocess.Popen[bytes], command, pass_fds=[theirs.fileno()], stdin=nothing, stdout=nothing, stderr=nothing
        )
        _started[:] = [one for one in _started if one.poll() is None]
        _started.append(await anyio.to_thread.run_sync(start))
    return await WorkerProcess(ours).opened()


@atexit.register
def _end() -> None:
    """Kill all of them when this process ends."""
    for worker in list(_alive):
        worker.kill()
    for process in _started:
        process.kill()
        process.wait()
