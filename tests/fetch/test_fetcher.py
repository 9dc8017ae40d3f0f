import contextlib
import gzip
import zlib
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import anyio
import anyio.abc
import pytest

from docspasta_mcp.discovery.robots import Robots
from docspasta_mcp.errors import PageError, PageRefused, PageUnreachable
from docspasta_mcp.fetch.fetcher import USER_AGENT, Fetched, Fetcher
from tests.fakes import Clock
from tests.sites import Answer, Site, page


@pytest.fixture
async def fetcher() -> AsyncIterator[Fetcher]:
    opened = Fetcher(timeout_s=5, max_bytes=10_000)
    yield opened
    await opened.aclose()


def allowed(site: Site) -> tuple[str, ...]:
    return (f"127.0.0.1:{site.port}",)


async def failure(fetcher: Fetcher, site: Site, path: str = "/") -> PageError:
    with pytest.raises(PageError) as caught:
        await fetcher.fetch(site.url + path, allow_private=allowed(site))
    return caught.value


async def test_a_page_comes_with_its_type_and_final_url(fetcher: Fetcher, site: Site) -> None:
    site.pages["/a"] = Answer(status=301, headers={"Location": "/b#part"})
    site.pages["/b"] = Answer("é".encode("latin-1"), content_type='Text/HTML; Charset="ISO-8859-1"')
    fetched = await fetcher.fetch(f"{site.url}/a", allow_private=allowed(site))
    assert (fetched.url, fetched.content_type, fetched.charset) == (f"{site.url}/b", "text/html", "iso-8859-1")
    assert fetched.body == b"\xe9"
    assert site.agents == {USER_AGENT}


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [("gzip", gzip.compress), ("deflate", zlib.compress), ("deflate", lambda data: zlib.compress(data)[2:-4])],
)
async def test_compressed_bodies_are_unpacked(fetcher: Fetcher, site: Site, encoding: str, pack: Any) -> None:
    site.pages["/"] = Answer(pack(b"hello " * 100), headers={"Content-Encoding": encoding})
    assert (await fetcher.fetch(f"{site.url}/", allow_private=allowed(site))).body == b"hello " * 100


async def test_a_bomb_does_not_unfold(fetcher: Fetcher, site: Site) -> None:
    site.pages["/"] = Answer(gzip.compress(bytes(50_000_000)), headers={"Content-Encoding": "gzip"})
    assert (await failure(fetcher, site)).reason == "too_large"


@pytest.mark.parametrize(
    ("answer", "reason", "is_transient"),
    [
        (Answer(status=404), "http_404", False),
        (Answer(status=403), "http_403", False),
        (Answer(status=429, headers={"Retry-After": "7"}), "http_429", True),
        (Answer(status=500), "http_500", True),
        (Answer(status=503), "http_503", True),
        (Answer("x" * 10_001), "too_large", False),
        (Answer("x", headers={"Content-Encoding": "br"}), "content_encoding", False),
        (Answer("x", headers={"Content-Encoding": "gzip"}), "content_encoding", False),
        (Answer(status=302), "bad_redirect", False),
        (Answer(status=302, headers={"Location": "file:///etc/passwd"}), "bad_redirect", False),
        (Answer(status=302, headers={"Location": "/"}), "redirect_loop", False),
    ],
)
async def test_an_answer_that_is_no_page_says_why_and_whether_to_try_again(
    fetcher: Fetcher, site: Site, answer: Answer, reason: str, is_transient: bool
) -> None:
    site.pages["/"] = answer
    error = await failure(fetcher, site)
    assert (error.reason, error.transient) == (reason, is_transient)


async def test_retry_after_is_read_and_clamped(fetcher: Fetcher, site: Site) -> None:
    for value, seconds in (("7", 7), ("99999999999", 60), ("Wed, 21 Oct 2015 07:28:00 GMT", 0), ("soon", None)):
        site.pages["/"] = Answer(status=503, headers={"Retry-After": value})
        error = await failure(fetcher, site)
        assert isinstance(error, PageUnreachable)
        assert error.retry_after_s == seconds


async def test_a_site_that_does_not_answer_in_time_is_left(site: Site) -> None:
    fetcher = Fetcher(timeout_s=0.05, max_bytes=1000)
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    async with anyio.create_task_group() as tasks:

        async def hang(stream: anyio.abc.SocketStream) -> None:
            async with stream:
                await anyio.sleep_forever()

        tasks.start_soon(listener.serve, hang)
        port = listener.extra(anyio.abc.SocketAttribute.local_port)
        with pytest.raises(PageUnreachable) as caught:
            await fetcher.fetch(f"http://127.0.0.1:{port}/", allow_private=(f"127.0.0.1:{port}",))
        assert caught.value.reason == "timeout"
        tasks.cancel_scope.cancel()
    await listener.aclose()
    await fetcher.aclose()


async def test_a_refused_connection_is_tried_again_later(fetcher: Fetcher) -> None:
    with pytest.raises(PageUnreachable) as caught:
        await fetcher.fetch("http://127.0.0.1:9/", allow_private=("127.0.0.1",))
    assert caught.value.reason == "refused"


async def test_five_redirects_are_followed_and_no_sixth(fetcher: Fetcher, site: Site) -> None:
    site.pages |= {f"/{n}": Answer(status=302, headers={"Location": f"/{n - 1}"}) for n in range(1, 7)} | {
        "/0": page("End")
    }
    assert (await fetcher.fetch(f"{site.url}/5", allow_private=allowed(site))).url == f"{site.url}/0"
    with pytest.raises(PageRefused) as caught:
        await fetcher.fetch(f"{site.url}/6", allow_private=allowed(site))
    assert caught.value.reason == "redirect_loop"


async def test_a_redirect_out_of_bounds_is_not_followed(fetcher: Fetcher, site: Site) -> None:
    site.pages["/"] = Answer(status=302, headers={"Location": "/elsewhere"})
    with pytest.raises(PageRefused) as caught:
        await fetcher.fetch(f"{site.url}/", allow_private=allowed(site), may_follow=lambda _url: False)
    assert caught.value.reason == "redirected_out_of_scope"
    assert "/elsewhere" not in site.requests


async def test_robots_txt_is_asked_once_and_obeyed(fetcher: Fetcher, site: Site) -> None:
    text = "User-agent: *\nDisallow: /private/\nCrawl-delay: 2\nSitemap: https://docs.example/map.xml\n"
    site.pages["/robots.txt"] = Answer(text, content_type="text/plain")
    robots = Robots(fetcher)
    rules = await robots.rules(f"{site.url}/a", allow_private=allowed(site))
    await robots.rules(f"{site.url}/b", allow_private=allowed(site))
    assert site.requests == ["/robots.txt"]
    assert rules.allows(f"{site.url}/open")
    assert not rules.allows(f"{site.url}/private/x")
    assert rules.sitemaps == ("https://docs.example/map.xml",)
    assert rules.crawl_delay_s == 2


async def test_without_robots_txt_everything_is_allowed(fetcher: Fetcher, site: Site) -> None:
    assert (await Robots(fetcher).rules(f"{site.url}/", allow_private=allowed(site))).allows(f"{site.url}/x")


async def test_a_robots_txt_that_cannot_be_read_stops_us_for_now(fetcher: Fetcher, site: Site) -> None:
    site.pages["/robots.txt"] = Answer(status=503)
    with pytest.raises(PageUnreachable) as caught:
        await Robots(fetcher).rules(f"{site.url}/", allow_private=allowed(site))
    assert caught.value.reason == "robots_unreachable"


async def test_pages_that_begin_together_ask_once_for_robots_txt(fetcher: Fetcher, site: Site) -> None:
    site.pages["/robots.txt"] = Answer("User-agent: *\nDisallow: /private\n", content_type="text/plain")
    robots = Robots(fetcher)
    async with anyio.create_task_group() as tasks:
        for number in range(20):
            tasks.start_soon(partial(robots.rules, f"{site.url}/{number}", allow_private=allowed(site)))
    assert site.requests == ["/robots.txt"]


async def test_a_robots_txt_that_cannot_be_read_is_asked_for_again_a_second_later(fetcher: Fetcher, site: Site) -> None:
    site.pages["/robots.txt"] = Answer(status=503, headers={"Retry-After": "7"})
    clock = Clock()
    robots = Robots(fetcher, clock)
    told: list[float | None] = []

    async def ask() -> None:
        with pytest.raises(PageUnreachable) as caught:
            await robots.rules(f"{site.url}/", allow_private=allowed(site))
        told.append(caught.value.retry_after_s)

    async with anyio.create_task_group() as tasks:
        for _ in range(20):
            tasks.start_soon(ask)
    assert (site.requests, told) == (["/robots.txt"], [7] * 20)
    site.pages["/robots.txt"] = Answer("", content_type="text/plain")
    clock.advance(1.1)
    assert (await robots.rules(f"{site.url}/", allow_private=allowed(site))).allows(f"{site.url}/x")


@pytest.mark.parametrize(("asked", "seconds"), [("59", 59), ("3600", 60), ("1e9", 60)])
async def test_a_pause_that_would_turn_a_manual_into_a_week_is_cut(
    fetcher: Fetcher, site: Site, asked: str, seconds: float
) -> None:
    site.pages["/robots.txt"] = Answer(f"User-agent: *\nCrawl-delay: {asked}\n", content_type="text/plain")
    rules = await Robots(fetcher).rules(f"{site.url}/", allow_private=allowed(site))
    assert rules.crawl_delay_s == seconds


async def test_what_stands_behind_a_semicolon_is_asked_for(fetcher: Fetcher, site: Site) -> None:
    site.pages["/semi;x.html?q=1;2"] = Answer("here", content_type="text/plain")
    fetched = await fetcher.fetch(f"{site.url}/semi;x.html?q=1;2", allow_private=allowed(site))
    assert fetched.body == b"here"


def raw(answer: bytes, *, then: bytes = b"") -> Any:
    """Return a server that sends an answer, and then something else for ever."""

    async def handle(stream: anyio.abc.SocketStream) -> None:
        async with stream:
            await stream.receive()
            with contextlib.suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
                await stream.send(answer)
                while then:
                    await stream.send(then)

    return handle


async def fetched_from(handle: Any) -> Fetched | PageError:
    opened = Fetcher(timeout_s=5, max_bytes=10_000)
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    port = listener.extra(anyio.abc.SocketAttribute.local_port)
    answer: Fetched | PageError | None = None
    async with listener, anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, handle)
        try:
            answer = await opened.fetch(f"http://127.0.0.1:{port}/", allow_private=(f"127.0.0.1:{port}",))
        except PageError as error:
            answer = error
        await opened.aclose()
        tasks.cancel_scope.cancel()
    assert answer is not None
    return answer


HINT = b"HTTP/1.1 103 Early Hints\r\nLink: </x.css>; rel=preload\r\n\r\n"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok"


async def test_what_stands_before_an_answer_is_read_over_as_long_as_it_ends() -> None:
    hinted = await fetched_from(raw(HINT * 5 + ANSWER))
    assert isinstance(hinted, Fetched)
    assert hinted.body == b"ok"
    with anyio.fail_after(4):
        flooded = await fetched_from(raw(b"", then=b"HTTP/1.1 100 Continue\r\n\r\n" * 1_000))
    assert isinstance(flooded, PageUnreachable)
    assert flooded.reason == "protocol"
