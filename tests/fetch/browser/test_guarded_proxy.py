"""The proxy by raw sockets, as a browser would speak to it."""

import base64
from collections.abc import AsyncIterator

import anyio
import httpcore2
import pytest

from docspasta_mcp.errors import AddressBlocked
from docspasta_mcp.fetch.browser import visits
from docspasta_mcp.fetch.browser.guarded_proxy import GuardedProxy
from docspasta_mcp.fetch.browser.visits import Visit
from docspasta_mcp.fetch.fetcher import Fetcher
from tests.sites import Answer, Site


@pytest.fixture
async def fetcher() -> AsyncIterator[Fetcher]:
    opened = Fetcher(timeout_s=5, max_bytes=1_000_000)
    yield opened
    await opened.aclose()


@pytest.fixture
async def proxy(fetcher: Fetcher) -> AsyncIterator[GuardedProxy]:
    opened = GuardedProxy(fetcher.dial)
    await opened.start()
    yield opened
    await opened.aclose()


async def said(proxy: GuardedProxy, *lines: str, visit: Visit | None = None, body: str = "") -> str:
    """Send a request and return everything that comes back."""
    pair = base64.b64encode(f"{visit.name}:{visit.secret}".encode()).decode() if visit else ""
    head = [*lines, *([f"Proxy-Authorization: Basic {pair}"] if visit else [])]
    answer = b""
    with anyio.fail_after(10):
        async with await anyio.connect_tcp("127.0.0.1", proxy.port) as stream:
            await stream.send("\r\n".join([*head, "", body]).encode())
            while True:
                try:
                    answer += await stream.receive()
                except (anyio.EndOfStream, anyio.BrokenResourceError):
                    return answer.decode()


def allowed(proxy: GuardedProxy, *sites: Site) -> Visit:
    visit = Visit(tuple(f"127.0.0.1:{site.port}" for site in sites))
    proxy.admit(visit)
    return visit


@pytest.mark.parametrize("pair", ["", "x", "name:secret"])
async def test_without_its_credentials_nothing_is_dialled(proxy: GuardedProxy, site: Site, pair: str) -> None:
    allowed(proxy, site)
    told = base64.b64encode(pair.encode()).decode()
    answer = await said(proxy, f"GET {site.url}/ HTTP/1.1", f"Proxy-Authorization: Basic {told}")
    assert answer.startswith("HTTP/1.1 407 ")
    assert site.requests == []


async def test_a_page_gets_what_its_site_serves(proxy: GuardedProxy, site: Site) -> None:
    site.pages["/a?b=c"] = Answer("words")
    visit = allowed(proxy, site)
    answer = await said(proxy, f"GET {site.url}/a?b=c HTTP/1.1", "Host: elsewhere.example", "X-Own: 1", visit=visit)
    assert answer.endswith("words")
    assert site.headers[0]["host"] == f"127.0.0.1:{site.port}"
    assert site.headers[0]["x-own"] == "1"
    assert "proxy-authorization" not in site.headers[0]


async def test_a_tunnel_passes_bytes_both_ways(proxy: GuardedProxy, site: Site) -> None:
    site.pages["/"] = Answer("words", headers={"Connection": "close"})
    visit = allowed(proxy, site)
    asked = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    answer = await said(proxy, f"CONNECT 127.0.0.1:{site.port} HTTP/1.1", visit=visit, body=asked)
    assert answer.startswith("HTTP/1.1 200 ")
    assert answer.endswith("words")


@pytest.mark.parametrize(
    "target",
    [
        "10.0.0.1:80",
        "127.0.0.1:1",
        "[::1]:80",
        "169.254.169.254:80",
        "localhost:80",
        "printer.local:443",
        "0x7f.1:80",
        "a@b:80",
    ],
)
async def test_a_tunnel_inward_is_refused(proxy: GuardedProxy, site: Site, target: str) -> None:
    visit = allowed(proxy, site)
    answer = await said(proxy, f"CONNECT {target} HTTP/1.1", visit=visit)
    assert answer.startswith("HTTP/1.1 403 ")
    assert len(visit.refused) == 1


async def test_a_request_inward_gets_no_answer_that_could_pass_for_the_page(proxy: GuardedProxy, site: Site) -> None:
    visit = allowed(proxy, site)
    assert await said(proxy, "GET http://192.168.0.1/ HTTP/1.1", visit=visit) == ""
    assert await said(proxy, "GET file:///etc/passwd HTTP/1.1", visit=visit) == ""


async def test_the_proxy_itself_is_never_dialled(proxy: GuardedProxy) -> None:
    visit = Visit(("127.0.0.0/8",))
    proxy.admit(visit)
    assert (await said(proxy, f"CONNECT 127.0.0.1:{proxy.port} HTTP/1.1", visit=visit)).startswith("HTTP/1.1 403 ")


async def test_a_second_request_of_a_connection_reaches_no_site(proxy: GuardedProxy, site: Site) -> None:
    site.pages["/"], site.pages["/second"] = Answer("first"), Answer("second")
    visit = allowed(proxy, site)
    second = f"GET {site.url}/second HTTP/1.1\r\n\r\n"
    await said(proxy, f"GET {site.url}/ HTTP/1.1", visit=visit, body=second)
    assert "/second" not in site.requests


async def test_what_has_left_is_let_through_no_more(proxy: GuardedProxy, site: Site) -> None:
    visit = allowed(proxy, site)
    proxy.leave(visit)
    assert (await said(proxy, f"GET {site.url}/ HTTP/1.1", visit=visit)).startswith("HTTP/1.1 407 ")


async def test_too_many_bytes_end_all_connections(
    proxy: GuardedProxy, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visits, "MAX_BYTES", 100_000)
    site.pages["/"] = Answer("x" * 5_000_000)
    visit = allowed(proxy, site)
    assert len(await said(proxy, f"GET {site.url}/ HTTP/1.1", visit=visit)) < 1_000_000
    assert visit.is_over_limit
    assert (await said(proxy, f"CONNECT 127.0.0.1:{site.port} HTTP/1.1", visit=visit)).startswith("HTTP/1.1 403 ")


async def test_a_name_is_resolved_once_and_a_private_answer_refused() -> None:
    async def refuse(origin: str, _allow: tuple[str, ...]) -> httpcore2.AsyncNetworkStream:
        raise AddressBlocked("blocked_address", origin)

    proxy = GuardedProxy(refuse)
    await proxy.start()
    visit = allowed(proxy)
    assert (await said(proxy, "CONNECT rebinding.example:443 HTTP/1.1", visit=visit)).startswith("HTTP/1.1 403 ")
    assert visit.refused == ["rebinding.example:443"]
    await proxy.aclose()
