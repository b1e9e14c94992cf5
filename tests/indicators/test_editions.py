"""Methodologies, editions, scores and profiles over HTTP."""

from __future__ import annotations

import csv
import io
import json
import re
import time
from typing import Any

import httpx
import pytest
from openpyxl import load_workbook

from services.indicators.domain import ranking
from services.indicators.domain.scoring import Scores
from services.indicators.editions.schemas import (
    EditionList,
    MethodologyList,
    MethodologyOut,
    Profile,
    ScoreCube,
    ScoreList,
)
from services.indicators.published import exports
from tests.indicators.conftest import DATA

pytestmark = pytest.mark.anyio

PUBLISHED = "/editions/mipex-r-2021-published"


async def get(client: httpx.AsyncClient, path: str, **query: Any) -> Any:
    answer = await client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def scores(client: httpx.AsyncClient, edition: str, **query: Any) -> list[dict[str, Any]]:
    answer = await client.get(f"/editions/{edition}/scores", params=query)
    assert answer.status_code == 200, answer.text
    ScoreList.model_validate_json(answer.content)
    return answer.json()["items"]


async def test_the_published_edition_has_exactly_three_scores(client: httpx.AsyncClient):
    rows = await scores(client, "mipex-r-2021-published")
    assert {(one["region"], one["dimension"], one["score"]) for one in rows} == {
        ("ES51", "policy-output", 71),
        ("SE224", "implementation", 81),
        ("ITF4", "evaluation", 63),
    }
    assert {one["provenance"] for one in rows} == {"published"}
    unknown = ("rank", "coverage", "percentile", "n_scored", "n_eligible", "share_not_competent")
    assert {one[name] for one in rows for name in unknown} == {None}
    assert all("REGIN final report" in one["source"] for one in rows)


@pytest.mark.parametrize(
    "path",
    [
        f"{PUBLISHED}/scores",
        f"{PUBLISHED}/scores?format=json-stat",
        f"{PUBLISHED}/scores?format=csv",
        f"{PUBLISHED}/regions/ES51",
        f"{PUBLISHED}/revisions/1/scores",
        "/map/layers/score.mipex-r-2021-published.policy-output",
    ],
)
async def test_a_published_score_has_the_decimals_of_its_source(
    client: httpx.AsyncClient, path: str
):
    text = (await client.get(path)).text
    assert re.search(r"[:,\[]71[,}\]]", text)
    assert "71.0" not in text


async def test_the_api_gives_the_numbers_of_the_core(client: httpx.AsyncClient, core: Scores):
    rows = await scores(client, "demonstration")
    assert len(rows) == 25 * len(core.columns)
    for row in rows:
        expected = core.one(row["region"], row["axis"], row["dimension"], row["group"])
        assert row["score"] == expected.score
        assert row["coverage"] == expected.coverage
        assert row["state"] == expected.state


async def test_ranks_are_those_of_the_core(client: httpx.AsyncClient, core: Scores):
    rows = await scores(client, "demonstration", dimension="overall", group="ALL")
    expected = ranking.ranks(core.vector())
    for place, row in enumerate(rows):
        rank = expected.at(place)
        assert (row["rank"], row["n_ranked"], row["tie_size"], row["percentile"]) == rank
    assert {row["percentile"] for row in rows} >= {0, 1}


async def test_beside_the_coverage_stands_what_was_not_due(client: httpx.AsyncClient, core: Scores):
    rows = await scores(client, "demonstration", axis="phase", group="TCN")
    for row in rows:
        states = [
            one.state
            for one in core.answers.rows(row["region"])
            if one.group == "TCN"
            and row["dimension"] in core.methodology.indicator(one.indicator).tags["phase"]
        ]
        count = len(states)
        assert row["share_not_applicable"] == states.count("not_applicable") / count
        assert row["share_not_competent"] == states.count("not_competent") / count
        assert row["n_scored"] == states.count("scored")
        assert row["n_eligible"] == states.count("scored") + states.count("missing")
    for share in ("share_not_applicable", "share_not_competent"):
        assert any(row[share] for row in rows)


async def test_a_band_is_that_of_the_displayed_whole_points(client: httpx.AsyncClient):
    for row in await scores(client, "demonstration", group="ALL"):
        if row["score"] is None:
            assert row["band"] is None
        elif row["score"] >= 79.5:
            assert row["band"]["code"] == "favourable"


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ({"region": ["ES51", "skane"]}, {"region": {"ES51", "SE224"}}),
        ({"axis": "element"}, {"axis": {"element"}}),
        ({"dimension": ["health", "housing"]}, {"dimension": {"health", "housing"}}),
        ({"group": "TCN"}, {"group": {"TCN"}}),
        ({"country": "AT"}, {"region": {"AT13", "AT33", "AT34"}}),
        ({"country": "AT", "region": "tyrol"}, {"region": {"AT33"}}),
    ],
)
async def test_a_filter_leaves_what_it_names(
    client: httpx.AsyncClient, query: dict[str, Any], wanted: dict[str, set[str]]
):
    rows = await scores(client, "demonstration", **query)
    assert rows
    for name, values in wanted.items():
        assert {row[name] for row in rows} == values


async def test_a_country_without_regions_in_the_edition_gives_none(client: httpx.AsyncClient):
    assert await scores(client, "demonstration", country="FR") == []


async def test_scores_in_pages_are_the_whole(client: httpx.AsyncClient):
    whole = await scores(client, "demonstration")
    seen: list[dict[str, Any]] = []
    query: dict[str, Any] = {"limit": 500}
    while True:
        page = await get(client, "/editions/demonstration/scores", **query)
        seen += page["items"]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert seen == whole


async def test_csv_holds_the_same_numbers_with_licence_and_notice(client: httpx.AsyncClient):
    answer = await client.get("/editions/demonstration/scores?format=csv&dimension=overall")
    assert answer.headers["content-type"].startswith("text/csv")
    assert "demonstration-r1-scores.csv" in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    shown = await scores(client, "demonstration", dimension="overall")
    assert [float(one["score"]) for one in rows] == [one["score"] for one in shown]
    assert {one["licence"] for one in rows} == {"CC0-1.0"}
    assert all("synthetic" in one["notice"] for one in rows)


async def test_accept_chooses_the_format_when_nothing_else_does(client: httpx.AsyncClient):
    path = "/editions/mipex-r-2021-published/scores"
    answer = await client.get(path, headers={"accept": "text/csv"})
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["vary"] == "Accept"
    answer = await client.get(path, headers={"accept": f"{exports.XLSX};q=0.9, */*;q=0.1"})
    assert answer.headers["content-type"] == exports.XLSX
    assert load_workbook(io.BytesIO(answer.content)).sheetnames == ["scores"]
    answer = await client.get(f"{path}?format=json", headers={"accept": "text/csv"})
    assert answer.headers["content-type"] == "application/json"


async def test_a_workbook_holds_the_same_cells_as_the_csv(client: httpx.AsyncClient):
    path = "/editions/demonstration/scores?dimension=overall&format="
    answer = await client.get(path + "xlsx")
    sheet = load_workbook(io.BytesIO(answer.content), read_only=True).worksheets[0]
    cells = [list(row) for row in sheet.iter_rows(values_only=True)]
    rows = list(csv.reader(io.StringIO((await client.get(path + "csv")).text)))
    assert cells[0] == rows[0]
    place = rows[0].index("score")
    # A workbook keeps 16 digits.
    expected = [float(row[place]) for row in rows[1:]]
    assert [row[place] for row in cells[1:]] == pytest.approx(expected, rel=1e-15)


def test_equal_workbooks_have_equal_bytes():
    rows = [["=1+1", 1.5, None]]
    first = exports.workbook("x", ["a", "b", "c"], rows)
    time.sleep(1.1)  # a workbook notes the second of its making
    assert exports.workbook("x", ["a", "b", "c"], rows).content == first.content
    cells = load_workbook(io.BytesIO(first.content)).worksheets[0]
    assert cells["A2"].value == "'=1+1"


async def test_the_cube_holds_every_score_in_its_place(client: httpx.AsyncClient):
    answer = await client.get("/editions/demonstration/scores?format=json-stat&axis=phase")
    ScoreCube.model_validate_json(answer.content)
    cube = answer.json()
    assert (cube["class"], cube["version"]) == ("dataset", "2.0")
    assert len(cube["value"]) == cube["size"][0] * cube["size"][1] * cube["size"][2]
    index = [cube["dimension"][name]["category"]["index"] for name in cube["id"]]
    for row in await scores(client, "demonstration", axis="phase"):
        at = [places.index(row[name]) for places, name in zip(index, cube["id"], strict=True)]
        cell = (at[0] * cube["size"][1] + at[1]) * cube["size"][2] + at[2]
        assert cube["value"][cell] == row["score"]
    assert "synthetic" in cube["note"][0]


async def test_contributions_add_up_to_the_overall_score(client: httpx.AsyncClient):
    for code in ("ES51", "SE224", "PT20"):
        answer = await client.get(f"/editions/demonstration/regions/{code}")
        Profile.model_validate_json(answer.content)
        made = answer.json()["contributions"]
        overall = made["overall"]
        parts = made["indicators"]
        assert sum(one["contribution"] for one in parts) == pytest.approx(overall, abs=1e-9)
        assert sum(one["weight"] for one in parts) == pytest.approx(1)
        assert sum(one["gap"] for one in parts) == pytest.approx(100 - overall, abs=1e-9)
        assert round(sum(one["shown"] for one in parts), 1) == pytest.approx(overall, abs=0.051)
        for axis in made["subtotals"]:
            total = sum(one["contribution"] for one in axis["parts"])
            assert total == pytest.approx(overall, abs=1e-9)


async def test_a_profile_shows_every_answer_with_its_words(client: httpx.AsyncClient):
    whole = await get(client, "/editions/demonstration/regions/catalonia")
    assert whole["region"]["code"] == "ES51"
    assert len(whole["answers"]) == 61 * 2
    for one in whole["answers"]:
        assert (one["text"] is None) == (one["state"] != "scored")
        assert one["provenance"] == "demonstration"
    assert "synthetic" in whole["notice"]


async def test_a_published_profile_claims_nothing_behind_its_score(client: httpx.AsyncClient):
    whole = await get(client, "/editions/mipex-r-2021-published/regions/ITF4")
    assert whole["contributions"] is None
    assert whole["answers"] == []
    assert [one["score"] for one in whole["scores"]] == [63]


async def test_a_region_outside_an_edition_is_told_who_is_in_it(client: httpx.AsyncClient):
    answer = await client.get("/editions/mipex-r-2021-published/regions/DE2")
    assert answer.status_code == 404
    assert "ES51, ITF4, SE224" in answer.json()["detail"]


async def test_editions_say_what_they_are(client: httpx.AsyncClient):
    answer = await client.get("/editions")
    EditionList.model_validate_json(answer.content)
    found = {one["id"]: one for one in answer.json()["items"]}
    assert found["demonstration"]["kind"] == "demonstration"
    assert len(found["demonstration"]["regions"]) == 25
    published = found["mipex-r-2021-published"]
    assert (published["kind"], published["methodology"]) == ("published", None)
    assert await get(client, "/editions/demonstration") == found["demonstration"]


async def test_the_hash_of_an_edition_is_that_of_its_answers(
    client: httpx.AsyncClient, core: Scores
):
    assert (await get(client, "/editions/demonstration"))["answers_hash"] == core.answers.hash


async def test_the_methodology_is_served_as_it_stands_in_its_file(client: httpx.AsyncClient):
    answer = await client.get("/methodologies/open-instrument-1")
    MethodologyOut.model_validate_json(answer.content)
    whole = answer.json()
    file = json.loads((DATA / "open-instrument-1.json").read_text(encoding="utf-8"))
    assert {name: whole[name] for name in file} == file
    assert "not MIPEX-R's questionnaire" in whole["notice"]
    listed = await client.get("/methodologies")
    MethodologyList.model_validate_json(listed.content)
    assert listed.json()["items"][0]["hash"] == whole["hash"]


@pytest.mark.parametrize(
    ("path", "status", "named"),
    [
        ("/editions/none", 404, "demonstration"),
        ("/editions/none/scores", 404, "demonstration"),
        ("/editions/none/regions/ES51", 404, "demonstration"),
        ("/editions/demonstration/regions/none", 404, "none"),
        ("/methodologies/none", 404, "open-instrument-1"),
        ("/methodologies/open-instrument-1?version=9", 404, "1.0.0"),
        ("/editions/demonstration/scores?region=none", 404, "none"),
        ("/editions/demonstration/scores?axis=none", 422, "element"),
        ("/editions/demonstration/scores?dimension=none", 422, "policy-output"),
        ("/editions/demonstration/scores?group=none", 422, "BIP"),
        ("/editions/demonstration/scores?country=ZZ", 404, "AT"),
        ("/editions/demonstration/scores?format=xml", 422, "csv"),
    ],
)
async def test_what_does_not_exist_is_named_with_what_does(
    client: httpx.AsyncClient, path: str, status: int, named: str
):
    answer = await client.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert named in answer.text
