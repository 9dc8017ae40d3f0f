"""How crawls went lately: rates, times, and what keeps failing, by site."""

from pathlib import Path

import httpx
import pytest

from docspasta_mcp.errors import InvalidRequest
from docspasta_mcp.jobs.statistics import read_stats
from docspasta_mcp.server.app import create_app, create_mcp_server, owner_tokens
from docspasta_mcp.server.wiring import open_node
from docspasta_mcp.settings import Settings
from tests.pipeline.test_steps import Chain
from tests.sites import Answer
from tests.test_whole_crawl import run_here


async def test_rates_times_and_failing_urls_of_a_site(chain: Chain) -> None:
    chain.site.pages["/docs/install.html"] = Answer("no", 403)
    for seconds in (10, 30):
        await chain.start(force_refresh=True)
        chain.clock.advance(seconds)
        await chain.deliver_all()
    failed = await chain.start("/nothing/")
    await chain.deliver_all()
    running = await chain.start(scope="host")
    stats = await read_stats(chain.store)
    assert stats.jobs == {"failed": 1, "partial": 2, "running": 1}
    assert stats.completion_rate == pytest.approx(2 / 3, abs=1e-4)
    (site,) = stats.sites
    assert (site.site, site.slowest_seconds, site.median_seconds) == (chain.site.url, 30, 10)
    assert site.pages["done"] == 8
    (url,) = stats.failing_urls
    assert (url.url, url.reason, url.times) == (f"{chain.site.url}/docs/install.html", "http_403", 2)
    assert failed != running


async def test_only_the_last_days_count(chain: Chain) -> None:
    await chain.start()
    await chain.deliver_all()
    chain.clock.advance(3 * 86_400)
    assert (await read_stats(chain.store, days=2)).sites == []
    assert len((await read_stats(chain.store, days=4)).sites) == 1
    for days in (0, -1, 91, float("nan")):
        with pytest.raises(InvalidRequest, match="days"):
            await read_stats(chain.store, days=days)


async def test_statistics_over_rest_are_for_operators(tmp_path: Path) -> None:
    async with open_node(Settings.from_env({"DOCSPASTA_DATA_DIR": str(tmp_path)})) as node:
        tokens = {
            is_operator: (await node.store.access.create("ann", days=None, is_operator=is_operator))[1]
            for is_operator in (False, True)
        }
        app = create_app(node, create_mcp_server(node), verifier=owner_tokens(node))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as client:

            async def asked(token: str, path: str = "/api/v4/stats") -> httpx.Response:
                return await client.get(path, headers={"Authorization": f"Bearer {token}"})

            assert (await client.get("/api/v4/stats")).status_code == 401
            assert (await asked(tokens[False])).status_code == 403
            answer = await asked(tokens[True], "/api/v4/stats?days=1")
            assert (answer.status_code, answer.json()["sites"]) == (200, [])
            for wrong in ("days=x", "days=0", "more=1", "days=nan"):
                assert (await asked(tokens[True], f"/api/v4/stats?{wrong}")).status_code == 400


def test_statistics_by_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DOCSPASTA_DATA_DIR", str(tmp_path))
    assert run_here("stats") == 0
    assert "no jobs" in capsys.readouterr().out
    assert run_here("stats", "--json", "--days", "1") == 0
    assert '"failing_urls": []' in capsys.readouterr().out
    assert run_here("stats", "--days", "100") == 2
