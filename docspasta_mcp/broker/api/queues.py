"""`/v2/queues`: make, show, pause, resume and delete queues."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from docspasta_mcp.broker.api import requests
from docspasta_mcp.broker.api.requests import Context
from docspasta_mcp.broker.errors import ApiError, BadRequest
from docspasta_mcp.broker.filters import any_of
from docspasta_mcp.broker.headers import check_name
from docspasta_mcp.broker.store import messages, queues


class QueuesApi:
    """The queues."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._journal = context.journal

    def routes(self) -> list[Route]:
        """Return the endpoints."""
        return [
            Route("/v2/queues", self.upsert, methods=["POST"]),
            Route("/v2/queues/", self.upsert, methods=["POST"]),  # so it is in the documentation
            Route("/v2/queues", self.list_all, methods=["GET"]),
            Route("/v2/queues/{name}", self.get, methods=["GET"]),
            Route("/v2/queues/{name}", self.delete, methods=["DELETE"]),
            Route("/v2/queues/{name}/pause", self.pause, methods=["POST"]),
            Route("/v2/queues/{name}/resume", self.resume, methods=["POST"]),
        ]

    async def upsert(self, request: Request) -> Response:
        """POST /v2/queues: make a queue, or change what is given of one."""
        data = requests.parse_object(await requests.read(request))
        name = check_name(str(data.get("queueName")), "queue name")
        parallelism, paused = _settings(data)
        await self._change(name, parallelism=parallelism, paused=paused)
        return Response(status_code=200)

    async def list_all(self, _request: Request) -> Response:
        """GET /v2/queues."""
        return JSONResponse([queue.public() for queue in await self._journal.run(queues.all_queues)])

    async def get(self, request: Request) -> Response:
        """GET /v2/queues/{name}."""
        name = check_name(request.path_params["name"], "queue name")
        queue = await self._journal.run(lambda db: queues.get(db, name))
        if queue is None:
            raise ApiError(404, f"queue {name} not found")
        return JSONResponse(queue.public())

    async def delete(self, request: Request) -> Response:
        """DELETE /v2/queues/{name}: its messages are cancelled."""
        name = request.path_params["name"]
        now = self._context.publisher.now_ms()
        in_queue = any_of("json_extract(m.spec, '$.queue')", [name])

        def delete(db: Any) -> list[str]:
            queues.delete(db, name)
            return messages.cancel(db, in_queue, now_ms=now)

        self._context.dispatcher.forget(await self._journal.run(delete))
        self._context.dispatcher.drop_queue(name)
        return Response(status_code=200)

    async def pause(self, request: Request) -> Response:
        """POST /v2/queues/{name}/pause."""
        await self._change(check_name(request.path_params["name"], "queue name"), paused=True)
        return Response(status_code=200)

    async def resume(self, request: Request) -> Response:
        """POST /v2/queues/{name}/resume."""
        await self._change(check_name(request.path_params["name"], "queue name"), paused=False)
        return Response(status_code=200)

    async def _change(self, name: str, *, parallelism: int | None = None, paused: bool | None = None) -> None:
        now = self._context.publisher.now_ms()

        def change(db: Any) -> queues.StoredQueue | None:
            if queues.get(db, name) is None and queues.count(db) >= queues.MAX_QUEUES:
                raise ApiError(412, f"there are {queues.MAX_QUEUES} queues already; delete one first")
            queues.create(db, name, now_ms=now)
            return queues.change(db, name, now_ms=now, parallelism=parallelism, paused=paused)

        queue = await self._journal.run(change)
        if queue is not None:
            self._context.dispatcher.set_queue(queue)


def _settings(data: dict[str, Any]) -> tuple[int | None, bool | None]:
    unknown = set(data) - {"queueName", "parallelism", "paused"}
    if unknown:
        raise BadRequest(f"unknown field {min(unknown)!r}")
    parallelism, paused = data.get("parallelism"), data.get("paused")
    if parallelism is not None and (not isinstance(parallelism, int) or parallelism < 1):
        raise BadRequest(f"invalid parallelism {parallelism!r}: a whole number from 1 is wanted")
    if parallelism is not None and parallelism > queues.MAX_PARALLELISM:
        raise ApiError(412, f"a queue's parallelism is at most {queues.MAX_PARALLELISM}")
    if not isinstance(paused, bool | None):
        raise BadRequest(f"invalid paused {paused!r}: true or false is wanted")
    return parallelism, paused
