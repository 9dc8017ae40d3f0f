"""What a start loads and waits for: a host's first question needs no database, a command no crawler."""

import json
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.test_processes import INITIALIZE, SERVER, environ


class Host:
    """An MCP host that asks one question after another over stdio."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._id = 0

    def send(self, method: str, **params: Any) -> int:
        """Send a request, or a notification; return the request's id."""
        is_request = not method.startswith("notifications/")
        self._id += is_request
        message = {"jsonrpc": "2.0", "method": method, "params": params} | ({"id": self._id} if is_request else {})
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(message).encode() + b"\n")
        self._process.stdin.flush()
        return self._id

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """Return the answer to a request."""
        return self.answer(self.send(method, **params))

    def answer(self, asked: int) -> dict[str, Any]:
        """Return the answer to the request of an id."""
        assert self._process.stdout is not None
        while (answer := json.loads(self._process.stdout.readline())).get("id") != asked:
            pass
        return answer["result"]


def test_a_host_is_answered_while_the_database_is_locked(tmp_path: Path) -> None:
    lock = sqlite3.connect(tmp_path / "docspasta.db", isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    with subprocess.Popen(
        SERVER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environ(tmp_path)
    ) as process:
        host = Host(process)
        assert host.ask("initialize", **INITIALIZE["params"])["serverInfo"]["name"] == "docspasta-mcp"
        host.send("notifications/initialized")
        assert len(host.ask("tools/list")["tools"]) == 6
        asked = host.send("tools/call", name="list_docs", arguments={})
        lock.execute("ROLLBACK")
        lock.close()
        assert host.answer(asked)["structuredContent"]["docs"] == []
        process.terminate()


@pytest.mark.parametrize(
    ("loaded", "unneeded"),
    [
        ("docspasta_mcp.cli.run, docspasta_mcp.server.stdio", "typer sqlalchemy httpx docspasta_mcp.server.engine"),
        ("docspasta_mcp.cli.answer", "typer docspasta_mcp.cli.crawl"),
        ("docspasta_mcp.extract.page", "mcp pydantic sqlalchemy httpx"),
        (
            "docspasta_mcp.cli.jobs, docspasta_mcp.cli.output, docspasta_mcp.server.wiring",
            "mcp httpx docspasta_mcp.discovery.discover docspasta_mcp.extract.workers docspasta_mcp.fetch.address_guard",
        ),
    ],
)
def test_what_is_waited_for_loads_nothing_that_it_does_not_need(loaded: str, unneeded: str) -> None:
    code = f"import {loaded}, sys; print(*sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {*unneeded.split()} & {*found}
