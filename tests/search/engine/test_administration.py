"""Indexes, documents, settings, tasks, keys and errors."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from services.search.engine.errors import CODES
from tests.search.engine.running import Engine, RunningIndex


def code(answer: httpx.Response) -> tuple[int, str]:
    body = answer.json()
    assert set(body) == {"message", "code", "type", "link"}
    assert body["type"] == CODES[body["code"]][1]
    return answer.status_code, body["code"]


def test_health_needs_no_key(engine: Engine):
    assert httpx.get(f"{engine.url}/health").json() == {"status": "available"}


def test_every_other_route_needs_a_key(engine: Engine):
    assert code(httpx.get(f"{engine.url}/stats")) == (401, "missing_authorization_header")
    wrong = {"Authorization": "Bearer nobody"}
    assert code(httpx.get(f"{engine.url}/stats", headers=wrong)) == (403, "invalid_api_key")
    ünicode = {"Authorization": "Bearer ключ".encode()}
    assert code(httpx.get(f"{engine.url}/stats", headers=ünicode)) == (403, "invalid_api_key")


def test_the_search_key_may_search_and_nothing_else(shoes: RunningIndex):
    engine = shoes.engine
    listed = engine.get("/keys")["results"]
    key = next(k["key"] for k in listed if k["actions"] == ["search"])
    header = {"Authorization": f"Bearer {key}"}
    queries = {"queries": [{"indexUid": shoes.uid, "q": "lace"}]}
    found = httpx.post(f"{engine.url}/multi-search", json=queries, headers=header)
    assert found.json()["results"][0]["hits"][0]["id"] == 4
    for method, path in (("GET", "/keys"), ("GET", "/tasks"), ("DELETE", f"/indexes/{shoes.uid}")):
        answer = httpx.request(method, engine.url + path, headers=header)
        assert code(answer) == (403, "invalid_api_key")


def test_an_index_is_made_found_listed_and_removed(engine: Engine, index: RunningIndex):
    assert engine.do("POST", "/indexes", {"uid": index.uid, "primaryKey": "key"})["error"] is None
    found = engine.get(f"/indexes/{index.uid}")
    assert (found["uid"], found["primaryKey"]) == (index.uid, "key")
    assert index.uid in [each["uid"] for each in engine.get("/indexes?limit=1000")["results"]]
    again = engine.do("POST", "/indexes", {"uid": index.uid})
    assert again["error"]["code"] == "index_already_exists"
    assert engine.do("DELETE", f"/indexes/{index.uid}")["status"] == "succeeded"
    assert code(engine.call("GET", f"/indexes/{index.uid}")) == (404, "index_not_found")
    gone = engine.do("DELETE", f"/indexes/{index.uid}")
    assert gone["error"]["code"] == "index_not_found"


def test_documents_are_added_replaced_updated_and_removed(index: RunningIndex):
    index.put([{"id": 1, "a": 1, "b": 1}, {"id": "two", "a": 2}])
    index.do("POST", "/documents", [{"id": 1, "a": 3}])
    get = index.engine.get
    assert get(f"/indexes/{index.uid}/documents/1") == {"id": 1, "a": 3}
    index.do("PUT", "/documents", [{"id": 1, "b": 5}, {"id": 1, "c": 6}])
    assert get(f"/indexes/{index.uid}/documents/1") == {"id": 1, "a": 3, "b": 5, "c": 6}
    assert get(f"/indexes/{index.uid}/documents/1?fields=a,b") == {"a": 3, "b": 5}
    task = index.do("POST", "/documents/delete-batch", ["1", "nine"])
    assert task["details"]["deletedDocuments"] == 1
    index.do("DELETE", "/documents/two")
    assert index.search()["hits"] == []
    missing = index.engine.call("GET", f"/indexes/{index.uid}/documents/1")
    assert code(missing) == (404, "document_not_found")


def test_documents_are_listed_in_order_of_arrival(index: RunningIndex):
    index.put([{"id": n, "even": n % 2 == 0} for n in range(5)], filterableAttributes=["even"])
    index.do("POST", "/documents", [{"id": 0, "even": True, "new": 1}])
    path = f"/indexes/{index.uid}/documents"
    answer = index.engine.get(f"{path}?limit=2&offset=1&fields=id")
    assert (answer["results"], answer["total"]) == ([{"id": 1}, {"id": 2}], 5)
    body = {"filter": "even = true", "fields": ["id"]}
    fetched = index.engine.get(f"{path}/fetch", body, "POST")
    assert fetched["results"] == [{"id": 0}, {"id": 2}, {"id": 4}]
    wrong = index.engine.call("POST", f"{path}/fetch", {"filter": "odd = 1"})
    assert code(wrong) == (400, "invalid_document_filter")


def test_documents_are_removed_by_filter_or_all_at_once(index: RunningIndex):
    index.put([{"id": n, "n": n} for n in range(9)], filterableAttributes=["n"])
    task = index.do("POST", "/documents/delete", {"filter": "n > 4"})
    assert task["details"]["deletedDocuments"] == 4
    assert index.do("DELETE", "/documents")["details"]["deletedDocuments"] == 5
    assert index.search()["estimatedTotalHits"] == 0


def test_documents_in_lines_are_taken(index: RunningIndex):
    answer = index.engine.http.post(
        f"/indexes/{index.uid}/documents",
        content=b'{"id": 1, "t": "one"}\n\n{"id": 2, "t": "two"}\n',
        headers={"Content-Type": "application/x-ndjson"},
    )
    assert index.engine.ended(answer.json()["taskUid"])["details"]["indexedDocuments"] == 2


@pytest.mark.parametrize(
    ("documents", "wrong"),
    [
        ([{"name": "x"}], "index_primary_key_no_candidate_found"),
        ([{"id": 1, "other_id": 2}], "index_primary_key_multiple_candidates_found"),
        ([{"id": 1}, {"name": "x"}], "missing_document_id"),
        ([{"id": "not allowed!"}], "invalid_document_id"),
        ([{"id": 1.5}], "invalid_document_id"),
        ([{"id": None}], "invalid_document_id"),
        ([{"id": True}], "invalid_document_id"),
    ],
)
def test_documents_that_cannot_be_identified_fail_their_task(
    index: RunningIndex, documents: list[dict[str, Any]], wrong: str
):
    task = index.engine.do("POST", f"/indexes/{index.uid}/documents", documents)
    assert (task["status"], task["error"]["code"]) == ("failed", wrong)
    assert task["details"]["indexedDocuments"] == 0
    assert index.search()["hits"] == [], "none of the documents is in"


def test_a_wrong_point_fails_the_task(index: RunningIndex):
    index.do("PATCH", "/settings", {"filterableAttributes": ["_geo"]})
    documents = [{"id": 1, "_geo": {"lat": 91, "lng": "x"}}]
    task = index.engine.do("POST", f"/indexes/{index.uid}/documents", documents)
    assert task["error"]["code"] == "invalid_document_geo_field"
    index.put([{"id": 1, "_geo": {"lat": "50.1", "lng": 4}}])
    assert index.ids(filter="_geoRadius(50.1, 4, 10)") == [1]


def test_settings_are_changed_in_part_and_reset(index: RunningIndex):
    index.do("PATCH", "/settings", {"stopWords": ["the"], "synonyms": {"a": ["b"]}})
    index.do("PATCH", "/settings", {"synonyms": None, "typoTolerance": {"enabled": False}})
    settings = index.engine.get(f"/indexes/{index.uid}/settings")
    assert (settings["stopWords"], settings["synonyms"]) == (["the"], {})
    assert settings["typoTolerance"]["minWordSizeForTypos"] == {"oneTypo": 5, "twoTypos": 9}
    index.do("PUT", "/settings/stop-words", ["a"])
    assert index.engine.get(f"/indexes/{index.uid}/settings/stop-words") == ["a"]
    index.do("DELETE", "/settings")
    assert index.engine.get(f"/indexes/{index.uid}/settings")["stopWords"] == []


@pytest.mark.parametrize(
    ("patch", "wrong"),
    [
        ({"stopWords": "the"}, "invalid_settings_stop_words"),
        ({"rankingRules": ["words", "magic"]}, "invalid_settings_ranking_rules"),
        ({"typoTolerance": {"enabled": 1}}, "invalid_settings_typo_tolerance"),
        ({"pagination": {"maxTotalHits": -1}}, "invalid_settings_pagination"),
        ({"distinctAttribute": "a"}, "feature_not_enabled"),
        ({"colour": 1}, "bad_request"),
    ],
)
def test_wrong_settings_are_refused_at_once(index: RunningIndex, patch: Any, wrong: str):
    answer = index.engine.call("PATCH", f"/indexes/{index.uid}/settings", patch)
    assert code(answer) == (400, wrong)


def test_filters_and_sorting_follow_settings_that_come_after_the_documents(index: RunningIndex):
    index.put([{"id": 1, "a": 2}, {"id": 2, "a": 1}])
    assert index.refused(filter="a = 1")["code"] == "invalid_search_filter"
    assert index.refused(sort=["a:asc"])["code"] == "invalid_search_sort"
    index.do("PATCH", "/settings", {"filterableAttributes": ["a"], "sortableAttributes": ["a"]})
    assert index.ids(filter="a = 1") == [2]
    assert index.ids(sort=["a:asc"]) == [2, 1]


def test_two_indexes_change_places(engine: Engine, index: RunningIndex):
    index.put([{"id": 1, "t": "old"}])
    other = RunningIndex(engine, f"{index.uid}-2").put([{"id": 2, "t": "new"}])
    task = engine.do("POST", "/swap-indexes", [{"indexes": [index.uid, other.uid]}])
    assert task["status"] == "succeeded"
    assert (index.ids(), other.ids()) == ([2], [1])


def test_a_swap_with_a_missing_index_fails_its_task(engine: Engine, shoes: RunningIndex):
    task = engine.do("POST", "/swap-indexes", [{"indexes": [shoes.uid, "nowhere"]}])
    assert task["error"]["code"] == "index_not_found"
    twice = [{"indexes": [shoes.uid, "a"]}, {"indexes": [shoes.uid, "b"]}]
    answer = engine.call("POST", "/swap-indexes", twice)
    assert code(answer) == (400, "invalid_swap_duplicate_index_found")


def test_tasks_are_listed_newest_first_and_filtered(engine: Engine, index: RunningIndex):
    index.put([{"id": 1}])
    engine.do("POST", "/indexes", {"uid": index.uid})
    uids = f"indexUids={index.uid}"
    listed = engine.get(f"/tasks?{uids}")["results"]
    assert [task["type"] for task in listed] == ["indexCreation", "documentAdditionOrUpdate"]
    assert [t["uid"] for t in engine.get(f"/tasks?{uids}&statuses=failed")["results"]] == [
        listed[0]["uid"]
    ]
    page = engine.get(f"/tasks?{uids}&limit=1")
    assert (page["total"], page["from"], page["next"]) == (2, listed[0]["uid"], listed[1]["uid"])
    rest = engine.get(f"/tasks?{uids}&limit=1&from={page['next']}")
    assert [task["uid"] for task in rest["results"]] == [listed[1]["uid"]]
    assert engine.get(f"/tasks?uids={listed[0]['uid']}&types=indexCreation")["total"] == 1
    assert code(engine.call("GET", "/tasks?statuses=lost")) == (400, "invalid_task_statuses")
    assert code(engine.call("GET", "/tasks/999999")) == (404, "task_not_found")


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"limit": -1}, "invalid_search_limit"),
        ({"limit": "20"}, "invalid_search_limit"),
        ({"limit": True}, "invalid_search_limit"),
        ({"offset": 1.5}, "invalid_search_offset"),
        ({"page": -1}, "invalid_search_page"),
        ({"hitsPerPage": []}, "invalid_search_hits_per_page"),
        ({"q": 3}, "invalid_search_q"),
        ({"q": "a" * 10_001}, "invalid_search_q"),
        ({"facets": "brand"}, "invalid_search_facets"),
        ({"sort": ["price"]}, "invalid_search_sort"),
        ({"sort": ["brand:asc"]}, "invalid_search_sort"),
        ({"sort": ["_geoPoint(1):asc"]}, "invalid_search_sort"),
        ({"sort": ["_geoPoint(100,1):asc"]}, "invalid_search_sort"),
        ({"matchingStrategy": "any"}, "invalid_search_matching_strategy"),
        ({"attributesToCrop": [1]}, "invalid_search_attributes_to_crop"),
        ({"rankingScoreThreshold": 2}, "invalid_search_ranking_score_threshold"),
        ({"colour": "red"}, "bad_request"),
        ({"vector": [1.0]}, "feature_not_enabled"),
        ({"hybrid": {"embedder": "x"}}, "feature_not_enabled"),
        ({"distinct": "brand"}, "feature_not_enabled"),
        ({"filter": {"a": 1}}, "invalid_search_filter"),
    ],
)
def test_a_wrong_field_of_a_search_is_refused_by_its_code(
    shoes: RunningIndex, fields: dict[str, Any], wrong: str
):
    assert shoes.refused(**fields)["code"] == wrong


def test_an_unknown_index_is_not_found(engine: Engine):
    assert code(engine.call("POST", "/indexes/nowhere/search", {})) == (404, "index_not_found")
    assert code(engine.call("POST", "/indexes/no%20where/search", {})) == (400, "invalid_index_uid")


@pytest.mark.parametrize(
    ("body", "kind", "wrong"),
    [
        (b"{", "application/json", (400, "malformed_payload")),
        (b"", "application/json", (400, "missing_payload")),
        (b'{"limit": NaN}', "application/json", (400, "malformed_payload")),
        (b"[]", "application/json", (400, "bad_request")),
        (b"[" * 100_000, "application/json", (400, "malformed_payload")),
        (b'{"q": "\xff"}', "application/json", (400, "malformed_payload")),
        (b"{}", "text/plain", (415, "invalid_content_type")),
        (b"{}", None, (415, "missing_content_type")),
    ],
)
def test_a_body_that_is_no_json_object_is_refused(
    shoes: RunningIndex, body: bytes, kind: str | None, wrong: tuple[int, str]
):
    headers = {"Content-Type": kind} if kind else {}
    path = f"/indexes/{shoes.uid}/search"
    assert code(shoes.engine.http.post(path, content=body, headers=headers)) == wrong


def test_other_routes_and_methods_answer_in_the_same_shape(engine: Engine):
    assert code(engine.call("GET", "/nothing/here")) == (404, "not_found")
    assert code(engine.call("DELETE", "/stats")) == (405, "method_not_allowed")


def test_odd_text_and_numbers_are_stored_and_given_back(index: RunningIndex):
    odd = {"id": 1, "t": "nul \x00, turned \u202e, 😀", "big": 10**400, "exact": 0.1}
    index.put([odd], filterableAttributes=["big", "exact"])
    assert index.search("nul", filter="exact = 0.1")["hits"] == [odd]
    assert index.ids(filter="big > 1") == []


@pytest.mark.parametrize("text", [b'"\\ud800"', b"1e999", b"1" * 5000])
def test_what_is_no_text_and_no_number_is_refused(index: RunningIndex, text: bytes):
    answer = index.engine.http.post(
        f"/indexes/{index.uid}/documents",
        content=b'{"id": 1, "t": ' + text + b"}",
        headers={"Content-Type": "application/json"},
    )
    assert code(answer) == (400, "malformed_payload")


def test_stats_count_the_documents_that_have_a_field(index: RunningIndex):
    index.put([{"id": 1, "a": "x", "b": "y z"}, {"id": 2, "a": "x"}, {"id": 3, "b": "gone"}])
    index.engine.do("DELETE", f"/indexes/{index.uid}/documents/3")
    stats = index.engine.get(f"/indexes/{index.uid}/stats")
    assert stats["fieldDistribution"] == {"id": 2, "a": 2, "b": 1}


def test_stats_count_documents(shoes: RunningIndex):
    stats = shoes.engine.get("/stats")["indexes"][shoes.uid]
    assert (stats["numberOfDocuments"], stats["isIndexing"]) == (4, False)
    assert shoes.engine.get(f"/indexes/{shoes.uid}/stats")["numberOfDocuments"] == 4
