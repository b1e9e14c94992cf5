"""Outcome values from Eurostat's files: imported whole, or refused whole, on both databases."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session

from services.indicators.outcomes import vintages
from services.indicators.outcomes.imports import Asked
from services.indicators.published import store
from services.indicators.settings import IndicatorsSettings
from shared.db import Database
from shared.problems import InputError, Invalid
from tests.indicators.conftest import loaded
from tests.indicators.eurostat_files import (
    ASKED,
    DATASET,
    EXPECTED,
    INDICATOR,
    LINES,
    bring,
    cube_file,
    file,
    held,
    line,
    newer,
    values,
)


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


def refused(database: Database, content: bytes, asked: Asked = ASKED) -> list[InputError]:
    """The errors of a file that changed nothing."""
    before = database.run(database.reader, store.stamp), held(database)[1]
    with pytest.raises(Invalid) as problem:
        bring(database, content, asked)
    assert (database.run(database.reader, store.stamp), held(database)[1]) == before
    return list(problem.value.errors)


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


def test_a_colon_beside_a_blank_is_the_blank_and_no_flag(filled: Database):
    bring(filled, cube_file(status={"6": ":", "7": ":c"}))
    assert values(filled)["NEU27_2020_FOR", "XK00", "2023"] == (None, "")
    assert values(filled)["NEU27_2020_FOR", "XK00", "2024"] == (None, "C")


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
        ({"status": {"0": ":"}}, "unknown_flag", "/value/0"),
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
