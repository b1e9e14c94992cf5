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

from fastapi import Request
from fastapi.responses import Response

from shared.problems import Unavailable

_FRESH_SECONDS = 15.0
_KEPT = 2000


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


def answer(request: Request, kept: Kept, cache_control: str) -> Response:
    """The kept bytes for this request: 304 when the caller has them, compressed when it can be."""
    headers = {"ETag": kept.etag, "Cache-Control": cache_control, "Vary": "Accept-Encoding"}
    asked = request.headers.get("if-none-match")
    if asked and any(
        tag.strip().removeprefix("W/") in (kept.etag, "*") for tag in asked.split(",")
    ):
        return Response(status_code=304, headers=headers)
    body = kept.body
    if kept.packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
        body = kept.packed
        headers["Content-Encoding"] = "gzip"
    return Response(body, media_type="application/json", headers=headers)
