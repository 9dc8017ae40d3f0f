"""The command `sync`: list the manuals of what a project has installed, and crawl those that are chosen."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from docspasta_mcp.cli.run import kept, read_settings, run
from docspasta_mcp.cli.sync.packages import Package
from docspasta_mcp.model.counted import counted

if TYPE_CHECKING:
    from docspasta_mcp.cli.sync.record import Entry
    from docspasta_mcp.settings import Settings


def sync(
    folder: Annotated[Path, typer.Argument(help="The project's folder.", exists=True, file_okay=False)] = Path(),
    crawl_all: Annotated[
        bool, typer.Option("--all", help="Crawl the manuals of all that the project asks for.")
    ] = False,
    only: Annotated[
        list[str] | None, typer.Option(metavar="PACKAGE", help="Crawl this package's manual; repeatable.")
    ] = None,
    indirect: Annotated[
        bool, typer.Option("--indirect", help="List what is installed for other packages too.")
    ] = False,
    max_pages: Annotated[int | None, typer.Option(help="Pages of each manual to crawl at most.")] = None,
) -> None:
    """List or crawl the manuals of what a project has installed. What is new or of another version is crawled."""
    from docspasta_mcp.cli.sync.node_packages import node_packages  # noqa: PLC0415
    from docspasta_mcp.cli.sync.packages import in_order  # noqa: PLC0415
    from docspasta_mcp.cli.sync.python_packages import python_packages  # noqa: PLC0415
    from docspasta_mcp.cli.sync.record import read_record  # noqa: PLC0415
    from docspasta_mcp.errors import InvalidRequest  # noqa: PLC0415

    progress = _Progress()

    async def work(settings: "Settings") -> int:
        packages = in_order([*python_packages(folder), *node_packages(folder)])
        if not packages:
            raise InvalidRequest(
                f"{folder} asks for no package: pyproject.toml, requirements*.txt and package.json are read."
            )
        record = read_record(folder)
        chosen = _chosen(packages, only or [], crawl_all=crawl_all)
        if not chosen:
            _show([one for one in packages if one.is_direct or indirect], record)
            return 0
        return await _crawl(settings, folder, chosen, record, max_pages, progress)

    raise typer.Exit(run(work, read_settings(log_level="WARNING"), interrupted=progress.kept))


@dataclass
class _Progress:
    """How far the crawls of chosen manuals are."""

    chosen: int = 0
    there: int = 0
    job_id: str = ""

    def kept(self) -> str:
        """Say what is kept of crawls that a person stopped, and how to go on."""
        if not self.chosen:
            return ""
        there = counted(self.there, "manual is there and listed", "manuals are there and listed")
        job = f"{kept(self.job_id)} " if self.job_id else ""
        return f"Of {self.chosen}, {there}. {job}The same sync goes on with the others."


def _chosen(packages: Sequence[Package], only: Sequence[str], *, crawl_all: bool) -> list[Package]:
    from docspasta_mcp.errors import InvalidRequest  # noqa: PLC0415

    wanted = {name.lower().replace("_", "-") for name in only}
    known = {one.name.lower().replace("_", "-") for one in packages}
    if missing := sorted(wanted - known):
        raise InvalidRequest(f"{', '.join(missing)}: not installed here, and not asked for by this project.")
    found = [one for one in packages if (crawl_all and one.is_direct) or one.name.lower().replace("_", "-") in wanted]
    return [one for one in found if one.manual or one.name.lower().replace("_", "-") in wanted]


def _show(packages: Sequence[Package], record: "dict[tuple[str, str], Entry]") -> None:
    """Print the list: package, installed version, manual, and what is there already."""
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    table = Table("package", "installed", "manual", "there already", box=None, pad_edge=False)
    for one in packages:
        there = record.get((one.ecosystem, one.name))
        manual = one.manual or ("names none" if one.version else "")
        is_there = f"of {there.version or 'an unknown version'}" if there else "no"
        table.add_row(one.name, one.version or "not installed", manual, is_there)
    Console(width=10_000, highlight=False, markup=False, emoji=False).print(table)
    sys.stderr.write("--all crawls the manuals of what the project asks for, --only NAME that of one package.\n")


async def _crawl(
    settings: "Settings",
    folder: Path,
    chosen: Sequence[Package],
    record: "dict[tuple[str, str], Entry]",
    max_pages: int | None,
    progress: _Progress,
) -> int:
    from docspasta_mcp.cli.sync.record import FILE, Entry, write_record  # noqa: PLC0415
    from docspasta_mcp.server.wiring import running_node  # noqa: PLC0415

    failures, progress.chosen = 0, len(chosen)
    async with running_node(settings) as node:
        for one in chosen:
            key = (one.ecosystem, one.name)
            before = record.get(key)
            if not one.manual:
                sys.stderr.write(f"{one.name}: names no manual{'' if one.version else ', since it is not installed'}\n")
                failures += 1
                continue
            is_same = before is not None and (before.version, before.manual) == (one.version, one.manual)
            if is_same and await _is_there(node.jobs, one.manual):
                sys.stderr.write(f"{one.name} {one.version}: there already\n")
                progress.there += 1
                continue
            status = await _one(node.jobs, one, max_pages, progress)
            if not status.done:
                sys.stderr.write(f"{one.name}: {' '.join(status.notes) or status.reason}\n")
                failures += 1
                continue
            record[key] = Entry(one.name, one.ecosystem, one.version, one.manual, status.scope)
            write_record(folder, record.values())
            progress.there += 1
            sys.stderr.write(
                f"{one.name} {one.version}: {counted(status.done, 'page')} of {status.scope}{_edition(one, status)}\n"
            )
    if record:
        sys.stderr.write(f"{FILE} lists what is there; keep it with the project.\n")
    return 1 if failures == len(chosen) else 0


async def _is_there(jobs: Any, manual: str) -> bool:
    """Tell whether this machine has the manual: the list may have come from another one."""
    from docspasta_mcp.errors import CallerError  # noqa: PLC0415

    try:
        return bool(await jobs.library.job(manual))
    except CallerError:
        return False


async def _one(jobs: Any, package: Package, max_pages: int | None, progress: _Progress) -> Any:
    """Crawl one manual to its end, in the installed version where the site keeps it."""
    started = await jobs.start(package.manual, version=package.release, max_pages=max_pages, name=package.name)
    progress.job_id = started.job_id
    status = await jobs.wait(started.job_id, 0)
    while status.state == "running":
        status = await jobs.wait(started.job_id, 20)
    progress.job_id = ""
    return status


def _edition(package: Package, status: Any) -> str:
    """Say which version the pages are of, as far as the address tells."""
    from docspasta_mcp.model.scope import is_version  # noqa: PLC0415

    named = [part for part in str(status.scope).split("/")[3:] if is_version(part)]
    if any(part.lstrip("v").startswith(package.minor) for part in named if package.minor):
        return f", of version {named[-1]}"
    return f", of {named[-1]}: the site keeps none of {package.version}" if named and package.version else ""
