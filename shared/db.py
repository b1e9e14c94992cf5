"""One seam between async endpoints and sync store functions.

A store function takes a Session and does one thing; `Database.read` and
`Database.write` decide where it runs. SQLite reads run on the event loop: an
indexed read takes a fraction of a millisecond, and a thread hop costs more than
it saves. Everything else runs in a thread. A session never leaves its function,
so there is no lazy loading and no greenlet, and a unit of work can be retried.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import anyio
import anyio.to_thread
from sqlalchemy import Connection, Engine, MetaData, event, inspect, make_url
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from sqlmodel import Session, create_engine

from shared.problems import Unavailable

P = ParamSpec("P")
T = TypeVar("T")

# Alembic can only drop a constraint that has a name.
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


# PostgreSQL: a statement or a lock took too long, two writers met.
_BUSY = {"57014", "55P03", "40P01", "40001"}
# PostgreSQL: no such table, no such column.
_NO_SCHEMA = {"42P01", "42703"}
_SQLITE_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_SQLITE_NO_SCHEMA = ("no such table", "no such column", "has no column named")


class NoSchema(Unavailable):
    """The tables that the code asks are not there: the database was not migrated."""

    def __init__(self) -> None:
        super().__init__(
            "The tables that are needed are not in the database: run `python -m services migrate`.",
            headers={"Retry-After": "5"},
        )


def new_metadata() -> MetaData:
    """The catalogue of one service's tables. Two services may use the same table name."""
    return MetaData(naming_convention=NAMING)


class Database:
    """A service's own database: SQLite by default, PostgreSQL by URL.

    Writes to SQLite go through one lane with BEGIN IMMEDIATE (a lock conflict in the
    middle of a transaction cannot be waited for) and are durable when they return
    (synchronous=FULL). The reading side can only read, and sees one moment however many
    questions it asks: a write through `read` is refused by the database itself.
    """

    def __init__(self, url: str, *, threads: int = 8) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        # hide_parameters: a failure that is logged does not say whose name or which secret it was.
        if self.is_sqlite:
            if self.url.database:
                Path(self.url.database).parent.mkdir(parents=True, exist_ok=True)
            self.writer = create_engine(self.url, pool_size=1, max_overflow=0, hide_parameters=True)
            self.reader = create_engine(self.url, pool_size=threads, hide_parameters=True)
            _tune_sqlite(self.writer, "BEGIN IMMEDIATE", read_only=False)
            _tune_sqlite(self.reader, "BEGIN", read_only=True)
        else:
            self.writer = create_engine(
                self.url,
                pool_size=2 * threads,
                max_overflow=0,
                pool_pre_ping=True,
                hide_parameters=True,
            )
            # Both words ride on BEGIN; the connections are the writer's.
            self.reader = self.writer.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
            _tune_postgres(self.writer)
        self._readers = anyio.CapacityLimiter(threads)
        self._lanes = anyio.CapacityLimiter(1 if self.is_sqlite else threads)

    async def read(
        self, work: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run an indexed read of less than a millisecond. For long ones use `read_long`."""
        if self.is_sqlite:
            return self.run(self.reader, work, *args, **kwargs)
        return await self._in_thread(self._readers, self.reader, work, *args, **kwargs)

    async def read_long(
        self, work: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a read that may take a while (an export) without holding up the event loop."""
        return await self._in_thread(self._readers, self.reader, work, *args, **kwargs)

    async def write(
        self, work: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a unit of work in one transaction: all of it is durable when this returns, or none.

        Raises Unavailable when the database cannot be written just now, NoSchema as `run` does.
        """
        return await self._in_thread(self._lanes, self.writer, work, *args, **kwargs)

    def run(
        self,
        engine: Engine,
        work: Callable[Concatenate[Session, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run the work in a transaction on this thread (for commands and migrations).

        Raises Unavailable when the database is busy or does not answer, NoSchema without tables.
        """
        try:
            with Session(engine, expire_on_commit=False) as session, session.begin():
                return work(session, *args, **kwargs)
        except (OperationalError, ProgrammingError, PoolExhausted) as failure:
            problem = _problem(failure)
            if problem is None:
                raise
            raise problem from failure

    async def _in_thread(
        self,
        lanes: anyio.CapacityLimiter,
        engine: Engine,
        work: Callable[Concatenate[Session, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        # No more threads than connections: waiting for a lane ends, waiting in the pool fails.
        return await anyio.to_thread.run_sync(
            lambda: self.run(engine, work, *args, **kwargs), limiter=lanes
        )

    async def lack(self, tables: MetaData) -> str:
        """Why nothing can be asked of these tables just now; empty when it can."""
        try:
            await self.read(_look, tables)
        except Unavailable as failure:
            return failure.detail
        return ""

    def close(self) -> None:
        """Give all connections back."""
        self.writer.dispose()
        self.reader.dispose()


def _look(session: Session, tables: MetaData) -> None:
    if not tables.tables.keys() <= set(inspect(session.connection()).get_table_names()):
        raise NoSchema


def _problem(failure: DBAPIError | PoolExhausted) -> Unavailable | None:
    """What a failure of the database means to a caller; None when the question itself is wrong."""
    cause: object = getattr(failure, "orig", None)
    if _lacks_a_table(cause):
        return NoSchema()
    if isinstance(failure, ProgrammingError) or _code(cause) == sqlite3.SQLITE_ERROR:
        return None
    is_busy = isinstance(failure, PoolExhausted) or _came_too_late(cause)
    what = "is busy" if is_busy else "does not answer"
    return Unavailable(
        f"The database {what}. Nothing was changed; try again.", headers={"Retry-After": "2"}
    )


def _lacks_a_table(cause: object) -> bool:
    if isinstance(cause, sqlite3.Error):
        return any(words in str(cause) for words in _SQLITE_NO_SCHEMA)
    return getattr(cause, "sqlstate", None) in _NO_SCHEMA


def _came_too_late(cause: object) -> bool:
    return _code(cause) in _SQLITE_BUSY or getattr(cause, "sqlstate", None) in _BUSY


def _code(cause: object) -> int:
    """SQLite's code of a failure, 0 for others. Only the lowest byte: the rest tells details."""
    return getattr(cause, "sqlite_errorcode", 0) & 0xFF


def _tune_sqlite(engine: Engine, begin: str, *, read_only: bool) -> None:
    def opened(connection: Any, _record: object) -> None:  # noqa: ANN401 - the raw DB-API one
        # The driver starts transactions late; we say BEGIN ourselves.
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("PRAGMA busy_timeout=5000")
        if read_only:
            connection.execute("PRAGMA query_only=ON")

    def begun(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine, "connect", opened)
    event.listen(engine, "begin", begun)


def _tune_postgres(engine: Engine) -> None:
    def opened(connection: Any, _record: object) -> None:  # noqa: ANN401 - the raw DB-API one
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '5s'")
            cursor.execute("SET statement_timeout = '30s'")
        connection.commit()

    event.listen(engine, "connect", opened)
