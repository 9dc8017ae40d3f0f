"""Sites whose pages are files: which URLs lead to one, and where its files are.

An archive, of this machine or of a repository, is unpacked in a worker to a directory of this process; the last ones
are kept. A crawl's first step opens its site anew; a process that goes on with the pages later has it again. The
archive of a repository is asked for once, as git would be: robots.txt does not apply to it.
"""

import shutil
import stat
import tempfile
import time
import weakref
from collections.abc import AsyncGenerator, Callable, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import anyio
import anyio.to_thread

from docspasta_mcp.errors import PageRefused
from docspasta_mcp.extract.workers import Workers
from docspasta_mcp.fetch.fetcher import Fetcher
from docspasta_mcp.fetch.file_site import FileSite
from docspasta_mcp.fetch.folders import Folders
from docspasta_mcp.fetch.site_root import repository_root, site_root
from docspasta_mcp.fetch.unpack import is_archive, unpack
from docspasta_mcp.model.folder import folder_host, folder_name, folder_url
from docspasta_mcp.model.repository import ForgeKind, Repository, repository_of
from docspasta_mcp.runtime.bounded_cache import BoundedCache
from docspasta_mcp.urls import origin_of

MAX_KEPT = 2_000_000_000  # bytes that the archives of a process's sites were unpacked to
_LEAST_SIZE = 1_000_000  # that a site counts with
MAX_ARCHIVE_BYTES = 200_000_000  # of a repository's archive as it comes
FRESH_S = 60.0  # how long the archive of a repository is not asked for again, as by a dry run and the crawl after it


@dataclass(frozen=True, slots=True)
class _KeptSite:
    """An open site: since when, of which version of an archive, and the bytes that were written for it."""

    site: FileSite
    opened_at: float
    version: object = None
    size: int = 0


class FileSites:
    """Opens sites whose pages are files."""

    def __init__(
        self,
        folders: Folders,
        forges: Mapping[str, ForgeKind],
        fetcher: Fetcher,
        workers: Workers,
        *,
        max_file: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare; nothing is read yet.

        Args:
            folders: those that have a name.
            forges: kinds of the forges whose repositories are read, by their base URLs.
            fetcher: fetches archives.
            workers: unpack archives.
            max_file: bytes of one file at most.
            clock: returns seconds.
        """
        self._folders = folders
        self._forges = forges
        self._fetcher = fetcher
        self._workers = workers
        self._max_file = max_file
        self._clock = clock
        self._kept = BoundedCache[str, _KeptSite](MAX_KEPT)
        self._turns: dict[str, anyio.Lock] = {}

    def has(self, url: str, allow_private: tuple[str, ...]) -> bool:
        """Tell whether a parsed URL leads to files for a job with these opt-ins."""
        name = folder_name(url)
        if name:
            return folder_host(name) in allow_private
        return repository_of(url, self._forges) is not None

    async def open(self, url: str, allow_private: tuple[str, ...], *, is_new: bool = False) -> tuple[FileSite, str]:
        """Return the site that a URL for which `has` holds is on, and the directory or file of it that it names.

        Args:
            url: of the site or of a page.
            allow_private: the operator's opt-ins that hold for this job.
            is_new: whether to look again at what may have changed.

        Raises:
            PageRefused: it is not there, or cannot be unpacked.
            PageUnreachable: it may be had later.
        """
        repository = repository_of(url, self._forges)
        if repository is None:
            return await self._folder(folder_name(url), is_new=is_new), ""
        refusal: PageRefused | None = None
        for reading in repository.readings():
            try:
                return await self._repository(reading, allow_private, is_new=is_new), reading.below
            except PageRefused as error:
                if error.reason != "http_404":
                    raise
                refusal = error
        text = "There is no such repository, branch or tag, or its archive is not public."
        raise PageRefused("http_404", text) from refusal

    async def _repository(self, repository: Repository, allow_private: tuple[str, ...], *, is_new: bool) -> FileSite:
        # what was had with credentials is for those alone who may use them
        key = f"{self._fetcher.sites.is_signed_in(origin_of(repository.base))} {allow_private} {repository.base}"
        async with self._turn(key):
            kept = self._kept.get(key)
            if kept is None or (is_new and self._clock() >= kept.opened_at + FRESH_S):
                self._kept.drop(key)
                kept = await self._fetched(repository, allow_private)
                self._kept.put(key, kept, max(_LEAST_SIZE, kept.size))
        return kept.site

    async def _fetched(self, repository: Repository, allow_private: tuple[str, ...]) -> _KeptSite:
        with _scratch() as scratch:
            archive = scratch / "archive.tar.gz"
            with archive.open("wb") as file:
                await self._download(repository.archive, file, allow_private)
            folder, notes = await self._unpacked(archive, scratch)
            root = Path(await anyio.to_thread.run_sync(repository_root, str(folder)))
            archive.unlink()
            site = FileSite(repository.base, root, notes=notes, names=repository.names, what="repository")
            weakref.finalize(site, shutil.rmtree, scratch, ignore_errors=True)
            return _KeptSite(site, self._clock(), size=await anyio.to_thread.run_sync(_size, scratch))

    async def _download(self, url: str, file: IO[bytes], allow_private: tuple[str, ...]) -> None:
        try:
            await self._fetcher.download(url, file, allow_private=allow_private, max_bytes=MAX_ARCHIVE_BYTES)
        except PageRefused as error:
            if error.reason != "content_type":
                raise
            text = "The forge shows a page instead of the archive: the repository may be private, or not be there."
            raise PageRefused("login_required", text) from error

    async def _folder(self, name: str, *, is_new: bool) -> FileSite:
        path = self._folders.path_of(name)
        if path is None:
            text = f"This process knows no folder {name!r}: name it in its DOCSPASTA_FOLDERS, then retry the job."
            raise PageRefused("no_folder", text)
        try:
            facts = await anyio.to_thread.run_sync(path.stat)
        except OSError as error:
            raise PageRefused("no_folder", f"The folder {name!r} cannot be read: {error.strerror}.") from error
        version = (str(path), facts.st_mtime_ns, facts.st_size)
        is_folder = stat.S_ISDIR(facts.st_mode)
        async with self._turn(name):
            kept = self._kept.get(name)
            if kept is None or (is_new and (is_folder or kept.version != version)):
                self._kept.drop(name)
                kept = await self._opened(folder_url(name), path, version, is_folder=is_folder)
                self._kept.put(name, kept, max(_LEAST_SIZE, kept.size))
        return kept.site

    async def _opened(self, base: str, path: Path, version: object, *, is_folder: bool) -> _KeptSite:
        """Return the site of a folder or an archive of this machine; what is written for it goes with it."""
        with _scratch() as scratch:
            what = "folder"
            if is_folder:
                root, notes = await self._root(path, scratch), ()
            elif is_archive(path.name):
                folder, notes = await self._unpacked(path, scratch)
                root = await self._root(folder, scratch)
            else:
                await anyio.to_thread.run_sync(shutil.copyfile, path, scratch / path.name)
                root, notes, what = scratch, (), "file"
            has_times = is_folder and scratch not in root.parents
            site = FileSite(base, root, has_times=has_times, notes=notes, what=what)
            weakref.finalize(site, shutil.rmtree, scratch, ignore_errors=True)
            return _KeptSite(site, self._clock(), version, await anyio.to_thread.run_sync(_size, scratch))

    async def _unpacked(self, archive: Path, scratch: Path) -> tuple[Path, tuple[str, ...]]:
        (folder := scratch / "archive").mkdir()
        notes = await self._workers.run(unpack, str(archive), str(folder), max_file=self._max_file)
        return folder, notes

    async def _root(self, folder: Path, scratch: Path) -> Path:
        (written := scratch / "pages").mkdir()
        return Path(await self._workers.run(site_root, str(folder), str(written)))

    @asynccontextmanager
    async def _turn(self, key: str) -> AsyncGenerator[None]:
        """Let one after the other open a site."""
        turn = self._turns.setdefault(key, anyio.Lock())
        try:
            async with turn:
                yield
        finally:
            if not turn.statistics().tasks_waiting:
                self._turns.pop(key, None)


def _size(folder: Path) -> int:
    """Return the bytes of the files below a directory."""
    return sum(file.lstat().st_size for file in folder.rglob("*"))


@contextmanager
def _scratch() -> Generator[Path]:
    """Make a directory, and remove it if what is done with it fails."""
    scratch = Path(tempfile.mkdtemp(prefix="docspasta-"))
    try:
        yield scratch
    except BaseException:
        shutil.rmtree(scratch, ignore_errors=True)
        raise
