"""The library has one tile for each manual, however often it was crawled, and costs by its manuals, not their pages."""

import threading

import pytest
from playwright.async_api import expect

from docspasta_mcp.server.ui.library import A_PAGE
from docspasta_mcp.server.wiring import Node
from tests.server.ui.conftest import Opened, crawled
from tests.sites import Answer, Site, page

pytestmark = pytest.mark.programs


def manual(site: Site, name: str, **pages: str | Answer) -> str:
    """Put a manual on the site; returns its URL."""
    site.pages[f"/{name}/"] = page(name.title(), links=(f"/{name}/", *(f"/{name}/{one}" for one in pages)))
    site.pages |= {f"/{name}/{one}": body for one, body in pages.items()}
    return f"{site.url}/{name}/"


async def test_a_manual_has_one_tile_that_counts_its_crawls(
    open_page: Opened, base: str, ui_node: Node, manual_site: Site
) -> None:
    url = manual(manual_site, "twice", one=page("One"))
    first = await crawled(ui_node, url, scope="prefix")
    second = await crawled(ui_node, url, scope="prefix", force_refresh=True)
    shown = await open_page(base)
    tile = shown.locator(".card", has_text="/twice/")
    await expect(tile).to_have_count(1)
    await expect(tile).to_have_id(f"job-{second}")
    await tile.get_by_role("link", name="2 crawls").click()
    crawls = shown.get_by_role("region", name="Crawls, one a row").locator("tbody tr")
    await expect(crawls).to_have_count(2)
    await crawls.nth(1).get_by_role("link", name="Delete").click()
    await shown.get_by_role("button", name="Only the crawl of").click()
    await expect(tile).to_have_id(f"job-{second}")
    assert first not in [status.job_id for status in await ui_node.jobs.list()]


async def test_a_manual_is_deleted_with_all_its_crawls(
    open_page: Opened, base: str, ui_node: Node, manual_site: Site
) -> None:
    url = manual(manual_site, "goes", one=page("One"))
    jobs = [await crawled(ui_node, url, scope="prefix", force_refresh=True) for _ in range(2)]
    shown = await open_page(base)
    tile = shown.locator(".card", has_text="/goes/")
    await tile.get_by_role("link", name="Delete").click()
    await expect(shown.get_by_text("all its 2 crawls")).to_be_visible()
    await shown.get_by_role("button", name="Delete now").click()
    await expect(shown.get_by_text("Deleted.", exact=True)).to_be_visible()
    assert not set(jobs) & {status.job_id for status in await ui_node.jobs.list()}


async def test_while_a_manual_is_crawled_again_the_crawl_before_can_be_read(
    open_page: Opened, base: str, ui_node: Node, manual_site: Site
) -> None:
    url = manual(manual_site, "again", one=page("One"))
    before = await crawled(ui_node, url, scope="prefix")
    gate = threading.Event()
    manual(manual_site, "again", one=Answer(page("One"), before=lambda: gate.wait(60)))
    started = await ui_node.jobs.start(url, scope="prefix", force_refresh=True)
    try:
        shown = await open_page(base)
        tile = shown.locator(".card", has_text="/again/")
        await expect(tile.locator(".moving")).to_contain_text("1 of 2")
        earlier = tile.get_by_role("link", name="2 pages, read")
        await expect(earlier).to_have_attribute("href", f"/ui/jobs/{before}")
        await tile.get_by_role("button", name="Cancel").click()
        await expect(tile).to_have_id(f"job-{before}")  # it is what is read
        await expect(tile.locator(".note")).to_contain_text("A newer crawl was cancelled")
        await expect(tile.get_by_role("link", name="cancelled by its owner")).to_have_attribute(
            "href", f"/ui/jobs/{started.job_id}/coverage"
        )
    finally:
        gate.set()


async def test_a_crawl_that_read_nothing_is_shown_with_its_reason_and_tried_again(
    open_page: Opened, base: str, ui_node: Node, manual_site: Site
) -> None:
    job_id = await crawled(ui_node, f"{manual_site.url}/nowhere/at/all/", scope="prefix")
    shown = await open_page(base)
    tile = shown.locator(f"#job-{job_id}")
    await expect(tile.locator(".state")).to_have_text("Failed")
    await expect(tile.locator(".note")).to_contain_text("404")
    await tile.locator("h3 a").click()
    await shown.get_by_role("link", name="Change the address").click()
    await expect(shown.get_by_label("Any page of a manual")).to_have_value(f"{manual_site.url}/nowhere/at/all/")
    await expect(shown.locator("#preview [role=alert], .preview")).to_be_visible()
    manual_site.pages["/nowhere/at/all/"] = page("Found")
    await tile.get_by_role("button", name="Try again").click()
    await expect(shown.locator(".card", has_text="/nowhere/").locator(".state")).to_contain_text("Complete")


async def test_many_manuals_come_a_page_at_a_time(open_page: Opened, ui_node: Node, base: str) -> None:
    jobs = ui_node.jobs_of("local")
    for number in range(A_PAGE + 1):
        started = await jobs.start(f"https://m{number}.example/")
        await jobs.cancel(started.job_id)
    shown = await open_page(base)
    await expect(shown.locator(".card")).to_have_count(A_PAGE)
    await shown.get_by_role("link", name="Older").click()
    assert 0 < await shown.locator(".card").count() < A_PAGE
    await expect(shown.get_by_role("link", name="Newer")).to_be_visible()
    for status in [one for one in await jobs.list() if ".example/" in one.scope]:
        await jobs.delete(status.job_id)
