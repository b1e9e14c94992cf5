"""What other services read: the change feed, and all that is public."""

from __future__ import annotations

import asyncio
import time
from typing import Annotated, Any

from fastapi import Query

from services.practices.catalogue import store
from services.practices.tables import FEED
from shared import feed
from shared.feed import Cursor
from shared.service import Db, for_services_only, router

routes = router(prefix="/internal", dependencies=[for_services_only], include_in_schema=False)

_POLL_SECONDS = 0.1


@routes.get("/changes", response_model=feed.Page)
async def changes(
    db: Db,
    epoch: Annotated[str, Query(max_length=36)],
    after: Annotated[int, Query(ge=0)],
    limit: Annotated[int, Query(ge=1, le=1000)] = 500,
    wait: Annotated[int, Query(ge=0, le=30)] = 0,
) -> feed.Page:
    """The changes after a cursor; waits up to `wait` seconds for the first one."""
    deadline = time.monotonic() + wait
    cursor = Cursor(epoch, after)
    while True:
        page = await db.read(feed.read, FEED, cursor, limit, store.states)
        if page.items or time.monotonic() >= deadline:
            return page
        # One indexed row; another process may be the writer, so nothing can wake us.
        await asyncio.sleep(_POLL_SECONDS)


@routes.get("/state")
async def state(
    db: Db,
    after: Annotated[str, Query(max_length=36)] = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 500,
) -> dict[str, Any]:
    """All public practices by id, and the feed's cursor from which to go on."""
    head, records = await db.read_long(store.scan, after, limit)
    return {
        "epoch": head.epoch,
        "seq": head.seq,
        "items": records,
        "next": records[-1]["id"] if len(records) == limit else None,
    }


@routes.get("/digest")
async def digest(db: Db) -> dict[str, Any]:
    """Id and version of every public practice, for the drift audit."""
    head, versions = await db.read_long(store.versions)
    return {"epoch": head.epoch, "seq": head.seq, "versions": versions}
