"""Spend a budget that is smaller than the manual around the page that was asked for."""

from collections.abc import Sequence

from docspasta_mcp.model.frontier import NavEntry, NewPage
from docspasta_mcp.model.page_identity import page_key
from docspasta_mcp.urls import path_of


def nearest_first(
    seed: str, pages: Sequence[NewPage], trees: Sequence[Sequence[NavEntry]], *, root: str
) -> tuple[NewPage, ...]:
    """Return pages in the order in which a small budget is spent on them: the seed, its section, then all others.

    Args:
        seed: the page that was asked for.
        pages: all that are known, in reading order.
        trees: the navigations that the seed shows.
        root: path of the manual's directory.
    """
    near = _section(page_key(seed), trees)
    path = path_of(seed)
    directory = path[: path.rindex("/") + 1]

    def rank(page: NewPage) -> int:
        key = page_key(page.url)
        if key == page_key(seed):
            return 0
        if key in near:
            return 1 + near[key]
        return 3 if len(directory) > len(root) and path_of(page.url).startswith(directory) else 4

    return tuple(sorted(pages, key=rank))


def _section(seed: str, trees: Sequence[Sequence[NavEntry]]) -> dict[str, int]:
    """Return the keys of pages below the seed in a navigation (0), and of those below what it stands under (1)."""
    near: dict[str, int] = {}
    for tree in trees:
        place = next((at for at, entry in enumerate(tree) if entry.url and page_key(entry.url) == seed), None)
        if place is None:
            continue
        level = tree[place].nav_level
        for entry in _below(tree, place):
            if entry.url:
                near.setdefault(page_key(entry.url), 0)
        above = next((at for at in range(place - 1, -1, -1) if tree[at].nav_level < level), None)
        if above is not None and level > 1:
            for entry in (tree[above], *_below(tree, above)):
                if entry.url:
                    near.setdefault(page_key(entry.url), 1)
    return near


def _below(tree: Sequence[NavEntry], place: int) -> Sequence[NavEntry]:
    end = next((at for at in range(place + 1, len(tree)) if tree[at].nav_level <= tree[place].nav_level), len(tree))
    return tree[place + 1 : end]
