"""Schedules at the queue: QStash, or the embedded broker, calls our webhook whenever a cron expression says so."""

from typing import Protocol

import anyio
import httpx
from qstash.asyncio.schedule import AsyncScheduleApi
from qstash.errors import QStashError

from docspasta_mcp.errors import InvalidRequest, QueueError
from docspasta_mcp.model.messages import RunSchedule
from docspasta_mcp.queue.publisher import PUBLISH_TIMEOUT_S, RETRY_DELAY
from docspasta_mcp.queue.sdk import SdkClient


class Timetable(Protocol):
    """Where schedules are kept: the queue, or a test's record."""

    async def put(self, message: RunSchedule, cron: str) -> None:
        """Let a message be delivered whenever `cron` says so.

        Raises:
            InvalidRequest: the queue does not take the expression.
            QueueError: it does not answer.
        """
        ...

    async def drop(self, schedule_id: str) -> None:
        """Let no more be delivered; one that is not there is dropped already.

        Raises:
            QueueError: the queue does not answer.
        """
        ...


class QStashTimetable:
    """The schedules of QStash's API."""

    def __init__(self, client: SdkClient, *, webhook_url: str, name: str, retries: int) -> None:
        """Prepare; nothing is sent yet.

        Args:
            client: of the API.
            webhook_url: base URL of our webhook.
            name: prefix of the schedules' names there, and label of what they publish.
            retries: deliveries after the first.
        """
        self._schedules = AsyncScheduleApi(client)
        self._webhook_url = webhook_url
        self._name = name
        self._retries = retries

    async def put(self, message: RunSchedule, cron: str) -> None:
        """See `Timetable`."""
        try:
            with anyio.fail_after(PUBLISH_TIMEOUT_S):
                await self._schedules.create(
                    destination=f"{self._webhook_url}/api/v4/process",
                    cron=cron,
                    body=message.model_dump_json(by_alias=True),
                    content_type="application/json",
                    retries=self._retries,
                    retry_delay=RETRY_DELAY,
                    failure_callback=f"{self._webhook_url}/api/v4/failed",
                    schedule_id=self._id(message.schedule_id),
                    label=self._name,
                )
        except QStashError as error:
            if "cron" in str(error):
                raise InvalidRequest(f"The queue does not take the cron expression {cron!r:.100}.") from error
            raise QueueError(f"The queue did not take the schedule: {error!r}") from error
        except (httpx.HTTPError, TimeoutError) as error:
            raise QueueError(f"The queue did not answer: {error!r}.") from error

    async def drop(self, schedule_id: str) -> None:
        """See `Timetable`."""
        try:
            with anyio.fail_after(PUBLISH_TIMEOUT_S):
                await self._schedules.delete(self._id(schedule_id))
        except QStashError as error:
            if "404" not in str(error):
                raise QueueError(f"The queue did not drop the schedule: {error!r}") from error
        except (httpx.HTTPError, TimeoutError) as error:
            raise QueueError(f"The queue did not answer: {error!r}.") from error

    def _id(self, schedule_id: str) -> str:
        return f"{self._name}-{schedule_id}"
