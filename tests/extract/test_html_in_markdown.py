"""HTML that Markdown pages are written with, spelled in Markdown."""

import pytest

from docspasta_mcp.extract.html_in_markdown import in_markdown
from docspasta_mcp.extract.markdown_pages import read_plain

URL = "https://forge.example/o/r/blob/main/README.md"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It is <b>bold</b>, <em>new</em> and <s>old</s>.", "It is **bold**, *new* and ~~old~~."),
        ("Type <code>a &lt; b</code> or <kbd>Ctrl</kbd>.", "Type `a < b` or `Ctrl`."),
        ('See <a href="docs/a b.md" title="x">the\nguide</a>.', "See [the guide](docs/a%20b.md)."),
        ('<img width="9" src=logo.svg alt="A [logo]">', "![A \\[logo\\]](logo.svg)"),
        ('<a id="top"></a>\n\nText', "\n\nText"),
        ('<h2 align="center">\n  Why\n</h2>\nText', "\n\n## Why\n\nText"),
        ('<div align="center">\n\nText\n\n</div>\n', "\n\nText\n\n"),
        ("one<br>\ntwo<br/>three", "one  \ntwo<br/>three"),
        ("| a<br>b |\n| --- |\n", "| a<br>b |\n| --- |\n"),
        ("<details>\n<summary>More</summary>\n\nText\n</details>", "\n**More**\n\nText\n"),
        ("<picture><source srcset=a.png><img src=b.png></picture>", "![](b.png)"),
        (
            "Vec<String> and Map<b> and a < b > c <https://a.example>",
            "Vec<String> and Map<b> and a < b > c <https://a.example>",
        ),
        (
            "`<b>x</b>` and\n\n    <p>code</p>\n\n```\n<i>y</i>\n```\n",
            "`<b>x</b>` and\n\n    <p>code</p>\n\n```\n<i>y</i>\n```\n",
        ),
        ("H<sub>2</sub>O", "H<sub>2</sub>O"),
        (
            '<b>Note: </b>text, <i>see </i><a href="x.md">docs </a>and more.',
            "**Note:** text, *see* [docs](x.md) and more.",
        ),
        ("x<b><i> y </i></b>z, <b>A</b><i> b</i>", "x ***y*** z, **A** *b*"),
        ("a<b> </b>b <code>c </code>d<a href=e> <b>e</b></a>", "a b `c` d [**e**](e)"),
        ("Hello <span>big</span> world and<font> x</font>.", "Hello big world and x."),
        ("<b>\n  Note\n</b>\n<summary> More </summary>", "**Note**\n**More**\n"),
        (
            '<a name="o"/>\n- <i>one</i>\n    - two\n        - three',
            '<a name="o"/>\n- *one*\n    - two\n        - three',
        ),
        ("<a name=o>\n- <i>one</i>\n    - two", "<a name=o>\n- *one*\n    - two"),
        ('<a href="x">\n    <img src=a.png>\n</a>', "[![](a.png)](x)"),
        ('<a href="https://e.org/a_(b">t</a>', "[t](https://e.org/a_%28b)"),
        ('<a href="https://e.org/a)b(">t</a>', "[t](https://e.org/a%29b%28)"),
        ('<a href="https://e.org/a_(b)">t</a>', "[t](https://e.org/a_(b))"),
        ('<a href="https://e.org/\n  a">t</a> <img src="a\nb (.png">', "[t](https://e.org/a) ![](ab%20%28.png)"),
    ],
)
def test_html_is_spelled_in_markdown_where_there_is_a_way(text: str, expected: str) -> None:
    assert in_markdown(text) == expected


def test_a_table_becomes_one_of_markdown() -> None:
    table = "<table>\n <tr><th>Option</th></tr>\n <tr><td><code>-v</code> <a href='v.md'>more</a></td></tr>\n</table>"
    assert in_markdown(table).strip() == "| Option |\n| --- |\n| `-v` [more](v.md) |"


def test_a_readme_has_the_title_that_stands_below_its_pictures() -> None:
    text = (
        '<p align="center">\n    <a href="https://x.example"><img src="logo.svg" alt="Logo"></a>\n</p>\n'
        '<h1 align="center">Things</h1>\n\nText with <a href="docs/a.md">a link</a>.\n'
    )
    page = read_plain(text, URL, is_markdown=True)
    assert page.title == "Things"
    assert page.markdown.startswith("# Things\n\n[![Logo](")
    assert "https://forge.example/o/r/blob/main/docs/a.md" in page.links
    badges = "[![Build](https://b.example/b.svg)](https://ci.example) ![npm][n]\n\n# Things\n\nText.\n\n[n]: https://n.example/\n"
    assert read_plain(badges, URL, is_markdown=True).title == "Things"


def test_words_above_a_heading_stay_above_it() -> None:
    page = read_plain("Words first.\n\n# Later\n\nText.\n", URL, is_markdown=True)
    assert page.markdown.index("Words first.") < page.markdown.index("# Later")
