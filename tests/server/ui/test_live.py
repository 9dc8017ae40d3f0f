"""What moves comes as events, to those whose it is, and costs the store the same for one watcher as for many."""

import json
import re
import threading
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import httpx
import pytest
from playwright.async_api import expect
from sqlalchemy import event

from docspasta_mcp.server.app import owner_tokens
from docspasta_mcp.server.wiring import Node
from tests.server.ui.conftest import Opened, serving
from tests.server.ui.test_sessions import csrf_of, quiet_node
from tests.sites import Answer, Site, page

pytestmark = pytest.mark.programs
__all__ = ["quiet_node"]
EVENTS = {"Accept": "text/event-stream"}


@asynccontextmanager
async def slow_crawl(node: Node, site: Site) -> AsyncGenerator[str]:
    """Crawl a manual whose second page comes when the block ends."""
    gate = threading.Event()
    site.pages |= {
        "/live/": page("Live", links=("/live/", "/live/one")),
        "/live/one": Answer(page("One"), before=lambda: gate.wait(60)),
    }
    started = await node.jobs.start(f"{site.url}/live/", scope="prefix", force_refresh=True)
    try:
        with anyio.fail_after(60):
            while (await node.jobs.status(started.job_id)).done < 1:
                await anyio.sleep(0.05)
        yield started.job_id
    finally:
        gate.set()
        with anyio.fail_after(60):
            while (await node.jobs.wait(started.job_id, 20)).state == "running":
                pass


async def first_events(base: str, path: str, count: int, **headers: str) -> list[tuple[str, Any]]:
    """Return the first events of a stream, fewer if it ends."""
    found: list[tuple[str, Any]] = []
    name = ""
    opened = httpx.AsyncClient(base_url=base, timeout=60)
    async with opened as client, client.stream("GET", path, headers=EVENTS | headers) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream"), await answer.aread()
        async for line in answer.aiter_lines():
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data:") and name:
                text = line.removeprefix("data:").strip()
                found.append((name, json.loads(text) if text else None))
                if len(found) == count or name in ("end", "leave"):
                    break
    return found


async def test_a_card_moves_until_its_crawl_ends(base: str, ui_node: Node, manual_site: Site) -> None:
    async with slow_crawl(ui_node, manual_site) as job_id:
        ((name, put),) = await first_events(base, f"/ui/live?jobs={job_id},nosuch", 1)
        assert (name, put["id"]) == ("put", f"job-{job_id}")
        assert "1 of 2 known pages" in put["html"]
        assert "hx-swap-oob" not in put["html"]
    *_, last, end = await first_events(base, f"/ui/live?jobs={job_id}", 9)
    assert "Complete, 2 pages." in last[1]["html"]  # a screen reader is told
    assert end[0] == "end"
    assert (await first_events(base, "/ui/live?jobs=nosuch", 1))[0][0] == "end"


async def test_ten_watchers_cost_the_store_what_one_does(base: str, ui_node: Node, manual_site: Site) -> None:
    engine: Any = ui_node.store.database.engine
    statements: list[str] = []

    def count(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        statements.append(statement)

    async with slow_crawl(ui_node, manual_site) as job_id:
        event.listen(engine, "before_cursor_execute", count)
        try:
            await first_events(base, f"/ui/live?jobs={job_id}", 1)
            of_one = sum("arrival DESC" in one for one in statements)
            statements.clear()
            await anyio.sleep(1)  # the card of before is stale
            async with anyio.create_task_group() as tasks:
                for _ in range(10):
                    tasks.start_soon(first_events, base, f"/ui/live?jobs={job_id}", 1)
            assert 0 < sum("arrival DESC" in one for one in statements) <= 2 * of_one
        finally:
            event.remove(engine, "before_cursor_execute", count)


async def test_nobody_watches_what_is_somebody_else_s(quiet_node: Node) -> None:
    started = await quiet_node.jobs_of("ann").start("https://docs.com/")
    tokens = {name: (await quiet_node.store.access.create(name, days=1))[1] for name in ("ann", "bob")}
    async with serving(quiet_node, owner_tokens(quiet_node)) as base:
        assert await first_events(base, f"/ui/live?jobs={started.job_id}", 1) == [("leave", None)]
        seen: dict[str, str] = {}
        for name, token in tokens.items():
            async with httpx.AsyncClient(base_url=base, headers={"Accept": "text/html", "Origin": base}) as client:
                form = {"token": token, "csrf": csrf_of(await client.get("/ui/sign-in"))}
                await client.post("/ui/sign-in", data=form)
                cookies = "; ".join(f"{one}={value}" for one, value in client.cookies.items())
            seen[name] = (await first_events(base, f"/ui/live?jobs={started.job_id}", 1, Cookie=cookies))[0][0]
            if name == "bob":
                async with httpx.AsyncClient(base_url=base, headers=EVENTS | {"Cookie": cookies}) as client:
                    assert (await client.get("/ui/operating/live")).status_code == 404
        assert seen == {"ann": "put", "bob": "end"}


async def test_the_figures_of_the_queue_move(open_page: Opened, base: str, ui_node: Node, manual_site: Site) -> None:
    shown = await open_page(base, "/ui/operating")
    await expect(shown.get_by_text("Nothing is being crawled.")).to_be_visible()
    async with slow_crawl(ui_node, manual_site):
        await expect(shown.get_by_role("region", name="By owner and site")).to_be_visible()  # nobody reloaded
    await expect(shown.get_by_text("Nothing is being crawled.")).to_be_visible()


async def test_a_manual_without_a_page_shows_the_first_one_when_it_comes(
    open_page: Opened, base: str, ui_node: Node, manual_site: Site
) -> None:
    gate = threading.Event()
    manual_site.pages["/late/one"] = page("One")
    manual_site.pages["/late/"] = Answer(page("Late", links=("/late/", "/late/one")), before=lambda: gate.wait(60))
    started = await ui_node.jobs.start(f"{manual_site.url}/late/", scope="prefix")
    shown = await open_page(base, f"/ui/jobs/{started.job_id}")
    await expect(shown.locator("h1")).to_have_text("No page has been read yet")
    gate.set()
    await expect(shown.locator("h1")).to_have_text(re.compile("Late|One"))  # nobody reloaded; both come at once
