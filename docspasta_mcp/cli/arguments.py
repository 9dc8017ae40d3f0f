"""Arguments that several commands take."""

import os
from pathlib import Path
from typing import Annotated

import typer


def _writable(path: Path | None) -> Path | None:
    """Refuse a file that cannot be written before a long crawl is made for it."""
    if path is not None and not (path.parent.is_dir() and os.access(path if path.exists() else path.parent, os.W_OK)):
        raise typer.BadParameter(f"{path} cannot be written.")
    return path


def folder(path: Path | None) -> Path | None:
    """Refuse a file where a folder is written to.

    Raises:
        typer.BadParameter: it is one.
    """
    if path is not None and path.exists() and not path.is_dir():
        raise typer.BadParameter(f"{path} is a file, and -o takes a folder: give its name, as in -o pages.")
    return path


Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", dir_okay=False, callback=_writable, help="Write to this file instead of stdout."),
]
JobId = Annotated[str, typer.Argument(help="The job's id or its first six characters, or the manual's URL.")]
