"""Comparisons, what-if, gaps, peers, trends and frozen revisions over HTTP."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from services.indicators.domain import scenarios
from services.indicators.domain.editions import score_id
from services.indicators.domain.scoring import Scores
from services.indicators.editions.schemas import FrozenScores
from services.indicators.scenarios.schemas import (
    ComparisonOut,
    GapOut,
    PeerList,
    TrendList,
    WhatIfOut,
)

pytestmark = pytest.mark.anyio

DEMO = "/editions/demonstration"
QUOTED = "/editions/mipex-r-2021-published"


async def get(client: httpx.AsyncClient, path: str, **query: Any) -> Any:
    answer = await client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def overall(items: list[dict[str, Any]]) -> dict[str, Any]:
    return next(one for one in items if (one["dimension"], one["group"]) == ("overall", "ALL"))


# ------------------------------------------------------------------ compare


async def test_differences_are_split_into_effects_that_add_up(client: httpx.AsyncClient):
    answer = await client.get(f"{DEMO}/compare?regions=ES51,skane")
    ComparisonOut.model_validate_json(answer.content)
    whole = answer.json()
    assert [one["code"] for one in whole["regions"]] == ["ES51", "SE224"]
    (pair,) = whole["differences"]
    for side, change in zip(whole["dimensions"], pair["dimensions"], strict=True):
        first, second = (one["score"] for one in side["values"])
        if first is None or second is None:
            assert change["change"] is None
            continue
        parts = change["score_effect"] + change["coverage_effect"]
        assert change["change"] == second - first
        assert parts == pytest.approx(change["change"], abs=1e-9)
    total = sum(one["score_effect"] + one["coverage_effect"] for one in pair["effects"])
    assert total == pytest.approx(overall(pair["dimensions"])["change"], abs=1e-9)


async def test_the_first_region_is_what_the_others_differ_from(client: httpx.AsyncClient):
    whole = await get(client, f"{DEMO}/compare", regions="DE2,ES51,AT13,PT20,BE2")
    found = [(one["from_region"], one["to_region"]) for one in whole["differences"]]
    assert found == [("DE2", "ES51"), ("DE2", "AT13"), ("DE2", "PT20"), ("DE2", "BE2")]


# ------------------------------------------------------------------ what-if


async def ask(client: httpx.AsyncClient, *changes: dict[str, Any], region: str = "ES51") -> Any:
    return await client.post(f"{DEMO}/what-if", json={"region": region, "changes": list(changes)})


def a_change(core: Scores, region: str = "ES51") -> dict[str, str]:
    """The first scored answer of the region that is not the best, moved to the best option."""
    for one in core.answers.rows(region):
        best = core.methodology.indicator(one.indicator).options[0]
        if one.state == "scored" and one.option != best.code:
            return {
                "indicator": one.indicator,
                "group": one.group,
                "state": "scored",
                "option": best.code,
            }
    raise AssertionError("every answer is the best")


async def test_a_what_if_is_what_the_core_computes(client: httpx.AsyncClient, core: Scores):
    change = a_change(core)
    answer = await ask(client, change)
    WhatIfOut.model_validate_json(answer.content)
    whole = answer.json()
    expected = scenarios.what_if(core, "ES51", [change])
    for one in whole["dimensions"]:
        place = (one["axis"], one["dimension"], one["group"])
        assert one["before"]["score"] == core.one("ES51", *place).score
        assert one["after"]["score"] == expected.scores.one("ES51", *place).score
        assert one["after"]["rank"] == next(
            rank.rank for column, rank in expected.ranks.items() if column == place
        )
    now = overall(whole["dimensions"])
    assert now["change"] > 0
    effects = sum(one["score_effect"] + one["coverage_effect"] for one in whole["effects"])
    assert effects == pytest.approx(now["change"], abs=1e-9)
    made = whole["contributions"]
    total = sum(one["contribution"] for one in made["indicators"])
    assert total == pytest.approx(now["after"]["score"], abs=1e-9)


async def test_a_what_if_stores_nothing(client: httpx.AsyncClient, core: Scores):
    before = await get(client, f"{DEMO}/regions/ES51")
    assert (await ask(client, a_change(core))).headers["cache-control"] == "no-store"
    assert await get(client, f"{DEMO}/regions/ES51") == before


async def test_everything_wrong_with_a_what_if_is_said_at_once(client: httpx.AsyncClient):
    answer = await ask(
        client,
        {"indicator": "F01", "group": "TCN", "option": "zz"},
        {"indicator": "none", "group": "TCN", "state": "missing"},
        {"indicator": "F02", "group": "none", "state": "missing"},
        {"indicator": "F03", "group": "TCN", "state": "missing", "option": "a"},
        {"indicator": "F04", "group": "TCN", "option": "a"},
        {"indicator": "F04", "group": "TCN", "option": "b"},
        region="nowhere",
    )
    assert answer.status_code == 422
    assert [(one["code"], one["pointer"]) for one in answer.json()["errors"]] == [
        ("E_UNKNOWN_REGION", "/region"),
        ("E_UNKNOWN_OPTION", "/changes/0/option"),
        ("E_UNKNOWN_INDICATOR", "/changes/1/indicator"),
        ("E_GROUP_OUT_OF_SCOPE", "/changes/2/group"),
        ("E_OPTION_WITHOUT_SCORE", "/changes/3/option"),
        ("E_DUPLICATE_ANSWER", "/changes/5/indicator"),
    ]


# ------------------------------------------------------------------ gaps


async def test_a_plan_reaches_its_target_when_it_is_carried_out(client: httpx.AsyncClient):
    plan = await get(client, f"{DEMO}/regions/ES51/gaps", target=85)
    assert plan["gap"] == pytest.approx(85 - plan["score"])
    assert plan["reached"] >= 85
    assert plan["steps"][-1]["score"] == pytest.approx(plan["reached"])
    last = {(one["indicator"], one["group"]): one["to_option"]["code"] for one in plan["steps"]}
    changes = [{"indicator": i, "group": g, "option": o} for (i, g), o in last.items()]
    done = overall((await ask(client, *changes)).json()["dimensions"])
    assert done["after"]["score"] == pytest.approx(plan["reached"], abs=1e-9)


async def test_a_plan_leads_to_practices_in_its_areas(client: httpx.AsyncClient):
    plan = await get(client, f"{DEMO}/regions/ES51/gaps", target=100, dimension="housing")
    assert plan["areas"] == ["housing"]
    assert plan["suggestions_link"].endswith("/regions/ES51/suggestions?area=housing")


async def test_what_is_out_of_reach_is_said(client: httpx.AsyncClient, core: Scores):
    thin = next(
        region
        for region in core.regions
        if core.shares(region)[core.columns[0]].not_applicable == 0
        and core.one(region).score is not None
    )
    answer = await client.get(f"{DEMO}/regions/{thin}/gaps?target=100")
    GapOut.model_validate_json(answer.content)
    plan = answer.json()
    assert plan["attainable"] + plan["out_of_reach"] == pytest.approx(100)
    assert plan["reached"] == pytest.approx(plan["attainable"])


async def test_a_target_that_is_reached_needs_no_step(client: httpx.AsyncClient):
    plan = await get(client, f"{DEMO}/regions/ES51/gaps", target=0)
    assert (plan["gap"], plan["steps"], plan["suggestions_link"]) == (0, [], None)


# ------------------------------------------------------------------ peers


async def test_peers_are_ordered_by_distance_and_ranked_among_themselves(
    client: httpx.AsyncClient,
):
    answer = await client.get(f"{DEMO}/regions/ES51/peers?k=4")
    PeerList.model_validate_json(answer.content)
    whole = answer.json()
    distances = [one["distance"] for one in whole["items"]]
    assert len(distances) == 4
    assert distances == sorted(distances)
    assert "ES51" not in {one["region"]["code"] for one in whole["items"]}
    group = [whole, *whole["items"]]
    for one in group:
        better = sum(other["score"] > one["score"] for other in group)
        assert one["peer_rank"] == 1 + better


async def test_a_distance_is_over_the_variables_that_both_regions_have(client: httpx.AsyncClient):
    whole = await get(client, f"{DEMO}/regions/ES51/peers", k=50)
    for peer in whole["items"]:
        sides = zip(whole["context"], peer["context"], strict=True)
        shared = [one for one in sides if None not in (one[0]["value"], one[1]["value"])]
        assert len(shared) == peer["variables"] >= len(whole["variables"]) / 2


async def test_fewer_peers_than_asked_for_come_with_the_reason(client: httpx.AsyncClient):
    whole = await get(client, f"{DEMO}/regions/ES51/peers", k=50)
    assert len(whole["items"]) < 24
    assert "half of the variables" in whole["reason"]


async def test_a_set_of_ones_own_has_ranks_of_its_own(client: httpx.AsyncClient):
    query = {"region": ["SE224", "puglia", "ES51", "SE224"]}
    whole = (await client.get(f"{DEMO}/regions/ES51/peers", params=query)).json()
    PeerList.model_validate(whole)
    assert [one["region"]["code"] for one in whole["items"]] == ["SE224", "ITF4"]
    assert sorted(one["peer_rank"] for one in [whole, *whole["items"]]) == [1, 2, 3]
    assert whole["reason"] is None
    wrong = await client.get(f"{DEMO}/regions/ES51/peers?region=SE224&region=atlantis")
    assert wrong.status_code == 404
    assert wrong.json()["errors"][0]["value"] == "atlantis"


# ------------------------------------------------------------------ trends


async def test_an_edition_has_not_changed_since_itself(client: httpx.AsyncClient, core: Scores):
    query = {"with": "demonstration", "dimension": "overall", "group": "ALL"}
    answer = await client.get(f"{DEMO}/trends", params=query)
    TrendList.model_validate_json(answer.content)
    whole = answer.json()
    assert whole["basket"]["changed"] is False
    assert len(whole["basket"]["indicators"]) == 61
    assert len(whole["items"]) == 25
    for one in whole["items"]:
        assert one["before"] == one["after"] == one["full_after"] == core.one(one["region"]).score
        if one["before"] is not None:
            assert (one["change"], one["direction"], one["flag"]) == (0, "none", "")


# ------------------------------------------------------------------ what is cited


async def test_a_revision_may_be_kept_for_ever_and_holds_the_scores(client: httpx.AsyncClient):
    answer = await client.get(f"{DEMO}/revisions/1/scores")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    FrozenScores.model_validate_json(answer.content)
    frozen = answer.json()
    now = await get(client, f"{DEMO}/scores")
    assert (frozen["score_id"], frozen["answers_hash"]) == (now["score_id"], now["answers_hash"])
    for one, row in zip(frozen["items"], now["items"], strict=True):
        band = row["band"]["code"] if row["band"] else None
        assert one == {name: row[name] for name in one} | {"band": band}


async def test_a_score_id_is_that_of_the_core(client: httpx.AsyncClient, core: Scores):
    expected = score_id(core.answers, core.methodology)
    assert (await get(client, f"{DEMO}/scores", region="ES51"))["score_id"] == expected
    assert (await get(client, f"{DEMO}/regions/ES51"))["score_id"] == expected
    assert (await get(client, f"{QUOTED}/scores"))["score_id"] is None


async def test_published_scores_are_frozen_too(client: httpx.AsyncClient):
    frozen = await get(client, f"{QUOTED}/revisions/1/scores")
    assert [one["score"] for one in frozen["items"]] == [71, 63, 81]
    assert frozen["score_id"] is None


# ------------------------------------------------------------------ what cannot be had


@pytest.mark.parametrize(
    "path",
    [
        f"{QUOTED}/compare?regions=ES51,SE224",
        f"{QUOTED}/robustness",
        f"{QUOTED}/robustness/sensitivity",
        f"{QUOTED}/regions/ES51/gaps?target=80",
        f"{QUOTED}/trends?with=demonstration",
        f"{DEMO}/trends?with=mipex-r-2021-published",
    ],
)
async def test_an_edition_without_answers_says_why(client: httpx.AsyncClient, path: str):
    answer = await client.get(path)
    assert answer.status_code == 409
    assert "answers behind them are not public" in answer.json()["detail"]
    assert answer.json()["errors"][0]["code"] == "E_NO_ANSWERS"


async def test_no_what_if_without_answers(client: httpx.AsyncClient, core: Scores):
    asked = {"region": "ES51", "changes": [a_change(core)]}
    answer = await client.post(f"{QUOTED}/what-if", json=asked)
    assert answer.status_code == 409


@pytest.mark.parametrize(
    ("path", "status", "named"),
    [
        ("/editions/none/robustness", 404, "demonstration"),
        (f"{DEMO}/compare?regions=ES51", 422, "two to five"),
        (f"{DEMO}/compare?regions=ES51,,", 422, "Regions named: 1"),
        (f"{DEMO}/compare?regions=ES51,%3Cb%3E", 404, "/query/regions"),
        (f"{DEMO}/compare?regions=ES51,none", 404, "none"),
        (f"{DEMO}/compare?regions=ES51,FR10", 404, "FR10"),
        (f"{DEMO}/compare?regions=ES51,catalonia", 422, "ES51 is named twice"),
        (f"{DEMO}/compare?regions=A,B,C,D,E,F", 422, "Regions named: 6"),
        (f"{DEMO}/regions/FR10/gaps?target=50", 404, "AT13"),
        (f"{DEMO}/regions/none/peers", 404, "none"),
        (f"{DEMO}/regions/ES51/gaps", 422, "target"),
        (f"{DEMO}/regions/ES51/gaps?target=101", 422, "100"),
        (f"{DEMO}/regions/ES51/gaps?target=NaN", 422, "target"),
        (f"{DEMO}/regions/ES51/gaps?target=50&dimension=none", 422, "overall"),
        (f"{DEMO}/regions/ES51/gaps?target=50&group=none", 422, "BIP"),
        (f"{DEMO}/regions/ES51/gaps?target=50&dimension=TCN&group=BIP", 404, "TCN"),
        (f"{DEMO}/trends?with=none", 404, "demonstration"),
        (f"{DEMO}/trends?with=demonstration&region=none", 404, "none"),
        (f"{DEMO}/trends?with=demonstration&dimension=none", 422, "overall"),
        (f"{DEMO}/revisions/2/scores", 404, "1"),
        (f"{DEMO}/revisions/0/scores", 422, "1"),
    ],
)
async def test_what_cannot_be_had_is_named(
    client: httpx.AsyncClient, path: str, status: int, named: str
):
    answer = await client.get(path)
    assert answer.status_code == status, json.dumps(answer.json(), indent=1)[:500]
    assert named in answer.text
