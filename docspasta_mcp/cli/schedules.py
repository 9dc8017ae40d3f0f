"""The commands about schedules: crawl a site again and again, list what is, stop one."""

import sys
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Annotated, Any

import typer

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
from docspasta_mcp.cli.named import as_address, path_named, refuse_word
from docspasta_mcp.cli.rows import print_rows
from docspasta_mcp.cli.run import read_settings, run
from docspasta_mcp.errors import InvalidRequest

if TYPE_CHECKING:
    from docspasta_mcp.jobs.schedules import OwnerSchedules
    from docspasta_mcp.settings import Settings

schedules = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Crawls that are made again and again. Only changed pages are read.",
)


@schedules.command("add")
def schedule_add(
    url: Annotated[str, typer.Argument(help="Any page of the documentation, best its start page.")],
    cron: Annotated[
        str,
        typer.Option(
            help="When, in UTC: minute, hour, day, month, weekday, as in '0 3 * * 1', or 'CRON_TZ=ZONE 0 3 * * 1'."
        ),
    ],
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
    notify_url: NotifyUrl = "",
) -> None:
    """Crawl a site whenever a cron expression says so. A time that passed while nothing ran is made up for once."""

    async def work(schedules: "OwnerSchedules") -> None:
        if (path := path_named(url)) is not None:
            raise InvalidRequest(
                f"{url!r:.200} is on this machine. Give it a name for schedules, "
                f"DOCSPASTA_FOLDERS=NAME={path.expanduser().absolute()}, and add folder:NAME."
            )
        refuse_word(url)
        before = {one.id for one in await schedules.list()}
        with as_address(url):
            schedule = await schedules.add(
                url, cron, max_pages=max_pages, max_depth=max_depth, include=tuple(include or ()),
                exclude=tuple(exclude or ()), scope=scope, include_hosts=tuple(include_host or ()), version=version,
                quality_threshold=quality_threshold, delay_seconds=delay_seconds, render=render, notify_url=notify_url,
            )  # fmt: skip
        sys.stdout.write(f"{schedule.id}\n")
        begun = "was already" if schedule.id in before else "is from now on"
        sys.stderr.write(f"{schedule.url} {begun} crawled at {_when(schedule.cron)}, while docspasta-mcp runs.\n")

    run(_with_schedules(work), read_settings(log_level="WARNING"))


@schedules.command("list")
def schedule_list() -> None:
    """List the schedules, oldest first."""

    async def work(schedules: "OwnerSchedules") -> None:
        from docspasta_mcp.document.render import iso_time  # noqa: PLC0415

        found = await schedules.list()
        rows = [(one.id, _when(one.cron), iso_time(one.ran_at) if one.ran_at else "not yet", one.url) for one in found]
        print_rows([("schedule", "when", "last run", "URL"), *rows] if rows else [])
        if not rows:
            sys.stderr.write("There is no schedule: `docspasta-mcp schedule add URL --cron '0 3 * * 1'` adds one.\n")

    run(_with_schedules(work), read_settings(log_level="WARNING"))


@schedules.command("remove")
def schedule_remove(schedule_id: Annotated[str, typer.Argument(help="As `schedule list` prints it.")]) -> None:
    """Remove a schedule; crawls that it started go on."""

    async def work(schedules: "OwnerSchedules") -> None:
        await schedules.remove(schedule_id)
        sys.stderr.write(f"removed schedule {schedule_id}\n")

    run(_with_schedules(work), read_settings(log_level="WARNING"))


def _when(cron: str) -> str:
    """Return a cron expression with the time zone that it is in."""
    return cron if cron.startswith("CRON_TZ=") else f"{cron} (UTC)"


def _with_schedules(
    work: "Callable[[OwnerSchedules], Coroutine[Any, Any, None]]",
) -> "Callable[[Settings], Coroutine[Any, Any, None]]":
    from docspasta_mcp.model.owner import LOCAL_OWNER  # noqa: PLC0415
    from docspasta_mcp.server.wiring import open_node  # noqa: PLC0415

    async def opened(settings: "Settings") -> None:
        async with open_node(settings) as node:
            await work(node.schedules_of(LOCAL_OWNER))

    return opened
