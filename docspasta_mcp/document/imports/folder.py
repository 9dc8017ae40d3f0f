"""Read a folder of pages, as `document.export.files` writes it, back into pages."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated

from pydantic import Field, StringConstraints

from docspasta_mcp.document.export.facts import ManualFacts, PageFacts
from docspasta_mcp.document.export.links import unlinked
from docspasta_mcp.document.export.names import FACTS
from docspasta_mcp.document.imports.exported import (
    MAX_TEXT,
    Exported,
    ImportedPage,
    PageChecks,
    checked_manual,
    read_model,
    refused,
)
from docspasta_mcp.urls import MAX_URL_LENGTH

MAX_FACTS = 500_000_000  # bytes; a hundred thousand pages take a tenth
_MAX_PATH = 4_000  # characters
_FENCE = "---\n"

ReadFile = Callable[[str, int], bytes]
"""Returns a file by its path below the folder, if it has no more bytes than that; else raises InvalidRequest."""


class _File(PageFacts):
    """A page and its file."""

    file: Annotated[str, StringConstraints(min_length=1, max_length=_MAX_PATH)]
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    spelled: dict[str, Annotated[str, Field(max_length=10 * MAX_URL_LENGTH)]] = Field(default_factory=dict[str, str])
    whole: str = Field("", max_length=MAX_TEXT)


class _Folder(ManualFacts):
    """The manual and all its files."""

    files: list[_File]


def read_folder(read: ReadFile, name: str) -> Exported:
    """Return the manual of a folder.

    Args:
        read: returns the folder's files.
        name: of the folder, for errors.

    Raises:
        InvalidRequest: it was not exported, or cannot be read; taking its pages raises the same for what is not as it
            was exported.
    """
    where = f"{name}/{FACTS}"
    folder = read_model(_Folder, read(FACTS, MAX_FACTS), where)
    manual = checked_manual(folder, where)
    urls = {one.file: one.source for one in folder.files}
    return Exported(manual, _pages(folder.files, read, urls, name, PageChecks(manual, where)))


def _pages(
    files: list[_File], read: ReadFile, urls: Mapping[str, str], name: str, checks: PageChecks
) -> Iterator[ImportedPage]:
    for one in files:
        where = f"{name}/{one.file}"
        body = read(one.file, 4 * MAX_TEXT + 100_000).replace(b"\r\n", b"\n")  # as Git may write it on Windows
        if hashlib.sha256(body).hexdigest() != one.sha256:
            raise refused(where, "is not what was exported: it was changed since")
        yield checks.checked(one, one.whole or _markdown(body, one, urls, where), where)
    checks.end()


def _markdown(body: bytes, one: _File, urls: Mapping[str, str], where: str) -> str:
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise refused(where, "is not UTF-8") from None
    head, end, rest = text.removeprefix(_FENCE).partition(f"\n{_FENCE}\n")
    if not text.startswith(_FENCE) or not end or not head:
        raise refused(where, "has no front matter")
    return unlinked(rest.removesuffix("\n"), one.file, urls, one.spelled)
