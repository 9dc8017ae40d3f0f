"""The command `import`: take in a manual that was exported elsewhere, or earlier."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from docspasta_mcp.cli.run import read_settings, run, with_jobs
from docspasta_mcp.model.counted import counted

if TYPE_CHECKING:
    from docspasta_mcp.document.imports.exported import Exported


def import_manual(
    path: Annotated[
        Path,
        typer.Argument(
            metavar="PATH", help="What `export --as jsonl` or `--as folder` wrote: a file, a folder, or its .zip."
        ),
    ],
) -> None:
    """Take in an exported manual. It becomes a job like any other, so that a team crawls once."""

    async def work(jobs: Any) -> None:
        status = await jobs.take_in(_exported(path))
        sys.stderr.write(f"imported {counted(status.done, 'page')} of {status.seed_url} as job {status.job_id}\n")

    run(with_jobs(work), read_settings(log_level="WARNING"))


def _exported(path: Path) -> "Exported":
    from zipfile import is_zipfile  # noqa: PLC0415

    from docspasta_mcp.cli.exported_files import ArchiveFiles, FolderFiles, read_lines  # noqa: PLC0415
    from docspasta_mcp.document.imports.folder import read_folder  # noqa: PLC0415
    from docspasta_mcp.document.imports.passages import MAX_LINE, read_passages  # noqa: PLC0415
    from docspasta_mcp.errors import InvalidRequest  # noqa: PLC0415
    from docspasta_mcp.fetch.unpack import is_archive  # noqa: PLC0415

    if path.is_dir():
        return read_folder(FolderFiles(path).read, str(path))
    if not path.is_file():
        raise InvalidRequest(f"{path} is neither a file nor a folder.")
    is_zip = path.suffix.lower() == ".zip" or is_zipfile(path)
    if is_archive(path.name) and not is_zip:
        raise InvalidRequest(f"{path} is an archive of another kind than .zip: unpack it, and import its folder.")
    if is_zip:
        return read_folder(ArchiveFiles(path).read, str(path))
    return read_passages(read_lines(path, most=MAX_LINE), str(path))
