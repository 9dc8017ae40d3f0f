import pytest

from docspasta_mcp.model.page_identity import (
    has_name,
    is_same_page,
    is_trap,
    page_hash,
    page_key,
    plain_url,
    trap_group,
)


@pytest.mark.parametrize(
    "spelling",
    [
        "https://d.example/guide",
        "http://d.example/guide/",
        "https://www.d.example/guide/index.html",
        "https://d.example/guide/Default.aspx",
        "https://d.example/guide/;jsessionid=AB12",
        "https://d.example/guide/?PHPSESSID=x1&highlight=word",
    ],
)
def test_the_spellings_of_one_page_have_one_key(spelling: str) -> None:
    assert page_key(spelling) == "d.example/guide"
    assert page_hash(spelling) == page_hash("https://d.example/guide/")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("/a", "/a.html"),
        ("/a", "/A"),
        ("/a", "/a?page=2"),
        ("/a", "/a/b"),
        ("/x.html", "/x.htm"),
        ("/indexes/", "/"),
        ("/Index.html", "/"),
    ],
)
def test_what_may_be_two_pages_has_two_keys(one: str, other: str) -> None:
    assert page_key(f"https://d.example{one}") != page_key(f"https://d.example{other}")


def test_a_page_may_call_itself_by_another_spelling_but_not_by_another_path() -> None:
    assert is_same_page("https://d.example/Guide.html?x=1", "https://d.example/guide/")
    assert not is_same_page("https://d.example/", "https://d.example/guide/")


def test_session_ids_are_not_fetched_and_other_queries_are_kept() -> None:
    assert plain_url("https://d.example/a;jsessionid=1F?title=B&sid=2") == "https://d.example/a?title=B"
    assert plain_url("https://d.example/a?title=B+C&x=") == "https://d.example/a?title=B+C&x="


def test_endless_spaces_are_recognised_or_counted() -> None:
    assert is_trap("https://d.example/a/b/a/b/a/b/")
    assert is_trap("https://d.example/x/x/x/y.html")
    assert is_trap("https://d.example/" + "d/e" * 12)
    assert is_trap("https://d.example/?" + "&".join(f"p{n}=1" for n in range(9)))
    assert not is_trap("https://d.example/a/b/a/b/c/")
    assert trap_group("https://d.example/cal?month=5") == ("https://d.example/cal?", 20)
    assert trap_group("https://d.example/events/2026/05/") == ("https://d.example/events/", 30)
    assert trap_group("https://d.example/3.11/library/os.html") is None


@pytest.mark.parametrize(
    ("query", "is_one"),
    [
        ("title=Install_it", True),
        ("id=guide:first-steps", True),
        ("title=Release_2024", True),
        ("title=%D0%A1%D1%82%D0%B0%D1%80%D1%82", True),
        ("title=Install&action=edit", False),
        ("id=12", False),
        ("id=a8f0e1d29c3b4475", False),
        ("page=2", False),
        ("file=https://d.example/x", False),
        ("sort=name", False),
        ("month=may", False),
        ("title", False),
        ("", False),
    ],
)
def test_a_query_may_be_the_name_of_a_page(query: str, is_one: bool) -> None:
    assert has_name(f"https://d.example/index.php?{query}") is is_one
