"""What must not be found where it does not belong, after a crawl with a good page, a broken one and a forged delivery."""

import json
import logging
from pathlib import Path

import httpx
import pytest

from docspasta_mcp import telemetry
from docspasta_mcp.errors import ConfigError, PublishFailed
from docspasta_mcp.model.messages import FinalizeJob, OutboxMessage
from docspasta_mcp.server.app import create_app, create_mcp_server, owner_tokens
from docspasta_mcp.server.wiring import open_node, running_node
from docspasta_mcp.settings import Settings
from docspasta_mcp.store import Database
from tests.canaries import json_formatter, leaks
from tests.conftest import settings_for
from tests.sites import Answer, Site, page

PAGE_TEXT = "canary-in-the-page"


async def test_secrets_and_page_text_stay_where_they_belong(
    tmp_path: Path, site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="docspasta_mcp")
    site.pages["/docs/"] = page("Start", f"<p>{PAGE_TEXT}</p>", links=("/docs/broken", "/docs/moved"))
    site.pages["/docs/broken"] = Answer(PAGE_TEXT, status=410)
    site.pages["/docs/moved"] = Answer(PAGE_TEXT, status=302, headers={"Location": "http://user:canary-password@x/"})
    async with running_node(settings_for(tmp_path, site)) as node:
        assert node.credentials is not None
        _, token = await node.store.access.create("ann", days=1)
        secrets = [node.credentials.token, node.credentials.current_key, node.credentials.next_key, token]
        app = create_app(node, create_mcp_server(node), verifier=owner_tokens(node))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
            forged = await client.post("/api/v4/process", content=b"{}", headers={"Upstash-Signature": token})
            refused = await client.get("/api/v4/jobs", headers={"Authorization": f"Bearer {token}x"})
        started = await node.jobs.start(f"{site.url}/docs/?key=canary-query")
        while (status := await node.jobs.wait(started.job_id, 20)).state == "running":
            pass
        assert status.done == 1
        async with httpx.AsyncClient(base_url=node.credentials.hub_url) as browser:  # which rebound a name to us
            for headers, expected in (({"Host": "evil.example"}, 400), ({"Origin": "http://evil.example"}, 403)):
                for path in ("/healthz", "/metrics", "/v2/messages/x", "/api/v4/process"):
                    assert (await browser.get(path, headers=headers)).status_code == expected
            assert (await browser.get("/healthz")).status_code == 200
    told = caplog.text + forged.text + refused.text + status.model_dump_json()
    assert "started" in caplog.text
    assert "canary-query" not in "".join(map(json_formatter().format, caplog.records))
    stored = contents(tmp_path)
    assert any(name.startswith("broker.db") for name in stored)
    for secret in [*secrets, "canary-password"]:
        assert secret not in told
        assert not [name for name, data in stored.items() if secret.encode() in data]
    assert PAGE_TEXT not in told
    assert not [
        name for name, data in stored.items() if PAGE_TEXT.encode() in data and not name.startswith("docspasta.db")
    ]


def contents(folder: Path) -> dict[str, bytes]:
    """Return what the data directory's files hold, all but the file that is there for the keys."""
    return {file.name: file.read_bytes() for file in folder.glob("*") if file.is_file() and file.name != "broker.json"}


def test_a_leak_would_be_found(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("leaky")
    (folder / "broker.json").write_text('{"token": "canary-of-the-broker", "port": 1}')
    (folder / "broker.db-wal").write_bytes(b"... canary-of-the-broker ...")
    assert leaks(folder, "a line with canary-of-the-broker") == ["the logs", str(folder / "broker.db-wal")]
    assert leaks(None, f"a line with docspasta_{'x' * 43}") == ["the logs"]


async def test_the_secrets_of_an_operator_are_not_told_by_what_fails(tmp_path: Path) -> None:
    canaries = {
        "QSTASH_TOKEN": "canary-token",
        "QSTASH_CURRENT_SIGNING_KEY": "canary-key",
        "QSTASH_NEXT_SIGNING_KEY": "canary-next",
    }
    environ = canaries | {
        "BASE_URL": "http://127.0.0.1:9",
        "QSTASH_URL": "http://127.0.0.1:9",
        "DOCSPASTA_DATA_DIR": str(tmp_path),
    }
    settings = Settings.from_env(environ)
    told = [repr(settings), str(settings)]
    async with open_node(settings) as node:
        with pytest.raises(PublishFailed) as unpublished:
            await node.engine.queue.publish(
                [OutboxMessage(1, FinalizeJob(job_id="x", user_id="local", timestamp=1), "")]
            )
    told += [str(unpublished.value), repr(unpublished.value.__cause__)]
    with pytest.raises(ConfigError) as unreachable:
        Database("postgresql+psycopg://ann:canary-password@127.0.0.1:9/x?connect_timeout=1").migrate()
    told.append(str(unreachable.value))
    with pytest.raises(ConfigError) as refused:
        Settings.from_env(canaries | {"DOCSPASTA_WORKERS": "canary-number"})
    told.append(str(refused.value))
    assert "canary" not in "\n".join(told)


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_a_log_line_holds_no_secret_and_nothing_that_acts(log_format: str, capsys: pytest.CaptureFixture[str]) -> None:
    root, level = logging.getLogger(), logging.getLogger("docspasta_mcp").level
    handlers = root.handlers[:]
    telemetry.configure_logging(level="INFO", log_format="json" if log_format == "json" else "text")
    evil = "x\r\n12:00:00 INFO    forged\t\x1b[2J\x7f\x9b31m\u2028\u202e\u200b\0"
    try:
        logging.getLogger("docspasta_mcp").warning(
            "❌ %s: %s %s %s",
            f"https://a:canary-1@h.com/p?key=canary-2&b {evil}",
            "Bearer canary-3",
            f"docspasta_{'canary' * 8}",
            "y" * 50_000,
        )
        error = ValueError(evil)
        logging.getLogger("docspasta_mcp").error("failed", exc_info=(ValueError, error, None))
    finally:
        root.handlers[:] = handlers
        logging.getLogger("docspasta_mcp").setLevel(level)
    written = capsys.readouterr().err
    assert "canary" not in written
    assert "https://…@h.com/p?…" in written
    assert not [char for char in written if not char.isprintable() and char != "\n"]
    assert not [line for line in written.splitlines() if line.startswith("12:00:00 INFO    forged")]
    assert max(map(len, written.splitlines())) < 30_000
    if log_format == "json":
        assert len([json.loads(line) for line in written.splitlines()]) == 2
