"""What is kept on disk: indexes, settings, documents and words, in one SQLite file.

The effect of a task and the note that it was applied are one transaction. So after a crash a task
is either applied and noted or neither, and nothing is applied twice.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

_TABLES = """
CREATE TABLE IF NOT EXISTS stores(
  id INTEGER PRIMARY KEY AUTOINCREMENT, primary_key TEXT, settings TEXT NOT NULL,
  fields TEXT NOT NULL DEFAULT '[]', generation INTEGER NOT NULL DEFAULT 0,
  stamp INTEGER NOT NULL DEFAULT 0, created_at TEXT NOT NULL, updated_at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS names(uid TEXT PRIMARY KEY, store INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS documents(
  number INTEGER PRIMARY KEY AUTOINCREMENT, store INTEGER NOT NULL, id TEXT NOT NULL,
  place INTEGER NOT NULL, body TEXT NOT NULL, words BLOB NOT NULL, leaves TEXT NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS documents_by_id ON documents(store, id);
CREATE TABLE IF NOT EXISTS words(
  store INTEGER, number INTEGER, word TEXT, written TEXT, PRIMARY KEY(store, number))
  WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS applied(task INTEGER PRIMARY KEY, outcome TEXT NOT NULL);
"""


def now() -> str:
    """The time in Meilisearch's form: UTC with microseconds and a Z."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@dataclass
class StoreRow:
    """What is remembered of one index beside its documents."""

    id: int
    primary_key: str | None
    settings: dict[str, Any]
    fields: list[str]
    generation: int
    stamp: int
    created_at: str
    updated_at: str


@dataclass(frozen=True)
class DocumentRow:
    """One document on its way into the store. `leaves` are its filterable values by path."""

    id: str
    place: int
    body: str
    words: bytes
    leaves: str


@dataclass
class Known:
    """Documents found by identifier: number and place of each."""

    numbers: dict[str, int] = field(default_factory=dict)
    places: dict[str, int] = field(default_factory=dict)


class Store:
    """One writer (the task worker) and any number of readers."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer = connect(path)
        self._writer.executescript(_TABLES)
        self._reading = threading.local()
        self.names()  # A damaged file shows here, or else when its documents are read.

    def close(self) -> None:
        """Close the writer's connection."""
        self._writer.close()

    def _reader(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._reading, "connection", None)
        if connection is None:
            connection = self._reading.connection = connect(self._path)
        return connection

    @contextmanager
    def writing(self) -> Generator[sqlite3.Connection]:
        """One transaction of the worker."""
        self._writer.execute("BEGIN IMMEDIATE")
        try:
            yield self._writer
        except BaseException:
            self._writer.rollback()
            raise
        self._writer.commit()

    def empty_log(self) -> None:
        """Leave nothing on disk of what was removed."""
        empty_log(self._path)

    # Reading

    def names(self) -> dict[str, int]:
        """The store of every index name."""
        return dict(self._reader().execute("SELECT uid, store FROM names ORDER BY uid").fetchall())

    def row(self, store: int) -> StoreRow:
        """What is remembered of one index."""
        found = (
            self._reader()
            .execute(
                "SELECT id, primary_key, settings, fields, generation, stamp, created_at, "
                "updated_at FROM stores WHERE id = ?",
                (store,),
            )
            .fetchone()
        )
        settings, fields = json.loads(found[2]), json.loads(found[3])
        return StoreRow(found[0], found[1], settings, fields, *found[4:])

    def words(self, store: int) -> list[tuple[int, str, str]]:
        """Number, folded form and accented forms of every word."""
        return (
            self._reader()
            .execute(
                "SELECT number, word, written FROM words WHERE store = ? ORDER BY number", (store,)
            )
            .fetchall()
        )

    def shapes(self, store: int) -> list[tuple[int, int, bytes, str]]:
        """Number, place, words and leaves of every document, in order of number."""
        return (
            self._reader()
            .execute(
                "SELECT number, place, words, leaves FROM documents WHERE store = ? "
                "ORDER BY number",
                (store,),
            )
            .fetchall()
        )

    def bodies(self, numbers: Iterable[int]) -> dict[int, str]:
        """The documents with these numbers, as JSON; missing ones are left out."""
        query = (
            "SELECT number, body FROM documents WHERE number IN (SELECT value FROM json_each(?))"
        )
        return dict(self._reader().execute(query, (json.dumps(list(numbers)),)).fetchall())

    def all_bodies(self, store: int) -> Iterator[tuple[int, str, str]]:
        """Number, identifier and JSON of every document, in order of number."""
        yield from self._reader().execute(
            "SELECT number, id, body FROM documents WHERE store = ? ORDER BY number", (store,)
        )

    def known(self, store: int, ids: Iterable[str]) -> Known:
        """Which of the identifiers exist."""
        answer = Known()
        query = (
            "SELECT id, number, place FROM documents "
            "WHERE store = ? AND id IN (SELECT value FROM json_each(?))"
        )
        for row in self._reader().execute(query, (store, json.dumps(list(ids)))):
            answer.numbers[row[0]] = row[1]
            answer.places[row[0]] = row[2]
        return answer

    def applied(self) -> dict[int, dict[str, Any]]:
        """The outcomes of the tasks applied last, by task."""
        rows = self._reader().execute("SELECT task, outcome FROM applied").fetchall()
        return {task: json.loads(outcome) for task, outcome in rows}


def connect(path: Path) -> sqlite3.Connection:
    """A connection in WAL mode: readers and the one writer do not wait for each other.

    What is removed is written over with zeros: it may be the text of somebody's erased data.
    """
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=30)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA secure_delete = ON")
    return connection


def empty_log(path: Path) -> None:
    """Bring what the log of the database holds into its file; nothing of it stays in the log.

    Nobody who reads is held up; on a connection of its own, so that nobody waits for that.
    """
    with closing(connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def note_applied(connection: sqlite3.Connection, task: int, outcome: dict[str, Any]) -> None:
    """Remember in the same transaction that the task was applied, and forget older ones."""
    connection.execute("INSERT INTO applied VALUES (?, ?)", (task, json.dumps(outcome)))
    connection.execute("DELETE FROM applied WHERE task < ?", (task - 100,))


def add_index(
    connection: sqlite3.Connection, uid: str, primary_key: str | None, settings: dict[str, Any]
) -> int:
    """A new, empty index; its store."""
    moment = now()
    cursor = connection.execute(
        "INSERT INTO stores(primary_key, settings, created_at, updated_at) VALUES (?, ?, ?, ?)",
        (primary_key, json.dumps(settings), moment, moment),
    )
    store = int(cursor.lastrowid or 0)
    connection.execute("INSERT INTO names VALUES (?, ?)", (uid, store))
    return store


def remove_index(connection: sqlite3.Connection, uid: str, store: int) -> None:
    """Forget the name and everything that belongs to its store."""
    connection.execute("DELETE FROM names WHERE uid = ?", (uid,))
    connection.execute("DELETE FROM documents WHERE store = ?", (store,))
    connection.execute("DELETE FROM words WHERE store = ?", (store,))
    connection.execute("DELETE FROM stores WHERE id = ?", (store,))


def swap(connection: sqlite3.Connection, one: str, other: str) -> None:
    """Let two names exchange their stores."""
    stores = dict(
        connection.execute("SELECT uid, store FROM names WHERE uid IN (?, ?)", (one, other))
    )
    connection.execute("UPDATE names SET store = ? WHERE uid = ?", (stores[other], one))
    connection.execute("UPDATE names SET store = ? WHERE uid = ?", (stores[one], other))


def save_row(connection: sqlite3.Connection, row: StoreRow) -> None:
    """Write back what is remembered of an index."""
    row.updated_at = now()
    connection.execute(
        "UPDATE stores SET primary_key = ?, settings = ?, fields = ?, generation = ?, stamp = ?, "
        "updated_at = ? WHERE id = ?",
        (
            row.primary_key,
            json.dumps(row.settings),
            json.dumps(row.fields),
            row.generation,
            row.stamp,
            row.updated_at,
            row.id,
        ),
    )


def save_words(
    connection: sqlite3.Connection, store: int, words: Iterable[tuple[int, str, str]]
) -> None:
    """Add words or change their accented forms."""
    connection.executemany(
        "INSERT OR REPLACE INTO words VALUES (?, ?, ?, ?)", ((store, *word) for word in words)
    )


def remove_documents(connection: sqlite3.Connection, numbers: Iterable[int]) -> None:
    """Remove documents by number."""
    connection.executemany("DELETE FROM documents WHERE number = ?", ((n,) for n in numbers))


def add_documents(
    connection: sqlite3.Connection, store: int, documents: Iterable[DocumentRow]
) -> list[int]:
    """Add documents; their numbers, which only ever grow."""
    numbers: list[int] = []
    for each in documents:
        cursor = connection.execute(
            "INSERT INTO documents(store, id, place, body, words, leaves) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (store, each.id, each.place, each.body, each.words, each.leaves),
        )
        numbers.append(int(cursor.lastrowid or 0))
    return numbers
