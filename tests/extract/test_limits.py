"""Hostile, broken and empty pages: read in bounded time, or refused with a reason."""

import subprocess
import sys
from collections.abc import Callable

import pytest

from docspasta_mcp.discovery.llms_txt import parse_llms_txt
from docspasta_mcp.errors import PageRefused
from docspasta_mcp.extract.markdown_pages import read_plain
from docspasta_mcp.extract.worker_limits import MAX_MEMORY
from docspasta_mcp.extract.workers import Workers
from docspasta_mcp.model.scope import Scope
from tests.extract.test_page import read
from tests.repetition import MAX_RATIO, growth, growth_of


@pytest.mark.parametrize(
    ("html", "reason"),
    [
        ("<main><h1>T</h1>" + "<div>" * 100_000 + "deep", "too_deep"),
        ("<p>" * 510_000, "too_complex"),
        ('<html><body><div id="root"></div><script src="a.js"></script></body></html>', "javascript_required"),
        (
            f"<body><p>{'No preview. ' * 90}<div id='storybook-docs'></div><script>a</script></body>",
            "javascript_required",
        ),
        ("<body><noscript>You need to enable JavaScript.</noscript><script>a</script></body>", "javascript_required"),
        ('<body><div id="swagger-ui"></div><script src="a.js"></script></body>', "javascript_required"),
        ('<body><div id="app">Please wait...</div><script>x</script></body>', "javascript_required"),
        (
            "<title>Page not found | Tarn</title><body><main><h1>Oops</h1><p>Try the search.</p></main></body>",
            "soft_404",
        ),
        ("<body><main><h1>404</h1><p>Nothing here.</p></main></body>", "soft_404"),
        ("<body><main><h1>Seite nicht gefunden</h1><p>Zur Startseite.</p></main></body>", "soft_404"),
        ("<body><main><h1>页面未找到</h1><p>返回首页。</p></main></body>", "soft_404"),
        ("<body><main><h1>Sign in to Tarn</h1><p>Continue with SSO.</p></main></body>", "login_required"),
        ('<body><main><h1>Sign in</h1><form><input type="password"></form></main></body>', "login_required"),
    ],
)
def test_a_page_that_is_none_is_refused_with_a_reason(html: str, reason: str) -> None:
    with pytest.raises(PageRefused) as refused:
        read(html)
    assert refused.value.reason == reason


@pytest.mark.parametrize(
    "html",
    [
        f"<title>HTTP 404 not found</title><main><h1>404 Not Found</h1><p>{'The status means that it is missing. ' * 30}</p></main>",
        f"<main><h1>Log in</h1><p>{'How to log in to the registry. ' * 30}</p><input type='password'></main>",
        "<main><h1>Log in</h1><p>Run <code>tarn login</code> and paste the token that the registry shows you.</p></main>"
        + "<p>It is kept in the keyring of the system, and sent with every call until you log out again.</p>" * 4,
        f"<body><div id='root'><main><h1>T</h1><p>{'Rendered on the server. ' * 30}</p></main></div><script>x</script></body>",
    ],
)
def test_a_page_about_errors_logins_or_scripts_stays(html: str) -> None:
    assert read(html).words > 50


@pytest.mark.parametrize(
    "html",
    [
        "<main><h1>T</h1><p>x<b>y</p></b><table><tr><td>z<p>w</main></html></html>",
        "<main><h1>T</h1><ul><ol><li>x</ul></li></ol><td>y</td>&bogus; &#xZZ; <a href='http://[::1'>z</a></main>",
        "<main><h1>T</h1><table><tr><td rowspan='9999999' colspan='-1'>x</td></tr></table></main>",
    ],
)
def test_broken_html_loses_no_text(html: str) -> None:
    markdown = read(html).markdown
    assert "x" in markdown
    assert markdown.startswith("# T\n")


def test_reading_a_page_loads_nothing_of_the_store_or_the_command_line() -> None:
    code = "import docspasta_mcp.__main__, docspasta_mcp.extract.page, sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"pydantic", "sqlalchemy", "typer", "docspasta_mcp.model.job"} & set(loaded)


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc is told")
def test_a_worker_gives_back_what_a_large_page_took() -> None:
    code = """
from docspasta_mcp.extract.worker_limits import limited
def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096
def hoard(body):
    return [body[:20_000] + bytes([number % 256]) for number in range(3_000)][-1]  # those below cannot be cut off
before = resident()
kept = limited(30.0, hoard, bytes(300_000))
print(resident() - before)
"""
    grown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert int(grown) < 30_000_000


def length_of_zeros(size: int) -> int:
    """Ask for memory, which a system gives before it has it: without a limit of the worker's own this succeeds."""
    return len(bytes(size))


async def test_a_worker_that_needs_too_much_memory_gives_up_with_a_reason() -> None:
    with pytest.raises(PageRefused) as refused:
        await Workers(1).run(length_of_zeros, MAX_MEMORY + 1)
    assert refused.value.reason == "parser_memory"
    assert await Workers(1).run(length_of_zeros, MAX_MEMORY // 4) == MAX_MEMORY // 4


@pytest.mark.parametrize(
    ("html", "reason"),
    [
        (f"<p {' '.join(f'a{number}=1' for number in range(20_000))}>words</p>", "too_complex"),
        (f"<head><base href='/{'a' * 1_900}/'></head>" + "<a href='x'>link</a>" * 12_000, "too_large"),
    ],
    ids=("attributes", "long base"),
)
def test_a_page_that_would_grow_beyond_measure_is_refused_with_a_reason(html: str, reason: str) -> None:
    with pytest.raises(PageRefused) as refused:
        read(html)
    assert refused.value.reason == reason


# Each of these, at its length, takes a reader minutes that looks at any of it once for every other part of it.
PAGES: dict[str, tuple[int, Callable[[int], str]]] = {
    "class": (50_000, lambda length: f"<div class='x{'sidebar' * length}!'>words</div>"),
    "underscores": (1_000_000, lambda length: f"<p>{'_' * length}</p>"),
    "quote marks": (500_000, lambda length: f"<p>{'&gt; ' * length}</p>"),
    "unseen spaces": (300_000, lambda length: f"<p>{'&#x200b; ' * length}</p>"),
    "brackets": (500_000, lambda length: f"<p>{'[' * length}</p>"),
    "numbers beside blocks": (
        10_000,
        lambda length: (
            f"<div><div>{'<pre>x=1</pre>' * length}</div><div class=gutter>{'<i>7</i> ' * length}</div></div>"
        ),
    ),
    "blank lines": (500_000, lambda length: f"<pre>x{chr(10) * length}y</pre>"),
    "placeholders": (
        20_000,
        lambda length: (
            "<p>\ue000999999\ue001 \ue002999999\ue003</p><table><tr><td><pre>\ue000999\ue001</pre></table>"
            * (length // 20)
        ),
    ),
}
MARKDOWN: dict[str, tuple[int, Callable[[int], str]]] = {
    "brackets": (500_000, lambda length: "[" * length),
    "references": (100_000, lambda length: "[a]: \n" * length),
    "blank lines": (300_000, lambda length: "\n " * length + "x"),
    "comments": (200_000, lambda length: f"import a from 'b'\n{'{/*' * length}"),
    "title": (500_000, lambda length: f"# {' ' * length}x"),
    "front matter": (500_000, lambda length: f"---\ntitle: a{' ' * length}x\n---\n"),
    "tag": (300_000, lambda length: f"import a from 'b'\n<A{' ' * length}"),
}


def read_html(html: str) -> None:
    assert read(f"<main><h1>T</h1><p>first</p>{html}<p>last</p></main>").markdown.startswith("# T\n")


def read_markdown(text: str) -> None:
    assert read_plain(text, "https://docs.example/a.md", is_markdown=True).markdown
    scope = Scope("https://docs.example", "/")
    assert parse_llms_txt(f"## {text}".encode(), "https://docs.example/llms.txt", scope) == ()


@pytest.mark.parametrize("kind", PAGES)
def test_a_page_of_one_long_thing_is_read(kind: str) -> None:
    length, html = PAGES[kind]
    read_html(html(length))


@pytest.mark.parametrize("kind", MARKDOWN)
def test_a_markdown_page_of_one_long_thing_is_read(kind: str) -> None:
    length, text = MARKDOWN[kind]
    read_markdown(text(length))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("work", "made"),
    [*((read_html, made) for made in PAGES.values()), *((read_markdown, made) for made in MARKDOWN.values())],
    ids=[*(f"page, {kind}" for kind in PAGES), *(f"Markdown, {kind}" for kind in MARKDOWN)],
)
def test_the_time_grows_with_the_length_alone(
    work: Callable[[str], None], made: tuple[int, Callable[[int], str]]
) -> None:
    length, text = made
    assert growth_of(work, text, length // 2, best_of=5) < MAX_RATIO


def test_no_control_character_of_an_llms_txt_reaches_the_store() -> None:
    site = Scope("https://docs.example", "/")
    entries = parse_llms_txt(b"## A\0B\n[c\1](/d)", "https://docs.example/llms.txt", site)
    assert [entry.title for entry in entries] == ["AB", "c"]


def test_spans_never_make_a_small_table_huge_and_cost_no_row() -> None:
    bomb = "<table>" + "<tr><td colspan='100000' rowspan='65534'>x</td><td>y</td></tr>" * 20 + "</table>"
    long = f"<table><tr><td rowspan='65534'>{'long ' * 2_000}</td><td>a</td></tr>{'<tr><td>b</td></tr>' * 100}</table>"
    markdown = read(
        f"<main><h1>T</h1>{bomb}{long}<table><tr><td>first<td>a</tr><tr><td>last<td>b</tr></table></main>"
    ).markdown
    assert "| last | b |" in markdown
    assert len(markdown) < 400_000


_REPEATED = {
    "alternatives": "<div class='c' hidden id=b>hid</div>",
    "stamps": "<p>Last updated</p><p>text is long</p>",
    "footers": "<div class=footer>words x</div>",
    "buttons in a line": "<button aria-expanded=false>B</button> words ",
    "cards": "<a href='/p'><div><img src=a.png></div></a>",
    "accordions": "<div><button aria-controls=p>T</button></div><div id=p hidden>words are here</div>",
    "labels": "<p>Copy</p><p>text is long enough here</p>",
    "notes": "<p>x<sup><a href='#fn1'>1</a></sup></p><aside class=footnote id=fn1>note</aside>",
    "items": "<li><button>N</button> words follow here</li>",
    "links to edit": "<h2>H</h2><p><a href=/e>Edit this page</a></p>",
}


@pytest.mark.slow
@pytest.mark.parametrize("shape", _REPEATED)
def test_a_page_of_many_like_parts_takes_time_by_its_length(shape: str) -> None:
    def work(parts: str) -> None:
        read(f"<title>T</title><main><h1>T</h1><p>first words of the page that are enough</p>{parts}</main>")

    assert growth(work, _REPEATED[shape], size=400 * len(_REPEATED[shape])) < MAX_RATIO


_WITHIN = {  # what stands around the parts, one of them, and how many
    "rows": ("<table>", "<tr><td>row<td>b<td>c</tr>", 4_000),
    "rows whose cells show signs": ("<table>", "<tr><td><i aria-hidden=true>x</i></tr>", 4_000),
    "rows of a listing": ("<table class=highlighttable>", "<tr><td>1<td><pre>x</pre></tr>", 4_000),
    "rows of buttons": ("<table>", "<tr><td role=button class=accordion><div class=x>c</div></tr>", 1_500),
    "items": ("<ul>", "<li aria-hidden=true data-task=x><div id=a>x</div></li>", 2_500),
    "code in boxes": ("<div>", "<div class=redoc-json><code>x</code></div>", 1_500),
    "pictures": ("<div>", "<noscript><img src=a.png></noscript><noscript>x</noscript>", 1_500),
}


@pytest.mark.slow
@pytest.mark.parametrize("shape", _WITHIN)
def test_a_box_of_many_like_parts_takes_time_by_its_length(shape: str) -> None:
    around, part, count = _WITHIN[shape]

    def work(parts: str) -> None:
        read(f"<title>T</title><main><h1>T</h1><p>first words of the page that are enough</p>{around}{parts}</main>")

    assert growth(work, part, size=count * len(part)) < MAX_RATIO


@pytest.mark.slow
def test_a_page_of_many_hidden_parts_of_different_classes_takes_time_by_its_length() -> None:
    def work(count: str) -> None:
        parts = "".join(f"<div style='display:none' class=k{n}>words {n}</div>" for n in range(len(count)))
        read(f"<title>T</title><main><h1>T</h1><p>first words of the page that are enough</p>{parts}</main>")

    assert growth(work, "x", size=500) < MAX_RATIO
