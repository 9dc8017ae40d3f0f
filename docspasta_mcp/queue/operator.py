"""The operator's view of the queue: its figures, pause and resume, and the dead letters.

The queue is QStash, the hub, or the embedded broker's file while nothing runs.

The dead letters are reached through QStash's own API, so that everything about them works on QStash as well.
Figures and the switch are the embedded broker's.
"""

import contextlib
from collections.abc import AsyncGenerator, Sequence
from typing import Any

import anyio
import anyio.to_thread
import httpx
from qstash.asyncio.dlq import AsyncDlqApi
from qstash.dlq import DlqMessage
from qstash.errors import QStashError

from docspasta_mcp.broker.app import Broker, open_broker
from docspasta_mcp.broker.errors import BrokerBusy, BrokerUnusable
from docspasta_mcp.broker.signing import Keys
from docspasta_mcp.errors import ConfigError, DocspastaError, InvalidRequest, QueueError
from docspasta_mcp.queue.hub_credentials import Credentials, load_credentials
from docspasta_mcp.queue.schedules import QStashTimetable
from docspasta_mcp.queue.sdk import SdkClient
from docspasta_mcp.settings import Settings

_TIMEOUT_S = 15
_PAUSE_TIMEOUT_S = 2.0  # a hub answers in a hundredth of it
PAGE = 100
"""Dead letters a page: the API's limit."""


class OperatorClient:
    """The operator's side of one queue."""

    def __init__(self, url: str, token: str, *, transport: httpx.AsyncBaseTransport | None, is_embedded: bool) -> None:
        """Prepare a client; nothing is sent yet.

        Args:
            url: base URL of the API.
            token: its bearer token.
            transport: how to get there, if not over the network.
            is_embedded: whether it is the embedded broker, and not QStash.
        """
        self._client = SdkClient(url, token, timeout_s=_TIMEOUT_S, trust_env=not is_embedded, transport=transport)
        self._dead_letters = AsyncDlqApi(self._client)
        self._is_embedded = is_embedded

    def timetable(self, *, webhook_url: str, name: str, retries: int) -> QStashTimetable:
        """Return the queue's schedules; see `QStashTimetable`."""
        return QStashTimetable(self._client, webhook_url=webhook_url, name=name, retries=retries)

    async def figures(self) -> dict[str, Any]:
        """Return how many messages wait, are in flight and are dead, by flow-control key and queue.

        Raises:
            InvalidRequest: it is QStash's queue.
            QueueError: the queue does not answer.
        """
        return await self._broker("GET", "")

    async def set_paused(self, *, paused: bool) -> None:
        """Stop or start all deliveries.

        Raises:
            InvalidRequest: it is QStash's queue.
            QueueError: the queue does not answer.
        """
        await self._broker("POST", "/pause" if paused else "/resume")

    async def dead_letters(
        self, *, cursor: str | None = None, count: int = PAGE
    ) -> tuple[list[DlqMessage], str | None]:
        """Return a page of dead letters, oldest first, and the cursor of the next one if there is one.

        Raises:
            QueueError: the queue does not answer.
        """
        try:
            page = await self._dead_letters.list(cursor=cursor, count=count)
        except (QStashError, httpx.HTTPError) as error:
            raise _translated(error) from error
        return page.messages, page.cursor

    async def dead_letter(self, dlq_id: str) -> dict[str, Any]:
        """Return one dead letter as the API's JSON.

        Raises:
            InvalidRequest: there is none of this id.
            QueueError: the queue does not answer.
        """
        return await self._request("GET", f"/v2/dlq/{dlq_id}")

    async def retry(self, dlq_id: str) -> str:
        """Publish one dead letter again; return the id of the new message.

        Raises:
            InvalidRequest: there is none of this id.
            QueueError: the queue does not answer.
        """
        return (await self._request("POST", f"/v2/dlq/retry/{dlq_id}"))["messageId"]

    async def delete(self, dlq_ids: Sequence[str]) -> int:
        """Delete dead letters; return how many there were.

        Raises:
            QueueError: the queue does not answer.
        """
        try:
            return await self._dead_letters.delete_many(list(dlq_ids))
        except (QStashError, httpx.HTTPError) as error:
            raise _translated(error) from error

    async def aclose(self) -> None:
        """Close the client's connections."""
        await self._client.aclose()

    async def _broker(self, method: Any, path: str) -> dict[str, Any]:
        if not self._is_embedded:
            raise InvalidRequest(
                "QStash shows and pauses its queue at https://console.upstash.com/qstash. The dlq commands work here."
            )
        return await self._request(method, f"/broker{path}")

    async def _request(self, method: Any, path: str) -> dict[str, Any]:
        try:
            return await self._client.request(path=path, method=method)
        except (QStashError, httpx.HTTPError) as error:
            raise _translated(error) from error


@contextlib.asynccontextmanager
async def open_operator_client(settings: Settings, broker: Broker | None = None) -> AsyncGenerator[OperatorClient]:
    """Connect to the queue. Nothing is delivered by this client.

    Args:
        settings: say which queue it is.
        broker: the embedded broker, if this process serves it: it is asked without a socket.

    Raises:
        ConfigError: a setting cannot be used.
    """
    if settings.qstash_token is not None and not settings.is_embedded:
        token = settings.qstash_token.get_secret_value()
        async with _client(settings.qstash_url, token, None, is_embedded=False) as client:
            yield client
        return
    credentials = load_credentials(settings.data_dir, port=settings.hub_port)
    idle = None if broker else await anyio.to_thread.run_sync(_idle_broker, settings, credentials)
    try:
        async with _client(credentials.hub_url, credentials.token, broker or idle, is_embedded=True) as client:
            yield client
    finally:
        if idle:
            await anyio.to_thread.run_sync(idle.close)


def _client(
    url: str, token: str, broker: Broker | None, *, is_embedded: bool
) -> contextlib.AbstractAsyncContextManager[OperatorClient]:
    transport = httpx.ASGITransport(broker.app) if broker else None
    return contextlib.aclosing(OperatorClient(url, token, transport=transport, is_embedded=is_embedded))


def broker_unusable(error: BrokerUnusable) -> ConfigError:
    """Return the error that tells a person what to do about a broker's file that cannot be opened."""
    return ConfigError(f"{error} If it is damaged, move it away and start again; running crawls go on.")


async def is_paused(settings: Settings) -> bool:
    """Tell whether an operator has paused the embedded broker; QStash, and a hub that only starts, do not say."""
    if settings.is_embedded:
        # another program may have the hub's port, and answer anything or nothing
        with (
            contextlib.suppress(DocspastaError, ValueError, LookupError, TypeError),
            anyio.move_on_after(_PAUSE_TIMEOUT_S),
        ):
            async with open_operator_client(settings) as operator:
                return (await operator.figures())["isPaused"]
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


def _translated(error: Exception) -> Exception:
    if isinstance(error, httpx.HTTPError):
        return QueueError(f"The queue did not answer: {error!r}.")
    if "status: 404" in str(error):
        return InvalidRequest("No dead letter of this id. `docspasta-mcp dlq list` shows those that exist.")
    return QueueError(f"The queue refused: {error}")
