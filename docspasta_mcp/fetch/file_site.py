"""Serve a folder, or an unpacked archive, as a site whose pages are files.

Only files whose ending says that they hold documentation are read, none that is hidden or lies elsewhere by a link.
"""

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote

from docspasta_mcp.errors import PageRefused
from docspasta_mcp.fetch.content_type import BINARY, sniffed_type
from docspasta_mcp.fetch.fetcher import Fetched
from docspasta_mcp.model.content_types import HTML_TYPES
from docspasta_mcp.model.page import Validators
from docspasta_mcp.model.page_files import FRONT_NAMES, PAGE_TYPES, is_page_file, type_of
from docspasta_mcp.urls import origin_of, path_of

_FRONTS = tuple(f"{stem}{ending}" for stem in FRONT_NAMES for ending in PAGE_TYPES)


@dataclass(frozen=True, slots=True, weakref_slot=True)
class FileSite:
    """Files below `root` as the pages below `base`, a URL that ends with a slash.

    `has_times` tells that a file's time says whether it has changed; those of an archive's files say nothing. `names`
    are other URLs below which the files are, too; `what` is the word for it.
    """

    base: str
    root: Path
    has_times: bool = False
    notes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    what: str = "folder"

    def url_of(self, path: str) -> str:
        """Return the URL of a file, by its path below the root."""
        return self.base + quote(path, safe="/:@!$&'()*+,;=~", errors="surrogateescape")

    def read(self, url: str, *, accepts: Callable[[str], bool], limit: int, known: Validators | None) -> Fetched:
        """Return a file's bytes as a site would.

        Raises:
            PageRefused: there is no such file, or it is not read.
        """
        path, shown = self._found(unquote(path_of(url)), url)
        content_type = type_of(path.name)
        if not content_type or not accepts(content_type):
            raise PageRefused("content_type", "Files of this kind are not read.", said=path.name)
        try:
            with open(path, "rb", opener=_open_at_once) as file:  # Path.open takes no opener
                facts = os.fstat(file.fileno())
                if not stat.S_ISREG(facts.st_mode):
                    raise _missing()
                etag = f"{facts.st_mtime_ns:x}-{facts.st_size:x}" if self.has_times else ""
                if known is not None and etag and known.etag == etag:
                    return Fetched(shown, "", "", b"", is_unchanged=True)
                body = file.read(limit + 1)
        except OSError as error:
            raise PageRefused("unreadable", f"The file cannot be read: {error.strerror}.") from error
        if len(body) > limit:
            raise PageRefused("too_large", f"The page is larger than {limit} bytes.")
        if sniffed_type(content_type, "", body) == BINARY != content_type:
            raise PageRefused("binary", "It is binary data, not a page.")
        return Fetched(shown, content_type, "", body, etag)

    def _found(self, path: str, url: str) -> tuple[Path, str]:
        """Return the file that a URL names, and the URL under which it is shown."""
        base = unquote(path_of(next((one for one in self.names if f"{url}/".startswith(one)), self.base)))
        below = f"{path}/" if f"{path}/" == base else path
        if not below.startswith(base) or origin_of(url) != origin_of(self.base):
            raise _missing()
        relative = below[len(base) :]
        parts = [part for part in relative.split("/") if part]
        if any(part.startswith(".") or "\\" in part or "\0" in part for part in parts):
            raise _missing()
        root = self.root.resolve()
        try:
            named = root.joinpath(*parts).resolve()
            if named != root and root not in named.parents:
                raise _missing()
            if named == root and not _has_page(root):
                raise PageRefused("empty_folder", f"The {self.what} has no page.")
            if named.is_dir():
                front = next(file for name in _FRONTS if (file := named / name).is_file())
                is_html = type_of(front.name) in HTML_TYPES
                shown = "/".join([*parts, "" if is_html else front.name]).removeprefix("/")
                return front, self.url_of(shown)
            if named.is_file():
                return named, self.url_of("/".join(parts))
            bare = named.name.removesuffix(".md")  # a page that others name without its ending may be of another kind
            stems = dict.fromkeys((named.name, bare)) if parts and bare else ()
            name = next(
                stem + ending for stem in stems for ending in PAGE_TYPES if named.with_name(stem + ending).is_file()
            )
        except (OSError, ValueError, StopIteration):
            raise _missing() from None
        return named.with_name(name), self.url_of("/".join([*parts[:-1], name]))


def _has_page(root: Path) -> bool:
    """Tell whether a folder holds a file that is a page by its name, however deep."""
    for _, folders, files in os.walk(root):
        folders[:] = [name for name in folders if not name.startswith(".")]
        if any(is_page_file(name) for name in files if not name.startswith(".")):
            return True
    return False


def _missing() -> PageRefused:
    return PageRefused("http_404", "There is no such file.")


def _open_at_once(path: str, flags: int) -> int:
    """Open a file without waiting, whatever has taken its place, and follow no link that has."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0))
