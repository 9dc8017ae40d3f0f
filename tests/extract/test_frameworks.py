"""Shapes that frameworks and generators write, each of a kind that readers reported lost."""

import pytest

from tests.extract.test_page import markdown, read

BASE = "https://docs.example/guide"

PANELS = [
    (
        "<div class='spoiler'><div class='spoiler-title'>More</div><div class='spoiler-body' style='display: none;'>x y</div></div>",
        "**More**\n\nx y",
    ),
    ("<div><button>Why?</button><div x-show='open' style='display:none'>Because.</div></div>", "**Why?**\n\nBecause."),
    ("<faq-item question='Why?'><p>Because.</p></faq-item>", "**Why?**\n\nBecause."),
    (
        "<div class='row'><a href='#' onclick='s(1)'>Go</a> <a href='#' onclick='s(2)'>Rust</a></div>"
        "<div class='sn'><p>x</p></div><div class='sn' style='display:none'><p>y</p></div>",
        "**Go**\n\nx\n\n**Rust**\n\ny",
    ),
    (
        "<div><div class='flex'><div>a.js</div><div>a.py</div></div><div><div class='p'><pre>x</pre></div><div class='p hidden'><pre>y</pre></div></div></div>",
        "**a.js**\n\n```\nx\n```\n\n**a.py**\n\n```\ny\n```",
    ),
    (  # two sets on a page: no label is another set's
        "<div class='tabbed-set tabbed-alternate'><div class='tabbed-labels'><label>A</label><label>B</label></div><div class='tabbed-content'>"
        "<div class='tabbed-block'><p>x</p></div><div class='tabbed-block'><p>y</p></div></div></div>"
        "<div class='csstabs'><div class='t'><input type='radio' id='1'><label for='1'>C</label><div>v</div></div>"
        "<div class='t'><input type='radio' id='2'><label for='2'>D</label><div>w</div></div></div>",
        "**A**\n\nx\n\n**B**\n\ny\n\n**C**\n\nv\n\n**D**\n\nw",
    ),
]
PARSED = [
    ("<p>a</p><embed src='d.pdf' title='D'><p>b</p>", f"a\n\n[D]({BASE}/d.pdf)\n\nb"),
    ("<p><image src='i.png' alt='I'> b</p>", f"![I]({BASE}/i.png) b"),
    ("<dl><dt>A<dt>B<dd>one<dd>two</dl>", "**A**\n\n**B**\n  one\n\n  two"),
    ("<h2><p>Head</p></h2><p>x</p>", "## Head\n\nx"),
    ("<h2 id='a'><p class='b'>Head <em>two</em></p></h2><p>x</p>", "## Head *two*\n\nx"),
]
WORDS = [
    (
        "<table><tr><td><button>name</button></td><td>string</td></tr></table>",
        "|  |  |\n| --- | --- |\n| name | string |",
    ),
    ("<ul><li><button>Part</button><p>Its text.</p></li></ul>", "- **Part**\n\n  Its text."),
    (
        "<div><button class='p'>a <span>object</span></button><div>Where to ship.</div></div>",
        "**a object**\n\nWhere to ship.",
    ),
    ("<div>Was this helpful? <button>Yes</button><button>No</button></div><p>x</p>", "x"),
    (
        "<h2>A</h2><p>Copyright © 2020 stands in each file.</p><h2>B</h2><p>x</p>",
        "## A\n\nCopyright © 2020 stands in each file.\n\n## B\n\nx",
    ),
    ("<p>Last updated times are in UTC.</p>", "Last updated times are in UTC."),
    ("<div class='info'><p>No box.</p></div>", "No box."),
    ("<div class='abstract'><p>What it does.</p></div>", "What it does."),
    ("<div class='info'><p class='title'>Info</p><p>Box.</p></div>", "> **Info**\n>\n> Box."),
]
PICTURES = [
    ("<p><img data-echo='a.png' alt='A'></p>", f"![A]({BASE}/a.png)"),
    ("<p><img src='a.png' title='A'></p>", f"![A]({BASE}/a.png)"),
    ("<p><amp-img src='a.png' alt='A'></amp-img></p>", f"![A]({BASE}/a.png)"),
    ("<p>a <img src='w.png' alt='⚠️'> b</p>", "a ⚠️ b"),
    (
        "<lite-youtube videoid='abc' playlabel='Play: Intro'></lite-youtube>",
        "[Intro](https://www.youtube.com/watch?v=abc)",
    ),
    ("<object data='d.svg'><img src='d.png' alt='D'></object>", f"![D]({BASE}/d.svg)"),
]
MARKUP = [
    ("<p>---</p>", "\\---"),
    ("<p>===</p>", "\\==="),
    ("<p>[x]: http://e.example</p>", "\\[x]: http://e.example"),
    ("<h2>Learn C #</h2><p>x</p>", "## Learn C \\#\n\nx"),
    ("<h2>Learn C#</h2><p>x</p>", "## Learn C#\n\nx"),
    ("<p><a href='a\nb'>x</a></p>", f"[x]({BASE}/ab)"),
]


@pytest.mark.parametrize(("html", "expected"), PANELS + PARSED + WORDS + PICTURES + MARKUP)
def test_each_shape_that_a_framework_writes(html: str, expected: str) -> None:
    assert markdown(html) == expected


def test_a_page_that_only_readers_without_scripts_see_is_read_however_short_it_is() -> None:
    page = "<body><div id='root'></div><noscript><h1>Guide</h1><p>Start it, then wait.</p></noscript></body>"
    assert read(page).markdown == "# Guide\n\nStart it, then wait.\n"


def test_slides_in_markdown_are_read() -> None:
    page = (
        "<body><div class='slides'><section data-markdown><script type='text/template'>\n## One\n* a\n</script></section>"
        "<section data-markdown><textarea data-template>\n## Two\nb & c\n</textarea></section></div></body>"
    )
    assert "## One\n* a\n\n## Two\nb & c" in read(page).markdown
