"""Put a job's pages in reading order, the same one whatever order they came in.

1. The site's own navigation, merged from what every page shows of it (`navtree`).
2. Where a page names its successor (rel=next) and no navigation shows that one, it follows at once.
3. Discovery's lists, such as the sections of llms.txt.
4. Links: a page's parent is, among the pages nearest to the front page that link to it, the one whose URL shares the
   longest path with its own; ties go to the one met first. Children come behind what their parent encloses.
5. Pages that nothing leads to come last, in the order of a sitemap, then of their URLs.
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

from docspasta_mcp.crawl.navtree import merge_navigations, walk
from docspasta_mcp.models import NavLine, PageNode
from docspasta_mcp.urls import path_of


@dataclass(frozen=True, slots=True)
class Placed:
    """A page in reading order: its depth in the navigation, and the headings that open before it."""

    node: PageNode
    level: int = 0
    captions: tuple[str, ...] = ()


def reading_order(
    front: int,
    pages: Iterable[PageNode],
    navigations: Iterable[tuple[int, Sequence[NavLine]]] = (),
    orders: Sequence[Sequence[int]] = (),
) -> list[Placed]:
    """Return the pages in reading order, the front page first.

    Args:
        front: number of the page where the manual begins.
        pages: all pages of the job; numbers that are not among them are passed over.
        navigations: each with the number of pages that show it.
        orders: discovery's lists of page numbers, the most trustworthy first.
    """
    nodes = {page.number: page for page in sorted(pages, key=lambda page: page.url)}
    shown = _by_navigation(front, nodes, navigations)
    placed = dict.fromkeys([front, *shown] if front in nodes else shown)
    linked = _tree(front, nodes) if front in nodes else {}
    in_lists = [number for order in orders for number in order if number in nodes]
    if len(placed) <= 1:
        placed.update(dict.fromkeys(in_lists[: len(nodes)]) if orders and _covers(orders[0], nodes) else {})
    order = _with_relatives(list(placed), linked, nodes, front)
    met = set(order)
    order.extend(dict.fromkeys(number for number in in_lists if number not in met))
    met.update(order)
    order.extend(number for number in nodes if number not in met)
    order = _chained(order, nodes, fixed=shown.keys())
    levels = {number: level for number, (level, _) in shown.items()}
    result: list[Placed] = []
    level = 0
    for number in order:
        level = 0 if number == front else levels.get(number, level)
        result.append(Placed(nodes[number], level, shown[number][1] if number in shown else ()))
    return result


def _by_navigation(
    front: int, nodes: Mapping[int, PageNode], navigations: Iterable[tuple[int, Sequence[NavLine]]]
) -> dict[int, tuple[int, tuple[str, ...]]]:
    """Return the pages of the merged navigation, each with its depth and the captions that open before it."""

    def strength(one: tuple[int, Sequence[NavLine]]) -> tuple[int, int, list[str]]:
        count, lines = one
        return -count, -len(lines), [nodes[line.number].url if line.number else line.title for line in lines]

    known = [
        (count, [line for line in lines if not line.number or line.number in nodes]) for count, lines in navigations
    ]
    rank = {number: place for place, number in enumerate(nodes[front].links if front in nodes else ())}
    tree = merge_navigations([lines for _, lines in sorted(known, key=strength)], rank)
    found: dict[int, tuple[int, tuple[str, ...]]] = {}
    captions: list[tuple[int, str]] = []
    for key, depth in walk(tree):
        if isinstance(key, tuple):
            captions = [caption for caption in captions if caption[0] < depth]
            captions.append((depth, key[-1]))
        elif key in nodes:
            opened = tuple("  " * level + title for level, title in captions if level < depth)
            found[key] = (depth, opened)
            captions = []
    return found


def _covers(order: Sequence[int], nodes: Mapping[int, PageNode]) -> bool:
    """Tell whether a list names most of the pages, so that it is more than a selection."""
    return 2 * len(set(order) & nodes.keys()) > len(nodes)


def _with_relatives(
    order: Sequence[int], children: Mapping[int, Sequence[int]], nodes: Mapping[int, PageNode], front: int
) -> list[int]:
    """Put what only links lead to behind its parent; what the front page links to comes last."""
    placed = set(order)
    result: list[int] = []

    def descend(root: int) -> None:
        stack = [link for link in reversed(children.get(root, ())) if link not in placed]
        while stack:
            key = stack.pop()
            if key in placed:
                continue
            placed.add(key)
            result.append(key)
            stack.extend(link for link in reversed(children.get(key, ())) if link not in placed)

    for key in order:
        result.append(key)
        if key != front and key in nodes:
            descend(key)
    descend(front)
    return result


def _chained(order: Sequence[int], nodes: Mapping[int, PageNode], *, fixed: Set[int]) -> list[int]:
    """Pull every page's named successors up behind it; who has a predecessor waits for it, unless it is fixed."""
    following = {
        number: page.following
        for number, page in nodes.items()
        if page.following in nodes and page.following not in fixed and page.following != number
    }
    has_predecessor = set(following.values())
    chained: dict[int, None] = {}
    for heads_only in (True, False):  # the second round takes chains that bite their own tail
        for key in order:
            if key in chained or (heads_only and key in has_predecessor and key != order[0]):
                continue
            current: int | None = key
            while current is not None and current not in chained:
                chained[current] = None
                current = following.get(current)
    return list(chained)


def _tree(seed: int, nodes: Mapping[int, PageNode]) -> dict[int, list[int]]:
    """Return each page's children by links, by levels from the seed."""
    children: dict[int, list[int]] = {}
    placed = {seed}
    level = [seed] if seed in nodes else []
    while level:
        parents: dict[int, int] = {}
        for key in level:
            for link in nodes[key].links:
                if link in placed or link not in nodes:
                    continue
                rival = parents.get(link)
                if rival is None or _kinship(nodes[key], nodes[link]) > _kinship(nodes[rival], nodes[link]):
                    parents[link] = key
        for key in level:
            for link in nodes[key].links:
                if parents.get(link) == key and link not in placed:
                    placed.add(link)
                    children.setdefault(key, []).append(link)
        level = [link for key in level for link in children.get(key, ())]
    return children


def _kinship(parent: PageNode, child: PageNode) -> int:
    """Return how many leading directories two URLs share."""
    ours, theirs = (path_of(node.url).split("/")[:-1] for node in (parent, child))
    shared = 0
    for mine, other in zip(ours, theirs, strict=False):
        if mine != other:
            break
        shared += 1
    return shared
