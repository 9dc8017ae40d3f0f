"""What Prometheus scrapes: this process's own figures, and those of the whole installation from the store."""

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from docspasta_mcp import metrics
from docspasta_mcp.store import Store


def metrics_routes(store: Store) -> list[Route]:
    """Return the route /metrics, in Prometheus's text format."""

    async def scrape(_request: Request) -> Response:
        totals = await store.jobs.totals()
        for state, count in totals.jobs.items():
            metrics.jobs.labels(state).set(count)
        metrics.open_pages.set(totals.open_pages)
        metrics.owed.set(totals.owed)
        return Response(generate_latest(metrics.REGISTRY), media_type=CONTENT_TYPE_LATEST)

    return [Route("/metrics", scrape, methods=["GET"])]
