"""Answers that were composed once and are served as bytes until something changed.

An answer is kept with its ETag, a compressed variant and the headers of each. It is made
anew when the change feed says that something changed, or after a quarter of a minute; when
that fails because a service is down, the old one is served for as long as `stale` allows.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from fastapi.responses import Response
from starlette.types import Receive, Scope, Send

from services.gateway.stale import LONGEST_SECONDS, Headers, aged
from shared.problems import Unavailable

_FRESH_SECONDS = 15.0
_KEPT = 2000
# A cache of ours may be asked for a quarter of a minute before it asks us; one that cannot
# reach us may go on for as long as we do.
_FOR_A_CDN = (
    b"public, max-age=15, s-maxage=15, stale-while-revalidate=60, stale-if-error=%d"
    % LONGEST_SECONDS
)


@dataclass(frozen=True, slots=True)
class Variant:
    """One representation: its bytes, its own ETag, the headers of a 200 and of a 304."""

    body: bytes
    etag: bytes
    headers: Headers
    unchanged: Headers

    def old(self, age_seconds: float) -> Variant:
        """The same bytes, with headers that say how old they are."""
        headers, unchanged = aged(self.headers, age_seconds), aged(self.unchanged, age_seconds)
        return replace(self, headers=headers, unchanged=unchanged)


@dataclass(slots=True)
class Kept:
    """An answer as bytes, plain and, where that is worth it, compressed."""

    plain: Variant
    packed: Variant | None
    made_at: float
    generation: int

    @property
    def body(self) -> bytes:
        """The bytes of the answer."""
        return self.plain.body

    @property
    def etag(self) -> str:
        """The ETag of the plain bytes, with its quotes."""
        return self.plain.etag.decode()

    def old(self, age_seconds: float) -> Kept:
        """The same answer, saying how old it is."""
        packed = self.packed.old(age_seconds) if self.packed else None
        return replace(self, plain=self.plain.old(age_seconds), packed=packed)


class Composed:
    """Composed answers by key, the least recently used given up first."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._making: dict[str, asyncio.Lock] = {}
        self._addresses: dict[str, Kept] = {}
        self._generation = 0

    def changed(self) -> None:
        """Everything has to be composed anew when it is next asked for."""
        self._generation += 1

    async def get(self, key: str, compose: Callable[[], Awaitable[bytes]]) -> Kept:
        """The answer of a key, composed at most once at a time.

        While a service is down, the last one, which then says its age. Raises Unavailable
        where there is none, or none that is young enough.
        """
        kept = self._kept.get(key)
        if kept is not None and self._is_fresh(kept):
            return kept
        try:
            async with self._making.setdefault(key, asyncio.Lock()):
                kept = self._kept.get(key)
                if kept is None or not self._is_fresh(kept):
                    kept = await self._made(key, compose, kept)
        finally:
            self._making.pop(key, None)
        return kept

    def remember(self, address: str, kept: Kept) -> None:
        """The answer to this address, path and query, is this; its values have been checked."""
        if len(self._addresses) >= _KEPT:
            self._addresses.clear()
        self._addresses[address] = kept

    def known(self, address: str) -> Kept | None:
        """The answer to an address that was asked for before, while it is fresh."""
        kept = self._addresses.get(address)
        return kept if kept is not None and self._is_fresh(kept) else None

    async def _made(
        self, key: str, compose: Callable[[], Awaitable[bytes]], old: Kept | None
    ) -> Kept:
        generation = self._generation
        try:
            body = await compose()
        except Unavailable:
            if old is None or (age := self._clock() - old.made_at) > LONGEST_SECONDS:
                raise
            return old.old(age)
        if old is None or old.body != body:
            old = _variants(body)
        old.made_at, old.generation = self._clock(), generation
        self._kept[key] = old
        self._kept.move_to_end(key)
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return old

    def _is_fresh(self, kept: Kept) -> bool:
        young = self._clock() - kept.made_at < _FRESH_SECONDS
        return young and kept.generation == self._generation


def _variants(body: bytes) -> Kept:
    digest = hashlib.sha256(body).hexdigest()[:24]
    plain = _variant(body, f'"{digest}"', [])
    packed = None
    if len(body) > 1000:
        # Other bytes, so another strong ETag (RFC 9110, 8.8.3).
        encoded: Headers = [(b"content-encoding", b"gzip")]
        packed = _variant(gzip.compress(body, 6, mtime=0), f'"{digest}-gzip"', encoded)
    return Kept(plain, packed, 0.0, 0)


def _variant(body: bytes, etag: str, more: Headers) -> Variant:
    unchanged: Headers = [
        (b"etag", etag.encode()),
        (b"cache-control", _FOR_A_CDN),
        (b"vary", b"Accept-Encoding"),
    ]
    whole = [
        *unchanged,
        *more,
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
    ]
    return Variant(body, etag.encode(), whole, unchanged)


async def serve(
    kept: Kept,
    method: str,
    asked: Mapping[bytes, bytes],
    send: Send,
    more: Sequence[tuple[bytes, bytes]] = (),
) -> None:
    """Send the kept bytes: 304 when the caller has them, compressed when it can be.

    asked  the headers of the request
    more   headers that the caller adds to ours
    """
    packed = kept.packed
    variant = kept.plain
    if packed is not None and takes_gzip(asked.get(b"accept-encoding", b"")):
        variant = packed
    seen = asked.get(b"if-none-match")
    if seen is not None and _has(seen, kept):
        headers = [*variant.unchanged, *more]
        await send({"type": "http.response.start", "status": 304, "headers": headers})
        await send({"type": "http.response.body", "body": b""})
        return
    body = b"" if method == "HEAD" else variant.body
    headers = [*variant.headers, *more]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class Served(Response):
    """The same as an answer of FastAPI, for the first time that an address is asked for."""

    def __init__(self, kept: Kept) -> None:
        super().__init__()
        self._kept = kept

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the kept bytes."""
        await serve(self._kept, scope["method"], dict(scope["headers"]), send)


def takes_gzip(accepted: bytes) -> bool:
    """Whether an Accept-Encoding allows gzip."""
    if b"gzip" not in accepted:
        return False
    if b";" not in accepted:
        return True
    for one in accepted.split(b","):
        name, _, weight = one.partition(b";")
        if name.strip() == b"gzip":
            return weight.strip().removeprefix(b"q=").strip(b"0.") != b"" or not weight
    return False


def _has(seen: bytes, kept: Kept) -> bool:
    # Whoever has one variant has what the other says too.
    tags = {kept.plain.etag, b"*"} | ({kept.packed.etag} if kept.packed else set())
    return any(tag.strip().removeprefix(b"W/") in tags for tag in seen.split(b","))
