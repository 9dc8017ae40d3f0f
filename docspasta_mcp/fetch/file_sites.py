"""Sites whose pages are files: which URLs lead to one, and where its files are.

An archive is unpacked in a worker to a directory of this process; the last few are kept. A crawl's first step opens its
site anew; a process that goes on with the pages later unpacks it again.
"""

import shutil
import stat
import tempfile
import weakref
from pathlib import Path

import anyio
import anyio.to_thread

from docspasta_mcp.errors import PageRefused
from docspasta_mcp.extract.workers import Workers
from docspasta_mcp.fetch.file_site import FileSite
from docspasta_mcp.fetch.folders import Folders
from docspasta_mcp.fetch.site_root import site_root
from docspasta_mcp.fetch.unpack import unpack
from docspasta_mcp.model.folder import folder_host, folder_name, folder_url

MAX_KEPT = 4  # sites of a process, with what their archives were unpacked to

_Version = tuple[str, int, int]  # path, time and size


class FileSites:
    """Opens sites whose pages are files."""

    def __init__(self, folders: Folders, workers: Workers, *, max_file: int) -> None:
        """Prepare; nothing is read yet.

        Args:
            folders: those that have a name.
            workers: unpack archives.
            max_file: bytes of one file at most.
        """
        self._folders = folders
        self._workers = workers
        self._max_file = max_file
        self._kept: dict[str, tuple[_Version, FileSite]] = {}
        self._turns: dict[str, anyio.Lock] = {}

    def has(self, url: str, allow_private: tuple[str, ...]) -> bool:
        """Tell whether a parsed URL leads to files for a job with these opt-ins."""
        name = folder_name(url)
        return bool(name) and folder_host(name) in allow_private

    async def open(self, url: str, *, is_new: bool = False) -> FileSite:
        """Return the site that a URL for which `has` holds is on.

        Args:
            url: of the site or of a page.
            is_new: whether to look again at what may have changed.

        Raises:
            PageRefused: it is not there, or cannot be unpacked.
        """
        name = folder_name(url)
        path = self._folders.path_of(name)
        if path is None:
            raise PageRefused("no_folder", "No folder of this name is open on this machine.")
        try:
            facts = await anyio.to_thread.run_sync(path.stat)
        except OSError as error:
            raise PageRefused("no_folder", f"The folder cannot be read: {error.strerror}.") from error
        version = (str(path), facts.st_mtime_ns, facts.st_size)
        is_folder = stat.S_ISDIR(facts.st_mode)
        async with self._turns.setdefault(name, anyio.Lock()):
            kept = self._kept.pop(name, None)
            if kept is None or kept[0][0] != version[0] or (is_new and (is_folder or kept[0] != version)):
                kept = version, await self._opened(folder_url(name), path, is_folder=is_folder)
            while len(self._kept) >= MAX_KEPT:
                self._kept.pop(next(iter(self._kept)))
            self._kept[name] = kept
        return kept[1]

    async def _opened(self, base: str, path: Path, *, is_folder: bool) -> FileSite:
        """Return the site of a folder or an archive; what is written for it goes with it."""
        scratch = Path(await anyio.to_thread.run_sync(lambda: tempfile.mkdtemp(prefix="docspasta-")))
        try:
            (written := scratch / "pages").mkdir()
            folder, notes = path, ()
            if not is_folder:
                (folder := scratch / "archive").mkdir()
                notes = await self._workers.run(unpack, str(path), str(folder), max_file=self._max_file)
            root = Path(await self._workers.run(site_root, str(folder), str(written)))
        except BaseException:
            shutil.rmtree(scratch, ignore_errors=True)
            raise
        site = FileSite(base, root, has_times=is_folder and root != written, notes=notes)
        weakref.finalize(site, shutil.rmtree, scratch, ignore_errors=True)
        return site
