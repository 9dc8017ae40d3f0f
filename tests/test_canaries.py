"""What must not be found where it does not belong, after a crawl with a good page, a broken one and a forged delivery."""

import logging
from pathlib import Path

import httpx
import pytest

from docspasta_mcp.app import create_app, create_mcp_server, owner_tokens
from docspasta_mcp.node import running_node
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
        started = await node.jobs.start(f"{site.url}/docs/")
        while (status := await node.jobs.wait(started.job_id, 20)).state == "running":
            pass
        assert status.done == 1
    told = caplog.text + forged.text + refused.text + status.model_dump_json()
    assert "started" in caplog.text
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
