"""Building the index anew beside the old one, and exchanging them in one step.

Searches are answered from the old index all the time. The new one gets its settings
first, then every public practice, then what changed meanwhile; it takes over only when
it holds as many documents as there are practices and a marker document is the right one.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import AsyncGenerator

from services.search import bookmark
from services.search.bookmark import Bookmark
from services.search.lease import Lease
from services.search.writer import State, Writer
from shared.client import Service
from shared.feed import Cursor, Page, latest
from shared.problems import Unavailable

_log = logging.getLogger("search")
LIVE = "practices"
_FRESH = "practices__"
_PAGE = 500
_ROUNDS = 5


async def rebuild(writer: Writer, practices: Service, lease: Lease) -> Cursor:
    """Build every index anew from its source; up to where the new one is true.

    Raises Unavailable when a neighbour or the engine does not answer, or when the new
    index is not what it should be; the old index then stays.
    """
    engine = writer.engine
    fresh = _FRESH + secrets.token_hex(6)
    for left_over in [uid for uid in await engine.counts() if uid.startswith(_FRESH)]:
        await engine.drop(left_over)
    await engine.create(bookmark.INDEX)
    await writer.quarantine.clear(engine)
    await writer.write_regions()
    await engine.create(fresh)
    await engine.configure(fresh, writer.catalogue[LIVE].settings)
    filling = _Filling(writer, fresh)
    cursor = await _fill(filling, practices)
    cursor = await _catch_up(filling, practices, cursor)
    await filling.verify(fresh)
    fence = lease.held()
    # Both sides of an exchange have to exist.
    await engine.create(LIVE)
    await engine.swap(LIVE, fresh)
    try:
        await filling.verify(LIVE)
    except Unavailable:
        await engine.swap(LIVE, fresh)
        raise
    await bookmark.write(engine, Bookmark(cursor, writer.content, fence))
    await engine.drop(fresh)
    _log.info("the index was built anew with %s practices", len(filling.public))
    return cursor


class _Filling:
    """An index being filled, and what it should hold."""

    def __init__(self, writer: Writer, uid: str) -> None:
        self.writer = writer
        self.uid = uid
        self.public: set[str] = set()
        self.marker: State | None = None

    async def add(self, states: list[State]) -> None:
        """Bring states in and note what should be there now."""
        await self.writer.write(self.uid, states)
        for state in states:
            (self.public.discard if state.record is None else self.public.add)(state.id)
            if self.marker and self.marker.id == state.id:
                self.marker = None
        refused = self.writer.quarantine.items
        shown = [state for state in states if state.record and state.id not in refused]
        self.marker = shown[-1] if shown else self.marker

    async def verify(self, uid: str) -> None:
        """Raise Unavailable unless the index holds what was put into it."""
        expected = len(self.public - self.writer.quarantine.items.keys())
        found = (await self.writer.engine.counts()).get(uid, 0)
        if found != expected:
            raise Unavailable(f"The new index holds {found} practices instead of {expected}.")
        if self.marker is None:
            return
        wanted = self.writer.documents(self.marker)[0]
        stored = await self.writer.engine.document(uid, self.marker.id)
        if stored is None or stored.get("_digest") != wanted["_digest"]:
            raise Unavailable(f"The new index does not hold practice {self.marker.id} as it is.")


async def _fill(filling: _Filling, practices: Service) -> Cursor:
    cursor: Cursor | None = None
    async for head, states in scan(practices):
        # What changes after the first page was read comes again through the feed.
        cursor = cursor or head
        await filling.add(states)
    assert cursor is not None
    return cursor


async def scan(practices: Service) -> AsyncGenerator[tuple[Cursor, list[State]]]:
    """Every public practice, in pages by id, with the feed's head when each page was read."""
    after = ""
    while True:
        answer = await practices.get("/internal/state", {"after": after, "limit": _PAGE})
        page = practices.expect(answer).json()
        head = Cursor(page["epoch"], page["seq"])
        yield head, [State(record["id"], head.seq, record) for record in page["items"]]
        if page["next"] is None:
            return
        after = page["next"]


async def _catch_up(filling: _Filling, practices: Service, cursor: Cursor) -> Cursor:
    # Practices may change faster than we ask: the follower brings in what is left.
    for _ in range(_ROUNDS):
        page = await changes(practices, cursor)
        if page is None:
            raise Unavailable("The feed of practices began anew while the index was built.")
        if not page.items:
            return cursor
        await filling.add([State(one.id, one.seq, one.doc) for one in latest(page.items)])
        cursor = Cursor(page.epoch, page.items[-1].seq)
    return cursor


async def changes(practices: Service, cursor: Cursor, limit: int = 1000) -> Page | None:
    """What changed after a cursor, as it is now; None when the cursor is no longer valid."""
    query = {"epoch": cursor.epoch, "after": cursor.seq, "limit": limit, "wait": 0}
    answer = await practices.get("/internal/changes", query)
    if answer.status_code == 410:
        return None
    return Page.model_validate_json(practices.expect(answer).content)
