"""A whole crawl through every door: MCP in memory, over stdio and over HTTP, and REST."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import anyio
import httpx
import pytest
from mcp import Client, StdioServerParameters
from mcp.types import CallToolResult, TextContent

from docspasta_mcp.cli.app import main
from docspasta_mcp.server.app import create_app, create_mcp_server
from docspasta_mcp.server.listener import listen, serve_app
from docspasta_mcp.server.wiring import Node
from tests.sites import Site

pytestmark = pytest.mark.programs

MODES = pytest.mark.parametrize("mode", ["auto", "legacy"])


def text_of(result: CallToolResult) -> str:
    (block,) = result.content
    assert isinstance(block, TextContent)
    return block.text


async def crawl(client: Client, url: str, **options: object) -> str:
    """Start a crawl, wait for its end, return its id."""
    started = await client.call_tool("start_crawl", {"url": url, **options})
    assert not started.is_error, text_of(started)
    assert started.structured_content is not None
    job_id = started.structured_content["job_id"]
    with anyio.fail_after(40):
        state = "running"
        while state == "running":
            status = await client.call_tool("get_status", {"job_id": job_id, "wait_seconds": 10})
            assert status.structured_content is not None
            state = status.structured_content["state"]
    return job_id


async def read_all(client: Client, job_id: str, max_tokens: int = 500) -> str:
    """Read a result to its end, part by part, and return what stands between the boundaries."""
    parts: list[str] = []
    cursor = None
    with anyio.fail_after(40):
        while True:
            arguments = {"job_id": job_id, "max_tokens": max_tokens, "cursor": cursor}
            lines = text_of(await client.call_tool("get_result", arguments)).split("\n")
            boundary = lines[4]
            assert boundary.startswith("----- ")
            assert lines[5:].count(boundary) == 1
            parts.append("\n".join(lines[5 : lines.index(boundary, 5)]))
            assert lines[2] == lines[-1]
            if lines[2].startswith("complete"):
                return "\n".join(parts)
            cursor = lines[2].split()[1]


def check_manual(document: str, site: Site) -> None:
    titles = [line for line in document.split("\n") if line.startswith("# ")]
    assert titles == ["# Welcome", "# Install", "# Guide", "# Deep", "# Usage"]
    assert f"Source: {site.url}/docs/guide/usage.html (fetched 20" in document
    assert '```python\nif x:\n    print("a  b")  # two  spaces\n```' in document
    assert "| 1 | 2 |" in document
    assert "¶" not in document
    assert "All rights reserved" not in document


@MODES
async def test_an_agent_crawls_a_manual_in_memory(node: Node, manual_site: Site, mode: str) -> None:
    async with Client(create_mcp_server(node), mode=mode) as client:
        job_id = await crawl(client, f"{manual_site.url}/docs/", max_pages=50 if mode == "auto" else 51)
        check_manual(await read_all(client, job_id), manual_site)
    assert "/blog/" not in manual_site.requests


@MODES
async def test_an_agent_crawls_a_manual_over_http(node: Node, manual_site: Site, mode: str) -> None:
    mcp = create_mcp_server(node)
    app = create_app(node, mcp)
    sock = listen("127.0.0.1", 0)
    async with mcp.session_manager.run(), anyio.create_task_group() as tasks:
        tasks.start_soon(serve_app, app, sock)
        async with Client(f"http://127.0.0.1:{sock.getsockname()[1]}/mcp", mode=mode) as client:
            job_id = await crawl(client, f"{manual_site.url}/docs/", max_pages=60 if mode == "auto" else 61)
            check_manual(await read_all(client, job_id), manual_site)
        tasks.cancel_scope.cancel()


@MODES
async def test_an_agent_crawls_a_manual_over_stdio(tmp_path: Path, manual_site: Site, mode: str) -> None:
    environ = {"DOCSPASTA_DATA_DIR": str(tmp_path), "DOCSPASTA_ALLOW_PRIVATE": f"127.0.0.1:{manual_site.port}"}
    server = StdioServerParameters(command=sys.executable, args=["-m", "docspasta_mcp"], env=environ)
    async with Client(server, mode=mode) as client:
        assert client.instructions is not None
        job_id = await crawl(client, f"{manual_site.url}/docs/")
        check_manual(await read_all(client, job_id), manual_site)


async def test_a_script_crawls_a_manual_over_rest(node: Node, manual_site: Site) -> None:
    app = create_app(node, create_mcp_server(node))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as client:
        answer = await client.post("/api/v4/crawl", json={"url": f"{manual_site.url}/docs/", "max_pages": 70})
        assert answer.status_code == 202
        job = answer.headers["location"]
        assert job == f"/api/v4/jobs/{answer.json()['job_id']}"
        with anyio.fail_after(40):
            while (status := (await client.get(job)).json())["state"] == "running":
                await anyio.sleep(0.05)
        assert (status["done"], status["skipped"], status["failed"]) == (5, 1, 0)
        assert status["reasons"] == {"http_404": 1}
        document = await client.get(f"{job}/result")
        assert document.headers["content-type"] == "text/markdown; charset=utf-8"
        check_manual(document.text.partition("# Welcome\n")[1] + document.text.partition("# Welcome\n")[2], manual_site)
        contents = (await client.get(f"{job}/result?format=map")).text.splitlines()
        assert [line.split("]")[0] for line in contents] == [
            "1. [Welcome", "2. [Install", "3. [Guide", "4. [Deep", "5. [Usage",
        ]  # fmt: skip
        whole = (await client.get(f"{job}/result?format=json")).json()
        assert [page["number"] for page in whole["pages"]] == [1, 2, 3, 4, 5, 6]
        assert whole["pages"][5]["reason"] == "http_404"
        assert whole["coverage"]["done"] == 5
        assert whole["pages"][1]["sources"] == ["navigation", "link"]
        assert "- navigation: 5\n" in (await client.get(f"{job}/result?format=coverage")).text
        assert "## Usage\n" in (await client.get(f"{job}/result?query=usage")).text
        two = (await client.get(f"{job}/result", params={"page": ["4", f"{manual_site.url}/docs/install.html"]})).text
        assert [line for line in two.split("\n") if line.startswith("# ")] == ["# Install", "# Deep"]
        same = await client.get(f"{job}/result?if_not_hash={status['corpus_hash']}")
        assert same.text == f"unchanged: corpus {status['corpus_hash']}\n"
        since = await client.get(f"{job}/result?since={status['corpus_hash']}")
        assert since.text.startswith(f"Since corpus {status['corpus_hash']}: 0 added, 0 changed, 0 removed.")
        dry = await client.post("/api/v4/crawl", json={"url": f"{manual_site.url}/docs/", "dry_run": True})
        assert (dry.status_code, dry.json()["preview"]["estimated_pages"]) == (200, 5)
        assert (await client.get("/api/v4/jobs")).json()["jobs"][0]["job_id"] == status["job_id"]
        assert (await client.get("/healthz")).json()["status"] == "ok"


def run_here(*arguments: str) -> int:
    """Run the command line in this process, in a thread since this one has an event loop; return the exit code."""

    def work() -> int:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "argv", ["docspasta-mcp", *arguments])
            try:
                main()
            except SystemExit as ended:
                return int(ended.code or 0)
        return 0

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(work).result(60)


def test_the_cli_crawls_a_manual_and_tells_of_it(
    tmp_path: Path, manual_site: Site, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DOCSPASTA_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("DOCSPASTA_ALLOW_PRIVATE", f"127.0.0.1:{manual_site.port}")
    output = tmp_path / "manual.md"
    command = [sys.executable, "-m", "docspasta_mcp", "crawl", f"{manual_site.url}/docs/", "-o", str(output)]
    crawled = subprocess.run(
        [*command, "--exclude", "/docs/guide/deep*"], capture_output=True, text=True, timeout=60, check=False
    )
    assert crawled.returncode == 0, crawled.stderr
    assert crawled.stdout == ""
    assert "completed: 4 pages done, 0 failed, 1 skipped (1 http_404)" in crawled.stderr
    assert "# Usage" in output.read_text()
    assert "# Deep" not in output.read_text()

    job_id = crawled.stderr.split()[1].rstrip(":")
    for arguments, words in (
        (["jobs"], job_id),
        (["status", job_id], '"state": "completed"'),
        (["result", job_id, "--format", "map"], "1. [Welcome]"),
        (["result", job_id, "--format", "coverage"], "- excluded (named by an exclude pattern): 1, as "),
        (["result", job_id, "--query", "usage"], "## Usage"),
        (["result", job_id, "--page", "2"], "# Install"),
        (["crawl", f"{manual_site.url}/docs/", "--dry-run"], '"estimated_pages": 5'),
        (["result", job_id, "--format", "json"], '"status": "done"'),
        (["result", job_id], "# Install\n\nSource: "),
        (["result", f"{manual_site.url}/docs/install.html"], "# Install\n\nSource: "),
        (["cancel", job_id[:6].upper()], '"state": "completed"'),
        (["docs"], f"Welcome · {manual_site.url}/docs/"),
        (["docs", "nosuch"], ""),
        (["docs", "--json"], '"older": 0,'),
        (["search", "install", "--doc", "welcome"], "## Install · Welcome\n\nSource: page 2, "),
        (["search", "zebra"], ""),
        (["result", job_id, "--query", "install", "--format", "map"], "2. [Install]("),
        (["pin", job_id[:6]], ""),
        (["docs"], " never "),
        (["unpin", f"{manual_site.url}/docs/"], ""),
    ):
        assert run_here(*arguments) == 0
        assert words in capfd.readouterr().out
    mistyped = f"{manual_site.url}/docs/nosuch.html"
    assert run_here("crawl", mistyped, "-o", str(output)) == 3
    told = capfd.readouterr().err
    assert f"1 page failed; {mistyped}, where the crawl starts, is not there (http_404): check the URL\n" in told
    assert (
        f"note: {mistyped}, where the crawl starts, cannot be read: The site answered 404. Is the URL right? What"
        in told
    )
    assert "5 pages done, 1 failed, 1 skipped (of both: 2 http_404);" in told
    assert "# Deep" in output.read_text()
    assert run_here("crawl", f"{manual_site.url}/nosuch/") == 1
    told = capfd.readouterr().err
    assert "/nosuch/, where the crawl starts, cannot be read: The site answered 404. Is the URL right?\n" in told
    assert run_here("result", "nosuch") == 2
    assert capfd.readouterr().err.startswith(
        "docspasta-mcp: No job 'nosuch'. A crawl's first line tells its job; `docspasta-mcp docs` and"
    )
