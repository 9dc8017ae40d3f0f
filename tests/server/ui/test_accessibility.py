"""No barrier on any page, in either colour scheme, as axe-core judges."""

import threading

import pytest
from playwright.async_api import Page, expect

from docspasta_mcp.server.app import owner_tokens
from docspasta_mcp.server.wiring import Node
from tests.server.ui.axe import barriers
from tests.server.ui.conftest import Opened, crawled, serving
from tests.server.ui.test_operating import kill_letters
from tests.server.ui.test_sessions import quiet_node
from tests.sites import Answer, Site, page

pytestmark = pytest.mark.programs
__all__ = ["quiet_node"]
RICH = (
    "<h2>Options</h2><table><tr><th>Name</th><th>Meaning</th></tr><tr><td><code>-v</code></td><td>More words.</td></tr>"
    "</table><pre><code class='language-python'>import os  # why\n\n@cached\ndef run(name: str) -> int:\n"
    '    """Say it."""\n    return 1 + len(f"{name}")\n</code></pre><blockquote><p>Mind the gap.</p></blockquote>'
    "<p><img src='map.png' alt='a map'> <a href='https://elsewhere.example/'>Elsewhere</a></p>"
)


@pytest.fixture(scope="module")
async def editions(ui_node: Node, manual_site: Site) -> tuple[str, str]:
    """Crawl a manual with all that pages show, twice; returns both jobs."""
    links = tuple(f"/rich/{name}" for name in ("", "options", "new", "gone"))
    manual_site.pages |= {"/rich/": page("Rich manual", links=links), "/rich/options": page("Options", RICH)}
    first = await crawled(ui_node, f"{manual_site.url}/rich/", scope="prefix")
    manual_site.pages |= {
        "/rich/options": page("Options", RICH.replace("gap", "dog").replace("h2", "h4")),
        "/rich/new": page("New", "<p>This one has come since then, and has words of its own.</p>"),
    }
    return first, await crawled(ui_node, f"{manual_site.url}/rich/", scope="prefix", force_refresh=True)


async def test_the_empty_library_has_no_barrier(open_page: Opened, base: str) -> None:
    shown = await open_page(base)
    assert await barriers(shown) == []


@pytest.mark.parametrize(
    "path",
    [
        "/", "/?url={site}/rich/", "/ui/search", "/ui/search?query=options", "/ui/jobs/{job}", "/ui/jobs/none",
        "/ui/jobs/{job}/pages/2", "/ui/jobs/{job}/pages/2?view=markdown", "/ui/jobs/{job}/pages/2?view=both",
        "/ui/jobs/{job}/contents", "/ui/jobs/{job}/contents?words=new", "/ui/jobs/{job}/search",
        "/ui/jobs/{job}/search?query=options", "/ui/jobs/{job}/coverage", "/ui/jobs/{job}/downloads",
        "/ui/jobs/{job}/delete", "/ui/jobs/{job}/changes", "/ui/jobs/{before}/changes",
        "/ui/jobs/{job}/changes/2?since={before}", "/ui/operating", "/ui/upkeep",
    ],
)  # fmt: skip
async def test_no_page_has_a_barrier(
    open_page: Opened, base: str, editions: tuple[str, str], manual_site: Site, path: str
) -> None:
    before, job = editions
    shown = await open_page(base, path.format(job=job, before=before, site=manual_site.url), expects=(404,))
    if "url=" in path:
        await shown.locator(".preview").wait_for()
    await _open_all(shown)
    assert await barriers(shown) == []


async def test_what_moves_has_no_barrier(open_page: Opened, base: str, ui_node: Node, manual_site: Site) -> None:
    gate = threading.Event()
    manual_site.pages |= {
        "/held/": page("Held", links=("/held/", "/held/one")),
        "/held/one": Answer(page("One"), before=lambda: gate.wait(60)),
    }
    started = await ui_node.jobs.start(f"{manual_site.url}/held/", scope="prefix")
    try:
        shown = await open_page(base)
        card = shown.locator(f"#job-{started.job_id}")
        await expect(card.locator(".moving")).to_contain_text("1 of 2")
        assert await barriers(shown) == []
        await card.get_by_role("link", name="Delete").click()
        await expect(card.get_by_role("button", name="Undo")).to_be_focused()
        assert await barriers(shown) == []
        await card.get_by_role("button", name="Undo").click()
        await card.get_by_role("button", name="Cancel").click()
        await expect(card.locator(".state")).to_contain_text("Cancelled")
    finally:
        gate.set()


async def test_dead_letters_have_no_barrier(open_page: Opened, base: str, ui_node: Node) -> None:
    await kill_letters(ui_node, 1)
    shown = await open_page(base, "/ui/operating")
    await shown.locator("table.rows").wait_for()
    assert await barriers(shown) == []
    await shown.get_by_role("button", name="Delete all").click()
    await expect(shown.get_by_text("Every message has been delivered.")).to_be_visible()


async def test_signing_in_has_no_barrier(open_page: Opened, quiet_node: Node) -> None:
    async with serving(quiet_node, owner_tokens(quiet_node)) as base:
        shown = await open_page(base, expects=(401,))
        assert await barriers(shown) == []
        await shown.get_by_label("Access token").fill("docspasta_wrong")
        await shown.get_by_role("button", name="Sign in").click()
        await shown.get_by_role("alert").wait_for()
        assert await barriers(shown) == []


async def _open_all(shown: Page) -> None:
    await shown.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    if await shown.locator(".differing").count():
        await shown.locator(".diff").wait_for()
