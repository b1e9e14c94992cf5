"""The engine: a data folder, its open indexes and its queue."""

from __future__ import annotations

import fcntl
import os
import shutil
import sqlite3
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any, TypeVar

from services.search.engine.errors import index_not_found
from services.search.engine.index import Index, Snapshot
from services.search.engine.json_value import decoded
from services.search.engine.queue import Queue
from services.search.engine.store import Store

T = TypeVar("T", Store, Queue)
_KEPT_DOCUMENTS = 1000
CONDEMNED = "data.db.condemned"
_INVERTED = "inverted-2"
"""Another number when what stands in these files changes its form: they are made again then."""
DAMAGED = 3  # The exit code when the database turns out to be damaged.


class InUse(Exception):
    """Another engine has the data folder."""


class Engine:
    """Everything behind the HTTP routes."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._lock_file = _locked(folder / "lock")
        self.folder = folder
        if (folder / CONDEMNED).exists():
            _put_aside(folder / "data.db", "found damaged while it ran")
            (folder / CONDEMNED).unlink()
        for former in folder.glob("inverted*"):
            if former.name != _INVERTED:
                shutil.rmtree(former)
        self.store = _opened(Store, folder / "data.db")
        self.queue = _opened(Queue, folder / "tasks.db")
        self.names = self.store.names()
        self.damaged: set[str] = set()
        self._read: dict[int, dict[str, Any]] = {}
        self._indexes: dict[int, Index] = {}
        self._opening = threading.RLock()

    def close(self) -> None:
        """Close the files. Nobody does tasks any more."""
        self.queue.close()
        self.store.close()
        self._lock_file.close()

    def index(self, uid: str) -> Index:
        """The index of that name, opened when need be. Raises EngineError (index_not_found)."""
        store_id = self.names.get(uid)
        if store_id is None:
            raise index_not_found(uid)
        index = self._indexes.get(store_id)
        if index is None:
            with self._opening:
                index = self._indexes.get(store_id)
                if index is None:
                    index = Index(self.store, store_id, self.folder / _INVERTED)
                    self._indexes[store_id] = index
        return index

    def is_open(self, uid: str) -> bool:
        """Whether `index` would answer without reading from disk."""
        return self.names.get(uid) in self._indexes or uid not in self.names

    def snapshot(self, uid: str) -> Snapshot:
        """The index of that name at this moment. Raises EngineError (index_not_found)."""
        return self.index(uid).snapshot

    def documents(self, numbers: list[int]) -> list[dict[str, Any]] | None:
        """The documents with these numbers, not to be changed; None when one is gone already.

        A number means the same document for ever, so those read lately are kept.
        """
        missing = [number for number in numbers if number not in self._read]
        fresh = (
            {number: decoded(body) for number, body in self.store.bodies(missing).items()}
            if missing
            else {}
        )
        if len(fresh) < len(missing):
            return None
        found = [self._read.pop(number, None) or fresh[number] for number in numbers]
        for number, document in zip(numbers, found, strict=True):
            self._read[number] = document
        while len(self._read) > _KEPT_DOCUMENTS:
            self._read.pop(next(iter(self._read)))
        return found

    def to_mend(self, uid: str) -> None:
        """Have the worker make the inverted index of this index again."""
        self.damaged.add(uid)
        self.queue.bell.set()

    def condemn(self, error: sqlite3.DatabaseError) -> None:
        """The database itself is damaged: end, so that the next start puts it aside."""
        sys.stderr.write(f"search engine: {self.folder / 'data.db'} is damaged: {error}\n")
        (self.folder / CONDEMNED).touch()
        os._exit(DAMAGED)

    def reload_names(self) -> None:
        """Take over names from the store and let go of indexes without one."""
        self.names = self.store.names()
        for gone in set(self._indexes) - set(self.names.values()):
            self._indexes.pop(gone).close(remove=True)

    def all_snapshots(self) -> MappingProxyType[str, Snapshot]:
        """Every index by name."""
        return MappingProxyType({uid: self.snapshot(uid) for uid in sorted(self.names)})


def _locked(path: Path) -> IO[str]:
    """Hold the folder as long as this process lives. Raises InUse."""
    file = path.open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.close()
        raise InUse(f"{path.parent} is in use by another search engine") from error
    return file


def _opened(kind: Callable[[Path], T], path: Path) -> T:
    """The database; a damaged one is put aside and a new one begun.

    Everything in here can be brought again by whoever feeds the engine, so an empty start is
    better than none. The file is kept for a look at what happened.
    """
    try:
        return kind(path)
    except sqlite3.OperationalError:
        raise  # Full, read-only or locked, but not damaged.
    except sqlite3.DatabaseError as error:
        _put_aside(path, str(error))
        return kind(path)


def _put_aside(path: Path, why: str) -> None:
    aside = path.with_suffix(f".damaged-{int(time.time())}")
    path.rename(aside)
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    sys.stderr.write(f"search engine: {path} is damaged ({why}), kept as {aside}\n")
