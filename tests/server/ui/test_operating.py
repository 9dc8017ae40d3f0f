"""The operator's road: see the queue, stop it and let it go on, mend dead letters. And who may not."""

import anyio
import httpx
import pytest
from playwright.async_api import expect

from docspasta_mcp.server.app import create_app, create_mcp_server, owner_tokens
from docspasta_mcp.server.wiring import Node
from tests.server.ui.conftest import Opened
from tests.server.ui.test_sessions import client_of, csrf_of, quiet_node, signed_in

pytestmark = pytest.mark.programs

__all__ = ["quiet_node"]


async def kill_letters(node: Node, count: int) -> None:
    """Publish messages that nobody takes, and wait until they are dead."""
    assert node.credentials is not None
    hub = node.credentials.hub_url
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {node.credentials.token}"}) as queue:
        with anyio.fail_after(60):
            while node.engine.hub is None or node.engine.hub.broker is None:
                await anyio.sleep(0.05)
            for _ in range(count):
                published = await queue.post(
                    f"{hub}/v2/publish/{hub}/api/v4/nosuch", headers={"Upstash-Retries": "0"}, content=b"<b>lost</b>"
                )
                assert published.is_success, published.text
            while (await queue.get(f"{hub}/broker")).json()["deadLetters"] < count:
                await anyio.sleep(0.05)


async def test_an_operator_pauses_resumes_retries_and_deletes(open_page: Opened, base: str, ui_node: Node) -> None:
    await kill_letters(ui_node, 2)
    page = await open_page(base)
    await page.get_by_role("link", name="Operating").click()
    await page.get_by_role("button", name="Pause").click()
    await expect(page.get_by_text("Paused: nothing is delivered")).to_be_visible()
    await page.get_by_role("button", name="Resume").click()
    await expect(page.get_by_text("Delivering", exact=True)).to_be_visible()
    rows = page.get_by_role("region", name="Dead letters").locator("tbody tr")
    await expect(rows).to_have_count(2)
    await expect(rows.first).to_contain_text("404")
    await expect(rows.first).to_contain_text("<b>lost</b>")
    await rows.first.get_by_role("button", name="Delete").click()
    await expect(rows).to_have_count(1)
    await page.get_by_role("button", name="Retry all").click()
    await expect(page.locator("h1")).to_have_text("Operating")
    await kill_letters(ui_node, 1)  # nobody took it this time either
    await page.reload()
    await page.get_by_role("button", name="Delete all").click()
    await expect(page.get_by_text("Every message has been delivered.")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_the_operators_page_is_for_operators(quiet_node: Node) -> None:
    app = create_app(quiet_node, create_mcp_server(quiet_node), verifier=owner_tokens(quiet_node))
    _, token = await quiet_node.store.access.create("ann", days=1)
    _, operators = await quiet_node.store.access.create("ops", days=1, is_operator=True)
    async with signed_in(app, token) as ann, signed_in(app, operators) as ops:
        home = await ann.get("/")
        assert "Operating" not in home.text
        assert (await ann.get("/ui/operating")).status_code == 404
        for path in ("switch", "retry", "delete"):
            data = {"csrf": csrf_of(home), "all": "yes", "paused": "yes"}
            assert (await ann.post(f"/ui/operating/{path}", data=data)).status_code == 404
        page = await ops.get("/ui/operating")
        assert page.status_code == 200
        unknown = await ops.post("/ui/operating/retry", data={"csrf": csrf_of(page), "id": "nosuch"})
        assert unknown.status_code == 400
        assert "No dead letter of this id" in unknown.text
        assert (await ops.post("/ui/operating/delete", data={"id": "x"})).status_code == 403


async def test_an_open_page_lets_programs_of_other_sites_do_nothing(quiet_node: Node) -> None:
    app = create_app(quiet_node, create_mcp_server(quiet_node))
    async with client_of(app, Origin="http://localhost:1") as stranger:
        assert (await stranger.post("/ui/operating/switch", data={"paused": "yes"})).status_code == 403
