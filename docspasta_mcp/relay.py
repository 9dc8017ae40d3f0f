"""Publish what the outbox owes. Whoever committed something sends it at once; `run` retries what could not go."""

import logging

import anyio

from docspasta_mcp.errors import PublishFailed
from docspasta_mcp.failpoints import failpoint
from docspasta_mcp.queue.publisher import Queue
from docspasta_mcp.store import Store

logger = logging.getLogger(__name__)

_IDLE_S = 30.0  # what another process left behind is found within this time
_FIRST_RETRY_S = 0.5


class Relay:
    """Carries messages from the outbox to the queue."""

    def __init__(self, store: Store, queue: Queue) -> None:
        self._store = store
        self._queue = queue
        self._wake = anyio.Event()

    async def send(self, job_id: str | None = None) -> bool:
        """Publish all that is owed, for one job or for all. Return False if the queue would not take it now."""
        while owed := await self._store.outbox.owed(job_id):
            failpoint("relay.read")
            try:
                await self._queue.publish(owed)
            except PublishFailed as error:
                logger.info("📨 %d messages wait for the queue: %s", len(owed), error)
                self._wake.set()
                return False
            failpoint("relay.published")
            await self._store.outbox.mark_sent([one.id for one in owed])
            failpoint("relay.marked")
            logger.debug("📨 published %d messages", len(owed))
        return True

    async def run(self) -> None:
        """Send what is left over, for ever: at once, after every failure with a growing pause, and now and then."""
        retry_s = _FIRST_RETRY_S
        while True:
            self._wake = anyio.Event()
            if await self.send():
                retry_s = _FIRST_RETRY_S
                with anyio.move_on_after(_IDLE_S):
                    await self._wake.wait()
            else:
                await anyio.sleep(retry_s)
                retry_s = min(2 * retry_s, _IDLE_S)
