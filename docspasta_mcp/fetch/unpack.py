"""Unpack an archive of documentation, in a worker: only what is read, only plain files, and only so much.

Links, devices, hidden files and paths that lead out are passed over; names, sizes and counts are the archive's word and
are checked while reading. What is left out is told.
"""

import errno
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from lzma import LZMAError
from pathlib import Path, PurePosixPath
from typing import IO

from docspasta_mcp.errors import PageRefused
from docspasta_mcp.model.counted import counted
from docspasta_mcp.model.page_files import type_of

MAX_MEMBERS = 100_000  # of an archive, whatever they are
MAX_BYTES = 500_000_000  # of all files that are kept
MAX_UNFOLDED = 4_000_000_000  # bytes that a tar archive is read through, kept or not
_MAX_PATH = 400  # characters
_MAX_DEPTH = 30
_ENDINGS = (".zip", ".docset.zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
_EXTRA = (".dsidx", ".plist", ".py", ".toml", ".ts", ".cjs", ".mjs")  # what tells how a folder is arranged
_BROKEN = (tarfile.TarError, zipfile.BadZipFile, zlib.error, EOFError, LZMAError, NotImplementedError, OSError)
_FULL = (errno.ENOSPC, errno.EDQUOT)
_Opener = Callable[[], IO[bytes] | None]


@dataclass
class _Unpacked:
    """What was kept and passed over."""

    files: int = 0
    size: int = 0
    skipped: dict[str, int] = field(default_factory=dict[str, int])

    def skip(self, why: str) -> None:
        self.skipped[why] = self.skipped.get(why, 0) + 1


def is_archive(name: str) -> bool:
    """Tell whether a file is an archive by its name."""
    return name.lower().endswith(_ENDINGS)


def unpack(archive: str, target: str, *, max_file: int) -> tuple[str, ...]:
    """Unpack an archive into an empty directory; return sentences about what was left out.

    Args:
        archive: path of a zip or tar file.
        target: path of the directory.
        max_file: bytes of one file at most.

    Raises:
        PageRefused: it is not an archive, is broken, or holds too much, or the disk is full.
    """
    tally, seen = _Unpacked(), set[str]()
    try:
        is_zip = zipfile.is_zipfile(archive)
        members = _zip_members if is_zip else _tar_members
        for name, size, opener in members(archive, tally):
            where = _place(name, tally)
            if where is None:
                continue
            if where.lower() in seen:
                tally.skip("named like another one")
                continue
            seen.add(where.lower())
            if size > max_file:
                tally.skip(f"larger than {max_file:,} bytes")
                continue
            body = _body(opener, tally, max_file, is_alone=is_zip)
            if body is not None:
                _keep(body, Path(target, where), tally)
    except _BROKEN as error:
        if not tally.files:
            raise PageRefused(
                "broken_archive", "The archive cannot be read: it is broken, or not an archive."
            ) from error
        tally.skip("the archive ends early or is broken there")
    return tuple(
        f"{counted(count, 'file of the archive was', 'files of the archive were')} not read: {why}."
        for why, count in tally.skipped.items()
    )


def _body(opener: _Opener, tally: _Unpacked, max_file: int, *, is_alone: bool) -> bytes | None:
    """Return what a member holds; None if it is not kept. One that `is_alone` can be broken without the others."""
    try:
        opened = opener()
        if opened is None:
            return None
        with opened:
            body = opened.read(max_file + 1)
    except _BROKEN:
        if not is_alone:
            raise
        tally.skip("broken, or packed in a way that cannot be read")
        return None
    if len(body) > max_file:
        tally.skip(f"larger than {max_file:,} bytes")
        return None
    return body


def _keep(body: bytes, file: Path, tally: _Unpacked) -> None:
    tally.size += len(body)
    if tally.size > MAX_BYTES:
        raise PageRefused("archive_too_large", f"The archive holds more than {MAX_BYTES:,} bytes of documentation.")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(body)
    except OSError as error:
        if error.errno in _FULL:
            raise PageRefused("disk_full", "The archive cannot be unpacked: this machine's disk is full.") from error
        tally.skip("their names lead elsewhere or cannot be kept")
        return
    tally.files += 1


def _place(name: str, tally: _Unpacked) -> str | None:
    """Return the relative path under which a member is kept; None if it is not."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    is_odd = len(name) > _MAX_PATH or len(parts) > _MAX_DEPTH or any(not sign.isprintable() for sign in name)
    if not parts or is_odd or parts[0] == "/" or ".." in parts or ":" in name:
        tally.skip("their names lead elsewhere or cannot be kept")
        return None
    ending = PurePosixPath(name).suffix.lower()
    if any(part.startswith(".") for part in parts) or not (type_of(parts[-1]) or ending in _EXTRA):
        return None  # what a site's visitor would not be shown either
    return "/".join(parts)


def _zip_members(archive: str, tally: _Unpacked) -> Iterator[tuple[str, int, _Opener]]:
    with zipfile.ZipFile(archive) as opened:
        members = opened.infolist()
        if len(members) > MAX_MEMBERS:
            tally.skipped[f"come after the first {MAX_MEMBERS:,}"] = len(members) - MAX_MEMBERS
        for member in members[:MAX_MEMBERS]:
            kind = stat.S_IFMT(member.external_attr >> 16)
            if member.is_dir():
                continue
            if kind not in (0, stat.S_IFREG):
                tally.skip("links or devices")
            elif member.flag_bits & 1:
                tally.skip("encrypted")
            else:
                yield member.filename, member.file_size, partial(opened.open, member)


def _tar_members(archive: str, tally: _Unpacked) -> Iterator[tuple[str, int, _Opener]]:
    unfolded = 0
    with tarfile.open(archive, "r|*") as opened:
        for number, member in enumerate(opened):
            unfolded += member.size
            if number >= MAX_MEMBERS:
                tally.skip(f"after the first {MAX_MEMBERS:,}, and there may be more")
                return
            if unfolded > MAX_UNFOLDED:
                raise PageRefused("archive_too_large", f"The archive unfolds to more than {MAX_UNFOLDED:,} bytes.")
            if member.isdir():
                continue
            if not member.isreg():
                tally.skip("links or devices")
                continue
            yield member.name, member.size, partial(opened.extractfile, member)
