"""What discovery makes of whole sites, on loopback: from the front page and from a leaf."""

import contextlib
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import urlsplit

import anyio
import pytest

from docspasta_mcp.discovery.discover import Discoverer
from docspasta_mcp.discovery.docsify import sidebar_entries
from docspasta_mcp.discovery.generator_marks import parse_index
from docspasta_mcp.discovery.robots import Robots
from docspasta_mcp.discovery.storybook import listed_pages
from docspasta_mcp.errors import PageRefused
from docspasta_mcp.extract.workers import Workers
from docspasta_mcp.fetch.editions import Editions
from docspasta_mcp.fetch.fetcher import Fetcher
from docspasta_mcp.model.frontier import Frontier, Source
from docspasta_mcp.model.job import JobOptions
from docspasta_mcp.model.scope import Scope, ScopeMode
from tests.discovery.test_storybook import MANAGER, entry, index
from tests.sites import Answer, Site, page


@pytest.fixture
async def discoverer() -> AsyncIterator[Discoverer]:
    fetcher = Fetcher(timeout_s=5, max_bytes=1_000_000)
    workers = Workers(1)
    yield Discoverer(fetcher, Robots(fetcher), Editions(fetcher, workers), workers)
    await fetcher.aclose()


async def look(discoverer: Discoverer, site: Site, path: str, scope: ScopeMode = ScopeMode.AUTO) -> Frontier:
    options = JobOptions(scope=scope, allow_private=(f"127.0.0.1:{site.port}",))  # pyright: ignore[reportCallIssue]
    return await discoverer.discover(site.url + path, options)


def paths(frontier: Frontier) -> list[str]:
    return list(dict.fromkeys(urlsplit(one.url).path for one in frontier.pages))


def sitemap(site: Site, *listed: str, origin: str = "") -> Answer:
    urls = "".join(f"<url><loc>{origin or site.url}{path}</loc></url>" for path in listed)
    return Answer(f"<urlset>{urls}</urlset>", content_type="application/xml")


MANUAL = ("/m/", "/m/start", "/m/guide/a", "/m/guide/b", "/m/api/x")


@pytest.mark.parametrize("seed", ["/m/", "/m/guide/b"])
async def test_a_sidebar_tells_the_manual_from_any_page(discoverer: Discoverer, site: Site, seed: str) -> None:
    site.pages.update({path: page(path, links=(*MANUAL, "/blog/", "/m/blog/x")) for path in MANUAL})
    frontier = await look(discoverer, site, seed)
    assert frontier.scope.prefix == "/m/"
    assert paths(frontier)[1:] == [path for path in MANUAL if path != seed or seed == "/m/"][seed == "/m/" :] or set(
        paths(frontier)
    ) == set(MANUAL)
    assert {one.reason for one in frontier.left_out} <= {"outside", "blog"}


@pytest.mark.parametrize("seed", ["/", "/guide/deep/b"])
async def test_a_sitemap_alone_tells_the_manual(discoverer: Discoverer, site: Site, seed: str) -> None:
    listed = ("/", "/z", "/guide/a", "/guide/deep/b", "/blog/x")
    site.pages.update({path: page(path) for path in listed})
    site.pages["/robots.txt"] = Answer(f"Sitemap: {site.url}/maps/index.xml", content_type="text/plain")
    index = f"<sitemapindex><sitemap><loc>{site.url}/maps/one.xml</loc></sitemap></sitemapindex>"
    site.pages["/maps/index.xml"] = Answer(index, content_type="application/xml")
    site.pages["/maps/one.xml"] = sitemap(site, *listed)
    frontier = await look(discoverer, site, seed)
    assert frontier.scope.prefix == "/"
    assert set(paths(frontier)) == set(listed) - {"/blog/x"}
    assert [urlsplit(entry.url).path for entry in frontier.orders[0]] == ["/", "/z", "/guide/a", "/guide/deep/b"]
    assert [one.reason for one in frontier.left_out] == ["blog"]


@pytest.mark.parametrize("seed", ["/docs/", "/docs/deep/b.html"])
async def test_llms_txt_alone_tells_the_manual_and_its_files_are_pages(
    discoverer: Discoverer, site: Site, seed: str
) -> None:
    site.pages.update({path: page(path) for path in ("/docs/", "/docs/a.html", "/docs/deep/b.html", "/docs/c.html")})
    site.pages["/llms.txt"] = Answer(
        "# M\n\n> About\n\n## Use\n- [C](/docs/c.html.md): c\n- [A](/docs/a.html.md)\n\n## More\n- [B](/docs/deep/b.html.md)\n",
        content_type="text/plain",
    )
    frontier = await look(discoverer, site, seed)
    assert frontier.scope.prefix == "/docs/"
    assert {"/docs/c.html", "/docs/a.html", "/docs/deep/b.html"} <= set(paths(frontier))
    assert [(entry.nav_level, entry.title) for entry in frontier.orders[0] if not entry.url] == [
        (0, "Use"),
        (0, "More"),
    ]


async def test_an_overview_page_above_a_leaf_tells_the_manual(discoverer: Discoverer, site: Site) -> None:
    links = "".join(f'<p><a href="{path}">x</a></p>' for path in MANUAL[1:])
    site.pages.update({"/m/": page("M", links), **{path: page(path) for path in MANUAL[1:]}})
    frontier = await look(discoverer, site, "/m/guide/b")
    assert frontier.scope.prefix == "/m/"
    assert "/m/" in paths(frontier)


@pytest.mark.parametrize(
    ("head", "name"),
    [('<html data-content_root="../">', "Sphinx"), ('<script>var path_to_root = "../";</script>', "mdBook"),
     ('<script id="__config" type="application/json">{"base": "..", "features": []}</script>', "MkDocs")],
)  # fmt: skip
async def test_a_generator_tells_the_root(discoverer: Discoverer, site: Site, head: str, name: str) -> None:
    site.pages["/m/guide/a.html"] = head + page("A", links=("/m/guide/b.html",))
    frontier = await look(discoverer, site, "/m/guide/a.html")
    assert (frontier.scope.prefix, name in frontier.scope.reason) == ("/m/", True)


@pytest.mark.parametrize(
    ("name", "index", "pages"),
    [
        ("searchindex.js", 'Search.setIndex({docnames:["index","a \\"b\\"","sub/index"],terms:{x:"]"}})',
         ["/m/", "/m/a%20%22b%22/", "/m/sub/"]),
        ("searchindex.js", 'Search.setIndex({"alltitles": {}, "docnames": ["c"], "filenames": ["c.rst"]})', ["/m/c/"]),
        ("searchindex.js", "Search.setIndex({docnames:[alert(1)]})", []),
    ],
)  # fmt: skip
async def test_a_search_index_names_pages_where_there_is_no_inventory(
    discoverer: Discoverer, site: Site, name: str, index: str, pages: list[str]
) -> None:
    site.pages["/m/"] = '<html data-content_root="./">' + page("M")
    site.pages[f"/m/{name}"] = Answer(index, content_type="text/javascript")
    frontier = await look(discoverer, site, "/m/")
    assert [urlsplit(one.url).path for one in frontier.pages if Source.INDEX in one.sources] == pages


async def test_the_sitemap_tells_when_the_manual_last_changed(discoverer: Discoverer, site: Site) -> None:
    site.pages.update({path: page(path, links=MANUAL) for path in MANUAL})
    dated = "".join(
        f"<url><lastmod>{date}</lastmod><loc>https://docs.example{path}</loc></url>"
        for path, date in (("/m/start", "2026-03-04T05:06:07Z"), ("/m/api/x", "2025-01-01"), ("/blog/", "2026-09-09"))
    )
    site.pages["/sitemap.xml"] = Answer(f"<urlset>{dated}</urlset>", content_type="application/xml")
    assert (await look(discoverer, site, "/m/")).notes == ("By its sitemap, the manual last changed on 2026-03-04.",)


@pytest.mark.parametrize(
    ("seed", "root"),
    [("/", "/en/2.0/"), ("/de/1.0/guide/b", "/de/1.0/"), ("/en/2.0/", "/en/2.0/"), ("/fr/", "/fr/2.0/")],
)
async def test_of_languages_and_versions_one_each_is_kept(
    discoverer: Discoverer, site: Site, seed: str, root: str
) -> None:
    editions = [f"/{language}/{version}/" for language in ("de", "en", "fr") for version in ("0.9", "1.0", "2.0")]
    everything = [edition + leaf for edition in editions for leaf in ("", "start", "guide/a", "guide/b")]
    for edition in editions:
        own = tuple(path for path in everything if path.startswith(edition))
        site.pages.update({path: page(path, links=own) for path in own})
    site.pages["/"] = page("All", links=tuple(editions))
    site.pages["/fr/"] = page("Tout", links=tuple(edition for edition in editions if edition.startswith("/fr/")))
    site.pages["/sitemap.xml"] = sitemap(site, *everything)
    frontier = await look(discoverer, site, seed)
    assert frontier.scope.prefix == root
    assert set(paths(frontier)) == {seed, *(path for path in everything if path.startswith(root))}
    assert {one.reason for one in frontier.left_out} == {"translation", "version"}


async def test_editions_beside_a_manual_without_a_name_are_left_out(discoverer: Discoverer, site: Site) -> None:
    own = ("/", "/a", "/guide/b", "/guide/c")
    others = [f"/{name}{path}" for name in ("fr", "1.x", "2.x") for path in own]
    site.pages.update({path: page(path, links=own) for path in own})
    site.pages["/sitemap.xml"] = sitemap(site, *own, *others)
    frontier = await look(discoverer, site, "/guide/b")
    assert set(paths(frontier)) == set(own)


async def test_directories_that_look_like_languages_are_none_without_a_sign(discoverer: Discoverer, site: Site) -> None:
    own = ("/", "/io/a", "/io/b", "/os/c", "/os/d")
    site.pages.update({path: page(path, links=own) for path in own})
    assert set(paths(await look(discoverer, site, "/io/b"))) == set(own)


async def test_redirects_of_both_kinds_lead_to_the_manual(discoverer: Discoverer, site: Site) -> None:
    site.pages["/"] = '<html><head><meta http-equiv="refresh" content="0; url=go"></head><body>Go</body></html>'
    site.pages["/go"] = Answer(status=302, headers={"Location": "/m/"})
    site.pages.update({path: page(path, links=MANUAL) for path in MANUAL})
    frontier = await look(discoverer, site, "/")
    assert frontier.scope.prefix == "/m/"
    assert frontier.scope.reason.endswith(f"{site.url}/ redirects there")


async def test_a_sitemap_in_another_name_of_the_site_is_its_own(discoverer: Discoverer, site: Site) -> None:
    canonical = '<link rel="canonical" href="https://prod.example/m/guide/a">'
    site.pages.update({path: canonical + page(path) for path in MANUAL})
    site.pages["/sitemap.xml"] = sitemap(site, *MANUAL, origin="https://prod.example")
    assert set(paths(await look(discoverer, site, "/m/guide/a"))) == set(MANUAL)


async def test_scope_can_be_chosen(discoverer: Discoverer, site: Site) -> None:
    site.pages.update({path: page(path, links=(*MANUAL, "/blog/", "/other")) for path in MANUAL})
    frontier = await look(discoverer, site, "/m/guide/a", ScopeMode.PREFIX)
    assert (frontier.scope.prefix, set(paths(frontier))) == ("/m/guide/", {"/m/guide/a", "/m/guide/b"})
    frontier = await look(discoverer, site, "/m/guide/a", ScopeMode.HOST)
    assert (frontier.scope.prefix, {"/blog/", "/other"} <= set(paths(frontier))) == ("/", True)


async def test_every_page_knows_which_sources_named_it(discoverer: Discoverer, site: Site) -> None:
    site.pages.update({path: page(path, links=MANUAL[:3]) for path in MANUAL})
    site.pages["/sitemap.xml"] = sitemap(site, *MANUAL[2:])
    frontier = await look(discoverer, site, "/m/")
    named = {
        path: {s for one in frontier.pages if urlsplit(one.url).path == path for s in one.sources} for path in MANUAL
    }
    assert named["/m/start"] == {Source.NAVIGATION}
    assert named["/m/guide/a"] == {Source.NAVIGATION, Source.SITEMAP}
    assert named["/m/api/x"] == {Source.SITEMAP}


async def test_a_site_that_routes_by_fragments_is_reported(discoverer: Discoverer, site: Site) -> None:
    site.pages["/"] = page("App", links=("#/guide", "#/api"))
    (note,) = (await look(discoverer, site, "/")).notes
    assert "routes by fragments" in note


@pytest.mark.parametrize("path", ["/robots.txt", "/m/guide/a", "/sitemap.xml"])
async def test_a_site_that_never_answers_costs_no_more_than_its_time(
    discoverer: Discoverer, site: Site, path: str
) -> None:
    answered = threading.Event()
    site.pages["/m/guide/a"] = page("A")
    site.pages[path] = Answer(before=answered.wait)
    options = JobOptions(allow_private=(f"127.0.0.1:{site.port}",))  # pyright: ignore[reportCallIssue]
    with anyio.fail_after(4):  # the fetcher would wait for five seconds
        frontier = await discoverer.discover(f"{site.url}/m/guide/a", options, time_s=0.2)
    answered.set()
    assert (paths(frontier), "answered slowly" in frontier.notes[0]) == (["/m/guide/a"], True)


async def test_what_is_not_in_time_is_done_without(discoverer: Discoverer, site: Site) -> None:
    site.pages.update({path: page(path, links=MANUAL) for path in MANUAL})
    options = JobOptions(allow_private=(f"127.0.0.1:{site.port}",))  # pyright: ignore[reportCallIssue]
    frontier = await discoverer.discover(f"{site.url}/m/guide/a", options, time_s=0)
    assert (paths(frontier), frontier.scope.prefix) == (["/m/guide/a"], "/m/guide/")


async def test_a_servers_list_of_directories_says_nothing_of_a_manuals_extent(
    discoverer: Discoverer, site: Site
) -> None:
    site.pages.update({f"/{name}/index.html": page(name, links=(f"/{name}/a",)) for name in ("one", "two")})
    lines = "".join(f"<li><a href='{name}/'>{name}/</a></li>" for name in ("one", "two"))
    site.pages["/"] = f"<title>Directory listing for /</title><h1>Directory listing for /</h1><ul>{lines}</ul>"
    assert (await look(discoverer, site, "/one/index.html")).scope.prefix == "/one/"


@pytest.mark.parametrize("way", ["redirect", "refresh"])
@pytest.mark.parametrize("is_forbidden", [False, True])
async def test_another_host_is_asked_for_its_rules_before_a_page(
    discoverer: Discoverer, site: Site, way: str, *, is_forbidden: bool
) -> None:
    with Site() as other:
        target = f"{other.url}/x/"
        refresh = f'<meta http-equiv="refresh" content="0; url={target}"><p>moved'
        site.pages["/m/"] = Answer(status=302, headers={"Location": target}) if way == "redirect" else refresh
        rule = "Disallow: /x/" if is_forbidden else "Disallow: /y/"
        other.pages["/robots.txt"] = Answer(f"User-agent: *\n{rule}", content_type="text/plain")
        other.pages["/x/"] = page("X")
        hosts = (f"127.0.0.1:{site.port}", f"127.0.0.1:{other.port}")
        options = JobOptions(allow_private=hosts)  # pyright: ignore[reportCallIssue]
        frontier = await discoverer.discover(f"{site.url}/m/", options)
        assert other.requests[0] == "/robots.txt"
        assert ("/x/" in other.requests) is not is_forbidden
        assert frontier.scope.origin == (site.url if is_forbidden and way == "redirect" else other.url)


async def test_a_redirect_to_what_the_sites_own_rules_forbid_is_not_followed(
    discoverer: Discoverer, site: Site
) -> None:
    site.pages["/robots.txt"] = Answer("User-agent: *\nDisallow: /private/", content_type="text/plain")
    site.pages["/m/"] = Answer(status=302, headers={"Location": "/private/"})
    await look(discoverer, site, "/m/")
    assert "/private/" not in site.requests


@pytest.mark.parametrize(
    ("kept", "asked", "prefix"),
    [
        ("1.2.3", "1.2.3", "/en/1.2.3/"),
        ("v1.2.3", "1.2.3", "/en/v1.2.3/"),
        ("1.2.x", "1.2.3", "/en/1.2.x/"),
        ("v1.2", "1.2.3", "/en/v1.2/"),
        ("1.2", "1.2", "/en/1.2/"),
        ("1.3", "1.2.3", "/en/stable/"),
        ("1.2", "", "/en/stable/"),
    ],
)
async def test_the_version_that_is_asked_for_is_found_where_the_address_redirects_to_another(
    discoverer: Discoverer, site: Site, kept: str, asked: str, prefix: str
) -> None:
    for name in ("stable", kept):
        site.pages[f"/en/{name}/"] = page(f"Home of {name}", links=("a.html",))
        site.pages[f"/en/{name}/a.html"] = page(f"A of {name}", links=("./",))
    site.pages["/"] = Answer("", status=302, headers={"location": "/en/stable/"})
    options = JobOptions(version=asked, allow_private=(f"127.0.0.1:{site.port}",))  # pyright: ignore[reportCallIssue]
    frontier = await discoverer.discover(f"{site.url}/", options)
    assert frontier.scope.prefix == prefix
    assert any("No version" in note for note in frontier.notes) is (bool(asked) and prefix == "/en/stable/")


class BrokenWorkers(Workers):
    """Cannot read a site's own list of pages, as where it takes too much memory or time."""

    async def run(self, work: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if work in (listed_pages, sidebar_entries):
            raise PageRefused("parser_memory", "Reading the page would take more memory than a worker may have.")
        return await super().run(work, *args, **kwargs)


@pytest.mark.parametrize("shell", ["docsify", "Storybook"])
async def test_a_list_that_no_reader_survives_costs_the_site_its_list_alone(site: Site, shell: str) -> None:
    fetcher, workers = Fetcher(timeout_s=5, max_bytes=1_000_000), BrokenWorkers(1)
    if shell == "docsify":
        site.pages["/d/"] = "<html><script>window.$docsify = {loadSidebar: true}</script><div id=app></div></html>"
        site.pages["/d/README.md"] = Answer("# Home\n\n[a](a.md)\n", content_type="text/markdown")
        site.pages["/d/_sidebar.md"] = Answer("- [a](a.md)\n", content_type="text/markdown")
    else:
        site.pages["/d/"] = MANAGER
        site.pages["/d/index.json"] = Answer(index(entry("Start")), content_type="application/json")
    async with contextlib.aclosing(fetcher):
        frontier = await look(Discoverer(fetcher, Robots(fetcher), Editions(fetcher, workers), workers), site, "/d/")
    assert frontier.pages


def test_an_index_that_is_nested_without_end_lists_nothing() -> None:
    for body in (b'{"docs":' + b"[" * 200_000, b"Search.setIndex({docnames:" + b"[" * 200_000 + b"})"):
        assert parse_index(body, "https://d.example/search.json", "", Scope("https://d.example", "/"), "") == ()
