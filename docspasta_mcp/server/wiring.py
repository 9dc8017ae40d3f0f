"""Wire a process, all but the MCP server, whose import alone takes longer than most commands.

A `Node` is what every process has: store, queue and the local owner's jobs. `run_node` adds what must run somewhere:
with QStash each server runs relay and sweeper; with the embedded broker one process of the data directory, see `hub`.
"""

import contextlib
import math
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from functools import partial

import anyio
import anyio.to_thread
from starlette.routing import Route

from docspasta_mcp.discovery.discover import Discoverer
from docspasta_mcp.discovery.robots import Robots
from docspasta_mcp.errors import ConfigError
from docspasta_mcp.extract.workers import Workers
from docspasta_mcp.fetch.editions import Editions
from docspasta_mcp.fetch.fetcher import Fetcher
from docspasta_mcp.fetch.file_sites import FileSites
from docspasta_mcp.fetch.folders import Folders
from docspasta_mcp.fetch.politeness import Politeness
from docspasta_mcp.fetch.poster import Poster, Signer
from docspasta_mcp.fetch.sites import SiteBook
from docspasta_mcp.jobs.alarm import Alarm
from docspasta_mcp.jobs.deadlines import run_deadlines
from docspasta_mcp.jobs.quota import ByteQuota
from docspasta_mcp.jobs.schedules import OwnerSchedules
from docspasta_mcp.jobs.service import OwnerJobs
from docspasta_mcp.jobs.sweeper import run_sweeper
from docspasta_mcp.model.owner import LOCAL_OWNER
from docspasta_mcp.model.owner_names import FORMER_PREFIX, owner_of_former
from docspasta_mcp.model.repository import FORGES, ForgeKind
from docspasta_mcp.pipeline.finish import PLACING_TIMEOUT_S, Finalizer
from docspasta_mcp.pipeline.index import run_indexer
from docspasta_mcp.pipeline.notify import Notifier
from docspasta_mcp.pipeline.relay import Relay
from docspasta_mcp.pipeline.scheduled import Scheduled, run_catch_up
from docspasta_mcp.pipeline.steps import Steps
from docspasta_mcp.queue.hub_credentials import Credentials, load_credentials
from docspasta_mcp.queue.operator import open_operator_client
from docspasta_mcp.queue.publisher import QStashQueue
from docspasta_mcp.queue.schedules import Timetable
from docspasta_mcp.queue.signature import Receiver
from docspasta_mcp.runtime.tuning import shorten_thread_switches, tune_allocator
from docspasta_mcp.server.hub import Hub
from docspasta_mcp.server.webhook import webhook_routes
from docspasta_mcp.settings import Settings
from docspasta_mcp.settings.sites import Sites
from docspasta_mcp.settings.values import check_secret
from docspasta_mcp.store import Database, Store
from docspasta_mcp.store.database import sqlite_url


@dataclass(frozen=True)
class Node:
    """What every process of an installation has."""

    settings: Settings
    credentials: Credentials | None
    store: Store
    queue: QStashQueue
    relay: Relay
    fetcher: Fetcher
    folders: Folders
    discoverer: Discoverer
    steps: Steps
    finalizer: Finalizer
    receiver: Receiver
    webhook_url: str
    webhook: Sequence[Route]
    scheduled: Scheduled
    notifier: Notifier | None = None
    """Tells what happened, if the operator wants somebody told."""
    hub: Hub | None = None
    """Of the embedded broker."""

    @property
    def jobs(self) -> OwnerJobs:
        """The jobs of whoever uses this machine."""
        return self.jobs_of(LOCAL_OWNER)

    def jobs_of(self, owner: str) -> OwnerJobs:
        """Return the jobs of one owner, whom a door has authenticated."""
        return OwnerJobs(
            owner,
            store=self.store,
            relay=self.relay,
            discoverer=self.discoverer,
            settings=self.settings,
            folders=self.folders,
        )

    def schedules_of(self, owner: str) -> OwnerSchedules:
        """Return the schedules of one owner."""
        return OwnerSchedules(
            owner, store=self.store, settings=self.settings, open_timetable=lambda: open_timetable(self)
        )


@contextlib.asynccontextmanager
async def open_timetable(node: Node) -> AsyncGenerator[Timetable]:
    """Connect to the schedules of the queue, or of the embedded broker's file while nothing runs."""
    async with open_operator_client(node.settings, node.hub.broker if node.hub else None) as operator:
        yield operator.timetable(
            webhook_url=node.webhook_url,
            name=node.settings.qstash_queue_name,
            retries=node.settings.qstash_max_retries,
        )


@contextlib.asynccontextmanager
async def open_node(settings: Settings) -> AsyncGenerator[Node]:
    """Open the store and connect to the queue; nothing runs yet.

    Raises:
        ConfigError: a setting cannot be used.
    """
    tune_allocator()
    shorten_thread_switches()
    credentials = load_credentials(settings.data_dir, port=settings.hub_port) if _needs_data_dir(settings) else None
    database = Database(settings.database_url or sqlite_url(settings.data_dir / "docspasta.db"))
    store = Store(database, tells_operator=bool(settings.operator_url))
    await anyio.to_thread.run_sync(store.database.migrate)
    if issuer := settings.oauth_issuer:
        await store.owners.rename(FORMER_PREFIX, lambda name: owner_of_former(name, issuer))
    queue, receiver, webhook_url = _queue(settings, credentials)
    relay = Relay(store, queue)
    sites = SiteBook(Sites.of_tables(settings.sites), settings.proxy)
    fetcher = Fetcher(timeout_s=settings.page_timeout_s, max_bytes=settings.max_page_bytes, sites=sites)
    workers, robots = Workers(settings.workers), Robots(fetcher)
    folders = Folders(settings.folders, settings.data_dir / "folders")
    forges = FORGES | {base: ForgeKind(kind) for base, kind in settings.forges.items()}
    fetcher.read_files_of(FileSites(folders, forges, fetcher, workers, max_file=settings.max_page_bytes))
    editions = Editions(fetcher, workers)
    discoverer = Discoverer(fetcher, robots, editions, workers)
    notifier = _notifier(settings, store, sites)
    finalizer = Finalizer(store, Workers(1, timeout_s=PLACING_TIMEOUT_S))
    jobs_of = partial(OwnerJobs, store=store, relay=relay, discoverer=discoverer, settings=settings, folders=folders)
    scheduled = Scheduled(store, jobs_of)
    steps = Steps(
        store=store,
        relay=relay,
        fetcher=fetcher,
        robots=robots,
        editions=editions,
        discoverer=discoverer,
        politeness=Politeness(settings.qstash_concurrency, sites=sites),
        workers=workers,
        byte_quota=ByteQuota(store, most=settings.owner_bytes),
        finalizer=finalizer,
        max_retries=settings.qstash_max_retries,
        lease_s=settings.lease_s,
        notifier=notifier,
        scheduled=scheduled,
    )
    webhook = webhook_routes(steps=steps, deliveries=store.deliveries, receiver=receiver, webhook_url=webhook_url)
    hub = (
        Hub(settings, credentials, receiver=receiver, webhook=webhook, store=store)
        if settings.is_embedded and credentials
        else None
    )
    try:
        yield Node(
            settings=settings,
            credentials=credentials,
            store=store,
            queue=queue,
            relay=relay,
            fetcher=fetcher,
            folders=folders,
            discoverer=discoverer,
            steps=steps,
            finalizer=finalizer,
            receiver=receiver,
            webhook_url=webhook_url,
            webhook=webhook,
            scheduled=scheduled,
            notifier=notifier,
            hub=hub,
        )
    finally:
        with anyio.CancelScope(shield=True):
            await queue.aclose()
            await fetcher.aclose()
            if notifier is not None:
                await notifier.aclose()
            await anyio.to_thread.run_sync(store.close)


async def run_node(node: Node, *, patient: bool = True) -> None:
    """Run what must run in the background, for ever.

    Args:
        node: the process.
        patient: whether to go on trying while another program has the hub's port.

    Raises:
        ConfigError: another program has the hub's port, and `patient` is false.
    """
    if node.hub is not None:
        await node.hub.run(partial(_run_engine, node), patient=patient)
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


def _notifier(settings: Settings, store: Store, sites: SiteBook) -> Notifier | None:
    secret = settings.notify_secret
    if secret is None:
        return None
    poster = Poster(Signer(check_secret(secret.get_secret_value())), clock=store.clock, sites=sites)
    return Notifier(store, poster, settings.operator_url, settings.allow_private)


def _alarm(node: Node) -> Alarm | None:
    """Return what tells the operator that the queue stands still, if they want to be told."""
    notifier = node.notifier
    if notifier is None or not notifier.operator_url:
        return None
    return Alarm(node.store, lambda event, data, id: notifier.tell_operator(event, data, id=id))


async def _run_engine(node: Node) -> None:
    """Publish outbox messages, keep deadlines and sweep."""
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(node.relay.run)
        deadline_s = node.settings.job_deadline_s
        tasks.start_soon(lambda: run_deadlines(node.store, finalize=node.finalizer.finalize, job_deadline_s=deadline_s))
        tasks.start_soon(run_indexer, node.store)
        if node.hub is None:  # the embedded broker itself knows what fell due while nothing ran
            tasks.start_soon(run_catch_up, node.scheduled)
        days = node.settings.retention_days
        tasks.start_soon(
            lambda: run_sweeper(
                node.store, node.relay, finalize=node.finalizer.finalize, retention_days=days, alarm=_alarm(node)
            )
        )
