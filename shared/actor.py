"""Who asks. The gateway finds out and signs it; a service believes only the signature."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Iterable
from dataclasses import dataclass

from shared.problems import NotAllowed, Unauthorized

HEADER = "x-actor"


@dataclass(frozen=True, slots=True)
class Actor:
    """The caller of an operation.

    kind     `client` (a region's system), `person`, `service` or `nobody`
    scopes   what it may do, such as `practices:write`
    regions  the regions that it speaks for; empty means none, `*` means all
    grants   pairs of scope and region, for a person whose roles are for different regions;
             empty means every scope for every region of `regions`
    """

    kind: str
    id: str
    scopes: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()
    grants: frozenset[tuple[str, str]] = frozenset()

    @classmethod
    def granted(cls, kind: str, name: str, grants: Iterable[tuple[str, str]]) -> Actor:
        """An actor who holds each scope for the region beside it only."""
        pairs = frozenset(grants)
        scopes = frozenset(scope for scope, _ in pairs)
        return cls(kind, name, scopes, frozenset(region for _, region in pairs), pairs)

    def holds(self, *scopes: str) -> bool:
        """Whether the actor has at least one of the scopes."""
        return any(scope in self.scopes for scope in scopes)

    def regions_for(self, *scopes: str) -> frozenset[str]:
        """The regions for which the actor holds at least one of the scopes; `*` means all."""
        if self.grants:
            return frozenset(region for scope, region in self.grants if scope in scopes)
        return self.regions if self.holds(*scopes) else frozenset()

    def speaks_for(self, region: str, *scopes: str) -> bool:
        """Whether the actor holds at least one of the scopes for the region."""
        return not self.regions_for(*scopes).isdisjoint({region, "*"})

    def needs(self, *scopes: str) -> None:
        """Raise Unauthorized for nobody, NotAllowed for an actor without any of the scopes."""
        if self.kind == "nobody":
            raise Unauthorized(
                "Send `Authorization: Bearer <token>`; POST /oauth/token gives one.",
                headers={"WWW-Authenticate": "Bearer"},
            )
        if not self.holds(*scopes):
            wanted = " or ".join(scopes)
            raise NotAllowed(
                f"The token needs the scope {wanted}.",
                headers={
                    "WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{scopes[0]}"'
                },
            )


NOBODY = Actor(kind="nobody", id="")


def signed(actor: Actor, key: bytes) -> str:
    """The actor as a header value that only a holder of `key` can make. ValueError without key."""
    if not key:
        raise ValueError("the internal key is empty: anybody could sign with it")
    grants = sorted(actor.grants)
    facts = [actor.kind, actor.id, sorted(actor.scopes), sorted(actor.regions), grants]
    payload = base64.urlsafe_b64encode(json.dumps(facts).encode()).decode()
    return f"{payload}.{_mac(payload, key)}"


def read(header: str | None, key: bytes) -> Actor:
    """The actor of a header value; NOBODY without one, Unauthorized when the signature is wrong."""
    if not header:
        return NOBODY
    payload, _, mac = header.partition(".")
    if not key or not hmac.compare_digest(mac.encode(), _mac(payload, key).encode()):
        raise Unauthorized("The actor was not signed by the gateway.")
    try:
        kind, name, scopes, regions, grants = json.loads(base64.urlsafe_b64decode(payload))
    except (ValueError, binascii.Error) as broken:
        raise Unauthorized("The signed actor cannot be read.") from broken
    pairs = frozenset((scope, region) for scope, region in grants)
    return Actor(kind, name, frozenset(scopes), frozenset(regions), pairs)


def _mac(payload: str, key: bytes) -> str:
    return hmac.new(key, payload.encode(), hashlib.sha256).hexdigest()
