"""Put a job's pages in reading order, the same one whatever order they came in.

1. The site's own navigation, merged from what every page shows of it (`navigation_merge`).
2. Where a page names its successor (rel=next) and no navigation shows that one, it follows at once.
3. Discovery's lists, such as the sections of llms.txt.
4. Links: a page's parent is, among the pages nearest to the front page that link to it, the one whose URL shares the
   longest path with its own; ties go to the one met first. Children come behind what their parent encloses.
5. Pages that nothing leads to come last, in the order of a sitemap, then of their URLs.
"""

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from docspasta_mcp.document.navigation_merge import merge_navigations, walk
from docspasta_mcp.document.page_graph import PageGraph
from docspasta_mcp.model.document import NavLine

_MAX_KINSHIP = 255  # directories that two URLs share; it is kept in a byte


@dataclass(frozen=True, slots=True)
class Placed:
    """A page in reading order: its number, its depth in the navigation, and the headings that open before it."""

    number: int
    level: int = 0
    captions: tuple[str, ...] = ()


def reading_order(
    front: int,
    graph: PageGraph,
    navigations: Iterable[tuple[int, Sequence[NavLine]]] = (),
    orders: Sequence[Sequence[int]] = (),
) -> Iterator[Placed]:
    """Yield the pages in reading order, the front page first.

    Args:
        front: number of the page where the manual begins.
        graph: all pages of the job; numbers that are not among them are passed over.
        navigations: each with the number of pages that show it.
        orders: discovery's lists of page numbers, the most trustworthy first.
    """
    shown = _by_navigation(front, graph, navigations)
    placed = dict.fromkeys([front, *shown] if front in graph else shown)
    in_lists = list(dict.fromkeys(number for order in orders for number in order if number in graph))
    if len(placed) <= 1 and orders and _covers(orders[0], graph):
        placed.update(dict.fromkeys(in_lists))
    order, inner = _with_relatives(list(placed), _children(front, graph), graph, front)
    met = bytearray(graph.size)
    for number in order:
        met[number] = 1
    for numbers in (in_lists, graph):
        for number in numbers:
            if not met[number]:
                met[number] = 1
                order.append(number)
    loose = bytearray(graph.size)
    for number in order[inner:]:
        loose[number] = 1
    final = _chained(order, graph, fixed=shown.keys())
    last = max((place for place, number in enumerate(final) if number in shown), default=-1)
    level = 0
    for place, number in enumerate(final):
        depth, captions = shown.get(number, (level, ()))
        level = 0 if number == front or (place > last and loose[number]) else depth
        yield Placed(number, level, captions)


def _by_navigation(
    front: int, graph: PageGraph, navigations: Iterable[tuple[int, Sequence[NavLine]]]
) -> dict[int, tuple[int, tuple[str, ...]]]:
    """Return the pages of the merged navigation, each with its depth and the captions that open before it."""

    def strength(one: tuple[int, Sequence[NavLine]]) -> tuple[int, int, list[str]]:
        count, lines = one
        return -count, -len(lines), [graph.url(line.number) if line.number else line.title for line in lines]

    known = [
        (count, [line for line in lines if not line.number or line.number in graph]) for count, lines in navigations
    ]
    rank = {number: place for place, number in enumerate(graph.links(front) if front in graph else ())}
    rank[front] = -1  # it stands before all that it links to
    tree = merge_navigations([lines for _, lines in sorted(known, key=strength)], rank)
    found: dict[int, tuple[int, tuple[str, ...]]] = {}
    captions: list[tuple[int, str]] = []
    for key, depth in walk(tree):
        if isinstance(key, tuple):
            captions = [caption for caption in captions if caption[0] < depth]
            captions.append((depth, key[-1]))
        elif key in graph:
            opened = tuple("  " * level + title for level, title in captions if level < depth)
            found[key] = (depth, opened)
            captions = []
    return found


def _covers(order: Sequence[int], graph: PageGraph) -> bool:
    """Tell whether a list names most of the pages, so that it is more than a selection."""
    return 2 * sum(number in graph for number in set(order)) > len(graph)


def _with_relatives(
    order: Sequence[int], children: Mapping[int, Sequence[int]], graph: PageGraph, front: int
) -> "tuple[array[int], int]":
    """Put pages that only links lead to after their parent; those the front page links to come last.

    Return the order, and how many come before those: what comes after is below no other page.
    """
    placed = bytearray(graph.size)
    for key in order:
        placed[key] = 1
    result = array("I")

    def descend(root: int) -> None:
        stack = [link for link in reversed(children.get(root, ())) if not placed[link]]
        while stack:
            key = stack.pop()
            if placed[key]:
                continue
            placed[key] = 1
            result.append(key)
            stack.extend(link for link in reversed(children.get(key, ())) if not placed[link])

    for key in order:
        result.append(key)
        if key != front:
            descend(key)
    inner = len(result)
    descend(front)
    return result, inner


def _chained(order: Sequence[int], graph: PageGraph, *, fixed: Set[int]) -> "array[int]":
    """Move each page directly behind the page that names it as its next, unless its place is `fixed`."""

    def successor(number: int) -> int:
        following = graph.following(number)
        return 0 if following in fixed or following == number else following

    has_predecessor = bytearray(graph.size)
    for number in graph:
        has_predecessor[successor(number)] = 1
    chained, met = array("I"), bytearray(graph.size)
    for heads_only in (True, False):  # the second round takes chains that bite their own tail
        for key in order:
            if heads_only and has_predecessor[key] and key != order[0]:
                continue
            current = key
            while current and not met[current]:
                met[current] = 1
                chained.append(current)
                current = successor(current)
    return chained


def _children(front: int, graph: PageGraph) -> dict[int, "array[int]"]:
    """Return each page's children by links, by levels from the front page."""
    children: dict[int, array[int]] = {}
    if front not in graph:
        return children
    parents, kinships, placed = array("I", bytes(4 * graph.size)), bytearray(graph.size), bytearray(graph.size)
    placed[front] = 1
    level: Sequence[int] = [front]
    while level:
        for key in level:
            directories = _directories(graph.path(key))
            for link in graph.links(key):
                if placed[link]:
                    continue
                kinship = _kinship(directories, graph.path(link))
                if not parents[link] or kinship > kinships[link]:
                    parents[link], kinships[link] = key, kinship
        below = array("I")
        for key in level:
            own = array("I")
            for link in graph.links(key):
                if parents[link] == key and not placed[link]:
                    placed[link] = 1
                    own.append(link)
            if own:
                children[key] = own
                below.extend(own)
        level = below
    return children


def _directories(path: str) -> list[tuple[int, str]]:
    """Return the directories that enclose a path, the innermost first, each with how many there are up to it."""
    parts = path.partition("?")[0].split("/")[:-1][:_MAX_KINSHIP]
    return [(count, "/".join(parts[:count]) + "/") for count in range(len(parts), 0, -1)]


def _kinship(directories: Sequence[tuple[int, str]], path: str) -> int:
    """Return how many leading directories a path shares with the page that these enclose."""
    return next((count for count, directory in directories if path.startswith(directory)), 0)
