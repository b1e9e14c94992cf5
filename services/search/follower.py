"""Keeping the index true: follow the practices' feed, bring changes in, remember how far.

One worker, under a lease when several processes share an engine. The cursor is written
only after the engine said `succeeded`, so a crash anywhere means that the same states are
brought in once more, which changes nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace

from services.search import bookmark
from services.search.bookmark import Bookmark
from services.search.index import Refused
from services.search.lease import Lease
from services.search.rebuild import LIVE, changes, rebuild
from services.search.writer import State, Writer
from shared.client import Service
from shared.feed import Change, Cursor, follow, latest
from shared.problems import Unavailable

_log = logging.getLogger("search")
_ENGINE_SECONDS = 30.0
_WATCH_SECONDS = 2.0
_LOOK_SECONDS = 0.5


class Follower:
    """Follows the feed of practices. `cursor` says up to where the index is true."""

    def __init__(self, writer: Writer, practices: Service, lease: Lease) -> None:
        self.writer = writer
        self.practices = practices
        self.lease = lease
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
        """Follow until cancelled; while another process writes the index, only look on."""
        try:
            while True:
                await self._until_held()
                await self._while_held()
        finally:
            await self.lease.release()

    async def _until_held(self) -> None:
        failures = 0
        while True:
            try:
                found = None if self.lease.alone else await bookmark.read(self.writer.engine)
                if await self.lease.take(found.fence if found else 0):
                    return
                await self._look_on(found)
                failures = 0
            except (Unavailable, Refused) as failure:
                failures += 1
                if failures == 1:
                    _log.warning("the lease of the search index is not to be had: %s", failure)
            await asyncio.sleep(_LOOK_SECONDS)

    async def _look_on(self, found: Bookmark | None) -> None:
        """Know how far the index is that another process writes."""
        if found is None:
            return
        if self.head_at_start is None:
            page = await changes(self.practices, found.cursor, limit=1)
            self.head_at_start = page.head if page else None
        self.content = found.content
        if found.cursor != self.cursor:
            await self._move(found.cursor)

    async def _while_held(self) -> None:
        work = [follow(self.practices, self.begin, self.apply), self._watch(), self.lease.keep()]
        tasks = [asyncio.create_task(one) for one in work]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            for ended in await asyncio.gather(*tasks, return_exceptions=True):
                if isinstance(ended, Exception):
                    _log.error("keeping the index true failed, and is begun again", exc_info=ended)

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
                # The cursor may stand before where these changes begin.
                await self._catch_up()
            if not self._has(reached):
                await self._bring_in(changed, reached)

    async def _bring_in(self, changed: Sequence[Change], reached: Cursor) -> None:
        fence = self.lease.held()
        await self.writer.write(LIVE, [State(one.id, one.seq, one.doc) for one in changed])
        # Should another process have taken over meanwhile, our lower number tells it to look again.
        await bookmark.write(self.writer.engine, Bookmark(reached, self.content, fence))
        await self._move(reached)

    async def _catch_up(self) -> None:
        while self.cursor is not None:
            page = await changes(self.practices, self.cursor)
            if page is None or not page.items:
                return
            await self._bring_in(latest(page.items), Cursor(page.epoch, page.items[-1].seq))

    async def rebuild(self) -> Cursor:
        """Build the index anew now; searches are answered meanwhile."""
        async with self.lock:
            self.lease.held()
            await self._engine_up()
            await self.writer.regions.refresh()
            return await self._rebuild()

    async def _watch(self) -> None:
        """Notice an index that is not as we left it: lost, restored, or written by another."""
        while True:
            await asyncio.sleep(_WATCH_SECONDS)
            try:
                async with self.lock:
                    if self.cursor is not None and not await self._is_ours():
                        _log.warning("the index is not the one that was written: going over it")
                        await self._begin()
                        await self._catch_up()
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
        cursor = await rebuild(self.writer, self.practices, self.lease)
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
        if found.fence != self.lease.held():
            await bookmark.write(engine, replace(found, fence=self.lease.held()))
        self.head_at_start = page.head if self.head_at_start is None else self.head_at_start
        return found.cursor

    async def _is_ours(self) -> bool:
        """Whether the index is where we left it: an engine may have lost or been given another.

        Unavailable when another process has taken over.
        """
        found = await bookmark.read(self.writer.engine)
        fence = self.lease.held()
        if found is not None and found.fence > fence and not self.lease.alone:
            self.lease.lose()
            self.lease.held()
        return found is not None and found.cursor == self.cursor and found.fence == fence

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
