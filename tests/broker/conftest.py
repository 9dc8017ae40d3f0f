"""What every test of the broker starts from."""

import os
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from qstash import AsyncQStash, QStash

from tests.broker.serving import TOKEN, Sdk, Target, TargetServer, running_broker


@pytest.fixture(scope="session")
def target_server() -> Iterator[TargetServer]:
    made = TargetServer()
    yield made
    made.close()


@pytest.fixture
def target(target_server: TargetServer) -> Target:
    """A place for one test's deliveries."""
    return target_server.target()


@pytest.fixture(scope="session")
async def broker_url(tmp_path_factory: pytest.TempPathFactory, target_server: TargetServer) -> AsyncIterator[str]:
    """The embedded broker's URL, or that of DOCSPASTA_CONTRACT_URL; tests share it and keep to names of their own."""
    elsewhere = os.environ.get("DOCSPASTA_CONTRACT_URL")
    if elsewhere:
        yield elsewhere
        return
    async with running_broker(tmp_path_factory.mktemp("broker") / "broker.db", target_server.url) as (_broker, url):
        yield url


@pytest.fixture(scope="session")
def token() -> str:
    return os.environ.get("DOCSPASTA_CONTRACT_TOKEN", TOKEN)


@pytest.fixture(scope="session", params=["sync", "async"])
async def sdk(request: pytest.FixtureRequest, broker_url: str, token: str) -> AsyncIterator[Sdk]:
    """The official SDK, once in each form."""
    form = QStash if request.param == "sync" else AsyncQStash
    made = Sdk(form(token, retry=False, base_url=broker_url))
    yield made
    await made.close()


@pytest.fixture
async def api(broker_url: str, token: str) -> AsyncIterator[httpx.AsyncClient]:
    """A bare HTTP client of the broker, for what the SDK cannot say."""
    async with httpx.AsyncClient(
        base_url=broker_url, headers={"Authorization": f"Bearer {token}"}, trust_env=False
    ) as client:
        yield client
