"""Put a job's pages in reading order, the same one whatever order they came in.

Pages form a tree: a page's parent is, among the pages nearest to the seed that link to it, the one whose URL shares
the longest path with its own; ties go to the one met first. The order is that tree read top down, children in the
order of their parent's links. Pages that no link reaches follow in the order of their URLs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from docspasta_mcp.urls import path_of


@dataclass(frozen=True, slots=True)
class Node:
    """A page and the keys of the pages it links to, in document order."""

    key: int
    url: str
    links: Sequence[int]


def reading_order(seed: int, nodes: Mapping[int, Node]) -> list[int]:
    """Return all keys in reading order, the seed first. Keys that are no node are passed over."""
    children = _tree(seed, nodes)
    order = _preorder(seed, children) if seed in nodes else []
    met = set(order)
    order.extend(sorted((key for key in nodes if key not in met), key=lambda key: nodes[key].url))
    return order


def _tree(seed: int, nodes: Mapping[int, Node]) -> dict[int, list[int]]:
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


def _kinship(parent: Node, child: Node) -> int:
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
