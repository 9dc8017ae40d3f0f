"""MCP sessions over HTTP: how many an owner may have, which end first, and headers as HTTP says."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from mcp.server import MCPServer
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from docspasta_mcp.server.app import create_app, create_mcp_server, owner_tokens
from docspasta_mcp.server.mcp.sessions import MAX_SESSIONS, BoundedSessions
from docspasta_mcp.server.wiring import Node, open_node
from docspasta_mcp.settings import Settings

BASE = "https://docs-mcp.example"
INITIALIZE = {
    "jsonrpc": "2.0", "id": 1, "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}},
}  # fmt: skip
PING = {"jsonrpc": "2.0", "id": 2, "method": "ping"}


class Served:
    """A server, and what its clients ask it."""

    def __init__(self, node: Node, mcp: MCPServer[Any]) -> None:
        self.node = node
        self.mcp = mcp
        self.app: ASGIApp = create_app(node, mcp, verifier=owner_tokens(node))

    async def client(self, owner: str) -> httpx.AsyncClient:
        _, token = await self.node.store.access.create(owner, days=1)
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json, text/event-stream"}
        return httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url=BASE, headers=headers)

    @property
    def open(self) -> int:
        return len(self.mcp.session_manager._server_instances)


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    environ = {"DOCSPASTA_DATA_DIR": str(tmp_path), "BASE_URL": BASE, "DOCSPASTA_OWNER_CALLS_PER_MINUTE": "100000"}
    async with open_node(Settings.from_env(environ)) as node:
        mcp = create_mcp_server(node)
        made = Served(node, mcp)
        async with mcp.session_manager.run():
            yield made


async def opened(client: httpx.AsyncClient) -> str:
    answer = await client.post("/mcp", json=INITIALIZE)
    assert answer.status_code == 200, answer.text
    return answer.headers["mcp-session-id"]


async def ping(client: httpx.AsyncClient, session: str) -> int:
    return (await client.post("/mcp", json=PING, headers={"Mcp-Session-Id": session})).status_code


async def test_an_owners_least_recently_used_session_ends_first(served: Served) -> None:
    ann, bob = await served.client("ann"), await served.client("bob")
    with anyio.fail_after(60):
        bobs = await opened(bob)
        first, *others = [await opened(ann) for _ in range(MAX_SESSIONS)]
        assert await ping(ann, first) == 200
        more = [await opened(ann) for _ in range(20)]
        assert served.open == MAX_SESSIONS + 1
        assert [await ping(ann, session) for session in others[:20]] == [404] * 20
        assert [await ping(ann, session) for session in (first, others[20], more[0])] == [200] * 3
        assert await ping(bob, bobs) == 200
    await ann.aclose()
    await bob.aclose()


async def test_a_session_that_its_client_ended_counts_no_more(served: Served) -> None:
    ann = await served.client("ann")
    with anyio.fail_after(60):
        kept = await opened(ann)
        for _ in range(MAX_SESSIONS + 10):
            session = await opened(ann)
            await ann.delete("/mcp", headers={"Mcp-Session-Id": session})
        assert await ping(ann, kept) == 200
    await ann.aclose()


async def test_an_owner_cannot_end_anothers_session(served: Served) -> None:
    ann, bob = await served.client("ann"), await served.client("bob")
    anns = await opened(ann)
    assert (await bob.delete("/mcp", headers={"Mcp-Session-Id": anns})).status_code == 404
    assert await ping(ann, anns) == 200
    await ann.aclose()
    await bob.aclose()


async def test_blanks_around_a_header_value_are_no_part_of_it(served: Served) -> None:
    ann = await served.client("ann")
    meta = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "t", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    call = {
        "jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": {"name": "get_status", "arguments": {"job_id": "x"}, "_meta": meta},
    }  # fmt: skip
    for name, status in (("get_status", 200), ("get_status  \t", 200), ("  get_status", 200), ("get_result", 400)):
        headers = {"Mcp-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call", "Mcp-Name": name}
        assert (await ann.post("/mcp", json=call, headers=headers)).status_code == status, name
    await ann.aclose()


class Inner:
    """Stands where the SDK's endpoint does: opens sessions, hangs where it is told to, and notes which ones end."""

    def __init__(self) -> None:
        self.owners: dict[str, str] = {}
        self.ended: list[str] = []
        self.may_answer = anyio.Event()
        self.is_asked = anyio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        session, status = request.headers.get("mcp-session-id", ""), 200
        if not session:
            session = f"s{len(self.owners) + 1}"
            self.owners[session] = request.headers["x-owner"]
        elif scope["method"] == "DELETE":
            self.ended.append(session)
        elif self.owners[session] != request.headers["x-owner"]:
            status = 404
        elif "x-hang" in request.headers:
            self.is_asked.set()
            await self.may_answer.wait()
        await Response(status_code=status, headers={"mcp-session-id": session})(scope, receive, send)


async def test_one_owners_use_of_anothers_session_says_nothing_of_it() -> None:
    inner = Inner()
    app = BoundedSessions(inner, owner_of=lambda request: request.headers.get("x-owner", ""), most=2)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE) as client:
        for _ in range(2):
            await client.post("/mcp", headers={"X-Owner": "ann"})
        assert (await client.post("/mcp", headers={"X-Owner": "bob", "Mcp-Session-Id": "s1"})).status_code == 404
        await client.post("/mcp", headers={"X-Owner": "ann"})
    assert inner.ended == ["s1"]  # still counted, and still the least recently used


async def test_a_session_with_a_request_in_flight_outlives_an_idle_one() -> None:
    inner = Inner()
    app = BoundedSessions(inner, owner_of=lambda request: request.headers.get("x-owner", ""), most=2)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url=BASE, headers={"X-Owner": "ann"}) as client:
        for _ in range(2):
            await client.post("/mcp")
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(lambda: client.post("/mcp", headers={"Mcp-Session-Id": "s1", "X-Hang": "1"}))
            with anyio.fail_after(5):
                await inner.is_asked.wait()
            await client.post("/mcp", headers={"Mcp-Session-Id": "s2"})
            await client.post("/mcp")
            inner.may_answer.set()
    assert inner.ended == ["s2"]
