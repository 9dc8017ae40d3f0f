import contextlib
import ssl
from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import anyio
import anyio.abc
import httpcore2
import pytest
import trustme
from anyio.streams.tls import TLSListener

from docspasta_mcp.errors import AddressBlocked, PageError, PageUnreachable
from docspasta_mcp.fetch.address_guard import Address, AddressGuard, GuardedBackend
from docspasta_mcp.fetch.fetcher import Fetcher
from tests.sites import Answer, Site
from tests.urls_corpus import cases

PRIVATE = [
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "127.0.0.1",
    "127.9.9.9",
    "169.254.1.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "239.1.1.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::127.0.0.1",
    "64:ff9b::a00:1",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:20::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "3fff::1",
    "fc00::1",
    "fd12::1",
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "4000::1",
]
METADATA = ["169.254.169.254", "169.254.170.2", "168.63.129.16", "100.100.100.200", "192.0.0.192", "fd00:ec2::254"]
PUBLIC = [
    "1.1.1.1",
    "93.184.216.34",
    "172.32.0.1",
    "192.0.1.1",
    "2606:4700::1111",
    "2a00:1450:4001::1",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_may_be_dialled_on_web_ports_only(address: str) -> None:
    guard = AddressGuard()
    assert guard.check("docs.example", 443, [ip_address(address)])
    with pytest.raises(AddressBlocked):
        guard.check("docs.example", 22, [ip_address(address)])


@pytest.mark.parametrize("address", PRIVATE + METADATA)
def test_an_address_that_is_not_public_is_refused_alone_and_among_others(address: str) -> None:
    for answer in ([address], ["1.1.1.1", address], [address, "1.1.1.1"]):
        with pytest.raises(AddressBlocked, match="docs.example port 443 is not a public web address"):
            AddressGuard().check("docs.example", 443, map(ip_address, answer))


def test_an_empty_answer_is_refused() -> None:
    with pytest.raises(AddressBlocked):
        AddressGuard().check("docs.example", 443, [])


@pytest.mark.parametrize(
    ("entry", "host", "port", "address", "is_allowed"),
    [
        ("127.0.0.1:8000", "127.0.0.1", 8000, "127.0.0.1", True),
        ("127.0.0.1:8000", "127.0.0.1", 8001, "127.0.0.1", False),
        ("docs.corp", "docs.corp", 9000, "10.1.1.1", True),
        ("docs.corp", "other.corp", 9000, "10.1.1.1", False),
        ("docs.corp:80", "docs.corp", 81, "10.1.1.1", False),
        ("10.20.0.0/16", "any.corp", 80, "10.20.3.4", True),
        ("10.20.0.0/16", "any.corp", 80, "10.21.3.4", False),
        ("[::1]:8000", "::1", 8000, "::1", True),
        ("169.254.0.0/16", "metadata", 80, "169.254.169.254", False),
        ("metadata", "metadata", 80, "169.254.169.254", False),
    ],
)
def test_the_operator_can_open_a_door_but_never_to_metadata(
    entry: str, host: str, port: int, address: str, is_allowed: bool
) -> None:
    guard = AddressGuard((entry,))
    if is_allowed:
        assert guard.check(host, port, [ip_address(address)])
    else:
        with pytest.raises(AddressBlocked):
            guard.check(host, port, [ip_address(address)])


async def test_the_checked_address_is_the_one_dialled(site: Site) -> None:
    asked: list[str] = []

    async def resolve(host: str, port: int) -> Sequence[Address]:
        asked.append(host)
        return [ip_address("127.0.0.1" if len(asked) == 1 else "10.0.0.1")]  # a second look would be a rebinding

    site.pages["/"] = Answer("hello", content_type="text/plain")
    fetcher = Fetcher(timeout_s=5, max_bytes=1000, resolve=resolve)
    fetched = await fetcher.fetch(f"http://docs.corp:{site.port}/", allow_private=("docs.corp",))
    await fetcher.aclose()
    assert fetched.body == b"hello"
    assert asked == ["docs.corp"]


class RecordingSockets(httpcore2.AsyncNetworkBackend):
    """Notes what would be dialled, and dials nothing."""

    def __init__(self) -> None:
        self.dialled: list[str] = []

    async def connect_tcp(self, host: str, *_args: Any, **_more: Any) -> httpcore2.AsyncNetworkStream:
        self.dialled.append(host)
        raise httpcore2.ConnectError("dialled")


KINDS = {kind: [case for case in cases() if case.kind == kind] for kind in dict.fromkeys(case.kind for case in cases())}


@pytest.mark.parametrize("kind", KINDS)
async def test_of_each_kind_of_url_only_the_public_ones_are_dialled(kind: str) -> None:
    answers: Sequence[str] = ()

    async def resolve(host: str, port: int) -> Sequence[Address]:
        try:
            return [ip_address(host)]
        except ValueError:
            return [ip_address(answer) for answer in answers]

    sockets = RecordingSockets()
    fetcher = Fetcher(timeout_s=5, max_bytes=1000, resolve=resolve, sockets=sockets)  # one: it loads certificates
    async with contextlib.aclosing(fetcher):
        for case in KINDS[kind]:
            answers = case.answers
            sockets.dialled.clear()
            with pytest.raises(PageError) as caught:
                await fetcher.fetch(case.url)
            reason = caught.value.reason
            if case.is_allowed:
                assert sockets.dialled, case
                assert reason == "connection"
            else:
                assert (sockets.dialled, reason) in (([], "invalid_url"), ([], "blocked_address")), case


@pytest.mark.parametrize("host", ["127.0.0.1", "10.0.0.1", "[::1]", "169.254.169.254", "docs.com", "wiki", "nas.local"])
async def test_every_private_target_is_refused_in_the_same_words(host: str) -> None:
    async def resolve(name: str, port: int) -> Sequence[Address]:
        assert name == "docs.com"  # a name of the local network is not even looked up
        return [ip_address("10.0.0.1")]

    async def literal(name: str, port: int) -> Sequence[Address]:
        return [ip_address(name)]

    fetcher = Fetcher(timeout_s=5, max_bytes=1000, resolve=literal if host[0] in "1[" else resolve)
    with pytest.raises(AddressBlocked) as caught:
        await fetcher.fetch(f"http://{host}/")
    await fetcher.aclose()
    assert str(caught.value) == f"{host.strip('[]')} port 80 is not a public web address."


async def test_a_local_name_that_does_not_exist_is_refused_like_one_that_does() -> None:
    async def nothing(name: str, port: int) -> Sequence[Address]:
        raise PageUnreachable("dns", "no such name")

    for allow in ((), ("10.0.0.0/8",)):
        backend = GuardedBackend(AddressGuard(allow), nothing)
        with pytest.raises(AddressBlocked):
            await backend.connect_tcp("wiki", 80, timeout=5)


@pytest.mark.parametrize("entry", ["64:ff9b::/96", "::/0", "0.0.0.0/0", "[64:ff9b::a9fe:a9fe]", "metadata"])
@pytest.mark.parametrize(
    "address", ["64:ff9b::a9fe:a9fe", "::ffff:169.254.169.254", "2002:a9fe:a9fe::", "fd00:ec2::254"]
)
def test_metadata_stays_refused_behind_a_translated_address(entry: str, address: str) -> None:
    with pytest.raises(AddressBlocked):
        AddressGuard((entry,)).check("metadata", 80, [ip_address(address)])


async def test_proxy_variables_do_not_apply(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    with Site() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        site.pages["/"] = Answer("hello", content_type="text/plain")
        fetcher = Fetcher(timeout_s=5, max_bytes=1000)
        fetched = await fetcher.fetch(f"{site.url}/", allow_private=(f"127.0.0.1:{site.port}",))
        await fetcher.aclose()
    assert fetched.body == b"hello"
    assert proxy.requests == []


@pytest.mark.parametrize(("name", "reason"), [("docs.corp.example", None), ("other.corp.example", "certificate")])
async def test_host_sni_and_certificate_stay_on_the_name(
    name: str, reason: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))  # how an operator adds a company's own CA
    asked: list[str | None] = []
    heard: list[bytes] = []
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("docs.corp.example").configure_cert(context)
    context.sni_callback = lambda _socket, server_name, _context: asked.append(server_name)

    async def answer(stream: anyio.abc.ByteStream) -> None:
        async with stream:
            heard.append(await stream.receive())
            await stream.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello")

    async def resolve(host: str, port: int) -> Sequence[Address]:
        return [ip_address("127.0.0.1")]

    tcp = await anyio.create_tcp_listener(local_host="127.0.0.1")
    port = tcp.extra(anyio.abc.SocketAttribute.local_port)
    fetcher = Fetcher(timeout_s=5, max_bytes=1000, resolve=resolve)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(TLSListener(tcp, context, standard_compatible=False).serve, answer)
        try:
            fetched = await fetcher.fetch(f"https://{name}:{port}/", allow_private=(name,))
            assert (fetched.body, reason) == (b"hello", None)
            assert f"\r\nhost: {name}:{port}\r\n".encode() in b"\r\n" + heard[0].lower()
        except PageError as error:
            assert error.reason == reason
            assert heard == []
        tasks.cancel_scope.cancel()
    await tcp.aclose()
    await fetcher.aclose()
    assert asked == [name]


async def test_a_redirect_inwards_is_refused_at_its_own_hop(site: Site) -> None:
    site.pages["/"] = Answer(status=302, headers={"Location": "http://127.0.0.2:1/secret"})
    fetcher = Fetcher(timeout_s=5, max_bytes=1000)
    with pytest.raises(AddressBlocked):
        await fetcher.fetch(f"{site.url}/", allow_private=(f"127.0.0.1:{site.port}",))
    await fetcher.aclose()


@pytest.mark.parametrize("host", ["wiki", "nas.corp", "printer.lan"])
def test_a_local_name_leads_to_what_the_operator_opened_alone(host: str) -> None:
    guard = AddressGuard(("10.0.0.0/8",))
    assert guard.check(host, 80, [ip_address("10.1.2.3")])
    with pytest.raises(AddressBlocked):  # whoever answers for it here, it is no name of the public web
        guard.check(host, 80, [ip_address("1.1.1.1")])


async def test_unix_sockets_are_refused() -> None:
    with pytest.raises(AddressBlocked):
        await GuardedBackend(AddressGuard()).connect_unix_socket("/run/docker.sock")
    assert isinstance(GuardedBackend(AddressGuard()), httpcore2.AsyncNetworkBackend)


@pytest.mark.parametrize(
    "suffix", ["onion", "alt", "invalid", "localhost", "local", "internal", "home.arpa", "test", "i2p"]
)
@pytest.mark.parametrize("dot", ["", "."])
async def test_a_reserved_name_is_never_asked_of_the_resolver(suffix: str, dot: str) -> None:
    asked: list[str] = []

    async def resolve(host: str, port: int) -> Sequence[Address]:
        asked.append(host)
        return [ip_address("1.1.1.1")]

    host = f"docs.{suffix}"
    is_never = suffix in ("onion", "alt", "invalid")
    for allowed, is_asked in (
        ((), False),
        (("10.0.0.0/8",), False),
        (("other.local",), False),
        ((host,), not is_never),
    ):
        fetcher = Fetcher(timeout_s=5, max_bytes=1000, resolve=resolve, sockets=RecordingSockets())
        with pytest.raises(PageError):
            await fetcher.fetch(f"http://{host}{dot}/", allow_private=allowed)
        await fetcher.aclose()
        assert bool(asked) is is_asked
