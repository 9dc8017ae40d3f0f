"""The commands about jobs: list them, show one, print its document, stop it, retry what failed of it, delete it."""

import sys
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from docspasta_mcp.cli.arguments import JobId, Output
from docspasta_mcp.cli.run import kept, read_settings, run, with_jobs, with_node
from docspasta_mcp.model.counted import counted

if TYPE_CHECKING:
    from docspasta_mcp.settings import Settings


def jobs() -> None:
    """List the newest jobs."""
    from docspasta_mcp.cli import output as terminal  # noqa: PLC0415

    run(with_node(terminal.list_jobs, tells_stranded=True), read_settings(log_level="WARNING"))


def status(job_id: JobId) -> None:
    """Show how far a job is."""
    from docspasta_mcp.cli import output as terminal  # noqa: PLC0415

    show = with_jobs(lambda jobs: terminal.show_status(jobs, job_id), tells_stranded=True)
    run(show, read_settings(log_level="WARNING"))


def result(
    job_id: JobId,
    output: Output = None,
    output_format: Annotated[
        Literal["markdown", "map", "json", "coverage"], typer.Option("--format", help="What to print.")
    ] = "markdown",
    query: Annotated[str, typer.Option(help="Only the passages that answer this question best.")] = "",
    page: Annotated[
        list[str] | None,
        typer.Option(metavar="PAGE", help="Only this page, by number, range, URL or title; repeatable."),
    ] = None,
    since: Annotated[str, typer.Option(help="Only what is new since this corpus_hash.")] = "",
    if_not_hash: Annotated[str, typer.Option(help="Only a word if the content still is this corpus_hash.")] = "",
    at: Annotated[str, typer.Option(help="Read on from a page's heading, as in 12#transactions.")] = "",
    max_tokens: Annotated[
        int | None, typer.Option(help="Size of what --query prints, 500 to 20000; 8000 if not given.")
    ] = None,
    cursor: Annotated[
        str, typer.Option(help="Go on after what --at, or the same --query, printed, by its cursor.")
    ] = "",
) -> None:
    """Print a job's document, or what is chosen of it."""
    from docspasta_mcp.cli import output as terminal  # noqa: PLC0415
    from docspasta_mcp.jobs.selection import Choice  # noqa: PLC0415

    async def work(jobs: Any) -> None:
        choice = Choice(tuple(page or ()), query, since, if_not_hash, at)
        await terminal.write_result(
            jobs, job_id, output_format, output, choice=choice, max_tokens=max_tokens, cursor=cursor
        )

    run(with_jobs(work), read_settings(log_level="WARNING"))


def cancel(job_id: JobId) -> None:
    """Stop a running job; what it has so far stays readable."""
    from docspasta_mcp.cli import output as terminal  # noqa: PLC0415

    async def work(jobs: Any) -> None:
        before = await jobs.status(job_id)
        status = await jobs.cancel(before.job_id)
        terminal.print_status(status)
        had_ended = before.state != "running"
        kept = f"; {counted(status.done, 'page')} can be read" if status.done else ""
        done = f"had ended already: it is {status.state}" if had_ended else f"is {status.state}"
        sys.stderr.write(f"job {status.job_id} {done}{kept}\n")

    run(with_jobs(work), read_settings(log_level="WARNING"))


def retry(
    job_id: JobId,
    url: Annotated[str, typer.Argument(help="Only this page; all that failed if left out.")] = "",
) -> None:
    """Try the pages of a job that failed again, or one of them. The site is asked for nothing else."""
    from docspasta_mcp.cli import output as terminal  # noqa: PLC0415
    from docspasta_mcp.queue.operator import is_paused  # noqa: PLC0415
    from docspasta_mcp.server.wiring import running_node  # noqa: PLC0415

    running: list[str] = []

    async def work(settings: "Settings") -> int:
        async with running_node(settings) as node:
            begun = await node.jobs.retry(job_id, url)
            running.append(begun.job_id)
            sys.stderr.write(f"job {begun.job_id}: {counted(begun.pending, 'page')} to read\n")
            status = await terminal.watch(node.jobs, begun.job_id, is_paused=lambda: is_paused(settings))
            running.clear()
            terminal.summarise(status, node.engine.folders.known_as(status.seed_url))
            return 1 if status.failed > begun.failed else 0

    raise typer.Exit(run(work, read_settings(log_level="WARNING"), interrupted=lambda: "".join(map(kept, running))))


def delete(job_id: JobId) -> None:
    """Delete a job, running or not, with all its pages."""

    async def work(node: Any) -> None:
        status = await node.jobs.status(job_id)
        manual = await node.jobs.library.holding(status.job_id)
        was = next(one for one in manual.editions if one.job_id == status.job_id)
        left = [one for one in manual.editions if one is not was and one.is_readable]
        await node.jobs.delete(status.job_id)
        place = node.engine.folders.known_as(status.seed_url)
        pinned = ", which was pinned" if was.is_pinned else ""
        sys.stderr.write(f"deleted job {status.job_id} of {place}, {counted(status.done, 'page')}{pinned}\n")
        if left:
            others = counted(len(left), "other crawl of it is", "other crawls of it are")
            sys.stderr.write(f"{others} kept: {', '.join(one.job_id for one in left)}\n")

    run(with_node(work), read_settings(log_level="WARNING"))
