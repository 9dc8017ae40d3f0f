"""Who gets in: hosts, origins, sizes, tokens, owners. Over the real app, and over real sockets where it matters."""

import contextlib
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client
from starlette.types import ASGIApp

from docspasta_mcp.errors import QuotaExceeded
from docspasta_mcp.server.app import create_app, create_mcp_server, owner_tokens
from docspasta_mcp.server.auth import CallRate
from docspasta_mcp.server.host_gate import Gate
from docspasta_mcp.server.listener import listen, serve_app
from docspasta_mcp.server.wiring import Node, open_node
from docspasta_mcp.settings import Settings
from tests.fakes import Clock

BASE = "https://docs-mcp.example"


def client_of(app: ASGIApp, token: str | None = None) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE, headers=headers)


def guarded_node(folder: Path) -> AbstractAsyncContextManager[Node]:
    """Return a node behind a public name; nothing of it runs in the background."""
    environ = {"DOCSPASTA_DATA_DIR": str(folder), "BASE_URL": BASE, "DOCSPASTA_OWNER_RUNNING_JOBS": "2"}
    return open_node(Settings.from_env(environ))


@pytest.fixture
async def guarded(tmp_path: Path) -> AsyncIterator[Node]:
    async with guarded_node(tmp_path) as node:
        yield node


@pytest.fixture(scope="module")
async def untouched_app(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ASGIApp]:
    """An app whose doors stay closed, so that nothing changes in it."""
    async with guarded_node(tmp_path_factory.mktemp("untouched")) as node:
        yield create_app(node, create_mcp_server(node), verifier=owner_tokens(node))


@pytest.fixture
def app(guarded: Node) -> ASGIApp:
    return create_app(guarded, create_mcp_server(guarded), verifier=owner_tokens(guarded))


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ([("Host", "evil.example")], 400, "unknown_host"),
        ([("Host", "docs-mcp.example.evil.example")], 400, "unknown_host"),
        ([("Host", "docs-mcp.example@evil.example")], 400, "unknown_host"),
        ([("Host", "")], 400, "unknown_host"),
        ([("Host", "docs-mcp.example"), ("Host", "evil.example")], 400, "unknown_host"),
        ([("Host", "docs-mcp.example:x")], 400, "unknown_host"),
        ([("Origin", "https://evil.example")], 403, "foreign_origin"),
        ([("Origin", "null")], 403, "foreign_origin"),
        ([("Origin", "file://docs-mcp.example")], 403, "foreign_origin"),
        ([("Content-Length", "1000001")], 413, "too_large"),
        ([("Content-Length", "-1")], 413, "too_large"),
        ([("Host", "DOCS-MCP.example:443"), ("Origin", BASE)], 200, None),
        ([("Host", "[::1]:8787"), ("Origin", "http://localhost:3000")], 200, None),
    ],
)
@pytest.mark.parametrize("path", ["/healthz", "/api/v4/jobs", "/mcp", "/api/v4/process"])
async def test_the_gate_stands_before_every_path(
    untouched_app: ASGIApp, path: str, headers: list[tuple[str, str]], status: int, code: str | None
) -> None:
    async with client_of(untouched_app) as client:
        answer = await client.get(path, headers=headers)
    if code is not None:
        assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    else:
        assert answer.status_code == {"/healthz": 200, "/api/v4/process": 405}.get(path, 401)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize("path", ["/api/v4/crawl", "/mcp", "/api/v4/process"])
async def test_a_body_is_counted_while_it_comes(guarded: Node, path: str) -> None:
    chunks = 0

    async def long() -> AsyncIterator[bytes]:
        nonlocal chunks
        for _ in range(100):
            chunks += 1
            yield b"x" * 100_000

    headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
    mcp = create_mcp_server(guarded)
    app = create_app(guarded, mcp)
    with anyio.fail_after(10):
        async with mcp.session_manager.run(), client_of(app) as client:
            answer = await client.post(path, content=long(), headers=headers)
    assert answer.status_code == 413
    assert chunks < 20


async def test_no_websocket_gets_in() -> None:
    async def never(*_: Any) -> None:
        raise AssertionError

    await Gate(never, hosts=["localhost"])({"type": "websocket", "headers": []}, never, never)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "header",
    [None, "", "Bearer", "Bearer x", "Basic eDp5", "Bearer docspasta_nosuch", "bearer  ", "Bearer " + "x" * 9_000],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v4/jobs"),
        ("POST", "/api/v4/crawl"),
        ("POST", "/mcp"),
        ("GET", "/nosuch"),
        ("DELETE", "/api/v4/jobs"),
    ],
)
async def test_without_a_good_token_every_door_is_closed(
    untouched_app: ASGIApp, header: str | None, method: str, path: str
) -> None:
    async with client_of(untouched_app) as client:
        answer = await client.request(method, path, headers={"Authorization": header} if header is not None else {})
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "unauthorized")
        assert answer.headers["www-authenticate"] == "Bearer"
        assert (await client.get("/healthz")).status_code == (await client.get("/livez")).status_code == 200
        assert (
            (await client.post("/api/v4/process")).json()["error"]["message"].startswith("The delivery is not signed")
        )


async def test_a_token_holds_until_it_is_revoked_or_expires(guarded: Node, app: ASGIApp) -> None:
    access = guarded.store.access
    _, token = await access.create("ann", days=None)
    _, short = await access.create("bob", days=-1)
    with guarded.store.database.engine.connect() as connection:
        assert token not in str(connection.exec_driver_sql("SELECT * FROM token").all())
    async with client_of(app, token) as ann, client_of(app, short) as bob:
        assert (await ann.get("/api/v4/jobs")).status_code == 200
        expired = await bob.get("/api/v4/jobs")
        assert await access.revoke("ann") == 1
        revoked = await ann.get("/api/v4/jobs")
    async with client_of(app) as nobody, client_of(app, "docspasta_nosuch") as mistyped:
        assert [one.status_code for one in (expired, revoked)] == [401, 401]
        told = {(await mistyped.get("/api/v4/jobs")).json()["error"]["message"]}
        assert told == {one.json()["error"]["message"] for one in (expired, revoked)}  # which of them, nobody learns
        assert told.pop().startswith("The access token is not known, has expired or was revoked")
        assert (await nobody.get("/api/v4/jobs")).json()["error"]["message"].startswith("Send an access token")


@pytest.mark.parametrize("path", ["/metrics", "/api/v4/queue", "/api/v4/queue/x"])
async def test_what_tells_of_all_owners_is_for_an_operators_token(guarded: Node, app: ASGIApp, path: str) -> None:
    _, token = await guarded.store.access.create("ann", days=1)
    _, operators = await guarded.store.access.create("ops", days=1, is_operator=True)
    assert [access_token.is_operator for access_token in await guarded.store.access.list()] == [False, True]
    async with client_of(app) as nobody, client_of(app, token) as ann, client_of(app, operators) as ops:
        assert (await nobody.get(path)).status_code == 401
        refused = await ann.get(path)
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "operator_only")
        assert (await ops.get(path)).status_code == (404 if path.endswith("/x") else 200)
        assert (await ops.get("/api/v4/jobs")).json() == {"jobs": []}  # and is not an owner of others' jobs


async def test_anothers_job_is_an_unknown_job_at_every_door(guarded: Node, app: ASGIApp) -> None:
    _, first = await guarded.store.access.create("ann", days=1)
    _, second = await guarded.store.access.create("bob", days=1)
    async with client_of(app, first) as ann, client_of(app, second) as bob:
        job_id = (await ann.post("/api/v4/crawl", json={"url": "https://docs.com/"})).json()["job_id"]
        assert (await bob.get("/api/v4/jobs")).json() == {"jobs": []}
        for method, path in (
            ("GET", ""), ("DELETE", ""), ("GET", "/result"), ("GET", "/result?format=map"), ("GET", "/result?format=json"),
            ("DELETE", "/result"),
        ):  # fmt: skip
            theirs = await bob.request(method, f"/api/v4/jobs/{job_id}{path}")
            unknown = await bob.request(method, f"/api/v4/jobs/{'0' * 16}{path}")
            assert theirs.status_code == unknown.status_code == 404
            assert theirs.text.replace(job_id, "0" * 16) == unknown.text
        assert (await bob.delete("/api/v4/jobs?confirm=all")).json() == {"deleted": 0}
        assert (await ann.get(f"/api/v4/jobs/{job_id}")).json()["state"] == "running"
        same = await bob.post("/api/v4/crawl", json={"url": "https://docs.com/"})
        assert same.json()["reused"] is False  # no cache across owners
        assert (await ann.delete(f"/api/v4/jobs/{job_id}/result")).json() == {"deleted": 1}
        assert (await ann.get(f"/api/v4/jobs/{job_id}")).status_code == 404
        assert (await bob.delete("/api/v4/jobs?confirm=all")).json() == {"deleted": 1}
    with guarded.store.database.engine.connect() as connection:
        for table in ("job", "page", "outbox"):
            assert connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar() == 0


async def test_tools_over_http_belong_to_the_owner_of_the_token(guarded: Node) -> None:
    mcp = create_mcp_server(guarded)
    app = create_app(guarded, mcp, verifier=owner_tokens(guarded))
    sock = listen("127.0.0.1", 0)
    url = f"http://127.0.0.1:{sock.getsockname()[1]}/mcp"
    tokens = {owner: (await guarded.store.access.create(owner, days=1))[1] for owner in ("ann", "bob")}
    async with mcp.session_manager.run(), anyio.create_task_group() as tasks:
        tasks.start_soon(serve_app, app, sock)
        for mode in ("auto", "legacy"):
            async with (
                connected(url, tokens["ann"], mode) as ann,
                connected(url, tokens["bob"], mode) as bob,
            ):
                started = await ann.call_tool("start_crawl", {"url": f"https://{mode}.com/"})
                assert started.structured_content is not None
                job_id = started.structured_content["job_id"]
                for tool in ("get_status", "get_result", "cancel_crawl"):
                    refused = await bob.call_tool(tool, {"job_id": job_id})
                    unknown = await bob.call_tool(tool, {"job_id": "0" * 16})
                    assert refused.is_error
                    assert str(refused.content).replace(job_id, "0" * 16) == str(unknown.content)
                mine = await ann.call_tool("get_status", {"job_id": job_id})
                assert mine.structured_content is not None
                assert mine.structured_content["state"] == "running"
        tasks.cancel_scope.cancel()


@contextlib.asynccontextmanager
async def connected(url: str, token: str, mode: Any) -> AsyncIterator[Client]:
    async with (
        create_mcp_http_client(headers={"Authorization": f"Bearer {token}"}) as http,
        Client(streamable_http_client(url, http_client=http), mode=mode) as client,
    ):
        yield client


async def test_an_owner_has_no_more_than_its_quota_and_is_told_when_to_come_back(guarded: Node, app: ASGIApp) -> None:
    _, token = await guarded.store.access.create("ann", days=1)
    async with client_of(app, token) as ann:
        answers = [await ann.post("/api/v4/crawl", json={"url": f"https://d{n}.com/"}) for n in range(3)]
        assert [answer.status_code for answer in answers] == [202, 202, 429]
        assert answers[2].json()["error"]["code"] == "quota_exceeded"
        assert "2 crawls are running, and 2 is the limit" in answers[2].json()["error"]["message"]
        assert int(answers[2].headers["retry-after"]) > 0
        again = await ann.post("/api/v4/crawl", json={"url": "https://d1.com/"})
        assert again.json()["reused"] is True  # what runs already costs nothing
    assert (await guarded.jobs.start("https://d3.com/")).state == "running"  # another owner is not touched


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"DOCSPASTA_OWNER_PAGES": "499"}, "over the limit of 499"),
        ({"DOCSPASTA_OWNER_BYTES": "10"}, "11 bytes are stored, and 10 is the limit"),
    ],
)
async def test_stored_pages_and_bytes_are_bounded(tmp_path: Path, variables: dict[str, str], words: str) -> None:
    async with open_node(Settings.from_env({"DOCSPASTA_DATA_DIR": str(tmp_path)} | variables)) as node:
        if "DOCSPASTA_OWNER_BYTES" in variables:
            started = await node.jobs.start("https://d0.com/")
            with node.store.database.engine.begin() as connection:
                connection.exec_driver_sql(
                    "INSERT INTO page (job_id, number, url, url_hash, depth, sources, state, reason, detail, attempts,"
                    " fence, rescues, title, words, tokens, bytes, quality, language, content_hash, likeness, etag, modified,"
                    " body_hash, level, captions) SELECT id, 1, 'u', 'h', 0, 'seed', 'done', '', '', 0, 0, 0, '', 0, 0, 11, 0, '', '',"
                    " '', '', '', '', 0, '' FROM job"
                )
            await node.jobs.cancel(started.job_id)
        with pytest.raises(QuotaExceeded, match=words):
            await node.jobs.start("https://d1.com/")


def test_calls_are_counted_by_owner_and_come_back_with_time() -> None:
    clock = Clock()
    rate = CallRate(60, clock)
    assert [rate.wait_s("ann") for _ in range(60)] == [0.0] * 60
    assert rate.wait_s("ann") == pytest.approx(1.0)
    assert rate.wait_s("bob") == 0
    clock.advance(1)
    assert rate.wait_s("ann") == 0
    assert rate.wait_s("ann") > 0


async def test_too_many_calls_are_told_when_to_come_back(tmp_path: Path) -> None:
    environ = {"DOCSPASTA_DATA_DIR": str(tmp_path), "BASE_URL": BASE, "DOCSPASTA_OWNER_CALLS_PER_MINUTE": "2"}
    async with open_node(Settings.from_env(environ)) as node:
        _, token = await node.store.access.create("ann", days=1)
        app = create_app(node, create_mcp_server(node), verifier=owner_tokens(node))
        async with client_of(app, token) as ann:
            answers = [await ann.get("/api/v4/jobs"), await ann.get("/api/v4/jobs"), await ann.get("/api/v4/jobs")]
            answers.append(await ann.post("/mcp", json={"jsonrpc": "2.0", "id": 1, "method": "tools/list"}))
    assert [answer.status_code for answer in answers] == [200, 200, 429, 429]
    for answer in answers[2:]:
        assert answer.json()["error"]["code"] == "rate_limited"
        assert 1 <= int(answer.headers["retry-after"]) <= 31


@pytest.mark.parametrize(
    ("globs", "words"),
    [(["a"] * 101, "give at most 100"), (["a" * 501], "at most 500 characters"), ([""], "at least 1 character")],
)
async def test_globs_are_bounded(guarded: Node, app: ASGIApp, globs: list[str], words: str) -> None:
    _, token = await guarded.store.access.create("ann", days=1)
    async with client_of(app, token) as ann:
        for kind in ("include", "exclude"):
            answer = await ann.post("/api/v4/crawl", json={"url": "https://d.com/", kind: globs})
            assert answer.status_code == 400
            assert words in answer.json()["error"]["message"]
            assert len(answer.text) < 1_000


async def test_a_crawl_that_has_ended_counts_no_more_as_running(guarded: Node, app: ASGIApp) -> None:
    _, token = await guarded.store.access.create("eve", days=1)
    async with client_of(app, token) as eve:
        started = [(await eve.post("/api/v4/crawl", json={"url": f"https://e{n}.com/"})).json() for n in range(2)]
        assert (await eve.post("/api/v4/crawl", json={"url": "https://e2.com/"})).status_code == 429
        await eve.delete(f"/api/v4/jobs/{started[0]['job_id']}")
        assert (await eve.post("/api/v4/crawl", json={"url": "https://e2.com/"})).status_code == 202


async def test_what_running_crawls_may_still_store_counts_as_stored(tmp_path: Path) -> None:
    environ = {"DOCSPASTA_DATA_DIR": str(tmp_path), "DOCSPASTA_OWNER_PAGES": "600"}
    async with open_node(Settings.from_env(environ)) as node:
        await node.jobs.start("https://d0.com/", max_pages=400)
        with pytest.raises(QuotaExceeded, match="0 pages are stored and 400 more may come from running crawls"):
            await node.jobs.start("https://d1.com/", max_pages=201)
        assert (await node.jobs.start("https://d1.com/", max_pages=200)).state == "running"
