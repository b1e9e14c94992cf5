"""`python -m services push` against a running platform, also when it is killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from services.__main__ import main
from tests.practices.push.files import as_csv, as_xlsx
from tests.server import ROOT, Server, free_port, running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("platform") / "data") as server:
        yield server


@pytest.fixture(scope="module")
def secrets(server: Server) -> dict[str, str]:
    asked = ("--name", "Push", "--region", "ES51", "--scope", "practices:write")
    made = server.command("clients", "create", *asked).stdout
    found = dict(line.split("=", 1) for line in made.splitlines() if "=" in line)
    return {
        "PUSH_SITE": server.url,
        "PUSH_CLIENT_ID": found["client_id"],
        "PUSH_CLIENT_SECRET": found["client_secret"],
    }


def started(secrets: dict[str, str], *arguments: str | Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "services", "push", *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, **secrets},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def push(secrets, monkeypatch, capsys):
    """Run the command in this process: how it ended and what it said."""

    def run(*arguments: str | Path, **changed: str) -> tuple[int, str]:
        for name, value in {**secrets, **changed}.items():
            monkeypatch.setenv(name, value)
        try:
            code = main(["push", *map(str, arguments)])
        except SystemExit as wrong:
            code = int(str(wrong.code))
        said = capsys.readouterr()
        return code, said.out + said.err

    return run


def table(path: Path, number: int, prefix: str, **last: str) -> Path:
    """A file of so many practices; `last` are cells of the last row."""
    header = ["external_id", "regions", "title", "areas"]
    rows = [[f"{prefix}-{n}", "ES51", f"Desk {n}", "health"] for n in range(number)]
    rows[-1] = [last.get(name, cell) for name, cell in zip(header, rows[-1], strict=True)]
    make = as_xlsx if path.suffix == ".xlsx" else as_csv
    path.write_bytes(make([header, *rows]))
    return path


def held(secrets: dict[str, str], external_id: str) -> httpx.Response:
    api = f"{secrets['PUSH_SITE']}/api/v1"
    who = (secrets["PUSH_CLIENT_ID"], secrets["PUSH_CLIENT_SECRET"])
    token = httpx.post(f"{api}/oauth/token", auth=who, data={"grant_type": "client_credentials"})
    headers = {"Authorization": f"Bearer {token.json()['access_token']}"}
    return httpx.get(f"{api}/regions/ES51/practices/{external_id}", headers=headers)


def test_a_dry_run_stores_nothing_and_the_real_run_everything(push, secrets, tmp_path):
    file = table(tmp_path / "many.csv", 25, "a")
    code, said = push(file, "--dry-run", "--batch", "10")
    assert (code, "25 created" in said, "dry run" in said) == (0, True, True)
    assert held(secrets, "a-0").status_code == 404
    code, said = push(file, "--batch", "10")
    assert (code, "25 created" in said) == (0, True)
    assert held(secrets, "a-24").json()["record"]["areas"] == ["health"]


def test_a_run_that_is_repeated_stores_nothing_twice(push, secrets, tmp_path):
    file = table(tmp_path / "many.xlsx", 12, "b")
    first = push(file, "--batch", "5", "--strategy", "create")
    again = push(file, "--batch", "5", "--strategy", "create")
    assert (first[0], again[0]) == (0, 0)
    assert "3 batches had been stored before" in again[1]
    assert held(secrets, "b-0").headers["etag"] == '"v0.1"'


def test_one_bad_row_anywhere_and_nothing_is_stored(push, secrets, tmp_path):
    file = table(tmp_path / "many.csv", 25, "c", areas="sport")
    report = tmp_path / "report.json"
    code, said = push(file, "--batch", "10", "--report", report)
    assert code == 1
    assert "Nothing was stored" in said
    (error,) = json.loads(report.read_text())["errors"]
    assert (error["row"], error["column"], error["value"]) == (26, "areas", "sport")
    assert held(secrets, "c-0").status_code == 404


def test_the_good_rows_can_be_stored_without_the_bad(push, secrets, tmp_path):
    file = table(tmp_path / "many.csv", 25, "d", title="")
    report = tmp_path / "report.csv"
    code, said = push(file, "--batch", "10", "--atomic", "none", "--report", report)
    assert (code, "24 created" in said, "1 failed" in said) == (1, True, True)
    assert held(secrets, "d-0").status_code == 200
    assert "26,title,missing" in report.read_text("utf-8-sig")


def test_two_rows_of_one_name_are_named_though_they_are_sent_apart(push, secrets, tmp_path):
    file = table(tmp_path / "many.csv", 25, "e", external_id="e-0")
    code, said = push(file, "--batch", "10")
    assert (code, "Row 2 of this file" in said) == (1, True)


def test_what_cannot_work_is_said_at_once(push, secrets, tmp_path):
    file = table(tmp_path / "many.csv", 3, "f")
    wrong = push(file, PUSH_CLIENT_SECRET="wrong")
    assert (wrong[0], "401" in wrong[1]) == (1, True)
    silent = f"http://127.0.0.1:{free_port()}"
    away = push(file, "--patience", "1", PUSH_SITE=silent)
    assert (away[0], "run the same command again" in away[1]) == (3, True)
    latin = tmp_path / "latin.csv"
    latin.write_bytes("title\né".encode("latin-1"))
    assert "not UTF-8" in push(latin, PUSH_SITE=secrets["PUSH_SITE"])[1]
    assert push(tmp_path / "missing.csv")[0] == 1
    assert push(file, "--strategy", "delete")[0] == 2


def test_a_command_that_is_killed_goes_on_where_it_was(push, secrets, tmp_path):
    file = table(tmp_path / "many.csv", 400, "g")
    options = (file, "--batch", "10", "--atomic", "none", "--strategy", "create")
    process = started(secrets, *options)
    deadline = time.monotonic() + 90
    while held(secrets, "g-50").status_code != 200:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert held(secrets, "g-399").status_code == 404
    # Whatever was stored twice would be an error of this strategy.
    code, said = push(*options)
    assert (code, "400 created" in said) == (0, True)
    assert held(secrets, "g-0").headers["etag"] == '"v0.1"'
