"""The command `crawl`: a site, or a folder of this machine, which only its terminal may name by a path."""

import sys
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from docspasta_mcp.cli.arguments import Output
from docspasta_mcp.cli.crawl_options import (
    DelaySeconds,
    Exclude,
    Include,
    IncludeHost,
    MaxDepth,
    MaxPages,
    NotifyUrl,
    QualityThreshold,
    Render,
    Scope,
    Version,
)
from docspasta_mcp.cli.named import as_address, may_be_path, neither, part_of, path_named
from docspasta_mcp.cli.run import kept, read_settings, run

if TYPE_CHECKING:
    from docspasta_mcp.settings import Settings


def crawl(
    url: Annotated[
        str,
        typer.Argument(
            metavar="URL|PATH",
            help="Any page of the documentation, best its start page; or a folder, archive or file on this machine.",
        ),
    ],
    output: Output = None,
    output_format: Annotated[
        Literal["markdown", "map", "json", "coverage"], typer.Option("--format", help="What to print.")
    ] = "markdown",
    max_pages: MaxPages = None,
    max_depth: MaxDepth = None,
    include: Include = None,
    exclude: Exclude = None,
    scope: Scope = "auto",
    include_host: IncludeHost = None,
    version: Version = "",
    quality_threshold: QualityThreshold = None,
    delay_seconds: DelaySeconds = 0,
    render: Render = None,
    force_refresh: Annotated[
        bool, typer.Option("--force-refresh", help="Fetch every page anew though a fresh result exists.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would be crawled, as JSON.")] = False,
    notify_url: NotifyUrl = "",
) -> None:
    """Crawl a site or a folder, and print it as one Markdown document."""
    from docspasta_mcp.cli import output as terminal  # noqa: PLC0415
    from docspasta_mcp.jobs.selection import ALL  # noqa: PLC0415
    from docspasta_mcp.model.folder import folder_url  # noqa: PLC0415
    from docspasta_mcp.queue.operator import is_paused  # noqa: PLC0415
    from docspasta_mcp.server.wiring import open_node, running_node  # noqa: PLC0415

    running: list[str] = []

    async def work(settings: "Settings") -> int:
        async with open_node(settings) if dry_run else running_node(settings) as node:
            path = path_named(url)
            seed = url if path is None else folder_url(node.engine.folders.open(path))
            with as_address(url):
                started = await node.jobs.start(
                    seed, max_pages=max_pages, max_depth=max_depth, include=include or (), exclude=exclude or (),
                    scope=scope, include_hosts=include_host or (), version=version, delay_seconds=delay_seconds,
                    quality_threshold=quality_threshold, render=render, force_refresh=force_refresh, dry_run=dry_run,
                    notify_url=notify_url,
                )  # fmt: skip
            if dry_run:
                return await terminal.write_preview(started, output)
            running.append(started.job_id)
            status = await terminal.follow(node, started, is_paused=lambda: is_paused(settings))
            running.clear()
            if status.done:
                choice = ALL
                if started.reused and max_pages is not None and output_format in ("markdown", "map"):
                    choice, told = await part_of(node, status, seed, max_pages)
                    sys.stderr.write(f"{told}\n" if told else "")
                await terminal.write_result(node.jobs, status.job_id, output_format, output, choice=choice)
            terminal.summarise(status, node.engine.folders.known_as(status.seed_url))
            if status.seed_fault == "dns" and may_be_path(url):
                sys.stderr.write(f"{neither(url)}\n")
            return terminal.exit_code_of(status)

    raise typer.Exit(run(work, read_settings(log_level="WARNING"), interrupted=lambda: "".join(map(kept, running))))
