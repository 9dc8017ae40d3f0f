"""A cheap selection of `bench/hostile_sites.py`, through the whole pipeline: those that end at once."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import anyio.abc
import pytest

from docspasta_mcp.server.wiring import running_node
from docspasta_mcp.settings import Settings
from tests.hostile_sites import Hostile, crawl_hostile, hostile_sites, serve_hostile, verdict

pytestmark = pytest.mark.programs

CHEAP = (  # one of each kind; bench/hostile_sites.py crawls them all
    "redirect to itself", "redirect inwards", "huge header", "no HTTP", "body too short", "bad chunk size", "gzip ends early",
    "PNG as HTML", "HTML as text", "koi8-r as koi8-r", "a billion laughs", "sitemap loop", "robots garbage", "206 unasked",
    "login wall", "shell", "canonical loop", "storm of 429",
)  # fmt: skip


@contextlib.asynccontextmanager
async def served(sites: list[Hostile]) -> AsyncIterator[dict[str, int]]:
    ports: dict[str, int] = {}
    listeners = [await anyio.create_tcp_listener(local_host="127.0.0.1") for _ in sites]
    async with anyio.create_task_group() as tasks:
        for site, listener in zip(sites, listeners, strict=True):
            ports[site.name] = listener.extra(anyio.abc.SocketAttribute.local_port)
            tasks.start_soon(serve_hostile, site, listener, f"http://127.0.0.1:{ports[site.name]}")
        yield ports
        tasks.cancel_scope.cancel()
    for listener in listeners:
        await listener.aclose()


async def test_a_hostile_page_ends_with_its_reason_and_costs_its_neighbour_nothing(tmp_path: Path) -> None:
    sites = [site for site in hostile_sites() if site.name in CHEAP]
    assert len(sites) == len(CHEAP)
    async with served(sites) as ports:
        allowed = ",".join(f"127.0.0.1:{port}" for port in ports.values())
        environ = {
            "DOCSPASTA_DATA_DIR": str(tmp_path),
            "DOCSPASTA_ALLOW_PRIVATE": allowed,
            "DOCSPASTA_RENDER": "never",
            "QSTASH_MAX_RETRIES": "0",
        }
        wrong: dict[str, str] = {}
        async with running_node(Settings.from_env(environ | {"DOCSPASTA_WORKERS": "1"})) as node:
            with anyio.fail_after(50):
                async with anyio.create_task_group() as crawls:

                    async def one(site: Hostile) -> None:
                        pages = await crawl_hostile(node, f"http://127.0.0.1:{ports[site.name]}", site.max_pages)
                        wrong.update({site.name: says} if (says := verdict(site, pages)) else {})

                    for site in sites:
                        crawls.start_soon(one, site)
    assert wrong == {}
