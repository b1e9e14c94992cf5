"""Keeping the index true: follow the practices' feed, bring changes in, remember how far.

One worker. The cursor is written only after the engine said `succeeded`, so a crash
anywhere means that the same states are brought in once more, which changes nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from services.search import bookmark
from services.search.bookmark import Bookmark
from services.search.rebuild import LIVE, changes, rebuild
from services.search.writer import State, Writer
from shared.client import Service
from shared.feed import Change, Cursor, follow
from shared.problems import Unavailable

_log = logging.getLogger("search")
_ENGINE_SECONDS = 30.0
_WATCH_SECONDS = 2.0


class Follower:
    """Follows the feed of practices. `cursor` says up to where the index is true."""

    def __init__(self, writer: Writer, practices: Service) -> None:
        self.writer = writer
        self.practices = practices
        self.cursor: Cursor | None = None
        # What the index as a whole was built from; the writer may have newer regions already.
        self.content = ""
        # The head of the feed when we began: ready means that the index has reached it.
        self.head_at_start: int | None = None
        # Held by whoever changes the index of practices.
        self.lock = asyncio.Lock()
        self._moved = asyncio.Condition()

    @property
    def caught_up(self) -> bool:
        """Whether the index holds at least what was public when the service started."""
        return (
            self.cursor is not None
            and self.head_at_start is not None
            and self.cursor.seq >= self.head_at_start
        )

    async def run(self) -> None:
        """Follow until cancelled."""
        await follow(self.practices, self.begin, self.apply)

    async def begin(self) -> Cursor:
        """Where to go on: the remembered cursor, or that of an index built anew."""
        async with self.lock:
            return await self._begin()

    async def apply(self, changed: Sequence[Change], reached: Cursor) -> None:
        """Bring the changes in, then move the cursor."""
        async with self.lock:
            await self._engine_up()
            if not await self._is_ours():
                await self._begin()
            if self._has(reached):
                return
            states = [State(change.id, change.seq, change.doc) for change in changed]
            await self.writer.write(LIVE, states)
            await bookmark.write(self.writer.engine, Bookmark(reached, self.content))
            await self._move(reached)

    async def rebuild(self) -> Cursor:
        """Build the index anew now; searches are answered meanwhile."""
        async with self.lock:
            await self._engine_up()
            await self.writer.regions.refresh()
            return await self._rebuild()

    async def watch(self) -> None:
        """Notice an engine that came back without its index, and build it anew. Until cancelled."""
        while True:
            await asyncio.sleep(_WATCH_SECONDS)
            try:
                async with self.lock:
                    if self.cursor is not None and not await self._is_ours():
                        _log.warning("the index is not the one that was written: building it anew")
                        await self._begin()
            except Unavailable:
                continue
            except Exception:
                _log.exception("looking after the index failed")

    async def reach(self, cursor: Cursor, seconds: float) -> bool:
        """Wait until the index is true up to a cursor; whether it came to that in time."""
        try:
            async with asyncio.timeout(seconds), self._moved:
                await self._moved.wait_for(lambda: self._has(cursor))
        except TimeoutError:
            return False
        return True

    def _has(self, cursor: Cursor) -> bool:
        mine = self.cursor
        return mine is not None and mine.epoch == cursor.epoch and mine.seq >= cursor.seq

    async def _begin(self) -> Cursor:
        await self._engine_up()
        await self.writer.regions.refresh()
        cursor = await self._remembered()
        if cursor is None:
            return await self._rebuild()
        self.content = self.writer.content
        await self._move(cursor)
        return cursor

    async def _rebuild(self) -> Cursor:
        cursor = await rebuild(self.writer, self.practices)
        self.content = self.writer.content
        self.head_at_start = cursor.seq if self.head_at_start is None else self.head_at_start
        await self._move(cursor)
        return cursor

    async def _remembered(self) -> Cursor | None:
        """The cursor in the index if the index can be gone on with."""
        engine = self.writer.engine
        found = await bookmark.read(engine)
        if found is None or found.content != self.writer.content:
            return None
        if not {LIVE, "regions"} <= (await engine.counts()).keys():
            return None
        page = await changes(self.practices, found.cursor, limit=1)
        if page is None:
            return None
        await self.writer.quarantine.load(engine)
        self.head_at_start = page.head if self.head_at_start is None else self.head_at_start
        return found.cursor

    async def _is_ours(self) -> bool:
        """Whether the index is where we left it: an engine may have lost or been given another."""
        found = await bookmark.read(self.writer.engine)
        return found is not None and found.cursor == self.cursor

    async def _move(self, cursor: Cursor) -> None:
        async with self._moved:
            self.cursor = cursor
            self._moved.notify_all()

    async def _engine_up(self) -> None:
        """Wait for an engine that is starting. Unavailable when it takes too long."""
        for _ in range(int(_ENGINE_SECONDS / 0.02)):
            if await self.writer.engine.healthy():
                return
            await asyncio.sleep(0.02)
        raise Unavailable("The search engine does not start.")
