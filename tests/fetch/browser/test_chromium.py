"""Pages that only their scripts fill, in a real Chromium."""

import re
import time

import anyio
import pytest

from docspasta_mcp.errors import PageRefused
from docspasta_mcp.fetch.browser import chromium as chromium_module
from docspasta_mcp.fetch.browser import look
from docspasta_mcp.fetch.browser.chromium import Chromium
from docspasta_mcp.fetch.browser.rendering import RenderRequest
from tests.sites import TEXT, Answer, Site

pytestmark = pytest.mark.programs


def shell(script: str, body: str = "") -> str:
    return f"<!DOCTYPE html><html><body>{body}<div id=app></div><script>{script}</script></body></html>"


def show(html: str) -> str:
    return f"document.getElementById('app').innerHTML = `<main><h1>Title</h1><p>{TEXT}</p>{html}</main>`;"


async def rendered(chromium: Chromium, site: Site, path: str = "/", *, other: Site | None = None) -> str:
    allow = tuple(f"127.0.0.1:{one.port}" for one in (site, other) if one is not None)
    request = RenderRequest(site.url + path, allow, lambda url: url.startswith(site.url))
    return (await chromium.render(request)).body.decode()


async def test_a_page_is_read_when_its_scripts_have_filled_it(chromium: Chromium, site: Site) -> None:
    site.pages["/words.json"] = Answer("from a file", content_type="application/json")
    site.pages["/"] = shell(
        f"setTimeout(async () => {{ const words = await (await fetch('words.json')).text(); {show('<p>${words}</p>')} }}, 300)"
    )
    html = await rendered(chromium, site)
    assert "<p>from a file</p>" in html
    assert html.count("<script") == html.count("<script></script></body>") == 1  # that it has some, not what they are


async def test_what_is_answered_slowly_is_waited_for(chromium: Chromium, site: Site) -> None:
    site.pages["/slow.json"] = Answer("late words", before=lambda: time.sleep(1.2))
    site.pages["/"] = shell(
        show("")
        + "fetch('slow.json').then(one => one.text()).then(text => { document.querySelector('main').append(text) })"
    )
    assert "late words" in await rendered(chromium, site)


async def test_code_that_a_highlighter_fills_by_and_by_is_waited_for(chromium: Chromium, site: Site) -> None:
    site.pages["/"] = shell(
        show("<pre><style>pre { color: red }</style><div><pre></pre></div></pre>")
        + "setTimeout(() => { document.querySelector('pre pre').textContent = 'late = code' }, 900)"
    )
    assert "<pre>late = code</pre>" in await rendered(chromium, site)


async def test_a_document_that_is_empty_for_a_while_is_waited_for(chromium: Chromium, site: Site) -> None:
    site.pages["/"] = shell(
        show("<p>back again</p>")
        + "const root = document.documentElement; root.remove(); setTimeout(() => document.append(root), 400)"
    )
    assert "<p>back again</p>" in await rendered(chromium, site)


async def test_a_page_on_which_our_script_fails_is_told(
    chromium: Chromium, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(look, "_script", lambda: "({still: async () => { throw new TypeError('it is odd') }})")
    site.pages["/"] = shell(show(""))
    with pytest.raises(PageRefused, match="could not read the page") as told:
        await rendered(chromium, site)
    assert "it is odd" in (told.value.said or "")


async def test_a_page_that_never_stands_still_is_taken_as_it_is(chromium: Chromium, site: Site) -> None:
    site.pages["/"] = shell(show("") + "setInterval(() => document.querySelector('main').append('tick '), 20)")
    assert "tick tick" in await rendered(chromium, site)


async def test_shadow_roots_are_part_of_the_page_though_closed(chromium: Chromium, site: Site) -> None:
    site.pages["/"] = shell(
        show("<x-box></x-box>")
        + "document.querySelector('x-box').attachShadow({mode: 'closed'}).innerHTML = '<p>inside</p>'"
    )
    assert '<template shadowrootmode="open"><p>inside</p></template>' in await rendered(chromium, site)


TABS = (
    show(
        "<div><div role=tablist><button role=tab aria-selected=true>npm</button><button role=tab aria-selected=false>yarn</button></div><div role=tabpanel>with npm</div></div>"
    )
    + """document.querySelectorAll('[role=tab]').forEach(tab => tab.onclick = () => setTimeout(() => {
  document.querySelector('[role=tabpanel]').textContent = 'with ' + tab.textContent;
}, 50));"""
)

ACCORDION = (
    show("<h3><button aria-expanded=false aria-controls=more>More</button></h3>")
    + """
document.querySelector('button').onclick = event => setTimeout(() => {
  event.target.setAttribute('aria-expanded', 'true');
  document.querySelector('h3').insertAdjacentHTML('afterend', '<div id=more>what was folded</div>');
}, 50);"""
)

DETAILS = (
    show("<details><summary>More</summary></details>")
    + """
document.querySelector('details').ontoggle = event => { event.target.insertAdjacentHTML('beforeend', '<p>what was folded</p>'); };"""
)


async def test_tabs_that_load_on_a_click_keep_all_their_panels(chromium: Chromium, site: Site) -> None:
    site.pages["/"] = shell(TABS)
    html = await rendered(chromium, site)
    assert re.findall(r"<div role=\"tabpanel\"[^>]*>(.*?)</div>", html) == ["with npm", "with yarn"]


@pytest.mark.parametrize("script", [ACCORDION, DETAILS])
async def test_what_is_folded_is_opened(chromium: Chromium, site: Site, script: str) -> None:
    site.pages["/"] = shell(script)
    assert "what was folded" in await rendered(chromium, site)


async def test_what_a_script_unfolds_is_clicked_open(chromium: Chromium, site: Site) -> None:
    script = (
        show("<details><summary>More</summary></details>")
        + """
document.querySelector('details').onclick = event => {
  event.preventDefault();
  event.currentTarget.insertAdjacentHTML('beforeend', '<div>what was folded</div>');
};"""
    )
    site.pages["/"] = shell(script)
    assert (await rendered(chromium, site)).count("what was folded") == 1


async def test_tabs_whose_panels_are_all_there_are_left_as_they_are(chromium: Chromium, site: Site) -> None:
    tabs = "".join(f"<li role=tab aria-selected={n == 0}>tab {n}</li>" for n in range(3)).lower()
    panels = "".join(f"<div role=tabpanel {'hidden' if n else ''}>panel {n}</div>" for n in range(3))
    site.pages["/"] = shell(show(f"<div><ul role=tablist>{tabs}</ul><div>{panels}</div></div>"))
    html = await rendered(chromium, site)
    assert [html.count(f">panel {n}<") for n in range(3)] == [1, 1, 1]


async def test_what_waits_for_a_frame_or_to_come_into_view_is_shown(chromium: Chromium, site: Site) -> None:
    script = (
        show("<p id=a></p><div style='height: 9000px'></div><p id=b></p><p id=c></p>")
        + """
requestAnimationFrame(() => requestAnimationFrame(() => { a.textContent = 'from a frame'; }));
new IntersectionObserver(([one]) => { if (one.isIntersecting) b.textContent = 'from a view'; }).observe(b);
new ResizeObserver(([one]) => { c.textContent = 'from a size of ' + one.contentRect.width; }).observe(c);"""
    )
    site.pages["/"] = shell(script)
    html = await rendered(chromium, site)
    assert all(f"from a {what}" in html for what in ("frame", "view", "size of 1"))


@pytest.mark.parametrize(
    "script",
    [
        "window.open('/other')",
        "const link = document.createElement('a'); link.href = '/other'; link.target = '_blank'; app.append(link); link.click()",
        "const form = document.createElement('form'); form.target = 'x'; app.append(form); form.submit()",
        "const form = document.createElement('form'); form.target = 'x'; app.append(form); form.requestSubmit()",
    ],
)
async def test_no_page_opens_another_one(chromium: Chromium, site: Site, script: str) -> None:
    site.pages["/"] = shell(f"{show('')}; {script}; document.querySelector('main').append('and it goes on')")
    with anyio.fail_after(8):
        assert "and it goes on" in await rendered(chromium, site)
    assert site.requests.count("/other") == 0


async def test_a_list_that_grows_when_scrolled_is_read_to_its_end(chromium: Chromium, site: Site) -> None:
    script = (
        show("<ul></ul>")
        + """
    const list = document.querySelector('ul'); let count = 0;
    const more = () => { for (let n = 0; n < 50 && count < 300; n++) list.insertAdjacentHTML('beforeend', `<li style="height:60px">item ${++count}</li>`); };
    more();
    addEventListener('scroll', () => { if (innerHeight + scrollY >= document.body.scrollHeight - 100) setTimeout(more, 30); });"""
    )
    site.pages["/"] = shell(script.replace("${++count}", "${++count}"))
    assert "item 300<" in await rendered(chromium, site)


async def test_a_link_among_the_tabs_is_not_followed(chromium: Chromium, site: Site) -> None:
    site.pages["/other"] = "other"
    site.pages["/"] = shell(
        show(
            "<div role=tablist><a role=tab href=/other>A</a><a role=tab href=/other>B</a></div><a href=/other aria-expanded=false>C</a>"
        )
    )
    await rendered(chromium, site)
    assert "/other" not in site.requests


async def test_pictures_and_films_are_not_loaded(chromium: Chromium, site: Site) -> None:
    site.pages["/"] = shell(show("<img src=/a.png><video src=/b.mp4 autoplay></video><audio src=/c.mp3></audio>"))
    await rendered(chromium, site)
    assert not {"/a.png", "/b.mp4", "/c.mp3"} & set(site.requests)


async def test_each_page_has_a_context_of_its_own(chromium: Chromium, site: Site) -> None:
    site.pages["/"] = shell(
        show("<p>${document.cookie || 'no cookie'} ${localStorage.a || 'nothing'}</p>")
        + "document.cookie = 'a=b'; localStorage.a = 'kept'"
    )
    for _ in range(2):
        assert "<p>no cookie nothing</p>" in await rendered(chromium, site)


async def test_a_page_that_leads_out_of_its_scope_is_refused(chromium: Chromium, site: Site) -> None:
    with Site() as other:
        other.pages["/"] = "elsewhere"
        site.pages["/"] = shell(f"location.href = '{other.url}/'")
        with pytest.raises(PageRefused) as caught:
            await rendered(chromium, site, other=other)
    assert caught.value.reason == "redirected_out_of_scope"


async def test_a_sidebar_alone_is_no_content_yet(chromium: Chromium, site: Site) -> None:
    sidebar = f"<nav><a href=/>{TEXT}</a></nav>"
    script = f"document.getElementById('app').innerHTML = `{sidebar}<main></main>`; setTimeout(() => {{ document.querySelector('main').append('{TEXT} late words') }}, 700)"
    site.pages["/"] = shell(script)
    assert "late words" in await rendered(chromium, site)


async def test_a_browser_that_was_started_in_advance_renders_and_ends_without_pages(
    chromium: Chromium, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.pages["/"] = shell(show("<p>soon</p>"))
    chromium.warm()
    assert "<p>soon</p>" in await rendered(chromium, site)
    await chromium.aclose()
    monkeypatch.setattr(chromium_module, "IDLE_S", 0.1)
    chromium.warm()
    with anyio.fail_after(30):
        while not chromium.is_running:
            await anyio.sleep(0.02)
        while chromium.is_running:
            await anyio.sleep(0.02)


async def test_a_browser_without_pages_ends(chromium: Chromium, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chromium_module, "IDLE_S", 0.05)
    site.pages["/"] = shell(show(""))
    await rendered(chromium, site)
    with anyio.fail_after(20):
        while chromium.is_running:
            await anyio.sleep(0.05)
    await rendered(chromium, site)


async def test_a_page_opened_ahead_that_dies_costs_none_its_text(chromium: Chromium, site: Site) -> None:
    site.pages["/"] = shell(show("<p>all the same</p>"))
    await rendered(chromium, site)
    running = chromium._running  # pyright: ignore[reportPrivateUsage]  # what it opens ahead shows nowhere else
    assert running is not None
    crashed = await running._begin_spare()  # pyright: ignore[reportPrivateUsage]
    running.do(crashed.session.send("Page.crash"))  # pyright: ignore[reportArgumentType]  # never answered
    with anyio.fail_after(20):
        while not crashed.has_crashed:
            await anyio.sleep(0.02)
    assert "<p>all the same</p>" in await rendered(chromium, site)
    await (await running._begin_spare()).close()  # pyright: ignore[reportPrivateUsage]
    assert "<p>all the same</p>" in await rendered(chromium, site)


async def test_a_short_page_is_read_without_waiting_long(chromium: Chromium, site: Site) -> None:
    site.pages["/"] = shell("document.getElementById('app').innerHTML = '<main><h1>Short</h1><p>Two words.</p></main>'")
    for _ in range(3):
        assert "Two words." in await rendered(chromium, site)


async def test_a_page_that_asks_for_a_huge_address_is_read(
    chromium: Chromium, site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "docspasta_mcp")
    site.pages["/"] = shell(show("<p>all the same</p>") + "fetch('data:text/plain,' + 'x'.repeat(1e7))")
    assert "<p>all the same</p>" in await rendered(chromium, site)
    assert "too long to be heard" in caplog.text
