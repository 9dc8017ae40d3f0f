"""Markdown, MDX and text pages, and how bytes become text."""

import pytest

from docspasta_mcp.extract.charset import decode
from docspasta_mcp.extract.markdown_pages import read_plain
from docspasta_mcp.model.edition import MarkdownEdition, MarkdownEditionKind
from tests.extract.test_page import read

URL = "https://docs.example/guide/page.mdx"


def test_front_matter_gives_the_title_and_goes() -> None:
    page = read_plain('---\ntitle: "Stores"\nlang: en\n---\n\nText.\n', URL, is_markdown=True)
    assert (page.title, page.language, page.markdown) == ("Stores", "en", "# Stores\n\nText.\n")


def test_components_within_code_of_a_line_stay() -> None:
    source = "import A from 'a'\n\n# T\n\nUse `<Button onClick={go}>` or `{/* this */}`, <Badge>new</Badge>.\n"
    assert read_plain(source, URL + "x.mdx", is_markdown=True).markdown == (
        "# T\n\nUse `<Button onClick={go}>` or `{/* this */}`, new.\n"
    )


def test_mdx_is_reduced_to_its_text_outside_of_code() -> None:
    text = (
        "import Tabs from '@theme/Tabs';\nexport const a = 1;\n\n# T\n\n<Tabs>\n<TabItem value='a' label='npm'>\n\nOne <b>x</b>.\n\n"
        "</TabItem>\n</Tabs>\n\n```jsx\nimport A from 'a'\n<Tabs>\n```\n{/* note */}\n"
    )
    expected = "# T\n\n**npm**\n\nOne **x**.\n\n```jsx\nimport A from 'a'\n<Tabs>\n```\n"
    assert read_plain(text, URL, is_markdown=True).markdown == expected


def test_links_to_markdown_files_lead_to_the_pages_beside_them_on_this_site_alone() -> None:
    text = "# T\n\n[a](b.md) [c](https://other.example/c.md)\n"
    page = read_plain(
        text, URL, is_markdown=True, markdown_edition=MarkdownEdition(MarkdownEditionKind.MD_SIBLING, suffix=".html")
    )
    assert page.links == ("https://docs.example/guide/b.html", "https://other.example/c.md")


def test_links_of_markdown_are_absolute_and_not_those_in_code() -> None:
    text = "# T\n\n[a](b.md#c) ![i](i.png) [d](/e) [f]\n\n```\n[x](y.md)\n```\n\n[f]: https://other.example/\n"
    page = read_plain(text, URL, is_markdown=True)
    assert page.links == ("https://docs.example/guide/b.md", "https://docs.example/e", "https://other.example/")


def test_plain_text_is_not_read_as_markdown() -> None:
    page = read_plain("---\ntitle: x\n---\n", URL, is_markdown=False)
    assert page.markdown == "# page.mdx\n\n---\ntitle: x\n---\n"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("日本語のドキュメントはここにあります。次のページを参照してください。", "shift_jis"),
        ("日本語のドキュメントはここにあります。次のページを参照してください。", "euc_jp"),
        ("中文文档在这里，请参阅下一页的内容。", "gb18030"),
        ("Документация по языку программирования и справочник", "cp1251"),
        ("Le café est prêt à côté des élèves.", "cp1252"),
    ],
)
def test_an_undeclared_encoding_is_detected(text: str, encoding: str) -> None:
    html = f"<html><body><p>{text * 4}</p></body></html>"
    assert decode(html.encode(encoding)) == html


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b'<meta http-equiv="Content-Type" content="text/html; charset=koi8-r">', "koi8-r"),
        (b'<?xml version="1.0" encoding="iso-8859-2"?>', "iso-8859-2"),
        (b'<!-- <meta charset="koi8-r"> --><meta charset="iso-8859-2">', "iso-8859-2"),
        (b'<meta charset="utf-16">', "utf-8"),
    ],
)
def test_a_declaration_counts_as_in_browsers(head: bytes, expected: str) -> None:
    body = head + "ž".encode("utf-8" if expected == "utf-8" else "iso-8859-2")
    assert decode(body) == body.decode(expected)


def test_what_follows_code_in_a_list_or_a_quotation_is_read() -> None:
    for code in ("- ```\n  a\n  ```", "1. ```sh\n   a\n   ```\n2. b", "> ```\n> a", "- item\n  ```\n  a\n"):
        page = read(
            f"# T\n\nwords of it\n\n{code}\n\n## Second\n\n[x](javascript:alert(1)) and [rel](b.md)\n", "text/markdown"
        )
        assert "x and [rel](https://docs.example/guide/b.md)" in page.markdown, code
        assert "https://docs.example/guide/b.md" in page.context.links


def test_code_that_four_blanks_set_apart_is_whole() -> None:
    page = (
        "# T\n\nPut:\n\n    <!-- settings -->\n    <a hidden>b</a>\n    <script src='x.js'></script>\n\n    [a](javascript:x())\n\n"
        '1. Then:\n\n       <input type="hidden">\n\n2. End.\n\nAfter.\n\n\t{{ x }} {% raw %} ```\n\t```\n'
    )
    expected = (
        "# T\n\nPut:\n\n```\n<!-- settings -->\n<a hidden>b</a>\n<script src='x.js'></script>\n\n[a](javascript:x())\n```\n\n"
        '1. Then:\n\n   ```\n   <input type="hidden">\n   ```\n\n2. End.\n\nAfter.\n\n````\n{{ x }} {% raw %} ```\n```\n````\n'
    )
    assert read_plain(page, "https://docs.example/page.md", is_markdown=True).markdown == expected


@pytest.mark.parametrize(
    "page",
    [
        "1. Item\n\n    <p hidden>Not seen.</p>\n",
        "<!-- a\n\n    Not seen.\n\n-->\n",
        "<div hidden>\n\n    <p>Not seen.</p>\n</div>\n",
        "!!! note\n    Text.\n\n    <p hidden>Not seen.</p>\n",
        '=== "Tab"\n\n    Text.\n\n    <p hidden>Not seen.</p>\n',
        "Text[^1].\n\n[^1]: A note.\n\n    <p hidden>Not seen.</p>\n",
        "Text\n    <p hidden>Not seen.</p>\n",
    ],
)
def test_what_is_indented_and_no_code_is_read_as_before(page: str) -> None:
    text = read_plain(f"# T\n\n{page}", "https://docs.example/page.md", is_markdown=True).markdown
    assert "Not seen" not in text
