"""Outcome values from Eurostat's files: imported whole, or refused whole, on both databases."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlmodel import Session

from services import __main__ as command_line
from services.indicators.app import prepare
from services.indicators.outcomes import imports, jsonstat, vintages
from services.indicators.outcomes import store as store_outcomes
from services.indicators.outcomes.formats import Observation
from services.indicators.outcomes.imports import Asked, Report
from services.indicators.outcomes.store import Catalogue, Wanted
from services.indicators.published import store
from services.indicators.settings import IndicatorsSettings
from shared import strict
from shared.db import Database
from shared.problems import InputError, Invalid
from tests.examples import INTERNAL_KEY
from tests.indicators.conftest import DATA, a_client, loaded

INDICATOR = "employment-rate-by-citizenship"
DATASET = "lfst_r_lfe2emprtn"
HEADER = (
    "DATAFLOW,LAST UPDATE,freq,unit,sex,age,citizen,geo,TIME_PERIOD,OBS_VALUE,OBS_FLAG,CONF_STATUS"
)
ASKED = Asked(INDICATOR, "file", "2026-11-22")


def line(
    group: str, geo: str, period: str, value: str, flag: str = "", conf: str = "", **other: str
) -> str:
    """One row of a file of Eurostat."""
    updated = other.get("updated", "24/04/25 23:00:00")
    age, unit = other.get("age", "Y20-64"), other.get("unit", "PC")
    flow = other.get("flow", "ESTAT:LFST_R_LFE2EMPRTN(1.0)")
    return f"{flow},{updated},A,{unit},T,{age},{group},{geo},{period},{value},{flag},{conf}"


LINES = (
    line("NAT", "ES51", "2023", "74.1"),
    line("NAT", "ES51", "2024", "75", "b"),
    line("NEU27_2020_FOR", "ES51", "2023", "61.3", "p"),
    line("NEU27_2020_FOR", "ES51", "2024", "", "u"),
    line("NEU27_2020_FOR", "AT13", "2024", "58.25", "s"),
    line("NEU27_2020_FOR", "AT11", "2024", "", "", "C"),
    line("NEU27_2020_FOR", "XK00", "2024", ":", "z"),
)


def file(*lines: str) -> bytes:
    return "\n".join([HEADER, *lines, ""]).encode()


def cube(**changes: Any) -> dict[str, Any]:
    """What the Statistics API answers for the same dataset."""
    dimensions = {
        "freq": {"A": "Annual"},
        "sex": {"T": "Total"},
        "age": {"Y20-64": "From 20 to 64 years"},
        "unit": {"PC": "Percentage"},
        "citizen": {"NAT": "Reporting country", "NEU27_2020_FOR": "Non-EU27 countries"},
        "geo": {"ES51": "Cataluña", "XK00": "A place"},
        "time": {"2023": "2023", "2024": "2024"},
    }
    return {
        "version": "2.0",
        "class": "dataset",
        "label": "Employment rates by sex, age, citizenship and NUTS 2 region",
        "source": "ESTAT",
        "updated": "2025-04-24T23:00:00+0200",
        "value": {"0": 74.1, "1": 75, "4": 61.3},
        "status": {"1": "b", "4": "p", "5": "u", "7": "c"},
        "id": list(dimensions),
        "size": [len(one) for one in dimensions.values()],
        "dimension": {
            name: {
                "label": name,
                "category": {
                    "index": {code: place for place, code in enumerate(labels)},
                    "label": labels,
                },
            }
            for name, labels in dimensions.items()
        },
        "extension": {
            "lang": "EN",
            "id": "LFST_R_LFE2EMPRTN",
            "agencyId": "ESTAT",
            "status": {"label": {"b": "break in time series", "u": "low reliability"}},
        },
        **changes,
    }


def cube_file(**changes: Any) -> bytes:
    return json.dumps(cube(**changes)).encode()


@pytest.fixture
def filled(database: Database, folder: Path) -> Database:
    """A database of each kind that holds the first data."""
    loaded(database, folder)
    return database


@pytest.fixture(scope="module")
def untouched(
    prepared: IndicatorsSettings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """A database with the first data, for files that change nothing."""
    place = shutil.copytree(prepared.data_dir, tmp_path_factory.mktemp("untouched") / "data")
    found = Database(prepared.model_copy(update={"data_dir": place}).database)
    yield found
    found.close()


def bring(database: Database, content: bytes, asked: Asked = ASKED, **how: bool) -> Report:
    return imports.bring(database, content, asked, **how)


def held(database: Database) -> tuple[Catalogue, list[Observation]]:
    """The imported series and their values."""

    def read(session: Session) -> tuple[Catalogue, list[Observation]]:
        rows = store_outcomes.page(session, Wanted(None, None, None, vintages.FIRST - 1))
        return store_outcomes.catalogue(session), [one for _, one in rows]

    return database.run(database.reader, read)


def values(database: Database) -> dict[tuple[str | None, str, str], tuple[float | None, str]]:
    catalogue, rows = held(database)
    return {
        (catalogue.series[one.series].group, one.geo, one.period): (one.value, one.flag)
        for one in rows
    }


def refused(database: Database, content: bytes, asked: Asked = ASKED) -> list[InputError]:
    """The errors of a file that changed nothing."""
    before = database.run(database.reader, store.stamp), held(database)[1]
    with pytest.raises(Invalid) as problem:
        bring(database, content, asked)
    assert (database.run(database.reader, store.stamp), held(database)[1]) == before
    return list(problem.value.errors)


# ------------------------------------------------------------------ what is imported


EXPECTED = {
    ("NAT", "ES51", "2023"): (74.1, ""),
    ("NAT", "ES51", "2024"): (75, "b"),
    ("NEU27_2020_FOR", "ES51", "2023"): (61.3, "p"),
    ("NEU27_2020_FOR", "ES51", "2024"): (None, "u"),
    ("NEU27_2020_FOR", "AT13", "2024"): (58.25, "i"),
    ("NEU27_2020_FOR", "AT11", "2024"): (None, "C"),
    ("NEU27_2020_FOR", "XK00", "2024"): (None, "m"),
}


def test_values_blanks_and_flags_are_those_of_the_file(filled: Database):
    report = bring(filled, file(*LINES))
    assert values(filled) == EXPECTED
    assert [one.action for one in report.outcomes] == ["new", "new"]
    assert report.new_territories == ["XK00"]


def test_a_series_says_where_it_comes_from(filled: Database):
    bring(filled, file(*LINES))
    catalogue, rows = held(filled)
    one = next(each for each in catalogue.of(INDICATOR) if each.group == "NEU27_2020_FOR")
    source = catalogue.sources[one.source]
    assert (one.dataset, one.updated, one.date) == (DATASET, "2025-04-24T23:00:00", "2026-11-22")
    assert (one.unit, one.group_basis, one.sex, one.age) == ("%", "citizenship", "T", "Y20-64")
    assert one.attribution == f"Source: Eurostat ({DATASET})"
    assert one.licence.startswith("Eurostat, reuse with acknowledgement")
    assert (source.letter, source.file) == ("imported file", "file")
    assert hashlib.sha256(file(*LINES)).hexdigest() in source.commit
    assert {each.original for each in rows if each.flag in ("i", "m")} == {"s", "z"}


def test_a_cube_brings_the_names_of_groups_and_places(filled: Database):
    bring(filled, cube_file())
    catalogue, _ = held(filled)
    assert values(filled) == {
        ("NAT", "ES51", "2023"): (74.1, ""),
        ("NAT", "ES51", "2024"): (75, "b"),
        ("NEU27_2020_FOR", "ES51", "2023"): (61.3, "p"),
        ("NEU27_2020_FOR", "ES51", "2024"): (None, "u"),
        ("NEU27_2020_FOR", "XK00", "2024"): (None, "C"),
    }
    assert catalogue.territories["XK00"].name == "A place"
    assert {one.group_label for one in catalogue.of(INDICATOR)} == {
        "Reporting country",
        "Non-EU27 countries",
    }


def test_both_formats_of_one_dataset_make_the_same_series(filled: Database):
    bring(filled, cube_file())
    before = {one.id for one in held(filled)[0].of(INDICATOR)}
    report = bring(filled, file(*LINES[:-1]))
    assert {one.id for one in held(filled)[0].of(INDICATOR)} == before
    assert {one.action for one in report.outcomes} == {"unchanged", "extended"}


def test_ages_are_never_mixed(filled: Database):
    bring(filled, file(LINES[0], line("NAT", "ES51", "2023", "70", age="Y15-64")))
    series = held(filled)[0].of(INDICATOR)
    assert sorted(one.age or "" for one in series) == ["Y15-64", "Y20-64"]
    assert [one.values for one in series] == [1, 1]


def test_filters_take_a_part_and_say_what_they_left(filled: Database):
    asked = Asked(INDICATOR, "file", "2026-11-22", filters={"geo": frozenset({"ES51"})})
    report = bring(filled, file(*LINES), asked)
    assert {geo for _, geo, _ in values(filled)} == {"ES51"}
    assert report.left_out == 3


def test_a_dry_run_says_the_same_and_stores_nothing(filled: Database):
    before = filled.run(filled.reader, store.stamp)
    dry = bring(filled, file(*LINES), dry=True)
    assert filled.run(filled.reader, store.stamp) == before
    assert values(filled) == {}
    assert bring(filled, file(*LINES)) == dry


# ------------------------------------------------------------------ again, more, newer, older


def test_the_same_content_again_changes_nothing(filled: Database):
    bring(filled, file(*LINES))
    before = held(filled)[1], filled.run(filled.reader, store.stamp)
    report = bring(filled, file(*reversed(LINES)))
    assert {one.action for one in report.outcomes} == {"unchanged"}
    assert (held(filled)[1], filled.run(filled.reader, store.stamp)) == before


def test_two_parts_of_one_vintage_make_one_series(filled: Database):
    bring(filled, file(*LINES[:4]))
    report = bring(filled, file(*LINES[4:]))
    assert values(filled) == EXPECTED
    assert [(one.action, one.added) for one in report.outcomes] == [("extended", 3)]
    assert {one.values for one in held(filled)[0].of(INDICATOR)} == {2, 5}


def newer(*cells: str, flag: str = "") -> str:
    return line(*cells, flag, updated="11/10/25 11:00:00")


def test_a_newer_vintage_replaces_the_whole_series_and_the_former_is_history(filled: Database):
    bring(filled, file(*LINES))
    report = bring(filled, file(newer("NEU27_2020_FOR", "ES51", "2023", "61.9")))
    (outcome,) = report.outcomes
    assert (outcome.action, outcome.changed, outcome.gone) == ("replaced", 1, 4)
    found = values(filled)
    # The other group keeps its vintage: it is another series.
    assert {key: one for key, one in found.items() if key[0] == "NEU27_2020_FOR"} == {
        ("NEU27_2020_FOR", "ES51", "2023"): (61.9, "")
    }
    assert found["NAT", "ES51", "2023"] == (74.1, "")

    def past(session: Session) -> dict[tuple[str, str], tuple[float | None, str, str]]:
        return {
            (one.geo, one.period): (one.value, one.flag, vintage.updated)
            for vintage, one in vintages.history(session, outcome.series)
        }

    former = filled.run(filled.reader, past)
    assert len(former) == 5
    assert former["ES51", "2023"] == (61.3, "p", "2025-04-24T23:00:00")


def test_an_older_vintage_is_refused(filled: Database):
    bring(filled, file(newer("NAT", "ES51", "2023", "74.2")))
    assert [one.code for one in refused(filled, file(*LINES))] == ["older_vintage"]


def test_another_value_in_the_same_vintage_is_refused(filled: Database):
    bring(filled, file(*LINES))
    errors = refused(filled, file(line("NAT", "ES51", "2023", "74.2")))
    assert [(one.code, one.value) for one in errors] == [("contradiction", "74.2")]


def test_imported_series_outlive_a_change_of_the_files(filled: Database, folder: Path):
    bring(filled, file(*LINES))
    indicators = folder / "outcomes/indicators.json"
    indicators.write_text(indicators.read_text().replace("Employment rate", "Rate of employment"))
    assert loaded(filled, folder)
    assert values(filled) == EXPECTED
    assert len(held(filled)[0].of(INDICATOR)) == 2


# ------------------------------------------------------------------ what is refused


@pytest.mark.parametrize(
    ("wrong", "code", "column"),
    [
        (line("NAT", "ES51", "2024", "5", "", "C"), "confidential", "CONF_STATUS"),
        (line("NAT", "ES51", "2024", "5", "c"), "confidential", "CONF_STATUS"),
        (line("NAT", "ES51", "2024", "5", "", "N"), "confidential", "CONF_STATUS"),
        (line("NAT", "ES51", "2024", "5", "m"), "flag_contradicts", "OBS_FLAG"),
        (line("NAT", "ES51", "2024", "5", "y"), "unknown_flag", "OBS_FLAG"),
        (line("NAT", "Catalonia", "2024", "5"), "unknown_territory", "geo"),
        (line("NAT", "", "2024", "5"), "unknown_territory", "geo"),
        (line("NAT", "ES51", "2024-13", "5"), "bad_period", "TIME_PERIOD"),
        (line("NAT", "ES51", "2024-W05", "5"), "bad_period", "TIME_PERIOD"),
        (line("NAT", "ES51", "2024", "5", unit="THS_PER"), "other_unit", "unit"),
        (line("NAT", "ES51", "2024", "5", flow="ESTAT:X(1.0)"), "other_dataset", "DATAFLOW"),
        (line("NAT", "ES51", "2024", "5", flow="OECD:X(1.0)"), "unknown_agency", "DATAFLOW"),
        (line("NAT", "ES51", "2024", "5", updated=""), "no_vintage", "LAST UPDATE"),
        (line("NAT", "ES51", "2024", "5x"), "not_a_number", "OBS_VALUE"),
        (line("nat", "ES51", "2024", "5"), "unknown_group", "citizen"),
    ],
)
def test_a_wrong_row_is_refused_with_its_place_and_nothing_is_stored(
    untouched: Database, wrong: str, code: str, column: str
):
    errors = refused(untouched, file(*LINES, wrong))
    assert (code, 9, column) in [(one.code, one.row, one.column) for one in errors]


@pytest.mark.parametrize(
    ("changes", "code", "pointer"),
    [
        ({"value": [1, 2]}, "wrong_length", "/value"),
        ({"value": {"8": 1}}, "out_of_range", "/value/8"),
        ({"status": ["b"]}, "wrong_length", "/status"),
        ({"status": {"0": "C"}}, "confidential", "/value/0"),
        ({"status": {"0": "x"}}, "unknown_flag", "/value/0"),
        ({"source": "us", "extension": {}}, "unknown_agency", "/value/0"),
        ({"extension": {"agencyId": "ESTAT"}}, "unknown_dataset", "/value/0"),
        ({"updated": "soon"}, "no_vintage", "/value/0"),
        ({"dimension": {}}, "missing_dimension", "/dimension/geo"),
        ({"value": {}, "status": {}}, "empty", None),
    ],
)
def test_a_wrong_cube_is_refused_with_its_place_and_nothing_is_stored(
    untouched: Database, changes: dict[str, Any], code: str, pointer: str | None
):
    errors = refused(untouched, cube_file(**changes))
    assert (code, pointer) in [(one.code, one.pointer) for one in errors]


def test_everything_that_is_wrong_is_said_at_once(filled: Database):
    wrong = [line("NAT", "ES51", "2024", "5", "y"), line("NAT", "?", "x", "5", "", "C")]
    errors = refused(filled, file(*wrong).replace(b"?", b"es"))
    assert [(one.row, one.code) for one in errors] == [
        (2, "unknown_flag"),
        (3, "bad_period"),
        (3, "unknown_territory"),
        (3, "confidential"),
    ]


def test_a_value_given_twice_is_refused(untouched: Database):
    errors = refused(untouched, file(*LINES, LINES[0]))
    assert [(one.code, one.row) for one in errors] == [("duplicate", 9)]


def test_two_vintages_of_one_series_in_one_file_are_refused(untouched: Database):
    errors = refused(untouched, file(LINES[0], newer("NAT", "ES51", "2024", "5")))
    assert [one.code for one in errors] == ["mixed_vintages"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "E_FORMAT"),
        (b"{", "not_json"),
        (b'{"value": NaN}', "not_json"),
        (b"[]", "E_FORMAT"),
        (b"\xff\xfe", "not_utf8"),
        (b"%PDF-1.7", "E_FORMAT"),
    ],
)
def test_what_is_no_such_file_is_refused(untouched: Database, content: bytes, code: str):
    assert refused(untouched, content)[0].code == code


def test_an_indicator_that_does_not_exist_is_refused_with_those_that_do(untouched: Database):
    (error,) = refused(untouched, file(*LINES), Asked("none", "file", "2026-11-22"))
    assert error.code == "unknown_indicator"
    assert INDICATOR in (error.allowed or ())


# ------------------------------------------------------------------ round trips, over the API


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


# ------------------------------------------------------------------ gaps


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


# ------------------------------------------------------------------ definitions


@pytest.mark.anyio
async def test_at_least_55_definitions_have_unit_groups_and_level(client: httpx.AsyncClient):
    items = (await client.get("/outcomes/indicators")).json()["items"]
    whole = [one for one in items if one["unit"] and one["populations"] and one["lowest_level"]]
    assert len(whole) >= 55
    for one in items:
        # Where no dataset is named, none is held either, and the note says so.
        assert one["datasets"] or (not one["has_values"] and one["note"]), one["code"]


# ------------------------------------------------------------------ the commands


def run(folder: Path, *arguments: str) -> int:
    return command_line.main(["--data-dir", str(folder), "outcomes", *arguments])


def test_a_file_is_imported_by_a_command(place: Path, capsys: pytest.CaptureFixture[str]):
    path = place / "file.csv"
    path.write_bytes(file(*LINES))
    given = ("import", str(path), "--indicator", INDICATOR)
    assert run(place, *given, "--dry-run") == 0
    assert "dry run: nothing was stored" in capsys.readouterr().out
    assert run(place, *given) == 0
    told = capsys.readouterr().out
    assert "new, 5 values as of 2025-04-24T23:00:00" in told
    assert "territories not known before: XK00" in told
    assert run(place, *given) == 0
    assert "unchanged" in capsys.readouterr().out


def test_a_command_tells_every_error_with_its_place(
    place: Path, capsys: pytest.CaptureFixture[str]
):
    path = place / "file.csv"
    path.write_bytes(file(line("NAT", "ES51", "2024", "5", "y"), line("NAT", "E", "2024", "5")))
    assert run(place, "import", str(path), "--indicator", INDICATOR) == 1
    told = capsys.readouterr().err
    assert "unknown_flag: row 2, OBS_FLAG" in told
    assert "unknown_territory: row 3, geo" in told
    assert "Nothing was stored" in told


def test_the_history_of_a_series_is_printed(place: Path, capsys: pytest.CaptureFixture[str]):
    for name, rows in (("old", LINES[:1]), ("new", [newer("NAT", "ES51", "2023", "74.4")])):
        (place / name).write_bytes(file(*rows))
        assert run(place, "import", str(place / name), "--indicator", INDICATOR) == 0
    series = capsys.readouterr().out.rsplit(": replaced", 1)[0].splitlines()[-1]
    assert run(place, "history", series) == 0
    header, row = capsys.readouterr().out.splitlines()
    assert header == "updated,replaced_at,geo,period,value,flag"
    assert row.startswith("2025-04-24T23:00:00,20")
    assert row.endswith(",ES51,2023,74.1,")
    assert run(place, "history", "none") == 1
