"""Decide where each page of a job stands, from one file to another, so that a process of its own can do it."""

import json
from collections.abc import Iterator, Set
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from docspasta_mcp.document.boilerplate import repeated
from docspasta_mcp.document.graph_file import JobGraph, read_graph
from docspasta_mcp.document.near_duplicates import Alike
from docspasta_mcp.document.reading_order import Placed, reading_order
from docspasta_mcp.model.job import Place


@dataclass(frozen=True, slots=True)
class Finding:
    """What else shows when all pages are seen: ids of pages to skip, digests of blocks that most pages share."""

    unlinked: tuple[int, ...]
    boilerplate: frozenset[str]


def place_pages(graph_file: Path, places_file: Path, *, is_cut: bool) -> Finding:
    """Read a job's graph and write the places of its pages, a line each.

    Args:
        graph_file: see `graph_file`.
        places_file: is written; `read_places` reads it.
        is_cut: whether the page limit kept pages out; what links to unlinked pages may lie beyond it.
    """
    with graph_file.open(encoding="utf-8") as file:
        graph = read_graph(file)
    with graph.pages as pages, places_file.open("w", encoding="utf-8") as file:
        unlinked = set[int]() if is_cut else pages.unlinked()
        for place in _places(graph, unlinked):
            row = (place.page_id, place.position, place.level, place.captions, place.duplicate_of, place.is_near)
            file.write(json.dumps(row) + "\n")
        return Finding(tuple(map(pages.id, unlinked)), repeated(pages.edges))


def read_places(file: TextIO) -> Iterator[Place]:
    """Yield what `place_pages` wrote."""
    for line in file:
        page_id, position, level, captions, duplicate_of, is_near = json.loads(line)
        yield Place(page_id, position, level, tuple(captions), duplicate_of, is_near)


def _places(graph: JobGraph, unlinked: Set[int]) -> Iterator[Place]:
    """Yield the pages of the document in reading order, and then all others, which say what those before them say."""
    pages = graph.pages
    first_with: dict[int, int] = {}
    alike = Alike()
    others: list[tuple[Placed, int | None, bool]] = []
    position = 0
    above: list[int] = []  # levels of what the next page may stand under, as far as the document has it
    for placed in reading_order(graph.front, pages, graph.navigations, graph.orders):
        id_, twins = pages.id(placed.number), pages.twins(placed.number)
        if not pages.is_done(placed.number) or placed.number in unlinked:
            others.append((placed, None, False))
        elif (page := graph.beside.get(placed.number, 0)) and page not in unlinked:
            others.append((placed, pages.id(page), False))
        elif twins and first_with.setdefault(twins, id_) != id_:
            others.append((placed, first_with[twins], False))
        elif (like := alike.first(graph.alike.get(placed.number, ""), id_)) is not None:
            others.append((placed, like, True))
        else:
            position += 1
            captions = tuple(_nested_caption(caption, above) for caption in placed.captions)
            yield Place(id_, position, _depth(placed.level, above), captions)
    for position, (placed, twin, is_near) in enumerate(others, start=position + 1):  # noqa: B020
        yield Place(pages.id(placed.number), position, placed.level, placed.captions, twin, is_near)


def _depth(level: int, above: list[int]) -> int:
    """Return how deep a line of the contents stands below lines before it; the levels it stands in are in `above`."""
    while above and above[-1] >= level:
        above.pop()
    above.append(level)
    return len(above) - 1


def _nested_caption(caption: str, above: list[int]) -> str:
    title = caption.lstrip()
    return "  " * _depth((len(caption) - len(title)) // 2, above) + title
