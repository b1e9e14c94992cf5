"""Documents over HTTP: add, replace, update, get, list, delete."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from services.search.engine.administration import Asked, Reply, Work, expect
from services.search.engine.bodies import documents_of
from services.search.engine.engine import Engine
from services.search.engine.errors import EngineError
from services.search.engine.filters import parse
from services.search.engine.highlight import picked
from services.search.engine.index import Snapshot
from services.search.engine.json_value import Json
from services.search.engine.keys import Keys
from services.search.engine.requests import shown
from services.search.engine.searching import universe

_FETCH_FIELDS = ("offset", "limit", "fields", "filter", "ids")


def _adding(partly: bool) -> Work:
    def add(engine: Engine, _: Keys, asked: Asked) -> Reply:
        documents = documents_of(asked.raw, asked.kind)
        payload = {
            "documents": documents,
            "primaryKey": asked.query.get("primaryKey"),
            "partly": partly,
        }
        details = {"receivedDocuments": len(documents), "indexedDocuments": None}
        task = engine.queue.add("documentAdditionOrUpdate", asked.uid, details, payload)
        return 202, task

    return add


def _get_document(engine: Engine, _: Keys, asked: Asked) -> Reply:
    index, wanted = engine.index(asked.uid), asked.path["document"]
    known = engine.store.known(index.row.id, [wanted])
    bodies = engine.store.bodies(known.numbers.values())
    if not bodies:
        raise EngineError("document_not_found", f"Document `{wanted}` not found.")
    fields = asked.query.get("fields")
    document = json.loads(next(iter(bodies.values())))
    return 200, picked(document, _paths(fields.split(",") if fields else None))


def _paths(fields: list[str] | None) -> list[str] | None:
    return None if fields is None or "*" in fields else fields


def _list_documents(engine: Engine, _: Keys, asked: Asked) -> Reply:
    body: dict[str, Any] = {
        "offset": asked.count("offset", 0, "invalid_document_offset"),
        "limit": asked.count("limit", 20, "invalid_document_limit"),
        "filter": asked.query.get("filter"),
        "ids": asked.query["ids"].split(",") if "ids" in asked.query else None,
        "fields": asked.query["fields"].split(",") if "fields" in asked.query else None,
    }
    return _fetched(engine, asked.uid, body)


def _fetch_documents(engine: Engine, _: Keys, asked: Asked) -> Reply:
    return _fetched(engine, asked.uid, expect(asked.body(), *_FETCH_FIELDS))


def _fetched(engine: Engine, uid: str, body: dict[str, Any]) -> Reply:
    offset, limit = _number(body, "offset", 0), _number(body, "limit", 20)
    fields = body.get("fields")
    if fields is not None and not _is_list(fields):
        raise EngineError("invalid_document_fields", f"Invalid value at `.fields`: {shown(fields)}")
    index = engine.index(uid)
    snapshot = index.snapshot
    places = np.flatnonzero(document_mask(snapshot, body.get("filter")))
    places = places[np.argsort(snapshot.order[places], kind="stable")]
    numbers = snapshot.numbers[places].tolist()
    ids = body.get("ids")
    if ids is not None:
        if not _is_list(ids):
            raise EngineError("bad_request", f"Invalid value at `.ids`: {shown(ids)}")
        wanted = set(engine.store.known(index.row.id, map(str, ids)).numbers.values())
        numbers = [number for number in numbers if number in wanted]
    some = numbers[offset : offset + limit]
    bodies = engine.store.bodies(some)
    documents = [json.loads(bodies[number]) for number in some if number in bodies]
    results = [picked(document, _paths(fields)) for document in documents]
    return 200, {"results": results, "offset": offset, "limit": limit, "total": len(numbers)}


def document_mask(snapshot: Snapshot, condition: Json) -> Json:
    """The documents that answer a filter. Raises EngineError (invalid_document_filter)."""
    try:
        return universe(snapshot, parse(condition))
    except EngineError as error:
        if error.code == "invalid_search_filter":
            raise EngineError("invalid_document_filter", error.message) from error
        raise


def _number(body: dict[str, Any], name: str, default: int) -> int:
    value = body.get(name)
    if value is None:
        return default
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**53:
        raise EngineError(
            f"invalid_document_{name}",
            f"Invalid value at `.{name}`: expected a positive integer, but found {shown(value)}",
        )
    return value


def _is_list(value: Json) -> bool:
    return isinstance(value, list) and all(
        isinstance(each, str | int) and not isinstance(each, bool) for each in value
    )


def _delete_document(engine: Engine, _: Keys, asked: Asked) -> Reply:
    return _deletion(engine, asked.uid, [asked.path["document"]], None, 1)


def _delete_batch(engine: Engine, _: Keys, asked: Asked) -> Reply:
    ids = asked.body()
    if not _is_list(ids):
        raise EngineError("bad_request", "Invalid value type: expected an array of identifiers")
    return _deletion(engine, asked.uid, [str(each) for each in ids], None, len(ids))


def _delete_by_filter(engine: Engine, _: Keys, asked: Asked) -> Reply:
    body = expect(asked.body(), "filter")
    condition = body.get("filter")
    try:
        tree = parse(condition)
    except EngineError as error:
        raise EngineError("invalid_document_filter", error.message) from error
    if tree is None:
        raise EngineError("missing_document_filter", "Missing field `filter`")
    return _deletion(engine, asked.uid, None, condition, 0)


def _delete_all(engine: Engine, _: Keys, asked: Asked) -> Reply:
    return _deletion(engine, asked.uid, None, None, 0)


def _deletion(
    engine: Engine, uid: str, ids: list[str] | None, condition: Json, provided: int
) -> Reply:
    shown_filter = None if condition is None else json.dumps(condition)
    details = {"providedIds": provided, "deletedDocuments": None, "originalFilter": shown_filter}
    payload = {"ids": ids, "filter": condition}
    return 202, engine.queue.add("documentDeletion", uid, details, payload)


_DOCUMENTS = "/indexes/{uid}/documents"
ROUTES: list[tuple[str, str, str, Work]] = [
    (_DOCUMENTS, "GET", "documents.get", _list_documents),
    (_DOCUMENTS, "POST", "documents.add", _adding(partly=False)),
    (_DOCUMENTS, "PUT", "documents.add", _adding(partly=True)),
    (_DOCUMENTS, "DELETE", "documents.delete", _delete_all),
    (f"{_DOCUMENTS}/fetch", "POST", "documents.get", _fetch_documents),
    (f"{_DOCUMENTS}/delete-batch", "POST", "documents.delete", _delete_batch),
    (f"{_DOCUMENTS}/delete", "POST", "documents.delete", _delete_by_filter),
    (f"{_DOCUMENTS}/{{document}}", "GET", "documents.get", _get_document),
    (f"{_DOCUMENTS}/{{document}}", "DELETE", "documents.delete", _delete_document),
]
