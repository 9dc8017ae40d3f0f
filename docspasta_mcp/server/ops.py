"""Endpoints for operators: liveness, health, metrics, and the queue's figures."""

from collections.abc import Awaitable, Callable
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from docspasta_mcp import __version__, metrics
from docspasta_mcp.errors import InvalidRequest, QueueError
from docspasta_mcp.jobs.statistics import DEFAULT_DAYS, MAX_DAYS, Stats, read_stats
from docspasta_mcp.server.api_call import Call, Parameter
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


def metrics_routes(store: Store) -> list[Route]:
    """Return the route /metrics: this process's figures and the installation's, in Prometheus's text format."""

    async def scrape(_request: Request) -> Response:
        totals = await store.jobs.totals()
        for state, count in totals.jobs.items():
            metrics.jobs.labels(state).set(count)
        metrics.open_pages.set(totals.open_pages)
        metrics.unpublished.set(totals.unpublished)
        return Response(generate_latest(metrics.REGISTRY), media_type=CONTENT_TYPE_LATEST)

    return [Route("/metrics", scrape, methods=["GET"])]


def queue_routes(figures: Callable[[], Awaitable[dict[str, Any]]]) -> list[Route]:
    """Return the route /api/v4/queue; it answers the figures that `docspasta-mcp queue` prints."""

    async def queue(_request: Request) -> Response:
        try:
            return JSONResponse(await figures())
        except QueueError as error:
            return problem(503, "queue_unavailable", f"{error} Another process takes over within about a second.")

    return [Route("/api/v4/queue", queue, methods=["GET"])]


def stats_calls(store: Store) -> list[Call]:
    """Return the call /api/v4/stats; it answers what `docspasta-mcp stats` prints."""

    async def stats(request: Request) -> Response:
        given = request.query_params.get("days", str(DEFAULT_DAYS))
        try:
            days = float(given)
        except ValueError:
            raise InvalidRequest(f"days is {given!r:.50}; give up to {MAX_DAYS}.") from None
        return JSONResponse((await read_stats(store, days=days)).model_dump(mode="json"))

    days = Parameter(
        "days", "How many days back.", schema={"type": "number", "exclusiveMinimum": 0, "maximum": MAX_DAYS}
    )
    about = "Tell how crawls of all owners went lately; for operators."
    return [Call("GET", "/api/v4/stats", stats, about, {200: Stats}, (days,))]
