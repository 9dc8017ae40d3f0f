"""What fails unexpectedly is answered at every door as any other error is, logged, and told without a word of its own."""

import json
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from mcp import Client

from docspasta_mcp.server.app import create_app, create_mcp_server, owner_tokens
from docspasta_mcp.server.wiring import Node, open_node
from tests.conftest import settings_for
from tests.test_whole_crawl import text_of

AWAY = ("ALTER TABLE job RENAME TO gone", 503, "store_unavailable", "The store does not answer now.")
BROKEN = (
    "UPDATE job SET options = 'SECRET'",
    500,
    "internal_error",
    "The server failed at this, and its log says why.",
)


@pytest.fixture
async def quiet(tmp_path: Path) -> AsyncIterator[Node]:
    async with open_node(settings_for(tmp_path)) as node:
        await node.jobs.start("https://docs.com/")
        yield node


def mar(node: Node, statement: str) -> None:
    with sqlite3.connect(node.settings.data_dir / "docspasta.db") as database:
        database.execute(statement)


@pytest.mark.parametrize(("statement", "status", "code", "words"), [AWAY, BROKEN])
async def test_every_door_answers_what_it_did_not_expect(
    quiet: Node, caplog: pytest.LogCaptureFixture, statement: str, status: int, code: str, words: str
) -> None:
    mcp = create_mcp_server(quiet)
    app = create_app(quiet, mcp)
    mar(quiet, statement)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8787") as client:
        rest = await client.get("/api/v4/jobs")
        page = await client.get("/", headers={"Accept": "text/html"})
    assert (rest.status_code, rest.json()["error"]["code"]) == (status, code)
    assert rest.headers.get("retry-after") == ("5" if status == 503 else None)
    assert page.status_code == status
    assert "<h1>That did not work</h1>" in page.text
    assert "script-src 'self'" in page.headers["content-security-policy"]
    for answer in (rest, page):
        assert words in answer.text
        assert "SECRET" not in answer.text
        assert (answer.headers["x-content-type-options"], answer.headers["cache-control"]) == ("nosniff", "no-store")
    assert "GET /api/v4/jobs failed" in caplog.text
    async with Client(mcp) as agent:
        told = await agent.call_tool("list_docs", {})
    assert told.is_error
    assert words in text_of(told)


async def test_a_token_that_cannot_be_looked_up_is_no_wrong_token(quiet: Node) -> None:
    app = create_app(quiet, create_mcp_server(quiet), verifier=owner_tokens(quiet))
    _, token = await quiet.store.access.create("ann", days=1)
    mar(quiet, "ALTER TABLE token RENAME TO gone")
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8787") as client:
        answer = await client.get("/api/v4/jobs", headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, json.loads(answer.text)["error"]["code"]) == (503, "store_unavailable")
