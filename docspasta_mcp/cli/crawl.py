"""The command `crawl`: a site, or a folder of this machine, which only its terminal may name by a path."""

import contextlib
import os
import re
import sys
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal
from urllib.parse import unquote, urlsplit

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
from docspasta_mcp.cli.run import kept, read_settings, run
from docspasta_mcp.errors import InvalidSeedUrl
from docspasta_mcp.model.counted import counted
from docspasta_mcp.model.folder import PREFIX

_WORD = re.compile(r"[\w-]{1,63}")  # rather a name of a file that was mistyped than a host's

if TYPE_CHECKING:
    from docspasta_mcp.jobs.selection import Choice
    from docspasta_mcp.jobs.status import JobStatus
    from docspasta_mcp.server.wiring import Node
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
                return terminal.show_preview(started)
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


async def part_of(node: "Node", status: "JobStatus", seed: str, count: int) -> "tuple[Choice, str]":
    """Return what is wanted of a manual that was there already, no more pages than were asked for, and say so."""
    from docspasta_mcp.jobs.crawl_request import parsed_seed  # noqa: PLC0415
    from docspasta_mcp.jobs.selection import ALL, pages_from  # noqa: PLC0415

    if status.done <= count:
        return ALL, ""
    job = await node.jobs.library.job(status.job_id)
    choice = await pages_from(node.store, job, job.scope.normal(parsed_seed(seed)), count)
    first, _, last = str(choice.pages[0] if choice else "").partition("-")
    following = int(last) - int(first) if choice else 0
    after = f" and the {counted(following, 'page')} after it" if following else ""
    printed = f"the page that you named{after}" if choice else "all of them, since it has the page under another URL,"
    verb = "are" if following or not choice else "is"
    told = (
        f"The manual is there already, with {counted(status.done, 'page')}: {printed} {verb} printed. "
        f"docspasta-mcp result {job.id} prints it all."
    )
    return choice or ALL, told


def neither(text: str) -> str:
    """Say that an argument is neither a path nor a host."""
    return f"There is no file or folder {text!r:.200} here, and no host of this name."


def may_be_path(text: str) -> bool:
    """Tell whether somebody may have meant a path by an argument that was taken for an address."""
    return "://" not in text and not text.startswith(PREFIX) and path_named(text) is None


@contextlib.contextmanager
def as_address(text: str) -> Generator[None]:
    """Say that there is no such file either, where an argument without a scheme cannot be crawled as an address.

    Raises:
        InvalidSeedUrl: it cannot be crawled.
    """
    try:
        yield
    except InvalidSeedUrl as error:
        if not may_be_path(text):
            raise
        if _WORD.fullmatch(text):
            host = f"A host of your own network is given with its scheme, as in https://{text}/."
            raise InvalidSeedUrl(f"There is no file or folder {text!r:.200} here. {host}") from error
        raise InvalidSeedUrl(f"There is no file or folder {text!r:.200} here. As an address: {error}") from error


def path_named(text: str) -> Path | None:
    """Return the folder or archive of this machine that an argument names; None if it is an address."""
    if text.startswith("file://"):
        return Path(unquote(urlsplit(text).path))
    if "://" in text or text.startswith(PREFIX):
        return None
    looks_so = text.startswith(("/", "./", "../", "~", "\\")) or text in (".", "..")
    return Path(text) if looks_so or os.path.lexists(text) else None
