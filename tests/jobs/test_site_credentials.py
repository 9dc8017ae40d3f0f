"""A whole crawl of a site that wants a password: for those whom the operator named, and for nobody else."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from docspasta_mcp.jobs.service import OwnerJobs
from docspasta_mcp.jobs.status import JobStatus
from docspasta_mcp.server.wiring import Node, running_node
from docspasta_mcp.settings import Settings
from tests.sites import Answer, Site, page

SECRET = "pass-canary"
NAV = ("/m/", "/m/a.html", "/m/b.html")


class _Guarded(dict[str, Answer | str]):
    """Pages that only a request with credentials gets."""

    def __init__(self, site: Site) -> None:
        super().__init__({path: page(path, links=NAV) for path in NAV})
        self._site = site

    def get(self, key: str, default: object = None) -> object:  # type: ignore[override]
        found = super().get(key, default)
        return found if "authorization" in self._site.headers[-1] else Answer("no", 401)


@pytest.fixture
async def node(tmp_path: Path, site: Site) -> AsyncIterator[Node]:
    site.pages = _Guarded(site)
    (tmp_path / "docspasta.toml").write_text(
        f'allow_private = ["127.0.0.1"]\n[sites."127.0.0.1:{site.port}"]\nbasic_auth = "u:${{DOCS}}"\nowners = ["local", "ann"]'
    )
    settings = Settings.from_env({"DOCSPASTA_DATA_DIR": str(tmp_path), "DOCS": SECRET})
    async with running_node(settings) as opened:
        yield opened


async def crawled(jobs: OwnerJobs, url: str) -> JobStatus:
    started = await jobs.start(url)
    while (status := await jobs.wait(started.job_id, 10)).state == "running":
        pass
    return status


async def test_only_the_owners_of_a_site_crawl_it_with_credentials(node: Node, site: Site) -> None:
    url = f"{site.url}/m/"
    mine, hers = await crawled(node.jobs, url), await crawled(node.jobs_of("ann"), url)
    his = await crawled(node.jobs_of("bob"), url)
    preview = await node.jobs_of("bob").start(url, dry_run=True)

    assert (mine.state, mine.done, hers.done) == ("completed", 3, 3)
    assert (his.state, his.done, his.seed_fault) == ("failed", 0, "http_401")
    assert preview.preview is not None
    assert "401" in preview.preview.notes[0]


async def test_no_answer_shows_a_secret_of_a_site(node: Node, site: Site) -> None:
    status = await crawled(node.jobs, f"{site.url}/m/")
    document = "".join([part async for part in await node.jobs.json_document(status.job_id)])
    told = document + status.model_dump_json() + await node.jobs.coverage(status.job_id)

    assert json.loads(document)["job"]["options"]["signed_in"] is True
    assert SECRET not in told
    assert "Basic" not in told
