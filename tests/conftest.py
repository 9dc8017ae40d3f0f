"""Real parts for every test: a site on loopback, SQLite files and a PostgreSQL server, a running node.

PostgreSQL comes from a wheel, so a machine on which it cannot start fails the tests instead of skipping them.
"""

import contextlib
import logging
import shutil
import uuid
from collections.abc import AsyncIterator, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from httpx import create_ssl_context

from docspasta_mcp.extract.worker_pool import BrokenWorker, call
from docspasta_mcp.server.wiring import Node, running_node
from docspasta_mcp.settings import Settings
from docspasta_mcp.store import Database, Store
from tests.canaries import json_formatter, leaks
from tests.fakes import Clock
from tests.postgres import Postgres
from tests.sites import Site, manual

if TYPE_CHECKING:
    from tests.pipeline.test_steps import Chain


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--all-on-postgres", action="store_true", help="Run steps, faults and refreshes on PostgreSQL too, as CI does."
    )


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Run in three processes unless told otherwise; without the plugin (`-p no:xdist`), in this one."""
    options = config.option
    is_worker = hasattr(config, "workerinput")
    if config.pluginmanager.hasplugin("xdist") and not is_worker and options.numprocesses is None:
        if options.usepdb or options.collectonly or options.dist != "no":
            return
        options.numprocesses, options.dist = 3, "worksteal"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the chain's tests on PostgreSQL to CI; the store's own run on both databases always."""
    if config.getoption("--all-on-postgres"):
        return
    later = [item for item in items if _is_on_postgres(item) and item.path.parent.name != "store"]
    config.hook.pytest_deselected(items=later)
    items[:] = [item for item in items if item not in later]


def _is_on_postgres(item: pytest.Item) -> bool:
    call = getattr(item, "callspec", None)
    return call is not None and call.params.get("database_url") == "postgres"


@pytest.fixture(scope="session", autouse=True)
def one_trust_store() -> Iterator[None]:
    """Load the certificate authorities once for all clients that name none: it takes 30 ms, and every node has two."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("httpx._transports.default.create_ssl_context", cache(create_ssl_context))
        yield


@pytest.fixture(scope="session", autouse=True)
def nobodys_data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the data directory of whoever runs the tests, and the settings in it, out of them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data-home")))
        yield


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session", autouse=True)
async def one_event_loop(anyio_backend: str) -> AsyncIterator[None]:
    """Keep one event loop for all tests, and with it, on Windows, the worker processes.

    anyio kills the processes of a loop when the task ends in which it started the first: here that of this fixture.
    """
    await call(int)
    yield  # noqa: PT022  # a fixture that returns would let the loop end


@pytest.fixture(scope="session", autouse=True)
async def worker_processes(one_event_loop: None) -> None:
    """Have forgotten the process that was killed; a test that came before it was seen to be dead lost its work."""
    with contextlib.suppress(BrokenWorker):
        await call(int)


@pytest.fixture(autouse=True)
def no_leaks(request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Let no test pass whose secrets stand in its logs or in a file that is not there for them."""
    caplog.set_level(logging.DEBUG, logger="docspasta_mcp")
    formatter = json_formatter()
    yield
    folder = getattr(request.node, "funcargs", {}).get("tmp_path")
    records = [record for when in ("setup", "call") for record in caplog.get_records(when)]
    found = leaks(folder, "\n".join(map(formatter.format, records)))
    assert not found, found


@pytest.fixture
def site() -> Iterator[Site]:
    """An empty site; tests add pages to it."""
    with Site() as served:
        yield served


@pytest.fixture(scope="session")
def manual_site() -> Iterator[Site]:
    """A small manual that no test changes."""
    with Site() as served:
        served.pages.update(manual())
        yield served


@pytest.fixture(autouse=True)
def manual_as_it_was(request: pytest.FixtureRequest) -> Iterator[None]:
    """Give the small manual its pages back after each test that changed one."""
    site = request.getfixturevalue("manual_site") if "manual_site" in request.fixturenames else None
    yield
    if site is not None:
        site.pages.update(manual())


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def postgres(request: pytest.FixtureRequest) -> Iterator[Postgres]:
    """One PostgreSQL server for all tests of a run, in whichever process they are."""
    worker = getattr(request.config, "workerinput", {"testrunuid": uuid.uuid4().hex})
    with Postgres(Path(f"/tmp/docspasta-pg-{worker['testrunuid'][:12]}")) as server:
        yield server


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file that has the schema and nothing else."""
    path = tmp_path_factory.mktemp("template") / "store.db"
    database = Database(f"sqlite:///{path}")
    database.migrate()
    database.close()
    return path


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path, sqlite_template: Path) -> Iterator[str]:
    """An empty database: the test runs on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        copy = shutil.copy(sqlite_template, tmp_path / "store.db")
        yield f"sqlite:///{copy}"
    else:
        server: Postgres = request.getfixturevalue("postgres")
        yield from server.borrow_database()


@pytest.fixture
def store(database_url: str, clock: Clock) -> Iterator[Store]:
    database = Database(database_url)
    database.migrate()
    opened = Store(database, clock)
    yield opened
    opened.close()


def settings_for(data_dir: Path, *sites: Site) -> Settings:
    allowed = ",".join(f"127.0.0.1:{site.port}" for site in sites)
    environ = {"DOCSPASTA_DATA_DIR": str(data_dir), "DOCSPASTA_ALLOW_PRIVATE": allowed, "DOCSPASTA_WORKERS": "1"}
    return Settings.from_env(environ)


@pytest.fixture(scope="module")
async def node(tmp_path_factory: pytest.TempPathFactory, manual_site: Site) -> AsyncIterator[Node]:
    """A process's node with its background work, shared by the tests of one file."""
    async with running_node(settings_for(tmp_path_factory.mktemp("node"), manual_site)) as opened:
        yield opened


@pytest.fixture
async def chain(store: Store, site: Site, clock: Clock) -> "AsyncIterator[Chain]":
    """Return a crawl's steps over a small manual, without a server."""
    from tests.pipeline.test_steps import Chain  # noqa: PLC0415  # it would be loaded before its asserts are rewritten

    site.pages.update(manual())
    made = Chain(store, site, clock)
    yield made
    await made.fetcher.aclose()
