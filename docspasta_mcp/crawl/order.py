"""Put a job's pages in reading order, the same one whatever order they came in.

Where pages name their successor (rel=next), the reader follows it. Otherwise pages form a tree: a page's parent is,
among the pages nearest to the seed that link to it, the one whose URL shares the longest path with its own; ties go
to the one met first. The order is that tree read top down, children in the order of their parent's links. Pages that
no link reaches come last, in the order of their URLs.
"""

from collections.abc import Iterable, Mapping, Sequence

from docspasta_mcp.models import PageNode
from docspasta_mcp.urls import path_of


def reading_order(seed: int, pages: Iterable[PageNode]) -> list[PageNode]:
    """Return the pages in reading order, the seed first.

    Args:
        seed: number of the page where the crawl began.
        pages: all pages of the job; links to numbers that are not among them are passed over.
    """
    nodes = {page.number: page for page in sorted(pages, key=lambda page: page.number)}
    by_links = _preorder(seed, _tree(seed, nodes)) if seed in nodes else []
    met = set(by_links)
    by_links.extend(sorted((key for key in nodes if key not in met), key=lambda key: nodes[key].url))
    return [nodes[key] for key in _chained(by_links, nodes)]


def _chained(order: Sequence[int], nodes: Mapping[int, PageNode]) -> list[int]:
    """Pull every page's named successors up behind it; who has a predecessor waits for it."""
    has_predecessor = {page.following for page in nodes.values() if page.following != page.number}
    chained: dict[int, None] = {}
    for heads_only in (True, False):  # the second round takes chains that bite their own tail
        for key in order:
            if key in chained or (heads_only and key in has_predecessor and key != order[0]):
                continue
            following: int | None = key
            while following is not None and following in nodes and following not in chained:
                chained[following] = None
                following = nodes[following].following
    return list(chained)


def _tree(seed: int, nodes: Mapping[int, PageNode]) -> dict[int, list[int]]:
    """Return each page's children, by levels from the seed."""
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


def _preorder(root: int, children: Mapping[int, Sequence[int]]) -> list[int]:
    order: list[int] = []
    stack = [root]
    while stack:
        key = stack.pop()
        order.append(key)
        stack.extend(reversed(children.get(key, ())))
    return order
