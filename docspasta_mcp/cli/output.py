"""What a person at a terminal sees: progress, summaries and tables on stderr, documents on stdout."""

import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import anyio
from rich.console import Console

from docspasta_mcp.cli.rows import print_rows
from docspasta_mcp.document.slices import DEFAULT_TOKENS, ResultFormat
from docspasta_mcp.errors import InvalidRequest
from docspasta_mcp.fetch.unpack import is_archive
from docspasta_mcp.jobs.reading import in_one_part
from docspasta_mcp.jobs.selection import ALL, Choice
from docspasta_mcp.jobs.service import OwnerJobs
from docspasta_mcp.jobs.status import JobStatus, StartedCrawl
from docspasta_mcp.model.counted import counted
from docspasta_mcp.model.job import JobState

if TYPE_CHECKING:
    from docspasta_mcp.cli.convert import Conversion
    from docspasta_mcp.server.wiring import Node

Format = Literal["markdown", "map", "json", "coverage"]

SEED_MISSING = 3  # exit code: there is a document, but not the page that was named
_GOES_ON = "This crawl had begun before: what it has read is kept, and it goes on where it stopped."
_IS_FRESH = "This crawl was made already, and is fresh; --force-refresh fetches every page again."
_ROUND_S = 10.0  # how soon a crawl that stands still asks whether the queue is paused
_ERR = Console(stderr=True, highlight=False, emoji=False)


async def follow(node: "Node", started: StartedCrawl, *, is_paused: Callable[[], Awaitable[bool]]) -> JobStatus:
    """Say what a crawl reads, and show its progress until it ends."""
    seed = node.engine.folders.known_as(started.seed_url)
    _ERR.print(f"job {started.job_id}: reading {_in_words(started, seed)}", markup=False, soft_wrap=True)
    if started.reused:
        _ERR.print(_GOES_ON if started.state is JobState.RUNNING else _IS_FRESH, soft_wrap=True)
    return await watch(node.jobs, started.job_id, is_paused=is_paused)


async def watch(jobs: OwnerJobs, job_id: str, *, is_paused: Callable[[], Awaitable[bool]]) -> JobStatus:
    """Show a job's progress until it ends; say so, once, if the queue `is_paused`."""
    from rich.progress import (  # noqa: PLC0415  # no other command shows any
        BarColumn,
        MofNCompleteColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
    )

    others = [status for status in await jobs.list() if status.state is JobState.RUNNING]
    if len(others) > 1:
        go_on = counted(len(others) - 1, "other job goes", "other jobs go")
        _ERR.print(f"{go_on} on meanwhile: `docspasta-mcp jobs` lists all", soft_wrap=True)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=_ERR, transient=True) as progress:
        bar = progress.add_task("crawling", total=None)

        async def show(status: JobStatus) -> None:
            found = status.done + status.skipped + status.failed + status.pending
            text = f"{status.done} read, {status.skipped} skipped, {status.failed} failed"
            progress.update(bar, completed=found - status.pending, total=found or None, description=text)

        is_told, before = False, None
        status = await jobs.wait(job_id, 0)
        while status.state is JobState.RUNNING:
            stands_still = before is None or before.pending == status.pending
            if stands_still and not is_told and (is_told := await is_paused()):
                _ERR.print("The queue is paused: nothing is read until `docspasta-mcp resume`.", soft_wrap=True)
            before = status
            status = await jobs.wait(job_id, _ROUND_S, on_progress=show)
    return status


def _in_words(started: StartedCrawl, seed: str) -> str:
    """Say what is crawled to somebody who knows nothing of scopes."""
    from docspasta_mcp.jobs.crawl_request import UNTIL  # noqa: PLC0415

    if Path(seed).is_file() and not is_archive(seed):
        return seed
    if started.reused or not started.scope_reason.endswith(UNTIL):
        return f"the pages below {started.scope} ({started.scope_reason})"
    return f"the manual that {seed} belongs to, up to {counted(started.max_pages, 'page')}"


async def write_result(
    jobs: OwnerJobs,
    job_id: str,
    result_format: Format,
    output: Path | None,
    *,
    choice: Choice = ALL,
    max_tokens: int | None = None,
    cursor: str = "",
) -> None:
    """Write a job's document, or what is chosen of it, to a file or to stdout."""
    parts, more = await _parts(jobs, job_id, result_format, choice, max_tokens, cursor)
    await _write(parts, output, f" The job is kept: docspasta-mcp result {job_id} -o FILE")
    if more:
        _ERR.print(f"more: --cursor {more}", markup=False, soft_wrap=True)


async def _write(parts: AsyncIterator[str], output: Path | None, way_out: str = "") -> None:
    if output is None:
        async for part in parts:
            sys.stdout.write(part)
        sys.stdout.flush()
        return
    try:
        async with await anyio.open_file(output, "w", encoding="utf-8") as file:
            async for part in parts:
                await file.write(part)
    except OSError as error:
        raise InvalidRequest(f"{output} cannot be written: {error.strerror}.{way_out}") from None
    _ERR.print(f"wrote {output}", markup=False, soft_wrap=True)


def exit_code_of(status: JobStatus) -> int:
    """Return what a crawl that has ended exits with: 0, 1 without a document, 3 without the page that was named."""
    if not status.done:
        return 1
    return SEED_MISSING if status.seed_fault else 0


def summarise(status: JobStatus, seed: str) -> None:
    """Print one line about a job that has ended, and its notes; `seed` is what its caller calls its starting page."""
    _ERR.print(
        f"{status.state}: {counted(status.done, 'page')} done, {_missed(status)}; "
        f"{status.words:,} words, about {status.tokens:,} tokens, "
        f"{status.elapsed_seconds:.1f} s{f'. {status.reason}' if status.reason else ''}",
        markup=False,
        soft_wrap=True,
    )
    for note in status.notes:
        begins = f"{status.seed_url}, "
        said = f"{seed}, {note.removeprefix(begins)}" if note.startswith(begins) else note
        _ERR.print(f"note: {said}", markup=False, soft_wrap=True)


def _missed(status: JobStatus) -> str:
    """Return how many pages failed and were skipped, and the reasons behind what they are of: one of them, or both."""
    reasons = ", ".join(f"{count:,} {reason}" for reason, count in status.reasons.items())
    failed, skipped = f"{status.failed:,} failed", f"{status.skipped:,} skipped"
    if not reasons:
        return f"{failed}, {skipped}"
    if not status.skipped:
        return f"{failed} ({reasons}), {skipped}"
    return f"{failed}, {skipped} ({'of both: ' if status.failed else ''}{reasons})"


def write_converted(converted: "Sequence[Conversion]", output: Path | None, *, is_file: bool = False) -> int:
    """Write converted pages, say which could not be, and return the exit status.

    Args:
        converted: the pages.
        output: the folder where to; None for stdout.
        is_file: it is the file for the one page that there is.

    Raises:
        InvalidRequest: it cannot be written.
    """
    for page in converted:
        if page.reason:
            _ERR.print(f"{page.source.path or '-'}: {page.detail} ({page.reason})", markup=False, soft_wrap=True)
        elif output is None:
            sys.stdout.write(page.markdown if len(converted) == 1 else f"{page.markdown}\n")
        else:
            file = output if is_file else output / f"{page.source.name}.md"
            try:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(page.markdown, encoding="utf-8")
            except OSError as error:
                raise InvalidRequest(f"{file} cannot be written: {error.strerror}.") from None
    sys.stdout.flush()
    failed = sum(1 for page in converted if page.reason)
    if output is not None and not (is_file and failed):
        told = f"wrote {output}" if is_file else f"wrote {counted(len(converted) - failed, 'file')} to {output}"
        _ERR.print(told, markup=False, soft_wrap=True)
    return 1 if failed else 0


async def list_jobs(node: "Node") -> None:
    """Print the newest jobs as a table."""
    found = await node.jobs.list()
    if not found:
        _ERR.print("There is no job yet: `docspasta-mcp crawl URL` starts one.", markup=False, soft_wrap=True)
        return
    rows = [("job", "state", "done", "failed", "skipped", "tokens", "started", "URL")]
    for status in found:
        done, failed, skipped, tokens = (
            f"{value:,}" for value in (status.done, status.failed, status.skipped, status.tokens)
        )
        place = node.engine.folders.known_as(status.seed_url)
        rows.append((status.job_id, status.state, done, failed, skipped, tokens, status.created_at, place))
    print_rows(rows)


async def show_status(jobs: OwnerJobs, job_id: str) -> None:
    """Print how far a job is."""
    print_status(await jobs.status(job_id))


def print_status(status: JobStatus) -> None:
    """Print a job's status as JSON."""
    sys.stdout.write(status.model_dump_json(indent=2) + "\n")


async def write_preview(started: StartedCrawl, output: Path | None) -> int:
    """Write what a dry run saw as JSON to a file or to stdout; return the exit code."""
    await _write(in_one_part(started.model_dump_json(indent=2) + "\n"), output)
    return 0


async def _parts(
    jobs: OwnerJobs, job_id: str, result_format: Format, choice: Choice, max_tokens: int | None, cursor: str
) -> tuple[AsyncIterator[str], str]:
    """Return what is printed, and the cursor that leads on if there is more."""
    choice.check(result_format, cursor)
    if choice.query or choice.at or cursor:
        form: ResultFormat = "map" if result_format == "map" else "markdown"
        size = DEFAULT_TOKENS if max_tokens is None else max_tokens
        part = await jobs.result(job_id, cursor=cursor or None, max_tokens=size, result_format=form, choice=choice)
        return in_one_part(f"{part.text}\n"), part.next_cursor or ""
    if result_format == "markdown":
        return await jobs.document(job_id, choice, max_tokens=max_tokens), ""
    if max_tokens is not None:
        raise InvalidRequest("--max-tokens is for a query's answer: give a --query too, or leave it out.")
    if result_format == "json":
        return await jobs.json_document(job_id), ""
    text = await (jobs.contents(job_id, choice) if result_format == "map" else jobs.coverage(job_id))
    return in_one_part(text), ""
