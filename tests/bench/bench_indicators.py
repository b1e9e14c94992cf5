"""Speed and memory of the indicators service: ready answers against computing from SQL rows.

Both sides are routes of one running service, asked over HTTP by one client, and their
bytes are asserted equal before anything is timed. `rows()` gives the table.
"""

from __future__ import annotations

import os

# One thread for both sides, as the service runs.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import csv
import http.client
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import uvicorn
from fastapi import FastAPI, Response
from pydantic_core import to_json
from sqlmodel import Session, select

from services.indicators.app import create_app, prepare
from services.indicators.assessments.imports import MEDIA
from services.indicators.domain import scoring
from services.indicators.domain.answers import COLUMNS, Answers
from services.indicators.editions import profiles
from services.indicators.published.holdings import Holdings, dimensions
from services.indicators.published.sheets import Keep, Sheet
from services.indicators.settings import IndicatorsSettings
from services.indicators.tables import METADATA, Edition
from shared.actor import Actor, signed
from tests.indicators.assessment.answer_files import a_bomb
from tests.server import free_port

KEY = "a key of the bench, thirty-two bytes!"
DATA = IndicatorsSettings(data_dir=Path(), internal_key=KEY).first_data
EDITION = "demonstration"
REGION = "ES51"
REGIONS, EDITIONS = 1_200, 10

Row = dict[str, Any]


def rows() -> list[Row]:
    """Every figure: name, value, unit, baseline, ratio, goal, holds."""
    return [*ready_against_rows(), refused(), *large()]


# ------------------------------------------------------------------ B5


def ready_against_rows() -> list[Row]:
    """The scores of an edition and a profile, warm, against computing them from SQL rows."""
    with tempfile.TemporaryDirectory() as folder:
        settings = IndicatorsSettings(data_dir=Path(folder), internal_key=KEY)
        prepare(settings, lambda _: None)
        with served(settings) as port:
            return [
                compared(port, "B5 scores of an edition", f"/editions/{EDITION}/scores"),
                compared(port, "B5 profile of a region", f"/editions/{EDITION}/regions/{REGION}"),
            ]


def compared(port: int, name: str, path: str) -> Row:
    """Warm against computed, turn by turn; both sides have given the same bytes before.

    Five warm requests to each computed one: the first of them finds the processor's memory
    full of what the computation left there.
    """
    connection = http.client.HTTPConnection("127.0.0.1", port)

    def ask(where: str) -> bytes:
        connection.request("GET", where)
        answer = connection.getresponse()
        content = answer.read()
        assert answer.status == 200, content[:300]
        return content

    content = ask(path)
    assert content == ask(f"/computed{path}")
    warm: list[float] = []
    computed: list[float] = []
    for _ in range(31):
        warm += [timed(lambda: ask(path)) for _ in range(5)]
        computed.append(timed(lambda: ask(f"/computed{path}")))
    sides = statistics.median(warm), statistics.median(computed)
    return row(f"{name}, {len(content)} bytes, warm over HTTP", *sides, 20)


def add_computing(app: FastAPI) -> None:
    """The same answers, each computed from the SQL rows of the edition's answers.

    Regions and methodologies are kept in memory on both sides.
    """
    books: list[Holdings] = []

    def sheet(session: Session) -> tuple[Sheet, Holdings, Any]:
        if not books:
            books.append(Holdings.read(session))
        holdings = books[0]
        edition = holdings.edition(EDITION)
        kept = holdings.methodology("open-instrument-1", "1.0.0")
        held = session.exec(select(Edition).where(Edition.id == EDITION)).one()
        table = METADATA.tables["answer"]
        asked = table.select().where(table.c.edition == EDITION, table.c.revision == held.revision)
        found = session.connection().execute(asked).mappings()
        cells = [{name: one[name] for name in COLUMNS} for one in found]
        answers = Answers.parse(kept.methodology, cells)
        scores = scoring.score(kept.methodology, answers)
        names = dimensions(kept.methodology)
        return Sheet(edition, kept.methodology, scores, (), names), holdings, kept.document

    def scores(session: Session) -> bytes:
        found, _, _ = sheet(session)
        items = list(found.rows(Keep()))
        return to_json({**profiles.heading(found), "items": items, "next": None})

    def profile(session: Session) -> bytes:
        found, holdings, document = sheet(session)
        return to_json(profiles.profile(found, holdings.regions[REGION], document, {}))

    for path, work in {"scores": scores, f"regions/{REGION}": profile}.items():
        app.get(f"/computed/editions/{EDITION}/{path}")(computing(app, work))


def computing(app: FastAPI, work: Callable[[Session], bytes]) -> Callable[[], Any]:
    async def answer() -> Response:
        content = await app.state.database.read_long(work)
        return Response(content, media_type="application/json")

    return answer


@contextmanager
def served(settings: IndicatorsSettings) -> Iterator[int]:
    """The service on a port, as it runs, with the computing routes beside its own."""
    app, port = create_app(settings, {}), free_port()
    add_computing(app)
    config = uvicorn.Config(app, port=port, log_config=None, access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield port
    server.should_exit = True
    thread.join()


# ------------------------------------------------------------------ refusal


def refused() -> Row:
    """How long the refusal of a workbook takes that is small and would be 100 MB inflated."""
    content = a_bomb(100)
    who = Actor("client", "client", frozenset({"indicators:write"}), frozenset({REGION}))
    headers = {"x-actor": signed(who, KEY.encode()), "content-type": "application/json"}
    with tempfile.TemporaryDirectory() as folder:
        settings = IndicatorsSettings(data_dir=Path(folder), internal_key=KEY)
        prepare(settings, lambda _: None)
        with served(settings) as port:
            connection = http.client.HTTPConnection("127.0.0.1", port)

            def send(path: str, body: bytes, **more: str) -> tuple[int, Any]:
                connection.request("POST", path, body, headers | more)
                answer = connection.getresponse()
                return answer.status, json.loads(answer.read())

            asked = {"edition": EDITION, "region": REGION, "kind": "self"}
            _, begun = send("/assessments", json.dumps(asked).encode())
            headers |= {"content-type": MEDIA["xlsx"], "if-match": '"v0"'}

            def bomb() -> None:
                status, problem = send(f"/assessments/{begun['id']}/import", content)
                assert (status, problem["errors"][0]["code"]) == (422, "E_ARCHIVE"), problem

            bomb()
            usual = statistics.median(timed(bomb) for _ in range(11))
    kilobytes = len(content) // 1000
    return {
        "name": f"a workbook of {kilobytes} kB that would be 100 MB is refused",
        "value": round(usual * 1e3, 1), "unit": "ms", "baseline": None, "ratio": None,
        "goal": "< 200", "holds": usual < 0.2,
    }  # fmt: skip


# ------------------------------------------------------------------ memory


def large() -> list[Row]:
    """The peak of a process that answers for 1,200 regions, 61 questions, ten editions.

    Overall scores and a profile of each edition, all scores of one, and a simulation.
    """
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        write_large(home / "first")
        settings = IndicatorsSettings(
            data_dir=home / "data", internal_key=KEY, first_data=home / "first"
        )
        prepare(settings, lambda _: None)
        command = [sys.executable, "-m", "tests.bench.bench_indicators", str(home)]
        made = subprocess.run(command, capture_output=True, text=True, check=True)
        peak, slowest = json.loads(made.stdout)
    return [
        {"name": f"{REGIONS} regions x 61 x {EDITIONS} editions in one process, peak RSS",
         "value": round(peak, 1), "unit": "MB", "baseline": None, "ratio": None,
         "goal": "< 300", "holds": peak < 300},
        {"name": f"{REGIONS} regions, overall scores and a profile of one edition, cold",
         "value": round(slowest * 1e3, 1), "unit": "ms", "baseline": None, "ratio": None,
         "goal": "", "holds": None},
    ]  # fmt: skip


def write_large(folder: Path) -> None:
    """First data with 1,200 regions and ten editions of random answers, 5 % of them missing."""
    folder.mkdir(parents=True)
    instrument = (DATA / "open-instrument-1.json").read_text()
    (folder / "open-instrument-1.json").write_text(instrument)
    like = json.loads((DATA / "regions.json").read_text())["regions"][0]
    codes = [f"R{number:04d}" for number in range(REGIONS)]
    regions = [
        like | {"code": code, "slug": code.lower(), "name": code, "part_of": None,
                "same_territory_as": None}
        for code in codes
    ]  # fmt: skip
    (folder / "regions.json").write_text(json.dumps({"regions": regions}))
    cells = [
        (one["code"], group, [option["code"] for option in one["options"]])
        for one in json.loads(instrument)["indicators"]
        for group in one["groups"]
    ]
    record = json.loads((DATA / EDITION / "edition.json").read_text())
    for number in range(EDITIONS):
        write_edition(folder / f"made-{number}", record | {"id": f"made-{number}"}, codes, cells)


def write_edition(folder: Path, record: Row, codes: list[str], cells: list[Any]) -> None:
    folder.mkdir()
    (folder / "edition.json").write_text(json.dumps(record))
    chance = np.random.default_rng(int(record["id"].removeprefix("made-")))
    picked = chance.random((len(codes), len(cells))).tolist()
    with (folder / "answers.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for code, own in zip(codes, picked, strict=True):
            for share, (indicator, group, options) in zip(own, cells, strict=True):
                option = options[int(share * len(options) / 0.95)] if share < 0.95 else ""
                writer.writerow((code, indicator, group, "scored" if option else "missing", option))


def ask_large(home: Path) -> tuple[float, float]:
    """(peak RSS in MB, slowest cold answer in s) of a process that answers for every edition."""
    settings = IndicatorsSettings(
        data_dir=home / "data", internal_key=KEY, first_data=home / "first"
    )
    slowest = 0.0
    with served(settings) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port)

        def ask(path: str) -> None:
            connection.request("GET", path)
            answer = connection.getresponse()
            content = answer.read()
            assert answer.status == 200, content[:300]

        for number in range(EDITIONS):
            base = f"/editions/made-{number}"
            both = (f"{base}/scores?dimension=overall", f"{base}/regions/R0007")
            slowest = max(slowest, sum(timed(lambda path=path: ask(path)) for path in both))
        ask("/editions/made-0/robustness?n=1000")
        ask("/editions/made-0/scores")
    return peak_megabytes(), slowest


def peak_megabytes() -> float:
    """The most memory that this process ever held."""
    # Not getrusage: a child starts with the peak of the process that started it.
    status = Path("/proc/self/status").read_text()
    (line,) = (one for one in status.splitlines() if one.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def timed(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def row(name: str, own: float, baseline: float, goal: float) -> Row:
    ratio = baseline / own
    return {"name": name, "value": round(own * 1e3, 3), "unit": "ms",
            "baseline": round(baseline * 1e3, 3), "ratio": round(ratio, 1),
            "goal": f">= {goal}", "holds": ratio >= goal}  # fmt: skip


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(ask_large(Path(sys.argv[1]))))
    else:
        for figure in rows():
            print(figure)
