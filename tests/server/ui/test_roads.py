"""The roads of people through the page, in a real browser."""

import re

import pytest
from playwright.async_api import Page, expect

from docspasta_mcp.server.wiring import Node
from tests.server.ui.conftest import Opened, crawled
from tests.sites import Answer, Site
from tests.sites import page as site_page

pytestmark = pytest.mark.programs


async def test_a_newcomer_pastes_looks_crawls_reads_searches_and_downloads(
    open_page: Opened, base: str, manual_site: Site
) -> None:
    page = await open_page(base)
    await expect(page.get_by_text("No manual is here yet")).to_be_visible()
    await page.get_by_label("Any page of a manual").fill(f"{manual_site.url}/docs/guide/")
    await expect(page.locator(".preview")).to_contain_text("Scope")  # it looked by itself
    await expect(page.locator(".preview")).to_contain_text("/docs/")
    await page.get_by_role("button", name="Crawl").click()
    card = page.locator(".card")
    await expect(card.locator(".state")).to_contain_text("Complete")  # it moved without a reload
    await expect(page.locator("#announce")).to_contain_text("5 pages")
    await card.get_by_role("link", name="Welcome", exact=True).click()
    await expect(page.locator("h1")).to_have_text("Welcome")
    await page.get_by_role("navigation", name="Contents").get_by_role("link", name="Install").click()
    await expect(page.locator("h1")).to_have_text("Install")
    await expect(page.locator("h1")).to_be_focused()
    await expect(page).to_have_title("Install · docspasta")
    await expect(page.locator("#tree [aria-current=page]")).to_have_text("Install")
    assert await page.locator(".prose .k").count() > 0  # its code is coloured
    await page.get_by_role("link", name="Side by side").click()
    await page.get_by_role("button", name="Copy").click()
    await expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = await page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("# Install\n\nSource: http://127.0.0.1:")
    await page.go_back()
    await page.get_by_role("link", name="Search").click()
    await page.get_by_label("A question, or words to look for").fill("how deep it goes")
    await expect(page.locator("#found")).to_contain_text("this is what an agent gets")
    await expect(page.locator("#found .prose")).to_contain_text("Deep")
    await expect(page.locator("#found mark", has_text=re.compile("^goes$"))).not_to_have_count(0)
    await page.get_by_role("link", name="Downloads").click()
    async with page.expect_download() as download:
        await page.get_by_role("link", name="Markdown The whole manual").click()
    text = (await (await download.value).path()).read_text()
    assert "## Contents" in text


async def test_a_wrong_address_is_told_where_it_was_entered(open_page: Opened, base: str) -> None:
    page = await open_page(base, expects=(400,))
    await page.get_by_label("Any page of a manual").fill("ftp://docs.example/")
    await expect(page.locator("#preview [role=alert]")).to_contain_text("not an http:// or https:// URL")
    await page.get_by_role("button", name="Crawl").click()
    await expect(page.locator("#preview [role=alert]")).to_contain_text("Give the address of a documentation page")
    await expect(page.get_by_label("Any page of a manual")).to_have_value("ftp://docs.example/")


async def test_why_a_crawl_did_not_start_stays_until_something_else_is_entered(
    open_page: Opened, base: str, ui_node: Node, manual_site: Site
) -> None:
    page = await open_page(base, f"/?url={manual_site.url}/docs/", expects=(400,))
    await page.locator(".preview").wait_for()
    await page.get_by_text("Options", exact=True).click()
    await page.get_by_label("Pages at most").evaluate("field => { field.value = '999999' }")
    looks: list[str] = []
    page.on("request", lambda request: looks.append(request.url) if request.url.endswith("/preview") else None)
    await page.get_by_role("button", name="Crawl").click()
    await expect(page.locator("#preview [role=alert]")).to_contain_text("max_pages is 999999")
    await page.wait_for_load_state("networkidle")
    await expect(page.locator("#preview [role=alert]")).to_contain_text("max_pages is 999999")
    assert looks == []


async def test_a_manual_is_deleted_only_if_nobody_undoes_it(
    open_page: Opened, base: str, ui_node: Node, manual_site: Site
) -> None:
    job_id = await crawled(ui_node, f"{manual_site.url}/docs/", max_pages=2)
    page = await open_page(base)
    card = page.locator(f"#job-{job_id}")
    await card.get_by_role("link", name="Delete").click()
    await card.get_by_role("button", name="Undo").click()
    await expect(card.locator(".state")).to_be_visible()
    await card.get_by_role("link", name="Delete").click()
    await card.get_by_role("button", name="Delete now").click()
    await expect(page.get_by_text("Deleted.", exact=True)).to_be_visible()
    assert job_id not in [status.job_id for status in await ui_node.jobs.list()]


async def test_without_javascript_all_but_live_updates_works(
    open_page: Opened, base: str, ui_node: Node, manual_site: Site
) -> None:
    await crawled(ui_node, f"{manual_site.url}/docs/", max_pages=50)
    page = await open_page(base, java_script_enabled=False)
    await page.get_by_label("Any page of a manual").fill(f"{manual_site.url}/docs/")
    await page.get_by_role("button", name="Look first").click()
    await expect(page.locator(".preview")).to_contain_text("Scope")
    await page.get_by_text("Options", exact=True).click()
    await page.get_by_label("Pages at most").fill("50")
    await page.get_by_role("button", name="Crawl").click()
    await page.locator(".card").first.locator("h3 a").click()
    await page.get_by_role("link", name="Next").click()
    await expect(page.locator("h1")).not_to_have_text("Welcome")
    await page.get_by_label("Filter the contents").fill("usage")
    await page.keyboard.press("Enter")
    await page.get_by_role("link", name="Usage").click()
    await page.get_by_role("link", name="Search").click()
    await page.get_by_label("A question, or words to look for").fill("install")
    await page.get_by_role("button", name="Search").click()
    await expect(page.locator("#found")).to_contain_text("this is what an agent gets")
    await page.get_by_role("link", name="Library").click()
    await page.get_by_label("Ask all manuals").fill("install")
    await page.get_by_role("button", name="Search").click()
    await expect(page.locator("#found")).to_contain_text("passages that match, from Welcome")
    await page.get_by_role("link", name="Library").click()
    await page.locator(".card").first.get_by_role("link", name="Delete").click()
    await page.get_by_role("button", name="Delete").click()
    await expect(page).to_have_url(re.compile(r"/$"))


async def test_the_keyboard_alone_reaches_a_page(
    open_page: Opened, base: str, ui_node: Node, manual_site: Site
) -> None:
    job_id = await crawled(ui_node, f"{manual_site.url}/docs/", max_pages=40)
    page = await open_page(base)
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    for _ in range(60):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement.id") == f"open-{job_id}":
            break
    await page.keyboard.press("Enter")
    await expect(page.locator("h1")).to_have_text("Welcome")
    for _ in range(60):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement.textContent") == "Guide":
            break
    await page.keyboard.press("Enter")
    await expect(page.locator("h1")).to_have_text("Guide")
    await expect(page.locator("h1")).to_be_focused()


async def test_the_keyboard_alone_crawls_searches_and_undoes(open_page: Opened, base: str, manual_site: Site) -> None:
    page = await open_page(base)
    await _tab_to(page, "url")
    await page.keyboard.type(f"{manual_site.url}/docs/guide/")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    card = page.locator(".card").first
    await expect(card.locator(".state")).to_contain_text("Complete")
    await page.goto(f"/ui/jobs/{(await card.get_attribute('id') or '').removeprefix('job-')}/search")
    await expect(page.get_by_label("A question, or words to look for")).to_be_focused()
    await page.keyboard.type("how deep it goes")
    await expect(page.locator("#found .prose")).to_contain_text("Deep")
    await page.goto("/")
    await _tab_to(page, await page.locator(".card").first.get_by_role("link", name="Delete").get_attribute("id") or "")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Undo")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(card.locator(".state")).to_contain_text("Complete")


async def _tab_to(page: Page, element_id: str) -> None:
    for _ in range(80):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement.id") == element_id:
            return
    raise AssertionError(f"No key leads to {element_id}.")


@pytest.mark.parametrize("width", [320, 1280])
async def test_no_page_is_wider_than_the_window(
    open_page: Opened, base: str, ui_node: Node, manual_site: Site, width: int
) -> None:
    job_id = await crawled(ui_node, f"{manual_site.url}/docs/", max_pages=30)
    page = await open_page(base, viewport={"width": width, "height": 700})
    for path in (
        "",
        "/pages/2",
        "/pages/2?view=both",
        "/search?query=install",
        "/coverage",
        "/changes",
        "/downloads",
        "/delete",
    ):
        await page.goto(f"/ui/jobs/{job_id}{path}")
        assert await page.evaluate("document.documentElement.scrollWidth") <= width, path
    for path in ("/", "/ui/search?query=install", "/ui/operating", "/ui/upkeep", "/ui/sign-in"):
        await page.goto(path)
        assert await page.evaluate("document.documentElement.scrollWidth") <= width, path


async def test_coverage_tells_what_failed_and_what_was_left_out(
    open_page: Opened, base: str, ui_node: Node, manual_site: Site
) -> None:
    job_id = await crawled(ui_node, f"{manual_site.url}/docs/", max_pages=20)
    page = await open_page(base, f"/ui/jobs/{job_id}/coverage")
    status = await ui_node.jobs.status(job_id)
    await expect(page.get_by_role("row", name=f"In the manual {status.done}")).to_be_visible()
    await expect(page.locator("section", has_text="Left out").last).to_contain_text("outside the scope")
    await expect(page.get_by_text("a dead link: 404")).to_be_visible()


async def test_all_options_of_a_crawl_are_there_and_wrong_ones_are_told(
    open_page: Opened, base: str, ui_node: Node, manual_site: Site
) -> None:
    page = await open_page(base, expects=(400,))
    await page.get_by_label("Any page of a manual").fill(f"{manual_site.url}/docs/")
    await page.get_by_text("Options", exact=True).click()
    await page.get_by_label("Tell this address").fill("https://hooks.example/")
    await page.get_by_role("button", name="Crawl").click()
    await expect(page.locator("#preview [role=alert]")).to_contain_text("DOCSPASTA_NOTIFY_HOSTS has none")
    await page.get_by_label("Tell this address").fill("")  # the options stay open, as they were
    await page.get_by_label("Seconds between two requests").fill("soon")
    await page.get_by_role("button", name="Crawl").click()
    await expect(page.locator("#preview [role=alert]")).to_contain_text("give seconds, as in 0.5")
    await page.get_by_label("Seconds between two requests").fill("0.01")
    await page.get_by_label("Leave out pages of a quality below").fill("5")
    await page.get_by_label("Render in a browser").select_option("never")
    await page.get_by_label("Links to follow at most").fill("4")
    await page.get_by_role("button", name="Crawl").click()
    await expect(page.locator(".card").first.locator(".state")).to_contain_text("Complete")
    newest = (await ui_node.jobs.list())[0].job_id
    options = (await ui_node.store.jobs.of_owner(newest, "local")).options
    assert (options.delay_seconds, options.quality_threshold, options.render, options.max_depth) == (
        0.01,
        5,
        "never",
        4,
    )


async def test_a_manual_is_pinned_and_downloaded_in_every_form(
    open_page: Opened, base: str, ui_node: Node, manual_site: Site
) -> None:
    job_id = await crawled(ui_node, f"{manual_site.url}/docs/", max_pages=25, force_refresh=True)
    page = await open_page(base, f"/ui/jobs/{job_id}")
    await page.get_by_role("button", name="Pin").click()
    await expect(page.get_by_text("Kept until you delete it")).to_be_visible()
    await page.goto("/")
    await expect(page.locator(f"#job-{job_id} .tag", has_text="pinned")).to_be_visible()
    await page.goto(f"/ui/jobs/{job_id}/downloads")
    links = page.locator(".files a")
    names: list[str] = []
    for place in range(await links.count()):
        async with page.expect_download() as download:
            await links.nth(place).click()
        saved = await download.value
        assert (await saved.path()).stat().st_size > 100
        names.append(saved.suggested_filename.rpartition(".")[2])
    assert sorted(names) == ["epub", "json", "jsonl", "md", "md", "md", "txt", "txt", "zip", "zip"]
    await page.goto(f"/ui/jobs/{job_id}")
    await page.get_by_role("button", name="Unpin").click()
    await expect(page.get_by_role("button", name="Pin", exact=True)).to_be_visible()


async def test_one_page_that_failed_is_tried_again_from_coverage(
    open_page: Opened, base: str, ui_node: Node, manual_site: Site
) -> None:
    links = tuple(f"/gaps/{name}" for name in ("", "one", "two"))
    refused = Answer("Forbidden", status=403)
    manual_site.pages |= {"/gaps/": site_page("Gaps", links=links), "/gaps/one": refused, "/gaps/two": refused}
    job_id = await crawled(ui_node, f"{manual_site.url}/gaps/", scope="prefix")
    manual_site.pages |= {"/gaps/one": site_page("One"), "/gaps/two": site_page("Two")}
    manual_site.requests.clear()
    page = await open_page(base, f"/ui/jobs/{job_id}/coverage")
    failed = page.get_by_role("region", name="Failed pages").locator("tbody tr")
    await expect(failed).to_have_count(2)
    await failed.filter(has_text="/gaps/one").get_by_role("button", name="Try again").click()
    await expect(page.get_by_role("row", name="In the manual 2")).to_be_visible()  # nobody reloaded
    await expect(failed).to_have_count(1)
    assert [path for path in manual_site.requests if path.startswith("/gaps/")] == ["/gaps/one"]
    await page.get_by_role("button", name="Try it again").click()
    await expect(page.get_by_text("No page failed.")).to_be_visible()
    assert (await ui_node.jobs.status(job_id)).state == "completed"
