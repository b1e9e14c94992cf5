"""The queue of tasks: every write is accepted here at once and done later, in order.

It has a file of its own, so that accepting never waits for the work in progress.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from services.search.engine.errors import EngineError
from services.search.engine.json_value import Json
from services.search.engine.store import connect, empty_log, now

STATUSES = ("enqueued", "processing", "succeeded", "failed", "canceled")
TYPES = (
    "documentAdditionOrUpdate",
    "documentDeletion",
    "indexCreation",
    "indexDeletion",
    "indexSwap",
    "indexUpdate",
    "settingsUpdate",
)
KEPT = 50_000
_TASK = (
    "SELECT uid, index_uid, status, type, details, error, enqueued_at, started_at, finished_at, "
    "seconds, payload FROM tasks "
)
_CHOSEN = (
    "WHERE (:uid IS NULL OR uid IN (SELECT value FROM json_each(:uid))) "
    "AND (:status IS NULL OR status IN (SELECT value FROM json_each(:status))) "
    "AND (:type IS NULL OR type IN (SELECT value FROM json_each(:type))) "
    "AND (:index_uid IS NULL OR index_uid IN (SELECT value FROM json_each(:index_uid))) "
)
_TABLE = """
CREATE TABLE IF NOT EXISTS tasks(
  uid INTEGER PRIMARY KEY, index_uid TEXT, status TEXT NOT NULL, type TEXT NOT NULL,
  details TEXT NOT NULL, error TEXT, payload TEXT, enqueued_at TEXT NOT NULL, started_at TEXT,
  finished_at TEXT, seconds REAL);
CREATE INDEX IF NOT EXISTS tasks_by_status ON tasks(status, uid);
"""
_COUNT = "SELECT count(*) FROM tasks " + _CHOSEN  # noqa: S608 - two constants
Filters = Mapping[str, list[Any] | None]


class Queue:
    """Tasks on disk and a bell for the worker."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection = connect(path)
        self._connection.executescript(_TABLE)
        self._lock = threading.Lock()
        self.bell = threading.Event()
        last = self._connection.execute("SELECT max(uid) FROM tasks").fetchone()[0]
        self._next = 0 if last is None else last + 1

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def add(
        self, kind: str, index_uid: str | None, details: Mapping[str, Any], payload: Json
    ) -> dict[str, Any]:
        """Accept a task; the summary that the caller is answered."""
        enqueued_at = now()
        text = json.dumps(payload, ensure_ascii=False)
        with self._lock:
            uid = self._next
            self._connection.execute(
                "INSERT INTO tasks(uid, index_uid, status, type, details, payload, enqueued_at) "
                "VALUES (?, ?, 'enqueued', ?, ?, ?, ?)",
                (uid, index_uid, kind, json.dumps(details), text, enqueued_at),
            )
            self._next += 1
        self.bell.set()
        return {
            "taskUid": uid,
            "indexUid": index_uid,
            "status": "enqueued",
            "type": kind,
            "enqueuedAt": enqueued_at,
        }

    def take(self) -> tuple[dict[str, Any], Any] | None:
        """The next task to do, as its answer and its payload; None when all are done.

        A task that was begun and not finished, because the engine died, comes again.
        """
        with self._lock:
            row = self._connection.execute(
                _TASK + "WHERE status IN ('processing', 'enqueued') ORDER BY uid LIMIT 1"
            ).fetchone()
            if row is None:
                self.bell.clear()
                return None
            self._connection.execute(
                "UPDATE tasks SET status = 'processing', started_at = ? WHERE uid = ?",
                (now(), row[0]),
            )
        return _answer(row), json.loads(row[10])

    def finish(self, uid: int, outcome: Mapping[str, Any], seconds: float) -> None:
        """Note how the task ended.

        outcome   `details`, and `error` when it failed
        """
        error = outcome.get("error")
        with self._lock:
            self._connection.execute(
                "UPDATE tasks SET status = ?, details = ?, error = ?, payload = NULL, "
                "finished_at = ?, seconds = ? WHERE uid = ?",
                (
                    "failed" if error else "succeeded",
                    json.dumps(outcome["details"]),
                    json.dumps(error) if error else None,
                    now(),
                    seconds,
                    uid,
                ),
            )
            if uid % 1000 == 0:
                self._connection.execute(
                    "DELETE FROM tasks WHERE uid < ? AND status NOT IN ('processing', 'enqueued')",
                    (uid - KEPT,),
                )

    def empty_log(self) -> None:
        """Leave nothing on disk of what tasks that are done brought."""
        empty_log(self._path)

    def get(self, uid: int) -> dict[str, Any]:
        """One task. Raises EngineError (task_not_found)."""
        with self._lock:
            row = self._connection.execute(_TASK + "WHERE uid = ?", (uid,)).fetchone()
        if row is None:
            raise EngineError("task_not_found", f"Task `{uid}` not found.")
        return _answer(row)

    def page(self, filters: Filters, limit: int, start: int | None) -> dict[str, Any]:
        """Tasks, newest first.

        filters   allowed values of uid, status, type and index_uid; None allows all
        start     the newest uid to list; None starts at the newest of all
        """
        chosen: dict[str, Any] = {
            name: None if filters.get(name) is None else json.dumps(filters[name])
            for name in ("uid", "status", "type", "index_uid")
        }
        below = chosen | {"start": start, "most": limit + 1}
        with self._lock:
            counted = self._connection.execute(_COUNT, chosen)
            total = counted.fetchone()[0]
            rows = self._connection.execute(
                _TASK
                + _CHOSEN
                + "AND (:start IS NULL OR uid <= :start) ORDER BY uid DESC LIMIT :most",
                below,
            ).fetchall()
        results = [_answer(row) for row in rows[:limit]]
        return {
            "results": results,
            "total": total,
            "limit": limit,
            "from": results[0]["uid"] if results else None,
            "next": rows[limit][0] if len(rows) > limit else None,
        }

    def busy(self) -> set[str]:
        """The indexes with a task in progress."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT DISTINCT index_uid FROM tasks WHERE status = 'processing'"
            ).fetchall()
        return {row[0] for row in rows}


def _answer(row: sqlite3.Row | tuple[Any, ...]) -> dict[str, Any]:
    seconds = row[9]
    return {
        "uid": row[0],
        "batchUid": None if row[2] == "enqueued" else row[0],
        "indexUid": row[1],
        "status": row[2],
        "type": row[3],
        "canceledBy": None,
        "details": json.loads(row[4]),
        "error": json.loads(row[5]) if row[5] else None,
        "duration": None if seconds is None else f"PT{seconds:.6f}S",
        "enqueuedAt": row[6],
        "startedAt": row[7],
        "finishedAt": row[8],
    }
