"""The library through the doors of a server: MCP and REST."""

from collections.abc import AsyncIterator
from urllib.parse import quote

import httpx
import pytest
from mcp import Client

from docspasta_mcp.server.app import create_app, create_mcp_server
from docspasta_mcp.server.wiring import Node
from tests.sites import Site
from tests.test_whole_crawl import crawl, text_of


@pytest.fixture
async def client(node: Node) -> AsyncIterator[Client]:
    async with Client(create_mcp_server(node)) as opened:
        yield opened


@pytest.fixture
async def rest(node: Node) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(node, create_mcp_server(node))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost:8787") as opened:
        yield opened


async def test_an_agent_that_starts_anew_sees_what_is_there(client: Client, manual_site: Site) -> None:
    job_id = await crawl(client, f"{manual_site.url}/docs/", max_pages=70)
    found = (await client.call_tool("list_docs", {"query": "welcome"})).structured_content
    assert found is not None
    doc = next(doc for doc in found["docs"] if doc["job_id"] == job_id)
    assert (doc["title"], doc["site"], doc["pages"], doc["state"]) == (
        "Welcome",
        f"{manual_site.url}/docs/",
        5,
        "completed",
    )
    assert doc["expires_at"] > doc["crawled_at"]
    none = (await client.call_tool("list_docs", {"query": "nosuch"})).structured_content
    assert none is not None
    assert (none["docs"], none["total"]) == ([], 0)
    wrong = await client.call_tool("list_docs", {"cursor": "x"})
    assert "'x' is not a cursor of list_docs" in text_of(wrong)


async def test_a_manual_is_read_by_its_url_and_by_the_beginning_of_an_id(client: Client, manual_site: Site) -> None:
    job_id = await crawl(client, f"{manual_site.url}/docs/", max_pages=70)
    for name in (job_id.upper(), job_id[:6], f"{manual_site.url}/docs/guide/usage.html"):
        assert f"docspasta job {job_id} " in text_of(await client.call_tool("get_result", {"job_id": name}))
        status = (await client.call_tool("get_status", {"job_id": name})).structured_content
        assert status is not None
        assert status["job_id"] == job_id


async def test_rest_lists_and_pins_manuals(client: Client, rest: httpx.AsyncClient, manual_site: Site) -> None:
    job_id = await crawl(client, f"{manual_site.url}/docs/", max_pages=70)
    pinned = (await rest.post(f"/api/v4/jobs/{job_id[:8].upper()}/pin")).json()
    assert (pinned["job_id"], pinned["pinned"], pinned["expires_at"]) == (job_id, True, "")
    listed = (await rest.get("/api/v4/docs", params={"query": "welcome"})).json()
    assert [doc["pinned"] for doc in listed["docs"] if doc["job_id"] == job_id] == [True]
    freed = (await rest.post(f"/api/v4/jobs/{job_id}/unpin")).json()
    assert freed["expires_at"]
    assert (await rest.post("/api/v4/jobs/nosuch/pin")).status_code == 404
    wrong = await rest.get("/api/v4/docs", params={"q": "x"})
    assert wrong.status_code == 400
    assert "'q' is not a parameter of a list of manuals; give query, cursor." in wrong.json()["error"]["message"]


async def test_rest_takes_a_url_of_the_manual_for_an_id(
    client: Client, rest: httpx.AsyncClient, manual_site: Site
) -> None:
    job_id = await crawl(client, f"{manual_site.url}/docs/", max_pages=70)
    name = quote(f"{manual_site.url}/docs/guide/usage.html", safe="")
    assert (await rest.get(f"/api/v4/jobs/{name}")).json()["job_id"] == job_id
    result = await rest.get(f"/api/v4/jobs/{name}/result")
    assert result.text.startswith("# Welcome: the documentation at ")
    assert f'filename="docspasta-{job_id}.md"' in result.headers["content-disposition"]
    assert (await rest.get(f"/api/v4/jobs/{job_id}/cancel")).status_code == 405


async def test_another_owner_sees_an_empty_library(client: Client, node: Node, manual_site: Site) -> None:
    await crawl(client, f"{manual_site.url}/docs/", max_pages=70)
    assert (await node.jobs_of("other").library.docs()).docs == []
