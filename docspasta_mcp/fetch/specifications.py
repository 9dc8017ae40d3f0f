"""Fetch an API specification with the files that it refers to, once for all of its pages.

Each process keeps the files of the last few specifications; the key names the job, so that no crawl reads another's.
"""

from collections.abc import Callable
from dataclasses import dataclass

from docspasta_mcp.errors import PageRefused
from docspasta_mcp.extract.worker_tasks import referred_files
from docspasta_mcp.extract.workers import Workers
from docspasta_mcp.fetch.fetcher import Fetched, Fetcher, accept_anything
from docspasta_mcp.model.specification import may_be_specification
from docspasta_mcp.urls import origin_of

MAX_FILES = 200  # that one specification refers to, directly or not
MAX_BYTES = 20_000_000  # of all of them together
MAX_KEPT = 4  # specifications of up to the largest page's size


@dataclass(frozen=True, slots=True)
class Specification:
    """A specification: the file as it came, and the bodies of the files it refers to by their URLs."""

    fetched: Fetched
    others: tuple[tuple[str, bytes], ...] = ()

    @property
    def body(self) -> bytes:
        """All that its pages depend on."""
        return b"\n".join((self.fetched.body, *(body for _, body in self.others)))


class Specifications:
    """Fetches specifications."""

    def __init__(self, fetcher: Fetcher, workers: Workers) -> None:
        self._fetcher = fetcher
        self._workers = workers
        self._kept: dict[tuple[str, str], Specification] = {}

    def kept(self, job_id: str, file: str) -> Specification | None:
        """Return a specification that this process has fetched for the same job."""
        return self._kept.get((job_id, file))

    async def gather(
        self,
        fetched: Fetched,
        *,
        file: str,
        job_id: str,
        allow_private: tuple[str, ...],
        may_enter: Callable[[str], bool],
    ) -> Specification | None:
        """Return the specification that a fetched file is; None if it is something else.

        Only files of its own origin are fetched with it; what cannot be had is missing in its pages, which say so.

        Args:
            fetched: the file.
            file: the URL that was asked for, whether or not it redirects.
            job_id: of the job that reads it.
            allow_private: the operator's opt-ins.
            may_enter: tells of a URL whether robots.txt allows it.

        Raises:
            PageRefused: it looks like a specification and cannot be parsed.
            PageUnreachable: a file may be had later.
        """
        if not may_be_specification(fetched.url, fetched.content_type):
            return None
        waiting = await self._workers.run(referred_files, fetched.body, fetched.url, fetched.charset, is_root=True)
        if waiting is None:
            return None
        others: dict[str, bytes] = {}
        known, size = {fetched.url, *waiting}, 0
        while waiting and len(others) < MAX_FILES and size < MAX_BYTES:
            url = waiting.pop(0)
            if origin_of(url) != origin_of(fetched.url) or not may_enter(url):
                continue
            try:
                found = await self._fetcher.fetch(
                    url, allow_private=allow_private, accepts=accept_anything, may_follow=may_enter
                )
                more = await self._workers.run(referred_files, found.body, url, found.charset)
            except PageRefused:
                continue
            others[url] = found.body
            size += len(found.body)
            waiting += [one for one in more or () if one not in known]
            known.update(more or ())
        specification = Specification(fetched, tuple(others.items()))
        while len(self._kept) >= MAX_KEPT:
            self._kept.pop(next(iter(self._kept)))
        self._kept[job_id, file] = specification
        return specification
