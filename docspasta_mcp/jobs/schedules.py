"""What a caller may ask of schedules: add one, list them, remove one. Each run is an ordinary crawl of its owner."""

import json
import secrets
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol, Unpack

from docspasta_mcp.broker.cron import next_time_ms
from docspasta_mcp.broker.errors import BadRequest
from docspasta_mcp.errors import DocspastaError, InvalidRequest, InvalidSeedUrl
from docspasta_mcp.jobs.crawl_request import check_seed, crawl_options, parsed_seed
from docspasta_mcp.model.crawl_choices import CrawlChoices
from docspasta_mcp.model.folder import folder_name
from docspasta_mcp.model.messages import RunSchedule
from docspasta_mcp.model.schedule import CrawlSchedule
from docspasta_mcp.queue.schedules import Timetable
from docspasta_mcp.settings import Settings
from docspasta_mcp.store import Store
from docspasta_mcp.wording import words

MAX_SCHEDULES = 50  # of one owner
MIN_INTERVAL_S = 3_600.0  # between two runs: manuals change more slowly, and each run asks for all pages
_LOOKED_AT = 50  # firings that are compared with the next


class OpenTimetable(Protocol):
    """Connects to the queue's schedules."""

    def __call__(self) -> AbstractAsyncContextManager[Timetable]:
        """Return the connection."""
        ...


class OwnerSchedules:
    """The schedules of one owner."""

    def __init__(self, owner: str, *, store: Store, settings: Settings, open_timetable: OpenTimetable) -> None:
        self._owner = owner
        self._store = store
        self._settings = settings
        self._open = open_timetable

    async def add(self, url: str, cron: str, **choices: Unpack[CrawlChoices]) -> CrawlSchedule:
        """Crawl a site again whenever a cron expression says so; what is there already stays one schedule.

        Args:
            url: any page of the manual.
            cron: five fields, in UTC.
            choices: limits, globs and the rest, as `OwnerJobs.start` takes them.

        Raises:
            InvalidSeedUrl: the URL cannot be crawled.
            InvalidRequest: the text is not a cron expression, or asks for more than a run an hour; an option is
                out of its range; or there are too many schedules.
            QueueError: the queue does not answer.
        """
        given: dict[str, Any] = {name: value for name, value in choices.items() if value not in (None, "", (), [])}
        if not given.get("delay_seconds"):
            given.pop("delay_seconds", None)  # none was chosen; a threshold or a depth of 0 is a choice
        checked = crawl_options(self._settings, choices)
        seed = parsed_seed(url)
        if (name := folder_name(seed)) and name not in self._settings.folders:
            raise InvalidSeedUrl(f"No folder {name!r} has a name on this server: DOCSPASTA_FOLDERS gives names.")
        check_seed(seed, checked)
        now = self._store.clock()
        check_cron(cron, now=now)
        known = await self.list()
        wanted = (seed, cron, _plain(given))
        same = [one for one in known if (one.url, one.cron, _plain(one.options)) == wanted]
        if len(known) >= MAX_SCHEDULES and not same:
            raise InvalidRequest(f"You have {MAX_SCHEDULES} schedules already; remove one first.")
        made = CrawlSchedule(
            id=secrets.token_hex(6), owner=self._owner, url=seed, cron=cron, options=given, created_at=now, ran_at=None
        )
        schedule = same[0] if same else made
        if not same:
            await self._store.schedules.add(schedule)
        try:
            async with self._open() as timetable:
                await timetable.put(message_of(schedule, now=now), cron)
        except DocspastaError:
            if not same:
                await self._store.schedules.remove(schedule.id, owner=self._owner)
            raise
        return schedule

    async def list(self) -> Sequence[CrawlSchedule]:
        """Return the owner's schedules, oldest first."""
        return await self._store.schedules.list(owner=self._owner)

    async def remove(self, schedule_id: str) -> None:
        """End a schedule. Crawls that it started go on.

        Raises:
            InvalidRequest: the owner has no such schedule.
            QueueError: the queue does not answer; the schedule is still there.
        """
        if await self._store.schedules.get(schedule_id, owner=self._owner) is None:
            raise InvalidRequest(f"No schedule {schedule_id!r:.50}. {words().see_schedules}")
        async with self._open() as timetable:
            await timetable.drop(schedule_id)
        await self._store.schedules.remove(schedule_id, owner=self._owner)

    async def remove_all(self) -> int:
        """End all schedules of the owner and return how many; the queue is asked only if there are any.

        Raises:
            QueueError: the queue does not answer; what is left of the schedules is still there.
        """
        known = await self.list()
        if known:
            async with self._open() as timetable:
                for one in known:
                    await timetable.drop(one.id)
                    await self._store.schedules.remove(one.id, owner=self._owner)
        return len(known)


def _plain(options: dict[str, Any]) -> str:
    """Return options as they are stored, whether they are yet or not."""
    return json.dumps(options, sort_keys=True)


def message_of(schedule: CrawlSchedule, *, now: float) -> RunSchedule:
    """Return the message that the queue delivers at each run."""
    return RunSchedule(schedule_id=schedule.id, user_id=schedule.owner, timestamp=int(now * 1000))


def check_cron(cron: str, *, now: float) -> None:
    """Refuse what never fires or fires too often.

    Raises:
        InvalidRequest: the text is not a cron expression, or two runs would be less than an hour apart.
    """
    moment = int(now * 1000)
    try:
        before = next_time_ms(cron, after_ms=moment)
        for _ in range(_LOOKED_AT):
            following = next_time_ms(cron, after_ms=before)
            if following - before < MIN_INTERVAL_S * 1000:
                raise InvalidRequest(f"cron is {cron!r:.100}: that is more than a run an hour.")
            before = following
    except BadRequest as error:
        raise InvalidRequest(f"{error!s:.200}. Give five fields, as in '0 3 * * 1' for Mondays at three.") from None
