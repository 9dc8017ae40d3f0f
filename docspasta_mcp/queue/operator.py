"""What an operator asks of the queue: its figures, pause and resume, and the dead letters.

The dead letters are reached through QStash's own API, so that everything about them works on QStash as well.
Figures and the switch are the embedded broker's.
"""

from collections.abc import Sequence
from typing import Any

import httpx
from qstash.asyncio.dlq import AsyncDlqApi
from qstash.dlq import DlqMessage
from qstash.errors import QStashError

from docspasta_mcp.errors import InvalidRequest, QueueError
from docspasta_mcp.queue.sdk import SdkClient

_TIMEOUT_S = 15
PAGE = 100
"""Dead letters a page: the API's limit."""


class Operations:
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


def _translated(error: Exception) -> Exception:
    if isinstance(error, httpx.HTTPError):
        return QueueError(f"The queue did not answer: {error!r}.")
    if "status: 404" in str(error):
        return InvalidRequest("No dead letter of this id. `docspasta-mcp dlq list` shows those that exist.")
    return QueueError(f"The queue refused: {error}")
