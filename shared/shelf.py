"""Answers kept ready as bytes, and the data they are made from.

What is public changes rarely and is asked for often. So each answer is made once for each
state of the data, kept with a strong ETag, and sent as bytes. The state is a stamp in the
database, so what another process changes is noticed, too.
"""

from __future__ import annotations

import hashlib
import math
import time
from collections import OrderedDict, defaultdict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from typing import TypeVar, cast

import anyio
from fastapi import Response
from sqlmodel import Session

from shared.db import Database
from shared.problems import Unavailable

T = TypeVar("T")

CACHE_CONTROL = "public, max-age=60, stale-while-revalidate=600, stale-if-error=86400"
LOOK_SECONDS = 1.0

# What an entry takes beside its content: many small answers are memory, too.
_ENTRY = 1500


@dataclass(frozen=True, slots=True)
class Body:
    """The content of an answer, with headers that belong to it (Link, Content-Disposition)."""

    content: bytes
    media_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Ready:
    """A body with its entity tag: SHA-256 of the content, so equal bytes have equal tags."""

    body: Body
    etag: str


class Shelf:
    """Keeps what was made from the data until the data change.

    stamp         the state of the data: another one, and everything is made anew
    megabytes     of answers, the least recently used given up first
    look_seconds  how old the last look at the stamp may be; 0 to look each time
    """

    def __init__(
        self,
        database: Database,
        stamp: Callable[[Session], str],
        megabytes: int = 64,
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        self.database = database
        self._stamp_of = stamp
        self._look_seconds = look_seconds
        self._room = megabytes * 1_000_000
        self._used = 0
        self._stamp = ""
        self._looked = -math.inf
        self._things: dict[Hashable, object] = {}
        self._ready: OrderedDict[Hashable, Ready] = OrderedDict()
        # Many callers of a cold thing wait for one making.
        self._making: defaultdict[Hashable, anyio.Lock] = defaultdict(anyio.Lock)

    async def thing(self, key: Hashable, make: Callable[[Session], T]) -> T:
        """What `make` reads or computes from the data, made once for each state of the data."""
        await self._look()
        if key not in self._things:
            async with self._making[key]:
                if key not in self._things:
                    stamp = self._stamp
                    made = await self.database.read_long(make)
                    if stamp != self._stamp:
                        return made
                    self._things[key] = made
        return cast(T, self._things[key])

    async def answer(
        self, if_none_match: str | None, key: Hashable, make: Callable[[], Awaitable[Body]]
    ) -> Response:
        """The answer under this key, or 304 when the caller has these very bytes."""
        ready = await self._kept(key, make)
        headers = {"ETag": ready.etag, "Cache-Control": CACHE_CONTROL, **ready.body.headers}
        if has(if_none_match, ready.etag):
            return Response(status_code=304, headers=headers)
        return Response(ready.body.content, headers=headers, media_type=ready.body.media_type)

    async def body(self, key: Hashable, make: Callable[[], Awaitable[Body]]) -> Body:
        """The ready answer under this key as it would be sent, to make a shorter one from it."""
        return (await self._kept(key, make)).body

    def look_now(self) -> None:
        """Look at the state of the data with the next question (after a change of our own)."""
        self._looked = -math.inf

    def forget(self) -> None:
        """Drop everything: the data have changed."""
        self._things.clear()
        self._ready.clear()
        self._used = 0
        self._looked = -math.inf

    async def _look(self) -> None:
        moment = time.monotonic()
        if moment - self._looked < self._look_seconds:
            return
        self._looked = moment
        try:
            stamp = await self.database.read(self._stamp_of)
        except Unavailable:
            # What was made before is still true; only a cold answer needs the database.
            if self._ready:
                return
            raise
        if stamp != self._stamp:
            # Whoever changed something while we looked has asked for another look.
            looked = self._looked
            self.forget()
            self._stamp, self._looked = stamp, looked

    async def _kept(self, key: Hashable, make: Callable[[], Awaitable[Body]]) -> Ready:
        await self._look()
        ready = self._ready.get(key)
        if ready is None:
            return await self._make(key, make)
        self._ready.move_to_end(key)
        return ready

    async def _make(self, key: Hashable, make: Callable[[], Awaitable[Body]]) -> Ready:
        stamp = self._stamp
        body = await make()
        tag = hashlib.sha256(body.content).hexdigest()[:32]
        ready = Ready(body, f'"{tag}"')
        if stamp != self._stamp or key in self._ready:
            # The data changed meanwhile (true when it was asked for, not to be kept), or
            # another caller was faster.
            return ready
        self._ready[key] = ready
        self._used += len(body.content) + _ENTRY
        while self._used > self._room and len(self._ready) > 1:
            _, oldest = self._ready.popitem(last=False)
            self._used -= len(oldest.body.content) + _ENTRY
        return ready


def has(if_none_match: str | None, etag: str) -> bool:
    """Whether an If-None-Match header names the tag (weak comparison, RFC 9110 13.1.2)."""
    if if_none_match is None:
        return False
    tags = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
    return etag in tags or "*" in tags
