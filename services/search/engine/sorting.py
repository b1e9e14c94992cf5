"""Sorting by an attribute or by distance: numbers first, then text, then what has no value."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.search.engine.columns import EMPTY, ColumnView
from services.search.engine.errors import EngineError
from services.search.engine.geo import Points
from services.search.engine.index import Snapshot
from services.search.engine.settings import rank_of

_POINT = re.compile(r"^_geoPoint\(\s*(?P<lat>[^,\s]+)\s*,\s*(?P<lng>[^,)\s]+)\s*\)$")


@dataclass(frozen=True)
class SortKey:
    """One thing to sort by. point   latitude and longitude, for the distance to it"""

    attribute: str
    descending: bool
    point: tuple[float, float] | None = None


def parse(expressions: list[str], sortable: list[str], rules: list[str]) -> list[SortKey]:
    """Keys from `attribute:asc` and `_geoPoint(lat,lng):desc`. Raises EngineError."""
    if expressions and "sort" not in rules:
        raise _wrong(
            "The sort ranking rule must be specified in the ranking rules settings to use the "
            "sort parameter at search time."
        )
    return [_key(expression, sortable) for expression in expressions]


def _key(expression: str, sortable: list[str]) -> SortKey:
    attribute, _, direction = expression.rpartition(":")
    if direction not in ("asc", "desc") or not attribute:
        raise _wrong(
            f"Invalid syntax for the sort parameter: expected expression ending by `:asc` or "
            f"`:desc`, found `{expression}`."
        )
    point = _POINT.match(attribute)
    if attribute.startswith("_geo") and point is None and attribute != "_geo":
        raise _wrong(
            f"Invalid syntax for the geo parameter: expected expression formatted like "
            f"`_geoPoint(latitude, longitude)` and ending by `:asc` or `:desc`, found "
            f"`{expression}`."
        )
    name = "_geo" if point else attribute
    if rank_of(name, sortable) is None:
        listed = ", ".join(sortable)
        available = (
            f"Available sortable attributes are: `{listed}`"
            if listed
            else "This index does not have configured sortable attributes"
        )
        raise _wrong(f"Attribute `{name}` is not sortable. {available}.")
    if point is None:
        return SortKey(attribute, direction == "desc")
    return SortKey("_geo", direction == "desc", _degrees(point["lat"], point["lng"], expression))


def _degrees(lat: str, lng: str, expression: str) -> tuple[float, float]:
    try:
        latitude, longitude = float(lat), float(lng)
    except ValueError as error:
        raise _wrong(f"Expected two numbers in `{expression}`.") from error
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise _wrong(
            f"Latitude must be between -90 and 90 and longitude between -180 and 180 in "
            f"`{expression}`."
        )
    return latitude, longitude


def _wrong(message: str) -> EngineError:
    return EngineError("invalid_search_sort", message)


def sort_keys(
    snapshot: Snapshot, sort: list[SortKey], places: NDArray[np.int64]
) -> list[NDArray[np.float64]]:
    """Costs of the documents, small first, most important key first; two keys per attribute."""
    answer: list[NDArray[np.float64]] = []
    for key in sort:
        if key.point:
            metres = snapshot.points.metres_to(*key.point)[places]
            metres = -metres if key.descending else metres
            answer.append(np.where(np.isnan(metres), np.inf, metres))
        else:
            column = snapshot.columns.get(key.attribute, EMPTY)
            kind, value = _of_column(column, snapshot.size, key.descending)
            answer += [kind[places], value[places]]
    return answer


def _of_column(
    column: ColumnView, size: int, descending: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Per place: 0 number, 1 text, 2 nothing; and the value that sorts first."""
    kind, value = np.full(size, 2.0), np.full(size, np.inf)
    sign = -1.0 if descending else 1.0
    kind[column.text_places] = 1.0
    np.minimum.at(value, column.text_places, sign * column.text_rank[column.codes])
    kind[column.number_places] = 0.0
    value[column.number_places] = np.inf
    np.minimum.at(value, column.number_places, sign * column.numbers)
    value[np.isinf(value)] = 0.0
    return kind, value


def point_of(expression: str) -> tuple[float, float] | None:
    """The point that a sort expression measures from, None for an attribute."""
    found = _POINT.match(expression.rpartition(":")[0])
    return (float(found["lat"]), float(found["lng"])) if found else None


def distance(geo: dict[str, Any], point: tuple[float, float]) -> int:
    """Whole metres from a document's point to the given one."""
    here = Points(np.array([float(geo["lat"])]), np.array([float(geo["lng"])]))
    return round(float(here.metres_to(*point)[0]))
