"""A page called "search" is read: its content tells whether it is one to search with, or one about searching."""

import pytest

from docspasta_mcp.model.scope import is_search
from docspasta_mcp.store import Store
from tests.fakes import Clock
from tests.pipeline.test_steps import Chain
from tests.sites import Site, page

FORM = "<h1>Search</h1><form action=''><input name='q'></form><p>Please activate JavaScript to search.</p>"
ABOUT = (
    "<form><input name=q></form><p>A query has words, and each of them may be a prefix of what is looked for.</p>" * 3
)


@pytest.mark.parametrize(
    ("path", "is_so"), [("/docs/search.html", True), ("/docs/Search/", True), ("/docs/research.html", False)]
)
def test_a_url_tells_only_that_a_page_may_be_one_to_search_with(path: str, is_so: bool) -> None:
    assert is_search(f"https://d.example{path}") is is_so


async def test_a_page_about_searching_stays_and_one_to_search_with_goes(store: Store, site: Site, clock: Clock) -> None:
    chain = Chain(store, site, clock)
    links = ("/docs/", "/docs/search/", "/docs/api/search.html")
    site.pages["/docs/"] = page("Welcome", links=links)
    site.pages["/docs/search/"] = page("Search", ABOUT, links=links)
    site.pages["/docs/api/search.html"] = (
        f"<html><head><title>Search</title></head><body><main>{FORM}</main></body></html>"
    )
    job_id = await chain.start("/docs/")
    await chain.deliver_all()
    assert await chain.titles(job_id) == ["1. [Welcome", "2. [Search"]
    status = await chain.jobs.status(job_id)
    assert status.reasons == {"listing": 1}
    await chain.fetcher.aclose()
