"""`/v2/dlq`: list, show, delete and retry messages whose deliveries are used up."""

import sqlite3
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from docspasta_mcp.broker.api import requests
from docspasta_mcp.broker.api.requests import Context
from docspasta_mcp.broker.errors import ApiError, BadRequest
from docspasta_mcp.broker.filters import BULK_FILTERS, Filter, any_of, read_filter, whole_number
from docspasta_mcp.broker.headers import options
from docspasta_mcp.broker.message import Message, new_id
from docspasta_mcp.broker.store import dead_letters, messages

_PAGE = 100
_FILTERS = (*BULK_FILTERS, "responseStatus")


class DeadLetterApi:
    """The dead letters."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._journal = context.journal

    def routes(self) -> list[Route]:
        """Return the endpoints."""
        return [
            Route("/v2/dlq/retry/{id}", self.retry, methods=["POST"]),
            Route("/v2/dlq/retry", self.retry_many, methods=["POST"]),
            Route("/v2/dlq/{id}", self.get, methods=["GET"]),
            Route("/v2/dlq/{id}", self.delete, methods=["DELETE"]),
            Route("/v2/dlq", self.list_page, methods=["GET"]),
            Route("/v2/dlq", self.delete_many, methods=["DELETE"]),
        ]

    async def list_page(self, request: Request) -> Response:
        """GET /v2/dlq: a page of those that fit the filters, oldest first unless `order` is latestFirst."""
        given = requests.query_parameters(request)
        condition, cursor, count = _selection(given, others=("cursor", "count", "order"))
        latest_first = is_latest_first(given, default=False)
        letters, following = await self._journal.run(
            lambda db: dead_letters.list_page(db, condition, cursor=cursor, count=count, latest_first=latest_first)
        )
        return JSONResponse({"messages": letters, **({"cursor": following} if following else {})})

    async def get(self, request: Request) -> Response:
        """GET /v2/dlq/{id}."""
        condition = any_of("d.id", [request.path_params["id"]])
        letters, _ = await self._journal.run(
            lambda db: dead_letters.list_page(db, condition, cursor=None, count=1, latest_first=False)
        )
        if not letters:
            raise _not_found(request)
        return JSONResponse(letters[0])

    async def delete(self, request: Request) -> Response:
        """DELETE /v2/dlq/{id}."""
        if not await self._journal.run(lambda db: dead_letters.delete(db, request.path_params["id"])):
            raise _not_found(request)
        return Response(status_code=200)

    async def delete_many(self, request: Request) -> Response:
        """DELETE /v2/dlq: those of `dlqIds`, or up to `count` of those that fit the filters."""
        condition, cursor, count = _selection(await requests.parameters(request), others=("cursor", "count"))

        def delete(db: sqlite3.Connection) -> tuple[int, str | None]:
            found, following = dead_letters.find(db, condition, cursor=cursor, count=count)
            return sum(dead_letters.delete(db, dlq_id) for dlq_id, _ in found), following

        deleted, following = await self._journal.run(delete)
        return JSONResponse({"deleted": deleted, **({"cursor": following} if following else {})})

    async def retry(self, request: Request) -> Response:
        """POST /v2/dlq/retry/{id}: publish it again as a new message; headers of a publish call override its own."""
        answers, _ = await self._retry(request, any_of("d.id", [request.path_params["id"]]), cursor=None, count=1)
        if not answers:
            raise _not_found(request)
        return JSONResponse(answers[0], 201)

    async def retry_many(self, request: Request) -> Response:
        """POST /v2/dlq/retry: those of `dlqIds`, or up to `count` of those that fit the filters."""
        condition, cursor, count = _selection(await requests.parameters(request), others=("cursor", "count"))
        answers, following = await self._retry(request, condition, cursor=cursor, count=count)
        return JSONResponse({"responses": answers, **({"cursor": following} if following else {})}, 201)

    async def _retry(
        self, request: Request, condition: Filter, *, cursor: str | None, count: int
    ) -> tuple[list[dict[str, Any]], str | None]:
        publisher = self._context.publisher
        publisher.check_room(count)
        now = publisher.now_ms()
        headers = {name: value for name, value in request.headers.items() if name.startswith("upstash-")}
        given = options(headers, now_ms=now)

        def retry(db: sqlite3.Connection) -> tuple[messages.Stored, str | None]:
            found, following = dead_letters.find(db, condition, cursor=cursor, count=count)
            again = [_again(message, given, now) for _, message in found]
            for message in again:
                publisher.check_callbacks(message)
            for dlq_id, _ in found:
                dead_letters.delete(db, dlq_id)
            return messages.insert(db, again, now_ms=now), following

        stored, following = await self._journal.run(retry)
        self._context.dispatcher.add(stored)
        return [
            {"messageId": one.message_id, **({"deduplicated": True} if one.deduplicated else {})}
            for one in stored.answers
        ], following


def is_latest_first(given: Mapping[str, list[str]], *, default: bool) -> bool:
    """Read `order`.

    Raises:
        BadRequest: it is neither earliestFirst nor latestFirst.
    """
    match given.get("order", [None])[-1]:
        case None:
            return default
        case "latestFirst":
            return True
        case "earliestFirst":
            return False
        case other:
            raise BadRequest(f"invalid order {other!r}: earliestFirst or latestFirst is wanted")


def _selection(given: Mapping[str, list[str]], *, others: tuple[str, ...]) -> tuple[Filter, str | None, int]:
    """Return condition, cursor and count; with `dlqIds` the filters do not count, as documented."""
    condition = read_filter(
        {name: values for name, values in given.items() if name != "dlqIds"},
        allowed=_FILTERS,
        others=others,
        time="d.died_at",
    )
    count = whole_number(given, "count", _PAGE, most=_PAGE)
    if "dlqIds" not in given:
        return condition, given.get("cursor", [None])[-1], count
    ids = [part for value in given["dlqIds"] for part in value.split(",")]
    return any_of("d.id", ids), None, max(len(ids), 1)


def _again(message: Message, given: Mapping[str, Any], now_ms: int) -> Message:
    fresh: dict[str, Any] = {"deduplication_id": None, "not_before": now_ms, **given}
    fresh["headers"] = {**(message.headers or {}), **given.get("headers", {})}
    return replace(message, id=new_id("msg"), retried=0, created_at=now_ms, position=None, **fresh)


def _not_found(request: Request) -> ApiError:
    return ApiError(404, f"dead letter {request.path_params['id']} not found")
