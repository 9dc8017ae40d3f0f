import pytest

from docspasta_mcp.model.scope import EditionChoice, Scope, ScopeMode

SCOPE = Scope(
    "https://d.example",
    "/docs/en/",
    exclude=("*/private/*",),
    mode=ScopeMode.AUTO,
    kept=(EditionChoice("translation", "/docs/", "en"), EditionChoice("version", "/docs/en/", "")),
    aliases=(("https://www.d.example/", "https://d.example/"), ("https://prod.example/m/", "https://d.example/docs/")),
)


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/docs/en/a.html", ""),
        ("/docs/en", ""),
        ("/docs/english/a.html", "outside"),
        ("/docs/de/a.html", "translation"),
        ("/docs/pt-br/a.html", "translation"),
        ("/docs/en/2.x/a.html", "version"),
        ("/docs/en/whatsnew/3.5.html", ""),
        ("/docs/en/api/v1/users", ""),
        ("/docs/en/private/a.html", "excluded"),
        ("/docs/en/blog/2026/", "blog"),
        ("/docs/en/tutorial/blog/", ""),
        ("/docs/en/project/changelog.html", ""),
        ("/docs/en/print.html", "print"),
        ("/docs/en/builtins/print.html", ""),
        ("/docs/en/_modules/x.html", "source"),
        ("/docs/en/search.html", ""),
        ("/docs/en/all.html", "print"),
        ("/docs/en/guide/all.html", ""),
        ("/docs/en/all", ""),
        ("/docs/en/Redux_8h_source.html", "source"),
        ("/docs/en/base/src/Data.Map.html", "source"),
        ("/docs/en/src/Guide.html", ""),
        ("/docs/en/src-html/org/x/A.html", "source"),
        ("/docs/en/classEigen_1_1Matrix-members.html", "listing"),
        ("/docs/en/team-members.html", ""),
        ("/docs/en/org/x/class-use/A.html", "listing"),
        ("/docs/en/method_list.html", "listing"),
        ("/docs/en/a/a/a/", "trap"),
    ],
)
def test_a_scope_says_why_a_page_is_left_out(path: str, reason: str) -> None:
    assert SCOPE.refusal(f"https://d.example{path}") == reason


def test_another_site_is_outside_until_it_is_an_alias() -> None:
    assert SCOPE.refusal("https://prod.example/m/en/a") == "outside"
    assert SCOPE.normal("https://prod.example/m/en/a") == "https://d.example/docs/en/a"
    assert SCOPE.normal("https://www.d.example/docs/en/?sid=1") == "https://d.example/docs/en/"


def test_include_brings_back_what_is_left_out_by_kind_and_a_chosen_prefix_leaves_nothing_out() -> None:
    with_blog = Scope("https://d.example", "/", include=("/blog/*",), mode=ScopeMode.AUTO)
    assert "https://d.example/blog/a" in with_blog
    assert "https://d.example/print.html" not in with_blog
    assert "https://d.example/print.html" in Scope("https://d.example", "/")


def test_a_changelog_is_an_aside_until_it_is_asked_for() -> None:
    assert SCOPE.is_changelog("https://d.example/docs/en/project/changelog.html")
    assert SCOPE.is_changelog("https://d.example/docs/en/ChangeLog/v2")
    assert not SCOPE.is_changelog("https://d.example/docs/en/changes.html")
    assert not Scope("https://d.example", "/").is_changelog("https://d.example/changelog")
    wanted = Scope("https://d.example", "/", include=("/changelog",), mode=ScopeMode.AUTO)
    assert not wanted.is_changelog("https://d.example/changelog")


def test_a_scope_survives_the_store() -> None:
    assert Scope.from_json(SCOPE.to_json()) == SCOPE
