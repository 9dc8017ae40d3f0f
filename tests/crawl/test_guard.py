from collections.abc import Sequence
from ipaddress import ip_address

import httpcore
import pytest

from docspasta_mcp.crawl.fetch import Fetcher
from docspasta_mcp.crawl.guard import Address, AddressGuard, GuardedBackend
from docspasta_mcp.errors import AddressBlocked
from tests.sites import Answer, Site

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
    "::ffff:1.1.1.1",
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


async def test_a_redirect_inwards_is_refused_at_its_own_hop(site: Site) -> None:
    site.pages["/"] = Answer(status=302, headers={"Location": "http://127.0.0.2:1/secret"})
    fetcher = Fetcher(timeout_s=5, max_bytes=1000)
    with pytest.raises(AddressBlocked):
        await fetcher.fetch(f"{site.url}/", allow_private=(f"127.0.0.1:{site.port}",))
    await fetcher.aclose()


async def test_unix_sockets_are_refused() -> None:
    with pytest.raises(AddressBlocked):
        await GuardedBackend(AddressGuard()).connect_unix_socket("/run/docker.sock")
    assert isinstance(GuardedBackend(AddressGuard()), httpcore.AsyncNetworkBackend)
