"""Answer one question of the Python API: a JSON object on stdin, a line of JSON and a document on stdout.

Run as `python -m docspasta_mcp.cli.answer` by `docspasta_mcp.api`, in a process that ends with the answer.
"""

import json
import os
import sys
from typing import Any

import anyio

from docspasta_mcp.cli.named import as_address, manual_named, may_be_path, neither, part_of
from docspasta_mcp.errors import ConfigError, DocspastaError, JobNotFound, ResultNotReady
from docspasta_mcp.jobs.selection import ALL, Choice
from docspasta_mcp.jobs.service import OwnerJobs
from docspasta_mcp.jobs.status import JobStatus
from docspasta_mcp.model.job import JobState
from docspasta_mcp.queue.operator import is_paused
from docspasta_mcp.server.wiring import open_node, running_node
from docspasta_mcp.settings import Settings
from docspasta_mcp.telemetry import configure_logging
from docspasta_mcp.wording import AT_THE_DOOR, TERMINAL

_ROUND_S = 10.0  # how soon a crawl that stands still asks whether the queue is paused


async def answer(question: dict[str, Any], settings: Settings) -> None:
    """Write a job's document, after crawling if the question names a URL.

    Raises:
        DocspastaError: there is none, and why.
    """
    AT_THE_DOOR.set(TERMINAL)
    if "job_id" in question:
        async with open_node(settings) as node:
            job_id = manual_named(question["job_id"], node.engine.folders)
            try:
                await _write(node.jobs, await node.jobs.status(job_id))
            except JobNotFound:
                raise JobNotFound(question["job_id"]) from None
        return
    url, max_pages = question["url"], question["max_pages"]
    async with running_node(settings) as node:
        with as_address(url):
            started = await node.jobs.start(**question)
        status, choice, told = await _ended(node.jobs, started.job_id, settings), ALL, ""
        if status.seed_fault == "dns" and not status.done and may_be_path(url):
            raise ResultNotReady(neither(url))
        if started.reused and status.done and max_pages is not None:
            choice, told = await part_of(node, status, url, max_pages)
        await _write(node.jobs, status, choice, told)


async def _ended(jobs: OwnerJobs, job_id: str, settings: Settings) -> JobStatus:
    before, status = None, await jobs.wait(job_id, 0)
    while status.state is JobState.RUNNING:
        if before == status.pending and await is_paused(settings):
            raise ConfigError(
                f"The queue is paused: `docspasta-mcp resume` lets job {job_id} go on; read_document reads it then."
            )
        before, status = status.pending, await jobs.wait(job_id, _ROUND_S)
    return status


async def _write(jobs: OwnerJobs, status: JobStatus, choice: Choice = ALL, told: str = "") -> None:
    parts = await jobs.document(status.job_id, choice)  # raises if there is no page
    head = {
        "job_id": status.job_id,
        "state": status.state,
        "reason": status.reason,
        "url": status.seed_url,
        "done": status.done,
        "skipped": status.skipped,
        "failed": status.failed,
        "notes": [told, *status.notes] if told else status.notes,
    }
    sys.stdout.buffer.write(json.dumps(head).encode() + b"\n")
    async for part in parts:
        sys.stdout.buffer.write(part.encode())
    sys.stdout.buffer.flush()


def main() -> None:
    """Answer the question on stdin."""
    question = json.load(sys.stdin)
    try:
        loaded = Settings.load(os.environ)
        configure_logging(level="WARNING", log_format=loaded.settings.log_format)
        anyio.run(answer, question, loaded.settings)
    except* DocspastaError as group:
        error: BaseException = group
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        sys.stdout.write(json.dumps({"error": type(error).__name__, "message": str(error)}) + "\n")


if __name__ == "__main__":
    main()
