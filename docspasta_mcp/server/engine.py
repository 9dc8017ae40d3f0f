"""What works on crawls in a process: queue, fetcher, workers and steps, wired to one store.

A process that only reads the store, as most commands do, never loads this file: its imports take a third of a second.
"""

import math
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from starlette.routing import Route

from docspasta_mcp.discovery.discover import Discoverer
from docspasta_mcp.discovery.robots import Robots
from docspasta_mcp.errors import ConfigError
from docspasta_mcp.extract.workers import Workers
from docspasta_mcp.fetch.browser.chromium import Chromium
from docspasta_mcp.fetch.browser.finding import find_browser
from docspasta_mcp.fetch.browser.launching import BrowserSettings
from docspasta_mcp.fetch.editions import Editions
from docspasta_mcp.fetch.fetcher import Fetcher
from docspasta_mcp.fetch.file_sites import FileSites
from docspasta_mcp.fetch.folders import Folders
from docspasta_mcp.fetch.politeness import Politeness
from docspasta_mcp.fetch.poster import Poster, Signer
from docspasta_mcp.fetch.sites import SiteBook
from docspasta_mcp.jobs.quota import ByteQuota
from docspasta_mcp.jobs.service import CrawlParts, OwnerJobs
from docspasta_mcp.model.repository import FORGES, ForgeKind
from docspasta_mcp.pipeline.finish import PLACING_TIMEOUT_S, Finalizer
from docspasta_mcp.pipeline.notify import Notifier
from docspasta_mcp.pipeline.relay import Relay
from docspasta_mcp.pipeline.scheduled import Scheduled
from docspasta_mcp.pipeline.steps import Steps
from docspasta_mcp.queue.publisher import QStashQueue
from docspasta_mcp.queue.signature import Receiver
from docspasta_mcp.server.hub import Hub
from docspasta_mcp.server.webhook import webhook_routes
from docspasta_mcp.settings.sites import Sites
from docspasta_mcp.settings.values import check_secret

if TYPE_CHECKING:
    from collections.abc import Sequence

    from docspasta_mcp.queue.hub_credentials import Credentials
    from docspasta_mcp.settings import Settings
    from docspasta_mcp.store import Store

JOIN_S = 3.0  # a first look at a site takes about one


@dataclass(frozen=True)
class Engine:
    """The parts that crawl. Nothing of them runs until `run_node`."""

    queue: QStashQueue
    relay: Relay
    fetcher: Fetcher
    folders: Folders
    discoverer: Discoverer
    steps: Steps
    finalizer: Finalizer
    workers: Workers
    receiver: Receiver
    webhook_url: str
    webhook: "Sequence[Route]"
    scheduled: Scheduled
    renderer: Chromium | None
    """Renders pages, if there is a browser."""
    notifier: Notifier | None
    """Tells what happened, if the operator wants somebody told."""
    hub: Hub | None
    """Of the embedded broker."""

    @property
    def parts(self) -> CrawlParts:
        """Return what an owner's jobs are started with."""
        return CrawlParts(self.relay, self.discoverer, self.folders, join_s=JOIN_S)

    async def aclose(self) -> None:
        """Close all connections, once no process is being started any more."""
        await self.workers.settle()
        await self.queue.aclose()
        if self.renderer is not None:
            await self.renderer.aclose()
        await self.fetcher.aclose()
        if self.notifier is not None:
            await self.notifier.aclose()


def build_engine(settings: "Settings", store: "Store", credentials: "Credentials | None") -> Engine:
    """Wire the parts that crawl.

    Raises:
        ConfigError: a setting cannot be used.
    """
    queue, receiver, webhook_url = _queue(settings, credentials)
    relay = Relay(store, queue)
    sites = SiteBook(Sites.of_tables(settings.sites), settings.proxy)
    fetcher = Fetcher(timeout_s=settings.page_timeout_s, max_bytes=settings.max_page_bytes, sites=sites)
    workers, robots = Workers(settings.workers), Robots(fetcher)
    folders = Folders.of_settings(settings)
    forges = FORGES | {base: ForgeKind(kind) for base, kind in settings.forges.items()}
    fetcher.read_files_of(FileSites(folders, forges, fetcher, workers, max_file=settings.max_page_bytes))
    editions = Editions(fetcher, workers)
    renderer = open_renderer(settings, fetcher)
    warm = renderer.warm if renderer is not None else lambda: None
    discoverer = Discoverer(fetcher, robots, editions, workers, on_shell=warm)
    notifier = _notifier(settings, store, sites)
    finalizer = Finalizer(store, Workers(1, timeout_s=PLACING_TIMEOUT_S))
    parts = CrawlParts(relay, discoverer, folders)
    jobs_of = partial(OwnerJobs, store=store, settings=settings, parts=lambda: parts)
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
        renderer=renderer,
        notifier=notifier,
        scheduled=scheduled,
    )
    webhook = webhook_routes(steps=steps, deliveries=store.deliveries, receiver=receiver, webhook_url=webhook_url)
    hub = (
        Hub(settings, credentials, receiver=receiver, webhook=webhook, store=store, queue=queue)
        if settings.is_embedded and credentials
        else None
    )
    return Engine(
        queue=queue,
        relay=relay,
        fetcher=fetcher,
        folders=folders,
        discoverer=discoverer,
        steps=steps,
        finalizer=finalizer,
        workers=workers,
        receiver=receiver,
        webhook_url=webhook_url,
        webhook=webhook,
        scheduled=scheduled,
        renderer=renderer,
        notifier=notifier,
        hub=hub,
    )


def open_renderer(settings: "Settings", fetcher: Fetcher) -> Chromium | None:
    """Return what renders pages; None where there is no browser, or the operator wants none."""
    modes = {settings.render, *(site.render for site in settings.sites.values())}
    program = find_browser(settings.browser).program if modes - {"never", None} else None
    if program is None:
        return None
    has_sandbox = settings.browser_sandbox == "on"
    how = BrowserSettings(program, has_sandbox, isolated=fetcher.sites.with_credentials)
    return Chromium(how, fetcher, still_s=settings.render_timeout_s, max_bytes=settings.max_page_bytes)


def _queue(settings: "Settings", credentials: "Credentials | None") -> tuple[QStashQueue, Receiver, str]:
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


def _notifier(settings: "Settings", store: "Store", sites: SiteBook) -> Notifier | None:
    secret = settings.notify_secret
    if secret is None:
        return None
    poster = Poster(Signer(check_secret(secret.get_secret_value())), clock=store.clock, sites=sites)
    return Notifier(store, poster, settings.operator_url, settings.allow_private)
