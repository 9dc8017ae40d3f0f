"""PostgreSQL as the store: a whole crawl on one machine, and several replicas behind a proxy with one queue."""

import contextlib
import itertools
from pathlib import Path

import httpx
import pytest
from mcp import Client
from starlette.types import ASGIApp

from docspasta_mcp.server.app import create_app, create_mcp_server
from docspasta_mcp.server.wiring import Node, running_node
from docspasta_mcp.settings import Settings
from tests.postgres import Postgres
from tests.qstash import qstash
from tests.sites import Site
from tests.test_whole_crawl import check_manual, crawl, read_all

pytestmark = pytest.mark.programs

PROXY = "http://127.0.0.1:9"  # nobody listens there: signatures are for it, deliveries go through `Proxy`


class Proxy(httpx.AsyncBaseTransport):
    """A load balancer that knows nothing: each delivery goes to the next replica that is up."""

    def __init__(self) -> None:
        self.replicas: list[httpx.ASGITransport] = []
        self.served = [0, 0]
        self._turn = itertools.count()

    def add(self, app: ASGIApp) -> None:
        self.replicas.append(httpx.ASGITransport(app, raise_app_exceptions=False))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        number = next(self._turn) % len(self.replicas)
        self.served[number] += 1
        return await self.replicas[number].handle_async_request(request)


async def test_an_agent_crawls_a_manual_with_postgresql_as_the_store(
    tmp_path: Path, postgres: Postgres, manual_site: Site
) -> None:
    environ = {
        "DATABASE_URL": postgres.new_database(),
        "DOCSPASTA_DATA_DIR": str(tmp_path),
        "DOCSPASTA_ALLOW_PRIVATE": f"127.0.0.1:{manual_site.port}",
        "DOCSPASTA_WORKERS": "1",
    }
    async with running_node(Settings.from_env(environ)) as node, Client(create_mcp_server(node)) as client:
        job_id = await crawl(client, f"{manual_site.url}/docs/")
        check_manual(await read_all(client, job_id), manual_site)


async def test_replicas_share_one_database_and_one_queue(tmp_path: Path, postgres: Postgres, manual_site: Site) -> None:
    proxy = Proxy()
    async with qstash(PROXY, tmp_path, transport=proxy) as environ, contextlib.AsyncExitStack() as stack:
        environ |= {
            "DATABASE_URL": postgres.new_database(),
            "DOCSPASTA_ALLOW_PRIVATE": f"127.0.0.1:{manual_site.port}",
            "DOCSPASTA_WORKERS": "1",
        }
        replicas: list[Node] = []
        for _ in range(2):
            replicas.append(await stack.enter_async_context(running_node(Settings.from_env(environ))))
            proxy.add(create_app(replicas[-1], create_mcp_server(replicas[-1])))
        asked, other = replicas
        async with Client(create_mcp_server(asked)) as client:
            job_id = await crawl(client, f"{manual_site.url}/docs/")
        async with Client(create_mcp_server(other)) as client:  # any replica answers
            check_manual(await read_all(client, job_id), manual_site)
        assert min(proxy.served) >= 3  # start, six pages, finalisation: each replica had its share
