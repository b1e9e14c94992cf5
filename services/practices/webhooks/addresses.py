"""Which addresses a webhook may have, and which machine is called.

The address comes from a client, and we call it from inside our own network. So it must
be https on a common port, and the machine that its name leads to must be one of the
public Internet. The name is resolved once and what was checked is what is called: a
name that means another machine a moment later (DNS rebinding) gains nothing.
"""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

PORTS = (443, 8443)
Resolve = Callable[[str, int], Awaitable[list[str]]]
Address = IPv4Address | IPv6Address

_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9.-]{1,253})"
    r"(?::(?P<port>[0-9]{1,5}))?(?P<rest>[/?][!$-;=?-Z\[\]_a-z~]*)?"
)
_NAME = re.compile(r"(?:(?!-)[a-z0-9-]{1,63}(?<!-)\.)+(?![0-9-])[a-z0-9-]{2,63}(?<!-)")
_NUMBER = re.compile(r"(?:0[xX][0-9A-Fa-f]*|[0-9]+)")
# What stands for an IPv4 address inside an IPv6 one: its first bit, counted from the right.
_CARRIERS = (
    (IPv6Network("::/96"), 0),
    (IPv6Network("64:ff9b::/96"), 0),
    (IPv6Network("2002::/16"), 80),
)
# Of protocols, not of machines (RFC 6890, RFC 7526).
_PROTOCOLS = (IPv4Network("192.0.0.0/24"), IPv4Network("192.88.99.0/24"))
# Translated inside one network only (RFC 8215), and the wrapping of Teredo (RFC 4380).
_INNER = (IPv6Network("64:ff9b:1::/48"), IPv6Network("2001::/32"), IPv6Network("fec0::/10"))
_HERE = ("localhost", "127.0.0.1", "[::1]")


class Refused(ValueError):
    """The address may not be called; the text says why."""


@dataclass(frozen=True, slots=True)
class Target:
    """A checked address. `host` is a name or an IP address without brackets."""

    url: str
    host: str
    port: int
    secure: bool


def parse(url: str, *, local: bool = False) -> Target:
    """The address in its parts.

    local  development: plain http to this very machine is taken too

    Raises Refused.
    """
    found = _URL.fullmatch(url)
    if found is None or not url.isascii() or len(url) > 2000:
        raise Refused("it is not an https address of a machine and a path, without a user name")
    host, secure = found["host"].lower(), found["scheme"] == "https"
    port = int(found["port"] or (443 if secure else 80))
    bare = host.strip("[]")
    if local and host in _HERE and 0 < port < 65536:
        return Target(url, bare, port, secure)
    if not secure:
        raise Refused("only https is called")
    if port not in PORTS:
        raise Refused(f"the port must be one of {', '.join(map(str, PORTS))}, not {port}")
    _check_host(host, bare)
    return Target(url, bare, port, secure)


def _check_host(host: str, bare: str) -> None:
    if host.startswith("[") or _NUMBER.fullmatch(bare.rsplit(".", 1)[-1]):
        # 2130706433, 0x7f.1 and 017700000001 all mean 127.0.0.1 to some resolver.
        try:
            address = ip_address(bare)
        except ValueError:
            raise Refused("the machine is a number that is not an IP address") from None
        check(address)
    elif not _NAME.fullmatch(bare):
        raise Refused("the machine needs a full name, such as hooks.example.org")


def check(address: Address) -> None:
    """Raise Refused for an address that is not one of the public Internet."""
    if not is_public(address):
        raise Refused(f"{address} is not an address of the public Internet")


def is_public(address: Address) -> bool:
    """Whether the address, and any address inside it, is of the public Internet."""
    if isinstance(address, IPv6Address):
        if address.scope_id or any(address in network for network in _INNER):
            return False
        if inner := address.ipv4_mapped:
            return is_public(inner)
        for network, bits in _CARRIERS:
            if address in network:
                return is_public(IPv4Address(int(address) >> bits & 0xFFFFFFFF))
    elif any(address in network for network in _PROTOCOLS):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


async def resolve(host: str, port: int) -> list[str]:
    """The addresses of a name, by the machine's resolver. OSError when there are none."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(row[4][0]) for row in found]


async def pinned(target: Target, resolver: Resolve, *, local: bool = False) -> list[str]:
    """The addresses to call, all of them checked. Refused when any of them is not public."""
    if local and target.host in ("localhost", "127.0.0.1", "::1"):
        return ["127.0.0.1" if target.host == "localhost" else target.host]
    try:
        found = [str(ip_address(target.host))]
    except ValueError:
        found = await resolver(target.host, target.port)
    if not found:
        raise Refused("the name has no address")
    for one in found:
        check(ip_address(one))
    return found
