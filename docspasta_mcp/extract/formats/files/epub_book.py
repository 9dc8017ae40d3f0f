"""What an EPUB book is made of: its title, its chapters in the order of the spine, and its table of contents."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false, reportUnknownLambdaType=false
# pyright: reportAttributeAccessIssue=false

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from lxml import etree

from docspasta_mcp.errors import PageRefused
from docspasta_mcp.extract.formats.files.zipped import check_unfolding

_CONTAINER = "META-INF/container.xml"
_RIGHTS = "META-INF/rights.xml"
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, recover=True, huge_tree=False)
_NCX = "application/x-dtbncx+xml"
_MAX_DEPTH = 6  # of a table of contents
_TAG = re.compile(rb"(?s)<head\b(?:(?!<head\b).)*?</head>|<[^<>]*>")


@dataclass(frozen=True, slots=True)
class ContentsEntry:
    """A line of the table of contents; a caption has no file."""

    level: int
    title: str
    file: str = ""


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter: the file that it begins with, by which it is named, and those that belong to it."""

    name: str
    title: str
    level: int
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Book:
    """A book; `bodies` has its files by their names."""

    title: str
    authors: tuple[str, ...]
    about: str
    chapters: tuple[Chapter, ...]
    contents: tuple[ContentsEntry, ...]
    bodies: dict[str, bytes] = field(repr=False)


def open_book(body: bytes) -> Book:
    """Return a book.

    Raises:
        PageRefused: it is encrypted, broken, or unfolds to too much.
    """
    check_unfolding(body)
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        names = set(archive.namelist())
        if _RIGHTS in names:
            raise PageRefused("encrypted", "The book is locked by its seller.")
        place = str(next(iter(_xml(archive, _CONTAINER).xpath("//*[local-name()='rootfile']/@full-path")), ""))
        package = _xml(archive, place)
        spine = [one for one in dict.fromkeys(_spine(package, posixpath.dirname(place))) if one in names]
        bodies = {name: archive.read(name) for name in spine}
        contents = tuple(_contents(archive, package, posixpath.dirname(place), names))
    bodies = {name: one for name, one in bodies.items() if _TAG.sub(b"", one).strip()}
    if not bodies:
        raise PageRefused("broken_file", "The book has no chapter that can be read.")
    said = {
        name: [_words(one) for one in package.xpath(f"//*[local-name()='{name}']")]
        for name in ("title", "creator", "description")
    }
    chapters = tuple(_chapters(list(bodies), contents))
    title, about = ("".join(said[name][:1]) for name in ("title", "description"))
    return Book(title, tuple(filter(None, said["creator"])), about, chapters, contents, bodies)


def _chapters(files: list[str], contents: tuple[ContentsEntry, ...]) -> Iterator[Chapter]:
    """Yield the chapters: a file that the table of contents does not name goes on with the one before it."""
    named: dict[str, ContentsEntry] = {}
    for entry in contents:
        if entry.file in files:
            named.setdefault(entry.file, entry)
    if len(named) < 2:  # nothing is told by it
        yield from (Chapter(file, "", 1, (file,)) for file in files)
        return
    groups: list[list[str]] = []
    for file in files:
        if groups and file not in named and groups[0][0] in named:
            groups[-1].append(file)
        else:
            groups.append([file])
    for first, *others in groups:
        entry = named.get(first, ContentsEntry(1, ""))
        yield Chapter(first, entry.title, entry.level, (first, *others))


def _spine(package: Any, base: str) -> Iterator[str]:
    """Yield the names of a book's files in their order."""
    items = {one.get("id"): (one.get("href", ""), one.get("properties") or "") for one in _items(package)}
    for one in package.xpath("//*[local-name()='spine']/*[local-name()='itemref']"):
        href, properties = items.get(one.get("idref"), ("", ""))
        if href and "nav" not in properties.split():
            yield _named(base, href)


def _contents(archive: zipfile.ZipFile, package: Any, base: str, names: set[str]) -> Iterator[ContentsEntry]:
    """Yield the table of contents: that of EPUB 3, else that of EPUB 2."""
    items = _items(package)
    navs = [_named(base, one.get("href", "")) for one in items if "nav" in (one.get("properties") or "").split()]
    for name in (one for one in navs if one in names):
        lists = _xml(archive, name).xpath("//*[local-name()='nav'][@*[local-name()='type']='toc']/*[local-name()='ol']")
        if lists:
            yield from _listed(lists[0], posixpath.dirname(name), 1)
            return
    for name in (_named(base, one.get("href", "")) for one in items if one.get("media-type") == _NCX):
        if name in names:
            points = _xml(archive, name).xpath("//*[local-name()='navMap']/*[local-name()='navPoint']")
            yield from _pointed(points, posixpath.dirname(name), 1)
            return


def _listed(ordered: Any, base: str, level: int) -> Iterator[ContentsEntry]:
    for item in ordered.xpath("*[local-name()='li']") if level <= _MAX_DEPTH else ():
        for label in item.xpath("*[local-name()='a' or local-name()='span']")[:1]:
            file = _named(base, label.get("href", "")) if label.get("href") else ""
            yield ContentsEntry(level, _words(label), file)
        for inner in item.xpath("*[local-name()='ol']"):
            yield from _listed(inner, base, level + 1)


def _pointed(points: Any, base: str, level: int) -> Iterator[ContentsEntry]:
    for point in points if level <= _MAX_DEPTH else ():
        title = "".join(_words(one) for one in point.xpath("*[local-name()='navLabel']")[:1])
        source = "".join(point.xpath("*[local-name()='content']/@src")[:1])
        yield ContentsEntry(level, title, _named(base, source) if source else "")
        yield from _pointed(point.xpath("*[local-name()='navPoint']"), base, level + 1)


def _items(package: Any) -> Any:
    """Return what a book's package names: its files."""
    return package.xpath("//*[local-name()='manifest']/*[local-name()='item']")


def _words(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())


def _named(base: str, href: str) -> str:
    """Return the name in the archive of what a file in `base` refers to."""
    return posixpath.normpath(posixpath.join(base, unquote(href.partition("#")[0])))


def _xml(archive: zipfile.ZipFile, name: str) -> Any:
    return etree.fromstring(archive.read(name), parser=_PARSER)
