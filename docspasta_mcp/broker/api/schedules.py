"""`/v2/schedules`: publish calls that a cron expression repeats."""

from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from docspasta_mcp.broker.api import requests
from docspasta_mcp.broker.api.requests import Context
from docspasta_mcp.broker.cron import next_time_ms
from docspasta_mcp.broker.durations import duration_ms
from docspasta_mcp.broker.errors import ApiError, BadRequest
from docspasta_mcp.broker.headers import check_name, message_from_headers
from docspasta_mcp.broker.message import new_id
from docspasta_mcp.broker.scheduler import draft_of
from docspasta_mcp.broker.store import schedules
from docspasta_mcp.broker.store.schedules import Schedule

_KEPT = ("upstash-", "content-type")  # headers of the call that each firing repeats


class SchedulesApi:
    """The schedules."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._journal = context.journal

    def routes(self) -> list[Route]:
        """Return the endpoints; pausing is PATCH for the SDKs and POST in the documentation."""
        return [
            Route("/v2/schedules", self.list_all, methods=["GET"]),
            Route("/v2/schedules/{id}/pause", self.pause, methods=["PATCH", "POST"]),
            Route("/v2/schedules/{id}/resume", self.resume, methods=["PATCH", "POST"]),
            Route("/v2/schedules/{id}", self.get, methods=["GET"]),
            Route("/v2/schedules/{id}", self.delete, methods=["DELETE"]),
            Route("/v2/schedules/{destination:path}", self.save, methods=["POST"]),
        ]

    async def save(self, request: Request) -> Response:
        """POST /v2/schedules/{destination}: make a schedule, or give the one of `Upstash-Schedule-Id` new settings."""
        cron = request.headers.get("upstash-cron")
        if not cron:
            raise BadRequest("a schedule needs the header Upstash-Cron")
        given = request.headers.get("upstash-schedule-id")
        now = self._context.publisher.now_ms()
        schedule = Schedule(
            id=check_name(given, "schedule id") if given is not None else new_id("scd"),
            destination=requests.destination(request, "/v2/schedules/"),
            cron=cron,
            headers={name: value for name, value in requests.headers_of(request).items() if name.startswith(_KEPT)},
            body=await requests.read(request),
            caller_ip=requests.caller_ip(request),
            created_at=now,
            next_at=next_time_ms(cron, after_ms=now),
        )
        await self._context.publisher.compose(draft_of(schedule))  # refuse now what could never be published

        def save(db: Any) -> None:
            if schedules.get(db, schedule.id) is None and schedules.count(db) >= schedules.MAX_SCHEDULES:
                raise ApiError(412, f"there are {schedules.MAX_SCHEDULES} schedules already; delete one first")
            schedules.save(db, schedule)

        await self._journal.run(save)
        self._context.scheduler.changed()
        return JSONResponse({"scheduleId": schedule.id})

    async def list_all(self, _request: Request) -> Response:
        """GET /v2/schedules."""
        found = await self._journal.run(
            lambda db: [(one, schedules.last_states(db, one)) for one in schedules.all_schedules(db)]
        )
        return JSONResponse([_public(schedule, states) for schedule, states in found])

    async def get(self, request: Request) -> Response:
        """GET /v2/schedules/{id}."""
        schedule, states = await self._find(request)
        return JSONResponse(_public(schedule, states))

    async def delete(self, request: Request) -> Response:
        """DELETE /v2/schedules/{id}: messages it has published go on."""
        if not await self._journal.run(lambda db: schedules.delete(db, request.path_params["id"])):
            raise _not_found(request)
        return Response(status_code=200)

    async def pause(self, request: Request) -> Response:
        """PATCH /v2/schedules/{id}/pause: its times pass unused."""
        return await self._set_paused(request, paused=True)

    async def resume(self, request: Request) -> Response:
        """PATCH /v2/schedules/{id}/resume: it fires at its next time from now."""
        return await self._set_paused(request, paused=False)

    async def _set_paused(self, request: Request, *, paused: bool) -> Response:
        schedule, _ = await self._find(request)
        next_at = next_time_ms(schedule.cron, after_ms=self._context.publisher.now_ms())
        await self._journal.run(lambda db: schedules.set_paused(db, schedule.id, paused=paused, next_at=next_at))
        self._context.scheduler.changed()
        return Response(status_code=200)

    async def _find(self, request: Request) -> tuple[Schedule, dict[str, Any]]:
        schedule_id = request.path_params["id"]
        schedule = await self._journal.run(lambda db: schedules.get(db, schedule_id))
        if schedule is None:
            raise _not_found(request)
        return schedule, await self._journal.run(lambda db: schedules.last_states(db, schedule))


def _public(schedule: Schedule, states: dict[str, Any]) -> dict[str, Any]:
    """Return a schedule as QStash's JSON: its message's fields, and its own."""
    delay = schedule.headers.get("upstash-delay")
    message = message_from_headers("http://group", schedule.body, schedule.headers, now_ms=0)
    shown = replace(message, caller_ip=schedule.caller_ip, queue=schedule.headers.get("upstash-queue-name")).public()
    for name in ("messageId", "url", "notBefore", "createdAt"):
        shown.pop(name)
    if not schedule.body:
        shown.pop("body")
    shown["header"] = {name.title(): values for name, values in shown["header"].items()}  # as QStash spells them
    data: dict[str, Any] = {
        **shown,
        "scheduleId": schedule.id,
        "destination": schedule.destination,
        "cron": schedule.cron,
        "createdAt": schedule.created_at,
        "retries": shown.pop("maxRetries"),
        "delay": duration_ms(delay) // 1000 if delay else None,
        "timeout": round(message.timeout_s) if "upstash-timeout" in schedule.headers else None,
        "isPaused": schedule.paused,
        "lastScheduleTime": schedule.last_at,
        "nextScheduleTime": schedule.next_at,
        "lastScheduleStates": states or None,
        "error": schedule.error,
    }
    return {name: value for name, value in data.items() if value is not None}


def _not_found(request: Request) -> ApiError:
    return ApiError(404, f"schedule {request.path_params['id']} not found")
