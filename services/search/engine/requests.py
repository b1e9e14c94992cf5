"""The body of a search: every field checked, unknown ones refused."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from services.search.engine.errors import EngineError
from services.search.engine.json_value import Json

DEFAULT_LIMIT = 20
LONGEST_QUERY = 10_000
STRATEGIES = ("last", "all", "frequency")


@dataclass(frozen=True)
class Search:
    """One checked search. None means not asked for."""

    q: str | None = None
    offset: int = 0
    limit: int = DEFAULT_LIMIT
    page: int | None = None
    hitsPerPage: int | None = None
    attributesToRetrieve: list[str] | None = None
    attributesToCrop: list[str] | None = None
    cropLength: int = 10
    attributesToHighlight: list[str] | None = None
    showMatchesPosition: bool = False
    showRankingScore: bool = False
    showRankingScoreDetails: bool = False
    rankingScoreThreshold: float | None = None
    filter: Json = None
    sort: list[str] | None = None
    facets: list[str] | None = None
    highlightPreTag: str = "<em>"
    highlightPostTag: str = "</em>"
    cropMarker: str = "…"
    matchingStrategy: str = "last"
    attributesToSearchOn: list[str] | None = None
    locales: list[str] | None = None

    @property
    def finite(self) -> bool:
        """Whether numbered pages with exact totals are asked for."""
        return self.page is not None or self.hitsPerPage is not None


# Known fields of the protocol that this engine does not do; null and their off value are taken.
REFUSED: dict[str, tuple[Any, ...]] = {
    "vector": (None,),
    "hybrid": (None,),
    "retrieveVectors": (None, False),
    "distinct": (None,),
    "media": (None,),
    "personalize": (None,),
    "showPerformanceDetails": (None, False),
}
FIELDS = tuple(Search.__dataclass_fields__)


def search_of(body: Json) -> Search:
    """A checked search from a JSON body. Raises EngineError naming the field."""
    if not isinstance(body, dict):
        raise EngineError("bad_request", "Invalid value type: expected an object")
    values: dict[str, Any] = {}
    for name, value in body.items():
        if name in REFUSED:
            if value not in REFUSED[name]:
                raise EngineError(
                    "feature_not_enabled", f"`{name}` is not supported by this engine."
                )
        elif name not in FIELDS:
            known = ", ".join(f"`{each}`" for each in FIELDS)
            raise EngineError("bad_request", f"Unknown field `{name}`: expected one of {known}")
        elif value is not None:
            values[name] = _checked(name, value)
    return Search(**values)


def _checked(name: str, value: Json) -> Json:
    check = _CHECKS.get(name)
    if check is None:
        return value
    expected = check(value)
    if expected:
        raise EngineError(
            f"invalid_search_{snake(name)}",
            f"Invalid value at `.{name}`: expected {expected}, but found {shown(value)}",
        )
    return value


def snake(name: str) -> str:
    """`hitsPerPage` as `hits_per_page`."""
    return re.sub(r"([A-Z])", lambda found: "_" + found.group(1).lower(), name)


def shown(value: Json) -> str:
    """A value in a message, cut to a length that can be read."""
    text = repr(value)
    return f"`{text if len(text) < 100 else text[:97] + '...'}`"


Check = Callable[[Any], str]


def _count(value: Json) -> str:
    right = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53
    return "" if right else "a positive integer"


def _text(value: Json) -> str:
    return "" if isinstance(value, str) else "a string"


def _flag(value: Json) -> str:
    return "" if isinstance(value, bool) else "a boolean"


def _texts(value: Json) -> str:
    right = isinstance(value, list) and all(isinstance(each, str) for each in value)
    return "" if right else "an array of strings"


def _query(value: Json) -> str:
    if not isinstance(value, str):
        return "a string"
    return "" if len(value) <= LONGEST_QUERY else f"at most {LONGEST_QUERY} characters"


def _strategy(value: Json) -> str:
    return "" if value in STRATEGIES else "one of `last`, `all`, `frequency`"


def _share(value: Json) -> str:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return "" if number and math.isfinite(value) and 0 <= value <= 1 else "a number from 0 to 1"


_CHECKS: Mapping[str, Check] = {
    "q": _query,
    "offset": _count,
    "limit": _count,
    "page": _count,
    "hitsPerPage": _count,
    "attributesToRetrieve": _texts,
    "attributesToCrop": _texts,
    "cropLength": _count,
    "attributesToHighlight": _texts,
    "showMatchesPosition": _flag,
    "showRankingScore": _flag,
    "showRankingScoreDetails": _flag,
    "rankingScoreThreshold": _share,
    "sort": _texts,
    "facets": _texts,
    "highlightPreTag": _text,
    "highlightPostTag": _text,
    "cropMarker": _text,
    "matchingStrategy": _strategy,
    "attributesToSearchOn": _texts,
    "locales": _texts,
}


def from_query_string(params: Mapping[str, str]) -> dict[str, Any]:
    """The body that a GET with these parameters means; lists are separated by commas."""
    body: dict[str, Any] = {}
    for name, text in params.items():
        check = _CHECKS.get(name)
        if check is _texts:
            body[name] = text.split(",") if text else []
        elif check is _flag and text in ("true", "false"):
            body[name] = text == "true"
        elif check is _count and re.fullmatch(r"-?\d+", text):
            body[name] = int(text)
        elif check is _share and re.fullmatch(r"\d+(\.\d+)?", text):
            body[name] = float(text)
        else:
            body[name] = text
    return body
