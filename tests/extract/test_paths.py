"""Elements by XPath: in document order, each once, in time by their number."""

from collections.abc import Callable
from typing import cast

import pytest
from lxml.html import HtmlElement, document_fromstring

from docspasta_mcp.extract.paths import Paths
from docspasta_mcp.extract.selectors import Search, names_of
from tests.repetition import ratio

_PAGE = document_fromstring(
    "<div id=a role=x><p id=b hidden><i id=c hidden role=x>x</i></p></div><ul id=d role=x><li id=e class='k m'></ul>"
)


def _ids(found: list[HtmlElement]) -> str:
    return "".join(one.get("id", "?") for one in found)


@pytest.mark.parametrize(
    ("path", "from_ul", "ids"),
    [
        (".//@hidden/..", False, "bc"),
        (".//i|.//@role/..|.//@hidden/..", False, "abcd"),
        (".//li | .//@role[.='x']/..", True, "de"),
        ("//@role/..|//li", True, "acde"),
        ("descendant-or-self::*/@class[contains(., 'k')][parent::li]/..", True, "e"),
        (".//@class[.='k']/..|.//ol", False, ""),
        (".//p[i|b]", False, "b"),
    ],
)
def test_what_alternatives_find_comes_once_and_in_order(path: str, from_ul: bool, ids: str) -> None:
    start = cast("HtmlElement", next(_PAGE.iter("ul"))) if from_ul else _PAGE
    assert _ids(Paths(path)(start)) == ids


def test_a_path_takes_variables() -> None:
    assert _ids(Paths("//@id[. = $name]/..")(_PAGE, name="d")) == "d"


_MOST_WALKS = 35  # that finding 40,000 elements may cost: 4 to 12 were measured; 74 to 135 with the path left whole

_MANY: dict[str, Callable[[HtmlElement], object]] = {
    "parents of attributes": Paths(".//@class/.."),
    "alternatives": Paths(".//i|.//@hidden/.."),
    "a class": lambda page: Search(".k")(page, names_of(page)),
    "several classes": lambda page: Search(".k", "i.m", "[hidden]")(page, names_of(page)),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", _MANY)
def test_what_is_found_takes_time_by_its_number(kind: str) -> None:
    page = document_fromstring("<i class='k m' hidden>x</i>" * 40_000)
    works: dict[str, Callable[[HtmlElement], object]] = {"walk": lambda page: list(page.iter()), kind: _MANY[kind]}

    def work(name: str) -> None:
        works[name](page)

    assert ratio(work, "walk", kind) < _MOST_WALKS
