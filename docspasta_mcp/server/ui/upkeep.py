"""What operators keep in order beside the queue: schedules, access tokens, what owners have stored, health."""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from docspasta_mcp.broker.cron import next_time_ms
from docspasta_mcp.errors import CallerError, InvalidRequest
from docspasta_mcp.jobs.schedules import OwnerSchedules
from docspasta_mcp.model.owner import LOCAL_OWNER, OWNER_NAME_RULE, is_owner_name
from docspasta_mcp.model.schedule import CrawlSchedule
from docspasta_mcp.server.ui.guard import Form, changing, go_to, viewing, visitor_of
from docspasta_mcp.server.ui.operating import only_operators
from docspasta_mcp.server.ui.templates import show
from docspasta_mcp.store import Store

if TYPE_CHECKING:
    from docspasta_mcp.server.checks import CheckResult

UPKEEP = "/ui/upkeep"
MAX_OWNERS = 50
_MAX_DAYS = 36_500
_WHOLE = re.compile(r"[0-9]{1,5}")

Check = Callable[[], "Awaitable[Sequence[CheckResult]]"]
SchedulesOf = Callable[[str], OwnerSchedules]


@dataclass(frozen=True, slots=True)
class Due:
    """A schedule, when it is due next, in Unix seconds, and whether its owner has no token any more to end it with."""

    schedule: CrawlSchedule
    next_at: float
    is_left: bool


def upkeep_routes(store: Store, schedules_of: SchedulesOf, check: Check) -> list[Route]:
    """Return the page and its actions; everybody but an operator gets a 404."""

    async def upkeep(request: Request) -> Response:
        only_operators(request)
        return await _shown(request, store)

    async def add_schedule(request: Request, form: Form) -> Response:
        only_operators(request)
        try:
            await schedules_of(visitor_of(request).owner).add(form.get("url", "").strip(), form.get("cron", "").strip())
        except CallerError as error:
            return await _shown(request, store, problem=str(error), form=form)
        return go_to(request, f"{UPKEEP}#schedules")

    async def remove_schedule(request: Request, form: Form) -> Response:
        only_operators(request)
        await schedules_of(form.get("owner", "")).remove(form.get("id", ""))
        return go_to(request, f"{UPKEEP}#schedules")

    async def create_token(request: Request, form: Form) -> Response:
        only_operators(request)
        owner, days = form.get("owner", "").strip(), form.get("days", "").strip()
        try:
            _check_token(owner, days)
        except InvalidRequest as error:
            return await _shown(request, store, problem=str(error), form=form)
        is_operator = form.get("operator") == "on"
        _, secret = await store.access.create(owner, days=float(days) if days else None, is_operator=is_operator)
        return await _shown(request, store, secret=secret, secret_of=owner)

    async def revoke_token(request: Request, form: Form) -> Response:
        only_operators(request)
        if not await store.access.revoke(form.get("id", "")):
            raise InvalidRequest("There is no such token any more. Reload the page.")
        return go_to(request, f"{UPKEEP}#tokens")

    async def examine(request: Request, _form: Form) -> Response:
        only_operators(request)
        return await _shown(request, store, findings=await check())

    return [
        viewing(UPKEEP, upkeep),
        changing(f"{UPKEEP}/check", examine),
        changing(f"{UPKEEP}/schedules/add", add_schedule),
        changing(f"{UPKEEP}/schedules/remove", remove_schedule),
        changing(f"{UPKEEP}/tokens/create", create_token),
        changing(f"{UPKEEP}/tokens/revoke", revoke_token),
    ]


def _check_token(owner: str, days: str) -> None:
    if not is_owner_name(owner):
        raise InvalidRequest(f"{owner!r:.80} is not a name for an owner: {OWNER_NAME_RULE}")
    if days and not (_WHOLE.fullmatch(days) and 1 <= int(days) <= _MAX_DAYS):
        raise InvalidRequest(f"Days is {days!r:.40}; give 1 to {_MAX_DAYS:,}, or leave it empty for no end.")


async def _shown(
    request: Request, store: Store, *, problem: str = "", form: Form | None = None, **made: Any
) -> Response:
    now, tokens = store.clock(), await store.access.list()
    holders = {LOCAL_OWNER, *(one.owner for one in tokens if one.expires_at is None or one.expires_at > now)}
    schedules = [Due(one, _next(one, now), one.owner not in holders) for one in await store.schedules.list(owner=None)]
    values: dict[str, Any] = {
        "secret": "",
        "secret_of": "",
        "findings": None,
        **made,
        "form": form or {},
        "problem": problem,
    }
    return show(
        request, "upkeep.html", 400 if problem else 200, schedules=schedules,
        usage=await store.usage.by_owner(limit=MAX_OWNERS), tokens=tokens,
        takes_tokens=request.state.sessions.takes_tokens, **values,
    )  # fmt: skip


def _next(schedule: CrawlSchedule, now: float) -> float:
    return next_time_ms(schedule.cron, after_ms=int(now * 1000)) / 1000
