"""Which network addresses an image may be fetched from.

A catalog is somebody else's text. Without these rules a row could make this machine ask its own
services, its cloud's metadata address or its neighbours (server-side request forgery), in any
of the notations that hide such an address.
"""

import ipaddress
import re
import socket
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Self

from ingest.errors import BadHost, FetchError

IPv4 = ipaddress.IPv4Address
IPv6 = ipaddress.IPv6Address
DEFAULT_PORTS = {"http": 80, "https": 443}
# Where DNS64 puts a public IPv4 host for a network that has only IPv6.
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
# Local translation, and the abandoned IPv4-compatible form: no public host is there.
_NEVER = (ipaddress.ip_network("64:ff9b:1::/48"), ipaddress.ip_network("::/96"))
_HOST_AND_PORT = re.compile(
    r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^\s:/?#@*\[\]]+)(:(?P<port>[0-9]{1,5}))?"
)


@dataclass(frozen=True)
class AllowedHosts:
    """Hosts that may lie in a private network, as "host" or "host:port".

    A named port is allowed beside 80 and 443, on that host only.
    """

    hosts: frozenset[str]
    ports: frozenset[tuple[str, int]]

    @classmethod
    def parse(cls, entries: Collection[str]) -> Self:
        """Raises BadHost for an entry that could never match."""
        split = [_host_and_port(entry) for entry in entries]
        ports = frozenset((host, port) for host, port in split if port is not None)
        return cls(frozenset(host for host, port in split if port is None), ports)

    def allows(self, host: str, port: int) -> bool:
        """May this host be asked on this port, whatever its address?"""
        name = plain_host(host)
        if (name, port) in self.ports:
            return True
        return name in self.hosts and port in DEFAULT_PORTS.values()


def check_port(host: str, port: int, allowed: AllowedHosts) -> None:
    """Raises FetchError `refused_url` for a port that no image server uses."""
    if port not in DEFAULT_PORTS.values() and not allowed.allows(host, port):
        raise FetchError(
            "refused_url",
            f"port {port} is not one of images · {host}:{port} · "
            f"allow {host}:{port} if it is yours",
        )


def checked_addresses(host: str, port: int, allowed: AllowedHosts) -> Sequence[str]:
    """The addresses of `host`, resolved once, all of them public (or the host is allowed).

    The caller must connect to one of exactly these: a second look-up could give another answer.
    Raises FetchError `refused_address`, `unknown_host`.
    """
    addresses = _resolve(host, port)
    if allowed.allows(host, port):
        return addresses
    for address in addresses:
        # one private answer among public ones is how rebinding starts
        if (why := refusal(address)) is not None:
            raise FetchError(
                "refused_address",
                f"{host} is {address}, {why} · only public addresses are fetched from · "
                "allow the host if it is yours",
            )
    return addresses


def refusal(address: str) -> str | None:
    """Why this IP address is off limits; None for a public one."""
    ip = _unwrapped(ipaddress.ip_address(address.partition("%")[0]))
    if isinstance(ip, IPv6) and any(ip in network for network in _NEVER):
        return "not a public address"
    for inner in (ip, *_tunnelled(ip)):
        if inner.is_multicast:
            return "a multicast address"
        if not inner.is_global or inner.is_reserved or getattr(inner, "is_site_local", False):
            return "not a public address" if inner is ip else f"which leads to {inner}"
    return None


def plain_host(host: str) -> str:
    return host.strip("[]").rstrip(".").lower()


def _unwrapped(ip: IPv4 | IPv6) -> IPv4 | IPv6:
    """The IPv4 address that this one is only another spelling of."""
    if isinstance(ip, IPv6) and ip.ipv4_mapped is not None:
        return ip.ipv4_mapped
    if isinstance(ip, IPv6) and ip in _NAT64:
        return IPv4(int(ip) & 0xFFFFFFFF)
    return ip


def _tunnelled(ip: IPv4 | IPv6) -> list[IPv4]:
    """The IPv4 addresses that a tunnel address (6to4, Teredo) leads to."""
    if isinstance(ip, IPv4):
        return []
    ends = [ip.sixtofour, *(ip.teredo or ())]
    return [end for end in ends if end is not None]


def _resolve(host: str, port: int) -> Sequence[str]:
    try:
        found = socket.getaddrinfo(plain_host(host), port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        raise FetchError(
            "unknown_host",
            f"the host's name has no address ({error.strerror}) · {host} · check the URL",
            transient=error.errno == socket.EAI_AGAIN,
        ) from error
    except UnicodeError as error:
        raise FetchError("bad_url", f"not a host name · {host!r} · correct the URL") from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def _host_and_port(entry: str) -> tuple[str, int | None]:
    text = entry.strip()
    if _is_ipv6(text):
        # the colons of a bare address are its own
        return plain_host(text), None
    found = _HOST_AND_PORT.fullmatch(text)
    if found is None or int(found["port"] or 0) > 65535:
        raise BadHost(
            f"an allowed host is HOST or HOST:PORT, without scheme, path or wildcard · {entry!r} · "
            "for example images.example:8080"
        )
    return plain_host(found["host"]), int(found["port"]) if found["port"] else None


def _is_ipv6(text: str) -> bool:
    try:
        IPv6(text)
    except ValueError:
        return False
    return True
