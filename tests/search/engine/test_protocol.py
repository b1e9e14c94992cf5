"""What a widget library really sends gets the answer that it reads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.search.engine.conftest import SHOES
from tests.search.engine.running import Engine, RunningIndex

RECORDED = Path(__file__).parent / "recorded"


def recorded(name: str) -> list[dict[str, Any]]:
    file = next(RECORDED.glob(f"{name}*.json"))
    return json.loads(file.read_text())["requests"]


@pytest.fixture(scope="module")
def products(engine: Engine) -> Engine:
    """The indexes that the recorded requests name."""
    for uid in ("products", "articles"):
        RunningIndex(engine, uid).put(
            SHOES,
            filterableAttributes=[
                "brand",
                "color",
                "price",
                "rating",
                "stock",
                "attributes.size",
                "_geo",
            ],
            sortableAttributes=["price"],
        )
    return engine


def answers(engine: Engine, name: str) -> list[dict[str, Any]]:
    """The results of the last recorded request of the scenario."""
    request = recorded(name)[-1]
    return engine.get(request["path"], request["body"], request["method"])["results"]


def ids(result: dict[str, Any]) -> list[int]:
    return [hit["id"] for hit in result["hits"]]


@pytest.mark.parametrize("file", sorted(path.stem for path in RECORDED.glob("*.json")))
def test_every_recorded_request_is_answered_or_refused_with_a_code(products: Engine, file: str):
    for request in recorded(file):
        answer = products.call(request["method"], request["path"], request["body"])
        if "_geoPolygon" in json.dumps(request["body"]):
            assert answer.json()["code"] == "feature_not_enabled"
        else:
            assert answer.status_code == 200, answer.text
        if answer.is_success and "queries" in request["body"]:
            asked = [query["indexUid"] for query in request["body"]["queries"]]
            assert [result["indexUid"] for result in answer.json()["results"]] == asked


def test_a_query_with_a_typo_finds_the_shoe_and_marks_it(products: Engine):
    (result,) = answers(products, "01")
    assert ids(result)[0] == 1
    assert "__ais-highlight__" in result["hits"][0]["_formatted"]["title"]
    assert result["facetDistribution"]["brand"] == {"Nike": 1}
    assert result["facetStats"]["price"] == {"min": 90, "max": 90}


def test_each_refined_facet_is_counted_without_its_own_filter(products: Engine):
    main, brands, colors = answers(products, "02")
    assert ids(main) == [1, 2]
    assert brands["facetDistribution"]["brand"] == {"Nike": 1, "Puma": 1}
    assert colors["facetDistribution"]["color"] == {"black": 1, "red": 2}
    assert brands["hits"] == []


def test_a_numeric_range_filters(products: Engine):
    main, *_ = answers(products, "03")
    assert ids(main) == [1]


def test_a_page_behind_the_end_is_empty_and_keeps_its_total(products: Engine):
    (result,) = answers(products, "04")
    assert (result["hits"], result["estimatedTotalHits"], result["offset"]) == ([], 3, 24)


def test_numbered_pages_carry_their_totals(products: Engine):
    (result,) = answers(products, "05")
    assert (result["totalHits"], result["totalPages"], result["page"]) == (3, 1, 3)


def test_sorting_decides_between_equally_good_answers(products: Engine):
    (result,) = answers(products, "06")
    assert ids(result) == [4, 1, 2], "the best place of the word comes before the price"


def test_a_box_on_the_map_holds_its_products(products: Engine):
    (result,) = answers(products, "07")
    assert ids(result) == [1, 2]


def test_a_circle_on_the_map_holds_its_products(products: Engine):
    (result,) = answers(products, "08")
    assert ids(result) == [1]


def test_the_values_of_a_facet_are_searched_with_unknown_fields_left_aside(
    products: Engine,
):
    request = recorded("09")[-1]
    answer = products.get(request["path"], request["body"], "POST")
    assert answer["facetHits"] == [{"value": "Nike", "count": 1}]


def test_two_indexes_in_one_call_with_scores(products: Engine):
    one, other = answers(products, "10")
    assert (one["indexUid"], other["indexUid"]) == ("products", "articles")
    assert all(0 < hit["_rankingScore"] <= 1 for hit in one["hits"] + other["hits"])


def test_escaped_quotes_and_raw_filters_are_understood(products: Engine):
    request = next(r for r in recorded("11") if "Neil" in json.dumps(r["body"]))
    assert products.get(request["path"], request["body"], "POST")["results"][0]["hits"] == []
    filters = ['"brand"="O\'Neil \\"x\\" \\\\ y"', '"stock"="true"', '"rating"=4']
    assert RunningIndex(products, "products").ids(filter=filters) == [3]


def test_one_failing_query_fails_the_call_and_says_which(products: Engine):
    queries = [{"indexUid": "products"}, {"indexUid": "products", "filter": "weight = 3"}]
    answer = products.call("POST", "/multi-search", {"queries": queries})
    assert answer.status_code == 400
    assert answer.json()["message"].startswith("Inside `.queries[1]`: ")
    assert answer.json()["code"] == "invalid_search_filter"


def test_a_federated_search_merges_by_weighted_score(products: Engine):
    queries = [
        {"indexUid": "products", "q": "boot"},
        {"indexUid": "articles", "q": "lace", "federationOptions": {"weight": 5}},
    ]
    body = {"federation": {"limit": 2}, "queries": queries}
    hits = products.get("/multi-search", body, "POST")["hits"]
    assert [(h["_federation"]["indexUid"], h["id"]) for h in hits] == [
        ("articles", 4),
        ("products", 3),
    ]


def test_a_federated_search_names_a_document_once(products: Engine):
    queries = [{"indexUid": "products", "q": q} for q in ("shoe", "walking")]
    answer = products.get("/multi-search", {"federation": {}, "queries": queries}, "POST")
    assert len(answer["hits"]) == answer["estimatedTotalHits"] == 3
    assert answer["hits"][0]["id"] in (1, 2, 4)


def test_a_document_is_named_once_even_when_its_key_is_not_asked_for(products: Engine):
    queries = [{"indexUid": "products", "q": "lace", "attributesToRetrieve": []}] * 2
    once = {"federation": {}, "queries": queries[:1]}
    twice = {"federation": {}, "queries": queries}
    expected = products.get("/multi-search", once, "POST")["hits"]
    assert products.get("/multi-search", twice, "POST")["hits"] == expected
    assert expected


def test_a_document_found_by_two_queries_stands_at_its_better_place(products: Engine):
    queries = [
        {"indexUid": "products", "q": "lace"},
        {"indexUid": "products", "q": "", "federationOptions": {"weight": 0.1}},
    ]
    hits = products.get("/multi-search", {"federation": {}, "queries": queries}, "POST")["hits"]
    scores = [hit["_federation"]["weightedRankingScore"] for hit in hits]
    assert len(set(scores)) > 1
    assert scores == sorted(scores, reverse=True)


def test_a_federated_query_takes_no_page_of_its_own(products: Engine):
    body = {"federation": {}, "queries": [{"indexUid": "products", "limit": 3}]}
    answer = products.call("POST", "/multi-search", body)
    assert answer.json()["code"] == "invalid_multi_search_query_pagination"
