"""Outcome statistics over HTTP."""

from __future__ import annotations

import csv
import io
from typing import Any

import httpx
import pytest

from services.indicators.outcomes.schemas import ObservationList, OutcomeIndicatorList
from tests.indicators.conftest import DATA

pytestmark = pytest.mark.anyio


async def observations(client: httpx.AsyncClient, **query: Any) -> dict[str, Any]:
    answer = await client.get("/outcomes/observations", params=query)
    assert answer.status_code == 200, answer.text
    ObservationList.model_validate_json(answer.content)
    return answer.json()


async def test_definitions_without_values_are_listed_too(client: httpx.AsyncClient):
    answer = await client.get("/outcomes/indicators")
    OutcomeIndicatorList.model_validate_json(answer.content)
    found = {one["code"]: one for one in answer.json()["items"]}
    assert len(found) >= 55
    assert not found["voter-turnout"]["has_values"]
    assert found["employment-gap"]["series"][0]["dataset"] == "lfst_r_lfe2emprc"


async def test_an_observation_can_be_cited(client: httpx.AsyncClient):
    (one,) = (await observations(client, indicator="employment-gap", region="vienna"))["items"]
    assert (one["value"], one["unit"], one["period"]) == (8.9, "percentage points", "2025")
    assert one["population_group"] == "NAT-FOR"
    assert one["derived"]
    assert "native-born minus" in one["note"]
    assert one["source"].startswith("Source: Eurostat")
    assert one["licence"]
    assert one["retrieved"]


async def test_a_region_finds_the_values_of_the_territories_that_describe_it(
    client: httpx.AsyncClient,
):
    for region, codes in (
        ("skane", {"SE22"}),
        ("lisbon", {"PT1A", "PT1B"}),
        ("DE3", {"DE30"}),
        ("BE21", {"BE21"}),
    ):
        page = await observations(client, indicator="employment-gap", region=region)
        assert {one["region"] for one in page["items"]} == codes


@pytest.mark.parametrize("path", ["observations", "gaps"])
@pytest.mark.parametrize(
    ("region", "expected"),
    [
        ("skane", [("SE224", "SE22", "larger")]),
        ("DE2", [("DE2", f"DE2{number}", "part") for number in range(1, 8)]),
        ("DE3", [("DE3", "DE30", "matches")]),
        ("AT", []),
    ],
)
async def test_how_the_territory_of_a_value_fits_the_region_is_said(
    client: httpx.AsyncClient, path: str, region: str, expected: list[tuple[str, str, str]]
):
    asked = {"indicator": "employment-rate-by-birth", "region": region, "limit": 1000}
    page = (await client.get(f"/outcomes/{path}", params=asked)).json()
    assert [tuple(one.values()) for one in page["territories"]] == expected


async def test_other_territories_are_found_by_their_code(client: httpx.AsyncClient):
    page = await observations(client, region="AT", indicator="activity-rate", period="2021")
    assert [(one["region_name"], one["value"], one["flag"]) for one in page["items"]] == [
        ("Austria", 68.2, "b")
    ]


async def test_a_value_that_is_too_unreliable_is_null_with_the_reason(client: httpx.AsyncClient):
    page = await observations(
        client, indicator="unemployment-rate-by-birth", region="AT34", period="2022", group="FOR"
    )
    (one,) = page["items"]
    assert (one["value"], one["flag"], one["reason"]) == (None, "u", "Too unreliable to publish.")
    assert page["flags"]["u"] == "low reliability"


async def test_all_pages_together_are_the_whole_and_nothing_twice(client: httpx.AsyncClient):
    query: dict[str, Any] = {"region": "ES51", "limit": 100}
    seen: list[tuple[str, str, str]] = []
    while True:
        page = await observations(client, **query)
        seen += [(one["series"], one["region"], one["period"]) for one in page["items"]]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    whole = await client.get("/outcomes/observations?region=ES51&format=csv")
    rows = list(csv.DictReader(io.StringIO(whole.text)))
    assert seen == [(one["series"], one["region"], one["period"]) for one in rows]
    assert len(set(seen)) == len(seen)


async def test_csv_holds_every_value_of_the_file(client: httpx.AsyncClient):
    answer = await client.get("/outcomes/observations?format=csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    with (DATA / "outcomes/observations.csv").open(encoding="utf-8", newline="") as file:
        expected = {
            (one["series"], one["geo"], one["period"]): (one["value"], one["flag"])
            for one in csv.DictReader(file)
        }
    assert len(rows) == len(expected)
    for one in rows:
        value, flag = expected[one["series"], one["region"], one["period"]]
        assert one["flag"] == flag
        assert (one["value"] == "") == (value == "")
        assert value == "" or float(one["value"]) == float(value)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("region=none", 404),
        ("group=NONE", 404),
        ("cursor=forged", 404),
        ("indicator=none", 422),
        ("period=2025-13", 422),
        ("period=25", 422),
        ("format=xml", 422),
        ("limit=0", 422),
        ("limit=1001", 422),
        ("colour=red", 422),
    ],
)
async def test_a_query_that_cannot_be_is_refused(
    client: httpx.AsyncClient, query: str, status: int
):
    answer = await client.get(f"/outcomes/observations?{query}")
    assert answer.status_code == status
    assert answer.json()["errors"]
