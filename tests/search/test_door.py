"""What the public door lets through, and how it refuses the rest."""

from __future__ import annotations

from typing import Any

import pytest

from services.search.domain import door
from services.search.domain.refusal import Refusal
from services.search.schemas import CATALOGUE

INDEXES = CATALOGUE


def passed(**query: Any) -> dict[str, Any]:
    return door.search(query, "practices", INDEXES)


def test_a_filter_is_written_anew():
    assert passed(filter="filter_areas=housing")["filter"] == '"filter_areas" = "housing"'
    assert "filter" not in passed(filter=[])


def test_all_facets_means_all_that_are_public():
    facets = passed(facets=["*"])["facets"]
    assert {"filter_regions", "filter_areas", "year"} < set(facets)
    assert not {"_geo", "id", "published_at"} & set(facets)
    assert passed(facets=[]) == {"facets": []}


def test_what_is_null_is_left_out():
    assert passed(q=None, filter=None, facets=None) == {}


@pytest.mark.parametrize(
    ("query", "code", "says"),
    [
        ({"q": 5}, "invalid_search_q", "expected a string"),
        ({"q": "a" * 513}, "invalid_search_q", "at most 512"),
        ({"limit": -1}, "invalid_search_limit", "from 0 to 1000"),
        ({"limit": 1001}, "invalid_search_limit", "1001"),
        ({"limit": None}, "invalid_search_limit", "null"),
        ({"limit": True}, "invalid_search_limit", "a boolean"),
        ({"offset": "1"}, "invalid_search_offset", "whole number"),
        ({"hitsPerPage": 1.5}, "invalid_search_hits_per_page", "whole number"),
        ({"page": 10**6}, "invalid_search_page", "100000"),
        ({"filter": "_seq = 1"}, "invalid_search_filter", "1:5 _seq = 1"),
        ({"facets": ["title"]}, "invalid_search_facets", "`title` is not filterable"),
        ({"facets": "year"}, "invalid_search_facets", "array of strings"),
        ({"sort": ["summary:asc"]}, "invalid_search_sort", "`summary` is not sortable"),
        ({"sort": ["title"]}, "invalid_search_sort", ":asc"),
        ({"sort": ["_geo:asc"]}, "invalid_search_sort", "not sortable"),
        ({"sort": ["_geoPoint(91, 0):asc"]}, "invalid_search_sort", "-90 to 90"),
        ({"sort": ["_geoPoint(100, 2):asc"]}, "invalid_search_sort", "-90 to 90"),
        ({"sort": ["_geoPoint(1):asc"]}, "invalid_search_sort", "`_geoPoint(lat, lng)`"),
        ({"attributesToRetrieve": ["_digest"]}, "invalid_search_attributes_to_retrieve", "_digest"),
        ({"attributesToHighlight": ["_seq"]}, "invalid_search_attributes_to_highlight", "_seq"),
        ({"attributesToCrop": ["summary:x"]}, "invalid_search_attributes_to_crop", "length"),
        ({"attributesToCrop": ["_seq:5"]}, "invalid_search_attributes_to_crop", "_seq"),
        ({"attributesToSearchOn": ["id"]}, "invalid_search_attributes_to_search_on", "searchable"),
        ({"matchingStrategy": "any"}, "invalid_search_matching_strategy", "`last`, `all`"),
        ({"distinct": "year"}, "bad_request", "Unknown field `distinct`"),
        ({"locales": ["english"]}, "invalid_search_locales", "it, lt"),
        ({"rankingScoreThreshold": 2}, "invalid_search_ranking_score_threshold", "0 to 1"),
        ({"showRankingScore": 1}, "invalid_search_show_ranking_score", "boolean"),
        ({"highlightPreTag": "<" * 101}, "invalid_search_highlight_pre_tag", "at most 100"),
        ({"vector": [1]}, "bad_request", "Unknown field `vector`"),
        ({"showRankingScoreDetails": True}, "bad_request", "Unknown field"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_code(query: dict[str, Any], code: str, says: str):
    with pytest.raises(Refusal) as refused:
        passed(**query)
    assert refused.value.code == code
    assert says in refused.value.message


@pytest.mark.parametrize("sort", ["_geoPoint(48.2, 16.4):asc", "title:desc", "year:asc"])
def test_declared_orders_are_let_through(sort: str):
    assert passed(sort=[sort])["sort"] == [sort]


@pytest.mark.parametrize(
    ("uid", "code", "status"),
    [
        ("platform_state", "index_not_found", 404),
        ("practices__1", "index_not_found", 404),
        ("a/b", "invalid_index_uid", 400),
        ("", "invalid_index_uid", 400),
    ],
)
def test_other_indexes_are_not_there(uid: str, code: str, status: int):
    with pytest.raises(Refusal) as refused:
        door.search({}, uid, INDEXES)
    assert (refused.value.code, refused.value.status) == (code, status)


@pytest.mark.parametrize(
    ("queries", "code", "says"),
    [
        ([{}], "missing_index_uid", "Inside `.queries[0]`"),
        ([{"indexUid": "regions"}, {"indexUid": "x"}], "index_not_found", "Inside `.queries[1]`"),
        ([{"indexUid": "regions", "filter": "a"}], "invalid_search_filter", "Inside `.queries[0]`"),
        ([5], "bad_request", "Inside `.queries[0]`"),
        ([{"indexUid": "regions"}] * 21, "invalid_multi_search_queries", "at most 20"),
        ("all", "invalid_multi_search_queries", "an array of queries, but found a string: `all`"),
        (None, "invalid_multi_search_queries", "an array of queries, but found null"),
        (
            [{"indexUid": "regions", "federationOptions": {}}],
            "invalid_multi_search_federation_options",
            "non-federated",
        ),
    ],
)
def test_a_multi_search_says_which_query_is_wrong(queries: Any, code: str, says: str):
    with pytest.raises(Refusal) as refused:
        door.multi_search({"queries": queries}, INDEXES)
    assert refused.value.code == code
    assert says in refused.value.message


@pytest.mark.parametrize(
    ("federation", "query", "code"),
    [
        ({}, {"limit": 5}, "invalid_multi_search_query_pagination"),
        ({}, {"facets": ["code"]}, "invalid_multi_search_query_facets"),
        ({}, {"federationOptions": {"weight": -1}}, "invalid_multi_search_weight"),
        ({}, {"federationOptions": {"remote": "x"}}, "bad_request"),
        ({"limit": -1}, {}, "invalid_search_limit"),
        ({"mergeFacets": {}}, {}, "bad_request"),
        ({"facetsByIndex": {"regions": []}}, {}, "bad_request"),
        ([], {}, "invalid_multi_search_federation"),
    ],
)
def test_a_federated_search_is_checked_too(federation: Any, query: dict[str, Any], code: str):
    body = {"federation": federation, "queries": [{"indexUid": "regions", **query}]}
    with pytest.raises(Refusal) as refused:
        door.multi_search(body, INDEXES)
    assert refused.value.code == code


def test_a_federated_search_is_passed_on():
    body = {
        "federation": {"limit": 5, "offset": 0},
        "queries": [{"indexUid": "regions", "q": "a", "federationOptions": {"weight": 2}}],
    }
    assert door.multi_search(body, INDEXES) == body


def test_a_facet_search_drops_what_belongs_to_a_search():
    body = {"facetName": "filter_areas", "facetQuery": "ho", "limit": 21, "highlightPreTag": "_"}
    assert door.facet_search(body, "practices", INDEXES) == {
        "facetName": "filter_areas",
        "facetQuery": "ho",
    }


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "missing_facet_search_facet_name"),
        ({"facetName": "_seq"}, "invalid_facet_search_facet_name"),
        ({"facetName": "_geo"}, "invalid_facet_search_facet_name"),
        ({"facetName": "year", "facetQuery": 5}, "invalid_facet_search_facet_query"),
        ({"facetName": "year", "filter": "_seq = 1"}, "invalid_search_filter"),
        ({"facetName": "year", "limit": -1}, "invalid_search_limit"),
        ({"facetName": "year", "vector": [1]}, "bad_request"),
    ],
)
def test_a_facet_search_is_checked(body: dict[str, Any], code: str):
    with pytest.raises(Refusal) as refused:
        door.facet_search(body, "practices", INDEXES)
    assert refused.value.code == code
