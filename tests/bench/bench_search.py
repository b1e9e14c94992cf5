"""Search over 10,000 practices of 2 KB: rebuild, queries in the engine and behind the gateway."""

from __future__ import annotations

import json
import random
import tempfile
import time
from pathlib import Path

import httpx
import psutil

from tests.bench.load import Measured, measure
from tests.figures import Row, row
from tests.search.large import filled, many
from tests.server import Server, running

PRACTICES = 10_000
_QUERY = {
    "facets": ["filter_areas", "filter_countries", "filter_target_groups", "year"],
    "attributesToHighlight": ["title", "summary"],
    "limit": 20,
}
_WORDS = ("health", "housing refugees", "language cours", "unacompanied minors", "")


def rows() -> list[Row]:
    """The measurements, all over one platform."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        filled(data, PRACTICES)
        with running(data, wait_seconds=300) as server:
            return [*_rebuild(server), *_queries(server), *_through_the_gateway(server)]


def _rebuild(server: Server) -> list[Row]:
    began = time.monotonic()
    done = server.command("search", "rebuild", "--url", server.url, seconds=600)
    seconds = time.monotonic() - began
    assert done.returncode == 0, done.stderr
    child = engine_of(server)
    size = psutil.Process(child.pid).memory_info().rss / 1e6
    name = f"search, {PRACTICES:,} practices"
    return [
        row(f"{name}, rebuild by command", seconds, "s", goal="< 30", holds=seconds < 30),
        row(f"{name}, memory of the engine after a rebuild", size, "MB"),
    ]


def _queries(server: Server) -> list[Row]:
    """On one connection, straight at the engine: five texts again and again, and texts once each.

    The engine remembers what a text matched until the index changes, so both are measured.
    """
    with _engine_client(server) as client:
        repeated = _milliseconds(client, [words for words in _WORDS for _ in range(100)])
        fresh = _milliseconds(client, _texts(300))
    name = f"search, {PRACTICES:,} practices, facets and highlight, in the engine"
    p50, p99 = _percentiles(repeated)
    fresh_p50, fresh_p99 = _percentiles(fresh)
    return [
        row(f"{name}, p50", p50, "ms", goal="< 8", holds=p50 < 8),
        row(f"{name}, p99", p99, "ms", goal="< 40", holds=p99 < 40),
        row(f"{name}, texts never asked before, p50", fresh_p50, "ms"),
        row(f"{name}, texts never asked before, p99", fresh_p99, "ms"),
    ]


def _milliseconds(client: httpx.Client, texts: list[str]) -> list[float]:
    times: list[float] = []
    for text in texts:
        began = time.perf_counter()
        answer = client.post("/indexes/practices/search", json={"q": text, **_QUERY})
        times.append((time.perf_counter() - began) * 1000)
        assert answer.status_code == 200, answer.text
    return times


def _percentiles(times: list[float]) -> tuple[float, float]:
    ordered = sorted(times)
    return ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)]


def _texts(number: int) -> list[str]:
    """Different pairs of words of the practices, the second one not typed to its end."""
    words = sorted({word for one in many(500) for word in one["summary"].split() if word.isalpha()})
    chance = random.Random(11)
    found: dict[str, None] = {}
    while len(found) < number:
        found[f"{chance.choice(words)} {chance.choice(words)[:4]}"] = None
    return list(found)


def _through_the_gateway(server: Server) -> list[Row]:
    """The same call at the engine and at the gateway, in one run."""
    query = {"indexUid": "practices", "q": "housing refugees", **_QUERY}
    body = json.dumps({"queries": [query]}).encode()
    with _engine_client(server) as client:
        engine, key = str(client.base_url), client.headers["authorization"]
    found: list[Row] = []
    for connections, quantity in ((1, "p50"), (32, "throughput")):
        near = measure(
            f"{engine}multi-search",
            connections=connections,
            body=body,
            headers={"Authorization": key},
        )
        far = measure(f"{server.api}/search/multi-search", connections=connections, body=body)
        found.append(_compared(quantity, near, far))
    return found


def _compared(quantity: str, near: Measured, far: Measured) -> Row:
    name = f"search, {PRACTICES:,} practices, through the gateway"
    if quantity == "p50":
        ratio = far.p50_ms / near.p50_ms
        return row(
            f"{name}, p50 of one connection",
            far.p50_ms,
            "ms",
            baseline=round(near.p50_ms, 2),
            ratio=ratio,
            goal="ratio <= 1.5 of the engine alone",
            holds=ratio <= 1.5,
        )
    ratio = far.per_second / near.per_second
    return row(
        f"{name}, 32 connections",
        far.per_second,
        "requests/s",
        baseline=round(near.per_second),
        ratio=ratio,
        goal="ratio >= 0.5 of the engine alone",
        holds=ratio >= 0.5,
    )


def engine_of(server: Server) -> psutil.Process:
    """The process of the embedded engine."""
    children = psutil.Process(server.process.pid).children()
    return next(one for one in children if "services.search.engine" in one.cmdline())


def _engine_client(server: Server) -> httpx.Client:
    """A client of the engine itself, with its key."""
    listening = [one for one in engine_of(server).net_connections("tcp") if one.status == "LISTEN"]
    key = (server.data_dir / "search" / "engine.key").read_text().strip()
    url = f"http://127.0.0.1:{listening[0].laddr.port}/"
    return httpx.Client(base_url=url, headers={"authorization": f"Bearer {key}"}, timeout=60)


def large(server: Server, practices: int) -> list[Row]:
    """What an index costs that holds so many practices: it is waited for."""
    with _engine_client(server) as client:
        began, held = time.monotonic(), 0
        while held < practices:
            assert time.monotonic() - began < 1200, f"{held} of {practices} are in the index"
            time.sleep(1)
            held = client.get("indexes/practices/stats").json().get("numberOfDocuments", 0)
        slowest = max(_milliseconds(client, list(_WORDS)))
    size = psutil.Process(engine_of(server).pid).memory_info().rss / 1e6
    name = f"search among {practices:,} practices"
    return [
        row(f"{name}: slowest of {len(_WORDS)} queries with facets and highlight", slowest, "ms"),
        row(f"{name}: memory of the engine", size, "MB"),
    ]
