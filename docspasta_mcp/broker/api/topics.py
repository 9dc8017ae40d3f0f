"""`/v2/topics`: URL groups."""

from typing import Any, cast

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from docspasta_mcp.broker.api import requests
from docspasta_mcp.broker.api.requests import Context
from docspasta_mcp.broker.errors import ApiError, BadRequest
from docspasta_mcp.broker.headers import check_name
from docspasta_mcp.broker.store import topics
from docspasta_mcp.broker.store.topics import Endpoint


class TopicsApi:
    """The URL groups."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._journal = context.journal

    def routes(self) -> list[Route]:
        """Return the endpoints."""
        return [
            Route("/v2/topics", self.list_all, methods=["GET"]),
            Route("/v2/topics/{name}", self.get, methods=["GET"]),
            Route("/v2/topics/{name}", self.delete, methods=["DELETE"]),
            Route("/v2/topics/{name}/endpoints", self.add, methods=["POST"]),
            Route("/v2/topics/{name}/endpoints", self.remove, methods=["DELETE"]),
        ]

    async def list_all(self, _request: Request) -> Response:
        """GET /v2/topics."""
        return JSONResponse([topic.public() for topic in await self._journal.run(topics.all_topics)])

    async def get(self, request: Request) -> Response:
        """GET /v2/topics/{name}."""
        topic = await self._journal.run(lambda db: topics.get(db, request.path_params["name"]))
        if topic is None:
            raise _not_found(request)
        return JSONResponse(topic.public())

    async def delete(self, request: Request) -> Response:
        """DELETE /v2/topics/{name}: its messages go on. One that is not there is as good as deleted."""
        await self._journal.run(lambda db: topics.delete(db, request.path_params["name"]))
        return Response(status_code=200)

    async def add(self, request: Request) -> Response:
        """POST /v2/topics/{name}/endpoints: add endpoints; the group is made if there is none."""
        name = check_name(request.path_params["name"], "URL group name")
        endpoints = [Endpoint(_url(data), data.get("name")) for data in await _endpoints(request)]
        for endpoint in endpoints:
            self._context.publisher.check_destination(endpoint.url, "endpoint")
        now = self._context.publisher.now_ms()
        await self._journal.run(lambda db: topics.upsert(db, name, endpoints, now_ms=now))
        return Response(status_code=200)

    async def remove(self, request: Request) -> Response:
        """DELETE /v2/topics/{name}/endpoints: take endpoints out, by URL or name; an empty group is deleted."""
        given = await _endpoints(request)
        urls = {str(data["url"]) for data in given if data.get("url")}
        names = {str(data["name"]) for data in given if data.get("name")}
        now = self._context.publisher.now_ms()
        name = request.path_params["name"]
        if not await self._journal.run(lambda db: topics.remove(db, name, urls=urls, names=names, now_ms=now)):
            raise _not_found(request)
        return Response(status_code=200)


async def _endpoints(request: Request) -> list[dict[str, Any]]:
    found: Any = requests.parse_object(await requests.read(request)).get("endpoints")
    if not isinstance(found, list) or not found or not all(isinstance(one, dict) for one in cast("list[Any]", found)):
        raise BadRequest("the body needs an array 'endpoints' of objects with url or name")
    return cast("list[dict[str, Any]]", found)


def _url(data: dict[str, Any]) -> str:
    url = data.get("url")
    if not isinstance(url, str) or not isinstance(data.get("name"), str | None):
        raise BadRequest("an endpoint has a url, and maybe a name, both strings")
    return url


def _not_found(request: Request) -> ApiError:
    return ApiError(404, f"URL group {request.path_params['name']} not found")
