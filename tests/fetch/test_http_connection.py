"""What becomes of a connection after each request, seen by the sockets that a fetcher opens."""

import ipaddress
from collections.abc import Sequence
from typing import Any

import httpcore2
import pytest

from docspasta_mcp.errors import PageError
from docspasta_mcp.fetch.fetcher import Fetcher

_PAGE = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 4\r\n\r\npage"


class Line(httpcore2.AsyncNetworkStream):
    """A socket that says what it was given, a piece at a time, and then that the site has gone."""

    def __init__(self, says: Sequence[bytes]) -> None:
        self.says = list(says)
        self.heard = 0
        self.is_closed = self.is_readable = self.is_deaf = False

    async def read(self, *_given: Any, **_named: Any) -> bytes:
        return self.says.pop(0) if self.says else b""

    async def write(self, *_given: Any, **_named: Any) -> None:
        self.heard += 1
        if self.is_deaf:
            raise httpcore2.WriteError("closed")

    async def aclose(self) -> None:
        self.is_closed = True

    def get_extra_info(self, info: str) -> Any:
        return self.is_readable if info == "is_readable" else None


class Lines(httpcore2.AsyncNetworkBackend):
    """Opens the lines that it was given, in turn."""

    def __init__(self, *lines: Line) -> None:
        self._lines = list(lines)

    async def connect_tcp(self, *_args: Any, **_options: Any) -> httpcore2.AsyncNetworkStream:
        return self._lines.pop(0)


async def resolve(_host: str, _port: int) -> list[ipaddress.IPv4Address]:
    return [ipaddress.IPv4Address("1.1.1.1")]


def fetcher_over(*lines: Line) -> Fetcher:
    return Fetcher(timeout_s=5, max_bytes=1_000, resolve=resolve, sockets=Lines(*lines))


async def fetch(fetcher: Fetcher, accepts: str = "text/html") -> bytes | str:
    """Return a body, or the reason why there is none."""
    try:
        return (await fetcher.fetch("http://docs.example/", accepts=lambda kind: kind == accepts)).body
    except PageError as error:
        return error.reason


@pytest.mark.parametrize(
    "answer",
    [
        _PAGE,
        b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n2\r\npa\r\n2\r\nge\r\n0\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n" + _PAGE,
    ],
    ids=("length", "chunks", "hints"),
)
async def test_pages_come_one_after_another_over_one_connection(answer: bytes) -> None:
    line = Line([answer[:20], answer[20:], answer])
    fetcher = fetcher_over(line)
    assert [await fetch(fetcher), await fetch(fetcher)] == [b"page", b"page"]
    assert (line.heard, line.is_closed) == (2, False)
    await fetcher.aclose()
    assert line.is_closed


@pytest.mark.parametrize(
    "answer",
    [
        _PAGE.replace(b"4\r", b"900\r"),  # its body is not all there
        _PAGE.replace(b"OK\r\n", b"OK\r\nConnection: close\r\n"),
        _PAGE.replace(b"1.1", b"1.0"),
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"",
        _PAGE + _PAGE.replace(b"page", b"evil"),
        _PAGE + b"\n",
    ],
    ids=("half a body", "close", "HTTP/1.0", "another protocol", "no HTTP", "nothing", "two answers", "too much"),
)
async def test_what_leaves_a_connection_in_no_state_for_another_request_closes_it(answer: bytes) -> None:
    line, next_line = Line([answer]), Line([_PAGE])
    fetcher = fetcher_over(line, next_line)
    first = await fetch(fetcher)
    assert first in (b"page", "protocol", "http_101")
    assert line.is_closed
    assert (await fetch(fetcher), next_line.heard) == (b"page", 1)


async def test_a_body_that_is_not_wanted_is_not_waited_for() -> None:
    line = Line([_PAGE.replace(b"4\r", b"900\r")])
    assert await fetch(fetcher_over(line), accepts="text/markdown") == "content_type"
    assert line.is_closed


async def test_a_connection_that_the_site_has_closed_meanwhile_is_not_used() -> None:
    line, next_line = Line([_PAGE, _PAGE]), Line([_PAGE])
    fetcher = fetcher_over(line, next_line)
    assert await fetch(fetcher) == b"page"
    line.is_readable = True
    assert await fetch(fetcher) == b"page"
    assert (line.heard, line.is_closed, next_line.heard) == (1, True, 1)


async def test_a_site_that_answers_before_it_has_read_all_is_heard() -> None:
    line = Line([_PAGE])
    line.is_deaf = True
    assert await fetch(fetcher_over(line)) == b"page"
