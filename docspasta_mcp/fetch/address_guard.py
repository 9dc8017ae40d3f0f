"""Decide which addresses may be dialled, where the socket is opened.

The host is resolved once, every address of the answer is checked, and a checked address is dialled; Host header,
SNI and certificate stay on the name. So nothing can change between check and connection. Tables instead of
`ipaddress.is_global`, which calls multicast, NAT64, 6to4 and more "global". Sources: the IANA special-purpose
registries for IPv4 and IPv6, and the cloud vendors' documentation of their metadata services.
"""

import contextlib
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import cast

import anyio
import httpcore2

from docspasta_mcp.errors import AddressBlocked, PageRefused, PageUnreachable
from docspasta_mcp.fetch.tcp_only import TcpOnlyBackend

Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Awaitable[Sequence[Address]]]

PUBLIC_PORTS = (80, 443)

_BLOCKED_V4 = tuple(
    ipaddress.IPv4Network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
    )
)  # fmt: skip
# What the regional registries have been given (IANA, IPv6 Global Unicast Address Assignments). Everything else is
# unallocated or special: mapped, NAT64, ULA, link-local, 6bone and the rest of 2000::/3.
_ALLOCATED_V6 = tuple(
    ipaddress.IPv6Network(text)
    for text in (
        "2001:200::/23", "2001:400::/22", "2001:800::/21", "2001:1200::/23", "2001:1400::/22", "2001:1800::/21",
        "2001:2000::/19", "2001:4000::/21", "2001:4800::/22", "2001:4c00::/23", "2001:5000::/20", "2001:8000::/18",
        "2003::/18", "2400::/12", "2410::/12", "2600::/12", "2610::/23", "2620::/23", "2630::/12", "2800::/12",
        "2a00::/12", "2a10::/12", "2c00::/12",
    )
)  # fmt: skip
_BLOCKED_V6 = tuple(ipaddress.IPv6Network(text) for text in ("2001:db8::/32", "2620:4f:8000::/48"))
_ISATAP = (0x0000_5EFE, 0x0200_5EFE)  # upper half of an interface identifier whose lower half is an IPv4 address
_NAT64 = tuple(ipaddress.IPv6Network(text) for text in ("64:ff9b::/96", "64:ff9b:1::/48"))
_METADATA = frozenset(
    ipaddress.ip_address(text)
    for text in (
        "169.254.169.254", "169.254.169.253", "169.254.169.123", "169.254.170.2", "169.254.170.23", "169.254.0.23",
        "169.254.42.42", "168.63.129.16", "100.100.100.200", "192.0.0.192", "fd00:ec2::254", "fd00:ec2::253",
        "fd00:ec2::123", "fd00:ec2::23", "fd20:ce::254", "fd00:42::42", "fd00:a9fe:a9fe::1", "fe80::a9fe:a9fe",
    )
)  # fmt: skip
# Names that mean something on this machine or this network only (RFC 6761, 6762, 8375; ICANN's .internal; usual ones).
_NEVER = frozenset(["onion", "alt", "invalid"])  # RFC 7686, 9476, 6761: no name of the DNS, whoever asks
_NAMED_ONLY = frozenset(["localhost", "local", "internal", "home.arpa", "test", "i2p"])  # where the operator names it
_LOCAL_SUFFIXES = frozenset(
    [
        "localhost",
        "localdomain",
        "local",
        "internal",
        "intranet",
        "private",
        "corp",
        "home",
        "lan",
        "home.arpa",
        "test",
        "i2p",
        "onion",
        "alt",
        "invalid",
    ]
)


@dataclass(frozen=True)
class AddressGuard:
    """Which addresses may be dialled: the public ones on web ports, and what the operator opted in to.

    `allow` holds hosts, `host:port`, addresses and CIDR ranges, as in DOCSPASTA_ALLOW_PRIVATE.
    """

    allow: tuple[str, ...] = ()

    def check_name(self, host: str, port: int) -> None:
        """Refuse a name of the local network before it is looked up, unless the operator opened a door for it.

        For `.local` and other reserved suffixes that is the host's name; for the rest any address will do. Names that
        are never in the DNS, such as `.onion`, are never looked up: a resolver would tell them to others.

        Raises:
            AddressBlocked: the text is the same as that of `check`.
        """
        suffixes = _suffixes(host)
        is_named = any(entry in (host, f"{host}:{port}") for entry in self.allow)
        if suffixes & _NEVER or (suffixes & _NAMED_ONLY and not is_named) or (is_local_name(host) and not self.allow):
            raise _blocked(host, port)

    @staticmethod
    def is_never_dialled(host: str) -> bool:
        """Tell whether no setting opens a host: its name is never in the DNS, or it is where a cloud keeps secrets."""
        with contextlib.suppress(ValueError):
            address = ipaddress.ip_address(host)
            return address in _METADATA or _embedded(address) in _METADATA
        return bool(_suffixes(host) & _NEVER)

    def check_unresolved(self, host: str, port: int) -> None:
        """Refuse what a proxy must not be asked for: local names, other ports, literal addresses that are not public.

        Raises:
            AddressBlocked: the text is the same as that of `check`.
        """
        self.check_name(host, port)
        try:
            self.check(host, port, [ipaddress.ip_address(host)])
        except ValueError:
            is_opened = any(entry in (host, f"{host}:{port}") for entry in self.allow)
            if not is_opened and (port not in PUBLIC_PORTS or is_local_name(host)):
                raise _blocked(host, port) from None

    def check(self, host: str, port: int, addresses: Iterable[Address]) -> list[Address]:
        """Return the addresses of one answer, if all of them may be dialled.

        Raises:
            AddressBlocked: one of them may not, or there are none. The text is the same for all of them.
        """
        checked = list(addresses)
        if not checked or not all(self._may_dial(host, port, address) for address in checked):
            raise _blocked(host, port)
        return checked

    def _may_dial(self, host: str, port: int, address: Address) -> bool:
        if address in _METADATA or _embedded(address) in _METADATA:
            return False
        if _is_public(address) and port in PUBLIC_PORTS and not is_local_name(host):
            return True
        return any(_matches(entry, host, port, address) for entry in self.allow)


class GuardedBackend(TcpOnlyBackend):
    """Opens sockets for httpcore2, only to addresses the guard lets through."""

    def __init__(
        self,
        guard: AddressGuard,
        resolve: Resolve | None = None,
        sockets: httpcore2.AsyncNetworkBackend | None = None,
    ) -> None:
        """Open sockets to the addresses that `guard` allows.

        Args:
            guard: decides.
            resolve: returns a host's addresses; the system's resolver if None.
            sockets: opens the sockets to checked addresses; the system's if None.
        """
        self._guard = guard
        self._resolve = resolve or resolve_host
        self._sockets = sockets or cast("httpcore2.AsyncNetworkBackend", httpcore2.AnyIOBackend())

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # the signature is httpcore2's
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Resolve, check, and dial the first address that answers."""
        with anyio.move_on_after(timeout):
            addresses = self._guard.check(host, port, await self._addresses(host, port))
            for address in addresses[:-1]:
                try:
                    return await self._dial(address, port, timeout, local_address, socket_options)
                except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                    continue
            return await self._dial(addresses[-1], port, timeout, local_address, socket_options)
        raise httpcore2.ConnectTimeout(f"no connection to {host} within {timeout} s")

    async def _addresses(self, host: str, port: int) -> Sequence[Address]:
        self._guard.check_name(host, port)
        try:
            return await self._resolve(host, port)
        except PageUnreachable:
            if is_local_name(host):
                return ()  # a local name that does not exist is refused like one that does
            raise

    async def _dial(
        self,
        address: Address,
        port: int,
        timeout_s: float | None,
        local_address: str | None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None,
    ) -> httpcore2.AsyncNetworkStream:
        return await self._sockets.connect_tcp(
            str(address), port, timeout=timeout_s, local_address=local_address, socket_options=socket_options
        )


async def resolve_host(host: str, port: int) -> Sequence[Address]:
    """Return a host's addresses from the system's resolver, in its order.

    Raises:
        PageRefused: the name does not exist.
        PageUnreachable: the resolver did not answer.
    """
    try:
        return [ipaddress.ip_address(host)]
    except ValueError:
        pass
    try:
        answers = await anyio.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        message = f"The host's name cannot be resolved: {getattr(error, 'strerror', None) or 'it is not one'}."
        if isinstance(error, OSError) and error.errno == socket.EAI_AGAIN:
            raise PageUnreachable("dns", message) from error
        raise PageRefused("dns", message) from error
    return list(dict.fromkeys(ipaddress.ip_address(str(answer[4][0]).partition("%")[0]) for answer in answers))


def is_local_name(host: str) -> bool:
    """Tell whether a host is a name without a dot, or under a suffix that the public DNS does not know."""
    if ":" in host:
        return False
    return "." not in host or bool(_suffixes(host) & _LOCAL_SUFFIXES)


def _suffixes(host: str) -> set[str]:
    """Return a name's last label and its last two; nothing for an IPv6 address."""
    labels = host.removesuffix(".").split(".")
    return set() if ":" in host else {labels[-1], ".".join(labels[-2:])}


def _blocked(host: str, port: int) -> AddressBlocked:
    return AddressBlocked("blocked_address", f"{host} port {port} is not a public web address.")


def _embedded(address: Address) -> IPv4Address | None:
    """Return the IPv4 address that an IPv6 address stands for, if any (RFC 4291, 6052, 3056, 5214)."""
    if isinstance(address, IPv4Address):
        return None
    if address.sixtofour is not None:
        return address.sixtofour
    is_compatible = int(address) >> 32 in (0, 0xFFFF, 0xFFFF_0000)  # ::a.b.c.d, ::ffff:a.b.c.d, ::ffff:0:a.b.c.d
    if is_compatible or _is_isatap(address) or any(address in network for network in _NAT64):
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return None


def _is_isatap(address: IPv6Address) -> bool:
    return (int(address) >> 32) & 0xFFFF_FFFF in _ISATAP


def _is_public(address: Address) -> bool:
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _BLOCKED_V4)
    is_allocated = any(address in network for network in _ALLOCATED_V6)
    return is_allocated and not _is_isatap(address) and not any(address in network for network in _BLOCKED_V6)


def _matches(entry: str, host: str, port: int, address: Address) -> bool:
    if "/" in entry:
        return address in ipaddress.ip_network(entry)
    literal = f"[{address}]" if isinstance(address, IPv6Address) else str(address)
    return entry in (host, f"{host}:{port}", str(address), literal, f"{literal}:{port}")
