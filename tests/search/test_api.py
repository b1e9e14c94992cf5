"""The public door over HTTP, with the real engine behind it and the 192 real practices in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.search.conftest import Found, House

pytestmark = pytest.mark.anyio

_RECORDED = json.loads((Path(__file__).parent / "recorded" / "instantsearch.json").read_text())
SCENARIOS = _RECORDED["scenarios"]
LAB_LINKS = ["Campania", "Apulia (Puglia)", "Skåne (Scania)", "Región de Murcia (Murcia)"]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=[one["scenario"] for one in SCENARIOS])
async def test_what_instantsearch_sends_is_answered(found: Found, scenario: dict[str, Any]):
    for request in scenario["requests"]:
        answer = await found.client.post("/search" + request["path"], json=request["body"])
        assert answer.status_code == scenario["status"], answer.text
        if scenario["status"] == 200 and "queries" in request["body"]:
            for query, result in zip(
                request["body"]["queries"], answer.json()["results"], strict=True
            ):
                check_what_the_client_reads(query, result)


def check_what_the_client_reads(query: dict[str, Any], result: dict[str, Any]) -> None:
    assert result["indexUid"] == query["indexUid"]
    assert result["query"] == query.get("q", "")
    assert isinstance(result["processingTimeMs"], int)
    if "hitsPerPage" in query:
        assert {"totalHits", "totalPages", "page", "hitsPerPage"} <= result.keys()
    else:
        assert {"estimatedTotalHits", "limit", "offset"} <= result.keys()
    for facet in query.get("facets", []):
        assert facet == "*" or facet in result["facetDistribution"]
    for hit in result["hits"]:
        assert "attributesToHighlight" not in query or "_formatted" in hit


async def test_a_hit_is_highlighted_and_cropped(found: Found):
    hit = (
        await found.find(
            "robotic",
            limit=1,
            attributesToHighlight=["*"],
            attributesToCrop=["summary:5"],
            highlightPreTag="<<",
            highlightPostTag=">>",
        )
    )["hits"][0]
    assert "<<" in json.dumps(hit["_formatted"]["activities"])
    assert len(hit["_formatted"]["summary"].split()) < len(hit["summary"].split())


@pytest.mark.parametrize("label", LAB_LINKS)
async def test_links_of_the_former_integration_lab_find_their_region(found: Found, label: str):
    body = await found.find("", filter=[[f'"filter_regions"="{label}"']])
    assert body["estimatedTotalHits"] >= 4
    assert all(label in hit["filter_regions"] for hit in body["hits"])


async def test_a_region_is_found_by_its_own_index(found: Found):
    hits = (await found.find("skane", uid="regions"))["hits"]
    assert hits[0]["code"] == "SE224"


async def test_practices_near_a_point_come_first(found: Found):
    hits = (await found.find("", sort=["_geoPoint(48.2, 16.4):asc"], limit=3))["hits"]
    assert all("Vienna" in hit["filter_regions"] for hit in hits)


async def test_the_answer_says_up_to_which_change_the_index_is_true(found: Found):
    answer = await found.client.post("/search/indexes/practices/search", json={})
    assert answer.headers["search-sequence"] == str(found.parts.follower.cursor.seq)


# ------------------------------------------------------------------ what is not public


@pytest.mark.parametrize("name", ["_seq", "_digest"])
async def test_an_internal_attribute_is_in_no_answer(found: Found, name: str):
    whole = await found.find(
        "health",
        facets=["*"],
        attributesToHighlight=["*"],
        attributesToCrop=["*"],
        attributesToRetrieve=["*"],
        showMatchesPosition=True,
    )
    assert whole["hits"]
    assert name not in json.dumps(whole)
    assert name in (await found.parts.engine.document("practices", whole["hits"][0]["id"]))


async def test_an_internal_attribute_is_not_searched(found: Found):
    some = (await found.find("", limit=1))["hits"][0]
    stored = await found.parts.engine.document("practices", some["id"])
    assert (await found.find(stored["_digest"]))["estimatedTotalHits"] == 0


@pytest.mark.parametrize(
    "query",
    [
        {"filter": "_digest EXISTS"},
        {"filter": [['"_seq">0']]},
        {"sort": ["_seq:asc"]},
        {"facets": ["_seq"]},
        {"attributesToRetrieve": ["_digest"]},
        {"attributesToSearchOn": ["_digest"]},
        {"attributesToHighlight": ["_digest"]},
    ],
)
async def test_an_internal_attribute_cannot_be_asked_for(found: Found, query: dict[str, Any]):
    answer = await found.client.post("/search/indexes/practices/search", json=query)
    assert answer.status_code == 400
    assert answer.json()["code"].startswith("invalid_search_")


async def test_the_index_of_the_bookmark_is_not_there_for_the_public(found: Found):
    answer = await found.client.post("/search/indexes/platform_state/search", json={})
    assert (answer.status_code, answer.json()["code"]) == (404, "index_not_found")


async def test_internal_routes_are_not_there_for_the_public(found: Found):
    for path in ("/internal/matching", "/internal/rebuild", "/internal/audit"):
        answer = await found.client.post(path, json={}, headers={"x-actor": ""})
        assert answer.status_code == 404
    assert (await found.client.get("/internal/status", headers={"x-actor": ""})).status_code == 404


# ------------------------------------------------------------------ mistakes

JSON = {"content-type": "application/json"}


@pytest.mark.parametrize(
    ("content", "headers", "status", "code"),
    [
        (b'{"q": ', JSON, 400, "malformed_payload"),
        (b'{"q": 1, "q": 2}', JSON, 400, "malformed_payload"),
        (b'{"limit": NaN}', JSON, 400, "malformed_payload"),
        (b'{"q": "\\u0000"}', JSON, 400, "malformed_payload"),
        (b'{"q": "\\ud800"}', JSON, 400, "malformed_payload"),
        (b"[" * 5000, JSON, 400, "malformed_payload"),
        (b"\xff", JSON, 400, "malformed_payload"),
        (b"", JSON, 400, "missing_payload"),
        (b"5", JSON, 400, "bad_request"),
        (b'{"queries": []}', JSON, 400, "bad_request"),
        (b"{}", {"content-type": "text/plain"}, 415, "invalid_content_type"),
        (b"{}", {}, 415, "missing_content_type"),
        (b" " * 300_000, JSON, 413, "payload_too_large"),
    ],
)
@pytest.mark.parametrize("route", ["search", "facet-search"])
async def test_a_body_that_is_none_is_refused_as_meilisearch_does(
    found: Found, route: str, content: bytes, headers: dict[str, str], status: int, code: str
):
    path = f"/search/indexes/practices/{route}"
    answer = await found.client.post(path, content=content, headers=headers)
    expected = (
        "missing_facet_search_facet_name" if route != "search" and b"que" in content else code
    )
    assert (answer.status_code, answer.json()["code"]) == (status, expected)
    assert answer.json().keys() == {"message", "code", "type", "link"}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b'{"q": ', "`Expecting value: line 1 column 7 (char 6)`."),
        (b'{"q": 1, "q": 2}', "`the key 'q' is given twice`."),
    ],
)
async def test_the_place_of_a_fault_is_told_where_it_is_known(
    found: Found, content: bytes, says: str
):
    answer = await found.client.post(
        "/search/indexes/practices/search", content=content, headers=JSON
    )
    assert answer.json()["message"].endswith(says)


@pytest.mark.parametrize("path", ["/search/indexes/practices/search", "/search/multi-search"])
async def test_a_parameter_beside_the_body_is_refused(found: Found, path: str):
    answer = await found.client.post(path, params={"limit": 1}, json={"queries": []})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")
    assert answer.json()["message"].startswith("Unknown parameter `limit`")


async def test_one_query_that_cannot_be_used_fails_the_call(found: Found):
    queries = [{"indexUid": "practices"}, {"indexUid": "practices", "filter": "year > soon"}]
    answer = await found.client.post("/search/multi-search", json={"queries": queries})
    assert answer.status_code == 400
    assert answer.json()["message"].startswith("Inside `.queries[1]`: `soon` is not a number")


async def test_no_query_gives_no_result(found: Found):
    assert (await found.post("/search/multi-search", {"queries": []})) == {"results": []}


async def test_health_is_told_in_the_words_of_the_clients(found: Found):
    answer = await found.client.get("/search/health")
    assert answer.json() == {"status": "available"}
    assert (await found.client.get("/search/health", params={"x": 1})).status_code == 422


# ------------------------------------------------------------------ the practices service asks

QUESTIONS: list[dict[str, Any]] = [
    {"q": "health"},
    {"q": "", "filters": {"area": ["housing"]}},
    {"q": "refugee", "filters": {"country": ["IT", "ES"], "status": ["ongoing"]}},
    {"q": "", "filters": {"region": ["SE224", "ES51"], "year": ["2016", "2018"]}, "sort": "-year"},
    {"q": "", "filters": {"target_group": ["third-country nationals"]}, "sort": "title"},
]


@pytest.mark.parametrize("question", QUESTIONS)
async def test_matching_gives_what_the_public_search_gives(found: Found, question: dict[str, Any]):
    inside = await found.post("/internal/matching", {**question, "limit": 200})
    attributes = {
        "country": "country_codes",
        "region": "region_codes",
        "area": "filter_areas",
        "status": "filter_status",
        "target_group": "filter_target_groups",
        "year": "year",
    }
    sorts = {"-year": "year:desc", "title": "title:asc"}
    outside = await found.find(
        question["q"],
        limit=200,
        facets=["*"],
        filter=[
            [f'"{attributes[name]}" = "{value}"' for value in values]
            for name, values in question.get("filters", {}).items()
        ],
        **({"sort": [sorts[question["sort"]]]} if "sort" in question else {}),
    )
    assert inside["ids"] == [hit["id"] for hit in outside["hits"]]
    assert inside["total"] == outside["estimatedTotalHits"] > 0
    for name, attribute in attributes.items():
        assert inside["facets"][name] == outside["facetDistribution"][attribute]


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("bolzano", "ITH1"),
        ("bozen", "ITH1"),
        ("münchen", "DE2"),
        ("barcelon", "ES51"),
        ("skane", "SE224"),
        ("apulia", "ITF4"),
        ("fiandre", "BE2"),
        ("catal", "ES51"),
    ],
)
async def test_a_region_is_found_by_its_names_and_towns(found: Found, typed: str, code: str):
    assert (await found.find(typed, uid="regions", limit=1))["hits"][0]["code"] == code


async def test_a_facet_value_is_found_by_any_of_its_words(found: Found):
    body = {"facetName": "filter_regions", "facetQuery": "Cata"}
    answer = await found.post("/search/indexes/practices/facet-search", body)
    values = [hit["value"] for hit in answer["facetHits"]]
    assert "Generalitat de Catalunya (Catalonia)" in values


async def test_facet_counts_equal_those_of_the_database(house: House):
    inside = await house.search.post("/internal/matching", {"limit": 0})
    listed = (await house.practices.get("/practices", params={"facets": "true"})).json()
    assert inside["total"] == listed["total"] == 192
    assert inside["facets"] == listed["facets"]


async def test_the_list_of_practices_searches_here(house: House):
    listed = (await house.practices.get("/practices", params={"q": "robotic"})).json()
    here = await house.search.find("robotic")
    assert listed["total"] == here["estimatedTotalHits"]
    assert [one["id"] for one in listed["items"]] == [hit["id"] for hit in here["hits"]]


@pytest.mark.parametrize(
    "question", [{"sort": "x"}, {"filters": {"x": []}}, {"limit": 1001}, {"q": 5}, {"y": 1}]
)
async def test_matching_refuses_what_it_does_not_know(found: Found, question: dict[str, Any]):
    answer = await found.client.post("/internal/matching", json=question)
    assert answer.status_code == 422


async def test_the_status_tells_that_nothing_is_missing(found: Found):
    status = await found.status()
    assert status["ready"]
    assert status["lag"] == 0
    assert status["seq"] == status["head"]
    assert status["quarantine"] == []
    assert status["engine"]["available"]
    assert status["engine"]["documents"]["practices"] == 192
