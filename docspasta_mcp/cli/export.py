"""The command `export`: write a finished job's document in a form that other programs read."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from docspasta_mcp.cli.arguments import JobId
from docspasta_mcp.cli.run import read_settings, run, with_jobs
from docspasta_mcp.model.counted import counted


def export(
    job_id: JobId,
    form: Annotated[
        Literal["folder", "llms", "llms-full", "skill", "jsonl", "epub"],
        typer.Option(
            "--as",
            help="A Markdown file a page, llms.txt, llms-full.txt, an agent skill, passages as JSON Lines, or a book.",
        ),
    ] = "folder",
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="PATH",
            help="Where to: a folder for --as folder and skill, else a file. If not given, docspasta-JOB, "
            "docspasta-JOB-skill, docspasta-JOB.epub for a book, or stdout.",
        ),
    ] = None,
) -> None:
    """Write a finished job's document as files for other programs."""
    from docspasta_mcp.jobs.export import ExportKind, export_kind  # noqa: PLC0415

    async def work(jobs: Any) -> None:
        kind = export_kind(form)
        job = (await jobs.library.job(job_id)).id
        chunks = await jobs.export(job, kind)
        if kind is ExportKind.EPUB:
            await _write_book(chunks, output or Path(kind.file_name(job)))
        elif kind.is_folder:
            name = f"docspasta-{job}" if kind is ExportKind.FOLDER else f"docspasta-{job}-{kind}"
            await _write_folder(chunks, output or Path(name))
        else:
            await _write_file(chunks, output)

    run(with_jobs(work), read_settings(log_level="WARNING"))


async def _write_folder(chunks: AsyncIterator[Any], folder: Path) -> None:
    """Write an export's files below a folder; other files in it stay, and are reported."""
    from docspasta_mcp.cli.export_folder import write_files  # noqa: PLC0415
    from docspasta_mcp.errors import InvalidRequest  # noqa: PLC0415

    try:
        written = await write_files(chunks, folder)
    except OSError as error:
        raise InvalidRequest(f"{folder} cannot be written: {error.strerror}. Give another folder: -o DIR") from None
    others = _count_others(folder, written)
    were = counted(others, "other Markdown file in it was", "other Markdown files in it were")
    left = f"; {were} left alone" if others else ""
    sys.stderr.write(f"wrote {counted(len(written), 'file')} to {folder}{left}\n")


def _count_others(folder: Path, written: set[Path]) -> int:
    return sum(1 for file in folder.rglob("*.md") if file not in written)


async def _write_book(chunks: AsyncIterator[Any], output: Path) -> None:
    import anyio  # noqa: PLC0415

    from docspasta_mcp.errors import InvalidRequest  # noqa: PLC0415
    from docspasta_mcp.jobs.export import archived  # noqa: PLC0415

    try:
        with await archived(chunks, "") as book:
            await anyio.Path(output).write_bytes(book.read())
    except OSError as error:
        raise InvalidRequest(f"{output} cannot be written: {error.strerror}. Give another file: -o FILE") from None
    sys.stderr.write(f"wrote {output}\n")


async def _write_file(chunks: AsyncIterator[Any], output: Path | None) -> None:
    from docspasta_mcp.errors import InvalidRequest  # noqa: PLC0415

    if output is None:
        async for chunk in chunks:
            sys.stdout.write(chunk.text)
        sys.stdout.flush()
        return
    try:
        with output.open("w", encoding="utf-8", newline="\n") as file:
            async for chunk in chunks:
                file.write(chunk.text)
    except OSError as error:
        raise InvalidRequest(f"{output} cannot be written: {error.strerror}. Give another file: -o FILE") from None
    sys.stderr.write(f"wrote {output}\n")
