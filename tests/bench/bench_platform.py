"""Start-up, the map page's bytes, the region panel and a search through the gateway."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.bench.load import Measured, measure
from tests.figures import Row, row
from tests.server import ROOT, Server, free_port, running

_SEARCH = json.dumps(
    {"queries": [{"indexUid": "practices", "q": "health", "facets": ["filter_areas"], "limit": 20}]}
).encode()

_TURNS = 5
_LAYERS = (
    ("list of map layers", "/map/layers"),
    ("map layer of practices", "/map/layers/practices"),
)


def rows() -> list[Row]:
    """The measurements, in the form of var/bench/results.json."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        with running(data) as server:
            first = server.seconds_to_ready
        with running(data) as server:
            second = server.seconds_to_ready
            found = [
                row("start, first run on empty data", first, "s", goal="< 10 after the build"),
                row("start, later run", second, "s", goal="< 5", holds=second < 5),
            ]
            found += _against_bare(server, "region panel", "/regions/ES51", None, 0.5)
            for name, path in _LAYERS:
                found += _against_bare(server, name, path, None, 0.5)
            found.append(_unchanged(server, "/regions/ES51"))
            found.append(_own_cpu())
            found += _against_bare(server, "search", "/search/multi-search", _SEARCH, None)
            found += _page_bytes(server)
    return found


def _against_bare(
    server: Server, name: str, path: str, body: bytes | None, floor: float | None
) -> list[Row]:
    url = f"{server.api}{path}"
    method, kind = ("POST", {"content-type": "application/json"}) if body else ("GET", None)
    answer = httpx.request(method, url, content=body, headers=kind)
    with _bare(answer.content) as bare_url:
        # By turns, and the best of each: what else the machine does comes and goes.
        turns = [
            (measure(bare_url, body=body, seconds=1), measure(url, body=body, seconds=1))
            for _ in range(_TURNS)
        ]
    bare, ours = (_best([turn[which] for turn in turns]) for which in (0, 1))
    # A search answer says how many milliseconds it took: a digit more or less.
    assert abs(ours.body_bytes - bare.body_bytes) < 20
    return [_rate(name, ours, bare, floor), *_latency(name, ours, bare)]


def _best(found: list[Measured]) -> Measured:
    return Measured(
        per_second=max(one.per_second for one in found),
        p50_ms=min(one.p50_ms for one in found),
        p99_ms=min(one.p99_ms for one in found),
        body_bytes=found[0].body_bytes,
    )


def _rate(name: str, ours: Measured, bare: Measured, floor: float | None) -> Row:
    ratio = ours.per_second / bare.per_second
    return row(
        f"{name} through the gateway, {ours.body_bytes} bytes, 8 connections",
        round(ours.per_second),
        "requests/s",
        baseline=round(bare.per_second),
        ratio=ratio,
        goal=f"ratio >= {floor}" if floor else "",
        holds=ratio >= floor if floor else None,
    )


def _latency(name: str, ours: Measured, bare: Measured) -> list[Row]:
    ratio = ours.p99_ms / bare.p99_ms
    is_bytes = name != "search"
    return [
        row(
            f"{name} through the gateway, p50 of 8 connections",
            round(ours.p50_ms, 2),
            "ms",
            baseline=round(bare.p50_ms, 2),
            ratio=ours.p50_ms / bare.p50_ms,
        ),
        row(
            f"{name} through the gateway, p99 of 8 connections",
            round(ours.p99_ms, 2),
            "ms",
            baseline=round(bare.p99_ms, 2),
            ratio=ratio,
            goal="ratio <= 3" if is_bytes else "",
            holds=ratio <= 3 if is_bytes else None,
        ),
    ]


def _unchanged(server: Server, path: str) -> Row:
    """A 304 against the 200 of the same address."""
    url = f"{server.api}{path}"
    tag = httpx.get(url, headers={"accept-encoding": "identity"}).headers["etag"]
    turns = [
        (measure(url, seconds=1), measure(url, headers={"If-None-Match": tag}, seconds=1))
        for _ in range(_TURNS)
    ]
    whole, same = (_best([turn[which] for turn in turns]) for which in (0, 1))
    return row(
        "region panel, 304 against 200",
        round(same.per_second),
        "requests/s",
        baseline=round(whole.per_second),
        ratio=same.per_second / whole.per_second,
        goal="ratio > 1",
        holds=same.per_second > whole.per_second,
    )


def _own_cpu() -> Row:
    """CPU of id, log, metrics, token, limits, headers and dispatch, over an upstream of nothing."""
    measured = subprocess.run(
        [sys.executable, "-m", "tests.bench.layer"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    micros = float(measured.stdout.strip())
    return row(
        "platform layer, CPU of a request with a token and a log line",
        micros,
        "µs",
        goal="<= 250",
        holds=micros <= 250,
    )


def _page_bytes(server: Server) -> list[Row]:
    """What the browser fetches for the map page, compressed, and what the search page adds."""
    measured = subprocess.run(
        ["node", "--test", "--test-reporter=tap", "tests/journeys/reading/weight.test.mjs"],
        cwd=ROOT / "web",
        env={**os.environ, "BASE_URL": server.url},
        capture_output=True,
        text=True,
        timeout=120,
    )
    page = re.search(r"map page: scripts (\d+), all (\d+) bytes", measured.stdout)
    more = re.search(r"search page: (\d+) bytes of scripts", measured.stdout)
    assert page is not None, measured.stdout
    assert more is not None, measured.stdout
    weights = [
        ("map page, JavaScript, gzip", int(page[1]), 60_000),
        ("map page, everything, gzip", int(page[2]), 120_000),
        ("search page, further JavaScript, gzip", int(more[1]), 90_000),
    ]
    return [
        row(name, size, "bytes", goal=f"<= {limit:,}", holds=size <= limit)
        for name, size, limit in weights
    ]


@contextmanager
def _bare(body: bytes) -> Generator[str]:
    with tempfile.NamedTemporaryFile() as file:
        Path(file.name).write_bytes(body)
        port = free_port()
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.bare", file.name, str(port)], cwd=ROOT
        )
        url = f"http://127.0.0.1:{port}/"
        try:
            for _ in range(200):
                try:
                    httpx.get(url, timeout=1)
                    break
                except httpx.HTTPError:
                    time.sleep(0.05)
            yield url
        finally:
            process.kill()
            process.wait()
