"""The real InstantSearch client over a running platform finds what the database holds."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.server import ROOT, running

pytestmark = pytest.mark.xdist_group("platform")

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """The public API of a platform with the first 192 practices."""
    with (
        running(tmp_path_factory.mktemp("instantsearch") / "data") as server,
        httpx.Client(base_url=f"{server.api}/", timeout=30) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def told(api: httpx.Client) -> dict[str, Any]:
    """What the client made of the answers."""
    address = str(api.base_url).removesuffix("/api/v1/")
    done = subprocess.run(
        ["node", str(HERE / "instantsearch.mjs"), address],
        cwd=ROOT / "web",
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def listed(api: httpx.Client, **query: Any) -> dict[str, Any]:
    """All matches of the plain list with their counts: without `q`, SQL answers it."""
    answer = api.get("practices", params={"facets": "true", "limit": 1000, **query})
    assert answer.status_code == 200, answer.text
    return answer.json()


def ids(found: dict[str, Any]) -> set[str]:
    return {one["id"] for one in found["items"]}


def test_a_text_with_a_typo_finds_what_the_plain_list_finds_in_the_same_order(api, told):
    expected = listed(api, q="helth newcomers", limit=10)
    assert told["text"]["ids"] == [one["id"] for one in expected["items"]]
    assert told["text"]["total"] == expected["total"] > 10


def test_what_matched_is_marked(told):
    assert "__ais-highlight__" in told["highlight"]


def test_two_refined_facets_are_counted_each_without_itself(api, told):
    areas = ["housing", "health"]
    expected = listed(api, country="IT", area=areas)
    assert set(told["facets"]["ids"]) == ids(expected)
    assert told["facets"]["total"] == expected["total"]
    assert told["facets"]["countries"] == listed(api, area=areas)["facets"]["country"]
    assert told["facets"]["areas"] == listed(api, country="IT")["facets"]["area"]


def test_a_range_of_numbers_holds_both_ends(api, told):
    expected = listed(api, year=[2015, 2016, 2017, 2018])
    assert set(told["range"]["ids"]) == ids(expected)
    assert (min(told["range"]["years"]), max(told["range"]["years"])) == (2015, 2018)


def test_numbered_pages_hold_everything_once_and_say_how_many_there_are(api, told):
    pages = told["numbered"]
    assert [len(page["ids"]) for page in pages] == [50, 50, 50, 42, 0]
    assert {page["pages"] for page in pages} == {4}
    assert {one for page in pages for one in page["ids"]} == ids(listed(api))


def test_pages_to_scroll_hold_everything_once(api, told):
    found = [one for page in told["scrolled"] for one in page["ids"]]
    assert len(found) == len(set(found)) == 192
    assert set(found) == ids(listed(api))


def test_a_sorted_index_is_sorted(api, told):
    years = [one["year"] for one in listed(api, sort="-year")["items"] if one["year"] is not None]
    assert [year for year in told["sorted"] if year is not None] == years
    assert told["sorted"][len(years) :] == [None] * (192 - len(years))


def test_a_box_on_the_map_holds_the_practices_of_its_regions(api, told):
    points = {
        one["id"]: one["geometry"]["coordinates"]
        for one in api.get("practices", params={"format": "geojson"}).json()["features"]
        if one["geometry"]
    }
    inside = {name for name, (lng, lat) in points.items() if 36 <= lat <= 45 and 6 <= lng <= 19}
    assert set(told["box"]["ids"]) == inside
    assert 10 < len(inside) < 192


def test_the_values_of_a_facet_are_searched(api, told):
    counted = listed(api)["facets"]["region"]["ES51"]
    assert ["Generalitat de Catalunya (Catalonia)", counted] in told["facetSearch"]


def test_no_value_becomes_an_operator(api, told):
    found = {label: answer["total"] for label, answer in told["escaped"].items()}
    counted = listed(api)["facets"]["region"]
    assert found.pop("Región de Murcia (Murcia)") == counted["ES62"]
    assert found.pop("Apulia (Puglia)") == counted["ITF4"]
    assert set(found.values()) == {0}


def test_two_indexes_answer_in_one_call(told):
    regions, practices = told["both"]
    assert (regions["index"], regions["first"]) == ("regions", "Catalonia")
    assert practices["first"] == ["Generalitat de Catalunya (Catalonia)"]


def test_a_filter_that_cannot_be_used_is_an_error_and_no_empty_answer(told):
    assert "not filterable" in told["refused"]
