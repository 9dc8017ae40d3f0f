"""Find where the pages of an unpacked archive or a folder begin, in a worker: below its one folder, or in a docset.

DevDocs keeps all pages of a manual in one JSON file, which is written out as a file a page.
"""

import json
import os
import re
from collections.abc import Mapping
from html import unescape
from pathlib import Path
from posixpath import dirname, join, normpath, relpath
from typing import Any, cast
from urllib.parse import quote, unquote

from docspasta_mcp.errors import PageRefused
from docspasta_mcp.model.page_files import shown_below

MAX_PAGES = 100_000
MAX_BYTES = 500_000_000
_DOCSET = ("Contents", "Resources", "Documents")
_HREF = re.compile(r"""(\bhref=["'])([^"'#?:]+)""")
_UNSAFE = re.compile(r"[^\w./@+~:,()-]")


def site_root(folder: str, scratch: str) -> str:
    """Return the directory that a site's pages lie below.

    Args:
        folder: as it was named, or as an archive was unpacked.
        scratch: an empty directory for pages that have to be written out first.

    Raises:
        PageRefused: it is a DevDocs manual that cannot be read.
    """
    root = Path(os.path.realpath(folder))
    for _ in range(3):  # archives have one folder around everything
        docset = next((found for found in _docsets(root) if found.is_dir() and shown_below(root, found)), None)
        if docset is not None:
            return str(docset)
        if all(shown_below(root, root / name) and (root / name).is_file() for name in ("db.json", "index.json")):
            _write_out(root / "db.json", root / "index.json", Path(scratch))
            return scratch
        within = [one for one in root.iterdir() if not one.name.startswith(".")]
        if len(within) != 1 or not within[0].is_dir() or within[0].is_symlink():
            break
        root = within[0]
    return str(root)


def repository_root(folder: str) -> str:
    """Return the directory that a repository's paths count from: an archive has one of its own around everything."""
    within = list(Path(folder).iterdir())
    return str(within[0] if len(within) == 1 and within[0].is_dir() else folder)


def _docsets(root: Path) -> list[Path]:
    named = [one for one in root.iterdir() if one.suffix == ".docset"]
    return [one.joinpath(*_DOCSET) for one in (root, *(named if len(named) == 1 else ()))]


def _write_out(db: Path, index: Path, target: Path) -> None:
    """Write the pages of a DevDocs manual as HTML files, and their order as the list that other folders have."""
    pages = _parsed(db)
    if not isinstance(pages, dict):
        raise PageRefused("broken_archive", "db.json is not a DevDocs manual.")
    size = 0
    files = {name: file for name in cast("dict[str, Any]", pages) if (file := _file_of(name))}
    for number, (name, html) in enumerate(cast("dict[str, Any]", pages).items()):
        size += len(html) if isinstance(html, str) else 0
        if number >= MAX_PAGES or size > MAX_BYTES:
            raise PageRefused("archive_too_large", "The DevDocs manual has too many pages, or too long ones.")
        if isinstance(html, str) and name in files:
            file = target / files[name]
            file.parent.mkdir(parents=True, exist_ok=True)
            body = _HREF.sub(lambda match, name=name: _linked(match, name, files), html)
            file.write_text(f"<!DOCTYPE html><html><body><main>{body}</main></body></html>", encoding="utf-8")
    (target / "SUMMARY.md").write_text("\n".join(_summary(_parsed(index))), encoding="utf-8")


def _file_of(name: str) -> str:
    """Return the file that a page of DevDocs is written to; nothing for one without a name."""
    parts = [part for part in _UNSAFE.sub("_", name).split("/") if part.strip(".")]
    return f"{'/'.join(parts)}.html" if parts else ""


def _linked(match: re.Match[str], name: str, files: Mapping[str, str]) -> str:
    """Return a link to another page of the manual as one to its file; others stay as they are."""
    target = normpath(join(dirname(name), unquote(unescape(match[2]))))
    if target not in files:
        return match[0]
    return f"{match[1]}{quote(relpath(files[target], dirname(files[name]) or '.'))}"


def _summary(index: Any) -> list[str]:
    """Return a list of contents: the manual's types, each with the pages of its entries."""
    lines, listed, kind = ["* [Overview](index.html)"], {"index"}, ""
    entries: Any = cast("dict[str, Any]", index).get("entries") if isinstance(index, dict) else None
    for entry in cast("list[Any]", entries) if isinstance(entries, list) else ():
        if not isinstance(entry, Mapping):
            continue
        found = cast("Mapping[str, Any]", entry)
        path = str(found.get("path", "")).partition("#")[0]
        if path in listed:
            continue
        listed.add(path)
        if kind != (kind := str(found.get("type", ""))):
            lines.append(f"# {kind}")
        lines.append(f"* [{found.get('name', path)}]({_file_of(path)})")
    return lines


def _parsed(file: Path) -> Any:
    try:
        return json.loads(file.read_bytes())
    except ValueError as error:
        raise PageRefused("broken_archive", f"{file.name} is not JSON.") from error
