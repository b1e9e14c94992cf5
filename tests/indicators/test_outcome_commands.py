"""Outcome values are imported, and their history is read, from the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.indicators.eurostat_files import (
    INDICATOR,
    LINES,
    file,
    line,
    newer,
    run,
)


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
