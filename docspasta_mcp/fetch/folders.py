"""Which folders of this machine may be crawled: those that the operator named, and those opened at its terminal.

A tool gives a name, never a path. What `docspasta-mcp crawl FOLDER` opened is kept in the data directory, a file each,
so that the process which reads the pages finds it, whichever that is. So is what the operator named, once it is
crawled; callers may crawl it only where the settings name it.
"""

import hashlib
import json
import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, cast

from docspasta_mcp.errors import InvalidSeedUrl
from docspasta_mcp.fetch.unpack import is_archive
from docspasta_mcp.model.folder import FOLDER_NAME, PREFIX, folder_name, folder_url, meant
from docspasta_mcp.model.page_files import PAGE_TYPES, SPECIFICATION_ENDINGS, ending_of, is_page_file

if TYPE_CHECKING:
    from docspasta_mcp.settings import Settings

_MAX_STEM = 40
_NAMED = re.compile(rf"{PREFIX}({FOLDER_NAME.pattern})")


class Folders:
    """The folders, and the archives, that have a name."""

    def __init__(self, named: Mapping[str, Path], opened: Path) -> None:
        """Prepare; nothing is read yet.

        Args:
            named: by the operator.
            opened: directory that lists those opened at the terminal.
        """
        self._named = named
        self._opened = opened

    @classmethod
    def of_settings(cls, settings: "Settings") -> Self:
        """Return those that the settings name, and those opened at the terminal of their data directory."""
        return cls(settings.folders, settings.data_dir / "folders")

    @property
    def names(self) -> tuple[str, ...]:
        """The names that the operator gave."""
        return tuple(self._named)

    def path_of(self, name: str) -> Path | None:
        """Return the folder or archive of that name, or None."""
        if not FOLDER_NAME.fullmatch(name):
            return None
        if name in self._named:
            return self._named[name]
        path = self._kept(name).get("path")
        return Path(path) if isinstance(path, str) else None

    def missing(self, name: str) -> Path | None:
        """Return the path that the operator gave a name, if nothing is there, or nothing that this program may read."""
        path = self._named.get(name)
        return path if path is not None and not os.access(path, os.R_OK) else None

    def is_opened(self, name: str) -> bool:
        """Tell whether a folder of that name was opened at the terminal."""
        return "path" in (kept := self._kept(name)) and not kept.get("named")

    def keep(self, name: str) -> None:
        """Let each process that reads pages find a folder that is crawled by its name, whatever its settings say."""
        if name in self._named:
            self._write(name, {"path": str(self._named[name].expanduser().absolute()), "named": True})

    def known_as(self, url: str) -> str:
        """Return what a person at this machine calls an address: the path of a folder or archive, else the URL."""
        path = self.path_of(folder_name(meant(url)))
        return url if path is None else str(path)

    def by_path(self, text: str) -> str:
        """Return a text in which each folder or archive that it names is called by its path."""
        return _NAMED.sub(lambda match: str(self.path_of(match[1]) or match[0]), text)

    def open(self, path: Path) -> str:
        """Give a folder or an archive a name, the same each time, and return it.

        Raises:
            InvalidSeedUrl: there is none, or it cannot be read.
        """
        real = path.expanduser().resolve()
        is_read = is_page_file(real.name) or ending_of(real.name) in SPECIFICATION_ENDINGS
        if real.is_file() and not is_archive(real.name) and not is_read:
            raise InvalidSeedUrl(
                f"{path} is neither a folder nor an archive (.zip, .tar, .tar.gz, .tgz, .tar.bz2, .tar.xz), nor a page:"
                f" {', '.join(PAGE_TYPES)}, nor an API specification: {', '.join(SPECIFICATION_ENDINGS)}."
            )
        if not real.is_dir() and not real.is_file():
            raise InvalidSeedUrl(f"{path} is not there: give a folder, an archive or a file of documentation.")
        name = self._name_for(real)
        if name not in self._named:
            self._write(name, {"path": str(real)})
        return name

    def address_of(self, path: Path) -> str:
        """Return the address of a path that has a name; an empty string for others, also for what lies in it.

        A path that is mistyped, or another folder below one that was crawled, must name nothing: it may be deleted.
        """
        if (real := _real(path)) is None:
            return ""
        name = self._name_for(real)
        return folder_url(name) if name in self._named or self.path_of(name) == real else ""

    def _name_for(self, real: Path) -> str:
        """Return the name of a path, whether or not it has been given one yet."""
        for name, known in self._named.items():
            if _real(known) == real:
                return name
        digest = hashlib.sha256(str(real).encode()).hexdigest()[:8]
        stem = re.sub(r"[^a-z0-9]+", "-", real.name.lower()).strip("-")[:_MAX_STEM].strip("-")
        return f"{stem or 'folder'}-{digest}"

    def _kept(self, name: str) -> dict[str, Any]:
        """Return what the data directory says of a name; nothing if it does not know it."""
        try:
            found = json.loads((self._opened / f"{name}.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return cast("dict[str, Any]", found) if isinstance(found, dict) else {}

    def _write(self, name: str, facts: dict[str, Any]) -> None:
        self._opened.mkdir(parents=True, exist_ok=True, mode=0o700)
        whole = self._opened / f".{name}.{secrets.token_hex(4)}.tmp"
        whole.write_text(json.dumps(facts), encoding="utf-8")
        whole.replace(self._opened / f"{name}.json")


def _real(path: Path) -> Path | None:
    """Return where a path leads; None if it begins with the home of somebody who is not there."""
    try:
        return path.expanduser().resolve()
    except RuntimeError:
        return None
