"""Sites of docsify, whose page is empty: their Markdown is read without a browser."""

from collections.abc import AsyncIterator

import pytest

from docspasta_mcp.discovery.docsify import Docsify, docsify_of, sidebar_entries
from docspasta_mcp.store import Store
from tests.fakes import Clock
from tests.pipeline.test_steps import Chain
from tests.sites import TEXT, Answer, Site

SHELL = """<!DOCTYPE html><html><body><div id="app">Please wait...</div><script>
  window.$docsify = { name: 'Thing', loadSidebar: true, subMaxLevel: 2 }
</script><script src="//cdn.example/docsify@4"></script></body></html>"""
SIDEBAR = """<!-- docs/_sidebar.md -->

* [Home](/)
* Getting started
  * [Install](install.md "How to install")
  * [Use](guide/use?id=first)
* [Reference](reference/)
* [Source](https://elsewhere.example/thing)
"""


@pytest.fixture
async def chain(store: Store, site: Site, clock: Clock) -> AsyncIterator[Chain]:
    made = Chain(store, site, clock)
    yield made
    await made.fetcher.aclose()


def markdown(title: str, more: str = "") -> Answer:
    return Answer(f"# {title}\n\n{TEXT}\n\n{title} is told here. {more}\n", content_type="text/markdown; charset=utf-8")


async def crawled(chain: Chain) -> str:
    job_id = await chain.start("/docs/")
    await chain.deliver_all()
    return job_id


async def test_a_docsify_site_is_read_in_the_order_of_its_sidebar(chain: Chain, site: Site) -> None:
    site.pages |= {
        "/docs/": SHELL,
        "/docs/_sidebar.md": Answer(SIDEBAR, content_type="text/markdown"),
        "/docs/README.md": markdown("Thing"),
        "/docs/reference/README.md": markdown("Reference"),
        "/docs/guide/use.md": markdown("Use"),
        "/docs/install.md": markdown("Install"),
    }
    job_id = await crawled(chain)
    status = await chain.jobs.status(job_id)
    assert (status.state, status.done, status.failed, status.seed_fault) == ("completed", 4, 0, "")
    assert "docsify" in status.scope_reason
    assert await chain.titles(job_id) == ["1. [Thing", "2. [Install", "3. [Use", "4. [Reference"]


async def test_without_a_sidebar_links_lead_on(chain: Chain, site: Site) -> None:
    site.pages |= {
        "/docs/": SHELL.replace("loadSidebar: true, ", ""),
        "/docs/README.md": markdown("Thing", "See [how to install](install.md)."),
        "/docs/install.md": markdown("Install"),
    }
    assert await chain.titles(await crawled(chain)) == ["1. [Thing", "2. [Install"]


async def test_a_docsify_site_without_its_files_is_a_shell(chain: Chain, site: Site) -> None:
    site.pages["/docs/"] = SHELL
    assert (await chain.jobs.status(await crawled(chain))).seed_fault == "javascript_required"


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ("{}", Docsify("https://x.example/a/", "https://x.example/a/README.md", "")),
        ("{loadSidebar: false}", Docsify("https://x.example/a/", "https://x.example/a/README.md", "")),
        (
            "{basePath: '/docs', 'loadSidebar': 'summary.md', homepage: \"start.md\"}",
            Docsify(
                "https://x.example/docs/",
                "https://x.example/docs/start.md",
                "https://x.example/docs/summary.md",
                home_name="start.md",
            ),
        ),
        ("{basePath: 'javascript:x'}", None),
    ],
)
def test_its_settings_say_where_the_files_are(settings: str, expected: Docsify | None) -> None:
    assert docsify_of(f"<script>window.$docsify = {settings}</script>", "https://x.example/a/") == expected


def test_a_sidebar_leads_to_no_other_site_and_to_markdown_alone() -> None:
    site = Docsify("https://x.example/a/", "https://x.example/a/README.md", "")
    text = b"* [a](//evil.example/b)\n* [b](javascript:x)\n* [c](../../../c)\n* [d](d.png)\n* [e](#/e)\n"
    assert [entry.url for entry in sidebar_entries(text, site)] == [
        "https://x.example/c.md",
        "https://x.example/a/e.md",
    ]
