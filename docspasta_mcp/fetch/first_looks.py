"""Keep the pages that were fetched for a crawl's first look at its site until their own steps come, a minute at most.

A site is then asked once for its front page, for those that were looked into to find out what the manual is, and for
Markdown files that were compared. Each is for one job alone and handed over once; another process, a later try and a
recrawl ask the site.
"""

import contextlib
import time
from collections.abc import Callable, Generator
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from docspasta_mcp.fetch.fetcher import Fetched

MAX_KEPT_BYTES = 16_000_000  # of all jobs together; the oldest go first
MAX_AGE_S = 60.0

_job_id: ContextVar[str] = ContextVar("first look for", default="")


@contextlib.contextmanager
def first_look_of(job_id: str) -> Generator[None]:
    """Keep the pages that are fetched inside for a job."""
    token = _job_id.set(job_id)
    try:
        yield
    finally:
        _job_id.reset(token)


class FirstLooks:
    """Pages of first looks by job and URL."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._pages: dict[tuple[str, str], tuple[float, Fetched]] = {}
        self._bytes = 0

    def keep(self, fetched: "Fetched") -> None:
        """Keep a page, if this is a job's first look."""
        if job_id := _job_id.get():
            self.take(job_id, fetched.url)
            self._pages[job_id, fetched.url] = self._clock() + MAX_AGE_S, fetched
            self._bytes += len(fetched.body)
            while self._bytes > MAX_KEPT_BYTES or self._is_oldest_stale():
                self.take(*next(iter(self._pages)))

    def take(self, job_id: str, url: str) -> "Fetched | None":
        """Return a page that was kept for a job, for the first time only."""
        until, fetched = self._pages.pop((job_id, url), (0.0, None))
        self._bytes -= len(fetched.body) if fetched else 0
        return fetched if until > self._clock() else None

    def _is_oldest_stale(self) -> bool:
        oldest = next(iter(self._pages.values()), None)
        return oldest is not None and oldest[0] <= self._clock()
