"""Write an export to a folder of the user's, without touching files that no export wrote.

What an export wrote is listed in a hidden file of the folder, so that the next one may write it anew. All is written
beside its place first: if a file of the user's is in the way, nothing has changed.
"""

import shutil
import tempfile
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

from docspasta_mcp.errors import InvalidRequest

LIST = ".docspasta-export"


async def write_files(chunks: AsyncIterator[Any], folder: Path) -> set[Path]:
    """Write an export's files below a folder, and return them.

    Raises:
        InvalidRequest: files that no export wrote are in the way; nothing was written.
        OSError: the folder cannot be written.
    """
    draft = _begin(folder)
    try:
        paths: dict[str, None] = {}
        async for chunk in chunks:
            _append(draft / chunk.path, chunk.text)
            paths[chunk.path] = None
        _put_in_place(folder, draft, list(paths))
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return {folder / path for path in paths}


def _begin(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(prefix=f"{LIST}-", dir=folder))


def _append(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a", encoding="utf-8", newline="\n") as opened:
        opened.write(text)


def _put_in_place(folder: Path, draft: Path, paths: Sequence[str]) -> None:
    known = _listed(folder)
    _refuse_others(folder, draft, [path for path in paths if path not in known])
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (draft / path).replace(folder / path)
    (folder / LIST).write_text("".join(f"{path}\n" for path in sorted({*known, *paths})), encoding="utf-8")


def _listed(folder: Path) -> set[str]:
    """Return the paths that earlier exports wrote."""
    try:
        return set((folder / LIST).read_text(encoding="utf-8").splitlines())
    except FileNotFoundError:
        return set()


def _refuse_others(folder: Path, draft: Path, paths: Sequence[str]) -> None:
    """Refuse to overwrite files that say something else."""
    there = [path for path in paths if (folder / path).exists()]
    in_the_way = [path for path in there if _differs(folder / path, draft / path)]
    if in_the_way:
        more = f" and {len(in_the_way) - 1:,} more" if len(in_the_way) > 1 else ""
        raise InvalidRequest(
            f"{folder / in_the_way[0]}{more} would be overwritten, and no export wrote it. Nothing was written; give "
            "another folder: -o DIR"
        )


def _differs(one: Path, other: Path) -> bool:
    return not one.is_file() or one.read_bytes() != other.read_bytes()
