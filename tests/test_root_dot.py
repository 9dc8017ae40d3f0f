"""`https://docs.python.org./` names the host `docs.python.org` by its root: the same site at every door, and no way in."""

from pathlib import Path

import anyio
import pytest
from mcp import Client

from docspasta_mcp.errors import InvalidUrl
from docspasta_mcp.fetch.address_guard import AddressGuard
from docspasta_mcp.server.app import create_mcp_server
from docspasta_mcp.server.wiring import running_node
from docspasta_mcp.settings import Settings
from docspasta_mcp.urls import join_url, origin_of, parse_url
from tests.sites import Answer, Site, page
from tests.test_whole_crawl import crawl, text_of


@pytest.mark.parametrize(
    ("spelled", "url"),
    [
        ("https://docs.python.org./", "https://docs.python.org/"), ("https://docs.python.org./3/", "https://docs.python.org/3/"),
        ("https://DOCS.python.org.:443/", "https://docs.python.org/"), ("http://bücher.example./a", "http://xn--bcher-kva.example/a"),
    ],
)  # fmt: skip
def test_the_host_is_the_one_without_its_dot(spelled: str, url: str) -> None:
    assert parse_url(spelled) == url
    assert join_url("https://other.example/", spelled) == url
    AddressGuard().check_name(origin_of(url).partition("://")[2].partition(":")[0], 443)


@pytest.mark.parametrize("host", ["127.0.0.1.", "[::1].", "docs.python.org..", ".docs.python.org", ".", "0x7f.1."])
def test_a_dot_makes_no_address_and_no_empty_label_a_host(host: str) -> None:
    with pytest.raises(InvalidUrl):
        parse_url(f"http://{host}/")


def fill(site: Site) -> tuple[str, str]:
    """Fill a site whose pages name it in both ways; return its address with the dot and without."""
    dotted, plain = f"http://localhost.:{site.port}", f"http://localhost:{site.port}"
    links = (
        "/docs/a.html",
        f"{dotted}/docs/a.html",
        f"{plain}/docs/b.html",
        f"{dotted}/docs/b.html",
        f"{dotted}/docs/private.html",
    )
    site.pages |= {
        "/docs/": page("Zebras", links=links),
        "/docs/a.html": page("Install", links=links),
        "/docs/b.html": Answer(status=302, headers={"Location": f"{dotted}/docs/c.html"}),
        "/docs/c.html": page("Guide", links=links),
        "/docs/private.html": page("Private"),
        "/robots.txt": Answer("User-agent: *\nDisallow: /docs/private.html\n", content_type="text/plain"),
    }
    return dotted, plain


async def test_it_is_the_same_site_at_every_door(tmp_path: Path, site: Site) -> None:
    dotted, plain = fill(site)
    (tmp_path / "docspasta.toml").write_text(f'[sites."localhost.:{site.port}"]\nheaders = {{ X-Token = "tok" }}\n')
    environ = {
        "DOCSPASTA_DATA_DIR": str(tmp_path),
        "DOCSPASTA_ALLOW_PRIVATE": f"localhost:{site.port}",
        "DOCSPASTA_WORKERS": "1",
    }
    async with running_node(Settings.from_env(environ)) as node, Client(create_mcp_server(node)) as client:
        job_id = await crawl(client, f"{dotted}/docs/")
        with anyio.fail_after(20):
            status = (await client.call_tool("get_status", {"job_id": job_id})).structured_content or {}
            again = (await client.call_tool("start_crawl", {"url": f"{plain}/docs/"})).structured_content or {}
            found = text_of(await client.call_tool("search_docs", {"query": "zebras", "docs": [f"{dotted}/docs/"]}))
            one = text_of(await client.call_tool("get_result", {"job_id": job_id, "pages": [f"{dotted}/docs/a.html"]}))
    assert (status["scope"], status["done"], status["reasons"].get("robots")) == (f"{plain}/docs/", 3, 1)
    assert (again["job_id"], again["reused"]) == (job_id, True)
    assert "# Zebras" in found
    assert "# Install" in one
    assert site.requests.count("/robots.txt") == 1  # its rules, slots and pauses are one site's
    assert site.requests.count("/docs/a.html") == 1
    assert "/docs/private.html" not in site.requests
    assert {headers["host"] for headers in site.headers} == {f"localhost:{site.port}"}
    assert {headers.get("x-token") for headers in site.headers} == {"tok"}  # as the operator called the site


@pytest.mark.parametrize(
    "url", ["http://x.onion./", "http://metadata.google.internal./", "http://localhost./", "http://wiki.local./", "http://a.alt./"]
)  # fmt: skip
async def test_what_is_refused_is_refused_with_its_dot(tmp_path: Path, url: str) -> None:
    environ = {"DOCSPASTA_DATA_DIR": str(tmp_path), "DOCSPASTA_WORKERS": "1"}
    async with running_node(Settings.from_env(environ)) as node, Client(create_mcp_server(node)) as client:
        answer = await client.call_tool("start_crawl", {"url": url})
    assert answer.is_error
    assert "not a public web address" in text_of(answer)
