"""A question's words in a passage are marked, in all their forms, and marks let nothing through."""

import pytest

from docspasta_mcp.server.ui.markdown_html import parse, to_html
from docspasta_mcp.server.ui.marked import mark


def marked(markdown: str, query: str, *languages: str) -> str:
    parsed = parse(f"# \n{markdown}")
    mark(parsed.tokens, query, languages)
    return to_html(parsed, {})


@pytest.mark.parametrize(
    ("markdown", "query", "languages", "html"),
    [
        ("Labels and **labelled** jars.", "how to label a jar", ("en",),
         "<p><mark>Labels</mark> and <strong><mark>labelled</mark></strong> <mark>jars</mark>.</p>"),
        ("Die Gläser.", "Glas", ("de",), "<p>Die <mark>Gläser</mark>.</p>"),
        ("Die Häuser.", "Häusern", ("de",), "<p>Die <mark>Häuser</mark>.</p>"),
        ("Use `--dry-run`.", "--dry-run", (), "<p>Use <mark><code>--dry-run</code></mark>.</p>"),
        ("Nothing.", "label", (), "<p>Nothing.</p>"),
        ("## Labels\n\nSource: page 6, https://d.example/label", "label", (),
         "<h2><mark>Labels</mark></h2>\n<p>Source: page 6, https://d.example/label</p>"),
    ],
)  # fmt: skip
def test_words_are_marked_in_all_their_forms(markdown: str, query: str, languages: tuple[str, ...], html: str) -> None:
    assert marked(markdown, query, *languages).strip() == html


@pytest.mark.parametrize("query", ["<script>alert(1)</script>", "img onerror", '"><b>', "mark"])
def test_nothing_comes_through_with_a_mark(query: str) -> None:
    html = marked('a &lt;script&gt;alert(1)&lt;/script&gt; <img src=x onerror=alert(1)> mark "><b>', query)
    assert "<script" not in html
    assert "<img" not in html


def test_a_picture_is_linked_unless_it_stands_in_a_link_itself() -> None:
    outside = to_html(parse("[a](http://b.example) text ![p](http://x.example/y.png) more"), {})
    inside = to_html(parse("[![p](http://x.example/y.png)](http://b.example)"), {})
    assert outside.count("<a ") == 2
    assert "[picture: p]</a> more" in outside
    assert inside.count("<a ") == 1
