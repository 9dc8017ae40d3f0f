import itertools

from docspasta_mcp.document.page_graph import PageGraph
from docspasta_mcp.document.reading_order import reading_order
from docspasta_mcp.model.document import NavLine, PageNode
from docspasta_mcp.model.page import PageState


def page(number: int, path: str, *links: int, following: int | None = None) -> PageNode:
    return PageNode(number, number, f"https://d.example/{path}", PageState.DONE, links, following)


SITE = [
    page(1, "", 2, 3, 4),
    page(2, "intro.html", 6, 3),
    page(3, "guide/", 5, 6),
    page(4, "api/", 7),
    page(5, "guide/a.html", 1, 6),
    page(6, "guide/b.html", 5),
    page(7, "api/x.html", 99),
    page(9, "z.html"),
    page(8, "y.html"),
]


def numbers(seed: int, pages: list[PageNode]) -> list[int]:
    graph = PageGraph(sorted(pages, key=lambda page: page.url))
    return [placed.number for placed in reading_order(seed, graph)]


def test_pages_follow_the_links_of_the_nearest_page_of_their_directory() -> None:
    assert numbers(1, SITE) == [1, 2, 3, 5, 6, 4, 7, 8, 9]


def test_the_order_does_not_depend_on_when_pages_came_in() -> None:
    for pages in itertools.islice(itertools.permutations(SITE), 0, 300_000, 9_973):
        assert numbers(1, list(pages)) == [1, 2, 3, 5, 6, 4, 7, 8, 9]


def test_a_page_that_names_its_successor_is_followed_by_it() -> None:
    book = [
        page(1, "", 4, 2, 3, following=2),
        page(2, "one.html", 4, following=3),
        page(3, "two.html", following=4),
        page(4, "three.html", following=99),
        page(5, "aside/", 6),
        page(6, "aside/b.html", following=7),
        page(7, "aside/c.html", following=6),
        page(8, "self.html", following=8),
    ]
    assert numbers(1, book) == [1, 2, 3, 4, 5, 8, 6, 7]


def test_without_its_seed_pages_are_ordered_by_url() -> None:
    assert numbers(42, [SITE[7], SITE[8]]) == [8, 9]
    assert numbers(1, []) == []


def test_what_the_navigation_does_not_name_stands_below_none_of_its_groups() -> None:
    shown = [NavLine(0, 2, ""), NavLine(0, 0, "Getting help"), NavLine(1, 3, "")]
    pages = [
        page(1, "", 2, 3, 4),
        page(2, "intro.html"),
        page(3, "mail.html", 5),
        page(4, "a.html"),
        page(5, "lists.html"),
    ]
    graph = PageGraph(sorted([*pages, page(6, "z.html")], key=lambda page: page.url))
    placed = [(one.number, one.level) for one in reading_order(1, graph, [(5, shown)])]
    assert placed == [(1, 0), (2, 0), (3, 1), (5, 1), (4, 0), (6, 0)]
