"""The list of capabilities says what the running engine does."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from services.search.engine.capabilities import CAPABILITIES
from tests.search.engine.running import RunningIndex
from tests.server import ROOT

pytestmark = pytest.mark.skipif(
    bool(os.environ.get("MEILI_TEST_URL")), reason="the list is that of the embedded engine"
)

VALUES = {
    "q": "shoe",
    "offset": 0,
    "limit": 1,
    "page": 1,
    "hitsPerPage": 1,
    "attributesToRetrieve": ["id"],
    "attributesToCrop": ["title"],
    "cropLength": 3,
    "attributesToHighlight": ["*"],
    "showMatchesPosition": True,
    "showRankingScore": True,
    "showRankingScoreDetails": True,
    "rankingScoreThreshold": 0.1,
    "filter": "price > 3",
    "sort": ["price:asc"],
    "facets": ["brand"],
    "highlightPreTag": "<b>",
    "highlightPostTag": "</b>",
    "cropMarker": "...",
    "matchingStrategy": "all",
    "attributesToSearchOn": ["title"],
    "locales": ["fra"],
}
REFUSED = {
    "vector": [0.5],
    "hybrid": {"embedder": "a"},
    "retrieveVectors": True,
    "distinct": "brand",
    "media": {"image": "x"},
    "personalize": {"userContext": "x"},
    "showPerformanceDetails": True,
}
FILTERS = {
    "=": "brand = Nike",
    "!=": "brand != Nike",
    ">": "price > 1",
    ">=": "price >= 1",
    "<": "price < 1",
    "<=": "price <= 1",
    "TO": "price 1 TO 2",
    "IN": "brand NOT IN [Nike]",
    "EXISTS": "brand NOT EXISTS",
    "IS NULL": "brand IS NOT NULL",
    "IS EMPTY": "brand IS EMPTY",
}


@pytest.mark.parametrize("route", CAPABILITIES.routes)
def test_each_route_is_there(shoes: RunningIndex, route: str):
    method, path = route.split(" ")
    concrete = (
        path.replace("{uid}", "capability")
        .replace("{document}", "1")
        .replace("{setting}", "stop-words")
        .replace("{task}", "0")
        .replace("{key}", "none")
    )
    answer = shoes.engine.call(method, concrete)
    assert answer.status_code != 405
    if answer.status_code == 404:
        assert "There is no route" not in answer.json()["message"]


@pytest.mark.parametrize("field", CAPABILITIES.search_fields)
def test_each_search_field_is_taken(shoes: RunningIndex, field: str):
    shoes.search(**{field: VALUES[field]})


@pytest.mark.parametrize("field", CAPABILITIES.refused_fields)
def test_each_refused_field_is_refused_by_its_code(shoes: RunningIndex, field: str):
    assert shoes.refused(**{field: REFUSED[field]})["code"] == "feature_not_enabled"


@pytest.mark.parametrize("operator", CAPABILITIES.filter_operators)
def test_each_filter_operator_is_understood(shoes: RunningIndex, operator: str):
    shoes.search(filter=FILTERS[operator])


@pytest.mark.parametrize("operator", CAPABILITIES.refused_filters)
def test_each_refused_filter_is_refused_by_its_code(shoes: RunningIndex, operator: str):
    text = "_geoPolygon([1, 2], [3, 4], [5, 6])" if operator[0] == "_" else f"brand {operator} N"
    assert shoes.refused(filter=text)["code"] == "feature_not_enabled"


def test_the_settings_are_those_that_an_index_shows(shoes: RunningIndex):
    shown = shoes.engine.get(f"/indexes/{shoes.uid}/settings")
    assert set(shown) == set(CAPABILITIES.settings)
    assert set(CAPABILITIES.fixed_settings) < set(shown)


@pytest.mark.parametrize(
    ("language", "document", "typed"),
    [
        ("en", "integrated", "integrating"),
        ("fr", "logements", "logement"),
        ("de", "Wohnungen", "Wohnung"),
        ("it", "alloggi", "alloggio"),
        ("es", "viviendas", "vivienda"),
        ("pt", "habitações", "habitação"),
        ("sv", "bostäder", "bostäderna"),
    ],
)
def test_each_language_is_stemmed(index: RunningIndex, language: str, document: str, typed: str):
    assert language in CAPABILITIES.stemmed
    index.put([{"id": 1, "t": document}], typoTolerance={"enabled": False})
    assert index.ids(f"{typed} ") == [1]


def test_beyond_its_limits_a_request_is_refused(shoes: RunningIndex):
    limits = CAPABILITIES.limits
    assert shoes.refused(q="a" * (limits["letters_in_a_query"] + 1))["code"] == "invalid_search_q"
    deep = "(" * (limits["nesting_of_a_filter"] + 1)
    assert "nested" in shoes.refused(filter=deep)["message"]
    queries = [{"indexUid": shoes.uid}] * (limits["queries_in_a_multi_search"] + 1)
    answer = shoes.engine.call("POST", "/multi-search", {"queries": queries})
    assert answer.json()["code"] == "invalid_multi_search_queries"


def test_the_list_can_be_printed():
    command = [sys.executable, "-m", "services.search.engine", "--capabilities"]
    told = json.loads(subprocess.run(command, capture_output=True, check=True, cwd=ROOT).stdout)
    assert told["routes"] == list(CAPABILITIES.routes)
    assert told["limits"] == CAPABILITIES.limits
