"""What is neither searching nor documents: indexes, settings, tasks, keys, figures.

Each work takes what was asked and gives a status and a body.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from services.search.engine.bodies import checked_uid, need_json, parsed
from services.search.engine.engine import Engine
from services.search.engine.errors import EngineError
from services.search.engine.index import Snapshot
from services.search.engine.json_value import Json
from services.search.engine.keys import Keys
from services.search.engine.queue import STATUSES, TYPES
from services.search.engine.requests import shown
from services.search.engine.settings import DEFAULTS, changed

VERSION = "0.1.0"
Reply = tuple[int, Any]


@dataclass(frozen=True)
class Asked:
    """One request: path parameters, query parameters, body and its content type."""

    path: dict[str, str]
    query: Mapping[str, str]
    raw: bytes
    kind: str

    @property
    def uid(self) -> str:
        """The index in the path."""
        return checked_uid(self.path["uid"])

    def body(self) -> Json:
        """The JSON body. Raises EngineError."""
        need_json(self.kind)
        return parsed(self.raw)

    def count(self, name: str, default: int | None, code: str) -> int | None:
        """A whole number of at least 0 from the query string. Raises EngineError."""
        text = self.query.get(name)
        if text is None:
            return default
        if not text.isdecimal() or len(text) > 15:
            raise EngineError(
                code,
                f"Invalid value in parameter `{name}`: could not parse {shown(text)} as a "
                "positive integer",
            )
        return int(text)


Work = Callable[[Engine, Keys, Asked], Reply]


def expect(body: Json, *fields: str) -> dict[str, Any]:
    """The body when it is an object with no other fields. Raises EngineError."""
    if not isinstance(body, dict):
        raise EngineError("bad_request", f"Invalid value type: expected an object: {shown(body)}")
    for name in body:
        if name not in fields:
            known = ", ".join(f"`{field}`" for field in fields)
            raise EngineError("bad_request", f"Unknown field `{name}`: expected one of {known}")
    return body


def page(results: list[Any], asked: Asked, kind: str, default: int = 20) -> dict[str, Any]:
    """A slice of a list by `offset` and `limit`."""
    offset = asked.count("offset", 0, f"invalid_{kind}_offset") or 0
    limit = asked.count("limit", default, f"invalid_{kind}_limit")
    limit = default if limit is None else limit
    some = results[offset : offset + limit]
    return {"results": some, "offset": offset, "limit": limit, "total": len(results)}


def _version(_: Engine, __: Keys, ___: Asked) -> Reply:
    return 200, {"commitSha": "unknown", "commitDate": "unknown", "pkgVersion": VERSION}


def _figures(snapshot: Snapshot, busy: bool) -> dict[str, Any]:
    alive = int(snapshot.alive.sum())
    held = snapshot.forward.held(snapshot.alive, len(snapshot.row.fields)).tolist()
    fields = dict(zip(snapshot.row.fields, held, strict=True))
    return {"numberOfDocuments": alive, "isIndexing": busy, "fieldDistribution": fields}


def _stats(engine: Engine, _: Keys, __: Asked) -> Reply:
    snapshots, busy = engine.all_snapshots(), engine.queue.busy()
    size = sum(file.stat().st_size for file in engine.folder.rglob("*") if file.is_file())
    updated = max((s.row.updated_at for s in snapshots.values()), default=None)
    return 200, {
        "databaseSize": size,
        "lastUpdate": updated,
        "indexes": {uid: _figures(s, uid in busy) for uid, s in snapshots.items()},
    }


def _index_stats(engine: Engine, _: Keys, asked: Asked) -> Reply:
    return 200, _figures(engine.snapshot(asked.uid), asked.uid in engine.queue.busy())


def _index(uid: str, snapshot: Snapshot) -> dict[str, Any]:
    row = snapshot.row
    return {
        "uid": uid,
        "primaryKey": row.primary_key,
        "createdAt": row.created_at,
        "updatedAt": row.updated_at,
    }


def _list_indexes(engine: Engine, _: Keys, asked: Asked) -> Reply:
    return 200, page([_index(*each) for each in engine.all_snapshots().items()], asked, "index")


def _get_index(engine: Engine, _: Keys, asked: Asked) -> Reply:
    return 200, _index(asked.uid, engine.snapshot(asked.uid))


def _primary_key(body: dict[str, Any]) -> str | None:
    key = body.get("primaryKey")
    if key is not None and not isinstance(key, str):
        raise EngineError(
            "invalid_index_primary_key", f"Invalid value at `.primaryKey`: {shown(key)}"
        )
    return key


def _create_index(engine: Engine, _: Keys, asked: Asked) -> Reply:
    body = expect(asked.body(), "uid", "primaryKey")
    if "uid" not in body:
        raise EngineError("missing_index_uid", "Missing field `uid`")
    uid, details = checked_uid(body["uid"]), {"primaryKey": _primary_key(body)}
    return 202, engine.queue.add("indexCreation", uid, details, details)


def _update_index(engine: Engine, _: Keys, asked: Asked) -> Reply:
    details = {"primaryKey": _primary_key(expect(asked.body(), "primaryKey"))}
    return 202, engine.queue.add("indexUpdate", asked.uid, details, details)


def _delete_index(engine: Engine, _: Keys, asked: Asked) -> Reply:
    return 202, engine.queue.add("indexDeletion", asked.uid, {"deletedDocuments": None}, None)


def _swap_indexes(engine: Engine, _: Keys, asked: Asked) -> Reply:
    body = asked.body()
    if not isinstance(body, list):
        raise EngineError("bad_request", "Invalid value type: expected an array")
    pairs: list[list[str]] = []
    for each in body:
        pair = expect(each, "indexes").get("indexes")
        if not isinstance(pair, list) or len(pair) != 2:
            raise EngineError(
                "invalid_swap_indexes",
                f"Two indexes must be given for each swap: {shown(pair)} contains others.",
            )
        pairs.append([checked_uid(uid) for uid in pair])
    named = [uid for pair in pairs for uid in pair]
    twice = sorted({uid for uid in named if named.count(uid) > 1})
    if twice:
        raise EngineError(
            "invalid_swap_duplicate_index_found",
            f"Indexes must be declared only once during a swap. `{twice[0]}` was specified "
            "several times.",
        )
    details = {"swaps": [{"indexes": pair} for pair in pairs]}
    return 202, engine.queue.add("indexSwap", None, details, pairs)


# Settings


def _get_settings(engine: Engine, _: Keys, asked: Asked) -> Reply:
    return 200, engine.snapshot(asked.uid).settings


def _update_settings(engine: Engine, _: Keys, asked: Asked) -> Reply:
    return _settings_task(engine, asked.uid, expect(asked.body(), *DEFAULTS))


def _reset_settings(engine: Engine, _: Keys, asked: Asked) -> Reply:
    return _settings_task(engine, asked.uid, dict.fromkeys(DEFAULTS))


def _settings_task(engine: Engine, uid: str, patch: dict[str, Any]) -> Reply:
    changed(DEFAULTS, patch)  # Refused at once when it is wrong.
    return 202, engine.queue.add("settingsUpdate", uid, patch, patch)


def _kebab(name: str) -> str:
    return "".join(f"-{c.lower()}" if c.isupper() else c for c in name)


_SETTINGS = {_kebab(name): name for name in DEFAULTS}


def _setting(asked: Asked) -> str:
    name = _SETTINGS.get(asked.path["setting"])
    if name is None:
        raise EngineError("not_found", f"There is no setting {asked.path['setting']}.")
    return name


def _get_setting(engine: Engine, _: Keys, asked: Asked) -> Reply:
    return 200, engine.snapshot(asked.uid).settings[_setting(asked)]


def _update_setting(engine: Engine, _: Keys, asked: Asked) -> Reply:
    return _settings_task(engine, asked.uid, {_setting(asked): asked.body()})


def _reset_setting(engine: Engine, _: Keys, asked: Asked) -> Reply:
    return _settings_task(engine, asked.uid, {_setting(asked): None})


# Tasks and keys


def _listed(asked: Asked, name: str, allowed: tuple[str, ...] | None) -> list[Any] | None:
    text = asked.query.get(name)
    if text is None or text == "*":
        return None
    values = text.split(",")
    code = {"uids": "invalid_task_uids", "indexUids": "invalid_task_index_uids"}.get(
        name, f"invalid_task_{name}"
    )
    for value in values:
        wrong = not value.isdecimal() if name == "uids" else allowed and value not in allowed
        if wrong:
            raise EngineError(code, f"Invalid value in parameter `{name}`: {shown(value)}")
    return [int(value) for value in values] if name == "uids" else values


def _list_tasks(engine: Engine, _: Keys, asked: Asked) -> Reply:
    filters = {
        "uid": _listed(asked, "uids", None),
        "status": _listed(asked, "statuses", STATUSES),
        "type": _listed(asked, "types", TYPES),
        "index_uid": _listed(asked, "indexUids", None),
    }
    limit = asked.count("limit", 20, "invalid_task_limit")
    start = asked.count("from", None, "invalid_task_limit")
    return 200, engine.queue.page(filters, 20 if limit is None else limit, start)


def _get_task(engine: Engine, _: Keys, asked: Asked) -> Reply:
    text = asked.path["task"]
    if not text.isdecimal() or len(text) > 15:
        raise EngineError("invalid_task_uids", f"Invalid task uid {shown(text)}")
    return 200, engine.queue.get(int(text))


def _list_keys(_: Engine, keys: Keys, __: Asked) -> Reply:
    return 200, keys.page()


def _get_key(_: Engine, keys: Keys, asked: Asked) -> Reply:
    key = keys.get(asked.path["key"])
    if key is None:
        raise EngineError("not_found", f"API key `{asked.path['key']}` not found.")
    return 200, key


ROUTES: list[tuple[str, str, str, Work]] = [
    ("/version", "GET", "version", _version),
    ("/stats", "GET", "stats.get", _stats),
    ("/indexes", "GET", "indexes.get", _list_indexes),
    ("/indexes", "POST", "indexes.create", _create_index),
    ("/indexes/{uid}", "GET", "indexes.get", _get_index),
    ("/indexes/{uid}", "PATCH", "indexes.update", _update_index),
    ("/indexes/{uid}", "DELETE", "indexes.delete", _delete_index),
    ("/indexes/{uid}/stats", "GET", "stats.get", _index_stats),
    ("/indexes/{uid}/settings", "GET", "settings.get", _get_settings),
    ("/indexes/{uid}/settings", "PATCH", "settings.update", _update_settings),
    ("/indexes/{uid}/settings", "DELETE", "settings.update", _reset_settings),
    ("/indexes/{uid}/settings/{setting}", "GET", "settings.get", _get_setting),
    ("/indexes/{uid}/settings/{setting}", "PUT", "settings.update", _update_setting),
    ("/indexes/{uid}/settings/{setting}", "PATCH", "settings.update", _update_setting),
    ("/indexes/{uid}/settings/{setting}", "DELETE", "settings.update", _reset_setting),
    ("/swap-indexes", "POST", "indexes.swap", _swap_indexes),
    ("/tasks", "GET", "tasks.get", _list_tasks),
    ("/tasks/{task}", "GET", "tasks.get", _get_task),
    ("/keys", "GET", "keys.get", _list_keys),
    ("/keys/{key}", "GET", "keys.get", _get_key),
]
