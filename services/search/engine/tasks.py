"""Doing the tasks: one thread, in order, each either whole or not at all."""

from __future__ import annotations

import json
import sqlite3
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterable
from sqlite3 import Connection
from typing import Any

from services.search.engine import store as disk
from services.search.engine.documents import Document, identifier, primary_key_of
from services.search.engine.engine import Engine
from services.search.engine.errors import EngineError, index_not_found
from services.search.engine.filters import parse
from services.search.engine.index import Index
from services.search.engine.json_value import Json
from services.search.engine.searching import universe
from services.search.engine.settings import DEFAULTS, changed

Task = dict[str, Any]
Details = dict[str, Any]


class Worker:
    """The one thread that changes anything."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="tasks", daemon=True)

    def start(self) -> None:
        """Open all indexes and do tasks, both in the background."""
        self._thread.start()

    def stop(self) -> bool:
        """Wait for the task in progress, but not for long; whether it has ended.

        One that has not counts as not begun, as after a crash.
        """
        self._stopping = True
        self._engine.queue.bell.set()
        self._thread.join(timeout=2)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            for uid in list(self._engine.names):
                self._engine.index(uid)
            applied = self._engine.store.applied()
            while not self._stopping:
                self._step(applied)
        except sqlite3.DatabaseError as error:
            if not self._stopping:
                self._engine.condemn(error)

    def _step(self, applied: dict[int, dict[str, Any]]) -> None:
        while self._engine.damaged:
            uid = self._engine.damaged.pop()
            if uid in self._engine.names:
                self._engine.index(uid).mend()
        taken = self._engine.queue.take()
        if taken is None:
            self._engine.queue.bell.wait()
            return
        task, payload = taken
        started = time.perf_counter()
        outcome = applied.get(task["uid"]) or self._outcome(task, payload)
        self._engine.queue.finish(task["uid"], outcome, time.perf_counter() - started)

    def _outcome(self, task: Task, payload: Json) -> dict[str, Any]:
        details = dict(task["details"])
        try:
            return {"details": details | WORK[task["type"]](self._engine, task, payload)}
        except EngineError as error:
            return {"details": _with_nothing_done(details), "error": error.body()}
        except sqlite3.DatabaseError as error:
            if not isinstance(error, sqlite3.OperationalError):
                raise
            return self._failure(task, details, error)
        except BaseException as error:  # A panic of tantivy is no Exception.
            return self._failure(task, details, error)

    def _failure(self, task: Task, details: Details, error: BaseException) -> dict[str, Any]:
        """What could not be foreseen, a full disk for one: nothing was done, memory is mended."""
        traceback.print_exception(error, file=sys.stderr)
        self._mend(task)
        failure = EngineError("internal", f"{type(error).__name__}: {error}")
        return {"details": _with_nothing_done(details), "error": failure.body()}

    def _mend(self, task: Task) -> None:
        uid = task["indexUid"]
        if uid in self._engine.names:
            self._engine.index(uid).mend()


def _with_nothing_done(details: Details) -> Details:
    return {
        k: 0 if k in ("indexedDocuments", "deletedDocuments") else v for k, v in details.items()
    }


def _note(task: Task, details: Callable[[], Details] = dict) -> Callable[[Connection], None]:
    return lambda connection: disk.note_applied(
        connection, task["uid"], {"details": task["details"] | details()}
    )


def _found_or_made(engine: Engine, uid: str, primary_key: str | None) -> Index:
    """Writing to an index that does not exist makes it."""
    if uid not in engine.names:
        with engine.store.writing() as connection:
            disk.add_index(connection, uid, primary_key, DEFAULTS)
        engine.reload_names()
    return engine.index(uid)


def _add_documents(engine: Engine, task: Task, payload: Json) -> Details:
    documents: list[Document] = payload["documents"]
    index = _found_or_made(engine, task["indexUid"], payload["primaryKey"])
    primary_key = index.row.primary_key or payload["primaryKey"] or primary_key_of(documents)
    by_id: dict[str, Document] = {}
    for document in documents:
        each = identifier(document, primary_key)
        partly = payload["partly"] and each in by_id
        by_id[each] = by_id[each] | document if partly else document
    if payload["partly"]:
        by_id = _completed(engine, index, by_id)
    index.row.primary_key = primary_key
    details = {"indexedDocuments": len(documents)}
    index.change(by_id, (), _note(task, lambda: details))
    return details


def _completed(engine: Engine, index: Index, by_id: dict[str, Document]) -> dict[str, Document]:
    """Each document over what is stored of it already."""
    known = engine.store.known(index.row.id, by_id)
    bodies = engine.store.bodies(known.numbers.values())
    old = {each: json.loads(bodies[number]) for each, number in known.numbers.items()}
    return {each: old.get(each, {}) | document for each, document in by_id.items()}


def _delete_documents(engine: Engine, task: Task, payload: Json) -> Details:
    uid = task["indexUid"]
    if uid not in engine.names:
        raise index_not_found(uid)
    index = engine.index(uid)
    ids: Iterable[str]
    if payload["ids"] is not None:
        ids = payload["ids"]
    else:
        ids = _answering(engine, index, payload["filter"])
    known = engine.store.known(index.row.id, ids)
    details = {"deletedDocuments": len(known.numbers)}
    index.change({}, known.numbers, _note(task, lambda: details))
    return details


def _answering(engine: Engine, index: Index, condition: Json) -> list[str]:
    """The identifiers of the documents that answer the filter; of all without one."""
    snapshot = index.snapshot
    numbers = set(snapshot.numbers[universe(snapshot, parse(condition))].tolist())
    rows = engine.store.all_bodies(index.row.id)
    return [each for number, each, _ in rows if number in numbers]


def _create_index(engine: Engine, task: Task, payload: Json) -> Details:
    uid = task["indexUid"]
    if uid in engine.names:
        raise EngineError("index_already_exists", f"Index `{uid}` already exists.")
    with engine.store.writing() as connection:
        disk.add_index(connection, uid, payload["primaryKey"], DEFAULTS)
        _note(task)(connection)
    engine.reload_names()
    return {}


def _update_index(engine: Engine, task: Task, payload: Json) -> Details:
    index = engine.index(task["indexUid"])
    if index.row.primary_key and len(index.snapshot.numbers):
        raise EngineError(
            "index_primary_key_already_exists",
            f"Index `{task['indexUid']}`: Index already has a primary key: "
            f"`{index.row.primary_key}`.",
        )
    if payload["primaryKey"]:
        index.set_primary_key(payload["primaryKey"], _note(task))
    return {}


def _delete_index(engine: Engine, task: Task, _: Json) -> Details:
    uid = task["indexUid"]
    index = engine.index(uid)
    details = {"deletedDocuments": int(index.snapshot.alive.sum())}
    with engine.store.writing() as connection:
        disk.remove_index(connection, uid, index.row.id)
        _note(task, lambda: details)(connection)
    engine.reload_names()
    # An index that is built anew ends here: what was erased at its source is erased with the old.
    engine.store.empty_log()
    engine.queue.empty_log()
    return details


def _swap_indexes(engine: Engine, task: Task, payload: Json) -> Details:
    named = {uid for pair in payload for uid in pair}
    missing = sorted(named - set(engine.names))
    if len(missing) == 1:
        raise index_not_found(missing[0])
    if missing:
        listed = ", ".join(f"`{uid}`" for uid in missing)
        raise EngineError("index_not_found", f"Indexes {listed} not found.")
    with engine.store.writing() as connection:
        for one, other in payload:
            disk.swap(connection, one, other)
        _note(task)(connection)
    engine.reload_names()
    return {}


def _update_settings(engine: Engine, task: Task, payload: Json) -> Details:
    index = _found_or_made(engine, task["indexUid"], None)
    index.configure(changed(index.row.settings, payload), _note(task))
    return {}


WORK: dict[str, Callable[[Any, Task, Any], Details]] = {
    "documentAdditionOrUpdate": _add_documents,
    "documentDeletion": _delete_documents,
    "indexCreation": _create_index,
    "indexUpdate": _update_index,
    "indexDeletion": _delete_index,
    "indexSwap": _swap_indexes,
    "settingsUpdate": _update_settings,
}
