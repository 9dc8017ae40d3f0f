"""What a caller can read: how far a crawl is, its document in parts or whole, its coverage. The owner is checked.

Only results carry text. What searches or exports is imported by the questions that need it, since most processes ask
few of them.
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import TYPE_CHECKING

from docspasta_mcp.document.slices import DEFAULT_TOKENS, ResultFormat, Slice
from docspasta_mcp.errors import InvalidRequest, JobNotFound
from docspasta_mcp.jobs.library import OwnerLibrary
from docspasta_mcp.jobs.selection import ALL, Choice, selected
from docspasta_mcp.jobs.status import JobStatus, job_status
from docspasta_mcp.model.job import Job

if TYPE_CHECKING:
    from docspasta_mcp.document.export.files import Chunk
    from docspasta_mcp.document.search.meaning import Meaning
    from docspasta_mcp.jobs.export import ExportKind
    from docspasta_mcp.store import Store


class OwnerReading:
    """What one owner reads of their jobs."""

    def __init__(self, owner: str, *, store: "Store", retention_days: float, meaning: "Meaning | None" = None) -> None:
        self._owner = owner
        self._store = store
        self._meaning = meaning
        self.library = OwnerLibrary(owner, store=store, retention_days=retention_days, meaning=meaning)

    async def status(self, job_id: str) -> JobStatus:
        """Tell how far a job is.

        Raises:
            JobNotFound: the owner has no such job.
        """
        found = await self._store.jobs.progress(job_id, owner=self._owner)
        if found is None:
            job = await self.library.job(job_id, newest=True)
            found = await self._store.jobs.progress(job.id, owner=self._owner)
        if found is None:
            raise JobNotFound(job_id)
        return job_status(*found, now=self._store.clock())

    async def result(
        self,
        job_id: str,
        *,
        cursor: str | None = None,
        max_tokens: int = DEFAULT_TOKENS,
        result_format: ResultFormat = "markdown",
        choice: Choice = ALL,
    ) -> Slice:
        """Return the next part of a job's document, of its list of contents, or its coverage report.

        Args:
            job_id: the job.
            cursor: from the part before; None begins at the start.
            max_tokens: the size of the whole answer.
            result_format: see `read_result`.
            choice: some of the pages, or the best sections for a question.

        Raises:
            JobNotFound: the owner has no such job.
            InvalidCursor: the cursor is not one of this job.
            InvalidRequest: `max_tokens` is out of its range, or the choice makes no sense.
            ResultNotReady: there is no page yet, or there never will be.
        """
        from docspasta_mcp.jobs.results import read_result  # noqa: PLC0415

        choice.check(result_format, cursor)
        job = await self._job(job_id)
        part = await read_result(
            self._store,
            job,
            cursor=cursor,
            max_tokens=max_tokens,
            result_format=result_format,
            choice=choice,
            meaning=self._meaning,
        )
        is_nothing = bool(choice.query) and part.pages > 0 and not part.first
        others = await self.library.others_with(choice.query, job) if is_nothing else ""
        return replace(part, text=f"{part.text}\n{others}") if others else part

    async def document(self, job_id: str, choice: Choice = ALL, *, max_tokens: int | None = None) -> AsyncIterator[str]:
        """Return the whole document in parts, or what is chosen of it; see `markdown_document`.

        Args:
            job_id: the job.
            choice: some of the pages, or the best sections for a question.
            max_tokens: of the sections for a question, `DEFAULT_TOKENS` if None; anything else comes whole.

        Raises:
            JobNotFound: the owner has no such job.
            InvalidRequest: the choice makes no sense, or `max_tokens` is given without a question.
            ResultNotReady: there is no page yet, or there never will be.
        """
        if max_tokens is not None and not (choice.query or choice.at):
            raise InvalidRequest(
                "max_tokens is for a query's answer: give a query too, or leave it out, since all else comes whole."
            )
        job = await self._job(job_id)
        from docspasta_mcp.jobs.results import unchanged  # noqa: PLC0415

        if line := unchanged(job, choice):
            return in_one_part(f"{line}\n")
        if choice.query or choice.at:
            size = DEFAULT_TOKENS if max_tokens is None else max_tokens
            part = await self.result(job.id, choice=choice, max_tokens=size)
            return in_one_part(f"{part.text}\n")
        from docspasta_mcp.jobs.export import markdown_document  # noqa: PLC0415

        return await markdown_document(self._store, job, await selected(self._store, job, choice))

    async def unchanged(self, job_id: str, choice: Choice) -> str:
        """Return a line that says so if a job's document still has the hash that a choice names; else nothing.

        Raises:
            JobNotFound: the owner has no such job.
        """
        from docspasta_mcp.jobs.results import unchanged  # noqa: PLC0415

        return unchanged(await self._job(job_id), choice)

    async def coverage(self, job_id: str) -> str:
        """Return a job's coverage report; see `coverage_report`.

        Raises:
            JobNotFound: the owner has no such job.
        """
        from docspasta_mcp.jobs.coverage import read_coverage  # noqa: PLC0415

        return await read_coverage(self._store, await self._job(job_id))

    async def json_document(self, job_id: str) -> AsyncIterator[str]:
        """Return one JSON object in parts: `job`, `coverage` and `pages`; see `json_document` of `export`.

        Raises:
            JobNotFound: the owner has no such job.
        """
        from docspasta_mcp.jobs.export import json_document  # noqa: PLC0415

        job = await self._job(job_id)
        return await json_document(self._store, job, await self.status(job.id))

    async def export(self, job_id: str, kind: "ExportKind") -> "AsyncIterator[Chunk]":
        """Return a finished job's document in a form that other programs read, as chunks of its files.

        Raises:
            JobNotFound: the owner has no such job.
            ResultNotReady: it is running, or has no page.
        """
        from docspasta_mcp.jobs.export import export  # noqa: PLC0415

        return await export(self._store, await self._job(job_id), kind)

    async def contents(self, job_id: str, choice: Choice = ALL) -> str:
        """Return the document's list of contents, or what is chosen of it.

        Raises:
            JobNotFound: the owner has no such job.
            InvalidRequest: the choice makes no sense.
        """
        from docspasta_mcp.jobs.export import list_of_contents  # noqa: PLC0415

        choice.check("map")
        job = await self._job(job_id)
        return await list_of_contents(self._store, job, await selected(self._store, job, choice))

    async def _job(self, job_id: str) -> Job:
        """Return a job whose document is about to be read, and record the read."""
        job = await self.library.job(job_id)
        await self.library.use([job])
        return job


async def in_one_part(text: str) -> AsyncIterator[str]:
    """Yield a text, for whoever takes documents in parts."""
    yield text
