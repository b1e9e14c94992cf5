"""The change feed: how one service tells the others what changed, without losing anything.

Writing. The change row is written in the transaction of the change itself, as its
last statement, under a counter row. The row lock on the counter is held until
commit, so numbers are given in commit order: no gaps, and a reader of "everything
after n" can never skip one. A sequence or a timestamp cannot promise that.

Reading. A page holds the *current* public state of what changed, not the steps, so
applying it twice does no harm. A cursor of another epoch (a restored backup), ahead
of the head or behind what is kept gets 410: the reader starts over.

Following. One loop asks, applies, and only then moves its cursor.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from sqlalchemy import BigInteger, Column, MetaData, String, Table, insert, select, update
from sqlmodel import Session

from shared.background import pause
from shared.client import Service
from shared.clock import now, stamp
from shared.problems import Gone, Problem
from shared.telemetry import trace

_log = logging.getLogger("feed")
_PAUSE = 0.05


@dataclass(frozen=True, slots=True)
class FeedTables:
    """The two tables of a service's feed."""

    counter: Table
    change: Table


@dataclass(frozen=True, slots=True)
class Entry:
    """One change to append. op is `U` (made or changed) or `D` (no longer public)."""

    entity: str
    id: str
    op: str
    version: int


class Change(BaseModel):
    """One change as other services read it. `doc` is the current public state, None when gone."""

    seq: int
    entity: str
    id: str
    op: str
    version: int
    at: str
    trace: str
    doc: dict[str, Any] | None = None


class Page(BaseModel):
    """Changes after a cursor. `head` is the newest number, `floor` the oldest cursor served."""

    epoch: str
    floor: int
    head: int
    items: list[Change]


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a reader has come: everything up to `seq` of this `epoch` is applied."""

    epoch: str
    seq: int


def define(metadata: MetaData) -> FeedTables:
    """The feed's tables in a service's own catalogue."""
    counter = Table(
        "feed",
        metadata,
        Column("id", BigInteger, primary_key=True, autoincrement=False),
        Column("epoch", String(36), nullable=False),
        Column("n", BigInteger, nullable=False),
        Column("floor", BigInteger, nullable=False),
    )
    change = Table(
        "change",
        metadata,
        Column("seq", BigInteger, primary_key=True, autoincrement=False),
        Column("entity", String(40), nullable=False),
        Column("entity_id", String(64), nullable=False),
        Column("op", String(1), nullable=False),
        Column("version", BigInteger, nullable=False),
        Column("at", String(20), nullable=False),
        Column("trace", String(32), nullable=False),
    )
    return FeedTables(counter, change)


def begin(session: Session, tables: FeedTables) -> None:
    """Make the counter row of a new database; does nothing where there is one."""
    if session.connection().execute(select(tables.counter.c.id)).first() is None:
        row = {"id": 1, "epoch": str(uuid.uuid4()), "n": 0, "floor": 0}
        session.connection().execute(insert(tables.counter).values(row))


def append(session: Session, tables: FeedTables, entries: Sequence[Entry]) -> int:
    """Number and write the changes; the number of the last one.

    Keep this the last statement of a transaction: whoever holds the counter keeps
    every other writer waiting until commit (4 times slower when it is taken early).
    """
    if not entries:
        return head(session, tables).seq
    session.flush()
    counter = tables.counter
    connection = session.connection()
    last = connection.execute(
        update(counter)
        .where(counter.c.id == 1)
        .values(n=counter.c.n + len(entries))
        .returning(counter.c.n)
    ).scalar_one()
    first = last - len(entries) + 1
    at, trace_id = stamp(now()), trace.get()
    rows = [
        {
            "seq": first + index,
            "entity": entry.entity,
            "entity_id": entry.id,
            "op": entry.op,
            "version": entry.version,
            "at": at,
            "trace": trace_id,
        }
        for index, entry in enumerate(entries)
    ]
    connection.execute(insert(tables.change), rows)
    return last


def head(session: Session, tables: FeedTables) -> Cursor:
    """The newest number of the feed and its epoch."""
    row = (
        session.connection()
        .execute(select(tables.counter.c.epoch, tables.counter.c.n).where(tables.counter.c.id == 1))
        .one()
    )
    return Cursor(row.epoch, row.n)


def read(
    session: Session,
    tables: FeedTables,
    after: Cursor,
    limit: int,
    state_of: Callable[[Session, Iterable[str]], Mapping[str, dict[str, Any]]],
) -> Page:
    """The changes after a cursor with the current public state of what changed.

    state_of  gives the public documents of ids; an id without one is not public (any more)

    Raises Gone when the cursor does not belong to this feed.
    """
    counter, change = tables.counter, tables.change
    connection = session.connection()
    feed = connection.execute(select(counter).where(counter.c.id == 1)).one()
    if after.epoch != feed.epoch or after.seq > feed.n or after.seq < feed.floor:
        raise Gone(
            f"The feed has epoch {feed.epoch} and holds {feed.floor} to {feed.n}. "
            "Read the whole state anew and go on from its cursor.",
            extra={"epoch": feed.epoch, "floor": feed.floor, "head": feed.n},
        )
    rows = connection.execute(
        select(change).where(change.c.seq > after.seq).order_by(change.c.seq).limit(limit)
    ).all()
    documents = state_of(session, {row.entity_id for row in rows}) if rows else {}
    items = [
        Change(
            seq=row.seq,
            entity=row.entity,
            id=row.entity_id,
            op=row.op if row.entity_id in documents else "D",
            version=row.version,
            at=row.at,
            trace=row.trace,
            doc=documents.get(row.entity_id),
        )
        for row in rows
    ]
    return Page(epoch=feed.epoch, floor=feed.floor, head=feed.n, items=items)


async def follow(
    source: Service,
    start: Callable[[], Awaitable[Cursor]],
    apply: Callable[[Sequence[Change], Cursor], Awaitable[None]],
    *,
    wait_seconds: int = 20,
) -> None:
    """Follow a service's feed for ever: ask, apply, move on.

    start   reads or builds the state from nothing and says up to where it goes
    apply   brings the changes in, collapsed to the latest per id, and remembers the cursor

    Any failure is logged and tried again, later and later up to half a minute; the
    cursor moves only when `apply` came back. A cursor that the source refuses leads
    to `start`. Ends when cancelled.
    """
    cursor: Cursor | None = None
    failures = 0
    while True:
        # In one process nothing below need ever wait; other tasks must get their turn.
        await asyncio.sleep(0)
        try:
            cursor = cursor or await start()
            page = await _next_page(source, cursor, wait_seconds)
            if page is None:
                cursor = None
                await asyncio.sleep(_PAUSE)
            elif page.items:
                reached = Cursor(page.epoch, page.items[-1].seq)
                await apply(latest(page.items), reached)
                cursor = reached
            else:
                # A source that does not hold the question is not asked as fast as we can.
                await asyncio.sleep(_PAUSE)
            failures = 0
        except asyncio.CancelledError:
            raise
        except Exception as failure:
            failures += 1
            bug = not isinstance(failure, Problem)
            if failures == 1 or bug:
                _log.warning("following %s failed: %s", source.name, failure, exc_info=bug)
            await asyncio.sleep(pause(failures))


async def _next_page(source: Service, cursor: Cursor, wait_seconds: int) -> Page | None:
    """The next changes, or None when the cursor has to be given up."""
    query = {"epoch": cursor.epoch, "after": cursor.seq, "wait": wait_seconds}
    answer = await source.get("/internal/changes", query, timeout_seconds=wait_seconds + 10)
    if answer.status_code == Gone.status:
        return None
    page = Page.model_validate_json(source.expect(answer).content)
    if page.items and page.items[0].seq != cursor.seq + 1:
        raise RuntimeError(f"the feed skipped from {cursor.seq} to {page.items[0].seq}")
    return page


def latest(changes: Sequence[Change]) -> list[Change]:
    """Only the newest change of each thing, in order of number."""
    newest = {(change.entity, change.id): change for change in changes}
    return sorted(newest.values(), key=lambda change: change.seq)
