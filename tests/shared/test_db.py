"""The seam to the database: reads only read, writes last, and nobody meets a lock."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ClassVar

import anyio
import pytest
from sqlalchemy import ForeignKey, UniqueConstraint, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import registry
from sqlmodel import Field, Session, SQLModel, col, func, select, update

from shared.db import Database, NoSchema, new_metadata
from shared.problems import Unavailable

METADATA = new_metadata()


class Table(SQLModel, registry=registry(metadata=METADATA)):
    """The base of the tables of this file."""


class Counter(Table, table=True):
    __tablename__: ClassVar[str] = "counter"
    __table_args__ = (UniqueConstraint("name"),)

    id: int | None = Field(default=None, primary_key=True)
    name: str
    n: int = 0


class Step(Table, table=True):
    __tablename__: ClassVar[str] = "step"

    id: int | None = Field(default=None, primary_key=True)
    counter_id: int = Field(sa_column_args=[ForeignKey("counter.id")])


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    found = Database(database_url, threads=4)
    METADATA.create_all(found.writer)
    yield found
    found.close()


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Database]:
    found = Database(f"sqlite:///{tmp_path}/new/folder/test.db")
    METADATA.create_all(found.writer)
    yield found
    found.close()


def add(session: Session, name: str) -> Counter:
    counter = Counter(name=name)
    session.add(counter)
    session.flush()
    return counter


def count(session: Session) -> int:
    return session.exec(select(func.count()).select_from(Counter)).one()


@pytest.mark.anyio
async def test_what_is_written_is_read_by_another_connection(database: Database, database_url: str):
    await database.write(add, "one")
    other = Database(database_url)
    assert await other.read(count) == 1
    other.close()


@pytest.mark.anyio
@pytest.mark.parametrize("way", ["read", "read_long"])
async def test_a_write_through_read_is_refused(database: Database, way: str):
    with pytest.raises((Unavailable, DBAPIError)):
        await getattr(database, way)(add, "one")
    assert await database.read(count) == 0


@pytest.mark.anyio
async def test_a_write_is_still_possible_after_a_refused_one(database: Database):
    for number in range(10):
        with pytest.raises((Unavailable, DBAPIError)):
            await database.read(add, "refused")
        await database.write(add, f"{number}")
    assert await database.read(count) == 10


@pytest.mark.anyio
async def test_a_unit_of_work_that_fails_leaves_nothing(database: Database):
    def half(session: Session) -> None:
        add(session, "one")
        raise KeyError("the second half")

    with pytest.raises(KeyError):
        await database.write(half)
    assert await database.read(count) == 0


@pytest.mark.anyio
async def test_a_broken_constraint_is_for_the_caller_to_understand(database: Database):
    await database.write(add, "one")
    with pytest.raises(IntegrityError):
        await database.write(add, "one")


@pytest.mark.anyio
async def test_a_foreign_key_is_enforced(database: Database):
    with pytest.raises(IntegrityError):
        await database.write(lambda session: session.add(Step(counter_id=77)))


@pytest.mark.anyio
async def test_a_row_can_be_used_after_its_session_is_over(database: Database):
    row = await database.write(add, "one")
    assert (row.name, row.n, row.id is not None) == ("one", 0, True)


@pytest.mark.anyio
async def test_a_read_sees_one_moment_however_many_questions_it_asks(database: Database):
    def twice(session: Session) -> tuple[int, int]:
        before = count(session)
        with ThreadPoolExecutor(1) as other:
            other.submit(database.run, database.writer, add, "meanwhile").result()
        return before, count(session)

    assert await database.read_long(twice) == (0, 0)
    assert await database.read(count) == 1


def test_eight_writers_lose_nothing_and_meet_no_lock(database: Database):
    rounds = 40
    database.run(database.writer, add, "shared")

    def write(writer: int) -> None:
        for number in range(rounds):
            database.run(database.writer, work, f"{writer}-{number}")

    def work(session: Session, name: str) -> None:
        count(session)
        add(session, name)
        session.exec(update(Counter).where(col(Counter.name) == "shared").values(n=Counter.n + 1))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))
    shared = database.run(
        database.reader, lambda s: s.exec(select(Counter).where(Counter.name == "shared")).one()
    )
    assert shared.n == 8 * rounds
    assert database.run(database.reader, count) == 8 * rounds + 1


def test_writers_of_several_processes_wait_for_each_other(database: Database, database_url: str):
    """Each Database has connections of its own, as another process would have."""
    houses = [Database(database_url) for _ in range(4)]

    def write(number: int) -> None:
        for turn in range(20):
            houses[number].run(houses[number].writer, work, f"{number}-{turn}")

    def work(session: Session, name: str) -> None:
        # Reading first and writing then: with a plain BEGIN, SQLite fails here at once.
        count(session)
        add(session, name)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    for house in houses:
        house.close()
    assert database.run(database.reader, count) == 80


@pytest.mark.anyio
async def test_more_readers_than_connections_wait_for_their_turn(database: Database):
    seen: list[int] = []

    async def read() -> None:
        seen.append(await database.read_long(slow_count))

    def slow_count(session: Session) -> int:
        found = count(session)
        time.sleep(0.005)
        return found

    async with anyio.create_task_group() as readers:
        for _ in range(40):
            readers.start_soon(read)
    assert seen == [0] * 40


@pytest.mark.anyio
async def test_readers_do_not_hold_up_a_writer(database: Database):
    read, written = threading.Event(), threading.Event()

    def long_read(session: Session) -> bool:
        count(session)
        read.set()
        return written.wait(5)

    async def write() -> None:
        await anyio.to_thread.run_sync(read.wait)
        await database.write(add, "one")
        written.set()

    async with anyio.create_task_group() as both:
        both.start_soon(write)
        assert await database.read_long(long_read)


@pytest.mark.anyio
async def test_only_a_short_read_of_sqlite_runs_on_the_event_loop(database: Database):
    def thread(session: Session) -> int:
        return threading.get_ident()

    here = threading.get_ident()
    assert (await database.read(thread) == here) is database.is_sqlite
    assert await database.read_long(thread) != here
    assert await database.write(thread) != here


@pytest.mark.anyio
async def test_writing_to_sqlite_is_durable_when_it_returns(sqlite: Database):
    def pragma(session: Session, name: str) -> object:
        return session.connection().execute(text(f"PRAGMA {name}")).scalar_one()

    assert await sqlite.write(pragma, "synchronous") == 2  # FULL
    assert await sqlite.write(pragma, "journal_mode") == "wal"
    assert await sqlite.write(pragma, "foreign_keys") == 1
    assert await sqlite.read(pragma, "query_only") == 1


@pytest.mark.anyio
async def test_a_commit_is_on_disk_before_the_write_returns(postgres: str):
    from sqlalchemy import make_url

    database = Database(
        make_url(postgres).set(drivername="postgresql+psycopg").render_as_string(False)
    )
    show = "SELECT current_setting('synchronous_commit'), current_setting('fsync')"
    settings = await database.write(lambda session: session.connection().execute(text(show)).one())
    database.close()
    assert settings[0] == "on"


@pytest.mark.anyio
async def test_a_refusal_to_connect_is_told_as_unavailable():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"postgresql+psycopg://u:p@127.0.0.1:{taken.getsockname()[1]}/x"
        database = Database(url)
        assert "does not answer" in await database.lack(METADATA)
        with pytest.raises(Unavailable, match="Nothing was changed") as refusal:
            database.run(database.writer, count)
        assert refusal.value.headers["Retry-After"] == "2"


@pytest.mark.anyio
async def test_a_file_that_is_no_database_is_told(tmp_path: Path):
    (tmp_path / "folder.db").mkdir()
    database = Database(f"sqlite:///{tmp_path}/folder.db")
    assert "does not answer" in await database.lack(METADATA)
    with pytest.raises(Unavailable):
        database.run(database.reader, count)


def test_who_waits_too_long_for_another_writer_is_told_that_the_database_is_busy(
    database: Database, database_url: str
):
    hurry = "PRAGMA busy_timeout=50" if database.is_sqlite else "SET lock_timeout='50ms'"
    database.run(database.writer, lambda session: session.connection().execute(text(hurry)))
    other = Database(database_url)
    with Session(other.writer) as session, session.begin():
        add(session, "one")
        with pytest.raises(Unavailable, match="is busy"):
            database.run(database.writer, add, "one")
    other.close()


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_a_question_that_takes_too_long_is_told_as_busy(database: Database):
    def slow(session: Session) -> None:
        session.connection().execute(text("SET LOCAL statement_timeout='50ms'"))
        session.connection().execute(text("SELECT pg_sleep(5)"))

    with pytest.raises(Unavailable, match="is busy"):
        database.run(database.writer, slow)


@pytest.mark.parametrize("asked", ["SELECT 1 FROM elsewhere", "SELECT elsewhere FROM counter"])
def test_a_table_or_column_that_is_not_there_says_to_migrate(database: Database, asked: str):
    with pytest.raises(NoSchema, match="run `python -m services migrate`"):
        database.run(database.reader, lambda session: session.connection().execute(text(asked)))


def test_a_question_that_is_no_sql_is_a_fault_of_ours(database: Database):
    """It is not answered as if the database were away: nobody would ever mend it."""
    with pytest.raises((DBAPIError, Unavailable)) as failure:
        database.run(database.reader, lambda session: session.connection().execute(text("SELEC")))
    assert isinstance(failure.value, DBAPIError)


@pytest.mark.anyio
async def test_nothing_is_lacking_once_every_table_is_there(database: Database):
    assert await database.lack(METADATA) == ""
    Step.metadata.tables["step"].drop(database.writer)
    assert "run `python -m services migrate`" in await database.lack(METADATA)


def test_every_constraint_has_a_name_that_a_migration_can_use():
    names = {
        constraint.name for table in METADATA.tables.values() for constraint in table.constraints
    }
    assert names == {"pk_counter", "uq_counter_name", "pk_step", "fk_step_counter_id"}
