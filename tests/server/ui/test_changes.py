"""What changed between two crawls of a manual, as a person sees it."""

from uuid import uuid4

import pytest
from playwright.async_api import expect

from docspasta_mcp.server.wiring import Node
from tests.server.ui.conftest import Opened, crawled
from tests.sites import Site, page

pytestmark = pytest.mark.programs


@pytest.fixture
async def two_editions(ui_node: Node, manual_site: Site) -> tuple[str, str]:
    """Crawl a manual, change it as manuals change, and crawl it again; returns both jobs."""
    top = f"/{uuid4().hex}/"
    changed = "<p>Call <code>open()</code> with the <b>{}</b> mode.</p>"
    links = tuple(top + name for name in ("", "kept", "changed", "going", "coming"))
    manual_site.pages.update(
        {
            top: page("Two editions", links=links),
            f"{top}kept": page("Kept"),
            f"{top}changed": page("Changed", changed.format("old")),
            f"{top}going": page("Going", "<p>Nobody needs this any more, so it is on its way out.</p>"),
        }
    )
    first = await crawled(ui_node, manual_site.url + top, scope="prefix")
    del manual_site.pages[f"{top}going"]
    manual_site.pages[f"{top}changed"] = page("Changed", changed.format("&lt;script&gt;new&lt;/script&gt;"))
    manual_site.pages[f"{top}coming"] = page("Coming", "<p>Everybody has been waiting for this.</p>")
    return first, await crawled(ui_node, manual_site.url + top, scope="prefix", force_refresh=True)


@pytest.mark.parametrize("javascript", [True, False])
async def test_the_road_from_a_card_to_the_words_that_changed(
    open_page: Opened, base: str, two_editions: tuple[str, str], javascript: bool
) -> None:
    first, second = two_editions
    page = await open_page(base, java_script_enabled=javascript)
    await page.locator(f"#job-{second}").get_by_role("link", name="Changes").click()
    await expect(page.locator("h1")).to_have_text("Changes")
    await expect(page.get_by_label("Compared with")).to_have_value(first)
    await expect(page.locator("dl.counts")).to_contain_text("Changed1")
    await expect(page.get_by_role("link", name="Coming")).to_have_attribute("href", f"/ui/jobs/{second}/pages/4")
    await page.locator(".differing summary", has_text="Changed").click()
    if not javascript:
        await page.get_by_role("link", name="Show what changed").click()
    await expect(page.locator(".diff del")).to_contain_text("old")
    await expect(page.locator(".diff ins")).to_contain_text("<script>new")
    await page.goto(f"/ui/jobs/{second}/changes")
    await page.get_by_role("link", name="Going").click()
    await expect(page.locator("h1")).to_have_text("Going")
    assert first in page.url


async def test_a_manual_that_was_crawled_once_says_so_and_wrong_editions_are_told(
    open_page: Opened, base: str, two_editions: tuple[str, str]
) -> None:
    first, second = two_editions
    page = await open_page(base, expects=(400,))
    await expect(page.locator(f"#changes-{second}")).to_be_visible()
    await expect(page.locator(f"#changes-{first}")).to_have_count(0)
    await page.goto(f"/ui/jobs/{first}/changes")
    await expect(page.locator(".empty")).to_contain_text("the only crawl of this manual")
    for path, said in (
        (f"/ui/jobs/{second}/changes?since={second}", "is not an earlier crawl of this manual"),
        (f"/ui/jobs/{second}/changes/4?since={first}", "it was added since"),
        (f"/ui/jobs/{second}/changes/99?since={first}", "This manual has no page 99"),
    ):
        await page.goto(path)
        await expect(page.get_by_role("alert")).to_contain_text(said)
