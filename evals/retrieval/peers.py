"""What a plain BM25 finds on the same pages: the library bm25s over sections, and over passages of 1,200 characters."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from docspasta_mcp.document.search.words import COMMON
from docspasta_mcp.model.markdown_blocks import split_blocks
from docspasta_mcp.model.page import Page
from docspasta_mcp.model.tokens import count_tokens

_HEADING = re.compile(r"(#{1,6})[ \t]+(.+)")
_WORD = re.compile(r"[a-z0-9_]+")
_MAX_SHARE = 0.4


class Bm25:
    """An index of a manual's units, each with the headings over it."""

    def __init__(self, pages: Sequence[Page], *, size: int | None) -> None:
        """Index.

        Args:
            pages: of the manual.
            size: characters of a unit at most; None for whole sections.
        """
        import bm25s  # noqa: PLC0415  # pyright: ignore[reportMissingTypeStubs]
        import Stemmer  # noqa: PLC0415

        library: Any = bm25s
        stemmers: Any = Stemmer
        self._stem = stemmers.Stemmer("english").stemWord
        self._units = [
            (page.record.url, path, text) for page in pages for path, text in _units(page.markdown, size) if text
        ]
        self._index: Any = library.BM25()
        corpus = [self._terms(f"{path} {path} {text}") for _, path, text in self._units]
        self._index.index(corpus, show_progress=False)

    def answer(self, question: str, budget: int) -> str:
        """Return the best units, each with its headings and its source, as many as fit."""
        terms = self._terms(question) or [question.lower()]
        places, _ = self._index.retrieve([terms], k=min(200, len(self._units)), show_progress=False)
        parts: list[str] = []
        left = budget
        for place in places[0]:
            url, path, text = self._units[int(place)]
            if count_tokens(text) > _MAX_SHARE * budget:
                text = text[: int(_MAX_SHARE * budget * 3.5)]
            part = f"## {path}\n\nSource: {url}\n\n{text}\n"
            if count_tokens(part) + 1 <= left:
                parts.append(part)
                left -= count_tokens(part) + 1
        return "\n".join(parts)

    def _terms(self, text: str) -> list[str]:
        return [self._stem(word) for word in _WORD.findall(text.lower()) if word not in COMMON]


def _units(markdown: str, size: int | None) -> Iterator[tuple[str, str]]:
    path: list[tuple[int, str]] = []
    unit = ""
    for block in split_blocks(markdown):
        text = markdown[block.start : block.end]
        match = _HEADING.match(text)
        if match or (size and len(unit) + len(text) > size):
            yield " › ".join(title for _, title in path)[-200:], unit.strip()
            unit = ""
        if match:
            level = len(match[1])
            path = [*(one for one in path if one[0] < level), (level, match[2])]
            text = text[match.end() :]
        unit += text
    yield " › ".join(title for _, title in path)[-200:], unit.strip()
