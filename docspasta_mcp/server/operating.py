"""Reach this installation's queue as its operator: QStash, the hub, or the broker's file while nothing runs."""

import contextlib
from collections.abc import AsyncGenerator

import anyio.to_thread
import httpx

from docspasta_mcp.broker.app import Broker, open_broker
from docspasta_mcp.broker.errors import BrokerBusy, BrokerUnusable
from docspasta_mcp.broker.signing import Keys
from docspasta_mcp.errors import ConfigError, DocspastaError
from docspasta_mcp.queue.hub_credentials import Credentials, load_credentials
from docspasta_mcp.queue.operator import Operations
from docspasta_mcp.settings import Settings

_ASKING_S = 2.0  # a hub answers in a hundredth of it


@contextlib.asynccontextmanager
async def open_operations(settings: Settings) -> AsyncGenerator[Operations]:
    """Connect to the queue. Nothing is delivered by this process.

    Raises:
        ConfigError: a setting cannot be used.
    """
    if settings.qstash_token is not None and not settings.is_embedded:
        token = settings.qstash_token.get_secret_value()
        async with contextlib.aclosing(
            Operations(settings.qstash_url, token, transport=None, is_embedded=False)
        ) as operations:
            yield operations
        return
    credentials = load_credentials(settings.data_dir, port=settings.hub_port)
    broker = await anyio.to_thread.run_sync(lambda: _idle_broker(settings, credentials))
    transport = httpx.ASGITransport(broker.app) if broker else None
    try:
        async with contextlib.aclosing(
            Operations(credentials.hub_url, credentials.token, transport=transport, is_embedded=True)
        ) as operations:
            yield operations
    finally:
        if broker:
            await anyio.to_thread.run_sync(broker.close)


def broker_unusable(error: BrokerUnusable) -> ConfigError:
    """Return the error that tells a person what to do about a broker's file that cannot be opened."""
    return ConfigError(f"{error} If it is damaged, move it away and start again; running crawls go on.")


async def is_paused(settings: Settings) -> bool:
    """Tell whether an operator has paused the embedded broker; QStash, and a hub that only starts, do not say."""
    if settings.is_embedded:
        # another program may have the hub's port, and answer anything or nothing
        with contextlib.suppress(DocspastaError, ValueError, LookupError, TypeError), anyio.move_on_after(_ASKING_S):
            async with open_operations(settings) as operations:
                return (await operations.figures())["isPaused"]
    return False


def _idle_broker(settings: Settings, credentials: Credentials) -> Broker | None:
    """Open the broker's file; None if a hub serves it, which is to be asked then."""
    keys = Keys(credentials.current_key, credentials.next_key)
    try:
        return open_broker(
            settings.data_dir / "broker.db",
            token=credentials.token,
            keys=lambda: keys,
            rotate=lambda: keys,
            make_client=httpx.AsyncClient,  # never called: nothing is delivered here
            allows=lambda _url: True,  # checked when they were published
        )
    except BrokerBusy:
        return None
    except BrokerUnusable as error:
        raise broker_unusable(error) from None
