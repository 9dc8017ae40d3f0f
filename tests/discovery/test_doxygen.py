"""What Doxygen's scripts say of a manual's pages, read as data."""

import pytest

from docspasta_mcp.discovery.doxygen import index_files, is_member_list, tree_of, tree_scripts

_BASE = "https://docs.example/d/"
_TREE = f"{_BASE}navtreedata.js"


def _urls(script: str, *indexes: str, url: str = _TREE) -> list[str]:
    return [entry.url.removeprefix(_BASE) for entry in tree_of(script, indexes, url)]


def test_the_scripts_of_a_page_of_doxygen_are_found_the_tree_before_the_menu() -> None:
    page = (
        '<meta name="generator" content="Doxygen 1.9.8"/><script type="text/javascript" src="../../menudata.js"></script>'
        '<script type="text/javascript" src="../../navtreedata.js"></script>'
    )

    assert tree_scripts(page, f"{_BASE}d1/d2/a.html") == (_TREE, f"{_BASE}menudata.js")
    assert tree_scripts(page.replace("Doxygen", "Other"), f"{_BASE}a.html") == ()


def test_an_index_gives_pages_their_places_whatever_its_order() -> None:
    index = '{\n"b.html":[1],\n"b.html#x":[1,0],\n"a.html":[0],\n"index.html":[],\n"c.html#m":[0,2,1],\n"c.html#a":[0,2]\n};'

    assert _urls("var NAVTREE = [];", index) == ["index.html", "a.html", "c.html", "b.html"]


def test_without_its_indexes_a_tree_still_gives_what_it_holds_itself() -> None:
    tree = 'var NAVTREE =\n[ [ "L", "index.html", [ [ "A \\"q\\"", "a.html", null ], [ "B", "b.html", "b" ] ] ] ];'

    assert _urls(tree) == ["index.html", "a.html", "b.html"]


def test_as_many_indexes_are_asked_for_as_the_tree_names() -> None:
    tree = 'var NAVTREE = [];\nvar NAVTREEINDEX =\n[\n"a.html",\n"m.html#x[1]"\n];\nvar X = "y";'

    assert index_files(tree.replace("[1]", ""), _TREE) == [f"{_BASE}navtreeindex0.js", f"{_BASE}navtreeindex1.js"]


def test_a_menu_is_read_with_its_levels_and_never_run() -> None:
    menu = (
        'var menudata={children:[{text:"Main",url:"index.html"},{text:"More",url:"a.html",children:[{text:"B",'
        'url:"b.html#x"},{text:"Evil",url:"https://other.example/"},{text:"Bad",url:"javascript:alert(1)"}]},'
        '{text:"C",url:"c.html"}]}'
    )
    entries = tree_of(menu, (), f"{_BASE}menudata.js")

    assert [(entry.nav_level, entry.url.removeprefix(_BASE)) for entry in entries] == [
        (1, "index.html"),
        (1, "a.html"),
        (2, "b.html"),
        (1, "c.html"),
    ]


@pytest.mark.parametrize(
    ("name", "is_list"),
    [("functions.html", True), ("functions_vars_b.html", True), ("globals_func.html", True), ("classes.html", True),
     ("functional.html", False), ("class_a.html", False), ("annotated.html", False)],
)  # fmt: skip
def test_lists_of_names_by_the_alphabet_are_no_chapters(name: str, *, is_list: bool) -> None:
    assert is_member_list(f"{_BASE}{name}") is is_list
