"""`outcomes fetch` against a server of our own that answers as Eurostat does, or badly."""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from services.indicators.outcomes import eurostat as client
from services.indicators.settings import IndicatorsSettings
from shared.db import Database
from shared.problems import Invalid, Problem, Unavailable
from tests.examples import INTERNAL_KEY
from tests.indicators.eurostat_files import (
    DATASET,
    INDICATOR,
    LINES,
    cube_file,
    file,
    held,
    run,
)

PUT_OFF = (
    b'{"warning": {"status": 413, "label": "ASYNCHRONOUS_RESPONSE. Your request will be treated '
    b'asynchronously. Please try again later."}}'
)
NO_SUCH = b'{"error": [{"status": 404, "id": 100, "label": "No such dataset"}]}'

# Dataset -> status, media type, content.
ANSWERS: dict[str, tuple[int, str, bytes]] = {
    DATASET: (200, "application/json", cube_file()),
    "as-sdmx-csv": (200, "application/vnd.sdmx.data+csv", file(*LINES)),
    "put-off": (413, "application/json", PUT_OFF),
    "put-off-politely": (200, "application/json", PUT_OFF),
    "broken": (500, "text/html", b"<html>Internal server error</html>"),
    "junk": (200, "text/html", b"<html>Maintenance</html>"),
    "cut-off": (200, "application/json", cube_file()[:-40]),
    "empty": (200, "application/json", b""),
    "nothing": (204, "application/json", b""),
    "too-often": (429, "text/plain", b"Too many requests"),
    "packed": (200, "application/json", gzip.compress(cube_file())),
    "broken-packing": (200, "application/json", gzip.compress(cube_file())[:-40] + b"?" * 40),
    "half-packed": (200, "application/json", gzip.compress(cube_file())[:-40]),
    "large": (200, "application/json", b" " * 3_000_000),
}
asked: list[str] = []


class _Eurostat(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        asked.append(self.path)
        dataset = self.path.rpartition("/")[2].partition("?")[0]
        if self.path.startswith("/csv/"):
            dataset = "as-sdmx-csv"
        status, kind, content = ANSWERS.get(dataset, (404, "application/json", NO_SUCH))
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        if "pack" in dataset:
            self.send_header("Content-Encoding", "gzip")
        if status == 429:
            self.send_header("Retry-After", "60")
        self.end_headers()
        if dataset == "silent":
            time.sleep(3)
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def eurostat() -> Iterator[str]:
    """The base address of the server."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Eurostat)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/api"
    server.shutdown()
    server.server_close()


def imported(place: Path) -> int:
    """How many values are held that were imported."""
    settings = IndicatorsSettings(data_dir=place, internal_key=INTERNAL_KEY)
    database = Database(settings.database)
    _, rows = held(database)
    database.close()
    return len(rows)


def test_a_dataset_is_fetched_and_imported(
    place: Path, eurostat: str, capsys: pytest.CaptureFixture[str]
):
    given = ("--dataset", "LFST_R_LFE2EMPRTN", "--filter", "age=Y20-64", "--base-url", eurostat)
    kept = place / "kept.json"
    assert run(place, "fetch", *given, "--keep", str(kept)) == 0
    assert asked[-1] == (
        "/api/statistics/1.0/data/lfst_r_lfe2emprtn?format=JSON&lang=EN&age=Y20-64"
    )
    told = capsys.readouterr().out
    assert f"{len(cube_file())} bytes read" in told
    assert "new, 3 values" in told
    assert kept.read_bytes() == cube_file()
    settings = IndicatorsSettings(data_dir=place, internal_key=INTERNAL_KEY)
    database = Database(settings.database)
    catalogue, rows = held(database)
    database.close()
    assert len(rows) == 5
    assert catalogue.sources[catalogue.series[rows[0].series].source].repository.startswith(
        eurostat
    )


def test_sdmx_csv_is_understood_as_well(place: Path, eurostat: str):
    given = ("--dataset", DATASET, "--base-url", eurostat.replace("/api", "/csv"))
    assert run(place, "fetch", *given) == 0
    assert imported(place) == len(LINES)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--dataset", "lfst_r_lfst", "--indicator", INDICATOR), "answered 404"),
        (("--dataset", "put-off", "--indicator", INDICATOR), "Ask again in some minutes"),
        (("--dataset", "put-off-politely", "--indicator", INDICATOR), "Ask again in some minutes"),
        (("--dataset", "broken", "--indicator", INDICATOR), "answered 500"),
        (("--dataset", "junk", "--indicator", INDICATOR), "a page instead of data"),
        (("--dataset", "cut-off", "--indicator", INDICATOR), "not JSON"),
        (("--dataset", "empty", "--indicator", INDICATOR), "without any data"),
        (("--dataset", "nothing", "--indicator", INDICATOR), "without any data"),
        (("--dataset", "too-often", "--indicator", INDICATOR), "ask again in 60 seconds"),
        (("--dataset", "broken-packing", "--indicator", INDICATOR), "came broken"),
        (("--dataset", "half-packed", "--indicator", INDICATOR), "ends before its end"),
        (("--dataset", "lfst_r_lfur2gan"), "Say which with --indicator"),
        (("--dataset", "none"), "Indicators from none: none"),
        (("--dataset", DATASET, "--filter", "age"), "A filter looks like age=Y20-64"),
    ],
)
def test_what_cannot_be_had_is_told_and_nothing_is_stored(
    place: Path,
    eurostat: str,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    told: str,
):
    assert run(place, "fetch", *arguments, "--base-url", eurostat) == 1
    assert told in capsys.readouterr().err
    assert imported(place) == 0


def test_a_packed_answer_is_unpacked(eurostat: str):
    assert client.fetch(client.address("packed", {}, eurostat), lambda _: None) == cube_file()


def test_nobody_answers(place: Path, capsys: pytest.CaptureFixture[str]):
    given = ("--dataset", DATASET, "--base-url", "http://127.0.0.1:9")
    assert run(place, "fetch", *given) == 1
    assert "does not answer" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("dataset", "limits", "kind", "told"),
    [
        ("silent", {"seconds": 0.3}, Unavailable, "does not answer"),
        ("large", {"largest": 1_000_000}, Invalid, "more than 1000000 bytes"),
        ("large", {"seconds": 0.0001}, Unavailable, "not"),
    ],
)
def test_who_is_slow_or_says_too_much_is_left(
    eurostat: str, dataset: str, limits: dict[str, float], kind: type[Problem], told: str
):
    ANSWERS.setdefault("silent", (200, "application/json", cube_file()))
    url = client.address(dataset, {}, eurostat)
    started = time.monotonic()
    with pytest.raises(kind, match=told):
        client.fetch(url, lambda _: None, **limits)  # pyright: ignore[reportArgumentType]
    assert time.monotonic() - started < 2.5
