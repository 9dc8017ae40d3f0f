"""The files of an exported manual on this machine: a folder, or the archive of one as the REST API hands it out.

Only plain files below the folder are read, none is followed out of it, and none past the size that is expected.
"""

import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from docspasta_mcp.errors import InvalidRequest

MAX_UNFOLDED = 20_000_000_000  # bytes of all files that are read of an archive


def read_lines(file: Path, *, most: int) -> Iterator[bytes]:
    """Yield a file's lines; of one that is longer, its first bytes alone.

    Raises:
        InvalidRequest: it cannot be read.
    """
    try:
        with file.open("rb") as opened:
            while line := opened.readline(most + 1):
                yield line
    except OSError as error:
        raise InvalidRequest(f"{file} cannot be read: {error.strerror}.") from None


class FolderFiles:
    """The files of a folder."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()
        self._name = root

    def read(self, path: str, most: int) -> bytes:
        """Return a file.

        Raises:
            InvalidRequest: there is none, it leads out of the folder, or it has more bytes than `most`.
        """
        where = f"{self._name}/{path}"
        _check_path(path, where)
        file = self._root / path
        try:
            if not file.resolve().is_relative_to(self._root) or not file.is_file():
                raise _missing(where)
            with file.open("rb") as opened:
                body = opened.read(most + 1)
        except (OSError, ValueError) as error:
            raise InvalidRequest(f"{where} cannot be read: {getattr(error, 'strerror', None) or error}.") from None
        return _bounded(body, where, most)


class ArchiveFiles:
    """The files of a zip archive, which has the folder alone."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._unfolded = 0
        try:
            self._archive = zipfile.ZipFile(file)
            names = [name for name in self._archive.namelist() if not name.endswith("/")]
        except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError) as error:
            raise InvalidRequest(f"{file} cannot be read: {error}.") from None
        tops = {name.partition("/")[0] for name in names if "/" in name}
        self._top = f"{tops.pop()}/" if len(tops) == 1 and all("/" in name for name in names) else ""

    def read(self, path: str, most: int) -> bytes:
        """Return a file.

        Raises:
            InvalidRequest: there is none, it cannot be read, or it has more bytes than `most`.
        """
        where = f"{self._file}/{path}"
        _check_path(path, where)
        try:
            with self._archive.open(self._top + path) as opened:
                body = opened.read(most + 1)
        except KeyError:
            raise _missing(where) from None
        except (OSError, zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
            raise InvalidRequest(f"{where} cannot be read: {error}.") from None
        self._unfolded += len(body)
        if self._unfolded > MAX_UNFOLDED:
            raise InvalidRequest(f"{self._file} unfolds to more than {MAX_UNFOLDED:,} bytes.")
        return _bounded(body, where, most)


def _check_path(path: str, where: str) -> None:
    parts = PurePosixPath(path).parts
    if path.startswith("/") or ".." in parts or "\\" in path or ":" in path or not path.isprintable():
        raise InvalidRequest(f"{where!r:.300} is not a path below the folder.")


def _missing(where: str) -> InvalidRequest:
    return InvalidRequest(
        f"{where:.300} is missing: `export --as folder` of this version writes it. Export the manual again."
    )


def _bounded(body: bytes, where: str, most: int) -> bytes:
    if len(body) > most:
        raise InvalidRequest(f"{where:.300} has more than {most:,} bytes.")
    return body
