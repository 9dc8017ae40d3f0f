"""The files of a folder: found once, bounded, and asked for by the ways in which lists of contents name them."""

import os
import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from posixpath import dirname, join, normpath

from docspasta_mcp.model.page_files import (
    FRONT_NAMES,
    PAGE_TYPES,
    SPECIFICATION_ENDINGS,
    ending_of,
    is_page_file,
    is_specification_file,
    shown_below,
)

MAX_FILES = 100_000  # of one folder
MAX_LOOKED_AT = 1_000_000  # entries of directories; more is a disk, not a manual
_MAX_DATA = 50  # files of a folder without pages that are looked into
MAX_LIST_BYTES = 5_000_000  # of a list of contents
_PRUNED = frozenset(
    ("node_modules", "bower_components", "__pycache__", "site-packages", "venv", "_sources", "_static", "_templates")
)
_FRONTS = frozenset(name.lower() for name in FRONT_NAMES)
_NUMBER = re.compile(r"(?<![^/])\d+[-_. ]+")
_DIGITS = re.compile(r"(\d+)")


class Tree:
    """The pages of a folder, as paths below it with `/` between their parts."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.is_cut = False
        self.others: set[str] = set()
        """Files that are not pages by their names: lists of contents, and text that a list may name."""
        self.unnamed: set[str] = set()
        """Pages and directories whose names no URL or text can have: not UTF-8, or with what does not print."""
        self._linked_fronts: dict[str, str] = {}
        self.pages: tuple[str, ...] = tuple(sorted(self._walk(), key=by_name))
        if not self.pages:  # what is left may be API specifications
            data = sorted(one for one in self.others if ending_of(one) in SPECIFICATION_ENDINGS)
            self.pages = tuple(data[:_MAX_DATA])
            self.others.difference_update(self.pages)
        self._known = frozenset(self.pages)
        self._plain = {_NUMBER.sub("", _stem(page)): page for page in reversed(self.pages)}

    def _walk(self) -> Iterator[str]:
        waiting, looked_at, found = [""], 0, 0
        while waiting:
            folder = waiting.pop()
            for entry in _entries(self.root / folder):
                looked_at += 1
                path = f"{folder}/{entry.name}" if folder else entry.name
                if entry.name.startswith("."):
                    continue
                if not path.isprintable():
                    if len(self.unnamed) < MAX_FILES and (
                        is_page_file(entry.name) or entry.is_dir(follow_symlinks=False)
                    ):
                        self.unnamed.add(path)
                    continue
                if entry.is_dir(follow_symlinks=False):
                    if entry.name not in _PRUNED:
                        waiting.append(path)
                elif not entry.is_file(follow_symlinks=False):
                    self._keep_front(path)
                elif not is_page_file(entry.name) and not is_specification_file(entry.name):
                    if len(self.others) < MAX_FILES:
                        self.others.add(path)
                else:
                    found += 1
                    if found > MAX_FILES or looked_at > MAX_LOOKED_AT:
                        self.is_cut = True
                        return
                    yield path

    def _keep_front(self, link: str) -> None:
        """Remember where a link leads that is a directory's front page by its name."""
        if is_page_file(link) and is_front(link):
            root = Path(os.path.realpath(self.root))
            if real := shown_below(root, root / link):
                self._linked_fronts[link] = real.relative_to(root).as_posix()

    def text(self, path: str) -> str:
        """Return a small file's text; nothing if it cannot be read."""
        try:
            with (self.root / path).open("rb") as file:
                return file.read(MAX_LIST_BYTES).decode("utf-8-sig", "replace")
        except OSError:
            return ""

    def has(self, path: str) -> bool:
        """Tell whether there is a file, page or not, at a path."""
        return path in self._known or path in self.others

    def front(self, path: str) -> str:
        """Return the front page at a path, or the page that it leads to as a link; an empty string if there is none."""
        page = self._linked_fronts.get(path, path)
        return page if page in self._known else ""

    def fronts(self, folder: str) -> list[str]:
        """Return the front pages of a directory, the best first; for one that is a link, the page that it leads to."""
        found = (self.front(name) for name in first_fronts((*self.pages, *self._linked_fronts), folder))
        return [page for page in found if page]

    def page(self, base: str, reference: str) -> str:
        """Return the page that a list in the directory `base` names; an empty string if it is not in this folder.

        Args:
            base: directory of the list, or of what its references start from.
            reference: with or without an ending, a number before its name, a fragment.
        """
        named = reference.partition("#")[0].partition("?")[0].strip().removeprefix("<").removesuffix(">")
        if "://" in named or not named.strip("/."):
            return ""
        path = normpath(join(base, named.lstrip("/")))
        if path.startswith(".."):
            return ""
        if path in self._known:
            return path
        if path in self.others and ending_of(path) == ".txt":
            return path
        fronts = (
            f"{path}/{front}{ending}" for ending in PAGE_TYPES for front in ("index", "README", "readme", "_index")
        )
        tries = (*(path + ending for ending in (*PAGE_TYPES, ".txt")), *fronts)
        found = next((one for one in tries if one in self._known or (one.endswith(".txt") and one in self.others)), "")
        return found or self._plain.get(_NUMBER.sub("", path), "")

    def matching(self, base: str, pattern: str) -> tuple[str, ...]:
        """Return the pages that a glob in a list names, by name."""
        wanted = normpath(join(base, pattern.lstrip("/")))
        return tuple(page for page in self.pages if fnmatchcase(page, wanted) or fnmatchcase(_stem(page), wanted))

    def below(self, folder: str) -> tuple[str, ...]:
        """Return the pages below a directory; all for an empty one."""
        return tuple(page for page in self.pages if page.startswith(f"{folder}/")) if folder else self.pages


def _entries(folder: Path) -> "list[os.DirEntry[str]]":
    """Return what a directory holds, by name; nothing of one that cannot be read."""
    try:
        with os.scandir(folder) as found:
            return sorted(found, key=lambda entry: entry.name)
    except OSError:
        return []


def by_name(page: str) -> tuple[tuple[int, tuple[tuple[int, int, str], ...]], ...]:
    """Return what orders pages by name: a directory's front page first, numbers by their value."""
    parts = page.split("/")
    return tuple(
        (0 if place == len(parts) - 1 and is_front(part) else 1, natural(part)) for place, part in enumerate(parts)
    )


def natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """Return what orders names with their numbers by value."""
    pieces = _DIGITS.split(name.lower())
    return tuple((0, int(piece[:18]), "") if place % 2 else (1, 0, piece) for place, piece in enumerate(pieces))


def is_front(path: str) -> bool:
    """Tell whether a page is its directory's front page by its name."""
    return _stem(path.rpartition("/")[2]).lower() in _FRONTS


def first_fronts(pages: Iterable[str], folder: str) -> list[str]:
    """Return the front pages of a directory itself, the best first."""
    return sorted((page for page in pages if dirname(page) == folder and is_front(page)), key=by_name)


def _stem(path: str) -> str:
    ending = ending_of(path.rpartition("/")[2])
    return path[: -len(ending)] if ending else path
