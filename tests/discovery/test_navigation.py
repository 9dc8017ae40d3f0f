"""Sidebars as the common generators write them, cut down to what matters."""

from collections.abc import Callable

import pytest

from docspasta_mcp.discovery.context_values import PageContext
from docspasta_mcp.discovery.page_context import read_page_context
from docspasta_mcp.extract.parse import parse_html
from docspasta_mcp.model.scope import Scope

SCOPE = Scope("https://d.example", "/m/")
HERE = "https://d.example/m/guide/a.html"


def look(body: str, head: str = "") -> PageContext:
    return read_page_context(parse_html(f"<html><head>{head}</head><body>{body}</body></html>".encode()), HERE, SCOPE)


def lines(found: PageContext, tree: int = 0) -> list[str]:
    return [
        "  " * entry.nav_level + (entry.url.removeprefix("https://d.example/m/") or entry.title)
        for entry in found.navigation[tree]
    ]


SIDEBARS = {
    "Sphinx": """<div class="sphinxsidebar" role="navigation"><h1 class="logo"><a href="../index.html">M</a></h1>
      <p class="caption" role="heading"><span>Use</span></p><ul><li class="toctree-l1"><a href="../start.html">Start</a></li>
      <li class="toctree-l1 current"><a class="current" href="#">A</a><ul><li class="toctree-l2"><a href="#part">p</a></li>
      <li class="toctree-l2"><a href="b.html">B</a></li></ul></li></ul></div>""",
    "MkDocs": """<nav class="md-nav md-nav--primary"><ul><li><a href="../start.html">Start</a></li><li><input type="checkbox">
      <label for="n1">Use</label><nav><label class="md-nav__title">Use</label><ul><li><a class="md-nav__link--active" href="./a.html">A</a>
      <nav class="md-nav md-nav--secondary"><ul><li><a href="#part">p</a></li></ul></nav></li><li><a href="b.html">B</a></li>
      </ul></nav></li></ul></nav>""",
    "VitePress": """<aside class="VPSidebar"><nav><section class="VPSidebarItem level-0"><div class="item"><a href="/m/start.html">
      <p class="text">Start</p></a></div></section><section class="VPSidebarItem level-0"><div class="item"><h2 class="text">Use</h2></div>
      <div class="items"><div class="VPSidebarItem level-1"><div class="item"><a href="/m/guide/a.html"><p>A</p></a></div></div>
      <div class="VPSidebarItem level-1"><div class="item"><a href="/m/guide/b.html"><p>B</p></a></div></div></div></section></nav></aside>""",
    "Docusaurus": """<aside class="theme-doc-sidebar-container"><nav class="menu"><ul class="theme-doc-sidebar-menu"><li><a href="/m/start.html">
      Start</a></li><li><div class="menu__list-item-collapsible"><a href="#" role="button">Use</a></div><ul><li><a aria-current="page"
      href="/m/guide/a.html">A</a></li><li><a href="/m/guide/b.html">B</a></li></ul></li></ul></nav></aside>""",
    "mdBook": """<nav id="sidebar"><ol class="chapter"><li><a href="../start.html">Start</a></li><li class="part-title">Use</li>
      <li><a href="a.html" class="active">A</a></li><li><ol class="section"><li><a href="b.html">B</a></li></ol></li></ol></nav>""",
}  # fmt: skip
EXPECTED = {
    "Sphinx": ["index.html", "Use", "  start.html", "  guide/a.html", "    guide/b.html"],
    "MkDocs": ["  start.html", "  Use", "    guide/a.html", "    guide/b.html"],
    "VitePress": ["start.html", "Use", "  guide/a.html", "  guide/b.html"],
    "Docusaurus": ["  start.html", "  Use", "    guide/a.html", "    guide/b.html"],
    "mdBook": ["  start.html", "  Use", "  guide/a.html", "    guide/b.html"],
}


@pytest.mark.parametrize("generator", SIDEBARS)
def test_a_sidebar_is_a_tree_of_pages_and_captions(generator: str) -> None:
    menu = '<header><nav><a href="/m/">M</a><a href="/m/x">x</a><a href="/m/y">y</a><a href="/m/z">z</a></nav></header>'
    crumbs = '<nav class="breadcrumbs"><ul><li><a href="/m/">M</a></li><li><a href="/m/guide/">G</a></li></ul></nav>'
    assert lines(look(menu + SIDEBARS[generator] + crumbs + "<main><h1>A</h1></main>")) == EXPECTED[generator]


def test_what_a_navigation_itself_is_called_says_nothing_of_what_is_in_it() -> None:
    pages = [f"p{number}.html" for number in range(6)]
    links = "".join(f'<li><a href="{page}">Page</a></li>' for page in pages)
    assert lines(look(f'<main><ul class="related">{links}</ul></main>')) == [
        "guide/a.html",
        *(f"    guide/{page}" for page in pages),
    ]
    links = "".join(f'<div class="level-1"><a href="{page}">Page</a></div>' for page in pages)
    assert lines(look(f'<nav class="menu level-1"><h3>Part</h3>{links}</nav>')) == [
        "Part",
        *(f"  guide/{page}" for page in pages),
    ]


def test_previous_and_next_are_no_navigation_but_name_the_successor() -> None:
    found = look(
        '<div class="related" role="navigation"><ul><li><a href="b.html">next</a></li><li><a href="../">up</a></li></ul>'
        '</div><main><h1>A</h1></main><nav class="pagination-nav"><a class="pagination-nav__link pagination-nav__link--next"'
        ' href="b.html">B</a></nav>'
    )
    assert found.navigation == ()
    assert found.following == "https://d.example/m/guide/b.html"


def test_a_table_of_contents_in_the_text_hangs_below_its_page() -> None:
    found = look(
        '<main><h1>A</h1><div class="toctree-wrapper compound"><p class="caption"><span>Parts</span></p><ul>'
        '<li class="toctree-l1"><a href="b.html">B</a><ul><li><a href="b.html#x">x</a></li><li><a href="c.html">C</a></li></ul>'
        "</li></ul></div></main>"
    )
    assert lines(found) == ["guide/a.html", "  Parts", "    guide/b.html", "      guide/c.html"]


def test_a_page_says_where_it_belongs_and_what_it_leads_to() -> None:
    found = look(
        '<main><a href="#/route">r</a><a href="/blog/x">b</a><a href="https://else.example/">e</a><a href="logo.png">l</a></main>',
        '<link rel="canonical" href="/m/guide/A.html"><meta http-equiv="refresh" content="0; URL=\'../start.html\'">',
    )
    assert found.canonical == "https://d.example/m/guide/A.html"
    assert found.meta_refresh == "https://d.example/m/start.html"
    assert [(one.url.removeprefix("https://d.example"), one.reason) for one in found.left_out] == [
        ("/m/guide/a.html#/route", "hash_route"),
        ("/blog/x", "outside"),
    ]


def test_a_fragment_that_names_a_place_of_the_page_is_no_route() -> None:
    found = look('<main><a href="#/%28other%29">/</a><div id="/(other)">x</div><a href="#/route">r</a></main>')
    assert [one.url.rpartition("#")[2] for one in found.left_out] == ["/route"]


def test_a_plain_list_of_links_is_an_overview_if_it_is_one() -> None:
    items = "".join(f'<li><a href="{name}.html">Chapter {name}</a></li>' for name in "bcdef")
    assert lines(look(f"<main><h1>A</h1><p>See <a href='z.html'>z</a>.</p><ul>{items}</ul></main>")) == [
        "guide/a.html", *(f"    guide/{name}.html" for name in "bcdef")
    ]  # fmt: skip
    wordy = items.replace("</li>", " tells at some length what the chapter of that name is about</li>")
    assert look(f"<main><h1>A</h1><ul>{wordy}</ul></main>").navigation == ()


def test_the_markdown_of_a_page_is_no_other_page() -> None:
    found = look('<a href="a.md">View as Markdown</a> <a href="a.html.md">raw</a> <a href="other.md">other</a>')
    assert found.links == ("https://d.example/m/guide/other.md",)


@pytest.mark.parametrize(
    ("body", "target"),
    [
        ("<script>window.location.replace('../en/')</script>", "https://d.example/m/en/"),
        ('<p>Redirecting …</p><script>location.href = "b.html";</script>', "https://d.example/m/guide/b.html"),
        ("<script>if (location.hash) location = `${x}/y`</script>", ""),
        (f"<p>{'A page. ' * 40}</p><script>location.href = 'b.html'</script>", ""),
    ],
)
def test_a_script_sends_a_reader_on_only_from_a_page_that_says_nothing(body: str, target: str) -> None:
    assert look(body).meta_refresh == target


def test_what_a_frameset_shows_where_there_are_no_frames_is_followed() -> None:
    html = '<frameset><frame src="a.html"><noframes>No frames: <a href="b.html">B</a></noframes></frameset>'
    found = read_page_context(parse_html(f"<html><head></head>{html}</html>".encode()), "https://d.example/m/", SCOPE)

    assert found.is_frameset
    assert found.links == ("https://d.example/m/a.html", "https://d.example/m/b.html")


def test_a_sidebar_in_a_frame_is_no_page() -> None:
    assert look('<nav id="sidebar"><iframe src="../toc.html"></iframe></nav><iframe src="b.html"></iframe>').links == (
        "https://d.example/m/guide/b.html",
    )


def test_a_wrapper_around_sidebar_and_text_is_no_navigation() -> None:
    sidebar = '<div class="menu"><ul><li><a href="a.html">A</a></li><li><a href="b.html">B</a></li></ul></div>'
    text = f'<div role="main"><p>{"Text of its own. " * 20}</p><ul><li><a href="z.html">Z</a></li></ul></div>'
    assert lines(look(f'<div class="grid-for-nav">{sidebar}{text}</div>')) == ["  guide/a.html", "  guide/b.html"]


def test_the_only_line_without_an_address_is_the_page_itself() -> None:
    items = '<li><a href="../start.html">Start</a></li><li><a href="#">Here</a></li><li><a href="b.html">B</a></li>'
    assert lines(look(f"<nav><ul>{items}</ul></nav>")) == ["  start.html", "  guide/a.html", "  guide/b.html"]


BAR = "<p class='menu'><a href='all.html'>All</a> <a href='words.html'>Words</a> <a href='map.html'>Map</a> <a href='faq.html'>Faq</a></p>"
CHAPTERS = "".join(f"<ul><li><a href='{name}.html'>{name}</a></li></ul>" for name in "abcdefgh")


@pytest.mark.parametrize(("url", "trees"), [("https://d.example/m/", 2), ("https://d.example/m/other.html", 1)])
def test_beside_a_bar_of_links_the_lists_of_a_front_page_are_its_contents(url: str, trees: int) -> None:
    page = f"<html><body>{BAR}<main><h1>M</h1>{CHAPTERS}</main></body></html>"
    found = read_page_context(parse_html(page.encode()), url, SCOPE)
    assert len(found.navigation) == trees
    assert [entry.url for entry in found.navigation[-1]][:2] == (
        ["https://d.example/m/", "https://d.example/m/a.html"]
        if trees == 2
        else ["https://d.example/m/all.html", "https://d.example/m/words.html"]
    )


def test_a_plain_list_that_names_its_page_encloses_nothing() -> None:
    found = look(f"<ul>{''.join(f'<li><a href={name}.html>{name}</a></li>' for name in 'xyabcd')}</ul><p>Text</p>")
    assert lines(found) == [f"  guide/{name}.html" for name in "xyabcd"]


def test_files_that_are_no_pages_are_not_followed_but_for_specifications() -> None:
    files = ("logo.png", "all.tar.gz", "data.json", "openapi.json", "b.html")
    found = look("".join(f"<p>See <a href='{name}'>{name}</a></p>" for name in files))
    assert [url.rpartition("/")[2] for url in found.links] == ["openapi.json", "b.html"]


def test_a_table_that_describes_pages_names_none_of_the_manual_on_other_hosts() -> None:
    rows = "".join(
        f"<tr><td><a href='{name}.html'>{name}</a></td><td>is described at length in "
        f"<a href='https://e.example/{name}'>another place</a></td></tr>"
        for name in "abcde"
    )
    links = "".join(
        f"<li><a href='{name}.html'>{name}</a></li><li><a href='https://e.example/{name}'>{name}</a></li>"
        for name in "abcde"
    )
    assert [one.reason for one in look(f"<table class='summary'>{rows}</table>").left_out] == []
    assert {one.reason for one in look(f"<div class='menu'><ul>{links}</ul></div>").left_out} == {"other_host"}


def test_links_in_drawings_are_followed() -> None:
    found = look("<svg><a xlink:href='b.html'><text>B</text></a></svg><svg><a href='c.html'><text>C</text></a></svg>")
    assert [url.rpartition("/")[2] for url in found.links] == ["b.html", "c.html"]


def test_an_index_of_words_is_no_navigation_and_contents_are() -> None:
    words = "".join(f'<dt><a href="p{7 * number % 5}.html#w{number}">word {number}</a></dt>' for number in range(20))
    assert look(f"<main><h1>Index</h1><dl>{words}</dl></main>").navigation == ()
    parts = "".join(f'<dt><a href="p{number // 4}.html#w{number}">part {number}</a></dt>' for number in range(20))
    contents = look(f"<main><h1>Contents</h1><dl>{parts}</dl></main>")
    assert lines(contents) == ["guide/a.html", *(f"    guide/p{number}.html" for number in range(5))]


def test_an_index_of_words_in_a_list_for_each_letter_is_no_navigation_and_contents_are() -> None:
    def lists(page_of: Callable[[int, int], str]) -> str:
        letters = (
            "".join(f'<li><a href="{page_of(letter, n)}">word {n}</a></li>' for n in range(4)) for letter in range(10)
        )
        return "".join(f"<h2>Part</h2><ul>{items}</ul>" for items in letters)

    assert look(f"<main>{lists(lambda letter, n: f'p{(letter + 3 * n) % 8}.html#w{letter}')}</main>").navigation == ()
    contents = look(f"<main>{lists(lambda letter, n: f'p{letter}.html#w{n}')}</main>")
    assert [line.strip() for line in lines(contents)[1:]] == [f"guide/p{letter}.html" for letter in range(10)]
    by_subject_and_name = look(f"<main>{lists(lambda letter, n: f'p{(letter + 3 * n) % 8}.html')}</main>")
    assert len({line.strip() for line in lines(by_subject_and_name)}) == 1 + 8


def test_a_page_that_is_an_index_of_words_is_known_by_its_links() -> None:
    words = "".join(
        f'<dt>word {n}</dt><dd><a href="p{7 * n % 9}.html#w{n}">function {n} of it</a></dd>' for n in range(250)
    )
    assert look(f"<main><h1>Names</h1><dl>{words}</dl></main>").is_index
    assert not look(f"<main><h1>Names</h1><dl>{words}</dl><p>{'A text of its own. ' * 900}</p></main>").is_index
    assert not look(f"<main><h1>Names</h1><dl>{words.replace('p', 'a.html#p')}</dl></main>").is_index
