"""One broker: its file, its HTTP API, and what delivers."""

import hmac
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import anyio
import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from docspasta_mcp.broker.api.dead_letters import DeadLetterApi
from docspasta_mcp.broker.api.events import EventsApi
from docspasta_mcp.broker.api.flow_control import FlowControlApi
from docspasta_mcp.broker.api.keys import KeysApi
from docspasta_mcp.broker.api.maintenance import MaintenanceApi
from docspasta_mcp.broker.api.messages import MessagesApi
from docspasta_mcp.broker.api.publishing import PublishingApi
from docspasta_mcp.broker.api.queues import QueuesApi
from docspasta_mcp.broker.api.requests import TOKEN, Context
from docspasta_mcp.broker.api.schedules import SchedulesApi
from docspasta_mcp.broker.api.topics import TopicsApi
from docspasta_mcp.broker.delivery_client import DeliveryClient
from docspasta_mcp.broker.dispatcher import GLOBAL_PARALLELISM, Dispatcher
from docspasta_mcp.broker.errors import ApiError
from docspasta_mcp.broker.journal import Journal
from docspasta_mcp.broker.publisher import MAX_WAITING, Publisher
from docspasta_mcp.broker.scheduler import Scheduler
from docspasta_mcp.broker.signing import Keys
from docspasta_mcp.broker.store.schema import SCHEMA


@dataclass(frozen=True)
class Broker:
    """The API and what delivers, over one file. Serve `app`, `run`, `close` in the end."""

    app: ASGIApp
    context: Context

    async def publish_batch(self, body: bytes) -> list[Any]:
        """Do what `POST /v2/batch` does, for a caller in this process: no socket, no HTTP.

        Raises:
            ApiError: a message makes no sense, or the queue is full.
        """
        return await PublishingApi(self.context).take_batch(body, "127.0.0.1")

    async def run(self) -> None:
        """Deliver and fire schedules until cancelled."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self.context.dispatcher.run)
            tasks.start_soon(self.context.scheduler.run)

    def close(self) -> None:
        """Finish what is being written and free the file."""
        self.context.journal.close()


def open_broker(
    path: Path,
    *,
    token: str,
    keys: Callable[[], Keys],
    rotate: Callable[[], Keys],
    make_client: Callable[[], httpx.AsyncClient],
    allows: Callable[[str], bool],
    apps: Mapping[str, ASGIApp] = MappingProxyType({}),
    clock: Callable[[], float] = time.time,
    parallelism: int = GLOBAL_PARALLELISM,
    max_waiting: int = MAX_WAITING,
) -> Broker:
    """Open the broker's file.

    Args:
        path: the SQLite file.
        token: what callers must show as a bearer token.
        keys: returns the present signing keys.
        rotate: makes the next key current, draws a new next one, and returns both.
        make_client: returns a client to make deliveries with, one at a time; the broker closes it.
        allows: tells whether a destination may be delivered to.
        apps: apps of this process by base URL, called without a socket.
        clock: returns Unix seconds.
        parallelism: deliveries at the same time.
        max_waiting: messages that may wait at the same time.

    Raises:
        BrokerBusy: another process serves the file.
        BrokerUnusable: the file is damaged or cannot be written.
    """
    journal = Journal(path, SCHEMA)
    dispatcher = Dispatcher(
        journal, keys=keys, delivery_client=DeliveryClient(make_client, apps), clock=clock, parallelism=parallelism
    )
    publisher = Publisher(journal, dispatcher, allows=allows, clock=clock, max_waiting=max_waiting)
    scheduler = Scheduler(journal, dispatcher, publisher, clock=clock)
    context = Context(journal, dispatcher, publisher, scheduler, keys, rotate)
    apis = (
        PublishingApi, MessagesApi, QueuesApi, DeadLetterApi, FlowControlApi, EventsApi, KeysApi, SchedulesApi,
        TopicsApi, MaintenanceApi,
    )  # fmt: skip
    routes = [route for api in apis for route in api(context).routes()]
    app = Starlette(routes=routes, exception_handlers={ApiError: _problem, 404: _unknown, 405: _unknown})
    app.router.redirect_slashes = False
    return Broker(_Authorized(app, token), context)


class _Authorized:
    """Let only calls with the token through: as a bearer, or in the query."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._token = token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            request = Request(scope)
            bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
            shown = bearer or request.query_params.get(TOKEN, "")
            if not hmac.compare_digest(shown.encode(), self._token):
                await JSONResponse({"error": "invalid token"}, 401)(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _problem(_request: Request, error: Exception) -> Response:
    status = error.status if isinstance(error, ApiError) else 500
    return JSONResponse({"error": str(error)}, status)


def _unknown(request: Request, error: Exception) -> Response:
    status = getattr(error, "status_code", 404)
    return JSONResponse({"error": f"{request.method} {request.url.path} is not an endpoint of this broker"}, status)
