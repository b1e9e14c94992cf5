"""Several searches in one call: each with an answer of its own, or all merged (federated)."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

from services.search.engine.engine import Engine
from services.search.engine.errors import EngineError
from services.search.engine.json_value import Json
from services.search.engine.requests import DEFAULT_LIMIT, Search, search_of, shown
from services.search.engine.searching import answer, numbered

MOST_QUERIES = 100
_FEDERATION_FIELDS = {"limit", "offset", "facetsByIndex", "mergeFacets", "page", "hitsPerPage"}


@dataclass(frozen=True)
class _Hit:
    """A hit of a federated search.

    score         weighted
    query, place  number of the query, and of the hit in its answer: what decides between equals
    document      index and number in the store: the same hit of two queries is shown once
    """

    score: float
    query: int
    place: int
    document: tuple[str, int]
    body: dict[str, Any]


def multi_search(engine: Engine, body: Json) -> dict[str, Any]:
    """The answer to a multi-search body. One failing query fails the call. Raises EngineError."""
    if not isinstance(body, dict):
        raise EngineError("bad_request", "Invalid value type: expected an object")
    for name in body:
        if name not in ("queries", "federation"):
            raise EngineError(
                "bad_request", f"Unknown field `{name}`: expected one of `queries`, `federation`"
            )
    queries = body.get("queries")
    if not isinstance(queries, list) or len(queries) > MOST_QUERIES:
        raise EngineError(
            "invalid_multi_search_queries",
            f"Invalid value at `.queries`: expected an array of at most {MOST_QUERIES} queries",
        )
    if body.get("federation") is not None:
        return _federated(engine, queries, body["federation"])
    results: list[dict[str, Any]] = []
    for number, query in enumerate(queries):
        try:
            uid, search, _ = _query(query, federated=False)
            results.append({"indexUid": uid, **answer(engine, uid, search)})
        except EngineError as error:
            raise error.inside(f".queries[{number}]") from error
    return {"results": results}


def _query(query: Json, federated: bool) -> tuple[str, Search, float]:
    """Index, checked search and weight of one query."""
    if not isinstance(query, dict):
        raise EngineError("bad_request", "Invalid value type: expected an object")
    rest = dict(query)
    uid = rest.pop("indexUid", None)
    if uid is None:
        raise EngineError("missing_index_uid", "Missing field `indexUid`")
    if not isinstance(uid, str):
        raise EngineError("invalid_index_uid", f"Invalid value at `.indexUid`: {shown(uid)}")
    options = rest.pop("federationOptions", None)
    if not federated:
        if options is not None:
            raise EngineError(
                "invalid_multi_search_federation_options",
                "Using `federationOptions` is not allowed in a non-federated search.",
            )
        return uid, search_of(rest), 1.0
    for name in ("limit", "offset", "page", "hitsPerPage"):
        if rest.get(name) is not None:
            raise EngineError(
                "invalid_multi_search_query_pagination",
                f"Using pagination options is not allowed in federated queries. Hint: remove "
                f"`{name}` from the query, or give it in `federation`.",
            )
    if rest.get("facets") is not None:
        raise EngineError(
            "invalid_multi_search_query_facets",
            "Using facet options is not allowed in federated queries. Hint: remove `facets` from "
            "the query, or use `federation.facetsByIndex`.",
        )
    return uid, search_of(rest), _weight(options)


def _weight(options: Json) -> float:
    if options is None:
        return 1.0
    if not isinstance(options, dict) or set(options) - {"weight"}:
        raise EngineError(
            "invalid_multi_search_federation_options",
            f"Invalid value at `.federationOptions`: expected `weight`, found {shown(options)}",
        )
    weight = options.get("weight", 1.0)
    if not isinstance(weight, int | float) or isinstance(weight, bool) or not 0 <= weight < 1e9:
        raise EngineError(
            "invalid_multi_search_weight",
            f"Invalid value at `.federationOptions.weight`: {shown(weight)}, expected a number "
            "of at least 0",
        )
    return float(weight)


def _federated(engine: Engine, queries: list[Any], federation: Json) -> dict[str, Any]:
    """One list of hits over all queries, best score times weight first."""
    started = time.perf_counter()
    page = _page(federation)
    merged: list[_Hit] = []
    total = 0
    for number, query in enumerate(queries):
        try:
            hits, count = _hits(engine, query, number, page.offset + page.limit)
        except EngineError as error:
            raise error.inside(f".queries[{number}]") from error
        total += count
        merged += hits
    merged.sort(key=lambda hit: (-hit.score, hit.query, hit.place))
    best: dict[tuple[str, int], dict[str, Any]] = {}
    for hit in merged:
        best.setdefault(hit.document, hit.body)
    unique = list(best.values())
    total -= len(merged) - len(unique)
    body: dict[str, Any] = {
        "hits": unique[page.offset : page.offset + page.limit],
        "processingTimeMs": 0,
        "limit": page.limit,
        "offset": page.offset,
        "estimatedTotalHits": total,
    }
    facets = federation.get("facetsByIndex")
    if facets is not None:
        body["facetsByIndex"] = _facets(engine, queries, facets)
    body["processingTimeMs"] = round((time.perf_counter() - started) * 1000)
    return body


def _page(federation: Json) -> Search:
    if not isinstance(federation, dict):
        raise EngineError(
            "invalid_multi_search_federation", "Invalid value at `.federation`: expected an object"
        )
    for name in federation:
        if name not in _FEDERATION_FIELDS:
            raise EngineError("bad_request", f"Unknown field `{name}` inside `.federation`")
    for name in ("mergeFacets", "page", "hitsPerPage"):
        if federation.get(name) is not None:
            raise EngineError(
                "feature_not_enabled", f"`federation.{name}` is not supported by this engine."
            )
    limit = federation.get("limit", DEFAULT_LIMIT)
    return search_of({"limit": limit, "offset": federation.get("offset", 0)})


def _hits(engine: Engine, query: Json, number: int, wanted: int) -> tuple[list[_Hit], int]:
    """Hits of one query, and how many answer in all."""
    uid, search, weight = _query(query, federated=True)
    shows_score = search.showRankingScore
    search = replace(search, limit=wanted, offset=0, showRankingScore=True)
    body, documents = numbered(engine, uid, search)
    hits: list[_Hit] = []
    for place, (hit, document) in enumerate(zip(body["hits"], documents, strict=True)):
        weighted = hit["_rankingScore"] * weight
        if not shows_score:
            del hit["_rankingScore"]
        hit["_federation"] = {
            "indexUid": uid,
            "queriesPosition": number,
            "weightedRankingScore": weighted,
        }
        hits.append(_Hit(weighted, number, place, (uid, document), hit))
    return hits, body["estimatedTotalHits"]


def _facets(engine: Engine, queries: list[Any], asked: Json) -> dict[str, Any]:
    """Facets of each named index over the documents that the first query on it finds."""
    if not isinstance(asked, dict):
        raise EngineError(
            "invalid_multi_search_facets_by_index",
            "Invalid value at `.federation.facetsByIndex`: expected an object",
        )
    answers: dict[str, Any] = {}
    for uid, names in asked.items():
        query = next((q for q in queries if q.get("indexUid") == uid), None)
        if query is None:
            raise EngineError(
                "invalid_multi_search_facets_by_index",
                f"Inside `.federation.facetsByIndex.{uid}`: no query asks this index",
            )
        if names is None:
            continue
        _, search, _ = _query(query, federated=True)
        checked = search_of({"facets": names, "limit": 0})
        body = answer(engine, uid, replace(search, facets=checked.facets, limit=0))
        answers[uid] = {
            "distribution": body["facetDistribution"],
            "stats": body["facetStats"],
        }
    return answers
