"""The first data: loaded whole and once, or refused with everything that is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlmodel import Session

from services.indicators import load, tables
from services.indicators.app import SERVICE, prepare
from services.indicators.published import files, store
from services.indicators.settings import IndicatorsSettings
from services.indicators.tables import METADATA
from shared import migrations
from shared.db import Database
from shared.problems import InputError, Invalid
from tests.indicators.conftest import DATA

AT13 = """"territories": [{"code": "AT13", "name": "Vienna", "kind": "NUTS 2", "level": 2,
    "nuts_version": "2021", "part_of": null},"""


def loaded(database: Database, folder: Path) -> bool:
    return load.first_data(database, folder, lambda _: None)


def counts(database: Database) -> dict[str, int]:
    def count(session: Session) -> dict[str, int]:
        connection = session.connection()
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in METADATA.sorted_tables
        }

    return database.run(database.reader, count)


def refused(folder: Path) -> list[InputError]:
    with pytest.raises(Invalid) as problem:
        load.read(files.contents(folder))
    return list(problem.value.errors)


def refused_by(database: Database, folder: Path) -> list[InputError]:
    before = counts(database)
    with pytest.raises(Invalid) as problem:
        loaded(database, folder)
    assert counts(database) == before
    return list(problem.value.errors)


def edit(path: Path, change: Callable[[Any], None]) -> None:
    data = json.loads(path.read_text(encoding="utf-8"))
    change(data)
    path.write_text(json.dumps(data), encoding="utf-8")


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_first_data_fill_every_table(database: Database):
    assert loaded(database, DATA)
    held = counts(database)
    assert held["published_score"] == 3
    assert held["answer"] == 25 * 61 * 2
    assert held["outcome_observation"] > 38_000
    # Questionnaires and imports have tables of their own, in modules of their own.
    own = {
        one.__tablename__
        for one in tables.Table.__subclasses__()
        if one.__module__ == tables.__name__
    }
    # Evidence and sources come with questionnaires: invented answers have none.
    own.discard("answer_note")
    assert len(own) == 12
    assert [name for name in own if not held[str(name)]] == []


def test_loading_twice_changes_nothing(database: Database, folder: Path):
    loaded(database, folder)
    before = database.run(database.reader, store.stamp)
    assert not loaded(database, folder)
    assert database.run(database.reader, store.stamp) == before


def test_a_changed_file_is_loaded_again(database: Database, folder: Path):
    loaded(database, folder)
    before = database.run(database.reader, store.stamp)
    replace(folder / "regions.json", '"name": "Vienna"', '"name": "Vienna (Wien)"')
    assert loaded(database, folder)
    assert database.run(database.reader, store.stamp) != before
    assert "Vienna (Wien)" in {one.name for one in database.run(database.reader, store.regions)}


def test_a_wrong_answer_is_told_with_row_and_column(folder: Path):
    replace(folder / "demonstration/answers.csv", "AT13,F01,TCN,scored,c", "AT13,F01,TCN,scored,z")
    (error,) = refused(folder)
    assert (error.code, error.row, error.column, error.value) == (
        "E_UNKNOWN_OPTION", 2, "option", "z",
    )  # fmt: skip
    assert error.detail.startswith("demonstration/answers.csv: ")
    assert list(error.allowed or ()) == ["a", "b", "c", "d", "e"]


def test_nothing_of_a_broken_folder_is_stored(database: Database, folder: Path):
    replace(folder / "demonstration/answers.csv", "AT13,F01,TCN,scored,c", "AT13,F01,TCN,scored,z")
    refused_by(database, folder)
    assert not any(counts(database).values())


def test_all_that_is_wrong_in_all_files_is_told_at_once(folder: Path):
    replace(folder / "demonstration/answers.csv", "AT13,F01,TCN", "XX99,F99,TCN")
    replace(folder / "mipex-r-2021-published/scores.csv", ",71,", ",711,")
    replace(folder / "outcomes/observations.csv", "act-a,AT,2017,67.9,", "act-a,AT,2017,much,q")
    edit(folder / "regions.json", lambda data: data["regions"][0].update(country_code="Austria"))
    found = {(one.code, one.row, one.column or one.pointer) for one in refused(folder)}
    assert {
        ("E_UNKNOWN_INDICATOR", 2, "indicator"),
        ("E_UNKNOWN_REGION", 2, "region"),
        ("E_VALUE_RANGE", 2, "score"),
        ("not_a_number", 2, "value"),
        ("unknown_flag", 2, "flag"),
        ("string_pattern_mismatch", None, "/regions/0/country_code"),
    } <= found


@pytest.mark.parametrize("value", ["NaN", "Infinity", "1e999", "1_0", "-1", "", "71;"])
def test_a_score_is_a_number_from_0_to_100(folder: Path, value: str):
    replace(folder / "mipex-r-2021-published/scores.csv", ",71,", f",{value},")
    assert [one.code for one in refused(folder)] == ["E_VALUE_RANGE"]


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("regions.json", b"{", "not_json"),
        ("regions.json", b'{"regions": [], "regions": []}', "not_json"),
        ("regions.json", b"[]", "E_FORMAT"),
        ("regions.json", b"\xff\xfe", "not_utf8"),
        ("open-instrument-1.json", b"null", "E_FORMAT"),
        ("demonstration/edition.json", b'{"id": "x"}', "missing"),
        ("demonstration/answers.csv", b"region,indicator\n", "E_FORMAT"),
        ("demonstration/answers.csv", b"", "E_FORMAT"),
        ("mipex-r-2021-published/scores.csv", b"region\nES51,1\n", "E_FORMAT"),
        ("outcomes/series.json", b"[]", "E_FORMAT"),
        ("outcomes/observations.csv", b'series,geo,period,value,flag\n"', "not_csv"),
        ("outcomes/observations.csv", b"series,geo,period,value,flag\nact-a\n", "E_FORMAT"),
    ],
)
def test_a_broken_file_is_refused(folder: Path, name: str, content: bytes, code: str):
    (folder / name).write_bytes(content)
    errors = refused(folder)
    assert code in {one.code for one in errors}
    assert any(one.detail.startswith(name) for one in errors)


@pytest.mark.parametrize(
    "name", ["regions.json", "outcomes/series.json", "demonstration/answers.csv"]
)
def test_a_file_that_is_not_there_is_told(folder: Path, name: str):
    (folder / name).unlink()
    assert "missing_file" in {one.code for one in refused(folder)}


def test_two_regions_cannot_share_a_slug(folder: Path):
    edit(folder / "regions.json", lambda data: data["regions"][1].update(slug="vienna"))
    (error,) = refused(folder)
    assert (error.code, error.pointer, error.value) == ("duplicate", "/regions/1/slug", "vienna")


def test_a_published_revision_is_frozen(database: Database, folder: Path):
    loaded(database, folder)
    replace(folder / "demonstration/answers.csv", "AT13,F01,TCN,scored,c", "AT13,F01,TCN,scored,a")
    (error,) = refused_by(database, folder)
    assert error.code == "E_FROZEN_EDITION"
    assert "edition.json" in error.detail


def test_a_correction_is_a_new_revision(database: Database, folder: Path):
    loaded(database, folder)
    replace(folder / "demonstration/answers.csv", "AT13,F01,TCN,scored,c", "AT13,F01,TCN,scored,a")
    edit(folder / "demonstration/edition.json", lambda data: data.update(revision=2))
    assert loaded(database, folder)
    assert counts(database)["answer"] == 2 * 25 * 61 * 2
    editions = {
        one.record.id: one.revision for one in database.run(database.reader, store.editions)
    }
    assert editions["demonstration"] == 2


def test_the_wording_of_a_question_may_be_mended(database: Database, folder: Path):
    loaded(database, folder)
    edit(
        folder / "open-instrument-1.json",
        lambda data: data["indicators"][0].update(question="Better put?"),
    )
    assert loaded(database, folder)


def test_other_weights_need_a_new_version(database: Database, folder: Path):
    loaded(database, folder)
    edit(folder / "open-instrument-1.json", lambda data: data["indicators"][0].update(weight="2"))
    (error,) = refused_by(database, folder)
    assert (error.code, error.pointer) == ("E_METHOD_MISMATCH", "/version")


def test_a_region_with_answers_cannot_be_dropped(database: Database, folder: Path):
    loaded(database, folder)
    (folder / "demonstration/edition.json").unlink()
    edit(
        folder / "regions.json",
        lambda data: data.update(regions=[one for one in data["regions"] if one["code"] != "AT13"]),
    )
    replace(folder / "outcomes/territories.json", '"territories": [', AT13)
    assert "region_in_use" in {one.code for one in refused_by(database, folder)}


def test_a_region_that_nothing_names_can_be_dropped(database: Database, folder: Path):
    loaded(database, folder)
    edit(
        folder / "regions.json",
        lambda data: data.update(
            regions=[one for one in data["regions"] if one["code"] != "MA-ORI"]
        ),
    )
    assert loaded(database, folder)
    assert "MA-ORI" not in {one.code for one in database.run(database.reader, store.regions)}


def test_prepare_says_what_it_does_and_then_nothing(database_url: str, tmp_path: Path):
    settings = IndicatorsSettings(data_dir=tmp_path, database_url=database_url)
    first: list[str] = []
    prepare(settings, first.append)
    second: list[str] = []
    prepare(settings, second.append)
    assert first[-1].startswith("indicators: loaded 383 regions")
    assert second == []


def test_the_tables_are_what_the_migrations_make(database: Database):
    migrations.differences(SERVICE, database, METADATA)


def test_the_migrations_lead_back_and_forth(database: Database):
    migrations.downgrade(SERVICE, database, METADATA, "base")
    assert migrations.upgrade(SERVICE, database, METADATA)
    assert not migrations.upgrade(SERVICE, database, METADATA)
    migrations.differences(SERVICE, database, METADATA)
