import pytest

from docspasta_mcp.document.search.words import analyser


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("http.postBuffer", {"http.postbuffer", "http", "post", "buffer"}),
        ("--force-with-lease", {"force-with-lease", "forc", "leas"}),
        ("QuerySet.select_related", {"queryset.select_related", "select_related", "select", "relat"}),
        ("O_CREAT", {"o_creat", "creat"}),
        ("maxConnections", {"maxconnections", "max", "connect"}),
        ("std::vector", {"std.vector", "vector"}),
        ("tar -x", {"tar", "-x"}),
    ],
)
def test_an_identifier_is_known_whole_and_by_its_parts(text: str, expected: set[str]) -> None:
    assert expected <= set(analyser("en").terms(text))


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("en", "authenticate", "authentication"),
        ("de", "Häuser", "hauser"),
        ("ru", "столы", "столов"),
        ("fr", "cafés", "café"),
        ("xx", "strings", "string"),
    ],
)
def test_forms_of_a_word_are_one_term(language: str, one: str, other: str) -> None:
    terms = analyser(language).terms
    assert terms(one) == terms(other)


def test_a_word_that_ends_like_a_form_stays_another_word() -> None:
    assert analyser("en").terms("string") != analyser("en").terms("str")


@pytest.mark.parametrize(
    ("text", "pairs"), [("全文検索", ["全文", "文検", "検索"]), ("설정", ["설정"]), ("字", ["字"])]
)
def test_languages_without_spaces_give_pairs(text: str, pairs: list[str]) -> None:
    assert analyser("ja").terms(text) == pairs


def test_targets_of_links_are_no_text() -> None:
    assert analyser("en").terms("[read](http://one.example/wal(2).html#x) <https://two.example/>") == ["read"]


def test_languages_that_pages_make_up_take_no_memory() -> None:
    assert len({id(analyser(f"x{number}-abc")) for number in range(100)}) == 1
    assert analyser("de-AT") is analyser("de_DE")
