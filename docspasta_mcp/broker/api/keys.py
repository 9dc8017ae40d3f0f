"""`/v2/keys`: the signing keys."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from docspasta_mcp.broker.api.requests import Context
from docspasta_mcp.broker.signing import Keys


class KeysApi:
    """Shows and rotates the signing keys."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def routes(self) -> list[Route]:
        """Return the endpoints."""
        return [
            Route("/v2/keys", self.get, methods=["GET"]),
            Route("/v2/keys/rotate", self.rotate, methods=["POST"]),
        ]

    async def get(self, _request: Request) -> Response:
        """GET /v2/keys."""
        return _show(self._context.keys())

    async def rotate(self, _request: Request) -> Response:
        """POST /v2/keys/rotate: next becomes current, and a new next is drawn."""
        return _show(self._context.rotate())


def _show(keys: Keys) -> Response:
    return JSONResponse({"current": keys.current, "next": keys.next})
