"""Publish outbox messages. Writers publish right after commit; `run` retries failures."""

import logging
from collections.abc import Sequence

import anyio

from docspasta_mcp import metrics
from docspasta_mcp.errors import PublishFailed
from docspasta_mcp.model.messages import OutboxMessage
from docspasta_mcp.queue.publisher import Queue
from docspasta_mcp.runtime.failpoints import failpoint
from docspasta_mcp.store import Store
from docspasta_mcp.store.outbox import BATCH

logger = logging.getLogger(__name__)

_IDLE_S = 30.0  # what another process left behind is found within this time
_FIRST_RETRY_S = 0.5
_SOON_S = 0.8  # start_crawl answers within a second, whatever the queue does


class Relay:
    """Carries messages from the outbox to the queue."""

    def __init__(self, store: Store, queue: Queue) -> None:
        self._store = store
        self._queue = queue
        self._wake = anyio.Event()
        self._turn = anyio.Lock()
        self._rounds = 0
        self._went = True

    async def send(self) -> bool:
        """Publish all outbox messages. Return False if the queue did not accept them.

        One round is under way at a time; whoever calls meanwhile shares the next, so that the messages of many pages
        go in one batch.
        """
        seen = self._rounds
        async with self._turn:
            if self._rounds == seen:  # else a round began after our call and has seen what we committed
                self._rounds += 1
                self._went = False
                self._went = await self._round()
            return self._went

    async def _round(self) -> bool:
        while messages := await self._store.outbox.claim():
            failpoint("relay.read")
            try:
                await self._queue.publish(messages)
            except PublishFailed as error:
                metrics.publish_failures.inc()
                logger.info("📨 %d messages wait for the queue: %s", len(messages), error)
                await self._release(messages)
                return False
            except BaseException:  # whoever waited has no more time: the next round publishes them again
                with anyio.CancelScope(shield=True):
                    await self._release(messages)
                raise
            failpoint("relay.published")
            metrics.published.inc(len(messages))
            await self._store.outbox.mark_sent([one.id for one in messages])
            failpoint("relay.marked")
            logger.debug("📨 published %d messages", len(messages))
            if len(messages) < BATCH:
                break
        return True

    async def _release(self, messages: Sequence[OutboxMessage]) -> None:
        await self._store.outbox.release([one.id for one in messages])
        self._wake.set()

    async def send_soon(self) -> None:
        """Publish outbox messages if the queue accepts them within a second; otherwise `run` does."""
        with anyio.move_on_after(_SOON_S):
            await self.send()

    async def run(self) -> None:
        """Publish leftover messages, forever: at once, after failures with growing pauses, and periodically."""
        retry_s = _FIRST_RETRY_S
        while True:
            self._wake = anyio.Event()
            try:
                went = await self.send()
            except Exception:
                logger.exception("❌ the outbox could not be read; it is tried again")
                went = False
            if went:
                retry_s = _FIRST_RETRY_S
                with anyio.move_on_after(_IDLE_S):
                    await self._wake.wait()
            else:
                await anyio.sleep(retry_s)
                retry_s = min(2 * retry_s, _IDLE_S)
