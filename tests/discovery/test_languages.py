"""What a page says of its translations, and which directories are called after which languages."""

import pytest

from docspasta_mcp.discovery.context_values import PageContext
from docspasta_mcp.discovery.language_switch import alternates
from docspasta_mcp.discovery.link_resolver import LinkResolver
from docspasta_mcp.discovery.page_context import read_page_context
from docspasta_mcp.extract.parse import parse_html
from docspasta_mcp.model.languages import same_language, speaks
from docspasta_mcp.model.scope import Scope

SCOPE = Scope("https://d.example", "/", language="en")


def found(body: str, head: str = "") -> list[tuple[str, str, bool]]:
    document = parse_html(f"<html lang='en'><head>{head}</head><body>{body}</body></html>".encode())
    look = LinkResolver(document, "https://d.example/a.html", SCOPE)
    return [(tag, url.removeprefix("https://d.example"), sure) for tag, url, sure in alternates(document, look)]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<a hreflang='pt-BR' href='/pt/a.html'>x</a>", [("pt-br", "/pt/a.html", True)]),
        ("<a href='/de/'>Deutsch</a><a href='/ja/'>日本語</a>", [("de", "/de/", False), ("ja", "/ja/", False)]),
        ("<a href='/a.html'>English</a><a href='/zh/'><i></i>简体中文 (zh)</a>", [("zh", "/zh/", False)]),
        ("<div class='lang-select'><a href='/de/'>DE</a></div>", [("de", "/de/", False)]),
        ("<select><option value='/a.html'>English</option><option value='/fr/'>Français</option></select>",
         [("fr", "/fr/", False)]),
        ("<p>There is a chapter on <a href='/models/'>German</a>.</p>", []),
        ("<nav><a href='/ml/'>ml</a><a href='/io/'>io</a></nav>", []),
    ],
)  # fmt: skip
def test_hreflang_and_switchers_name_translations(body: str, expected: list[tuple[str, str, bool]]) -> None:
    assert found(body) == expected


def test_link_elements_name_translations_but_not_the_page_for_all_others() -> None:
    head = "".join(f'<link rel="alternate" hreflang="{tag}" href="/{tag}/">' for tag in ("x-default", "de"))
    assert found("", head) == [("de", "/de/", True)]


@pytest.mark.parametrize(
    ("segment", "tag", "says"),
    [("de", "de", True), ("pt_BR", "pt-br", True), ("jp", "ja", True), ("cn", "zh-cn", True), ("ml", "en", False)],
)
def test_a_directory_is_called_after_a_language(segment: str, tag: str, says: bool) -> None:
    assert speaks(segment, tag) is says


def test_regions_of_a_language_are_told_apart() -> None:
    assert same_language("en", "en-us")
    assert not same_language("en-gb", "en-us")
    assert not same_language("", "")


def page(language: str, *others: str) -> PageContext:
    links = "".join(f'<link rel="alternate" hreflang="{tag}" href="/{tag}.html">' for tag in others)
    html = (
        f"<html lang='{language}'><head>{links}</head><body><a href='/de.html'>de</a><a href='/b'>b</a></body></html>"
    )
    return read_page_context(parse_html(html.encode()), "https://d.example/page.html", SCOPE)


def test_links_to_translations_are_left_out() -> None:
    around = page("en", "en", "de")
    assert (around.links, [one.reason for one in around.left_out]) == (("https://d.example/b",), ["translation"])


def test_a_page_in_another_language_is_a_translation_if_it_names_its_original() -> None:
    assert page("de", "en", "de").is_translation
    assert not page("de").is_translation
    assert not page("en-gb", "en", "de").is_translation
