"""`GET /`: the list of entry points, for a program that asks what this server is."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from docspasta_mcp import __version__


def start_page_route() -> Route:
    """Return the route /, which names the MCP endpoint, the REST API and its description."""

    async def start(_request: Request) -> Response:
        return JSONResponse(
            {
                "name": "docspasta-mcp",
                "version": __version__,
                "mcp": "/mcp",
                "api": "/api/v4",
                "openapi": "/openapi.json",
            }
        )

    return Route("/", start, methods=["GET"])
