"""Whether this process can serve: asked by load balancers and by people."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from docspasta_mcp import __version__
from docspasta_mcp.server.responses import problem
from docspasta_mcp.store import Store


def health_routes(store: Store) -> list[Route]:
    """Return the routes /livez, which always answers, and /healthz: 200 if the store answers, 503 if not."""

    async def alive(_request: Request) -> Response:
        return JSONResponse({"status": "ok", "version": __version__})

    async def health(_request: Request) -> Response:
        try:
            await store.jobs.list(owner="", limit=1)
        except Exception as error:
            return problem(503, "store_unavailable", f"The store does not answer: {type(error).__name__}.")
        return JSONResponse({"status": "ok", "version": __version__})

    return [Route("/livez", alive, methods=["GET"]), Route("/healthz", health, methods=["GET"])]
