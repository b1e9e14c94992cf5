"""How sure ranks are, over HTTP: rank bands, of one dimension or of all, and sensitivities."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest

from services.indicators.domain import robustness, scoring, sensitivity
from services.indicators.domain.scoring import Scores
from services.indicators.domain.spec import Spec
from services.indicators.published import sheets
from services.indicators.published.holdings import Holdings
from services.indicators.scenarios.robustness import Asked, every_band
from services.indicators.scenarios.schemas_robustness import (
    DimensionBandsOut,
    RobustnessOut,
    SensitivityOut,
)
from services.indicators.settings import IndicatorsSettings
from shared.db import Database

pytestmark = pytest.mark.anyio

DEMO = "/editions/demonstration"


async def test_rank_bands_are_those_of_the_core(client: httpx.AsyncClient, core: Scores):
    query = {"n": 1500, "seed": 7, "weights": "0.3", "k": [2, 10]}
    answer = await client.get(f"{DEMO}/robustness", params=query)
    RobustnessOut.model_validate_json(answer.content)
    whole = answer.json()
    data = {"n": 1500, "seed": 7, "weights": {"kind": "uniform", "indicator": "0.3"}}
    spec = Spec.parse(data, core.methodology)
    expected = robustness.rank_bands(core.methodology, core.answers, spec)
    assert whole["k"] == [2, 10]
    for row, (one, band) in enumerate(zip(whole["items"], expected.bands(), strict=True)):
        found = (one["region"], one["rank"], one["q05"], one["median"], one["q95"], one["unranked"])
        assert found == tuple(band)
        assert [part["share"] for part in one["within"]] == [
            expected.within(2)[row],
            expected.within(10)[row],
        ]


async def test_the_same_specification_gives_the_same_bytes(client: httpx.AsyncClient):
    query = "n=1000&seed=3&answers=0.05&weights=dirichlet"
    first = await client.get(f"{DEMO}/robustness?{query}")
    again = await client.get(f"{DEMO}/robustness?weights=dirichlet&answers=0.05&seed=3&n=1000")
    other = await client.get(f"{DEMO}/robustness?{query.replace('seed=3', 'seed=4')}")
    assert first.content == again.content
    assert first.json()["spec"] | {"seed": 4} == other.json()["spec"]
    assert first.json()["score_id"] != other.json()["score_id"]


async def test_sensitivities_are_those_of_the_core(client: httpx.AsyncClient, core: Scores):
    query = "n=128&seed=5&weights=0.25&not_competent=exclude&not_competent=zero"
    answer = await client.get(f"{DEMO}/robustness/sensitivity?{query}")
    SensitivityOut.model_validate_json(answer.content)
    data = {
        "n": 128,
        "seed": 5,
        "weights": {"kind": "uniform", "indicator": "0.25"},
        "not_competent": ["exclude", "zero"],
    }
    spec = Spec.parse(data, core.methodology, 64, 2000)
    expected = sensitivity.sobol(core.methodology, core.answers, spec)
    assert [tuple(one.values()) for one in answer.json()["indices"]] == [*map(tuple, expected)]
    assert len(answer.json()["dropped"]) == 61


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("n=999", "1000"),
        ("n=100001", "100000"),
        ("n=100000&answers=0.1", "49180"),
        ("weights=0", "E_NO_EFFECT"),
        ("weights=2", "weights"),
        ("answers=NaN", "answers"),
        ("aggregation=area_mean", "E_MC_SPEC"),
        ("aggregation=median", "geometric"),
        ("drop=none", "E_MC_SPEC"),
        ("seed=-1", "seed"),
        ("k=0", "/query/k"),
    ],
)
async def test_a_simulation_that_cannot_be_run_is_refused_with_the_limit(
    client: httpx.AsyncClient, query: str, named: str
):
    answer = await client.get(f"{DEMO}/robustness?{query}")
    assert answer.status_code == 422
    assert named in answer.text


# ------------------------------------------------------------------ every dimension at once


ALL_OF_THEM = f"{DEMO}/robustness/dimensions"
SPEC = "n=1000&seed=7&weights=dirichlet&k=2"


async def test_in_every_dimension_the_bands_are_those_of_the_dimension_alone(
    client: httpx.AsyncClient, core: Scores
):
    answer = await client.get(f"{ALL_OF_THEM}?{SPEC}")
    DimensionBandsOut.model_validate_json(answer.content)
    found = {one["dimension"]: one for one in answer.json()["items"]}
    assert list(found) == [one.dimension for one in core.columns if one.group == "ALL"]
    for dimension in ("overall", "actions", "evaluation", "health", "TCN"):
        alone = await client.get(f"{DEMO}/robustness?{SPEC}&dimension={dimension}")
        own = {name: alone.json()[name] for name in found[dimension] if name != "reason"}
        assert found[dimension] == own | {"reason": None}


async def test_the_answer_is_cut_to_axes_groups_and_regions(client: httpx.AsyncClient):
    whole = (await client.get(f"{ALL_OF_THEM}?{SPEC}&group=BIP")).json()
    assert {one["group"] for one in whole["items"]} == {"BIP"}
    asked = f"{ALL_OF_THEM}?{SPEC}&group=BIP&axis=phase&region=catalonia&region=SE224"
    part = (await client.get(asked)).json()
    assert part["items"] == [
        one | {"items": [each for each in one["items"] if each["region"] in ("ES51", "SE224")]}
        for one in whole["items"]
        if one["axis"] == "phase"
    ]
    assert [len(one["items"]) for one in part["items"]] == [2] * 4


async def test_a_part_has_a_tag_of_its_own_and_is_not_sent_twice(client: httpx.AsyncClient):
    path = f"{ALL_OF_THEM}?{SPEC}&axis=element&region="
    one, other = await client.get(f"{path}ES51"), await client.get(f"{path}SE224")
    assert one.headers["etag"] != other.headers["etag"]
    again = await client.get(f"{path}ES51", headers={"if-none-match": one.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_dimension_that_cannot_be_simulated_says_why(prepared: IndicatorsSettings, core: Scores):
    """Where four questions are the least, the areas with three have no score anywhere."""
    database = Database(prepared.database)
    holdings = database.run(database.reader, Holdings.read)
    edition = holdings.edition("demonstration")
    sheet = database.run(database.reader, sheets.read, edition, holdings)
    database.close()
    four = replace(core.methodology.thresholds, n_min=4)
    scores = scoring.score(replace(core.methodology, thresholds=four), core.answers)
    asked = Asked(n=1000, seed=1, weights="0.25")
    found = every_band(replace(sheet, scores=scores), holdings, asked, ["area"])
    reasons = {one.dimension: one.reason for one in found.items}
    assert reasons["antidiscrimination"] is None
    assert reasons["health"] == "replicate 0 leaves no region with a score"
    assert [len(one.items) for one in found.items] == [25, *[0] * 7]


@pytest.mark.parametrize(
    ("query", "status", "named"),
    [
        ("region=none", 404, "/query/region"),
        ("region=ES51&region=FR10", 404, "/query/region"),
        ("axis=none", 422, "phase"),
        ("group=none", 422, "BIP"),
        ("axis=group&group=TCN", 404, "group=ALL"),
        ("dimension=overall", 422, "dimension"),
        ("weights=0", 422, "E_NO_EFFECT"),
        ("n=100000&answers=0.1", 422, "n from 1000"),
    ],
)
async def test_what_cannot_be_had_of_all_dimensions_is_named(
    client: httpx.AsyncClient, query: str, status: int, named: str
):
    answer = await client.get(f"{ALL_OF_THEM}?{query}")
    assert answer.status_code == status, answer.text
    assert named in answer.text


async def test_an_edition_without_answers_has_no_bands(client: httpx.AsyncClient):
    answer = await client.get("/editions/mipex-r-2021-published/robustness/dimensions")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (409, "E_NO_ANSWERS")
