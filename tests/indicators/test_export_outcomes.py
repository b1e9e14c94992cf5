"""Outcome values over the API: each format says the same, gaps need both values."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from pathlib import Path

import httpx
import pytest

from services.indicators.app import prepare
from services.indicators.outcomes import jsonstat
from services.indicators.outcomes.imports import Report
from services.indicators.settings import IndicatorsSettings
from shared import strict
from shared.db import Database
from tests.examples import INTERNAL_KEY
from tests.indicators.conftest import DATA, a_client
from tests.indicators.eurostat_files import (
    INDICATOR,
    LINES,
    bring,
    cube_file,
    file,
)


@pytest.fixture
async def two(tmp_path: Path, folder: Path) -> list[IndicatorsSettings]:
    """Two services with the same first data."""
    found = [
        IndicatorsSettings(data_dir=tmp_path / name, internal_key=INTERNAL_KEY, first_data=folder)
        for name in ("one", "other")
    ]
    for settings in found:
        settings.data_dir.mkdir()
        prepare(settings, lambda _: None)
    return found


def into(settings: IndicatorsSettings, content: bytes) -> Report:
    database = Database(settings.database)
    try:
        return bring(database, content)
    finally:
        database.close()


async def exported(settings: IndicatorsSettings, form: str, query: str = "") -> httpx.Response:
    async with a_client(settings) as client:
        path = f"/outcomes/observations?format={form}&indicator={INDICATOR}{query}"
        answer = await client.get(path)
        assert answer.status_code == 200, answer.text
        return answer


@pytest.mark.anyio
@pytest.mark.parametrize("form", ["json-stat", "sdmx-csv"])
@pytest.mark.parametrize("content", [file(*LINES), cube_file()], ids=["csv", "cube"])
async def test_what_is_exported_and_imported_elsewhere_is_exported_the_same(
    two: list[IndicatorsSettings], form: str, content: bytes
):
    one, other = two
    into(one, content)
    first = await exported(one, form)
    assert {each.action for each in into(one, first.content).outcomes} == {"unchanged"}
    into(other, first.content)
    assert (await exported(other, form)).content == first.content


@pytest.mark.anyio
async def test_each_format_has_the_values_and_flags_of_the_first_data(client: httpx.AsyncClient):
    with (DATA / "outcomes/observations.csv").open(encoding="utf-8", newline="") as given:
        expected = {
            (one["series"], one["geo"], one["period"]): (
                float(one["value"]) if one["value"] else None,
                one["flag"],
            )
            for one in csv.DictReader(given)
        }
    answer = await client.get("/outcomes/observations?format=json-stat")
    found = jsonstat.decode(strict.loads(answer.content))
    assert {found.place(index): tuple(cell) for index, cell in found.cells.items()} == expected
    answer = await client.get("/outcomes/observations?format=sdmx-csv")
    assert answer.headers["content-type"].startswith("application/vnd.sdmx.data+csv")
    rows = csv.DictReader(io.StringIO(answer.text))
    assert {
        (one["series"], one["geo"], one["TIME_PERIOD"]): (
            float(one["OBS_VALUE"]) if one["OBS_VALUE"] else None,
            one["OBS_FLAG"],
        )
        for one in rows
    } == expected


@pytest.mark.anyio
async def test_confidentiality_and_old_flags_are_told_in_json(two: list[IndicatorsSettings]):
    into(two[0], file(*LINES))
    items = {
        one["region"]: one
        for one in (await exported(two[0], "json", "&period=2024")).json()["items"]
        if one["population_group"] == "NEU27_2020_FOR"
    }
    assert (items["AT11"]["confidentiality"], items["AT11"]["value"]) == ("C", None)
    assert items["AT11"]["reason"] == "Confidential: the source does not publish it."
    assert (items["AT13"]["flag"], items["AT13"]["flag_original"]) == ("i", "s")
    assert items["AT13"]["updated"] == "2025-04-24T23:00:00"
    assert items["ES51"]["warning"].startswith("Low reliability")


@pytest.mark.anyio
@pytest.mark.parametrize("query", ["", "&period=1900"])
async def test_a_data_package_describes_the_files_in_it(two: list[IndicatorsSettings], query: str):
    into(two[0], file(*LINES))
    answer = await exported(two[0], "datapackage", query)
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    described = json.loads(archive.read("datapackage.json"))
    tables = {one["name"]: one for one in described["resources"]}
    rows: dict[str, list[dict[str, str]]] = {}
    for name, one in tables.items():
        content = archive.read(one["path"])
        assert one["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
        assert one["bytes"] == len(content)
        reader = csv.DictReader(io.StringIO(content.decode()))
        rows[name] = list(reader)
        assert reader.fieldnames == [field["name"] for field in one["schema"]["fields"]]
        keys = [tuple(row[key] for key in one["schema"]["primaryKey"]) for row in rows[name]]
        assert len(set(keys)) == len(keys)
    for name, one in tables.items():
        for key in one["schema"].get("foreignKeys", []):
            table, column = key["reference"]["resource"], key["reference"]["fields"]
            known = {row[column] for row in rows[table]}
            assert {row[key["fields"]] for row in rows[name]} <= known
    assert len(rows["observations"]) == (0 if query else 7)
    assert (await exported(two[0], "csv", query)).content == archive.read("observations.csv")
    assert bool(described["licenses"] and described["sources"]) == (not query)


@pytest.mark.anyio
@pytest.mark.parametrize("form", ["json-stat", "sdmx-csv", "csv"])
async def test_nothing_found_is_an_empty_file_of_the_same_form(
    client: httpx.AsyncClient, form: str
):
    answer = await client.get(f"/outcomes/observations?period=1900&format={form}")
    assert answer.status_code == 200
    if form == "json-stat":
        assert jsonstat.decode(answer.json()).cells == {}
    else:
        assert len(answer.text.splitlines()) == 1


@pytest.mark.anyio
async def test_a_gap_is_made_only_when_both_values_are_there(two: list[IndicatorsSettings]):
    into(two[0], file(*LINES))
    async with a_client(two[0]) as client:
        answer = await client.get(f"/outcomes/gaps?indicator={INDICATOR}&region=catalonia")
    first, second = answer.json()["items"]
    assert (first["period"], first["gap"], first["gap_unit"]) == (
        "2023",
        -12.8,
        "percentage points",
    )
    assert first["ratio"] == pytest.approx(61.3 / 74.1, abs=1e-6)
    assert (first["flag"], first["breaks_series"]) == ("p", False)
    assert (second["gap"], second["ratio"]) == (None, None)
    assert second["reason"] == "NEU27_2020_FOR: Too unreliable to publish."
    assert (second["flag"], second["breaks_series"]) == ("bu", True)
    assert "Low reliability" in second["warning"]


@pytest.mark.anyio
async def test_gaps_of_the_first_data_are_those_of_their_rates(client: httpx.AsyncClient):
    gaps = await client.get("/outcomes/gaps?indicator=employment-rate-by-birth")
    published = await client.get("/outcomes/observations?indicator=employment-gap&format=csv")
    expected = {
        (one["region"], one["period"]): float(one["value"])
        for one in csv.DictReader(io.StringIO(published.text))
        if one["value"]
    }
    found = {
        (one["region"], one["period"]): -one["gap"]
        for one in gaps.json()["items"]
        if one["population_group"] == "FOR" and one["gap"] is not None
    }
    assert expected
    assert found.keys() >= expected.keys()
    for place, value in expected.items():
        # The published gap was computed from unrounded rates.
        assert found[place] == pytest.approx(value, abs=0.11)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("indicator=none", 422),
        ("", 422),
        ("indicator=activity-gap&region=none", 404),
        ("indicator=activity-gap&limit=0", 422),
        ("indicator=activity-gap&cursor=forged", 404),
    ],
)
async def test_a_question_for_gaps_that_cannot_be_is_refused(
    client: httpx.AsyncClient, query: str, status: int
):
    answer = await client.get(f"/outcomes/gaps?{query}")
    assert answer.status_code == status
    assert answer.json()["detail"]


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("indicator=population", "No two series of this indicator differ in the group alone."),
        (
            "indicator=employment-rate-by-birth&region=AL0",
            "There are no values for this territory.",
        ),
    ],
)
async def test_no_gap_at_all_has_a_reason(client: httpx.AsyncClient, query: str, reason: str):
    answer = await client.get(f"/outcomes/gaps?{query}")
    assert (answer.json()["items"], answer.json()["reason"]) == ([], reason)


@pytest.mark.anyio
async def test_at_least_55_definitions_have_unit_groups_and_level(client: httpx.AsyncClient):
    items = (await client.get("/outcomes/indicators")).json()["items"]
    whole = [one for one in items if one["unit"] and one["populations"] and one["lowest_level"]]
    assert len(whole) >= 55
    for one in items:
        # Where no dataset is named, none is held either, and the note says so.
        assert one["datasets"] or (not one["has_values"] and one["note"]), one["code"]
