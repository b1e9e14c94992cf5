"""The public routes as JSON Schema, for the API description.

`domain.door` decides; this says the same to a reader and to a generator of clients. Only
filters are told more narrowly than they are read: JSON Schema cannot tell of brackets in
brackets, so the pattern shows the simple forms.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from services.search.domain.catalogue import Index
from services.search.domain.door import MAX_QUERIES
from services.search.domain.values import LOCALES, MAX_HITS, MAX_OFFSET, MAX_QUERY_CHARACTERS
from services.search.schemas import CATALOGUE

Schema = dict[str, Any]

# Control characters are refused in every text.
_CLEAN = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
_VALUE = r'"[^"\\\x00-\x1f\x7f-\x9f]{0,60}"'
_NUMBER = r"-?[0-9]{1,9}(\.[0-9]{1,6})?"


def _object(properties: Schema, required: tuple[str, ...] = (), *, closed: bool = True) -> Schema:
    found: Schema = {"type": "object", "properties": properties}
    found |= {"required": list(required)} if required else {}
    return found | ({"additionalProperties": False} if closed else {})


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _text(most: int) -> Schema:
    return {"type": "string", "maxLength": most, "pattern": _CLEAN}


def _whole(most: int) -> Schema:
    return {"type": "integer", "minimum": 0, "maximum": most}


def _list(items: Schema, most: int = 100) -> Schema:
    return {"type": "array", "items": items, "maxItems": most}


def _one_of(names: Iterable[str]) -> Schema:
    return {"type": "string", "enum": sorted(names)}


def _any_of(names: Iterable[str]) -> str:
    return f"({'|'.join(sorted(names))})"


def _filter(index: Index) -> Schema:
    condition = (
        rf"(NOT )?{_any_of(index.filterable - {'_geo'})} ((=|!=) ?{_VALUE}|(>|>=|<|<=) ?{_NUMBER}"
        rf"|IN \[{_VALUE}\]|EXISTS|IS (NOT )?(NULL|EMPTY))"
    )
    expression = _matching(f"^({condition}( (AND|OR) {condition}){{0,3}})?$")
    one = _matching(f"^({condition})?$")
    return _or_null(
        {
            "description": 'An expression such as `filter_countries = "Italy" AND year >= 2015`, '
            "or lists: the outer one means AND, an inner one OR. The pattern shows the simple "
            "forms; brackets, `TO`, `_geoRadius(lat, lng, metres)` and "
            "`_geoBoundingBox([lat, lng], [lat, lng])` are read as Meilisearch reads them.",
            "anyOf": [expression, _list({"anyOf": [one, _list(one, 20)]}, 20)],
        }
    )


def _matching(pattern: str) -> Schema:
    return {"type": "string", "pattern": pattern}


def _sort(index: Index) -> Schema:
    names = _any_of(index.sortable - {"_geo"})
    degrees = r"-?[0-8]?[0-9](\.[0-9]{1,7})?"
    near = rf"_geoPoint\({degrees}, ?{degrees}\)"
    return _or_null(_list(_matching(f"^({names}|{near}):(asc|desc)$"), 10))


def _cropped(index: Index) -> Schema:
    names = _any_of(index.displayed)
    return _or_null(_list(_matching(rf"^({names}|\*)(:[0-9]{{1,4}})?$")))


def _common(index: Index) -> Schema:
    words = "Words; typos are forgiven, the last one may be a beginning."
    return {
        "q": _or_null(_text(MAX_QUERY_CHARACTERS) | {"description": words}),
        "filter": _filter(index),
        "matchingStrategy": _one_of({"last", "all", "frequency"}),
        "attributesToSearchOn": _or_null(_list(_one_of(index.searchable | {"*"}))),
        "rankingScoreThreshold": _or_null({"type": "number", "minimum": 0, "maximum": 1}),
        "locales": _or_null(_list(_one_of(LOCALES))),
    }


def _federated(index: Index) -> Schema:
    """A query whose paging and facets belong to the whole."""
    displayed = _or_null(_list(_one_of(index.displayed | {"*"})))
    return _common(index) | {
        "sort": _sort(index),
        "attributesToRetrieve": displayed,
        "attributesToHighlight": displayed,
        "attributesToCrop": _cropped(index),
        "cropLength": _whole(1000),
        "cropMarker": _text(100),
        "highlightPreTag": _text(100),
        "highlightPostTag": _text(100),
        "showMatchesPosition": {"type": "boolean"},
        "showRankingScore": {"type": "boolean"},
    }


def _query(index: Index) -> Schema:
    return _federated(index) | {
        "offset": _whole(MAX_OFFSET),
        "limit": _whole(MAX_HITS) | {"default": 20},
        "page": _or_null(_whole(MAX_OFFSET)),
        "hitsPerPage": _or_null(_whole(MAX_HITS)),
        "facets": _or_null(_list(_one_of({*index.facets, "*"}))),
    }


def _of_index(uid: str, properties: Schema) -> Schema:
    return _object({"indexUid": {"const": uid}, **properties}, ("indexUid",))


def _queries(kinds: list[Schema]) -> Schema:
    return _list({"anyOf": kinds}, MAX_QUERIES)


def _multi_search() -> Schema:
    options = _or_null(_object({"weight": {"type": "number", "minimum": 0, "maximum": 1000}}))
    federation = _object(
        {
            "limit": _whole(MAX_HITS),
            "offset": _whole(MAX_OFFSET),
        }
    )
    nothing = {"type": "null"}
    plain = [
        _of_index(uid, _query(one) | {"federationOptions": nothing})
        for uid, one in CATALOGUE.items()
    ]
    joined = [
        _of_index(uid, _federated(one) | {"federationOptions": options})
        for uid, one in CATALOGUE.items()
    ]
    return {
        "anyOf": [
            _object({"queries": _queries(plain), "federation": nothing}, ("queries",)),
            _object(
                {"queries": _queries(joined), "federation": federation}, ("queries", "federation")
            ),
        ]
    }


_PRACTICES = CATALOGUE["practices"]
UID = {"type": "string", "enum": ["practices"]}
SEARCH_BODY = _object(_query(_PRACTICES))
FACET_SEARCH_BODY = _object(
    _query(_PRACTICES)
    | {
        "facetName": _one_of(_PRACTICES.facets),
        "facetQuery": _or_null(_text(MAX_QUERY_CHARACTERS)),
        "exhaustiveFacetCount": _or_null({"type": "boolean"}),
    },
    ("facetName",),
)
MULTI_SEARCH_BODY = _multi_search()

_COUNT: Schema = {"type": "integer", "minimum": 0}
_HIT: Schema = {
    "type": "object",
    "description": "A document's public attributes, those of the practice record among them.",
    "properties": {
        "language": {
            "type": "string",
            "description": "Of a practice: the language of `title`, `summary` and all other texts.",
        },
        "original_language": {
            "type": ["string", "null"],
            "description": "Of a practice: the language of `original_title`.",
        },
        "translations": {
            "type": "array",
            "description": "Of a practice: title and summary in further languages.",
            "items": _object(
                {
                    "language": {"type": "string"},
                    "title": {"type": "string"},
                    "summary": {"type": ["string", "null"]},
                },
                ("language", "title", "summary"),
            ),
        },
    },
}
FOUND = _object(
    {
        "hits": {"type": "array", "items": _HIT},
        "query": {"type": "string"},
        "processingTimeMs": _COUNT,
        "limit": _COUNT,
        "offset": _COUNT,
        "estimatedTotalHits": _COUNT,
        "page": _COUNT,
        "hitsPerPage": _COUNT,
        "totalHits": _COUNT,
        "totalPages": _COUNT,
        "facetDistribution": {
            "type": "object",
            "additionalProperties": {"type": "object", "additionalProperties": _COUNT},
        },
        "facetStats": {"type": "object"},
    },
    ("hits", "processingTimeMs"),
    closed=False,
)
MULTI_FOUND: Schema = {
    "description": "Without `federation`: `results`, one for each query. With it: one list `hits`.",
    "anyOf": [_object({"results": {"type": "array", "items": FOUND}}, ("results",)), FOUND],
}
FACET_FOUND = _object(
    {
        "facetHits": {
            "type": "array",
            "items": _object({"value": {"type": "string"}, "count": _COUNT}, ("value", "count")),
        },
        "facetQuery": {"type": ["string", "null"]},
        "processingTimeMs": _COUNT,
    },
    ("facetHits",),
    closed=False,
)
REFUSED = _object(
    {name: {"type": "string"} for name in ("message", "code", "type", "link")},
    ("message", "code", "type", "link"),
)
