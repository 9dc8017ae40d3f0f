"""The REST API's calls about schedules: add one, list them, remove one."""

from collections.abc import Callable

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from docspasta_mcp.jobs.schedules import OwnerSchedules
from docspasta_mcp.model.crawl_choices import CHOICES
from docspasta_mcp.model.schedule import CrawlSchedule
from docspasta_mcp.server.api_call import Call, Parameter
from docspasta_mcp.server.responses import read_model
from docspasta_mcp.server.wanted_crawl import WantedCrawl


class ScheduleRequest(WantedCrawl):
    """The body of POST /api/v4/schedules."""

    cron: str


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
        schedule = await schedules_of(request).add(wanted.url, wanted.cron, **wanted.model_dump(include=CHOICES))
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
