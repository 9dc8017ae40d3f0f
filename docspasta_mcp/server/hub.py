"""The hub: the one process of a data directory that serves the embedded broker.

It holds the broker's file and the hub's port and does the work; the other processes use it, and one takes over when it
goes away. The broker delivers to our webhook in this process: the same signed request without a socket.
"""

import logging
import os
import sqlite3
import ssl
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from functools import cache
from typing import Any

import anyio
import anyio.to_thread
import httpx
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount, Route

from docspasta_mcp import metrics
from docspasta_mcp.broker.allow_list import AllowList
from docspasta_mcp.broker.api.requests import MAX_REQUEST_BYTES
from docspasta_mcp.broker.app import Broker, open_broker
from docspasta_mcp.broker.errors import ApiError, BrokerBusy, BrokerUnusable
from docspasta_mcp.broker.signing import Keys
from docspasta_mcp.errors import ConfigError, PublishFailed
from docspasta_mcp.queue.hub_credentials import Credentials, load_credentials, store_keys
from docspasta_mcp.queue.operator import broker_unusable
from docspasta_mcp.queue.publisher import QStashQueue
from docspasta_mcp.queue.signature import Receiver
from docspasta_mcp.server.host_gate import Gate
from docspasta_mcp.server.listener import listen, serve_app
from docspasta_mcp.server.ops import health_routes, metrics_routes
from docspasta_mcp.server.responses import ERROR_HANDLERS
from docspasta_mcp.settings import Settings
from docspasta_mcp.store import Store
from docspasta_mcp.urls import LOOPBACK_HOSTS

logger = logging.getLogger(__name__)

_MAX_REFUSED = 2
_CANDIDACY_S = 1.0  # how often a process tries to become the hub; a takeover takes about this long


class Hub:
    """This process as the hub, or as one that waits to become it."""

    def __init__(
        self,
        settings: Settings,
        credentials: Credentials,
        *,
        receiver: Receiver,
        webhook: Sequence[Route],
        store: Store,
        queue: QStashQueue,
    ) -> None:
        """Prepare; nothing runs yet.

        Args:
            settings: say where the broker's file is, and where it may deliver.
            credentials: of the broker, with its port.
            receiver: verifies by the keys that the broker signs with.
            webhook: the routes that the broker delivers to.
            store: whose health and metrics the hub's port shows.
            queue: publishes to the broker, without a call while it is in this process.
        """
        self.broker: Broker | None = None
        """The broker while this process serves it."""
        self._settings = settings
        self._credentials = credentials
        self._keys = _HubKeys(settings, receiver)
        self._webhook = webhook
        self._store = store
        self._queue = queue

    async def run(self, engine: Callable[[], Coroutine[Any, Any, None]], *, patient: bool) -> None:
        """Become the hub as soon as no other process is; run forever.

        Args:
            engine: what only the hub runs: relay and sweeper.
            patient: whether to go on trying while another program has the port.

        Raises:
            ConfigError: another program has the port, and `patient` is false; or the broker's file is unusable.
        """
        refused = 0
        while True:
            try:
                broker = await anyio.to_thread.run_sync(self._open_broker)
            except BrokerBusy:
                await anyio.sleep(_CANDIDACY_S)
                continue
            except BrokerUnusable as error:
                raise broker_unusable(error) from None
            try:
                await self._serve(broker, engine)
            except ConfigError as error:
                refused += 1  # the hub before may still be closing its socket
                if refused > _MAX_REFUSED and not patient:
                    raise ConfigError(f"{error} Set DOCSPASTA_HUB_PORT to a free port.") from None
                logger.warning("❌ this process cannot deliver: %s Set DOCSPASTA_HUB_PORT to a free port.", error)
                await anyio.sleep(_CANDIDACY_S)
            except Exception:
                logger.exception("❌ the hub failed; it starts again")
                await anyio.sleep(_CANDIDACY_S)
            finally:
                self.broker = None
                self._queue.take_near(None)
                with anyio.CancelScope(shield=True):
                    await anyio.to_thread.run_sync(broker.close)

    def _open_broker(self) -> Broker:
        url = self._credentials.hub_url

        @cache
        def trust() -> ssl.SSLContext:  # loaded when something is delivered beyond this process, which is rare
            return ssl.create_default_context()

        def make_client() -> httpx.AsyncClient:
            return httpx.AsyncClient(timeout=None, trust_env=False, verify=trust())  # noqa: S113  # each delivery has its own timeout

        return open_broker(
            self._settings.data_dir / "broker.db",
            token=self._credentials.token,
            keys=self._keys.current,
            rotate=self._keys.rotate,
            make_client=make_client,
            apps={url: Starlette(routes=self._webhook, exception_handlers=ERROR_HANDLERS)},
            allows=AllowList([f"{url}/api/v4/", *self._settings.broker_allow]),
        )

    async def _serve(self, broker: Broker, engine: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Serve webhook and broker on the hub's port, deliver, relay and sweep, until cancelled.

        Raises:
            ConfigError: another program has the port.
        """
        port = self._credentials.port
        stored = load_credentials(self._settings.data_dir, port=port)  # a hub before may have rotated
        self._keys.replace(Keys(stored.current_key, stored.next_key))
        sock = listen("127.0.0.1", port)
        logger.info("process %d is the hub on 127.0.0.1:%d", os.getpid(), port)
        self.broker = broker
        self._queue.take_near(near(broker))
        freed = await self._store.pages.release_leases()  # whoever fetched these is gone
        await self._store.outbox.release_all()
        if freed:
            logger.info("📨 %d pages of the hub before go on", freed)
        metrics.waiting.set_function(lambda: broker.context.dispatcher.waiting)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(serve_app, self._app(broker), sock)
            tasks.start_soon(broker.run)
            tasks.start_soon(engine)

    def _app(self, broker: Broker) -> Starlette:
        """Return the app of the hub's port. It holds the broker, which knows of the webhook alone."""
        return Starlette(
            routes=[
                *health_routes(self._store),
                *metrics_routes(self._store),
                *self._webhook,
                Mount("/", app=broker.app),
            ],
            # a page in the user's browser reaches this port under any name that it has let point to 127.0.0.1
            middleware=[Middleware(Gate, hosts=LOOPBACK_HOSTS, max_bytes=MAX_REQUEST_BYTES)],
            exception_handlers=ERROR_HANDLERS,
        )


def near(broker: Broker) -> Callable[[bytes], Awaitable[Any]]:
    """Return what hands batches to a broker of this process."""

    async def publish(body: bytes) -> Any:
        try:
            return await broker.publish_batch(body)
        except (ApiError, sqlite3.Error, RuntimeError) as error:  # refused; its disk is full; it is closed
            raise PublishFailed(f"The queue did not take them: {error!r}") from error

    return publish


class _HubKeys:
    """The hub's signing keys: its broker signs with them, its webhook verifies by them."""

    def __init__(self, settings: Settings, receiver: Receiver) -> None:
        self._settings = settings
        self._receiver = receiver

    def current(self) -> Keys:
        return Keys(self._receiver.current_key, self._receiver.next_key)

    def replace(self, keys: Keys) -> Keys:
        self._receiver.current_key, self._receiver.next_key = keys.current, keys.next
        return keys

    def rotate(self) -> Keys:
        keys = self.current().rotated()
        store_keys(self._settings.data_dir, current=keys.current, following=keys.next)
        return self.replace(keys)
