"""A cheap selection of `bench/hostile_sites.py --rendered`, through the whole pipeline and a real browser."""

from pathlib import Path

import anyio
import pytest

from docspasta_mcp.fetch import address_guard
from docspasta_mcp.server.wiring import running_node
from docspasta_mcp.settings import Settings
from tests.hostile_rendered import Canary, rebinding, rendered_sites
from tests.hostile_sites import crawl_hostile, verdict
from tests.test_hostile_sites import served

pytestmark = pytest.mark.programs

CHEAP = (  # one of each kind; the bench crawls them all
    "fetches inward", "a fetch redirected inward", "a peer connection inward", "a worker that reaches inward", "frames inward",
    "a name that is bound again", "an endless loop", "objects that lie", "memory without end", "a navigation inward",
    "a service worker", "a download",
)  # fmt: skip


async def crawled(tmp_path: Path, names: tuple[str, ...], canary: Canary, *more: str) -> dict[str, str]:
    """Crawl sites one after another; return what is wrong by name."""
    sites = [site for site in rendered_sites(canary.port) if site.name in names]
    assert len(sites) == len(names)
    async with served(sites) as ports:
        allowed = ",".join([*more, *(f"127.0.0.1:{port}" for port in ports.values())])
        environ = {"DOCSPASTA_DATA_DIR": str(tmp_path), "DOCSPASTA_ALLOW_PRIVATE": allowed, "QSTASH_MAX_RETRIES": "0"}
        environ |= {"DOCSPASTA_WORKERS": "1", "DOCSPASTA_RENDER_TIMEOUT_S": "3"}
        wrong: dict[str, str] = {}
        async with running_node(Settings.from_env(environ)) as node:
            for site in sites:
                pages = await crawl_hostile(node, f"http://127.0.0.1:{ports[site.name]}", site.max_pages)
                wrong |= {site.name: says} if (says := verdict(site, pages)) else {}
        return wrong


async def test_a_hostile_page_reaches_nothing_inside_and_costs_its_neighbour_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(address_guard, "resolve_host", rebinding(address_guard.resolve_host))
    canary, wrong = Canary(), {"all": "not crawled"}
    async with anyio.create_task_group() as tasks:
        await tasks.start(canary.sing)
        with anyio.fail_after(150):
            wrong = await crawled(tmp_path, CHEAP, canary)
        tasks.cancel_scope.cancel()
    assert wrong == {}
    assert canary.visits == []


async def test_the_canary_would_tell(tmp_path: Path) -> None:
    canary = Canary()
    async with anyio.create_task_group() as tasks:
        await tasks.start(canary.sing)
        with anyio.fail_after(100):
            await crawled(tmp_path, ("fetches inward",), canary, f"127.0.0.1:{canary.port}")
        tasks.cancel_scope.cancel()
    assert canary.visits
