"""Bound the memory of a browser's processes: one that takes too much is ended, and with it the page that it shows."""

import contextlib
import os
import signal
import sys
from pathlib import Path

import anyio

from docspasta_mcp.fetch.browser.devtools import BrowserSession

MAX_MEMORY = 1_000_000_000  # bytes of one process; a usual page takes a tenth
LOOK_EVERY_S = 0.2


class MemoryWatch:
    """Watches the processes of one browser. Only Linux says cheaply what they take; elsewhere V8's own bound holds."""

    def __init__(self, session: BrowserSession) -> None:
        """Prepare; `session` is the browser's."""
        self._session = session
        self._ended_at = float("-inf")

    @property
    def has_just_ended_one(self) -> bool:
        """Whether a process was ended in the last seconds."""
        return anyio.current_time() - self._ended_at < 3

    async def run(self) -> None:
        """Watch, until cancelled."""
        while sys.platform == "linux":
            await anyio.sleep(LOOK_EVERY_S)
            found = await self._session.send("SystemInfo.getProcessInfo")
            for process in found["processInfo"]:
                if _memory_of(process["id"]) > MAX_MEMORY:
                    self._ended_at = anyio.current_time()
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(process["id"], signal.SIGKILL)


def _memory_of(process: int) -> int:
    """Return what a process holds in memory (proc(5), statm), 0 if it is no more or no browser's."""
    if sys.platform != "linux":
        return 0
    try:
        if b"-type=" not in Path(f"/proc/{process}/cmdline").read_bytes():
            return 0  # the first process, which shows no page
        return int(Path(f"/proc/{process}/statm").read_bytes().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError, ValueError):
        return 0
