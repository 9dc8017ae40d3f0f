"""Arguments that several commands take."""

import os
from pathlib import Path
from typing import Annotated

import typer

from docspasta_mcp.cli.named import looks_like_path, manual_named, path_named


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


def manual(text: str) -> str:
    """Take a path of this machine for the manual that was crawled from it, if one was."""
    if path_named(text) is None:
        return text
    from docspasta_mcp.cli.run import load_settings  # noqa: PLC0415
    from docspasta_mcp.fetch.folders import Folders  # noqa: PLC0415

    return manual_named(text, Folders.of_settings(load_settings().settings))


def words_or_manual(text: str) -> str:
    """Take what can only be a path for the manual that was crawled from it; a word may be a file's name as well."""
    return manual(text) if looks_like_path(text) else text


def manuals(texts: list[str] | None) -> list[str]:
    """Take each path for a manual, as `manual` does."""
    return [manual(text) for text in texts or ()]


Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", dir_okay=False, callback=_writable, help="Write to this file instead of stdout."),
]
JobId = Annotated[
    str,
    typer.Argument(
        callback=manual,
        help="The job's id or its first six characters, or the manual's URL, title, or path on this machine.",
    ),
]
