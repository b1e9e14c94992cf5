"""Following a feed: every change arrives, whatever fails in between, on both databases."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import anyio
import pytest
from fastapi import FastAPI
from sqlalchemy import QueuePool, delete
from sqlmodel import Session

from shared import feed, service
from shared.client import Service
from shared.db import Database
from shared.feed import Change, Cursor
from shared.problems import Unavailable
from shared.service import Db, for_services_only
from tests.shared.feeds import (
    TABLES,
    append,
    entries,
    everything_public,
    fed,
    head,
    set_counter,
)
from tests.shared.making import KEY, a_service

routes = service.router()


@routes.get("/internal/changes", dependencies=[for_services_only])
async def changes(db: Db, epoch: str, after: int, wait: int, limit: int = 100) -> feed.Page:
    page = await db.read(feed.read, TABLES, Cursor(epoch, after), limit, everything_public)
    if not page.items:
        await asyncio.sleep(min(wait, 0.02))
    return page


def restore(database: Database) -> None:
    """What is left when a backup with one change comes back."""
    statement = delete(TABLES.change).where(TABLES.change.c.seq > 1)
    database.run(database.writer, lambda session: session.connection().execute(statement))
    set_counter(database, epoch="of a backup", n=1)


class Reader:
    """Applies changes and remembers; `broken` says how often applying fails first."""

    def __init__(self, database: Database, broken: int = 0) -> None:
        self.database = database
        self.broken = broken
        self.starts = 0
        self.tries: list[list[str]] = []
        self.applied: list[Change] = []
        self.cursor = Cursor("", 0)

    async def start(self) -> Cursor:
        self.starts += 1
        self.cursor = head(self.database)
        return self.cursor

    async def apply(self, found: Sequence[Change], reached: Cursor) -> None:
        self.tries.append([change.id for change in found])
        if self.broken:
            self.broken -= 1
            raise Unavailable("The index does not answer.")
        self.applied += found
        self.cursor = reached

    async def has(self, seq: int) -> None:
        await until(lambda: self.cursor.seq >= seq)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    with fed(database_url) as found:
        yield found


@pytest.fixture
def app(database: Database) -> FastAPI:
    made = a_service(routes)
    made.state.database = database
    return made


@asynccontextmanager
async def following(app: FastAPI, reader: Reader, start: Any = None) -> AsyncIterator[None]:
    async with Service("practices", app, KEY) as source:
        task = asyncio.create_task(
            feed.follow(source, start or reader.start, reader.apply, wait_seconds=1)
        )
        try:
            yield
        finally:
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            # A thread that still reads ends its read; only then may the database be closed.
            pool = reader.database.reader.pool
            await until(lambda: isinstance(pool, QueuePool) and pool.checkedout() == 0)


async def until(is_so: Callable[[], object]) -> None:
    with anyio.fail_after(10):
        while not is_so():  # noqa: ASYNC110 - what is waited for knows nothing of events
            await asyncio.sleep(0.005)


@pytest.mark.anyio
async def test_a_follower_applies_what_is_written(database: Database, app: FastAPI):
    reader = Reader(database)
    async with following(app, reader):
        await until(lambda: reader.starts)
        append(database, "a", "b")
        await reader.has(2)
        append(database, "hidden")
        await reader.has(3)
    assert [(change.id, change.op) for change in reader.applied] == [
        ("a", "U"), ("b", "U"), ("hidden", "D"),
    ]  # fmt: skip


@pytest.mark.anyio
async def test_a_follower_applies_only_the_newest_change_of_a_thing(
    database: Database, app: FastAPI
):
    async def from_the_beginning() -> Cursor:
        return Cursor(head(database).epoch, 0)

    append(database, "a", "b", "a", "c", "a")
    reader = Reader(database)
    async with following(app, reader, from_the_beginning):
        await reader.has(5)
    assert [(change.id, change.seq) for change in reader.applied] == [("b", 2), ("c", 4), ("a", 5)]


@pytest.mark.anyio
async def test_what_could_not_be_applied_comes_again(database: Database, app: FastAPI):
    reader = Reader(database, broken=1)
    async with following(app, reader):
        await until(lambda: reader.starts)
        append(database, "a")
        await until(lambda: reader.tries)
        assert reader.cursor.seq == 0
        await reader.has(1)
    assert reader.tries == [["a"], ["a"]]
    assert reader.starts == 1


@pytest.mark.anyio
async def test_a_follower_starts_over_after_the_source_was_restored(
    database: Database, app: FastAPI
):
    reader = Reader(database)
    async with following(app, reader):
        await until(lambda: reader.starts)
        append(database, "a", "b")
        await reader.has(2)
        restore(database)
        await until(lambda: reader.starts == 2)
        assert reader.cursor == Cursor("of a backup", 1)


@pytest.mark.anyio
async def test_a_source_that_is_broken_for_good_leaves_others_their_turn(
    database: Database, app: FastAPI
):
    """The start is refused and accepted in turn, without ever waiting for anything."""
    reader = Reader(database)
    append(database, "a", "b")
    set_counter(database, n=1)
    async with following(app, reader):
        await until(lambda: reader.starts == 3)
    assert reader.applied[0].id == "b"


@pytest.mark.anyio
async def test_a_follower_outlives_a_start_that_fails(database: Database, app: FastAPI):
    reader = Reader(database)
    answers = iter([False, True])

    async def start() -> Cursor:
        if not next(answers):
            raise Unavailable("Not yet.")
        return await reader.start()

    async with following(app, reader, start):
        await until(lambda: reader.starts)
        append(database, "a")
        await reader.has(1)


@pytest.mark.anyio
async def test_a_follower_waits_for_a_source_that_fails(
    database: Database, app: FastAPI, caplog: pytest.LogCaptureFixture
):
    reader = Reader(database)
    app.state.database = None
    async with following(app, reader):
        await until(lambda: "following practices failed" in caplog.text)
        app.state.database = database
        append(database, "a")
        await reader.has(1)
    assert reader.starts == 1


@pytest.mark.anyio
async def test_a_hole_in_a_feed_is_noticed_and_never_stepped_over(
    database: Database, app: FastAPI, caplog: pytest.LogCaptureFixture
):
    reader = Reader(database)
    async with following(app, reader):
        await until(lambda: reader.starts)

        def lose(session: Session) -> None:
            feed.append(session, TABLES, entries("lost", "kept"))
            session.connection().execute(delete(TABLES.change).where(TABLES.change.c.seq == 1))

        with caplog.at_level(logging.WARNING):
            database.run(database.writer, lose)
            await until(lambda: "skipped from 0 to 2" in caplog.text)
    assert (reader.applied, reader.cursor.seq) == ([], 0)
