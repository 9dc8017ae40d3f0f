"""What posts word of events: attacked by receivers, by who answers for their names, and by who reads what is posted."""

import contextlib
import hashlib
import hmac
from base64 import b64decode
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Any

import anyio
import anyio.abc
import pytest

from docspasta_mcp.errors import AddressBlocked, PageRefused, PageUnreachable
from docspasta_mcp.fetch.address_guard import Address, Resolve
from docspasta_mcp.fetch.poster import Poster, Signer
from docspasta_mcp.fetch.sites import SiteBook
from docspasta_mcp.runtime.fair_slots import work_of
from docspasta_mcp.settings.sites import Sites, SiteSettings
from tests.fetch.test_address_guard import RecordingSockets
from tests.fetch.test_fetcher import raw
from tests.receiver import KEY, Receiver
from tests.sites import Site

BODY = b'{"type":"job.ended"}'


async def post(url: str, *, opens: str = "", id: str = "msg_a", **parts: Any) -> None:
    """Post once, with nothing opened but one place."""
    poster = Poster(Signer(KEY), clock=lambda: 1_800_000_000.7, **parts)
    try:
        with anyio.fail_after(5):
            await poster.post(url, BODY, id=id, allow_private=(opens,) if opens else ())
    finally:
        await poster.aclose()


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308])
@pytest.mark.parametrize("header", ["Location", "Refresh", "Content-Location"])
async def test_no_answer_leads_anywhere_else(site: Site, status: int, header: str) -> None:
    with Receiver(statuses=[status]) as receiver:
        receiver.headers = {header: f"{'0;url=' if header == 'Refresh' else ''}{site.url}/inner"}
        with pytest.raises(PageUnreachable):
            await post(receiver.url, opens=f"127.0.0.1:{receiver.port}")
        assert [one.path for one in receiver.posted] == ["/hook"]
    assert site.requests == []


def answering(*answers: str) -> Resolve:
    """Return a resolver that gives these answers one after the other, several addresses with commas between."""
    left = list(answers)

    async def resolve(_host: str, _port: int) -> Sequence[Address]:
        return [ip_address(one) for one in (left.pop(0) if len(left) > 1 else left[0]).split(",")]

    return resolve


@pytest.mark.parametrize(
    "answer", ["10.0.0.1", "1.1.1.1,10.0.0.1", "::ffff:127.0.0.1", "64:ff9b::a9fe:a9fe", "169.254.169.254"]
)
async def test_a_public_name_that_leads_inwards_is_not_dialled(answer: str) -> None:
    sockets = RecordingSockets()
    with pytest.raises(AddressBlocked):
        await post("https://hooks.example.com/", resolve=answering(answer), sockets=sockets)
    assert sockets.dialled == []


async def test_the_address_that_was_checked_is_dialled_whatever_the_name_leads_to_then() -> None:
    sockets = RecordingSockets()
    with pytest.raises(PageUnreachable):
        await post("http://hooks.example.com/", resolve=answering("1.1.1.1", "10.0.0.1"), sockets=sockets)
    assert sockets.dialled == ["1.1.1.1"]


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.com:22/",
        "https://hooks.example.com:6379/",
        "http://a.onion/",
        "http://hooks.internal/",
        "http://hooks/",
        "http://metadata.google.internal/",
    ],
)
async def test_only_web_ports_of_public_names_are_dialled(url: str) -> None:
    sockets = RecordingSockets()
    with pytest.raises(AddressBlocked):
        await post(url, resolve=answering("1.1.1.1"), sockets=sockets)
    assert sockets.dialled == []


@pytest.mark.parametrize(
    "url",
    [
        "ftp://hooks.example.com/",
        "http://u:p@hooks.example.com/",
        "http://127.1/",
        "file:///etc/passwd",
        "http://hooks.example.com\\@10.0.0.1/",
    ],
)
async def test_what_is_no_address_of_the_web_is_refused(url: str) -> None:
    sockets = RecordingSockets()
    with pytest.raises(PageRefused) as refused:
        await post(url, resolve=answering("1.1.1.1"), sockets=sockets)
    assert (refused.value.reason, sockets.dialled) == ("invalid_url", [])


async def test_a_signature_is_of_one_id_one_moment_and_one_body() -> None:
    with Receiver() as receiver:
        await post(receiver.url, opens=f"127.0.0.1:{receiver.port}")
    (posted,) = receiver.posted
    assert posted.is_signed
    version, _, signature = posted.headers["webhook-signature"].partition(",")
    assert (version, posted.headers["webhook-timestamp"], posted.body) == ("v1", "1800000000", BODY)
    for id, moment, body in (
        ("msg_b", "1800000000", BODY),
        ("msg_a", "1800000001", BODY),
        ("msg_a", "1800000000", BODY + b" "),
        ("msg_a.1800000000", "", BODY),
    ):
        forged = hmac.new(KEY, f"{id}.{moment}.".encode() + body, hashlib.sha256).digest()
        assert b64decode(signature) != forged


async def test_nothing_that_is_set_for_a_site_goes_along() -> None:
    with Receiver() as receiver:
        place = f"127.0.0.1:{receiver.port}"
        table = {"user_agent": "mine", "headers": {"X-Token": "canary"}, "basic_auth": "a:canary", "owners": ["local"]}
        book = SiteBook(Sites.of_tables({place: SiteSettings.model_validate(table)}))
        with work_of("local"):
            assert book.is_signed_in(f"http://{place}")
            await post(receiver.url, opens=place, sites=book)
    (posted,) = receiver.posted
    ours = {"webhook-id", "webhook-timestamp", "webhook-signature"}
    assert set(posted.headers) == {"host", "user-agent", "content-type", "content-length", "connection", *ours}
    assert posted.headers["user-agent"].startswith("docspasta-mcp/")


@pytest.mark.parametrize(
    ("answer", "is_told"),
    [
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 3_000, False), (b"HTTP/1.1 200 OK\r\n" + b"X-A: aaaaaaaaaaaaaaaa\r\n" * 30_000, False), (b"SSH-2.0-x\r\n", False), (b"", False),
        (b"HTTP/1.1 204 None\r\n\r\n", True), (b"HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\n\r\n" + b"x" * 900_000, True),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", True),
    ],
)  # fmt: skip
async def test_a_receiver_costs_no_more_than_its_status(answer: bytes, is_told: bool) -> None:
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    place = f"127.0.0.1:{listener.extra(anyio.abc.SocketAttribute.local_port)}"
    async with listener, anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, raw(answer))
        with contextlib.nullcontext() if is_told else pytest.raises(PageUnreachable):
            await post(f"http://{place}/", opens=place)
        tasks.cancel_scope.cancel()
