"""What a first look asks of a site, it asks side by side: no more than before, and no more at a time than it may."""

import threading
from collections.abc import AsyncIterator, Callable

import pytest

from docspasta_mcp.discovery.discover import Discoverer
from docspasta_mcp.discovery.robots import Robots
from docspasta_mcp.extract.workers import Workers
from docspasta_mcp.fetch.editions import Editions
from docspasta_mcp.fetch.fetcher import Fetcher
from docspasta_mcp.fetch.sites import SiteBook
from docspasta_mcp.model.frontier import Frontier
from docspasta_mcp.model.job import JobOptions
from docspasta_mcp.model.scope import ScopeMode
from docspasta_mcp.settings.sites import Sites, SiteSettings
from tests.discovery.test_discover import MANUAL, paths, sitemap
from tests.sites import Answer, Site, page

PATIENCE_S = 20.0  # for requests that never come side by side; those that do wait for one another alone


class Together:
    """Holds requests until so many are under way at the same time."""

    def __init__(self, count: int, *, patience_s: float = PATIENCE_S) -> None:
        self._barrier = threading.Barrier(count, timeout=patience_s)
        self.have_met = False

    def __call__(self) -> None:
        try:
            self._barrier.wait()
            self.have_met = True
        except threading.BrokenBarrierError:
            pass


@pytest.fixture
async def discoverer() -> AsyncIterator[Discoverer]:
    fetcher = Fetcher(timeout_s=30, max_bytes=5_000_000)
    workers = Workers(1)
    yield Discoverer(fetcher, Robots(fetcher), Editions(fetcher, workers), workers)
    await fetcher.aclose()


async def look(discoverer: Discoverer, *sites: Site, path: str = "/m/", verify: bool = True) -> Frontier:
    """Look at the first site, whose manual may go on at the others."""
    options = JobOptions(
        scope=ScopeMode.AUTO,
        allow_private=tuple(f"127.0.0.1:{site.port}" for site in sites),
        include_hosts=tuple(f"127.0.0.1:{site.port}" for site in sites[1:]),
    )  # pyright: ignore[reportCallIssue]
    return await discoverer.discover(sites[0].url + path, options, verify=verify)


def absent(before: Callable[[], object]) -> Answer:
    return Answer("not here", 404, "text/plain", before=before)


def from_the_second_on(before: Callable[[], None]) -> Callable[[], None]:
    """Return a hook that the first request passes at once."""
    has_come = threading.Event()

    def hook() -> None:
        if has_come.is_set():
            before()
        has_come.set()

    return hook


def maps(site: Site, sizes: list[int], **before: Callable[[], object]) -> None:
    """Let the site have an index of sitemaps with so many pages, `s0` and so on."""
    names = [f"s{number}" for number in range(len(sizes))]
    listed = "".join(f"<sitemap><loc>{site.url}/{name}.xml</loc></sitemap>" for name in names)
    site.pages["/sitemap.xml"] = Answer(f"<sitemapindex>{listed}</sitemapindex>", content_type="application/xml")
    for name, size in zip(names, sizes, strict=True):
        body = sitemap(site, *(f"/m/{name}-{number}" for number in range(size))).body
        hook = before.get(name, lambda: None)
        site.pages[f"/{name}.xml"] = Answer(body, content_type="application/xml", before=hook)


def manual_of(site: Site) -> None:
    site.pages.update({path: page(path, links=MANUAL) for path in MANUAL})


def asks_for_both_lists(site: Site) -> list[Together]:
    both = Together(2)
    site.pages |= {name: absent(both) for name in ("/m/llms.txt", "/m/llms-full.txt")}
    return [both]


def guesses_both_editions(site: Site) -> list[Together]:
    both = Together(2)
    site.pages["/m/start.md"] = absent(both)
    site.pages["/m/"] = Answer(str(site.pages["/m/"]), before=from_the_second_on(both))
    return [both]


def reads_sitemaps(site: Site) -> list[Together]:
    first, others = Together(2), Together(4)
    maps(site, [3] * 6, s0=first, s1=first, s2=others, s3=others, s4=others, s5=others)
    return [first, others]


def reads_a_tree_of_doxygen(site: Site) -> list[Together]:
    all_five = Together(5)
    files = ",\n".join(f'"p{number}.html"' for number in range(5))
    site.pages["/m/"] = page("M", '<script src="navtreedata.js"></script>', MANUAL).replace(
        "<head>", '<head><meta name="generator" content="Doxygen 1.9.4">'
    )
    site.pages["/m/navtreedata.js"] = Answer(f"var NAVTREEINDEX =\n[\n{files}\n];", content_type="text/javascript")
    for number in range(5):
        line = f'var NAVTREEINDEX{number} =\n{{\n"p{number}.html":[{number}]\n}};'
        site.pages[f"/m/navtreeindex{number}.js"] = Answer(line, content_type="text/javascript", before=all_five)
    return [all_five]


@pytest.mark.parametrize("of", [asks_for_both_lists, guesses_both_editions, reads_sitemaps, reads_a_tree_of_doxygen])
async def test_files_that_are_asked_for_in_any_case_are_under_way_together(
    discoverer: Discoverer, site: Site, of: Callable[[Site], list[Together]]
) -> None:
    manual_of(site)
    expected = of(site)
    await look(discoverer, site)
    assert [one.have_met for one in expected] == [True] * len(expected), site.requests


async def test_the_rules_of_all_hosts_are_asked_for_together(discoverer: Discoverer, site: Site) -> None:
    manual_of(site)
    both = Together(2)
    with Site() as one, Site() as other:
        one.pages["/robots.txt"] = other.pages["/robots.txt"] = absent(both)
        await look(discoverer, site, one, other)
    assert both.have_met


async def test_sitemaps_count_in_the_order_in_which_they_are_named(discoverer: Discoverer, site: Site) -> None:
    manual_of(site)
    later = threading.Event()
    maps(site, [2, 2], s0=lambda: later.wait(PATIENCE_S), s1=later.set)
    frontier = await look(discoverer, site)
    assert [one for one in paths(frontier) if "/s" in one and "-" in one] == [
        f"/m/s{n}-{k}" for n in (0, 1) for k in (0, 1)
    ]


async def test_no_sitemap_is_asked_for_that_would_find_no_room(discoverer: Discoverer, site: Site) -> None:
    manual_of(site)
    maps(site, [6_000, 6_000, 1, 1])
    await look(discoverer, site, verify=False)
    assert sorted(one for one in site.requests if one.startswith("/s")) == ["/s0.xml", "/s1.xml", "/sitemap.xml"]


async def test_nothing_is_asked_for_twice(discoverer: Discoverer, site: Site) -> None:
    manual_of(site)
    files = "".join(f"- [{path}]({path}.md)\n" for path in MANUAL[1:])
    site.pages["/m/llms.txt"] = Answer(f"# M\n\n## All\n{files}", content_type="text/plain")
    site.pages["/m/llms-full.txt"] = Answer("# Another\n\nThing\n", content_type="text/plain")
    site.pages |= {f"{path}.md": Answer("# Another\n", content_type="text/markdown") for path in MANUAL[1:]}
    await look(discoverer, site)
    asked = [one for one in site.requests if one.endswith((".txt", ".md"))]
    assert ("/m/llms-full.txt" in asked, "/m/start.md" in asked) == (True, True)
    assert sorted(asked) == sorted(set(asked))


async def test_a_site_is_asked_for_no_more_at_a_time_than_its_settings_say(site: Site) -> None:
    manual_of(site)
    two = Together(2, patience_s=0.3)
    maps(site, [3, 3], s0=two, s1=two)
    sites = Sites.of_tables({site.url: SiteSettings.model_validate({"concurrency": 1})})
    fetcher, workers = Fetcher(timeout_s=30, max_bytes=5_000_000, sites=SiteBook(sites)), Workers(1)
    await look(Discoverer(fetcher, Robots(fetcher), Editions(fetcher, workers), workers), site)
    await fetcher.aclose()
    assert not two.have_met
    assert {"/s0.xml", "/s1.xml"} <= set(site.requests)


async def test_a_long_tree_leaves_other_lists_their_turn_where_each_request_waits(
    discoverer: Discoverer, site: Site
) -> None:
    site.pages["/robots.txt"] = Answer("User-agent: *\nCrawl-delay: 0.01\n", content_type="text/plain")
    reads_a_tree_of_doxygen(site)
    names = [f'"p{number}.html"' for number in range(30)]
    script = f"var NAVTREEINDEX =\n[\n{','.join(names)}\n];"
    site.pages["/m/navtreedata.js"] = Answer(script, content_type="text/javascript")
    for number in range(30):
        line = f'var NAVTREEINDEX{number} =\n{{\n"p{number}.html":[{number}]\n}};'
        site.pages[f"/m/navtreeindex{number}.js"] = Answer(line, content_type="text/javascript")
    for name, listed in (("sitemap", "s0"), ("s0", "s1"), ("s1", "s2")):
        index = f"<sitemapindex><sitemap><loc>{site.url}/{listed}.xml</loc></sitemap></sitemapindex>"
        site.pages[f"/{name}.xml"] = Answer(index, content_type="application/xml")
    site.pages["/s2.xml"] = sitemap(site, "/m/1.html")
    await look(discoverer, site)
    asked = list(site.requests)
    trees = [place for place, path in enumerate(asked) if "navtreeindex" in path]
    assert len(trees) == 30
    assert asked.index("/s2.xml") < trees[15]
