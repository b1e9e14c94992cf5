"""Documents as they come in: primary key, identifiers, flattened attributes, geo points."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from services.search.engine.errors import EngineError
from services.search.engine.json_value import Json

Document = dict[str, Any]
_ID = re.compile(r"^[A-Za-z0-9_-]{1,511}$")


def primary_key_of(documents: list[Document]) -> str:
    """The attribute to take as primary key: the only one whose name ends in `id`.

    Raises EngineError when there is none or more than one.
    """
    first = documents[0] if documents else {}
    candidates = [name for name in first if name.lower().endswith("id")]
    if not candidates:
        raise EngineError(
            "index_primary_key_no_candidate_found",
            "The primary key inference failed as the engine did not find any field ending with "
            "`id` in its name. Please specify the primary key manually using the `primaryKey` "
            "query parameter.",
        )
    if len(candidates) > 1:
        raise EngineError(
            "index_primary_key_multiple_candidates_found",
            f"The primary key inference failed as the engine found {len(candidates)} fields "
            f"ending with `id` in their names: '{candidates[0]}' and '{candidates[1]}'. Please "
            "specify the primary key manually using the `primaryKey` query parameter.",
        )
    return candidates[0]


def identifier(document: Document, primary_key: str) -> str:
    """The document's identifier as text. Raises EngineError when missing or not allowed."""
    if primary_key not in document:
        raise EngineError(
            "missing_document_id", f"Document doesn't have a `{primary_key}` attribute."
        )
    value = document[primary_key]
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not _ID.match(text):
        raise EngineError(
            "invalid_document_id",
            f"Document identifier `{value!r}` is invalid. A document identifier can be of type "
            "integer or string, only composed of alphanumeric characters (a-z A-Z 0-9), hyphens "
            "(-) and underscores (_), and can not be more than 511 bytes.",
        )
    return text


def flat(document: Document) -> dict[str, Any]:
    """Every leaf by its path: `{"a": {"b": 1}}` is `{"a.b": 1}`.

    A leaf is a scalar, null, an empty object or a list of scalars; objects inside a list give a
    list per path.
    """
    answer: dict[str, Any] = {}
    for path, value in _leaves("", document):
        if path not in answer:
            answer[path] = value
        else:
            before = answer[path] if isinstance(answer[path], list) else [answer[path]]
            answer[path] = before + (value if isinstance(value, list) else [value])
    return answer


def _leaves(prefix: str, document: Document) -> Iterator[tuple[str, Any]]:
    for key, value in document.items():
        path = f"{prefix}{key}"
        if isinstance(value, dict) and value:
            yield from _leaves(f"{path}.", value)
        elif isinstance(value, list):
            yield path, list(_scalars(value))
            for each in value:
                if isinstance(each, dict):
                    for inner, leaf in _leaves(f"{path}.", each):
                        yield inner, leaf if isinstance(leaf, list) else [leaf]
        else:
            yield path, value


def _scalars(values: list[Any]) -> Iterator[Any]:
    for value in values:
        if isinstance(value, list):
            yield from _scalars(value)
        elif not isinstance(value, dict):
            yield value


def as_text(value: Json) -> str:
    """A leaf as searchable text; the elements of a list are clauses of their own."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list):
        return ". ".join(as_text(each) for each in value if each is not None)
    return ""


def geo_point(document: Document, document_id: str) -> tuple[float, float] | None:
    """Latitude and longitude of `_geo`, None without one. Raises EngineError."""
    geo = document.get("_geo")
    if geo is None:
        return None
    try:
        latitude, longitude = float(geo["lat"]), float(geo["lng"])
    except (TypeError, KeyError, ValueError, OverflowError) as error:
        raise _wrong_geo(document_id, geo) from error
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise _wrong_geo(document_id, geo)
    return latitude, longitude


def _wrong_geo(document_id: str, geo: Json) -> EngineError:
    return EngineError(
        "invalid_document_geo_field",
        f"The `_geo` field in the document with the id: `{document_id}` is not an object with "
        f"the keys `lat` (-90 to 90) and `lng` (-180 to 180): `{geo!r}`.",
    )
