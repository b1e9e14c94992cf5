"""Bodies of requests: JSON read and checked, names of indexes, facet searches."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from services.search.engine.errors import EngineError
from services.search.engine.json_value import Json
from services.search.engine.requests import FIELDS, Search, search_of, shown

LARGEST_BODY = 100 * 1024 * 1024  # bytes
_UID = re.compile(r"^[A-Za-z0-9_-]{1,400}$")
_JSON, _LINES = "application/json", "application/x-ndjson"


def parsed(raw: bytes) -> Json:
    """JSON out of bytes. Raises EngineError; NaN and infinities are no JSON."""
    if not raw.strip():
        raise EngineError("missing_payload", "A json payload is missing.")
    try:
        value = json.loads(raw, parse_constant=_no_constant, parse_float=_number)
        if b"\\ud" in raw or b"\\uD" in raw:
            json.dumps(value, ensure_ascii=False).encode()  # A lone surrogate is no text.
        return value
    except (ValueError, RecursionError) as error:
        raise EngineError(
            "malformed_payload", f"The json payload provided is malformed: `{error}`."
        ) from error


def _number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"number out of range: {text}")
    return number


def _no_constant(name: str) -> Json:
    raise ValueError(f"{name} is not JSON")


def checked_uid(uid: Json) -> str:
    """The uid when it may name an index. Raises EngineError."""
    if not isinstance(uid, str) or not _UID.match(uid):
        raise EngineError(
            "invalid_index_uid",
            f"{shown(uid)} is not a valid index uid. Index uid can be an integer or a string "
            "containing only alphanumeric characters, hyphens (-) and underscores (_), and can "
            "not be more than 400 bytes.",
        )
    return uid


def need_json(kind: str, *others: str) -> None:
    """Raise EngineError unless the content type is JSON or one of the others."""
    accepted = ", ".join(f"`{each}`" for each in (_JSON, *others))
    if not kind:
        raise EngineError(
            "missing_content_type",
            "A Content-Type header is missing. Accepted values for the Content-Type header are: "
            f"{accepted}",
        )
    if kind not in (_JSON, *others):
        raise EngineError(
            "invalid_content_type",
            f"The Content-Type {shown(kind)} is invalid. Accepted values for the Content-Type "
            f"header are: {accepted}",
        )


def documents_of(raw: bytes, kind: str) -> list[dict[str, Any]]:
    """The documents of a body in JSON or in lines of JSON. Raises EngineError."""
    need_json(kind, _LINES)
    if kind == _LINES:
        documents = [parsed(line) for line in raw.splitlines() if line.strip()]
    else:
        body = parsed(raw)
        documents = [body] if isinstance(body, dict) else body
    if not isinstance(documents, list) or not all(isinstance(each, dict) for each in documents):
        raise EngineError(
            "malformed_payload",
            "The json payload provided is malformed: expected one document or an array of them.",
        )
    return documents


def facet_request(body: Json) -> tuple[str, str | None, Search]:
    """Facet, text to look for and the search around it; unknown fields are left aside."""
    if not isinstance(body, dict):
        raise EngineError("bad_request", "Invalid value type: expected an object")
    name, query = body.get("facetName"), body.get("facetQuery")
    if name is None:
        raise EngineError("missing_facet_search_facet_name", "Missing field `facetName`")
    if not isinstance(name, str):
        raise EngineError(
            "invalid_facet_search_facet_name",
            f"Invalid value at `.facetName`: expected a string, but found {shown(name)}",
        )
    if query is not None and not isinstance(query, str):
        raise EngineError(
            "invalid_facet_search_facet_query",
            f"Invalid value at `.facetQuery`: expected a string, but found {shown(query)}",
        )
    used = ("q", "filter", "matchingStrategy", "attributesToSearchOn", "locales")
    search = search_of({key: body[key] for key in used if key in FIELDS and key in body})
    return name, query, search
