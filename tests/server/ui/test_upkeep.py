"""What operators keep in order: schedules, tokens, what is stored, the last hour. And who may not."""

import httpx
import pytest
from playwright.async_api import expect

from docspasta_mcp.server.app import create_app, create_mcp_server, owner_tokens
from docspasta_mcp.server.ui.hour import MINUTES, hour_of
from docspasta_mcp.server.wiring import Node
from tests.server.ui.axe import barriers
from tests.server.ui.conftest import Opened, crawled, serving
from tests.server.ui.test_sessions import csrf_of, quiet_node, signed_in
from tests.sites import Site

pytestmark = pytest.mark.programs
__all__ = ["quiet_node"]


async def test_an_operator_adds_and_removes_a_schedule(open_page: Opened, base: str, manual_site: Site) -> None:
    page = await open_page(base, "/ui/operating", expects=(400,))
    await page.get_by_role("link", name="Upkeep").click()
    await expect(page.get_by_text("Nothing is crawled again by itself.")).to_be_visible()
    await page.get_by_label("Any page of a manual").fill(f"{manual_site.url}/docs/")
    await page.get_by_label("When", exact=True).fill("* * * * *")
    await page.get_by_role("button", name="Add").click()
    await expect(page.get_by_role("alert")).to_contain_text("more than a run an hour")
    await expect(page.get_by_label("Any page of a manual")).to_have_value(f"{manual_site.url}/docs/")
    await page.get_by_label("When", exact=True).fill("0 3 * * 1")
    await page.get_by_role("button", name="Add").click()
    row = page.locator("section", has=page.locator("#schedules")).locator("tbody tr")
    await expect(row).to_contain_text("0 3 * * 1")
    await expect(row).to_contain_text("03:00 UTC")
    await row.get_by_role("button", name="Remove").click()
    await expect(page.get_by_text("Nothing is crawled again by itself.")).to_be_visible()


async def test_what_is_stored_and_the_last_hour_are_told(
    open_page: Opened, base: str, ui_node: Node, manual_site: Site
) -> None:
    await crawled(ui_node, f"{manual_site.url}/docs/", max_pages=71)
    page = await open_page(base, "/ui/operating")
    await expect(page.locator("#hour")).to_contain_text("6 pages read, 0 failed")
    assert await page.locator("#hour rect.done").count() >= 1
    await page.get_by_role("link", name="Upkeep").click()
    row = page.locator("table.figures tbody tr")
    await expect(row).to_contain_text("local")
    usage = (await ui_node.store.usage.by_owner(limit=5))[0]
    assert usage.bytes == await ui_node.store.jobs.stored_bytes("local")


async def test_the_checks_of_doctor_are_told(open_page: Opened, base: str) -> None:
    page = await open_page(base, "/ui/upkeep")
    await page.get_by_role("button", name="Check this installation").click()
    findings = page.locator(".findings")
    await expect(findings).to_contain_text("database is well: answers in")
    await expect(findings).to_contain_text("webhook is well")
    assert await barriers(page) == []


def test_the_chart_has_a_bar_for_each_minute() -> None:
    hour = hour_of({0: (5, 0), 59: (10, 10)})
    assert len(hour.bars) == MINUTES
    assert (hour.done, hour.failed, hour.most) == (15, 10, 20)
    assert (hour.bars[0].done_height, hour.bars[59].failed_height) == (25.0, 50.0)
    assert hour_of({}).most == 0


async def test_a_token_is_made_shown_once_and_revoked(open_page: Opened, quiet_node: Node) -> None:
    _, operators = await quiet_node.store.access.create("ops", days=1, is_operator=True)
    async with serving(quiet_node, owner_tokens(quiet_node)) as base:
        page = await open_page(base, "/ui/upkeep", expects=(400,))
        await page.get_by_label("Access token").fill(operators)
        await page.get_by_role("button", name="Sign in").click()
        await page.get_by_role("textbox", name="Owner").fill("not a name")
        await page.get_by_role("button", name="Make a token").click()
        await expect(page.get_by_role("alert")).to_contain_text("is not a name for an owner: 1 to 64 letters")
        await page.get_by_role("textbox", name="Owner").fill("ann")
        await page.get_by_role("textbox", name="Days").fill("7")
        await page.get_by_role("button", name="Make a token").click()
        secret = await page.locator("#secret").text_content() or ""
        assert (await quiet_node.store.access.find(secret) or pytest.fail("no such token")).owner == "ann"
        await page.goto("/ui/upkeep")
        assert secret not in await page.content()
        await page.locator("tr", has_text="ann").get_by_role("button", name="Revoke").click()
        await expect(page.locator("tr", has_text="ann")).to_have_count(0)
        assert await quiet_node.store.access.find(secret) is None


async def test_a_schedule_that_a_revoked_owner_has_left_is_marked(quiet_node: Node) -> None:
    app = create_app(quiet_node, create_mcp_server(quiet_node), verifier=owner_tokens(quiet_node))
    _, operators = await quiet_node.store.access.create("ops", days=1, is_operator=True)
    await quiet_node.store.access.create("ann", days=1)
    for owner in ("ann", "ops", "local"):
        await quiet_node.schedules_of(owner).add(f"https://docs.com/{owner}/", "0 3 * * 1")
    async with signed_in(app, operators) as ops:
        assert "has no token" not in (await ops.get("/ui/upkeep")).text
        await quiet_node.store.access.revoke("ann")
        assert (await ops.get("/ui/upkeep")).text.count("has no token") == 1


async def test_upkeep_is_for_operators(quiet_node: Node) -> None:
    app = create_app(quiet_node, create_mcp_server(quiet_node), verifier=owner_tokens(quiet_node))
    _, token = await quiet_node.store.access.create("ann", days=1)
    async with signed_in(app, token) as ann:
        csrf = csrf_of(await ann.get("/"))
        answers: list[httpx.Response] = [await ann.get("/ui/upkeep"), await ann.get("/ui/operating/hour")]
        for path in ("check", "schedules/add", "schedules/remove", "tokens/create", "tokens/revoke"):
            data = {"csrf": csrf, "owner": "ann", "id": "x", "operator": "on"}
            answers.append(await ann.post(f"/ui/upkeep/{path}", data=data))
        assert {answer.status_code for answer in answers} == {404}
    assert len(await quiet_node.store.access.list()) == 1
