"""Who really asks when a proxy stands in front, and for which host.

Only proxies that are named are believed. Anybody can write X-Forwarded-For; a proxy
appends the address that it saw. So the list is read from the right, over the proxies that
the settings name, up to the first hop that is none of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from starlette.types import Scope

from shared.problems import InputError, Invalid

Network = IPv4Network | IPv6Network
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def networks(names: str) -> tuple[Network, ...]:
    """The networks of a list such as `10.0.0.0/8, 192.0.2.7`. Invalid naming what is none."""
    found: list[Network] = []
    for name in names.replace(",", " ").split():
        try:
            found.append(ip_network(name))
        except ValueError as wrong:
            raise Invalid(
                f"{name} is not a network: {wrong}",
                [InputError("bad_network", str(wrong), value=name, allowed="10.0.0.0/8")],
            ) from wrong
    return tuple(found)


class Proxies:
    """The proxies whose word is taken."""

    def __init__(self, trusted: tuple[Network, ...]) -> None:
        self._trusted = trusted
        self._known: dict[str, bool] = {}

    def unwrap(self, scope: Scope, headers: Iterable[tuple[bytes, bytes]]) -> None:
        """Set `client` and `scheme` to what a trusted proxy saw; nothing without one."""
        if not self._trusted or not scope.get("client") or not self.trusts(scope["client"][0]):
            return
        hops: list[str] = []
        schemes: list[str] = []
        for name, value in headers:
            if name == b"x-forwarded-for":
                hops += value.decode("latin-1").split(",")
            elif name == b"x-forwarded-proto":
                schemes += value.decode("latin-1").split(",")
        peer = self._peer([hop.strip() for hop in hops])
        if peer is not None:
            scope["client"] = (peer, 0)
        if schemes and schemes[-1].strip() in ("http", "https"):
            scope["scheme"] = schemes[-1].strip()

    def _peer(self, hops: list[str]) -> str | None:
        """The last hop that is no proxy of ours; the farthest proxy when all are."""
        found = None
        for hop in reversed(hops):
            address = _address(hop)
            # What is not an address was not written by a proxy of ours.
            if address is None:
                break
            found = address
            if not self.trusts(address):
                break
        return found

    def trusts(self, address: str) -> bool:
        """Whether the address is that of a named proxy."""
        known = self._known.get(address)
        if known is None:
            if len(self._known) > 10_000:
                self._known.clear()
            try:
                parsed = ip_address(address)
                known = any(parsed in network for network in self._trusted)
            except ValueError:
                known = False
            self._known[address] = known
        return known


def _address(hop: str) -> str | None:
    """The address of a hop, with or without brackets and port; None when it is none."""
    text = hop[1:].partition("]")[0] if hop.startswith("[") else hop
    if text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ip_address(text)
    except ValueError:
        return None
    if isinstance(found, IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    return str(found)


def peer(scope: Mapping[str, object]) -> str:
    """Who is counted as one: an IPv4 address, or a /64 of IPv6, which one household may have."""
    client = scope.get("client")
    address = str(client[0]) if isinstance(client, list | tuple) and client else ""
    if ":" not in address:
        return address
    try:
        found = IPv6Address(address.partition("%")[0])
    except ValueError:
        return address
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return str(ip_network((found, 64), strict=False))


def is_loopback(address: str) -> bool:
    """Whether a peer is this machine itself: the operator, not a reader."""
    return address.startswith("127.") or address in ("", "::1", "::/64")


class Hosts:
    """The names that the platform answers to; a request for another is for somebody else.

    Loopback always is one of ours, and so is the host of the public address.
    """

    def __init__(self, site: str, more: str) -> None:
        own = urlsplit(site).hostname or ""
        names = {own, *more.replace(",", " ").lower().split()}
        self._names = {name for name in names if name and not name.startswith("*.")}
        self._ends = tuple(name[1:] for name in names if name.startswith("*."))
        self._all = "*" in names
        self._known: dict[bytes, bool] = {}

    def serve(self, host: bytes) -> bool:
        """Whether a Host header, with or without a port, is for us."""
        known = self._known.get(host)
        if known is None:
            if len(self._known) > 1000:
                self._known.clear()
            known = self._known[host] = self._is_ours(host.decode("latin-1").lower())
        return known

    def _is_ours(self, host: str) -> bool:
        if self._all:
            return True
        name, _, port = host.rpartition(":") if not host.endswith("]") else (host, "", "")
        if not port.isdecimal():
            name = host
        name = name.strip("[]").rstrip(".")
        return (
            name in _LOOPBACK or name in self._names or bool(name.endswith(self._ends or ("\0",)))
        )
