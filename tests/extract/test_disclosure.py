"""What is shown only after a click or by a script: tabs, accordions, shadow trees, text for readers without scripts."""

import pytest

from tests.extract.test_page import markdown, read

AB = "**A**\n\nx\n\n**B**\n\ny"
TABS = [
    "<div class='tabs'><div class='tab-header'><div class='tab active' data-tab='a'>A</div><div class='tab' data-tab='b'>B</div></div>"
    "<div class='tab-content' data-tab='a'><p>x</p></div><div class='tab-content' data-tab='b' style='display:none'><p>y</p></div></div>",
    "<div class='tabs'><div class='tab-header'><div class='tab' data-tab='b'>B</div><div class='tab' data-tab='a'>A</div></div>"
    "<div class='tab-content' data-tab='a'><p>x</p></div><div class='tab-content' data-tab='b' style='display:none'><p>y</p></div></div>",
    "<div class='c-tabs'><ul class='c-tabs__nav'><li>A</li><li>B</li></ul><div class='c-tabs__tab-panel'><p>x</p></div>"
    "<div class='c-tabs__tab-panel' hidden><p>y</p></div></div>",
    "<div class='code-tabs'><nav class='tab-bar'><button class='tab-btn'>A</button><button class='tab-btn'>B</button></nav>"
    "<div class='tab-panel'><p>x</p></div><div class='tab-panel' style='display: none'><p>y</p></div></div>",
    "<div class='switch'><input type='radio' id='r1' name='r' checked><input type='radio' id='r2' name='r'><label for='r1'>A</label><label for='r2'>B</label>"
    "<div class='one'><p>x</p></div><div class='two'><p>y</p></div></div>",
    "<div class='switch'><input type='radio' id='r1' name='r'><label for='r1'>A</label><div><p>x</p></div>"
    "<input type='radio' id='r2' name='r'><label for='r2'>B</label><div><p>y</p></div></div>",
    "<sl-tab-group><sl-tab slot='nav' panel='a'>A</sl-tab><sl-tab slot='nav' panel='b'>B</sl-tab><sl-tab-panel name='a'><p>x</p></sl-tab-panel>"
    "<sl-tab-panel name='b'><p>y</p></sl-tab-panel></sl-tab-group>",
    "<my-tabs><my-tab label='A'><p>x</p></my-tab><my-tab label='B'><p>y</p></my-tab></my-tabs>",
    "<div><a data-toggle='tab' role='tab' href='#p'>A</a><a data-toggle='tab' role='tab' href='#q'>B</a></div>"
    "<div class='tab-pane' id='p'>x</div><div class='tab-pane' id='q' style='display:none'>y</div>",
]  # fmt: skip
FOLDED = [
    ("<div><button aria-expanded='false' aria-controls='q'><h3>Why?</h3></button><div id='q' hidden><p>x</p></div></div>", "### Why?\n\nx"),
    ("<h3><button class='collapsed' data-bs-toggle='collapse' data-bs-target='#q'>Why?</button></h3><div id='q' class='collapse'><p>x</p></div>",
     "### Why?\n\nx"),
    ("<div><button aria-expanded='false' aria-controls='q'><span>Why?</span></button><div id='q' style='display:none'><p>x</p></div></div>",
     "**Why?**\n\nx"),
    ("<div><div role='button' aria-expanded='false'>Why?</div><div class='panel' aria-hidden='true'><p>x</p></div></div>", "**Why?**\n\nx"),
    ("<div><button aria-expanded='false' aria-controls='q'>Why?</button><div id='q' hidden='until-found'><p>x</p></div></div>", "**Why?**\n\nx"),
    ("<dl><dt><button aria-expanded='false' aria-controls='q'>Why?</button></dt><dd id='q' hidden>x</dd></dl>", "**Why?**\n  x"),
    ("<div><input type='checkbox' id='c'><label for='c'>Why?</label><div class='hidden'><p>x</p></div></div>", "**Why?**\n\nx"),
    ("<sl-details summary='Why?'><p>x</p></sl-details>", "**Why?**\n\nx"),
    ("<x-accordion-item header='Why?'><p>x</p></x-accordion-item>", "**Why?**\n\nx"),
    ("<p>words that are much longer than a menu</p><button aria-haspopup='menu' aria-expanded='false' aria-controls='m'>More</button><ul id='m' role='menu'><li>Print</li></ul>",
     "words that are much longer than a menu"),
]  # fmt: skip
CUSTOM = [
    ("<x-callout type='warning'>Careful.</x-callout>", "> **Warning**\n>\n> Careful."),
    ("<docs-note title='Mind'><p>it</p></docs-note>", "> **Mind**\n>\n> it"),
    ("<x-part><template shadowrootmode='open'><h2>A</h2><p>x</p><slot></slot></template><p>y</p></x-part>", "## A\n\nx\n\ny"),
    ("<x-part><template shadowrootmode='open'><p>x</p><slot name='s'>none</slot><p>z</p></template><p slot='s'>y</p></x-part>", "x\n\ny\n\nz"),
]  # fmt: skip


@pytest.mark.parametrize("html", TABS)
def test_every_tab_is_read_under_its_label(html: str) -> None:
    assert markdown(html) == AB


@pytest.mark.parametrize(("html", "expected"), FOLDED + CUSTOM)
def test_what_is_folded_is_read_under_its_label(html: str, expected: str) -> None:
    assert markdown(html) == expected


@pytest.mark.parametrize(
    "source",
    [
        "<script type='text/markdown'>{}</script>",
        "<xmp theme='united' style='display:none'>{}</xmp><script src='strapdown.js'></script>",
        "<textarea id='source'>{}</textarea><script src='remark.js'></script>",
    ],
)
def test_markdown_that_a_script_would_render_is_kept(source: str) -> None:
    text = "# Title\n\nWords with [a link](b.html) and `code`, enough of them to be a page of their own.\n\n```\na <b>\n```"
    page = read(f"<html><head><title>T</title></head><body><div id='root'></div>{source.format(text)}</body></html>")
    assert page.title == "Title"
    assert "[a link](https://docs.example/guide/b.html) and `code`" in page.markdown
    assert "```\na <b>\n```" in page.markdown
    assert page.markdown.count("# Title") == 1


def test_text_for_readers_without_scripts_is_read_beside_an_empty_root() -> None:
    words = "<h2>Part</h2><p>" + "Words that are all of the page. " * 10 + "</p>"
    page = read(f"<body><div id='root'></div><noscript>{words}</noscript><script src='a.js'></script></body>")
    assert "## Part" in page.markdown


def test_a_message_that_scripts_are_needed_is_none_of_the_text() -> None:
    assert markdown("<p>Words.</p><noscript><p>Enable JavaScript to see more.</p></noscript>") == "Words."


def test_panels_that_style_hides_until_a_link_names_them_are_shown_under_its_words() -> None:
    tabs = "<ul class='picks'><li><a href='#x1'>Py</a></li><li><a href='#x2'>JS</a></li></ul>"
    panels = "<div id=x1><p>print</p></div><div id=x2 style='display: none'><p>console</p></div>"
    assert markdown(f"{tabs}{panels}<p>After.</p>") == "**Py**\n\nprint\n\n**JS**\n\nconsole\n\nAfter."
    alone = (
        "<p>See <a href='#x2'>JS</a>.</p><div id=x1><p>print</p></div><div id=x2 style='display: none'>console</div>"
    )
    assert "console" not in markdown(alone)
