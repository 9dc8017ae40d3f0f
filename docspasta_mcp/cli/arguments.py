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


Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", dir_okay=False, callback=_writable, help="Write to this file instead of stdout."),
]
JobId = Annotated[str, typer.Argument(help="The job's id or its first six characters, or the manual's URL.")]
