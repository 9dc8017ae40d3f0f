"""Navigations that differ from page to page, merged."""

import itertools
from collections.abc import Sequence

from docspasta_mcp.document.navigation_merge import ROOT, merge_navigations
from docspasta_mcp.document.page_graph import PageGraph
from docspasta_mcp.document.reading_order import Placed, reading_order
from docspasta_mcp.model.document import NavLine, PageNode
from docspasta_mcp.model.page import PageState


def in_order(
    count: int,
    navigations: Sequence[tuple[int, Sequence[NavLine]]] = (),
    orders: Sequence[Sequence[int]] = (),
    links: dict[int, tuple[int, ...]] | None = None,
) -> list[Placed]:
    """Return so many pages in reading order."""
    pages = (
        PageNode(n, n, f"https://d.example/{n:02}", PageState.DONE, (links or {}).get(n, ()))
        for n in range(1, count + 1)
    )
    return list(reading_order(1, PageGraph(pages), navigations, orders))


def tree(*lines: int | tuple[int, int] | tuple[int, str]) -> list[NavLine]:
    """Return a navigation: (level, page), (level, caption), or a page at the top."""
    found: list[NavLine] = []
    for line in lines:
        level, what = line if isinstance(line, tuple) else (0, line)
        found.append(NavLine(level, 0, what) if isinstance(what, str) else NavLine(level, what))
    return found


def test_collapsed_sidebars_make_one_tree_with_depths_and_captions() -> None:
    shown = [
        (1, tree(2, (0, "Use"), (1, 3), (1, 6))),
        (2, tree(2, (0, "Use"), (1, 3), (2, 4), (2, 5), (1, 6))),
        (1, tree(2, (0, "Use"), (1, 3), (1, 6), (2, 7))),
    ]
    placed = in_order(7, shown)
    assert [(one.number, one.level, one.captions) for one in placed] == [
        (1, 0, ()), (2, 0, ()), (3, 1, ("Use",)), (4, 2, ()), (5, 2, ()), (6, 1, ()), (7, 2, ()),
    ]  # fmt: skip
    for permuted in itertools.permutations(shown):
        assert in_order(7, permuted) == placed


def test_tabs_with_a_sidebar_each_follow_the_front_page() -> None:
    shown = [(3, tree(2, 3, 4)), (2, tree(5, 6))]
    assert [one.number for one in in_order(6, shown, links={1: (5, 2)})] == [1, 5, 6, 2, 3, 4]


def test_what_only_links_lead_to_stands_behind_its_parent() -> None:
    shown = [(4, tree(1, 2, (1, 3), 4))]
    placed = in_order(6, shown, links={1: (2, 3, 4, 6), 2: (3, 5)})
    assert [one.number for one in placed] == [1, 2, 5, 3, 4, 6]


def test_llms_txt_orders_a_site_without_navigation_and_a_sitemap_what_is_left() -> None:
    placed = in_order(6, (), [[3, 2, 4, 5], [6]], {1: (5, 4)})
    assert [one.number for one in placed] == [1, 3, 2, 4, 5, 6]
    placed = in_order(5, (), [[4, 2, 5, 3]])
    assert [one.number for one in placed] == [1, 4, 2, 5, 3]


def test_navigations_that_contradict_each_other_lose_no_page() -> None:
    shown = [(1, tree(2, (1, 3))), (1, tree(3, (1, 2)))]
    assert sorted(one.number for one in in_order(3, shown)) == [1, 2, 3]


def test_the_front_page_comes_first_wherever_the_navigation_has_it() -> None:
    assert [one.number for one in in_order(3, [(3, tree(2, 3, 1))])] == [1, 2, 3]


def test_a_bar_of_sections_orders_their_longer_sidebars() -> None:
    sidebars = [tree(20, 21, 22, 23), tree(10, 11, 12, 13), tree(30, 31, 32, 33)]
    merged = merge_navigations([*sidebars, tree(10, 20, 30)], {})
    assert merged[ROOT] == [10, 11, 12, 13, 20, 21, 22, 23, 30, 31, 32, 33]
