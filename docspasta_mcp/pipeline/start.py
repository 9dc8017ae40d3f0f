"""The first step of a crawl: find the manual that the seed URL belongs to, and the pages that its site names."""

from docspasta_mcp.discovery.discover import Discoverer
from docspasta_mcp.fetch.first_looks import first_look_of
from docspasta_mcp.model.job import Job
from docspasta_mcp.pipeline.relay import Relay
from docspasta_mcp.runtime.failpoints import failpoint
from docspasta_mcp.store import Store


async def start_crawl(job: Job, *, discoverer: Discoverer, store: Store, relay: Relay) -> None:
    """Store the first pages of a job, each with its message, and publish these."""
    with first_look_of(job.id):
        frontier = await discoverer.discover(job.seed_url, job.options)
    await store.pages.open_frontier(job, frontier)
    failpoint("frontier.committed")
    await relay.send()
