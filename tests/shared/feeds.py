"""A feed to write to and to read from, for its tests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import update
from sqlmodel import Session

from shared import feed
from shared.db import Database, new_metadata
from shared.feed import Cursor, Entry

METADATA = new_metadata()
TABLES = feed.define(METADATA)


def everything_public(_: Session, ids: Iterable[str]) -> Mapping[str, dict[str, Any]]:
    return {name: {"name": name} for name in ids if not name.startswith("hidden")}


def entries(*names: str) -> list[Entry]:
    return [Entry("practice", name, "U", 1) for name in names]


@contextmanager
def fed(url: str) -> Iterator[Database]:
    """A database with an empty feed."""
    found = Database(url)
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
