"""The broker's HTTP API, under `/v2`: what the official SDKs call."""

import hmac
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from docspasta_mcp.broker import storage
from docspasta_mcp.broker.dispatcher import Dispatcher
from docspasta_mcp.broker.journal import Journal
from docspasta_mcp.broker.message import MAX_BODY_BYTES, Message, message_from_headers
from docspasta_mcp.broker.problems import ApiError, BadRequest
from docspasta_mcp.broker.signing import Keys
from docspasta_mcp.failpoints import failpoint

MAX_BATCH = 1_000
MAX_REQUEST_BYTES = 10 * MAX_BODY_BYTES
MAX_WAITING = 500_000  # messages; a longer queue is a runaway, and memory holds 100 bytes of each
_PAGE = 100


@dataclass(frozen=True)
class Broker:
    """The API and the dispatcher over one file. Serve `app`, run `dispatcher.run()`, `close` in the end."""

    app: ASGIApp
    dispatcher: Dispatcher
    journal: Journal

    def close(self) -> None:
        """Finish what is being written and free the file."""
        self.journal.close()


def open_broker(
    path: Path,
    *,
    token: str,
    keys: Callable[[], Keys],
    client: httpx.AsyncClient,
    allows: Callable[[str], bool],
    clock: Callable[[], float] = time.time,
) -> Broker:
    """Open the broker's file.

    Args:
        path: the SQLite file.
        token: what callers must show as a bearer token.
        keys: returns the present signing keys.
        client: makes the deliveries.
        allows: tells whether a destination may be delivered to.
        clock: returns Unix seconds.

    Raises:
        BrokerBusy: another process serves the file.
    """
    journal = Journal(path, storage.SCHEMA)
    dispatcher = Dispatcher(journal, keys=keys, client=client, clock=clock)
    api = _Api(journal, dispatcher, keys, allows, clock)
    routes = [
        Route("/v2/batch", api.batch, methods=["POST"]),
        Route("/v2/messages/{id}", api.get_message, methods=["GET"]),
        Route("/v2/messages/{id}", api.delete_message, methods=["DELETE"]),
        Route("/v2/messages", api.delete_messages, methods=["DELETE"]),
        Route("/v2/dlq", api.list_dlq, methods=["GET"]),
        Route("/v2/dlq", api.delete_dlq, methods=["DELETE"]),
        Route("/v2/dlq/{id}", api.get_dlq, methods=["GET"]),
        Route("/v2/dlq/{id}", api.delete_dlq_entry, methods=["DELETE"]),
        Route("/v2/keys", api.get_keys, methods=["GET"]),
        Route("/v2/publish/{destination:path}", api.publish, methods=["POST"]),
    ]
    app = Starlette(routes=routes, exception_handlers={ApiError: _problem, 404: _unknown})
    app.router.redirect_slashes = False
    return Broker(_Authorized(app, token), dispatcher, journal)


class _Authorized:
    """Let only calls with the token through: as a bearer, or as the query's `qstash_token`."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._token = token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            request = Request(scope)
            bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
            shown = bearer or request.query_params.get("qstash_token", "")
            if not hmac.compare_digest(shown.encode(), self._token):
                await JSONResponse({"error": "invalid token"}, 401)(scope, receive, send)
                return
        await self._app(scope, receive, send)


class _Api:
    """The endpoints."""

    def __init__(
        self,
        journal: Journal,
        dispatcher: Dispatcher,
        keys: Callable[[], Keys],
        allows: Callable[[str], bool],
        clock: Callable[[], float],
    ) -> None:
        self._journal = journal
        self._dispatcher = dispatcher
        self._keys = keys
        self._allows = allows
        self._clock = clock

    async def publish(self, request: Request) -> Response:
        """POST /v2/publish/{destination}: store one message."""
        message = self._message(_destination(request), await _read(request), dict(request.headers), request)
        (published,) = await self._store([message])
        return JSONResponse(_published(published), 202 if published.deduplicated else 200)

    async def batch(self, request: Request) -> Response:
        """POST /v2/batch: store up to 1,000 messages, all or none."""
        items = _json(await _read(request))
        if not isinstance(items, list):
            raise BadRequest("a batch is an array of messages")
        entries = cast("list[Any]", items)
        if len(entries) > MAX_BATCH:
            raise BadRequest(f"a batch holds at most {MAX_BATCH} messages, not {len(entries)}")
        answers = await self._store([self._batched(item, request) for item in entries])
        return JSONResponse([_published(answer) for answer in answers])

    async def get_message(self, request: Request) -> Response:
        """GET /v2/messages/{id}."""
        message_id = request.path_params["id"]
        message = await self._journal.run(lambda db: storage.get_message(db, message_id))
        if message is None:
            raise ApiError(404, f"message {message_id} not found")
        return JSONResponse(message.public())

    async def delete_message(self, request: Request) -> Response:
        """DELETE /v2/messages/{id}: cancel one message."""
        message_id = request.path_params["id"]
        if not await self._journal.run(lambda db: storage.delete_messages(db, [message_id])):
            raise ApiError(404, f"message {message_id} not found")
        return JSONResponse({"cancelled": 1}, 202)

    async def delete_messages(self, request: Request) -> Response:
        """DELETE /v2/messages: cancel those of the body's `messageIds`; with no body at all, every one."""
        if request.query_params:
            raise BadRequest(f"unknown filter {next(iter(request.query_params))!r}")
        body = await _read(request)
        ids = _ids(body, "messageIds") if body else None
        cancelled = await self._journal.run(lambda db: storage.delete_messages(db, ids))
        return JSONResponse({"cancelled": cancelled}, 202)

    async def list_dlq(self, request: Request) -> Response:
        """GET /v2/dlq: dead letters, oldest first, 100 a page."""
        unknown = set(request.query_params) - {"cursor", "count", "qstash_token"}
        if unknown:
            raise BadRequest(f"unknown filter {min(unknown)!r}")
        count = request.query_params.get("count", str(_PAGE))
        if not count.isdecimal() or not 1 <= int(count) <= _PAGE:
            raise BadRequest(f"invalid count {count!r}: 1 to {_PAGE}")
        cursor = request.query_params.get("cursor")
        letters, following = await self._journal.run(
            lambda db: storage.list_dead_letters(db, cursor=cursor, count=int(count))
        )
        return JSONResponse({"messages": letters, **({"cursor": following} if following else {})})

    async def get_dlq(self, request: Request) -> Response:
        """GET /v2/dlq/{id}."""
        dlq_id = request.path_params["id"]
        letter = await self._journal.run(lambda db: storage.get_dead_letter(db, dlq_id))
        if letter is None:
            raise ApiError(404, f"dead letter {dlq_id} not found")
        return JSONResponse(letter)

    async def delete_dlq_entry(self, request: Request) -> Response:
        """DELETE /v2/dlq/{id}."""
        dlq_id = request.path_params["id"]
        if not await self._journal.run(lambda db: storage.delete_dead_letters(db, [dlq_id])):
            raise ApiError(404, f"dead letter {dlq_id} not found")
        return Response(status_code=200)

    async def delete_dlq(self, request: Request) -> Response:
        """DELETE /v2/dlq: delete those of the body's `dlqIds`."""
        ids = _ids(await _read(request), "dlqIds")
        return JSONResponse({"deleted": await self._journal.run(lambda db: storage.delete_dead_letters(db, ids))})

    async def get_keys(self, _request: Request) -> Response:
        """GET /v2/keys: the signing keys."""
        keys = self._keys()
        return JSONResponse({"current": keys.current, "next": keys.next})

    async def _store(self, messages: list[Message]) -> list[storage.Published]:
        if self._dispatcher.waiting + len(messages) > MAX_WAITING:
            raise ApiError(429, f"the queue holds {self._dispatcher.waiting} messages; wait until some are delivered")
        now = self._now()
        answers, stored = await self._journal.run(lambda db: storage.insert_messages(db, messages, now_ms=now))
        failpoint("broker.stored")
        self._dispatcher.schedule(stored)
        return answers

    def _batched(self, item: Any, request: Request) -> Message:
        if not isinstance(item, dict):
            raise BadRequest("a message of a batch is an object")
        entry = cast("dict[str, Any]", item)
        raw: dict[str, Any] = entry.get("headers") or {}
        if entry.get("queue") is not None:
            raise BadRequest("queues are not served; use a flow control key with parallelism=1")
        headers = {name.lower(): str(value) for name, value in raw.items()}
        body = entry.get("body")
        return self._message(str(entry.get("destination")), (body or "").encode(), headers, request)

    def _message(self, destination: str, body: bytes, headers: Mapping[str, str], request: Request) -> Message:
        caller = request.client.host if request.client else None
        message = message_from_headers(destination, body, headers, now_ms=self._now(), caller_ip=caller)
        for callback in (message.callback, message.failure_callback):
            if callback is not None:
                message_from_headers(callback.url, b"", callback.headers, now_ms=0)  # refuse now, not when it is due
                self._check_allowed(callback.url)
        self._check_allowed(destination)
        return message

    def _check_allowed(self, url: str) -> None:
        if not self._allows(url):
            raise BadRequest(f"destination {url} is not on this broker's allow list")

    def _now(self) -> int:
        return int(self._clock() * 1000)


def _destination(request: Request) -> str:
    """Return the rest of the raw path plus the query, percent-escapes kept: what will be signed."""
    raw: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    path = raw.decode("latin-1").partition("?")[0]
    destination = path[path.index("/v2/publish/") + len("/v2/publish/") :]
    query = request.scope["query_string"].decode("latin-1")
    return f"{destination}?{query}" if query else destination


async def _read(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_REQUEST_BYTES:
            raise ApiError(413, f"the request is larger than {MAX_REQUEST_BYTES} bytes")
    return bytes(body)


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError as error:
        raise BadRequest(f"the body is not JSON: {error}") from None


def _ids(body: bytes, name: str) -> list[str]:
    data: dict[str, Any] = {}
    if isinstance(parsed := _json(body) if body else None, dict):
        data = cast("dict[str, Any]", parsed)
    ids: Any = data.get(name)
    if not isinstance(ids, list):
        raise BadRequest(f"the body needs an array {name!r}")
    return [str(value) for value in cast("list[Any]", ids)]


def _published(answer: storage.Published) -> dict[str, Any]:
    return {"messageId": answer.message_id, **({"deduplicated": True} if answer.deduplicated else {})}


def _problem(_request: Request, error: Exception) -> Response:
    status = error.status if isinstance(error, ApiError) else 500
    return JSONResponse({"error": str(error)}, status)


def _unknown(request: Request, _error: Exception) -> Response:
    return JSONResponse({"error": f"{request.method} {request.url.path} is not an endpoint of this broker"}, 404)
