"""Publish messages through the official QStash SDK, whether QStash or the embedded broker takes them."""

import hashlib
import json
import math
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

import anyio
import httpx
from qstash.asyncio.message import AsyncMessageApi
from qstash.errors import QStashError
from qstash.message import BatchRequest, FlowControl

from docspasta_mcp import metrics
from docspasta_mcp.errors import PublishFailed
from docspasta_mcp.model.counted import counted
from docspasta_mcp.model.messages import OutboxMessage, ProcessUrl, StartCrawl
from docspasta_mcp.queue.sdk import SdkClient

PUBLISH_TIMEOUT_S = 15  # the SDK itself would wait for ten minutes
RETRY_DELAY = "min(60000, 2000 * pow(3, retried))"  # ms: 2, 6, 18 s; QStash's default is 12 s, 2.5 min, 30 min


class Queue(Protocol):
    """Where messages go: QStash, or a test's record."""

    async def publish(self, messages: Sequence[OutboxMessage]) -> None:
        """Hand over up to 100 messages.

        Raises:
            PublishFailed: it is not certain that the queue has them all. Publishing them again does no harm.
        """
        ...


class QStashQueue:
    """QStash's API, spoken by its SDK."""

    def __init__(
        self,
        *,
        url: str,
        token: str,
        webhook_url: str,
        name: str,
        concurrency: int,
        retries: int,
        delivery_timeout_s: int,
        trust_env: bool,
    ) -> None:
        """Prepare a client; nothing is sent yet.

        Args:
            url: base URL of the API.
            token: its bearer token.
            webhook_url: base URL of our webhook; messages go to `/api/v4/process` below it.
            name: prefix of flow-control keys, and the label of every message.
            concurrency: an owner's messages for one site that are in delivery at the same time.
            retries: deliveries after the first.
            delivery_timeout_s: for one webhook call: more than a page's lease.
            trust_env: whether proxy variables of the environment apply.
        """
        self.url = url
        self.token = token
        self._client = SdkClient(url, token, timeout_s=PUBLISH_TIMEOUT_S, trust_env=trust_env)
        self._messages = AsyncMessageApi(self._client)
        self._webhook_url = webhook_url
        self._name = name
        self._concurrency = concurrency
        self._retries = retries
        self._delivery_timeout_s = delivery_timeout_s

    async def publish(self, messages: Sequence[OutboxMessage]) -> None:
        """Hand the messages over in one batch call; see `Queue`."""
        try:
            with anyio.fail_after(PUBLISH_TIMEOUT_S):
                await self._messages.batch([self._request(one) for one in messages])
        except TimeoutError as error:
            raise PublishFailed(f"The queue did not answer within {PUBLISH_TIMEOUT_S} s.") from error
        except (QStashError, httpx.HTTPError, KeyError, json.JSONDecodeError) as error:
            # KeyError: a batch taken in part has answers without an id; all are published again with the same ids.
            raise PublishFailed(f"The queue did not take {counted(len(messages), 'message')}: {error!r}") from error

    def take_near(self, near: Callable[[bytes], Awaitable[Any]] | None) -> None:
        """Hand batches to a broker in this process instead of calling it; None: call it again.

        It raises `PublishFailed` like a call that fails.
        """
        self._client.near = near

    async def aclose(self) -> None:
        """Close the client's connections."""
        await self._client.aclose()

    def _request(self, stored: OutboxMessage) -> BatchRequest:
        request = BatchRequest(
            url=f"{self._webhook_url}/api/v4/process",
            body=stored.message.model_dump_json(by_alias=True),
            content_type="application/json",
            retries=self._retries,
            retry_delay=RETRY_DELAY,
            timeout=self._delivery_timeout_s,
            deduplication_id=f"{stored.message.job_id}-{stored.id}",
            failure_callback=f"{self._webhook_url}/api/v4/failed",
            label=self._name,
        )
        if trace := metrics.publishing(stored.message.type, stored.message.job_id):
            request["headers"] = trace
        if flow := self._flow(stored):
            request["flow_control"] = flow
        return request

    def _flow(self, stored: OutboxMessage) -> FlowControl | None:
        """Return what bounds a message: its owner's share of a site, or of discoveries.

        Nobody waits behind another's thousand pages. A site that asks for a pause between requests is the exception:
        only one key for all owners keeps it over all servers.
        """
        match stored.message:
            case ProcessUrl() if stored.crawl_delay_s:
                period_s = math.ceil(stored.crawl_delay_s)
                return FlowControl(key=self._key(stored.origin), parallelism=self._concurrency, rate=1, period=period_s)
            case ProcessUrl(user_id=owner):
                return FlowControl(key=self._key(stored.origin, owner), parallelism=self._pages_at_once)
            case StartCrawl(user_id=owner):
                return FlowControl(key=self._key("start", owner), parallelism=self._concurrency)
            case _:
                return None

    @property
    def _pages_at_once(self) -> int:
        """Pages of one site under way: more than are fetched at a time, where all are fetched in this process.

        `fetch.politeness` bounds its requests then, and the others are read and stored meanwhile. No page waits there
        for more than one answer of the site, unless it has a lower number of its own or has asked for a pause.
        """
        return self._concurrency if self._client.near is None else 2 * self._concurrency

    def _key(self, *parts: str) -> str:
        """Hash what a key stands for: it may hold only letters, digits and `_.-`."""
        return f"{self._name}-{hashlib.sha256(' '.join(parts).encode()).hexdigest()[:16]}"
