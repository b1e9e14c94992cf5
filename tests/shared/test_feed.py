"""The change feed: no gap, nothing skipped, nothing lost, on both databases."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

import anyio
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import QueuePool, delete, update
from sqlmodel import Session

from shared import feed, service
from shared.client import Service
from shared.db import Database, new_metadata
from shared.feed import Change, Cursor, Entry
from shared.problems import Gone, Unavailable
from shared.service import Db, for_services_only
from tests.shared.making import KEY, a_service

METADATA = new_metadata()
TABLES = feed.define(METADATA)
routes = service.router()


@routes.get("/internal/changes", dependencies=[for_services_only])
async def changes(db: Db, epoch: str, after: int, wait: int, limit: int = 100) -> feed.Page:
    page = await db.read(feed.read, TABLES, Cursor(epoch, after), limit, everything_public)
    if not page.items:
        await asyncio.sleep(min(wait, 0.02))
    return page


def everything_public(_: Session, ids: Iterable[str]) -> Mapping[str, dict[str, Any]]:
    return {name: {"name": name} for name in ids if not name.startswith("hidden")}


def entries(*names: str) -> list[Entry]:
    return [Entry("practice", name, "U", 1) for name in names]


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    found = Database(database_url)
    METADATA.create_all(found.writer)
    found.run(found.writer, feed.begin, TABLES)
    yield found
    found.close()


def append(database: Database, *names: str) -> int:
    return database.run(database.writer, feed.append, TABLES, entries(*names))


def head(database: Database) -> Cursor:
    return database.run(database.reader, feed.head, TABLES)


def page(database: Database, after: Cursor, limit: int = 100) -> feed.Page:
    return database.run(database.reader, feed.read, TABLES, after, limit, everything_public)


def set_counter(database: Database, **values: object) -> None:
    statement = update(TABLES.counter).values(values)
    database.run(database.writer, lambda session: session.connection().execute(statement))


def test_a_new_feed_is_empty_and_begins_once(database: Database):
    before = head(database)
    database.run(database.writer, feed.begin, TABLES)
    assert head(database) == before
    assert before.seq == 0
    assert page(database, before).items == []


def test_changes_are_numbered_one_after_the_other(database: Database):
    assert append(database, "a") == 1
    assert append(database, "b", "c") == 3
    assert [item.seq for item in page(database, Cursor(head(database).epoch, 0)).items] == [1, 2, 3]


def test_no_change_takes_no_number(database: Database):
    append(database, "a")
    assert append(database) == 1
    assert head(database).seq == 1


def test_a_change_that_is_rolled_back_gives_its_number_back(database: Database):
    def fail(session: Session) -> None:
        feed.append(session, TABLES, entries("lost", "lost too"))
        raise KeyError

    append(database, "a")
    with pytest.raises(KeyError):
        database.run(database.writer, fail)
    assert append(database, "b") == 2
    assert [item.id for item in page(database, Cursor(head(database).epoch, 0)).items] == ["a", "b"]


def test_a_page_ends_at_its_limit_and_the_next_one_goes_on(database: Database):
    append(database, *"abcde")
    start = Cursor(head(database).epoch, 0)
    first = page(database, start, 3)
    second = page(database, Cursor(first.epoch, first.items[-1].seq), 3)
    assert [item.id for item in first.items + second.items] == list("abcde")
    assert first.head == 5


def test_a_change_shows_what_is_public_now(database: Database):
    append(database, "open", "hidden")
    seen = page(database, Cursor(head(database).epoch, 0)).items
    assert [(item.id, item.op, item.doc) for item in seen] == [
        ("open", "U", {"name": "open"}),
        ("hidden", "D", None),
    ]


@pytest.mark.parametrize(
    "after", [Cursor("another epoch", 2), Cursor("", 4), Cursor("", 1), Cursor("", -1)]
)
def test_a_cursor_that_does_not_belong_here_is_gone(database: Database, after: Cursor):
    append(database, "a", "b", "c")
    set_counter(database, floor=2)
    epoch = head(database).epoch
    with pytest.raises(Gone) as refusal:
        page(database, Cursor(after.epoch or epoch, after.seq))
    assert refusal.value.extra == {"epoch": epoch, "floor": 2, "head": 3}


def test_a_cursor_at_the_floor_and_at_the_head_is_served(database: Database):
    append(database, "a", "b", "c")
    set_counter(database, floor=2)
    epoch = head(database).epoch
    assert [item.id for item in page(database, Cursor(epoch, 2)).items] == ["c"]
    assert page(database, Cursor(epoch, 3)).items == []


def restore(database: Database) -> None:
    """What is left when a backup with one change comes back."""
    statement = delete(TABLES.change).where(TABLES.change.c.seq > 1)
    database.run(database.writer, lambda session: session.connection().execute(statement))
    set_counter(database, epoch="of a backup", n=1)


class Follower:
    """Reads by cursor while others write, as another service would."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.cursor = Cursor(head(database).epoch, 0)
        self.seen: list[Change] = []
        self.over = threading.Event()

    def run(self) -> None:
        while not self.over.is_set() or self.cursor.seq < head(self.database).seq:
            # The last page is read after the last commit: what is missing then is lost.
            is_over = self.over.is_set()
            got = page(self.database, self.cursor, 7).items
            self.seen += got
            if got:
                self.cursor = Cursor(self.cursor.epoch, got[-1].seq)
            elif is_over:
                break


def test_a_reader_sees_every_commit_of_eight_writers_once_and_in_order(database: Database):
    committed: list[list[str]] = [[] for _ in range(8)]
    follower = Follower(database)

    def write(writer: int) -> None:
        for turn in range(50):
            names = [f"{writer}-{turn}-{part}" for part in range(1 + turn % 3)]
            try:
                database.run(database.writer, change, names, turn)
            except ZeroDivisionError:
                continue
            committed[writer] += names

    def change(session: Session, names: Sequence[str], turn: int) -> None:
        feed.append(session, TABLES, entries(*names))
        if turn % 7 == 0:
            raise ZeroDivisionError

    with ThreadPoolExecutor(9) as pool:
        reading = pool.submit(follower.run)
        try:
            list(pool.map(write, range(8)))
        finally:
            follower.over.set()
        reading.result(timeout=30)

    total = sum(map(len, committed))
    assert [change.seq for change in follower.seen] == list(range(1, total + 1))
    for writer, names in enumerate(committed):
        own = [change.id for change in follower.seen if change.id.startswith(f"{writer}-")]
        assert own == names
    assert head(database).seq == total


changes_of = st.lists(
    st.builds(
        Change,
        seq=st.integers(1, 50),
        entity=st.sampled_from("pr"),
        id=st.sampled_from("abc"),
        op=st.sampled_from("UD"),
        version=st.just(1),
        at=st.just(""),
        trace=st.just(""),
    ),
    unique_by=lambda change: change.seq,
).map(lambda found: sorted(found, key=lambda change: change.seq))


@given(changes_of)
def test_collapsed_changes_lead_to_the_same_state(found: list[Change]):
    def state(given: list[Change]) -> dict[tuple[str, str], Change]:
        return {(change.entity, change.id): change for change in given}

    collapsed = feed.latest(found)
    assert state(collapsed) == state(found)
    assert len(collapsed) == len(state(found))
    assert [change.seq for change in collapsed] == sorted(change.seq for change in collapsed)


# Following.


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


@pytest.mark.anyio
async def test_a_change_carries_the_trace_of_its_request(database: Database):
    from shared.telemetry import trace

    token = trace.set("4bf92f3577b34da6a3ce929d0e0e4736")
    await database.write(feed.append, TABLES, entries("a"))
    trace.reset(token)
    (change,) = page(database, Cursor(head(database).epoch, 0)).items
    assert change.trace == "4bf92f3577b34da6a3ce929d0e0e4736"


def test_many_changes_at_once_take_one_range(database: Database):
    assert append(database, *(f"{number}" for number in range(5000))) == 5000
    seen = page(database, Cursor(head(database).epoch, 0), 6000).items
    assert Counter(item.seq for item in seen) == Counter(range(1, 5001))
