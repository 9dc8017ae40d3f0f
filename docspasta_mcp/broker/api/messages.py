"""`/v2/messages`: look at messages that wait, and cancel them."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from docspasta_mcp.broker.api import requests
from docspasta_mcp.broker.api.requests import Context
from docspasta_mcp.broker.errors import ApiError
from docspasta_mcp.broker.filters import BULK_FILTERS, Filter, any_of, read_filter, whole_number
from docspasta_mcp.broker.store import messages

_NO_LIMIT = 2**62


class MessagesApi:
    """Shows messages, and cancels those that wait. A settled one is shown as long as its body is kept."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def routes(self) -> list[Route]:
        """Return the endpoints."""
        return [
            Route("/v2/messages/{id}", self.get, methods=["GET"]),
            Route("/v2/messages/{id}", self.cancel, methods=["DELETE"]),
            Route("/v2/messages", self.cancel_many, methods=["DELETE"]),
        ]

    async def get(self, request: Request) -> Response:
        """GET /v2/messages/{id}."""
        message_id = request.path_params["id"]
        message = await self._context.journal.run(lambda db: messages.find(db, message_id))
        if message is None:
            raise ApiError(404, f"message {message_id} not found")
        return JSONResponse(message.public())

    async def cancel(self, request: Request) -> Response:
        """DELETE /v2/messages/{id}."""
        message_id = request.path_params["id"]
        if not await self._cancel(any_of("m.id", [message_id]), most=1):
            raise ApiError(404, f"message {message_id} not found")
        return JSONResponse({"cancelled": 1}, 202)

    async def cancel_many(self, request: Request) -> Response:
        """DELETE /v2/messages: those of `messageIds`, or those that fit the filters; with neither, every one."""
        given = await requests.parameters(request)
        condition = read_filter(
            {name: values for name, values in given.items() if name != "messageIds"},
            allowed=(*BULK_FILTERS, "host", "path"),
            others=("count",),
            time="m.created_at",
        )
        if "messageIds" in given:  # the filters do not count then, as documented
            condition = any_of("m.id", [part for value in given["messageIds"] for part in value.split(",")])
        most = whole_number(given, "count", _NO_LIMIT, most=_NO_LIMIT)
        return JSONResponse({"cancelled": await self._cancel(condition, most=most)}, 202)

    async def _cancel(self, condition: Filter, *, most: int) -> int:
        now = self._context.publisher.now_ms()
        ids = await self._context.journal.run(lambda db: messages.cancel(db, condition, now_ms=now, most=most))
        self._context.dispatcher.forget(ids)
        return len(ids)
