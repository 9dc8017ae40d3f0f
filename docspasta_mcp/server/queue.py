"""GET /api/v4/queue: the operator's view of the embedded broker."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from docspasta_mcp.errors import QueueError
from docspasta_mcp.server.responses import problem


def queue_routes(figures: Callable[[], Awaitable[dict[str, Any]]]) -> list[Route]:
    """Return the route; it answers the figures that `docspasta-mcp queue` prints."""

    async def queue(_request: Request) -> Response:
        try:
            return JSONResponse(await figures())
        except QueueError as error:
            return problem(503, "queue_unavailable", f"{error} Another process takes over within about a second.")

    return [Route("/api/v4/queue", queue, methods=["GET"])]
