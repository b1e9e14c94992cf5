"""The first practices come in once, and a bad file not at all."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlmodel import Session, func, select

from services.practices.load import load
from services.practices.tables import FEED, METADATA, Practice
from shared import feed, migrations
from shared.db import Database
from shared.problems import Invalid


@pytest.fixture
def database(database_url: str):
    database = Database(database_url)
    migrations.upgrade("practices", database, METADATA)
    database.run(database.writer, lambda session: feed.begin(session, FEED))
    yield database
    database.close()


def _lines(path: Path, *records: dict) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


def _record(number: int, **changes) -> dict:
    return {
        "external_id": f"P{number:03}",
        "title": f"Practice {number}",
        "language": "en",
        "regions": ["ES51"],
        "areas": ["health"],
        "provenance": "collected",
        "licence": "CC-BY-4.0",
    } | changes


def _count(session: Session) -> int:
    return session.exec(select(func.count()).select_from(Practice)).one()


def test_the_same_file_twice_changes_nothing(database, tmp_path):
    path = _lines(tmp_path / "practices.jsonl", _record(1), _record(2))
    assert database.run(database.writer, load, path) == 2
    assert database.run(database.writer, load, path) == 0
    assert database.run(database.writer, lambda s: feed.head(s, FEED)).seq == 2


def test_only_what_changed_in_the_file_becomes_a_new_version(database, tmp_path):
    path = tmp_path / "practices.jsonl"
    database.run(database.writer, load, _lines(path, _record(1), _record(2)))
    changed = _lines(path, _record(1), _record(2, title="Practice 2, corrected"))
    assert database.run(database.writer, load, changed) == 1
    assert database.run(database.reader, _count) == 2


def test_a_bad_line_is_named_and_nothing_is_loaded(database, tmp_path):
    path = _lines(tmp_path / "practices.jsonl", _record(1), _record(2, licence=""))
    with path.open("a") as file:
        file.write("{broken\n")
    with pytest.raises(Invalid) as refused:
        database.run(database.writer, load, path)
    assert [(error.row, error.column) for error in refused.value.errors] == [
        (2, "licence"),
        (3, None),
    ]
    assert database.run(database.reader, _count) == 0
