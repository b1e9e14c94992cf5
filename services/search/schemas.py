"""Bodies and answers of the search API.

The public routes speak Meilisearch's protocol and are checked in `domain.door`; for
them there are only descriptions here. The internal ones have models.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from services.search.domain.door import MAX_QUERIES
from services.search.domain.values import MAX_HITS, MAX_OFFSET, MAX_QUERY_CHARACTERS
from shared.text import Text

Schema = dict[str, Any]


# ------------------------------------------------------------------ internal

# What the practices service calls a facet, and the attribute of the index.
MATCHING = {
    "country": "country_codes",
    "region": "region_codes",
    "role": "filter_roles",
    "area": "filter_areas",
    "target_group": "filter_target_groups",
    "status": "filter_status",
    "result": "filter_result",
    "year": "year",
}
SORTS = {
    "published_at": "published_at:asc",
    "-published_at": "published_at:desc",
    "year": "year:asc",
    "-year": "year:desc",
    "title": "title:asc",
}
FilterName = Literal[
    "country", "region", "role", "area", "target_group", "status", "result", "year"
]
SortName = Literal["published_at", "-published_at", "year", "-year", "title"]
Values = Annotated[list[Text], Field(max_length=200)]


class MatchingIn(BaseModel):
    """Which practices match: words, and per facet the values of which one must hold."""

    model_config = ConfigDict(extra="forbid", strict=True)

    q: Annotated[Text, Field(max_length=MAX_QUERY_CHARACTERS)] = ""
    filters: dict[FilterName, Values] = Field(default_factory=dict[FilterName, Values])
    sort: SortName | None = None
    offset: Annotated[int, Field(ge=0, le=MAX_OFFSET)] = 0
    limit: Annotated[int, Field(ge=0, le=MAX_HITS)] = 50


class MatchingOut(BaseModel):
    """Their ids in order, how many there are in all, and how many have each facet value."""

    ids: list[str]
    total: int
    facets: dict[str, dict[str, int]]


class EngineOut(BaseModel):
    """The engine: `embedded` or `meilisearch`; pid and starts only of an embedded one."""

    kind: Literal["embedded", "meilisearch"]
    available: bool
    version: str | None
    pid: int | None
    starts: int | None
    documents: dict[str, int]


class RefusedOut(BaseModel):
    """A practice that is not searchable because the engine refused it, and why."""

    id: str
    seq: int
    code: str
    message: str
    at: str


class StatusOut(BaseModel):
    """How true the index is. `lag` is head minus seq; null where it cannot be known now."""

    ready: bool
    epoch: str | None
    seq: int | None
    head: int | None
    lag: int | None
    engine: EngineOut
    quarantine: list[RefusedOut]


class RebuiltOut(BaseModel):
    """Up to where the new index is true."""

    epoch: str
    seq: int


class HealthOut(BaseModel):
    """Whether searches are answered, in Meilisearch's words."""

    status: Literal["available"]


# ------------------------------------------------------------------ public


def _string(most: int) -> Schema:
    return {"type": "string", "maxLength": most}


def _whole(most: int) -> Schema:
    return {"type": "integer", "minimum": 0, "maximum": most}


def _object(properties: Schema, required: tuple[str, ...] = (), *, closed: bool = True) -> Schema:
    found: Schema = {"type": "object", "properties": properties}
    found |= {"required": list(required)} if required else {}
    return found | ({"additionalProperties": False} if closed else {})


_NAMES: Schema = {"type": "array", "items": {"type": "string"}, "maxItems": 100}
_FILTER: Schema = {
    "description": "An expression such as `filter_areas = housing AND year 2015 TO 2020`, or "
    "lists: the outer one means AND, an inner one OR.",
    "anyOf": [
        {"type": "string"},
        {
            "type": "array",
            "items": {
                "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]
            },
        },
    ],
    "examples": [[["filter_areas = housing", "filter_areas = health"], "year >= 2015"]],
}
_COMMON: Schema = {
    "q": _string(MAX_QUERY_CHARACTERS)
    | {"description": "Words; typos are forgiven, the last one may be a beginning."},
    "filter": _FILTER,
    "matchingStrategy": {"enum": ["last", "all", "frequency"]},
    "attributesToSearchOn": _NAMES,
    "rankingScoreThreshold": {"type": "number", "minimum": 0, "maximum": 1},
    "locales": {"type": "array", "items": {"type": "string", "pattern": "^[a-z]{2,3}$"}},
}
_QUERY: Schema = _COMMON | {
    "offset": _whole(MAX_OFFSET),
    "limit": _whole(MAX_HITS) | {"default": 20},
    "page": _whole(MAX_OFFSET),
    "hitsPerPage": _whole(MAX_HITS),
    "facets": _NAMES,
    "distinct": {"type": "string"},
    "sort": {"type": "array", "items": {"type": "string"}, "maxItems": 10},
    "attributesToRetrieve": _NAMES,
    "attributesToHighlight": _NAMES,
    "attributesToCrop": _NAMES,
    "cropLength": _whole(1000),
    "cropMarker": _string(100),
    "highlightPreTag": _string(100),
    "highlightPostTag": _string(100),
    "showMatchesPosition": {"type": "boolean"},
    "showRankingScore": {"type": "boolean"},
}
SEARCH_BODY = _object(_QUERY)
FACET_SEARCH_BODY = _object(
    _COMMON
    | {
        "facetName": {"type": "string"},
        "facetQuery": _string(MAX_QUERY_CHARACTERS),
        "exhaustiveFacetCount": {"type": "boolean"},
    },
    ("facetName",),
    closed=False,
)
_UID: Schema = {"enum": ["practices", "regions"]}
_OPTIONS = _object({"weight": {"type": "number", "minimum": 0, "maximum": 1000}})
_FEDERATION = _object(
    {
        "limit": _whole(MAX_HITS),
        "offset": _whole(MAX_OFFSET),
        "facetsByIndex": _object({"practices": _NAMES, "regions": _NAMES}),
        "mergeFacets": _object({"maxValuesPerFacet": _whole(500)}),
    }
)
MULTI_SEARCH_BODY = _object(
    {
        "queries": {
            "type": "array",
            "maxItems": MAX_QUERIES,
            "items": _object(
                {"indexUid": _UID, **_QUERY, "federationOptions": _OPTIONS}, ("indexUid",)
            ),
        },
        "federation": _FEDERATION,
    },
    ("queries",),
)
_HIT: Schema = {"type": "object", "description": "A document's public attributes."}
_FOUND_PARTS: Schema = {
    "hits": {"type": "array", "items": _HIT},
    "query": {"type": "string"},
    "processingTimeMs": {"type": "integer"},
    "limit": {"type": "integer"},
    "offset": {"type": "integer"},
    "estimatedTotalHits": {"type": "integer"},
    "page": {"type": "integer"},
    "hitsPerPage": {"type": "integer"},
    "totalHits": {"type": "integer"},
    "totalPages": {"type": "integer"},
    "facetDistribution": {
        "type": "object",
        "additionalProperties": {"type": "object", "additionalProperties": {"type": "integer"}},
    },
    "facetStats": {"type": "object"},
}
FOUND = _object(_FOUND_PARTS, ("hits", "processingTimeMs"), closed=False)
MULTI_FOUND: Schema = {
    "description": "Without `federation`: `results`, one for each query. With it: one list `hits`.",
    "anyOf": [
        _object({"results": {"type": "array", "items": FOUND}}, ("results",), closed=False),
        FOUND,
    ],
}
FACET_FOUND = _object(
    {
        "facetHits": {
            "type": "array",
            "items": _object(
                {"value": {"type": "string"}, "count": {"type": "integer"}}, ("value", "count")
            ),
        },
        "facetQuery": {"type": ["string", "null"]},
        "processingTimeMs": {"type": "integer"},
    },
    ("facetHits",),
    closed=False,
)
REFUSED = _object(
    {name: {"type": "string"} for name in ("message", "code", "type", "link")},
    ("message", "code", "type", "link"),
)
