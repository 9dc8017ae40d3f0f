import itertools

from docspasta_mcp.crawl.order import Node, reading_order

SITE = {
    1: Node(1, "https://d.example/", (2, 3, 4)),
    2: Node(2, "https://d.example/intro.html", (6, 3)),
    3: Node(3, "https://d.example/guide/", (5, 6)),
    4: Node(4, "https://d.example/api/", (7,)),
    5: Node(5, "https://d.example/guide/a.html", (1, 6)),
    6: Node(6, "https://d.example/guide/b.html", (5,)),
    7: Node(7, "https://d.example/api/x.html", (99,)),
    9: Node(9, "https://d.example/z.html", ()),
    8: Node(8, "https://d.example/y.html", ()),
}


def test_pages_follow_the_links_of_the_nearest_page_of_their_directory() -> None:
    assert reading_order(1, SITE) == [1, 2, 3, 5, 6, 4, 7, 8, 9]


def test_the_order_does_not_depend_on_when_pages_came_in() -> None:
    for items in itertools.islice(itertools.permutations(SITE.items()), 0, 300_000, 9_973):
        assert reading_order(1, dict(items)) == [1, 2, 3, 5, 6, 4, 7, 8, 9]


def test_without_its_seed_pages_are_ordered_by_url() -> None:
    assert reading_order(42, {9: SITE[9], 8: SITE[8]}) == [8, 9]
    assert reading_order(1, {}) == []
