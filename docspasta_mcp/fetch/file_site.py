"""Serve a folder, or an unpacked archive, as a site whose pages are files.

Only files whose ending says that they hold documentation are read, none that is hidden or lies
elsewhere; what a link leads to is what counts.
"""

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote

from docspasta_mcp.errors import PageRefused
from docspasta_mcp.fetch.content_type import BINARY, sniffed_type
from docspasta_mcp.fetch.fetcher import Fetched
from docspasta_mcp.model.content_types import HTML_TYPES
from docspasta_mcp.model.page import Validators
from docspasta_mcp.model.page_files import FRONT_NAMES, PAGE_TYPES, is_page_file, shown_below, type_of
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
                    raise self._missing()
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

    def _missing(self) -> PageRefused:
        if self.what == "file":
            return PageRefused("not_given", "Only one file was given: crawl its folder for what lies beside it.")
        return PageRefused("http_404", "There is no such file.")

    def _found(self, path: str, url: str) -> tuple[Path, str]:
        """Return the file that a URL names, and the URL under which it is shown."""
        base = unquote(path_of(next((one for one in self.names if f"{url}/".startswith(one)), self.base)))
        below = f"{path}/" if f"{path}/" == base else path
        if not below.startswith(base) or origin_of(url) != origin_of(self.base):
            raise self._missing()
        relative = below[len(base) :]
        parts = [part for part in relative.split("/") if part]
        if any(part.startswith(".") or "\\" in part or "\0" in part for part in parts):
            raise self._missing()
        root = Path(os.path.realpath(self.root))
        try:
            named = shown_below(root, root.joinpath(*parts))
            if named is None:
                raise self._missing()
            if named == root and (refusal := _lack(root, self.what)):
                raise refusal
            for one in _spellings(named, has_name=named != root):
                real = shown_below(root, one)
                if real is not None and real.is_file():
                    is_front = named.is_dir() and real == one and type_of(one.name) in HTML_TYPES
                    shown = f"{named.relative_to(root).as_posix()}/" if is_front else real.relative_to(root).as_posix()
                    return real, self.url_of(shown.removeprefix("./"))
        except (OSError, ValueError):
            raise self._missing() from None
        raise self._missing()


def _spellings(named: Path, *, has_name: bool) -> Iterator[Path]:
    """Yield what a path may stand for: a directory's own page, a file, one that is named without its ending."""
    if named.is_dir():
        yield from (named / name for name in _FRONTS)
        return
    yield named
    bare = named.name.removesuffix(".md")  # a page that others name without its ending may be of another kind
    stems = dict.fromkeys((named.name, bare)) if has_name and bare else ()
    yield from (named.with_name(stem + ending) for stem in stems for ending in PAGE_TYPES)


def _lack(root: Path, what: str) -> PageRefused | None:
    """Return why a folder has no page, however deep; None if it has one."""
    outside = ""
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if not name.startswith(".")]
        named = [name for name in files if is_page_file(name) and not name.startswith(".")]
        for name in (*sorted(named), *(name for name in folders if Path(folder, name).is_symlink())):
            path = Path(folder, name)
            real = shown_below(root, path)
            if real is not None and real.is_file():
                return None
            target = os.path.relpath(os.path.realpath(path), root)
            if not outside and target.startswith("..") and path.exists():
                outside = f"{path.relative_to(root)} to {target}"
    if outside:
        text = f"What the {what} has are links that lead outside of it, where nothing is read: {outside}."
        return PageRefused("links_outside", text)
    return PageRefused("empty_folder", f"The {what} has no page.")


def _open_at_once(path: str, flags: int) -> int:
    """Open a file without waiting, whatever has taken its place, and follow no link that has."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0))
