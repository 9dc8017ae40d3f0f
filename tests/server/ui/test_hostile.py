"""Manuals that attack whoever reads them: nothing runs, nothing leaves, nothing looks like our own page."""

import re
from uuid import uuid4

import pytest
from playwright.async_api import expect
from sqlalchemy import Connection, text

from docspasta_mcp.model.page_identity import page_hash
from docspasta_mcp.server.ui.markdown_html import parse, to_html
from docspasta_mcp.server.wiring import Node
from tests.server.ui.conftest import Opened, crawled
from tests.sites import Answer, Site
from tests.sites import page as page_of

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


SPELLINGS = (
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\tscript:alert(1)", " javascript:alert(1)", "\x01javascript:alert(1)",
    "javascript&colon;alert(1)", "&#106;avascript:alert(1)", "&#x6A&#x61vascript:alert(1)", "java&NewLine;script:alert(1)",
    "vbscript:alert(1)", "data:text/html,<script>alert(1)</script>", "//evil.example/", "\\\\evil.example/", "blob:x", "file:///x",
)  # fmt: skip
NAMES = (
    SCRIPT,
    "<img src=https://evil.example/p.png onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "{{ 7 * 7 }} ${7 * 7} {% raw %}",
    "\u202etxt.exe\u2066\u200f اسم",
    "x" * 1_000_000,
)
_BAD = """() => {
  const found = [];
  for (const one of document.querySelectorAll("*")) {
    for (const { name, value } of one.attributes) {
      if (name.startsWith("on") || name === "style" || name === "srcdoc") found.push(`${one.tagName} ${name}=${value}`);
    }
  }
  for (const link of document.querySelectorAll("a[href]")) {
    if (!["http:", "https:", "mailto:"].includes(link.protocol)) found.push(`link ${link.getAttribute("href")}`);
  }
  for (const form of document.forms) {
    if (new URL(form.action).origin !== location.origin) found.push(`form ${form.action}`);
  }
  const main = "main script, main iframe, main img, main object, main embed, main link, main meta, main style, main base, .prose svg, .prose form";
  for (const one of document.querySelectorAll(main)) found.push(one.outerHTML.slice(0, 100));
  if (document.documentElement.scrollWidth > innerWidth) found.push(`wide: ${document.documentElement.scrollWidth}`);
  return found;
}"""


async def _poisoned(node: Node, site: Site) -> tuple[str, str]:
    """Crawl a manual twice, and write into its rows what no extraction would let through; returns both jobs."""
    top = f"/{uuid4().hex}/"
    paths = [f"{top}{number}" for number in range(len(NAMES))]
    site.pages[top] = page_of("Poisoned", links=(top, *paths))
    for path in paths:
        site.pages[path] = page_of(path[-1], f"<p>The page {path[-1]} differs from all of the others by this.</p>")
    jobs = [await crawled(node, site.url + top, scope="prefix", force_refresh=True) for _ in range(2)]
    links = "\n".join(
        f"[x]({one}) <a href='{one}'>x</a> <{one}> ![x]({one})\n\n[y]: <{one}>\n[y]\n" for one in SPELLINGS
    )

    def poison(db: Connection) -> None:
        for turn, job_id in enumerate(jobs):
            numbers = {"job": job_id}
            db.execute(text("UPDATE page SET detail = '<b>x</b>' WHERE job_id = :job"), numbers)
            for position, name in enumerate(NAMES, start=1):
                is_odd = position % 2  # those can be compared: a URL of another kind has no identity
                url = f"{'http://x.example/' if is_odd else 'javascript:'}alert({position})//{name[:2_000]}"
                values = {**numbers, "at": position, "name": name, "hash": f"{turn}{position}",
                          "url": url,
 "key": page_hash(url) if is_odd else f"{position}",
                          "text": f"# {name}\n\n{name[:5_000]} number {turn}\n\n{links}\n```html\n{name[:5_000]}\n```\n"}  # fmt: skip
                db.execute(
                    text("UPDATE page SET title = :name, shown_title = :name, url = :url, url_hash = :key, content_hash = :hash,"
                         " captions = :name WHERE job_id = :job AND position = :at"), values)  # fmt: skip
                db.execute(
                    text("UPDATE page_content SET markdown = :text WHERE page_id ="
                         " (SELECT id FROM page WHERE job_id = :job AND position = :at)"), values)  # fmt: skip
            db.execute(text("UPDATE job SET title = :name, seed_url = 'javascript:alert(1)' WHERE id = :job"),
                            {**numbers, "name": NAMES[turn]})  # fmt: skip

    await node.store.database.write(poison)
    return jobs[0], jobs[1]


@pytest.mark.parametrize("javascript", [True, False])
async def test_what_the_store_holds_cannot_harm_either(
    open_page: Opened, base: str, ui_node: Node, manual_site: Site, javascript: bool
) -> None:
    first, second = await _poisoned(ui_node, manual_site)
    page = await open_page(base, java_script_enabled=javascript, viewport={"width": 320, "height": 600})
    paths = [
        "",
        "/contents",
        "/contents?words=script",
        "/coverage",
        "/downloads",
        "/changes",
        "/delete",
        "/search?query=number",
    ]
    paths += [f"/pages/{number}?view=both" for number in range(1, len(NAMES) + 1)]
    paths += [f"/changes/{number}" for number in range(1, len(NAMES) + 1, 2)]
    for path in (*(f"/ui/jobs/{second}{one}" for one in paths), "/", "/ui/search?query=number", f"/ui/jobs/{first}"):
        await page.goto(path)
        await expect(page.locator("main h1").first).to_be_attached()
        assert await page.evaluate(_BAD) == [], path
        assert "view=both" in path or len(await page.content()) < 100_000, path  # the Markdown beside it is whole
    await page.goto(f"/ui/jobs/{second}/pages/1")
    assert await page.locator(".prose").inner_text() != ""
    if javascript:
        for link in await page.locator("main a[href^='/']").all():
            await link.hover()
        await page.evaluate("for (const link of document.querySelectorAll('.prose a:not([href])')) link.click()")
        assert page.url.startswith(base)
