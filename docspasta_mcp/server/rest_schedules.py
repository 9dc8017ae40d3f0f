"""The REST API's calls about schedules: add one, list them, remove one."""

from collections.abc import Callable
from typing import Literal

from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from docspasta_mcp.jobs.schedules import OwnerSchedules
from docspasta_mcp.model.schedule import CrawlSchedule
from docspasta_mcp.server.api_call import Call, Parameter
from docspasta_mcp.server.responses import read_model


class ScheduleRequest(BaseModel):
    """The body of POST /api/v4/schedules."""

    model_config = ConfigDict(extra="forbid", strict=True)

    url: str
    cron: str
    max_pages: int | None = None
    max_depth: int | None = None
    include: list[str] = []
    exclude: list[str] = []
    scope: Literal["auto", "prefix", "host"] = "auto"
    notify_url: str = ""


class ScheduleList(BaseModel):
    """The oldest schedules first."""

    schedules: list[CrawlSchedule]


class Removed(BaseModel):
    """How many schedules are gone."""

    removed: int


_EXAMPLE = '{"url": "https://docs.example.com/", "cron": "0 3 * * 1"}'


def schedule_calls(schedules_of: Callable[[Request], OwnerSchedules]) -> list[Call]:
    """Return the calls; `schedules_of` returns the schedules of the owner who makes a request."""

    async def add(request: Request) -> Response:
        wanted = await read_model(request, ScheduleRequest, example=_EXAMPLE)
        options = wanted.model_dump(exclude={"url", "cron"})
        schedule = await schedules_of(request).add(wanted.url, wanted.cron, **options)
        return JSONResponse(schedule.model_dump(mode="json"), 201)

    async def list_all(request: Request) -> Response:
        found = await schedules_of(request).list()
        return JSONResponse({"schedules": [one.model_dump(mode="json") for one in found]})

    async def remove(request: Request) -> Response:
        await schedules_of(request).remove(request.path_params["id"])
        return JSONResponse({"removed": 1})

    schedule_id = Parameter("id", "The schedule's id.", "path")
    return [
        Call("POST", "/api/v4/schedules", add, "Crawl a site again whenever a cron expression says so.",
             {201: CrawlSchedule}, body=ScheduleRequest),
        Call("GET", "/api/v4/schedules", list_all, "List your schedules.", {200: ScheduleList}),
        Call("DELETE", "/api/v4/schedules/{id}", remove, "Remove a schedule.", {200: Removed}, (schedule_id,)),
    ]  # fmt: skip
