"""GET /regions and /regions/{code}."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from services.indicators.regions.schemas import RegionList, RegionPanel

pytestmark = pytest.mark.anyio


async def items(client: httpx.AsyncClient, **query: Any) -> list[dict[str, Any]]:
    answer = await client.get("/regions", params=query)
    assert answer.status_code == 200, answer.text
    RegionList.model_validate_json(answer.content, strict=True)
    return answer.json()["items"]


async def panel(client: httpx.AsyncClient, code: str) -> dict[str, Any]:
    answer = await client.get(f"/regions/{code}")
    assert answer.status_code == 200, answer.text
    RegionPanel.model_validate_json(answer.content)
    return answer.json()


async def outcome(client: httpx.AsyncClient, code: str, indicator: str) -> dict[str, Any]:
    return next(
        one for one in (await panel(client, code))["outcomes"] if one["indicator"] == indicator
    )


async def test_mipex_r_has_25_regions(client: httpx.AsyncClient):
    assert len(await items(client, in_mipex_r="true")) == 25


async def test_the_regions_of_mipex_r_come_first(client: httpx.AsyncClient):
    first = await items(client, limit=26)
    assert [one["in_mipex_r"] for one in first] == [True] * 25 + [False]


@pytest.mark.parametrize(
    ("typed", "code"),
    [("Skane", "SE224"), ("skåne", "SE224"), ("SCANIA", "SE224"), ("Schonen", "SE224"),
     ("bolzano", "ITH1"), ("es51", "ES51"), ("Catalunya", "ES51")],
)  # fmt: skip
async def test_a_region_is_found_by_any_name_without_accents(
    client: httpx.AsyncClient, typed: str, code: str
):
    assert code in [one["code"] for one in await items(client, q=typed)]


async def test_filters_are_joined(client: httpx.AsyncClient):
    found = await items(client, country="SE", in_mipex_r="true", has_scores="true")
    assert [one["slug"] for one in found] == ["skane", "vastra-gotaland"]


async def test_several_countries_mean_any_of_them(client: httpx.AsyncClient):
    found = await items(client, country=["SE", "PT"], in_mipex_r="true")
    assert {one["country_code"] for one in found} == {"SE", "PT"}


async def test_has_scores_counts_every_kind_of_edition(client: httpx.AsyncClient):
    assert len(await items(client, has_scores="true")) == 25
    assert not (await items(client, q="BE21"))[0]["has_scores"]


async def test_all_pages_together_are_the_whole_list(client: httpx.AsyncClient):
    whole = [one["code"] for one in await items(client, limit=1000)]
    seen: list[str] = []
    cursor = None
    while True:
        query = {"limit": 90} | ({"cursor": cursor} if cursor else {})
        page = (await client.get("/regions", params=query)).json()
        seen += [one["code"] for one in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == whole


async def test_a_page_links_to_the_next_one_at_the_public_door(client: httpx.AsyncClient):
    answer = await client.get("/regions?limit=2&country=ES")
    assert answer.headers["link"].startswith("</api/v1/regions?limit=2&country=ES&cursor=")
    assert answer.headers["link"].endswith('>; rel="next"')


async def test_a_cursor_is_good_for_its_own_question_only(client: httpx.AsyncClient):
    cursor = (await client.get("/regions?limit=2")).json()["next"]
    answer = await client.get("/regions", params={"cursor": cursor, "country": "ES"})
    assert answer.status_code == 404


async def test_a_region_answers_to_its_slug_as_to_its_code(client: httpx.AsyncClient):
    assert await panel(client, "catalonia") == await panel(client, "ES51")


async def test_an_unknown_region_is_told_with_names_that_are_close(client: httpx.AsyncClient):
    answer = await client.get("/regions/cataluna")
    assert answer.status_code == 404
    assert "Catalonia (ES51)" in answer.json()["detail"]


async def test_catalonia_carries_its_published_policy_output(client: httpx.AsyncClient):
    published = (await panel(client, "ES51"))["mipex_r"]
    assert published["edition"] == "mipex-r-2021-published"
    assert published["overall"] is None
    (score,) = published["dimensions"]
    assert (score["dimension"], score["score"], score["provenance"]) == (
        "policy-output", 71, "published",
    )  # fmt: skip
    assert score["band"]["code"] == "slightly-favourable"
    assert score["rank"] is None
    assert score["coverage"] is None


async def test_a_region_without_published_scores_has_null_not_zero(client: httpx.AsyncClient):
    assert (await panel(client, "DE2"))["mipex_r"] is None


async def test_synthetic_scores_are_kept_apart_and_say_so(client: httpx.AsyncClient):
    shown = (await panel(client, "DE2"))["demonstration"]
    assert shown["provenance"] == "demonstration"
    assert "synthetic" in shown["notice"]
    assert {one["provenance"] for one in shown["dimensions"]} == {"demonstration"}


async def test_a_rate_of_skane_is_of_the_larger_territory(client: httpx.AsyncClient):
    gap = await outcome(client, "skane", "employment-gap")
    assert gap["value"] == 11.4
    assert gap["territorial_fit"]["kind"] == "larger"
    assert gap["territorial_fit"]["codes"] == ["SE22"]
    assert "more than Skåne" in gap["territorial_fit"]["note"]


async def test_the_urban_rural_type_of_skane_is_its_own(client: httpx.AsyncClient):
    kind = await outcome(client, "skane", "urban-rural-type")
    assert (kind["value"], kind["territorial_fit"]["kind"]) == (2, "matches")


async def test_the_population_of_bavaria_is_the_sum_of_its_districts(client: httpx.AsyncClient):
    population = await outcome(client, "DE2", "population")
    assert population["territorial_fit"]["kind"] == "summed"
    assert population["value"] == sum(part["value"] for part in population["parts"])
    assert len(population["parts"]) == 7


async def test_a_rate_of_bavaria_is_not_averaged_from_its_districts(client: httpx.AsyncClient):
    gap = await outcome(client, "DE2", "employment-gap")
    assert gap["value"] is None
    assert "not averaged" in gap["reason"]
    assert gap["territorial_fit"]["kind"] == "parts"
    assert {part["code"]: part["value"] for part in gap["parts"]}["DE21"] == 5.4


async def test_a_rate_published_for_bavaria_itself_is_shown(client: httpx.AsyncClient):
    poverty = await outcome(client, "DE2", "at-risk-of-poverty-or-social-exclusion")
    assert (poverty["value"], poverty["territorial_fit"]["kind"]) == (15.2, "matches")


async def test_lisbon_is_two_regions_in_the_newer_classification(client: httpx.AsyncClient):
    population = await outcome(client, "lisbon", "population")
    assert population["territorial_fit"] == {
        "kind": "summed", "codes": ["PT1A", "PT1B"], "note": "The sum of PT1A, PT1B.",
    }  # fmt: skip
    assert (await outcome(client, "lisbon", "employment-gap"))["value"] is None


async def test_values_side_by_side_come_from_one_source_and_year(client: httpx.AsyncClient):
    for code in ("ITH2", "PT20", "DE2", "PT17"):
        rates = [
            one
            for one in (await panel(client, code))["outcomes"]
            if one["indicator"] == "unemployment-rate-by-birth"
        ]
        assert len({(one["period"], one["age"], one["dataset"]) for one in rates}) == 1


async def test_every_outcome_has_a_value_with_its_source_or_a_reason(client: httpx.AsyncClient):
    for region in await items(client, in_mipex_r="true"):
        for one in (await panel(client, region["code"]))["outcomes"]:
            if one["value"] is None:
                assert one["reason"]
            else:
                needed = ("unit", "period", "source", "dataset", "licence", "retrieved")
                assert all(one[name] for name in needed)
                assert one["territorial_fit"]


async def test_nothing_known_of_competences_is_an_empty_list(client: httpx.AsyncClient):
    assert (await panel(client, "DE3"))["competences"] == []
    areas = {one["area"]: one["kind"] for one in (await panel(client, "ES51"))["competences"]}
    assert areas["language"] == "exclusive"
