"""Wire a process, all but the MCP server, whose import alone takes longer than most commands.

A `Node` is what every process has: settings, store and the owners' jobs; what crawls is made when it is first used.
`run_node` adds what must run somewhere: with QStash each server runs relay and sweeper; with the embedded broker one
process of the data directory, see `hub`.
"""

import contextlib
from collections.abc import AsyncGenerator
from functools import cached_property, partial
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread

from docspasta_mcp.jobs.service import OwnerJobs
from docspasta_mcp.model.owner import LOCAL_OWNER
from docspasta_mcp.queue.hub_credentials import Credentials, load_credentials
from docspasta_mcp.runtime.tuning import freeze_what_crawls, shorten_thread_switches, tune_allocator
from docspasta_mcp.settings import Settings
from docspasta_mcp.store import Database, Store
from docspasta_mcp.store.database import sqlite_url

if TYPE_CHECKING:
    from docspasta_mcp.document.search.meaning import Meaning
    from docspasta_mcp.jobs.alarm import Alarm
    from docspasta_mcp.jobs.schedules import OwnerSchedules
    from docspasta_mcp.queue.schedules import Timetable
    from docspasta_mcp.server.engine import Engine


class Node:
    """What every process of an installation has."""

    def __init__(
        self, settings: Settings, store: Store, credentials: Credentials | None, meaning: "Meaning | None" = None
    ) -> None:
        self.settings = settings
        self.store = store
        self.credentials = credentials
        self.meaning = meaning

    @cached_property
    def engine(self) -> "Engine":
        """What crawls, made now if it is not yet."""
        from docspasta_mcp.server.engine import build_engine  # noqa: PLC0415  # as its docstring says

        made = build_engine(self.settings, self.store, self.credentials)
        freeze_what_crawls()
        return made

    @property
    def jobs(self) -> OwnerJobs:
        """The jobs of whoever uses this machine."""
        return self.jobs_of(LOCAL_OWNER)

    def jobs_of(self, owner: str) -> OwnerJobs:
        """Return the jobs of one owner, whom a door has authenticated."""
        return OwnerJobs(
            owner,
            store=self.store,
            settings=self.settings,
            parts=lambda: self.engine.parts,
            meaning=self.meaning,
        )

    def schedules_of(self, owner: str) -> "OwnerSchedules":
        """Return the schedules of one owner."""
        from docspasta_mcp.jobs.schedules import OwnerSchedules  # noqa: PLC0415

        return OwnerSchedules(
            owner, store=self.store, settings=self.settings, open_timetable=lambda: open_timetable(self)
        )

    async def aclose(self) -> None:
        """Give back all connections."""
        if "engine" in vars(self):
            await self.engine.aclose()
        await anyio.to_thread.run_sync(self.store.close)


@contextlib.asynccontextmanager
async def open_timetable(node: Node) -> "AsyncGenerator[Timetable]":
    """Connect to the schedules of the queue, or of the embedded broker's file while nothing runs."""
    from docspasta_mcp.queue.operator import open_operator_client  # noqa: PLC0415

    hub = node.engine.hub
    async with open_operator_client(node.settings, hub.broker if hub else None) as operator:
        yield operator.timetable(
            webhook_url=node.engine.webhook_url,
            name=node.settings.qstash_queue_name,
            retries=node.settings.qstash_max_retries,
        )


@contextlib.asynccontextmanager
async def open_node(settings: Settings, *, is_store_alone: bool = False) -> AsyncGenerator[Node]:
    """Open the store; nothing runs yet, and nothing is connected to the queue.

    Args:
        settings: of the installation.
        is_store_alone: whether the queue's credentials are left alone, so that nothing can be crawled.

    Raises:
        ConfigError: a setting cannot be used.
    """
    tune_allocator()
    shorten_thread_switches()
    meaning = _meaning(settings)
    credentials: Credentials | None = None
    if _needs_data_dir(settings) and not is_store_alone:
        credentials = load_credentials(settings.data_dir, port=settings.hub_port)
    database = Database(settings.database_url or sqlite_url(settings.data_dir / "docspasta.db"))
    store = Store(database, tells_operator=bool(settings.operator_url))
    await anyio.to_thread.run_sync(store.database.migrate)
    if issuer := settings.oauth_issuer:
        from docspasta_mcp.model.owner_names import FORMER_PREFIX, owner_of_former  # noqa: PLC0415

        await store.owners.rename(FORMER_PREFIX, lambda name: owner_of_former(name, issuer))
    node = Node(settings, store, credentials, meaning)
    try:
        yield node
    finally:
        with anyio.CancelScope(shield=True):
            await node.aclose()


async def run_node(node: Node, *, patient: bool = True) -> None:
    """Run what must run in the background, for ever.

    Args:
        node: the process.
        patient: whether to go on trying while another program has the hub's port.

    Raises:
        ConfigError: another program has the hub's port, and `patient` is false; or a setting cannot be used.
    """
    if (hub := node.engine.hub) is not None:
        await hub.run(partial(_run_engine, node), patient=patient)
    else:
        await _run_engine(node)


@contextlib.asynccontextmanager
async def running_node(settings: Settings) -> AsyncGenerator[Node]:
    """Open a node with its background work, for the length of a command."""
    async with open_node(settings) as node, anyio.create_task_group() as tasks:
        tasks.start_soon(partial(run_node, node, patient=False))
        yield node
        tasks.cancel_scope.cancel()


def _meaning(settings: Settings) -> "Meaning | None":
    """Return what ranks passages by their meaning; nothing of it is imported if no model is named."""
    if not settings.semantic_model:
        return None
    from docspasta_mcp.document.search.meaning import Meaning  # noqa: PLC0415

    return Meaning(settings.semantic_model)


def _needs_data_dir(settings: Settings) -> bool:
    return settings.is_embedded or settings.database_url is None


def _alarm(node: Node) -> "Alarm | None":
    """Return what tells the operator that the queue stands still, if they want to be told."""
    from docspasta_mcp.jobs.alarm import Alarm  # noqa: PLC0415

    notifier = node.engine.notifier
    if notifier is None or not notifier.operator_url:
        return None
    return Alarm(node.store, lambda event, data, id: notifier.tell_operator(event, data, id=id))


async def _run_engine(node: Node) -> None:
    """Publish outbox messages, keep deadlines and sweep."""
    from docspasta_mcp.jobs.deadlines import run_deadlines  # noqa: PLC0415
    from docspasta_mcp.jobs.sweeper import run_sweeper  # noqa: PLC0415
    from docspasta_mcp.pipeline.index import run_indexer  # noqa: PLC0415
    from docspasta_mcp.pipeline.scheduled import run_catch_up  # noqa: PLC0415

    engine = node.engine
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(engine.relay.run)
        deadline_s, finalize = node.settings.job_deadline_s, engine.finalizer.finalize
        tasks.start_soon(lambda: run_deadlines(node.store, finalize=finalize, job_deadline_s=deadline_s))
        tasks.start_soon(run_indexer, node.store)
        if engine.hub is None:  # the embedded broker itself knows what fell due while nothing ran
            tasks.start_soon(run_catch_up, engine.scheduled)
        days = node.settings.retention_days
        tasks.start_soon(
            lambda: run_sweeper(node.store, engine.relay, finalize=finalize, retention_days=days, alarm=_alarm(node))
        )
