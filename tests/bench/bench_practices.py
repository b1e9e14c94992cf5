"""Ten thousand practices in one import; reading among a hundred thousand that are published."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import psutil

from services.practices.domain.practice import facets
from services.practices.record.practice import PracticeIn
from shared.text import folded
from tests.bench.bench_platform import _bare
from tests.bench.bench_search import large
from tests.bench.load import measure
from tests.examples import a_practice
from tests.figures import Row, row
from tests.server import Server, running

_IMPORTED = 10_000
_BAD = 100
_PUBLISHED = 100_000
_REGIONS = ("ES51", "ITF4", "SE224", "BE2", "DE2", "PT17", "FRL", "AT13")
_AREAS = ("health", "housing", "education", "language", "labour", "reception", "governance")
_WORDS = "A desk where newcomers find their way to courses, housing, work and people. "


def rows() -> list[Row]:
    """The figures."""
    return [*importing(), *reading()]


def importing() -> list[Row]:
    """One request with 10,000 rows, of which a hundred are bad, as CSV."""
    found: list[Row] = []
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder) / "data", wait_seconds=180) as server,
        httpx.Client(base_url=server.api, headers=_token(server), timeout=300) as client,
    ):
        at_rest = _memory(server)
        for name, content, asked in (
            ("with 100 bad rows, dry run", _file(_BAD), {"dry_run": "true", "atomic": "none"}),
            ("with 100 bad rows, the good ones stored", _file(_BAD), {"atomic": "none"}),
            ("again, unchanged", _file(_BAD), {"atomic": "none"}),
        ):
            with _peak(server) as peak:
                started = time.perf_counter()
                answer = client.post(
                    "/practices/import",
                    content=content,
                    params=asked,
                    headers={"content-type": "text/csv"},
                )
                seconds = time.perf_counter() - started
            report = answer.json()
            assert answer.status_code == 200, answer.text[:500]
            assert report["failed"] == len({one["row"] for one in report["errors"]})
            label = f"import of {_IMPORTED:,} practices, {len(content) >> 20} MB, {name}"
            found.append(row(label, seconds, "s", goal="< 60", holds=seconds < 60))
            grown = (max(peak) - at_rest) / 1e6
            found.append(row(f"{label}: memory", grown, "MB more", goal="< 300", holds=grown < 300))
    return found


def reading() -> list[Row]:
    """List page, one practice, facet counts, last page and search among 100,000 practices."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        with running(data, wait_seconds=180):
            pass
        ids = _published(data / "practices.db")
        with running(data, wait_seconds=900) as server:
            found: list[Row] = []
            first, last = _pages(server)
            for name, path in (
                ("list page of 50", "/practices"),
                ("one practice", f"/practices/{ids[7]}"),
                ("facet counts", "/practices?facets=true&limit=1"),
                ("list page under a filter", "/practices?area=health"),
                ("facet counts under a filter", "/practices?facets=true&limit=1&area=health"),
            ):
                found.append(_against_bare(server, name, path))
            found.append(_paging(server, first, last))
            return [*found, *large(server, _PUBLISHED)]


def _against_bare(server: Server, name: str, path: str) -> Row:
    url = f"{server.api}{path}"
    body = httpx.get(url, timeout=60).content
    with _bare(body) as bare_url:
        bare = measure(bare_url, connections=1)
        ours = measure(url, connections=1)
    ratio = ours.p50_ms / bare.p50_ms
    return row(
        f"{name} among {_PUBLISHED:,} practices, {len(body)} bytes, p50",
        ours.p50_ms,
        "ms",
        baseline=round(bare.p50_ms, 2),
        ratio=ratio,
        goal="ratio < 10",
        holds=ratio < 10,
    )


def _paging(server: Server, first: str, last: str) -> Row:
    early = measure(server.api + first, connections=1)
    late = measure(server.api + last, connections=1)
    ratio = late.p50_ms / early.p50_ms
    return row(
        "last page against the first by keyset, p50",
        late.p50_ms,
        "ms",
        baseline=round(early.p50_ms, 2),
        ratio=ratio,
        goal="ratio < 1.5",
        holds=ratio < 1.5,
    )


def _pages(server: Server) -> tuple[str, str]:
    """Addresses of the first and the last page, each of a thousand practices."""
    path = "/practices?limit=1000"
    with httpx.Client(base_url=server.api, timeout=60) as client:
        following, before = client.get(path).json()["next"], ""
        while following:
            before, page = following, client.get(f"{path}&cursor={following}").json()
            following = page["next"]
    return path, f"{path}&cursor={before}"


# ------------------------------------------------------------------ the data


def _file(bad: int) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    lists = ("objectives", "activities", "results", "lessons")
    writer.writerow(["external_id", "regions", "title", "summary", "role", "areas", *lists])
    for number in range(_IMPORTED):
        areas = "sport" if number < bad else "; ".join(_some(number))
        texts = ["\n".join([_WORDS * 3] * 4) for _ in lists]
        name = f"own-{number}"
        writer.writerow([name, "ES51", f"Desk {number}", _WORDS * 10, "leader", areas, *texts])
    return out.getvalue().encode()


def _some(number: int) -> list[str]:
    return [_AREAS[number % 7], _AREAS[(number // 7 + 1 + number) % 7]][: 1 + number % 2]


def _published(path: Path) -> list[str]:
    """Put the practices into the database as publishing would; their ids."""
    connection = sqlite3.connect(path)
    start, ids = datetime(2020, 1, 1, tzinfo=UTC), []
    columns = [one[1] for one in connection.execute("PRAGMA table_info(practice)")]
    for chunk in range(0, _PUBLISHED, 5_000):
        made = [_practice(number, start) for number in range(chunk, chunk + 5_000)]
        ids += [one["id"] for one in made]
        names = [name for name in columns if name in made[0]]
        marks = ", ".join("?" * len(names))
        connection.executemany(
            f"INSERT INTO practice ({', '.join(names)}) VALUES ({marks})",
            [[one[name] for name in names] for one in made],
        )
        connection.executemany(
            "INSERT INTO facet (practice_id, facet, value) VALUES (?, ?, ?)",
            [(one["id"], *pair) for one in made for pair in facets(json.loads(one["record"]))],
        )
        connection.commit()
    connection.execute("ANALYZE")
    # Whoever follows the feed reads the whole state anew.
    connection.execute("UPDATE feed SET epoch = ?", [str(uuid.uuid4())])
    connection.commit()
    connection.close()
    return ids


def _practice(number: int, start: datetime) -> dict[str, Any]:
    body = a_practice(
        title=f"Practice {number}",
        regions=[_REGIONS[number % len(_REGIONS)]],
        areas=_some(number),
        summary=_WORDS * 8,
        period={"start": str(2010 + number % 15), "end": None},
    )
    record = PracticeIn.model_validate(body).record()
    record.pop("contact", None)
    record |= {"provenance": "region", "provenance_note": "A measurement.", "confidence": None}
    moment = (start + timedelta(minutes=number)).strftime("%Y-%m-%d %H:%M:%S.%f")
    return {
        "id": str(uuid.UUID(int=number + 1)),
        "region": body["regions"][0],
        "external_id": f"bench-{number}",
        "public": 1,
        "version": 1,
        "record": json.dumps(record),
        "title_key": folded(body["title"]),
        "year_key": record["year"],
        "created_at": moment,
        "published_at": moment,
        "updated_at": moment,
    }


# ------------------------------------------------------------------ the server


def _token(server: Server) -> dict[str, str]:
    scopes = ("--scope", "practices:write", "--scope", "practices:publish")
    asked = ("--name", "bench", "--region", "ES51", *scopes)
    made = server.command("clients", "create", *asked, seconds=180).stdout
    found = dict(line.split("=", 1) for line in made.splitlines() if "=" in line)
    who = (found["client_id"], found["client_secret"])
    form = {"grant_type": "client_credentials"}
    answer = httpx.post(f"{server.api}/oauth/token", auth=who, data=form, timeout=60)
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def _memory(server: Server) -> int:
    return psutil.Process(server.process.pid).memory_info().rss


@contextmanager
def _peak(server: Server) -> Iterator[Sequence[int]]:
    """The resident memory of the server's process while the block runs, ten times a second."""
    seen, done = [_memory(server)], threading.Event()

    def look() -> None:
        while not done.wait(0.1):
            seen.append(_memory(server))

    watch = threading.Thread(target=look)
    watch.start()
    yield seen
    done.set()
    watch.join()
