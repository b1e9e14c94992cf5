"""Map layers."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.indicators.layers import scales
from services.indicators.layers.schemas import LayerList, LayerValues

DEMONSTRATION = "score.demonstration."


async def layers(client: httpx.AsyncClient) -> dict[str, dict[str, Any]]:
    answer = await client.get("/map/layers")
    LayerList.model_validate_json(answer.content)
    return {one["id"]: one for one in answer.json()["items"]}


async def layer(client: httpx.AsyncClient, name: str, **query: str) -> dict[str, Any]:
    answer = await client.get(f"/map/layers/{name}", params=query)
    assert answer.status_code == 200, answer.text
    LayerValues.model_validate_json(answer.content)
    return answer.json()


def values(found: dict[str, Any]) -> dict[str, Any]:
    return {one["code"]: one for one in found["values"]}


@pytest.mark.anyio
async def test_the_map_begins_with_the_employment_gap(client: httpx.AsyncClient):
    assert next(iter(await layers(client))) == "outcome.employment-gap"


@pytest.mark.anyio
async def test_every_layer_that_is_listed_can_be_read_for_each_of_its_groups(
    client: httpx.AsyncClient,
):
    for name, one in (await layers(client)).items():
        for group in one["groups"]:
            found = await layer(client, name, group=group)
            assert found["group"] == group
            known = [each for each in found["values"] if each["value"] is not None]
            assert len(known) >= (15 if one["kind"] == "outcome" else 1)


@pytest.mark.anyio
async def test_an_outcome_layer_has_a_state_for_every_region(client: httpx.AsyncClient):
    found = await layer(client, "outcome.employment-gap")
    regions = (await client.get("/regions?limit=1000")).json()["items"]
    assert [one["code"] for one in found["values"]] == [one["code"] for one in regions]
    by_code = values(found)
    assert (by_code["AT13"]["value"], by_code["AT13"]["state"]) == (8.9, "ok")
    assert (by_code["SE224"]["value"], by_code["SE224"]["state"]) == (11.4, "larger")
    assert (by_code["DE2"]["value"], by_code["DE2"]["state"]) == (None, "parts")
    assert (by_code["MA-ORI"]["value"], by_code["MA-ORI"]["state"]) == (None, "missing")


@pytest.mark.anyio
async def test_counts_are_no_layer(client: httpx.AsyncClient):
    assert not {"outcome.population", "outcome.gdp-total"} & (await layers(client)).keys()


@pytest.mark.anyio
async def test_a_layer_says_source_licence_and_period(client: httpx.AsyncClient):
    found = await layer(client, "outcome.employment-gap")
    assert found["source"].startswith("Source: Eurostat (lfst_r_lfe2emprc)")
    assert found["licence"]
    assert found["period"] == "2025"
    assert found["scale"]["direction"] == "lower"


@pytest.mark.anyio
async def test_breaks_of_an_outcome_make_five_classes_of_like_size(client: httpx.AsyncClient):
    found = await layer(client, "outcome.employment-gap")
    breaks = found["scale"]["breaks"]
    known = [one["value"] for one in found["values"] if one["value"] is not None]
    classes = [sum(value >= one for one in breaks) for value in known]
    assert len(breaks) == 4
    assert all(classes.count(one) >= len(known) / 10 for one in range(5))


@pytest.mark.anyio
async def test_a_score_layer_shows_the_scores_of_the_edition(client: httpx.AsyncClient):
    for group in ("ALL", "TCN", "BIP"):
        found = await layer(client, DEMONSTRATION + "evaluation", group=group)
        rows = (
            await client.get(
                "/editions/demonstration/scores",
                params={"dimension": "evaluation", "group": group},
            )
        ).json()["items"]
        assert [(one["code"], one["value"], one["state"]) for one in found["values"]] == [
            (one["region"], one["score"], one["state"]) for one in rows
        ]
        assert found["scale"]["breaks"] == [20, 40, 60, 80]


@pytest.mark.anyio
async def test_synthetic_layers_say_so(client: httpx.AsyncClient):
    found = await layer(client, DEMONSTRATION + "overall")
    assert found["provenance"] == "demonstration"
    assert "synthetic" in found["notice"]
    assert {one["provenance"] for one in found["values"]} == {"demonstration"}


@pytest.mark.anyio
async def test_a_published_layer_shows_the_one_region_that_is_known(client: httpx.AsyncClient):
    found = await layer(client, "score.mipex-r-2021-published.policy-output")
    assert [(one["code"], one["value"]) for one in found["values"]] == [("ES51", 71)]


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/map/layers/none", 404),
        ("/map/layers/score.demonstration.none", 404),
        ("/map/layers/outcome.population", 404),
        ("/map/layers/outcome.employment-gap?group=FOR", 404),
        ("/map/layers/score.demonstration.overall?group=XXX", 404),
    ],
)
async def test_a_layer_or_group_that_does_not_exist_is_a_problem(
    client: httpx.AsyncClient, path: str, status: int
):
    assert (await client.get(path)).status_code == status


@given(st.lists(st.floats(-1e6, 1e6, allow_nan=False), min_size=1, max_size=300))
def test_breaks_rise_and_lie_inside_the_values(numbers: list[float]):
    breaks = scales.quantile_breaks(numbers)
    assert breaks == sorted(set(breaks))
    assert len(breaks) <= 4
    assert all(min(numbers) < one <= max(numbers) for one in breaks)
