"""Crawls of sites that only a browser shows, with a real Chromium: every part is the product's own."""

from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import pytest

from docspasta_mcp.jobs.status import JobStatus
from docspasta_mcp.model.folder import folder_url
from docspasta_mcp.server.wiring import Node, running_node
from docspasta_mcp.settings import Settings
from tests.sites import TEXT, Answer, Site

pytestmark = pytest.mark.programs

# A small application: it shows the page that its route names, from a file of its own, with a sidebar of links.
APPLICATION = """
const names = ["start", "install", "usage"], hash = %(hash)s;
const show = async () => {
  const name = (hash ? location.hash.slice(2) : location.pathname.split("/").pop()) || "start";
  const text = await (await fetch("/data/" + name + ".txt")).text();
  const links = names.map(one => `<li><a href="${hash ? "#/" : "/docs/"}${one === "start" ? "" : one}">${one}</a></li>`);
  document.getElementById("app").innerHTML = `<nav><ul>${links.join("")}</ul></nav><main><h1>${name}</h1><p>${text}</p></main>`;
};
addEventListener("hashchange", show);
show();
"""


def application(site: Site, *, has_hash: bool, headers: dict[str, str] | None = None) -> None:
    shell = '<!DOCTYPE html><html><head><title>Thing</title></head><body><div id="app"></div><script src="/app.js"></script></body></html>'
    names = ("", "install", "usage")
    site.pages |= {f"/docs/{name}": shell for name in (("",) if has_hash else names)}
    script = APPLICATION % {"hash": "true" if has_hash else "false"}
    site.pages["/app.js"] = Answer(script, content_type="text/javascript", headers=headers or {})
    site.pages |= {
        f"/data/{name or 'start'}.txt": Answer(f"All about {name or 'start'}. {TEXT}", content_type="text/plain")
        for name in names
    }


@pytest.fixture
async def node(tmp_path: Path, site: Site) -> AsyncIterator[Node]:
    file = tmp_path / "docspasta.toml"
    file.write_text(f'[sites."http://127.0.0.1:{site.port}"]\nheaders = {{ X-Key = "${{DOCS_KEY}}" }}\n')
    environ = {
        "DOCSPASTA_DATA_DIR": str(tmp_path),
        "DOCSPASTA_ALLOW_PRIVATE": f"127.0.0.1:{site.port}",
        "DOCS_KEY": "a-key",
    }
    environ |= {"DOCSPASTA_WORKERS": "1"}
    async with running_node(Settings.from_env(environ)) as opened:
        yield opened


async def crawled(node: Node, url: str) -> JobStatus:
    started = await node.jobs.start(url)
    with anyio.fail_after(100):
        while (status := await node.jobs.wait(started.job_id, 20)).state == "running":
            pass
    return status


async def titles(node: Node, status: JobStatus) -> list[str]:
    lines = (await node.jobs.contents(status.job_id)).splitlines()
    return [line.partition("[")[2].split("]")[0] for line in lines if "[" in line]


@pytest.mark.parametrize("has_hash", [True, False])
async def test_an_application_is_a_manual(node: Node, site: Site, *, has_hash: bool) -> None:
    application(site, has_hash=has_hash)
    status = await crawled(node, f"{site.url}/docs/")
    assert (status.state, status.done, status.failed) == ("completed", 3, 0)
    assert "3 pages were rendered in a browser." in status.notes
    assert await titles(node, status) == ["start", "install", "usage"]
    text = (await node.jobs.result(status.job_id)).text
    assert "All about install." in text


async def test_credentials_are_sent_by_us_and_never_by_the_browser(node: Node, site: Site) -> None:
    with Site() as other:
        application(site, has_hash=True)
        script = site.pages["/app.js"]
        assert isinstance(script, Answer)
        site.pages["/app.js"] = Answer(
            f"fetch('{other.url}/').catch(() => 0);\n{script.body!s}", content_type="text/javascript"
        )
        status = await crawled(node, f"{site.url}/docs/")
    assert status.done == 3
    assert {headers.get("x-key") for headers in site.headers} == {"a-key"}
    assert other.requests == []


async def test_a_folder_of_an_application_is_rendered(node: Node, tmp_path: Path) -> None:
    root = tmp_path / "built"
    (root / "data").mkdir(parents=True)
    (root / "index.html").write_text(
        '<!DOCTYPE html><html><body><div id="app"></div><script src="app.js"></script></body></html>'
    )
    (root / "app.js").write_text(APPLICATION.replace('"/data/"', '"data/"') % {"hash": "true"})
    for name in ("start", "install", "usage"):
        (root / "data" / f"{name}.txt").write_text(f"All about {name}. {TEXT}")
    status = await crawled(node, folder_url(node.engine.folders.open(root)))
    assert status.done == 3
    assert "All about usage." in (await node.jobs.result(status.job_id)).text
