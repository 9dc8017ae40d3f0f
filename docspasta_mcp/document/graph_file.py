"""What decides a job's reading order, as a file: one process writes it row by row, another makes a graph of it.

A line holds the name of a section and some of its rows, as JSON. Sections come in the order of `Section`.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from typing import Any, TextIO, TypeVar

from docspasta_mcp.document.page_graph import PageGraph
from docspasta_mcp.model.job import NavLine, PageNode, PageState

_AT_ONCE = 500  # rows in a line

T = TypeVar("T")


class Section(StrEnum):
    """What the rows of a line are."""

    PAGES = "pages"
    """Id, number, URL, state, hash of the content, whether only an index names it; in the order of their URLs."""
    CONTENTS = "contents"
    """Of a page: number, links, following, edges, navigations; lists as their numbers or digests with commas."""
    NAVIGATIONS = "navigations"
    """Digest, rank, lines as JSON; by rank."""
    ROOT = "root"
    """Number of the page at the root of the scope."""
    ALIKE = "alike"
    """Number, likeness."""
    BESIDE = "beside"
    """Number of a Markdown file, number of the page that it lies beside."""


@dataclass(slots=True)
class JobGraph:
    """A job's pages, the number of the one where its manual begins, and what orders them.

    Each navigation comes with how many pages show it; `orders` are discovery's lists of page numbers. By page number,
    `alike` has the likeness of pages that share a structure, `beside` the page that a Markdown file lies beside.
    """

    pages: PageGraph = field(default_factory=PageGraph)
    front: int = 0
    navigations: list[tuple[int, Sequence[NavLine]]] = field(default_factory=list[tuple[int, Sequence[NavLine]]])
    orders: list[Sequence[int]] = field(default_factory=list[Sequence[int]])
    alike: dict[int, str] = field(default_factory=dict[int, str])
    beside: dict[int, int] = field(default_factory=dict[int, int])


def write_section(file: TextIO, section: Section, rows: Iterable[Sequence[Any]]) -> int:
    """Write rows; return how many they were."""
    count = 0
    for some in in_parts(rows, _AT_ONCE):
        count += len(some)
        file.write(json.dumps([section, [list(row) for row in some]]) + "\n")
    return count


def in_parts(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield the items, some at a time."""
    left = iter(items)
    while some := list(islice(left, size)):
        yield some


def read_graph(file: TextIO) -> JobGraph:
    """Make the graph of what was written; its `pages` are to be closed by the caller."""
    graph = JobGraph()
    shown: Counter[str] = Counter()
    for line in file:
        section, rows = json.loads(line)
        for row in rows:
            _add(graph, shown, Section(section), row)
    graph.front = graph.front or _first_shown(graph.navigations)
    return graph


def _add(graph: JobGraph, shown: Counter[str], section: Section, row: Any) -> None:
    match section:
        case Section.PAGES:
            id_, number, url, state, digest, is_loose = row
            graph.pages.add(PageNode(id_, number, url, PageState(state), digest, is_loose=is_loose))
        case Section.CONTENTS:
            number, links, following, edges, navigations = row
            graph.pages.lead(number, [int(link) for link in links.split(",") if link], following, edges.split(","))
            shown.update(filter(None, navigations.split(",")))
        case Section.NAVIGATIONS:
            digest, rank, text = row
            lines = [NavLine(*line) for line in json.loads(text)]
            if digest in shown:
                graph.navigations.append((shown[digest], lines))
            if rank:
                graph.orders.append([line.number for line in lines])
        case Section.ROOT:
            (graph.front,) = row
        case Section.ALIKE:
            graph.alike[row[0]] = row[1]
        case Section.BESIDE:
            graph.beside[row[0]] = row[1]


def _first_shown(navigations: Sequence[tuple[int, Sequence[NavLine]]]) -> int:
    """Return the page that the most shown navigation begins with; without one, the seed."""
    firsts = [
        (count, len(lines), next((line.number for line in lines if line.number), 1)) for count, lines in navigations
    ]
    return max(firsts, key=lambda one: (one[0], one[1], -one[2]), default=(0, 0, 1))[2]
