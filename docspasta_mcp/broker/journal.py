"""A SQLite file with one writer thread that commits what has queued up in one transaction.

A lasting commit waits for the disk (synchronous=FULL); grouping makes many callers share that wait. Each piece of
work still stands or falls alone: it runs in a savepoint, and its caller hears of it only after the commit. What does no
harm when a crash undoes it need not wait, nor be waited for: that a message is delivered, since it may be delivered
again. Such notes are written before the next work, so that whoever looks sees them, or all of a moment together.
"""

import asyncio
import contextlib
import logging
import sqlite3
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from filelock import FileLock, Timeout

from docspasta_mcp.broker.errors import BrokerBusy, BrokerUnusable
from docspasta_mcp.runtime.failpoints import failpoint
from docspasta_mcp.runtime.serial_thread import SerialThread, WorkItem

logger = logging.getLogger(__name__)

T = TypeVar("T")

MAX_GROUP = 256  # pieces of work a commit; more would only make the first one wait
NOTE_S = 0.1  # until a note is written for which no other work has come
_AGAIN_S = 5.0  # before the next try when the file cannot be written


@dataclass(frozen=True, slots=True)
class _Lasting:
    """Work whose commit must be on disk."""

    work: Callable[[sqlite3.Connection], Any]

    def __call__(self, connection: sqlite3.Connection) -> Any:
        return self.work(connection)


def _open(path: Path, schema: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA journal_mode=WAL")
        connection.executescript(schema)
    except sqlite3.DatabaseError:
        connection.close()
        raise
    return connection


class Journal:
    """The file, locked for this process until `close`."""

    def __init__(self, path: Path, schema: str) -> None:
        """Open or create the file.

        Raises:
            BrokerBusy: another process holds it.
            BrokerUnusable: it is damaged or cannot be written.
        """
        self._lock = FileLock(f"{path}.lock", mode=0o600, thread_local=False)
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            raise BrokerBusy(f"another process serves {path}") from None
        try:
            self._connection = _open(path, schema)
        except sqlite3.DatabaseError as error:
            self._lock.release()
            raise BrokerUnusable(f"{path} cannot be used: {error}.") from error
        self._is_full: bool | None = None
        self._notes: deque[Callable[[sqlite3.Connection], object]] = deque()
        self._writes_notes_soon = False
        self._notes_again_at = 0.0
        self._is_closed = False
        self._thread = SerialThread("broker-journal", self._commit, most=MAX_GROUP)

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` in the writer thread; return its value once it is on disk."""
        return await self._thread.run(_Lasting(work))

    async def run_lightly(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do the same for work that only reads, or that may be undone by a power cut, with all lighter work after it.

        The end of this process undoes nothing.
        """
        return await self._thread.run(work)

    @property
    def is_behind(self) -> bool:
        """Whether so many notes wait that nobody should leave further ones: the file may have no room for them."""
        return len(self._notes) >= MAX_GROUP

    def note(self, work: Callable[[sqlite3.Connection], object]) -> None:
        """Run `work` before any work that comes from now on, within `NOTE_S`; its caller is not told.

        Where the file has no room for it, it is tried again every few seconds, and other work comes before it.

        The end of this process may undo it; after `close`, nothing is noted.
        """
        if self._is_closed:
            return
        self._notes.append(work)
        self._write_notes_in(NOTE_S)

    def _write_notes_in(self, seconds: float) -> None:
        if not self._writes_notes_soon:
            self._writes_notes_soon = True
            asyncio.get_running_loop().call_later(seconds, self._write_notes)

    def _write_notes(self) -> None:
        self._writes_notes_soon = False
        if self._notes and not self._is_closed:
            asyncio.ensure_future(self.run_lightly(lambda _: None)).add_done_callback(self._look_at_notes)

    def _look_at_notes(self, written: "asyncio.Future[None]") -> None:
        if not written.cancelled() and (error := written.exception()) is not None:
            logger.error("❌ notes could not be written: %s", error)
        if self._notes:
            self._write_notes_in(_AGAIN_S)

    def close(self) -> None:
        """Finish what is queued, close the file and let another process have it."""
        self._is_closed = True
        self._thread.close()
        self._notes_again_at = 0.0
        self._commit_notes()
        self._notes.clear()
        self._connection.close()
        self._lock.release()

    def _commit(self, group: Sequence[WorkItem]) -> None:
        outcomes: list[tuple[object, BaseException | None]] = []
        self._commit_notes()
        try:
            self._wait_for_disk(any(isinstance(item.work, _Lasting) for item in group))
            self._connection.execute("BEGIN")
            outcomes.extend(self._attempt(item.work) for item in group)
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:  # the disk is full or gone: nobody in the group was served
            with contextlib.suppress(sqlite3.Error):
                self._connection.rollback()
            outcomes = [(None, error)] * len(group)
        for item, (result, failure) in zip(group, outcomes, strict=True):
            item.answer(result, failure)

    def _commit_notes(self) -> None:
        """Write the notes so far in one transaction; where the disk has no room for it, they wait for some seconds."""
        if time.monotonic() < self._notes_again_at:
            return
        notes = [self._notes.popleft() for _ in range(len(self._notes))]
        if not notes:
            return
        try:
            self._wait_for_disk(False)
            self._connection.execute("BEGIN")
            for _, error in map(self._attempt, notes):
                if error is not None:
                    logger.error("❌ a delivery could not be noted", exc_info=error)
            self._connection.execute("COMMIT")
            failpoint("broker.noted")
        except sqlite3.Error:
            logger.exception("❌ %d deliveries could not be noted; it is tried again", len(notes))
            self._notes_again_at = time.monotonic() + _AGAIN_S
            with contextlib.suppress(sqlite3.Error):
                self._connection.rollback()
            self._notes.extendleft(reversed(notes))

    def _wait_for_disk(self, is_full: bool) -> None:
        if is_full != self._is_full:
            self._connection.execute(f"PRAGMA synchronous={'FULL' if is_full else 'NORMAL'}")
            self._is_full = is_full

    def _attempt(self, work: Callable[[sqlite3.Connection], object]) -> tuple[object, BaseException | None]:
        self._connection.execute("SAVEPOINT work")
        try:
            result = work(self._connection)
        except Exception as error:  # handed to whoever asked for the work
            self._connection.execute("ROLLBACK TO work")
            self._connection.execute("RELEASE work")
            return None, error
        self._connection.execute("RELEASE work")
        return result, None
