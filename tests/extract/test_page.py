"""HTML beside its Markdown in tests/pages, and the rules one by one."""

from pathlib import Path

import pytest

from docspasta_mcp.errors import PageRefused
from docspasta_mcp.extract.charset import decode
from docspasta_mcp.extract.page import read_page
from docspasta_mcp.extract.quality import page_quality
from docspasta_mcp.extract.reading import Reading
from docspasta_mcp.model.scope import Scope

PAGES = Path(__file__).parent.parent / "pages"
URL = "https://docs.example/guide/page.html"
SCOPE = Scope("https://docs.example", "/guide/", exclude=("*/private/*",))


def read(html: str | bytes, content_type: str = "text/html", charset: str = "") -> Reading:
    body = html.encode() if isinstance(html, str) else html
    return read_page(body, url=URL, content_type=content_type, charset=charset, scope=SCOPE)


def markdown(main: str) -> str:
    """Return the Markdown of what stands in a page's main element, its title left out."""
    return (
        read(f"<body><nav>menu</nav><main><h1>T</h1>{main}</main></body>").markdown.removeprefix("# T\n\n").rstrip("\n")
    )


@pytest.mark.parametrize("path", sorted(PAGES.glob("*.html")), ids=lambda path: path.stem)
def test_a_page_becomes_its_markdown(path: Path) -> None:
    assert read(path.read_bytes()).markdown == path.with_suffix(".md").read_text()


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<pre>  a\n\n\tb  \n</pre>", "```\n  a\n\n\tb  \n```"),
        ('<pre class="language-rust"><code>x</code></pre>', "```rust\nx\n```"),
        ('<div class="highlight-source-shell"><pre>x</pre></div>', "```shell\nx\n```"),
        ("<pre>a ```` b</pre>", "```\na ```` b\n```"),
        ("<pre>````\nx</pre>", "`````\n````\nx\n`````"),
        ('<pre><span class="line-number">1</span>x<br>y</pre>', "```\nx\ny\n```"),
        ("<p>a <code>b `c`</code></p>", "a `` b `c` ``"),
        ("<p>2 * 3 and _x_y</p>", "2 \\* 3 and _x_y"),
        ("<p>a\n  b</p>", "a b"),
        ("<table><tr><td>a|b</td><td><p>c</p><p>d</p></td></tr></table>", "| | |\n|---|---|\n| a\\|b | c<br>d |"),
        ("<ol><li>x<pre>y\n\nz</pre></li></ol>", "1. x\n\n   ```\n   y\n\n   z\n   ```"),
        ("<blockquote><p>q</p></blockquote>", "> q"),
        ('<a href="b.html#c">x</a>', "[x](https://docs.example/guide/b.html#c)"),
        ('<a href="data:text/html,x">x</a>', "x"),
        ("<h1>Second</h1><p>x</p>", "## Second\n\nx"),
        ('<h2>A<a class="headerlink">¶</a></h2>', "## A"),
        ("<p>a\u200bb\u202ec\u00add</p>", "abcd"),
        ('<p style="display: none">x</p><p aria-hidden="true">y</p><p>z</p>', "z"),
    ],
)
def test_each_rule_of_the_conversion(html: str, expected: str) -> None:
    got = "\n".join(
        line.replace("| --- | --- |", "|---|---|").replace("|  |  |", "| | |") for line in markdown(html).split("\n")
    )
    assert got == expected


PARAGRAPH = "<p>" + "word " * 200 + "</p>"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (  # short sections beside a long one, and what stands between the title and the text
            f"<div><h1>T</h1></div><div><p>Intro</p></div><ul><li><a href='b'>menu</a></li></ul><div><h2>A</h2><p>a</p></div>"
            f"<div><h2>B</h2>{PARAGRAPH}</div><div><h2>C</h2><pre><a href='x'>c</a></pre></div><div id='footer'><h3>F</h3><p>f</p></div>",
            ["Intro", "## A", "## B", "## C"],
        ),
        (  # a class name that says there is no sidebar
            f"<div id='header'>Site</div><div class='content'><p>{'x ' * 20}</p></div>",
            ["x x"],
        ),
        (
            f"<article><h2>A</h2>{PARAGRAPH}</article><article><h2>B</h2>{PARAGRAPH}</article>",
            ["## A", "## B"],
        ),
    ],
)
def test_no_section_of_a_page_without_landmarks_is_lost(body: str, expected: list[str]) -> None:
    text = read(f"<html><head><title>T</title></head><body class='no-sidebar'>{body}</body></html>").markdown
    places = [text.find(part) for part in expected]
    assert -1 not in places
    assert places == sorted(places)
    assert "menu" not in text
    assert "## F" not in text


@pytest.mark.parametrize("title", ["<div class='titlepage'><h1>Chapter 9</h1></div>", "<h1>Chapter 9</h1>"])
def test_the_introduction_under_the_title_of_a_chapter_is_read_though_divs_are_its_paragraphs(title: str) -> None:
    page = read(
        f"<body><ul class='docnav'><li><a href='p.html'>Prev</a></li></ul><div class='chapter'>{title}"
        "<div class='toc'><dl><dt><a href='#a'>9.1. System Boot</a></dt></dl></div><div class='highlights'><div class='para'>"
        "This chapter covers a number of basic services that are common to many systems.</div></div>"
        f"<div class='section'><div class='titlepage'><h2 id='a'>9.1. System Boot</h2></div><p>{_LONG * 9}</p>"
        f"<div class='sidebar'><p>{_LONG * 3}</p></div></div></div></body>"
    )

    assert page.markdown.startswith(
        "# Chapter 9\n\nThis chapter covers a number of basic services that are common to many systems.\n\n## 9.1. System Boot\n"
    )


def test_what_a_name_sets_aside_under_the_title_is_no_introduction_whatever_is_around_it() -> None:
    notice = "We use cookies, and so do many that we work with; tell us which you allow."
    page = read(
        f"<body><div><div><h1>T</h1></div><div><div class='cookie-banner'>{notice}</div></div>"
        f"<div class='section'><h2>A</h2><p>{_LONG * 9}</p></div></div></body>"
    )

    assert page.markdown.startswith("# T\n\n## A\n")


def test_what_stands_above_the_title_is_no_introduction() -> None:
    notice = "Join us at the conference of all who write and read what is written here."
    page = read(
        f"<body><div><div>{notice}</div><div><h1>T</h1></div><div>{_LONG}</div>"
        f"<div class='section'><h2>A</h2><p>{_LONG * 30}</p></div></div></body>"
    )

    assert page.markdown.startswith(f"# T\n\n{_LONG.strip()}\n\n## A\n")
    assert notice not in page.markdown


def test_the_introduction_in_an_articles_header_is_read() -> None:
    text = read(
        "<div id='main'><section><header><h2>Class</h2><p>What it is.</p></header><article><p>x</p></article></section></div>"
    )
    assert "What it is." in text.markdown


def test_an_asciidoc_man_page_keeps_its_name_section() -> None:
    text = read(
        '<meta name="generator" content="AsciiDoc 10"><body class="manpage"><div id="header"><h1>tarn(1) Manual Page</h1><h2>NAME</h2>'
        '<div class="sectionbody"><p>tarn - a store</p></div></div><div id="content"><h2>SYNOPSIS</h2><p>tarn FILE</p></div>'
        '<div id="footer">Last updated</div>'
    ).markdown
    assert text == "# tarn(1) Manual Page\n\n## NAME\n\ntarn - a store\n\n## SYNOPSIS\n\ntarn FILE\n"


def test_pdoc_gives_signatures_and_no_source() -> None:
    text = read(
        "<meta name='generator' content=\"pdoc 16\"/><main class='pdoc'><h1>m</h1><section id='C'><div class='attr class'><span>class</span> C</div>"
        "<div class='pdoc-code'><pre>source</pre></div><div class='docstring'><p>x</p></div><div id='C.f' class='classattr'>"
        "<div class='attr function'><span>def</span> f<span class='pdoc-code'>(<span>**a</span>)</span></div></div></section></main>"
    ).markdown
    assert text == "# m\n\n## `class C`\n\nx\n\n### `def f(**a)`\n"


def test_a_page_of_few_words_beside_a_long_menu_is_read_under_its_own_name() -> None:
    menu = "".join(f"<li><a href='T{number}.html'>Type{number}</a></li>\n" for number in range(600))
    text = read(
        "<title>Benchmark::BM - Crystal 1.6.0</title><div class='sidebar'><h1 class='name'><a href='/'>Crystal</a></h1>"
        f"<div class='types'><ul>{menu}</ul></div></div>"
        "<div class='main-content'><h1 class='type-name'><span class='kind'>module</span> Benchmark::BM</h1>"
        "<h2>Defined in:</h2>benchmark/bm.cr</div>"
    ).markdown
    assert text == "# module Benchmark::BM\n\n## Defined in:\n\nbenchmark/bm.cr\n"


def test_a_chapters_heading_goes_before_the_books_name_whatever_its_capitals() -> None:
    text = read(
        "<title>What is Ownership? - The Book</title><div id='menu-bar'><h1 class='menu-title'>The Book</h1></div>"
        "<main><h2>What Is Ownership?</h2><p>A set of rules that govern memory.</p></main>"
    ).markdown
    assert text == "# What Is Ownership?\n\nA set of rules that govern memory.\n"


def test_class_names_in_capitals_are_those_that_are_known_in_small_letters() -> None:
    text = read(
        '<TITLE>Table: sl_node</TITLE><DIV CLASS="NAVHEADER"><TABLE><TR><TD><A HREF="a.html">Prev</A></TD><TD>Chapter 8</TD></TR></TABLE></DIV>'
        '<DIV CLASS="SECT1"><H1>Table: sl_node</H1><P>Holds the nodes.</P></DIV><DIV CLASS="NAVFOOTER"><A HREF="b.html">Next</A> Table: sl_set</DIV>'
    ).markdown
    assert text == "# Table: sl_node\n\nHolds the nodes.\n"
    hidden = "<style>.SECRET{display:none}</style><main><h1>T</h1><p>Seen.</p><p class='SECRET'>Not seen.</p></main>"
    assert read(hidden).markdown == "# T\n\nSeen.\n"


def test_a_list_of_the_places_of_its_own_page_goes_however_its_links_name_the_page() -> None:
    text = read(
        "<meta name=Generator content=LaTeX2HTML><title>Changers</title><body><h1>Changers</h1><a id='CHILD_LINKS'>"
        "<strong>Subsections</strong></a><ul class='ChildLinks'><li><a href='page.html#S1'>An Example</a></li>"
        "<li><a href='page.html#S2'>Another</a></li></ul><h2><a id='S1'>An Example</a></h2><p>One.</p><h2 id='S2'>Another</h2><p>Two.</p></body>"
    ).markdown
    assert text == "# Changers\n\n## An Example\n\nOne.\n\n## Another\n\nTwo.\n"
    elsewhere = (
        "<h1>T</h1><strong>Subsections</strong><ul><li><a href='a.html'>An Example</a></li></ul><h2>An Example</h2>"
    )
    assert "[An Example](https://docs.example/guide/a.html)" in read(f"<main>{elsewhere}<p>x</p></main>").markdown


def test_a_page_without_a_heading_goes_by_all_of_its_title() -> None:
    text = read(
        "<title>Postfix manual - smtpd(8)</title><body><pre>SMTPD(8)  a daemon\n  of mail</pre></body>"
    ).markdown
    assert text.startswith("# Postfix manual - smtpd(8)\n")  # the first part is the site's name here


def test_nim_gives_its_code_a_language_and_no_links_to_the_source() -> None:
    text = read(
        "<!--  This file is generated by Nim. --><div id='content'><h1>std/m</h1><dl><dt><pre>proc f()</pre></dt>"
        "<dd>Does it.&nbsp;&nbsp;<a class='link-seesrc' href='https://h.example/m.nim#L1'>Source</a></dd></dl></div>"
    ).markdown
    assert "```nim\nproc f()\n```" in text
    assert "Source" not in text


def test_an_id_that_speaks_of_depth_is_no_deep_page() -> None:
    assert "x" in read("<main><h1>T</h1><p id='depth'>x</p><p id='depth'>y</p></main>").markdown


def test_a_title_is_escaped_and_a_link_to_another_site_makes_no_generator() -> None:
    text = read(
        '<title>__f__ &lt;T></title><main><p>x</p><pre>y</pre><a href="https://pkg.go.dev/x">z</a></main>'
    ).markdown
    assert text.startswith("# \\_\\_f\\_\\_ \\<T>\n")
    assert "```\ny" in text


def test_links_are_those_in_scope_once_and_in_order() -> None:
    html = """<body><nav><a href="b.html">b</a><a href="/elsewhere/">out</a><a href="c.html#x">c</a></nav><main><h1>T</h1>
    <a href="b.html#y">b</a><a rel="nofollow" href="d.html">d</a><a href="private/e.html">e</a><a href="">self</a>
    <a href="mailto:x@y">m</a><a href="page.html">self</a></main></body>"""
    assert read(html).context.links == ("https://docs.example/guide/b.html", "https://docs.example/guide/c.html")


def test_a_base_element_moves_relative_links() -> None:
    html = '<head><base href="/guide/v2/"></head><body><main><h1>T</h1><a href="x.html">x</a></main></body>'
    assert read(html).context.links == ("https://docs.example/guide/v2/x.html",)
    assert "(https://docs.example/guide/v2/x.html)" in read(html).markdown


def test_markdown_and_text_are_kept_as_they_are() -> None:
    text = "# Title\r\n\r\n```\r\n<b>  x\r\n```\r\n"
    assert read(text, "text/markdown").markdown == "# Title\n\n```\n<b>  x\n```\n"
    assert read("no heading", "text/plain").markdown == "# page.html\n\nno heading\n"
    blank = read_page(b"no heading", url="https://d.example/%20", content_type="text/plain", charset="", scope=SCOPE)
    assert (blank.title, blank.markdown) == ("Untitled", "# Untitled\n\nno heading\n")


@pytest.mark.parametrize(
    ("body", "charset"),
    [
        ("é".encode("latin-1"), "iso-8859-1"),
        ("é".encode(), ""),
        ("é".encode("cp1252"), ""),
        ("\ufeffé".encode(), "iso-8859-1"),
        ("\ufeffé".encode("utf-16-le"), ""),
        (b'<meta charset="latin1">\xe9', ""),
        (b"\xe9\x00", "nosuch"),
    ],
)
def test_bytes_are_decoded_as_browsers_do(body: bytes, charset: str) -> None:
    assert decode(body, charset).removeprefix('<meta charset="latin1">') == "é"


@pytest.mark.parametrize("html", ["", "   ", "<!-- only a comment -->", '<?xml version="1.0"?>'])
def test_a_page_without_content_is_refused_or_scores_nothing(html: str) -> None:
    try:
        assert read(html).quality < 20
    except PageRefused as error:
        assert error.reason == "empty"


def test_broken_and_deep_html_is_read() -> None:
    assert "deep" in read("<main><h1>T</h1>" + "<div>" * 1_500 + "deep" + "</p></main>").markdown


def test_quality_follows_the_documented_formula() -> None:
    assert page_quality("# T\n\n" + "word " * 100, "https://x.example/a").score == 45  # 101 words → 40, heading 5
    assert page_quality("# T\n\nshort", "https://x.example/docs/").score == 16  # 2 words → 1, heading 5, URL 10
    assert page_quality("# T\n\n```\nx\n```\n\n- a\n- b\n", "https://x.example/").score == 21
    links = [f"- [entry number {n}](https://x.example/{n})" for n in range(1000)]
    assert page_quality("# A part\n\n" + "\n".join(links[:50]), "https://x.example/").score == 55  # 40, 5, and 10
    assert page_quality("# Everything\n\n" + "\n".join(links), "https://x.example/").score == 0
    for name in ("genindex-A.html", "theindex.html", "ix01.html", "index_all.html"):
        assert page_quality("# Index\n\nword", f"https://x.example/{name}").score == 0
    assert page_quality("", "https://x.example/").score == 0


@pytest.mark.parametrize(
    "name", ["video", "audio", "tree", "soup", "list", "canvas", "svg", "my-widget", "hn", "marquee"]
)
@pytest.mark.parametrize(
    "place",
    [
        "{}",
        "<p>{}</p>",
        "<ul><li>{}</li></ul>",
        "<table><tr><th>a</th></tr><tr><td>{}</td></tr></table>",
        "<h2>{}</h2>",
    ],
)
def test_an_element_of_any_name_in_any_place_costs_the_page_nothing(name: str, place: str) -> None:
    text = markdown("<p>before</p>" + place.format(f"<{name} src='a.mp4'>inner words</{name}>") + "<p>after</p>")
    assert text.startswith("before")
    assert text.endswith("after")
    assert ("inner words" in text) is (name not in {"svg", "canvas"})  # browsers show none of it


@pytest.mark.parametrize(
    "reference", ["&#27;", "&#x1b;", "&#0;", "&#x7f;", "&#xD800;", "&#55296;", "&#xFFFE;", "&#12;"]
)
@pytest.mark.parametrize(
    "place",
    [
        "<details><summary>one{}two</summary>x</details>",
        "<table><caption>one{}two</caption><tr><td>a</td><td>b</td></tr></table>",
        "<figure><figcaption>one{}two</figcaption></figure>",
        "<h2>one{}two</h2>",
        "<p>one{}two</p>",
        "<pre>one{}two</pre>",
    ],
)
def test_references_to_control_characters_are_dropped_wherever_they_stand(reference: str, place: str) -> None:
    assert "onetwo" in markdown(place.format(reference))


def test_a_reference_to_a_control_character_in_the_title_is_dropped() -> None:
    assert read("<title>A&#27;B</title><body><main><p>words</p></main></body>").title == "AB"


def test_references_that_only_begin_like_controls_stay() -> None:
    assert markdown("<p>&#270;&#x1bc;&#65533;&#9;x&#10;y</p>").split() == ["ĎƼ\ufffd", "x", "y"]


_LONG = "A sentence of the page, long enough to be its running text, and not to be passed over."


@pytest.mark.parametrize(
    ("body", "title", "texts"),
    [
        (  # articles in different sections, text between them
            f"<div id='c'><h1>cache</h1><div><h3>Summary</h3><div>Keeps values.</div></div><section><div><p>{_LONG}</p></div></section>"
            f"<div><article><h4>get</h4><p>Gets one.</p></article></div><section><article><h4>put</h4><p>{_LONG * 4}</p></article></section></div>",
            "cache",
            ["Keeps values.", _LONG, "Gets one."],
        ),
        (
            f"<main><h1>One</h1><p>{_LONG}</p></main><main><h2>Two</h2><p>{_LONG} More.</p></main>",
            "One",
            ["## Two", "More."],
        ),
        (  # a site's name as the only heading of level 1, its menu above
            f"<div id='content'><ul><li><a href='fs'>Files</a></li><li><a href='n'>Net</a></li><li><a href='o'>OS</a></li></ul>"
            f"<div><header><h1>Acme v1 docs</h1></header><div><h2>Assert</h2><p>{_LONG}</p></div></div></div>",
            "Assert",
            [_LONG],
        ),
        (f"<div id='content'><h3>6.1 Assert</h3><p>{_LONG}</p></div>", "6.1 Assert", [_LONG]),
        (f"<div id='content'><p>{_LONG}</p><h1>Documentation</h1><p>{_LONG}</p></div>", "Assert", ["## Documentation"]),
    ],
)
def test_what_was_left_outside_the_choice_is_looked_for(body: str, title: str, texts: list[str]) -> None:
    page = read(f"<head><title>Assert | Acme v1 Docs</title></head><body><nav><a href='m'>menu</a></nav>{body}</body>")

    assert page.title == title
    assert all(text in page.markdown for text in texts)
    assert not any(word in page.markdown for word in ("menu", "Files", "Acme"))


def test_a_generators_own_title_goes_before_the_heading_of_the_first_section() -> None:
    page = read(
        '<title>Eigen: Alignment</title><meta name="generator" content="Doxygen 1.9">'
        "<body><div class='headertitle'>"
        "<div class='title'>Alignment<div class='ingroups'><a href='g'>Dense</a></div></div></div>"
        f"<div class='contents'><h1>Summary</h1><p>{_LONG}</p></div></body>"
    )

    assert page.markdown == f"# Alignment\n\n## Summary\n\n{_LONG}\n"
