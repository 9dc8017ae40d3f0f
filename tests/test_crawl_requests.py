"""What a caller is told at once, before anything is stored; the rest of each kind is in `evals.situations`."""

from pathlib import Path

import pytest

from docspasta_mcp.errors import CallerError
from docspasta_mcp.server.wiring import Node, open_node, running_node
from docspasta_mcp.settings import Settings
from tests.sites import Site, page


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://10.1.2.3/", "DOCSPASTA_ALLOW_PRIVATE"),
        ("http://[fd00::1]/", "DOCSPASTA_ALLOW_PRIVATE"),
        ("http://169.254.169.254/", r"not a public web address\. No setting of this server opens it\.$"),
        ("http://[::ffff:169.254.169.254]/", "No setting of this server opens it"),
        ("https://docs.example.invalid/", r"not a public web address\. No setting of this server opens it\.$"),
        ("https://docs.example.test/", "DOCSPASTA_ALLOW_PRIVATE=docs.example.test:443"),
        ("file:///tmp/manual", "docspasta-mcp convert"),
        ("./manual", "docspasta-mcp convert"),
        ("/home/me/manual", "docspasta-mcp convert"),
    ],
)
async def test_a_url_that_no_crawl_could_read_is_refused_at_once(node: Node, url: str, words: str) -> None:
    for dry_run in (False, True):
        with pytest.raises(CallerError, match=words):
            await node.jobs.start(url, dry_run=dry_run)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"include": ["https://docs.example/guide/*"]}, "give '/guide/\\*' instead"),
        ({"exclude": ["/guide/[a-"]}, "is not closed"),
        ({"exclude": ["/docs/*"]}, "exclude leaves out .*/docs/install.html itself"),
    ],
)
async def test_globs_that_make_no_sense_are_refused_at_once(
    node: Node, manual_site: Site, options: dict[str, list[str]], words: str
) -> None:
    with pytest.raises(CallerError, match=words):
        await node.jobs.start(f"{manual_site.url}/docs/install.html", **options)  # pyright: ignore[reportArgumentType]


async def test_a_url_without_a_scheme_on_a_host_of_ones_own_may_speak_http(node: Node, manual_site: Site) -> None:
    started = await node.jobs.start(f"127.0.0.1:{manual_site.port}/docs/", dry_run=True)

    assert started.seed_url == f"{manual_site.url}/docs/"
    assert started.preview is not None
    assert started.preview.estimated_pages == 5


async def test_a_url_without_a_scheme_may_speak_http_in_a_range_of_ones_own(tmp_path: Path, manual_site: Site) -> None:
    environ = {"DOCSPASTA_DATA_DIR": str(tmp_path), "DOCSPASTA_ALLOW_PRIVATE": "127.0.0.0/8"}
    async with open_node(Settings.from_env(environ)) as node:
        started = await node.jobs.start(f"127.0.0.1:{manual_site.port}/docs/", dry_run=True)

    assert started.seed_url == f"{manual_site.url}/docs/"


async def test_what_keeps_the_page_from_being_read_is_said_before_the_pause(node: Node, manual_site: Site) -> None:
    started = await node.jobs.start(f"{manual_site.url}/docs/none.html", delay_seconds=0.5, dry_run=True)

    assert started.preview is not None
    assert "404" in started.preview.notes[0]
    assert "0.5 s pass between two requests" in started.preview.notes[1]


async def test_a_dry_run_counts_what_the_first_page_links_where_the_site_has_no_list(
    node: Node, manual_site: Site
) -> None:
    links = [f"/bare/page{number}.html" for number in range(40)]
    listed = "".join(f"<p>Some words on <a href='{link}'>it</a>.</p>" for link in (*links, links[0], "/elsewhere/"))
    manual_site.pages["/bare/"] = page("Bare", listed)
    started = await node.jobs.start(f"{manual_site.url}/bare/", scope="prefix", dry_run=True)
    assert started.preview is not None
    assert (started.preview.estimated_pages, started.preview.is_complete_list) == (41, False)
    assert started.preview.sources == {"seed": 1, "link": 40}
    assert started.preview.sample[:2] == [f"{manual_site.url}/bare/", f"{manual_site.url}/bare/page0.html"]
    assert any("counted is what the page where the crawl starts names" in note for note in started.preview.notes)
    alone = await node.jobs.start(f"{manual_site.url}/bare/", scope="prefix", max_depth=0, dry_run=True)
    assert alone.preview is not None
    assert alone.preview.estimated_pages == 1


async def test_a_dry_run_says_that_the_limit_is_too_small(node: Node, manual_site: Site) -> None:
    started = await node.jobs.start(f"{manual_site.url}/docs/", max_pages=2, dry_run=True)

    assert started.preview is not None
    assert "max_pages is 2: a crawl would leave 3 of them out." in started.preview.notes


async def test_an_include_that_matches_nothing_is_told_in_the_next_step(node: Node, manual_site: Site) -> None:
    started = await node.jobs.start(f"{manual_site.url}/docs/", include=["/elsewhere/*"])
    status = await node.jobs.wait(started.job_id, 25)

    assert status.state == "failed"
    assert "include matches none of the" in status.reason
    assert status.next_step == "Call start_crawl again with other patterns or without include."


async def test_two_pages_of_a_manual_that_are_asked_for_at_once_are_one_crawl(
    tmp_path: Path, manual_site: Site
) -> None:
    environ = {"DOCSPASTA_DATA_DIR": str(tmp_path), "DOCSPASTA_ALLOW_PRIVATE": f"127.0.0.1:{manual_site.port}"}
    async with running_node(Settings.from_env(environ)) as node:
        first = await node.jobs.start(f"{manual_site.url}/docs/")
        second = await node.jobs.start(f"{manual_site.url}/docs/install.html")

    assert (second.job_id, second.reused) == (first.job_id, True)
