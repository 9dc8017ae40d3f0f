"""What moves, as Server-Sent Events: the cards of running crawls, and the operators' figures.

Each event puts a fragment in the place of the element with its id. A stream ends after a quarter of a minute, or when
nothing moves any more; the browser then asks anew, so that a session that has ended shows nothing for longer than that.
"""

import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import anyio
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from docspasta_mcp.errors import JobNotFound
from docspasta_mcp.server.ui.desk import Desk
from docspasta_mcp.server.ui.guard import viewing, visitor_of
from docspasta_mcp.server.ui.library import Tile
from docspasta_mcp.server.ui.templates import rendered

_EVERY_S = 1.0
_LONGEST_S = 15.0
_MAX_JOBS = 50  # as many as the library shows

Fragments = Callable[[], Awaitable[dict[str, str]]]


def live_routes(desk: Desk) -> list[Route]:
    """Return the stream of the library's moving cards."""

    async def live(request: Request) -> Response:
        names = list(filter(None, request.query_params.get("jobs", "").split(",")))[:_MAX_JOBS]
        return stream(_Cards(request, desk, names).fragments)

    return [viewing("/ui/live", live)]


def stream(fragments: Fragments, *, every_s: float = _EVERY_S) -> Response:
    """Return a stream of what changes.

    Args:
        fragments: returns the elements that may have changed, by their ids; none when nothing moves any more.
        every_s: seconds between two looks.
    """

    async def events() -> AsyncIterator[ServerSentEvent]:
        shown: dict[str, str] = {}
        ends_at = time.monotonic() + _LONGEST_S
        while time.monotonic() < ends_at and (found := await fragments()):
            for id_, html in found.items():
                if shown.get(id_) != html:
                    shown[id_] = html
                    yield ServerSentEvent(json.dumps({"id": id_, "html": html}), event="put")
            await anyio.sleep(every_s)
        yield ServerSentEvent("", event="end")

    return EventSourceResponse(events(), headers={"X-Accel-Buffering": "no"})


class _Cards:
    """The cards of some jobs as long as they move; each is shown once more when it has ended or is gone."""

    def __init__(self, request: Request, desk: Desk, job_ids: list[str]) -> None:
        self._request = request
        self._desk = desk
        self._moving = job_ids

    async def fragments(self) -> dict[str, str]:
        """Return the cards that move, and those that have just ended."""
        owner, pages = visitor_of(self._request).owner, self._desk.pages(self._request)
        library = self._desk.jobs(self._request).library
        found: dict[str, str] = {}
        for job_id in list(self._moving):
            try:
                tile = await self._desk.library.moving(owner, job_id, library, pages)
            except JobNotFound:
                self._moving.remove(job_id)
                continue
            if tile.moving is None:
                self._moving.remove(job_id)
            found[f"job-{job_id}"] = self._html(tile)
        return found

    def _html(self, tile: Tile) -> str:
        values: dict[str, Any] = {"tile": tile, "has_ended": tile.moving is None}
        return rendered(self._request, "_tile.html", **values)
