"""The names that the API's document lists as allowed, from the files of the first data.

What a request may name is checked against what is held; this is for readers of the
document, which has to be complete without a database.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Query

from services.indicators.domain.instrument import ALL, GROUP, OVERALL

_DATA = Path(__file__).parents[1] / "data"


@cache
def _file(name: str) -> Any:  # noqa: ANN401 - JSON is any value
    return json.loads((_DATA / name).read_text(encoding="utf-8"))


def listed(values: list[str], description: str) -> Any:  # noqa: ANN401 - FastAPI's marker
    """A query parameter that may be given several times, with its values in the document."""
    return Query(
        description=description,
        json_schema_extra={"items": {"type": "string", "enum": values}},
    )


def axes() -> list[str]:
    """Codes of the axes."""
    return [OVERALL, *(one["code"] for one in _methodology()["axes"]), GROUP]


def dimensions() -> list[str]:
    """Codes of the dimensions of all axes."""
    found = [one["code"] for axis in _methodology()["axes"] for one in axis["dimensions"]]
    return [OVERALL, *found, *groups()[1:]]


def groups() -> list[str]:
    """ALL and the codes of the target groups."""
    return [ALL, *(one["code"] for one in _methodology()["groups"])]


def outcome_indicators() -> list[str]:
    """Codes of the outcome indicators."""
    return [one["code"] for one in _file("outcomes/indicators.json")["indicators"]]


def _methodology() -> dict[str, Any]:
    return _file("open-instrument-1.json")
