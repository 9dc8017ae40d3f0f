"""What was kept of a manual for the next question goes with it."""

from docspasta_mcp.jobs.known_of_jobs import known_of_jobs
from docspasta_mcp.runtime.bounded_cache import BoundedCache
from docspasta_mcp.store import Store
from tests.fakes import Clock
from tests.pipeline.test_steps import Chain
from tests.sites import Site, manual


async def test_a_deleted_manual_leaves_nothing_in_memory(store: Store, site: Site, clock: Clock) -> None:
    known: BoundedCache[tuple[str, int], str] = known_of_jobs(BoundedCache(10))
    site.pages.update(manual())
    chain = Chain(store, site, clock)
    first, second = await chain.start("/docs/"), await chain.start("/docs/guide/", force_refresh=True)
    await chain.deliver_all()
    for job_id in (first, second):
        known.put((job_id, 1), "page")
    await chain.jobs.delete(first)
    assert [known.get((job_id, 1)) for job_id in (first, second)] == [None, "page"]
    await chain.jobs.delete_all()
    assert len(known) == 0
    known.put((second, 1), "page")
    third = await chain.start("/docs/")
    await chain.deliver_all()
    clock.advance(31 * 86_400)
    await chain.sweep()
    assert await store.jobs.get(third, owner="local") is None
    assert len(known) == 0
    await chain.fetcher.aclose()
