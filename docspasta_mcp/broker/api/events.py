"""`/v2/events` and `/v2/logs`: what happened to messages, newest first."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from docspasta_mcp.broker.api import requests
from docspasta_mcp.broker.api.dead_letters import is_latest_first
from docspasta_mcp.broker.api.requests import Context
from docspasta_mcp.broker.errors import BadRequest
from docspasta_mcp.broker.filters import MESSAGE_FILTERS, Filter, any_of, read_filter, whole_number
from docspasta_mcp.broker.store import events

_PAGE = 1_000
_OTHERS = ("cursor", "count", "order", "state", "messageIds")


class EventsApi:
    """The events, under the name of each generation of the SDK."""

    def __init__(self, context: Context) -> None:
        self._journal = context.journal

    def routes(self) -> list[Route]:
        """Return the endpoints."""
        return [
            Route("/v2/events", self.list_events, methods=["GET"]),
            Route("/v2/logs", self.list_logs, methods=["GET"]),
        ]

    async def list_events(self, request: Request) -> Response:
        """GET /v2/events."""
        return await self._list(request, "events")

    async def list_logs(self, request: Request) -> Response:
        """GET /v2/logs."""
        return await self._list(request, "logs")

    async def _list(self, request: Request, name: str) -> Response:
        given = requests.query_parameters(request)
        allowed = (*MESSAGE_FILTERS, "flowControlKey", "host", "path")
        condition = read_filter(given, allowed=allowed, others=_OTHERS, time="e.at")
        if "messageIds" in given:
            condition &= any_of("m.id", [part for value in given["messageIds"] for part in value.split(",")])
        if "state" in given:
            condition &= _in_states([part for value in given["state"] for part in value.split(",")])
        count = whole_number(given, "count", _PAGE, most=_PAGE)
        latest_first = is_latest_first(given, default=True)
        found, following = await self._journal.run(
            lambda db: events.list_page(db, condition, cursor=_cursor(given), count=count, latest_first=latest_first)
        )
        return JSONResponse({name: found, **({"cursor": following} if following else {})})


def _cursor(given: dict[str, list[str]]) -> int | None:
    text = given.get("cursor", [None])[-1]
    if text is not None and not (text.isdecimal() and len(text) < 19):
        raise BadRequest(f"invalid cursor {text!r}: take it from the page before")
    return int(text) if text is not None else None


def _in_states(names: list[str]) -> Filter:
    wanted: list[str] = []
    for name in names:
        state = events.CANCELED if name == "CANCELLED" else name  # the documentation's spelling, and the SDK's
        if state not in events.STATES and state != "IN_PROGRESS":
            raise BadRequest(f"invalid state {name!r}; known are IN_PROGRESS, {', '.join(sorted(events.STATES))}")
        wanted.extend(events.IN_PROGRESS if state == "IN_PROGRESS" else (state,))
    return any_of("e.state", wanted)
