"""Wire a process, all but the MCP server, whose import alone takes longer than most commands.

A `Node` is what every process has: store, queue and the local owner's jobs. `run_node` adds what must run somewhere:
with QStash each server runs relay and sweeper; with the embedded broker one process of the data directory is the hub.
It holds the broker's file and port and does the work; the others use it, and one takes over when it goes away.
"""

import contextlib
import logging
import math
import os
import ssl
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from functools import cache, partial

import anyio
import anyio.to_thread
import httpx
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Mount, Route

from docspasta_mcp import metrics
from docspasta_mcp.broker.allow_list import AllowList
from docspasta_mcp.broker.api.requests import MAX_REQUEST_BYTES
from docspasta_mcp.broker.app import Broker, open_broker
from docspasta_mcp.broker.errors import BrokerBusy, BrokerUnusable
from docspasta_mcp.broker.signing import Keys
from docspasta_mcp.discovery.discover import Discoverer
from docspasta_mcp.discovery.robots import Robots
from docspasta_mcp.errors import CallerError, ConfigError
from docspasta_mcp.extract.workers import Workers
from docspasta_mcp.fetch.editions import Editions
from docspasta_mcp.fetch.fetcher import Fetcher
from docspasta_mcp.fetch.politeness import Pace
from docspasta_mcp.jobs.quota import Allowance
from docspasta_mcp.jobs.service import OwnerJobs
from docspasta_mcp.jobs.sweeper import run_sweeper
from docspasta_mcp.model.owner import LOCAL_OWNER
from docspasta_mcp.pipeline.finish import PLACING_TIMEOUT_S, Finalizer
from docspasta_mcp.pipeline.relay import Relay
from docspasta_mcp.pipeline.steps import Steps
from docspasta_mcp.queue.hub_credentials import Credentials, load_credentials, store_keys
from docspasta_mcp.queue.publisher import QStashQueue
from docspasta_mcp.queue.signature import Receiver
from docspasta_mcp.runtime import shorten_thread_switches, tune_allocator
from docspasta_mcp.server import responses
from docspasta_mcp.server.health import health_routes
from docspasta_mcp.server.host_gate import Gate
from docspasta_mcp.server.listener import listen, serve_app
from docspasta_mcp.server.metrics import metrics_routes
from docspasta_mcp.server.operating import broker_unusable
from docspasta_mcp.server.webhook import webhook_routes
from docspasta_mcp.settings import Settings
from docspasta_mcp.store import Database, Store
from docspasta_mcp.store.database import sqlite_url
from docspasta_mcp.urls import LOOPBACK_HOSTS

logger = logging.getLogger(__name__)

_MAX_REFUSED = 2
_CANDIDACY_S = 1.0  # how often a process tries to become the hub; a takeover takes about this long
ERROR_HANDLERS = {
    CallerError: responses.caller_error,
    responses.TooLarge: responses.too_large,
    HTTPException: responses.http_error,
}


@dataclass(frozen=True)
class Node:
    """What every process of an installation has."""

    settings: Settings
    credentials: Credentials | None
    store: Store
    queue: QStashQueue
    relay: Relay
    fetcher: Fetcher
    discoverer: Discoverer
    steps: Steps
    finalizer: Finalizer
    receiver: Receiver
    webhook_url: str

    @property
    def jobs(self) -> OwnerJobs:
        """The jobs of whoever uses this machine."""
        return self.jobs_of(LOCAL_OWNER)

    def jobs_of(self, owner: str) -> OwnerJobs:
        """Return the jobs of one owner, whom a door has authenticated."""
        return OwnerJobs(owner, store=self.store, relay=self.relay, discoverer=self.discoverer, settings=self.settings)


@contextlib.asynccontextmanager
async def open_node(settings: Settings) -> AsyncGenerator[Node]:
    """Open the store and connect to the queue; nothing runs yet.

    Raises:
        ConfigError: a setting cannot be used.
    """
    tune_allocator()
    shorten_thread_switches()
    credentials = load_credentials(settings.data_dir, port=settings.hub_port) if _needs_data_dir(settings) else None
    store = Store(Database(settings.database_url or sqlite_url(settings.data_dir / "docspasta.db")))
    await anyio.to_thread.run_sync(store.database.migrate)
    queue, receiver, webhook_url = _queue(settings, credentials)
    relay = Relay(store, queue)
    fetcher = Fetcher(timeout_s=settings.page_timeout_s, max_bytes=settings.max_page_bytes)
    workers, robots = Workers(settings.workers), Robots(fetcher)
    editions = Editions(fetcher, workers)
    discoverer = Discoverer(fetcher, robots, editions, workers)
    finalizer = Finalizer(store, Workers(1, timeout_s=PLACING_TIMEOUT_S))
    steps = Steps(
        store=store,
        relay=relay,
        fetcher=fetcher,
        robots=robots,
        editions=editions,
        discoverer=discoverer,
        pace=Pace(settings.qstash_concurrency),
        workers=workers,
        allowance=Allowance(store, most=settings.owner_bytes),
        finalizer=finalizer,
        max_retries=settings.qstash_max_retries,
        lease_s=settings.lease_s,
    )
    try:
        yield Node(
            settings, credentials, store, queue, relay, fetcher, discoverer, steps, finalizer, receiver, webhook_url
        )
    finally:
        with anyio.CancelScope(shield=True):
            await queue.aclose()
            await fetcher.aclose()
            await anyio.to_thread.run_sync(store.close)


async def run_node(node: Node, *, patient: bool = True) -> None:
    """Run what must run in the background, for ever.

    Args:
        node: the process.
        patient: whether to go on trying while another program has the hub's port.

    Raises:
        ConfigError: another program has the hub's port, and `patient` is false.
    """
    if node.settings.is_embedded:
        await _contend(node, patient=patient)
    else:
        await _run_engine(node)


@contextlib.asynccontextmanager
async def running_node(settings: Settings) -> AsyncGenerator[Node]:
    """Open a node with its background work, for the length of a command."""
    async with open_node(settings) as node, anyio.create_task_group() as tasks:
        tasks.start_soon(partial(run_node, node, patient=False))
        yield node
        tasks.cancel_scope.cancel()


def _needs_data_dir(settings: Settings) -> bool:
    return settings.is_embedded or settings.database_url is None


def _queue(settings: Settings, credentials: Credentials | None) -> tuple[QStashQueue, Receiver, str]:
    """Return queue, receiver and webhook URL: QStash's, or those of the embedded broker."""
    token, current, following = (
        settings.qstash_token,
        settings.qstash_current_signing_key,
        settings.qstash_next_signing_key,
    )
    if token and current and following and settings.base_url:
        keys = (token.get_secret_value(), current.get_secret_value(), following.get_secret_value())
        url, webhook_url = settings.qstash_url, settings.base_url
    elif credentials is not None:
        keys = (credentials.token, credentials.current_key, credentials.next_key)
        url = webhook_url = credentials.hub_url
    else:
        raise ConfigError("QSTASH_TOKEN is set without its keys and BASE_URL.")
    queue = QStashQueue(
        url=url,
        token=keys[0],
        webhook_url=webhook_url,
        name=settings.qstash_queue_name,
        concurrency=settings.qstash_concurrency,
        retries=settings.qstash_max_retries,
        delivery_timeout_s=math.ceil(settings.lease_s + 30),
        trust_env=not settings.is_embedded,
    )
    return queue, Receiver(keys[1], keys[2]), webhook_url


class _HubKeys:
    """The hub's signing keys: its broker signs with them, its webhook verifies by them."""

    def __init__(self, node: Node) -> None:
        self._node = node

    def present(self) -> Keys:
        return Keys(self._node.receiver.current_key, self._node.receiver.next_key)

    def adopt(self, keys: Keys) -> Keys:
        self._node.receiver.current_key, self._node.receiver.next_key = keys.current, keys.next
        return keys

    def rotate(self) -> Keys:
        keys = self.present().rotated()
        store_keys(self._node.settings.data_dir, current=keys.current, following=keys.next)
        return self.adopt(keys)


def _hub_app(node: Node) -> Starlette:
    """Return the app of the hub's port; the broker's app is mounted once its file is open."""
    return Starlette(
        routes=[*health_routes(node.store), *metrics_routes(node.store), *node_webhook_routes(node)],
        # a page in the user's browser reaches this port under any name that it has let point to 127.0.0.1
        middleware=[Middleware(Gate, hosts=LOOPBACK_HOSTS, max_bytes=MAX_REQUEST_BYTES)],
        exception_handlers=ERROR_HANDLERS,
    )


async def _contend(node: Node, *, patient: bool) -> None:
    """Become the hub as soon as nobody else is."""
    credentials = node.credentials
    if credentials is None:
        raise ConfigError("The embedded broker needs its credentials.")
    keys = _HubKeys(node)

    @cache
    def trust() -> ssl.SSLContext:  # loaded when something is delivered beyond this process, which is rare
        return ssl.create_default_context()

    def make_client() -> httpx.AsyncClient:
        return httpx.AsyncClient(timeout=None, trust_env=False, verify=trust())  # noqa: S113  # the courier bounds them

    refused = 0
    while True:
        hub = _hub_app(node)  # anew for each candidacy: a failed one leaves no route behind and takes none away
        try:
            broker = await anyio.to_thread.run_sync(
                partial(
                    open_broker,
                    node.settings.data_dir / "broker.db",
                    token=credentials.token,
                    keys=keys.present,
                    rotate=keys.rotate,
                    make_client=make_client,
                    apps={credentials.hub_url: hub},  # our own webhook: the same request without a socket
                    allows=AllowList([f"{credentials.hub_url}/api/v4/", *node.settings.broker_allow]),
                )
            )
        except BrokerBusy:
            await anyio.sleep(_CANDIDACY_S)
            continue
        except BrokerUnusable as error:
            raise broker_unusable(error) from None
        try:
            stored = load_credentials(node.settings.data_dir, port=credentials.port)  # a hub before may have rotated
            keys.adopt(Keys(stored.current_key, stored.next_key))
            hub.routes.append(Mount("/", app=broker.app))
            await _be_hub(node, hub, broker, credentials.port)
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
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(broker.close)


async def _be_hub(node: Node, app: Starlette, broker: Broker, port: int) -> None:
    """Serve webhook and broker on the hub's port, deliver, relay and sweep, until cancelled.

    Raises:
        ConfigError: another program has the port.
    """
    sock = listen("127.0.0.1", port)
    logger.info("process %d is the hub on 127.0.0.1:%d", os.getpid(), port)
    freed = await node.store.pages.release_leases()  # whoever fetched these is gone
    await node.store.outbox.give_back_all()
    if freed:
        logger.info("📨 %d pages of the hub before go on", freed)
    metrics.waiting.set_function(lambda: broker.context.dispatcher.waiting)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(serve_app, app, sock)
        tasks.start_soon(broker.run)
        tasks.start_soon(_run_engine, node)


async def _run_engine(node: Node) -> None:
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(node.relay.run)
        days = node.settings.retention_days
        tasks.start_soon(
            lambda: run_sweeper(node.store, node.relay, finalize=node.finalizer.finalize, retention_days=days)
        )


def node_webhook_routes(node: Node) -> list[Route]:
    """Return the webhook of a node."""
    return webhook_routes(
        steps=node.steps, deliveries=node.store.deliveries, receiver=node.receiver, webhook_url=node.webhook_url
    )
