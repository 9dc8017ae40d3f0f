"""Read passages as JSON Lines, as `document.export.passages` writes them, back into pages."""

from collections.abc import Iterator
from itertools import chain

from pydantic import Field

from docspasta_mcp.document.export.facts import ManualFacts, PageFacts
from docspasta_mcp.document.imports.exported import (
    MAX_TEXT,
    Exported,
    ImportedPage,
    PageChecks,
    checked_manual,
    read_model,
    refused,
)

MAX_LINE = 100_000_000  # bytes: the longest page in one passage, escaped


class _Passage(PageFacts):
    """A line."""

    page: int = Field(ge=1)
    passage: int = Field(ge=1)
    passages: int = Field(ge=1)
    text: str = Field(max_length=MAX_TEXT)
    export: ManualFacts | None = None


def read_passages(lines: Iterator[bytes], name: str) -> Exported:
    """Return the manual whose passages are given.

    Args:
        lines: of the file.
        name: of the file, for errors.

    Raises:
        InvalidRequest: it does not begin as such a file does; taking its pages raises the same for what comes later.
    """
    numbered = (_passage(line, f"{name}, line {number}") for number, line in enumerate(lines, 1))
    first = next(numbered, None)
    if first is None:
        raise refused(name, "is empty")
    if first[1].export is None:
        raise refused(name, "does not begin as an export does: its first line says nothing of the manual")
    manual = checked_manual(first[1].export, first[0])
    return Exported(manual, _pages(chain([first], numbered), PageChecks(manual, name)))


def _passage(line: bytes, where: str) -> tuple[str, _Passage]:
    if len(line) > MAX_LINE:
        raise refused(where, f"has more than {MAX_LINE:,} bytes")
    return where, read_model(_Passage, line, where)


def _pages(passages: Iterator[tuple[str, _Passage]], checks: PageChecks) -> Iterator[ImportedPage]:
    texts: list[str] = []
    page = size = 0
    for where, one in passages:
        if (one.page, one.passage) != ((page, len(texts) + 1) if texts else (page + 1, 1)):
            raise refused(where, "does not follow the line before it: passages are missing or in another order")
        page = one.page
        texts.append(one.text)
        size += len(one.text)
        if size > MAX_TEXT:
            raise refused(where, f"has a page of more than {MAX_TEXT:,} characters")
        if one.passage == one.passages:
            yield checks.checked(one, "".join(texts), where)
            texts, size = [], 0
    if texts:
        raise refused(where, "is the last, and its page is not whole")  # pyright: ignore[reportPossiblyUnboundVariable]  # a text had a line
    checks.end()
