"""Fetch an API specification with the files that it refers to, or a book, once for all of its pages.

Each process keeps the files of the last specifications; the key names the job, so that no crawl reads another's. The
files are asked for in their site's turn and with its pauses, within a time; those that it is too short for are missing.
What was fetched by a try that came to nothing is not asked for again by the next.
"""

from collections.abc import Callable
from dataclasses import dataclass

import anyio

from docspasta_mcp.errors import PageRefused
from docspasta_mcp.extract.worker_tasks import referred_files
from docspasta_mcp.extract.workers import Workers
from docspasta_mcp.fetch.fetcher import Fetched, Fetcher, accept_anything
from docspasta_mcp.fetch.pauses import pausing
from docspasta_mcp.fetch.politeness import Politeness
from docspasta_mcp.model.specification import may_be_specification
from docspasta_mcp.runtime.bounded_cache import BoundedCache
from docspasta_mcp.urls import origin_of

MAX_FILES = 200  # that one specification refers to, directly or not
MAX_BYTES = 20_000_000  # of all of them together
MAX_KEPT = 200_000_000  # bytes of all specifications that are kept, as many as crawls that take turns
_MAX_BEGUN = 10  # specifications whose files a try has begun to fetch
GATHER_S = 90.0  # for all files of one specification: its delivery has two minutes


@dataclass(frozen=True, slots=True)
class Specification:
    """A specification: the file as it came, and the bodies of the files it refers to by their URLs; or a book."""

    fetched: Fetched
    others: tuple[tuple[str, bytes], ...] = ()
    is_book: bool = False

    @property
    def body(self) -> bytes:
        """All that its pages depend on."""
        return b"\n".join((self.fetched.body, *(body for _, body in self.others)))


class Specifications:
    """Fetches specifications."""

    def __init__(self, fetcher: Fetcher, workers: Workers, politeness: Politeness) -> None:
        self._fetcher = fetcher
        self._workers = workers
        self._politeness = politeness
        self._kept = BoundedCache[tuple[str, str], Specification](MAX_KEPT)
        self._begun = BoundedCache[tuple[str, str], dict[str, Fetched]](_MAX_BEGUN)

    def kept(self, job_id: str, file: str) -> Specification | None:
        """Return a specification that this process has fetched for the same job."""
        return self._kept.get((job_id, file))

    def keep_book(self, job_id: str, file: str, fetched: Fetched) -> Specification:
        """Return a book that is read by its chapters, and keep it for them."""
        book = Specification(fetched, is_book=True)
        self._kept.put((job_id, file), book, len(fetched.body))
        return book

    async def gather(
        self,
        fetched: Fetched,
        *,
        file: str,
        job_id: str,
        allow_private: tuple[str, ...],
        may_enter: Callable[[str], bool],
        delay_s: float = 0,
    ) -> Specification | None:
        """Return the specification that a fetched file is; None if it is something else.

        Only files of its own origin are fetched with it; what cannot be had is missing in its pages, which say so.

        Args:
            fetched: the file.
            file: the URL that was asked for, whether or not it redirects.
            job_id: of the job that reads it.
            allow_private: the operator's opt-ins.
            may_enter: tells of a URL whether robots.txt allows it.
            delay_s: between two requests.

        Raises:
            PageRefused: it looks like a specification and cannot be parsed.
            PageUnreachable: a file may be had later.
        """
        if not may_be_specification(fetched.url, fetched.content_type):
            return None
        waiting = await self._workers.run(referred_files, fetched.body, fetched.url, fetched.charset, is_root=True)
        if waiting is None:
            return None
        begun = self._begun.get((job_id, file)) or {}
        self._begun.put((job_id, file), begun)
        others: dict[str, bytes] = {}

        async def ask(url: str) -> Fetched:
            if url not in begun:
                async with self._politeness.turn(origin_of(url)):
                    begun[url] = await self._fetcher.fetch(
                        url, allow_private=allow_private, accepts=accept_anything, may_follow=may_enter
                    )
            return begun[url]

        known, size = {fetched.url, *waiting}, 0
        with anyio.move_on_after(GATHER_S), pausing(delay_s):
            while waiting and len(others) < MAX_FILES and size < MAX_BYTES:
                url = waiting.pop(0)
                if origin_of(url) != origin_of(fetched.url) or not may_enter(url):
                    continue
                try:
                    found = await ask(url)
                    more = await self._workers.run(referred_files, found.body, url, found.charset)
                except PageRefused:
                    continue
                others[url] = found.body
                size += len(found.body)
                waiting += [one for one in more or () if one not in known]
                known.update(more or ())
        self._begun.drop((job_id, file))
        specification = Specification(fetched, tuple(others.items()))
        self._kept.put((job_id, file), specification, size + len(fetched.body))
        return specification
