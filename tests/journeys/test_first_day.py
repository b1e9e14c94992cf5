"""What a newcomer sees on the first day, over HTTP."""

from __future__ import annotations

import json

import httpx
import pytest

from tests.contract.test_openapi import SNAPSHOT
from tests.server import Server

pytestmark = pytest.mark.xdist_group("platform")


def _get(server: Server, path: str, **query: object) -> httpx.Response:
    return httpx.get(f"{server.api}{path}", params=query)


def _found(server: Server, words: str) -> list[dict]:
    body = {"queries": [{"indexUid": "practices", "q": words, "limit": 20}]}
    answer = httpx.post(f"{server.api}/search/multi-search", json=body)
    return answer.json()["results"][0]["hits"]


def test_25_regions_are_those_of_mipex_r(server: Server):
    body = _get(server, "/regions", in_mipex_r=True).json()
    assert len(body["items"]) == 25
    assert all("practice_count" in item for item in body["items"])


def test_catalonias_panel_carries_the_published_71_and_its_practices(server: Server):
    panel = _get(server, "/regions/ES51").json()
    output = next(
        one for one in panel["mipex_r"]["dimensions"] if one["dimension"] == "policy-output"
    )
    assert output["score"] == 71
    assert output["provenance"] == "published"
    assert panel["mipex_r"]["overall"] is None
    assert panel["practices"]["count"] >= 14
    assert len(panel["practices"]["newest"]) == 5


def test_a_region_may_be_named_by_its_slug(server: Server):
    assert _get(server, "/regions/catalonia").json()["code"] == "ES51"


def test_the_practices_are_counted(server: Server):
    body = _get(server, "/practices", facets=True, limit=1).json()
    assert body["total"] >= 192
    assert body["facets"]["country"]["IT"] == 52


def test_a_word_of_the_activity_finds_catalonias_practice(server: Server):
    assert "ES51" in _found(server, "robotic")[0]["region_codes"]


def test_an_accent_does_not_matter(server: Server):
    hits = _found(server, "Skane")
    assert hits
    assert all("SE224" in hit["region_codes"] for hit in hits[:10])


def test_a_slip_of_the_finger_does_not_matter(server: Server):
    assert "health" in _found(server, "helth")[0]["filter_areas"]


def test_the_old_facet_label_still_filters(server: Server):
    query = {"indexUid": "practices", "filter": ['"filter_regions"="Campania"']}
    answer = httpx.post(f"{server.api}/search/multi-search", json={"queries": [query]})
    hits = answer.json()["results"][0]["hits"]
    assert hits
    assert all("Campania" in hit["filter_regions"] for hit in hits)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/regions/ATLANTIS", 404),
        ("/editions/mipex-r-1999", 404),
        ("/editions/mipex-r-1999/scores", 404),
        ("/map/layers/score.none", 404),
        ("/methodologies/none", 404),
        ("/practices/none", 404),
        ("/nothing", 404),
        ("/practices?sort=loudest", 422),
        ("/practices?cursor=forged", 404),
        ("/practices?limit=0", 422),
        ("/practices?limit=100000000000000000000", 422),
        ("/practices?colour=red", 422),
        ("/practices?q=%00", 422),
        ("/practices?q=%ff", 422),
        ("/practices?region=ATLANTIS", 404),
        ("/editions/demonstration/scores?axis=nose", 422),
        ("/outcomes/observations?indicator=none", 422),
    ],
)
def test_what_does_not_exist_is_a_problem_that_names_it(server: Server, path: str, status: int):
    answer = httpx.get(f"{server.api}{path}")
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["trace_id"]


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b'{"a": NaN}',
        b'{"a": 1, "a": 2}',
        b'"\\ud800"',
        b'{"a": "\\u0000"}',
        b"[" * 9000,
        b"9" * 5000,
        b"\xff\xfe",
        b"",
    ],
)
@pytest.mark.parametrize("path", ["/search/multi-search", "/practices", "/oauth/token"])
def test_a_broken_body_is_the_callers_fault(server: Server, path: str, body: bytes):
    answer = httpx.post(
        f"{server.api}{path}", content=body, headers={"content-type": "application/json"}
    )
    assert 400 <= answer.status_code < 500, answer.text


def test_a_wrong_method_says_which_are_right(server: Server):
    answer = httpx.put(f"{server.api}/practices")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD, POST"


def test_head_is_get_without_the_body(server: Server):
    answer = httpx.head(f"{server.api}/regions/ES51")
    assert answer.status_code == 200
    assert answer.content == b""
    assert answer.headers["etag"]


def test_a_panel_that_the_reader_has_is_304(server: Server):
    tag = _get(server, "/regions/ES51").headers["etag"]
    answer = httpx.get(f"{server.api}/regions/ES51", headers={"if-none-match": tag})
    assert answer.status_code == 304


def test_any_page_of_another_site_may_read_and_search(server: Server):
    answer = httpx.options(
        f"{server.api}/search/multi-search",
        headers={"origin": "https://partner.example", "access-control-request-method": "POST"},
    )
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "*"


def test_an_unknown_page_is_a_true_404_and_a_known_one_has_its_title(server: Server):
    assert httpx.get(f"{server.url}/nowhere").status_code == 404
    assert httpx.get(f"{server.url}/regions/ATLANTIS").status_code == 404
    assert "<title>Catalonia" in httpx.get(f"{server.url}/regions/ES51").text


def test_every_answer_carries_the_headers_that_protect_readers(server: Server):
    for path in ("/", "/api/v1/regions/ES51", "/api/v1/nothing", "/livez"):
        answer = httpx.get(f"{server.url}{path}")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


def test_nothing_synthetic_comes_without_saying_so(server: Server):
    rows = _get(server, "/editions/demonstration/scores", limit=1000).json()["items"]
    assert rows
    assert {row["provenance"] for row in rows} == {"demonstration"}
    assert _get(server, "/regions/ES51").json()["demonstration"]["notice"]


def test_the_document_that_is_served_is_the_whole_platforms(server: Server):
    served = _get(server, "/openapi.json").json()
    assert sorted(served["paths"]) == sorted(json.loads(SNAPSHOT.read_text("utf-8"))["paths"])


def test_the_documentation_page_lists_every_operation(server: Server):
    page = _get(server, "/docs").text
    operations = [
        one["operationId"]
        for path in _get(server, "/openapi.json").json()["paths"].values()
        for one in path.values()
    ]
    assert [name for name in operations if f'id="{name}"' not in page] == []


def test_the_metrics_are_told_without_addresses_of_practices(server: Server):
    practice = _get(server, "/practices", limit=1).json()["items"][0]["id"]
    _get(server, f"/practices/{practice}")
    metrics = httpx.get(f"{server.url}/metrics").text
    assert 'route="/api/v1/practices/{practice_id}"' in metrics
    assert practice not in metrics
