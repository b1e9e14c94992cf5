"""One seam between async endpoints and sync store functions.

A store function takes a Session and does one thing; `Database.read` and
`Database.write` decide where it runs. SQLite reads run on the event loop: an
indexed read takes a fraction of a millisecond, and a thread hop costs more than
it saves. Everything else runs in a thread. A session never leaves its function,
so there is no lazy loading and no greenlet, and a unit of work can be retried.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import anyio
import anyio.to_thread
from sqlalchemy import Connection, Engine, MetaData, event, make_url, text
from sqlalchemy.exc import OperationalError
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

        Raises Unavailable when the database cannot be written just now.
        """
        return await self._in_thread(self._lanes, self.writer, work, *args, **kwargs)

    def run(
        self,
        engine: Engine,
        work: Callable[Concatenate[Session, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run the work in a transaction on this thread (for commands and migrations)."""
        try:
            with Session(engine, expire_on_commit=False) as session, session.begin():
                return work(session, *args, **kwargs)
        except (OperationalError, PoolExhausted) as failure:
            raise Unavailable(
                "The database does not answer. Nothing was changed; try again.",
                headers={"Retry-After": "2"},
            ) from failure

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

    def answers(self) -> bool:
        """Whether a trivial query comes back."""
        try:
            with self.reader.connect() as connection:
                return connection.execute(text("SELECT 1")).scalar_one() == 1
        except (OperationalError, PoolExhausted):
            return False

    def close(self) -> None:
        """Give all connections back."""
        self.writer.dispose()
        self.reader.dispose()


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
