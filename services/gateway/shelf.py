"""Answers that were composed once and are served as bytes until something changed.

An answer is kept with its ETag and a compressed variant. It is made anew when the
change feed says that something changed, or after a quarter of a minute; when that
fails because a service is down, the old one is served (RFC 9111, stale-if-error).
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from fastapi.responses import Response
from starlette.types import Receive, Scope, Send

from shared.problems import Unavailable

_FRESH_SECONDS = 15.0
_KEPT = 2000
_ASKED = (b"if-none-match", b"accept-encoding")
_FOR_A_CDN = b"public, max-age=15, stale-while-revalidate=60, stale-if-error=3600"


@dataclass(slots=True)
class Kept:
    """An answer as bytes. `etag` includes its quotes."""

    body: bytes
    packed: bytes | None
    etag: str
    made_at: float
    generation: int


class Shelf:
    """Composed answers by key, the least recently used given up first."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._making: dict[str, asyncio.Lock] = {}
        self._addresses: dict[str, Kept] = {}
        self._generation = 0

    def changed(self) -> None:
        """Everything has to be composed anew when it is next asked for."""
        self._generation += 1

    async def get(self, key: str, compose: Callable[[], Awaitable[bytes]]) -> Kept:
        """The answer of a key, composed at most once at a time."""
        kept = self._kept.get(key)
        if kept is not None and self._is_fresh(kept):
            return kept
        async with self._making.setdefault(key, asyncio.Lock()):
            kept = self._kept.get(key)
            if kept is None or not self._is_fresh(kept):
                kept = await self._made(key, compose, kept)
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
            if old is None:
                raise
            return old
        if old is None or old.body != body:
            digest = hashlib.sha256(body).hexdigest()[:24]
            packed = gzip.compress(body, 6, mtime=0) if len(body) > 1000 else None
            old = Kept(body, packed, f'"{digest}"', 0.0, 0)
        old.made_at, old.generation = time.monotonic(), generation
        self._kept[key] = old
        self._kept.move_to_end(key)
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return old

    def _is_fresh(self, kept: Kept) -> bool:
        young = time.monotonic() - kept.made_at < _FRESH_SECONDS
        return young and kept.generation == self._generation


async def serve(kept: Kept, scope: Scope, send: Send, more: list[tuple[bytes, bytes]]) -> None:
    """Send the kept bytes: 304 when the caller has them, compressed when it can be.

    more  headers that the caller adds to ours
    """
    asked = {name: value for name, value in scope["headers"] if name in _ASKED}
    headers = [
        (b"etag", kept.etag.encode()),
        (b"cache-control", _FOR_A_CDN),
        (b"vary", b"Accept-Encoding"),
        *more,
    ]
    if _has(asked.get(b"if-none-match"), kept.etag.encode()):
        await send({"type": "http.response.start", "status": 304, "headers": headers})
        await send({"type": "http.response.body", "body": b""})
        return
    body = kept.body
    if kept.packed is not None and b"gzip" in asked.get(b"accept-encoding", b""):
        body = kept.packed
        headers.append((b"content-encoding", b"gzip"))
    headers.append((b"content-type", b"application/json"))
    headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


class Served(Response):
    """The same as an answer of FastAPI, for the first time that an address is asked for."""

    def __init__(self, kept: Kept) -> None:
        super().__init__()
        self._kept = kept

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the kept bytes."""
        await serve(self._kept, scope, send, [])


def _has(asked: bytes | None, etag: bytes) -> bool:
    return asked is not None and any(
        tag.strip().removeprefix(b"W/") in (etag, b"*") for tag in asked.split(b",")
    )
