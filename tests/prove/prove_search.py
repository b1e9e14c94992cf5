"""The index does not drift, whatever fails; nobody notices a rebuild; what is published is found.

PROVE_SECONDS sets how long is written while everything fails (600).
"""

from __future__ import annotations

import asyncio
import os
import random
import tempfile
import time
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from services.indicators import app as indicators
from services.indicators.settings import IndicatorsSettings
from tests.examples import INTERNAL_KEY
from tests.figures import Row, row
from tests.prove.faulty import Faulty
from tests.search.conftest import Found, housed, serving, settings_in
from tests.search.engine.running import MASTER_KEY, RunningEngine
from tests.search.neighbours import Indicators, Practices, a_record
from tests.search.test_publish import publish

SECONDS = float(os.environ.get("PROVE_SECONDS", "600"))
_KILL_SECONDS = 5.0
_QUIET_SECONDS = 60.0
_PRACTICES = 200


def rows() -> list[Row]:
    """The proofs at full length."""
    run = asyncio.run(drift(SECONDS))
    rebuilt = asyncio.run(rebuild_under_load(10_000))
    seconds = asyncio.run(seconds_to_be_found(300))
    return [*_drift_rows(run), *_rebuild_rows(rebuilt), *_found_rows(seconds)]


# ------------------------------------------------------------------ no drift


@dataclass
class Drift:
    """What happened while everything failed, and what the index lacked in the end."""

    seconds: float
    writes: int = 0
    kills: int = 0
    searches: Counter[int] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    catch_up_seconds: float = 0.0
    differing: list[str] = field(default_factory=list)
    drift: list[str] = field(default_factory=list)
    quarantined: list[str] = field(default_factory=list)


class Engine:
    """An engine that is killed and started anew over the same files."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._running = RunningEngine(data)
        self.kills = 0

    def address(self) -> tuple[str, int]:
        """Where it listens now."""
        where = urlsplit(self._running.url)
        assert where.hostname is not None
        assert where.port is not None
        return where.hostname, where.port

    async def kill(self) -> None:
        """End it in the middle of whatever it does and start it anew."""
        await asyncio.to_thread(self._running.kill)
        self.kills += 1
        self._running = await asyncio.to_thread(RunningEngine, self._data)

    def stop(self) -> None:
        """End it for good."""
        self._running.stop()


async def drift(
    seconds: float, *, kill_seconds: float = _KILL_SECONDS, share: float = 0.05, seed: int = 7
) -> Drift:
    """Write for a while over a network that fails to an engine that is killed; then compare."""
    practices = Practices()
    practices.publish(*(a_record(f"p{n}", title=f"Desk {n}") for n in range(_PRACTICES)))
    done = Drift(seconds)
    with tempfile.TemporaryDirectory() as folder:
        engine = await asyncio.to_thread(Engine, Path(folder) / "engine")
        network = Faulty(engine.address, 0.0, seed)
        try:
            async with network.open(), _service(Path(folder), network, practices) as found:
                await found.ready()
                network.share = share
                await asyncio.gather(
                    _write(practices, seconds, seed, done),
                    _kill(engine, seconds, kill_seconds),
                    _search(found, seconds, done),
                )
                network.share = 0.0
                await _compare(found, practices, done)
        finally:
            await asyncio.to_thread(engine.stop)
    done.kills, done.faults = engine.kills, network.done
    return done


@asynccontextmanager
async def _service(folder: Path, network: Faulty, practices: Practices) -> AsyncGenerator[Found]:
    settings = settings_in(
        folder,
        meili_url=f"http://127.0.0.1:{network.port}",
        meili_key=MASTER_KEY,
        search_seconds=1,
        task_seconds=5,
        # Nothing is to be mended behind our back.
        audit_minutes=10_000,
    )
    neighbours = {"practices": practices.app, "indicators": Indicators().app}
    async with serving(settings, neighbours) as found:
        yield found


async def _write(practices: Practices, seconds: float, seed: int, done: Drift) -> None:
    chance = random.Random(seed)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        name = f"p{chance.randrange(2 * _PRACTICES)}"
        if name in practices.records and chance.random() < 0.3:
            practices.withdraw(name)
        else:
            practices.publish(a_record(name, title=f"Version {done.writes} of {name}"))
        done.writes += 1
        await asyncio.sleep(chance.uniform(0, 0.05))


async def _kill(engine: Engine, seconds: float, every: float) -> None:
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        await asyncio.sleep(min(every, left))
        await engine.kill()


async def _search(found: Found, seconds: float, done: Drift) -> None:
    """What searches get meanwhile: an answer or `try again`, within the deadline."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        answer = await found.client.post("/search/indexes/practices/search", json={"q": "desk"})
        done.searches[answer.status_code] += 1
        await asyncio.sleep(0.05)


async def _compare(found: Found, practices: Practices, done: Drift) -> None:
    """Wait until the index says that it is true, then read all of it and compare."""
    began = time.monotonic()
    await found.seen(len(practices.log), _QUIET_SECONDS)
    done.catch_up_seconds = time.monotonic() - began
    stored = await found.parts.engine.documents("practices", 0, 1000, ["id", "title"])
    present = {one["id"]: one["title"] for one in stored}
    wanted = {name: record["title"] for name, record in practices.records.items()}
    done.differing = sorted(
        name for name in present.keys() | wanted.keys() if present.get(name) != wanted.get(name)
    )
    report = await found.post("/internal/audit", {})
    done.drift = report["drift"] + report["moved"]
    done.quarantined = [one["id"] for one in (await found.status())["quarantine"]]


def _drift_rows(run: Drift) -> list[Row]:
    name = f"after {run.seconds:.0f} s of writes, engine killed, network faulty"
    wrong = len(run.differing) + len(run.drift) + len(run.quarantined)
    others = {status: number for status, number in run.searches.items() if status not in (200, 503)}
    faults = sum(number for fault, number in run.faults.items() if fault != "pass")
    return [
        row(f"{name}: documents that differ", wrong, "documents", goal="0", holds=wrong == 0),
        row(f"{name}: writes", run.writes, "changes"),
        row(f"{name}: times that the engine was killed", run.kills, "times"),
        row(f"{name}: faults of the network", faults, f"faults {dict(run.faults)}"),
        row(f"{name}: searches answered", run.searches[200], "searches"),
        row(f"{name}: searches told to try again", run.searches[503], "searches"),
        row(
            f"{name}: searches with any other answer",
            sum(others.values()),
            "searches",
            goal="0",
            holds=not others,
        ),
        row(f"{name}: until the index was true again", run.catch_up_seconds, "s"),
    ]


# ------------------------------------------------------------------ rebuild under load


@dataclass
class Rebuilt:
    """A rebuild while people search and regions publish."""

    practices: int
    seconds: float
    searches: int
    failed: int
    slowest_ms: float
    drift: int


async def rebuild_under_load(number: int, searchers: int = 4) -> Rebuilt:
    """Build an index anew while `searchers` search without a pause and practices change."""
    practices = Practices()
    text = "Newcomers find their way to courses, housing and work in the region. " * 25
    practices.publish(
        *(a_record(f"p{n}", title=f"Desk {n}", summary=f"{n} {text}") for n in range(number))
    )
    neighbours = {"practices": practices.app, "indicators": Indicators().app}
    with tempfile.TemporaryDirectory() as folder:
        async with serving(settings_in(Path(folder)), neighbours) as found:
            await found.ready(300)
            building = asyncio.create_task(found.post("/internal/rebuild", {}))
            began = time.monotonic()
            asked = await asyncio.gather(
                *(_ask_until(found, building) for _ in range(searchers)),
                _change_until(practices, building),
            )
            seconds = time.monotonic() - began
            await building
            await found.seen(len(practices.log), 60)
            report = await found.post("/internal/audit", {})
    times = [one for part in asked[:-1] for one in part]
    return Rebuilt(
        number,
        seconds,
        len(times),
        sum(time_ms is None for time_ms in times),
        max(time_ms for time_ms in times if time_ms is not None),
        len(report["drift"]) + len(report["moved"]),
    )


async def _ask_until(found: Found, building: asyncio.Task[Any]) -> list[float | None]:
    """The milliseconds of each search; None for one that was not answered as it should be."""
    times: list[float | None] = []
    while not building.done():
        began = time.perf_counter()
        answer = await found.client.post(
            "/search/indexes/practices/search", json={"q": "desk", "limit": 5}
        )
        fine = answer.status_code == 200 and len(answer.json()["hits"]) == 5
        times.append((time.perf_counter() - began) * 1000 if fine else None)
        await asyncio.sleep(0)
    return times


async def _change_until(practices: Practices, building: asyncio.Task[Any]) -> list[float | None]:
    number = 0
    while not building.done():
        practices.publish(a_record(f"p{number}", title=f"Desk {number} anew"))
        number += 1
        await asyncio.sleep(0.02)
    return []


def _rebuild_rows(run: Rebuilt) -> list[Row]:
    name = f"rebuild of {run.practices:,} practices under search and writes"
    return [
        row(f"{name}: failed searches", run.failed, "searches", goal="0", holds=run.failed == 0),
        row(f"{name}: searches answered", run.searches - run.failed, "searches"),
        row(f"{name}: slowest search", run.slowest_ms, "ms"),
        row(f"{name}: duration", run.seconds, "s"),
        row(f"{name}: drift afterwards", run.drift, "documents", goal="0", holds=run.drift == 0),
    ]


# ------------------------------------------------------------------ published is found


async def seconds_to_be_found(number: int) -> list[float]:
    """How long after the answer to `publish` a search finds each of `number` practices."""
    with tempfile.TemporaryDirectory() as folder:
        settings = IndicatorsSettings(data_dir=Path(folder), internal_key=INTERNAL_KEY)
        indicators.prepare(settings, lambda _: None)
        async with housed(Path(folder), settings) as house:
            return [await _until_found(house, n) for n in range(number)]


async def _until_found(house: Any, number: int) -> float:
    word = f"quokka{number:05}x"
    await publish(house, title=f"Night school {word}")
    began = time.perf_counter()
    while not (await house.search.find(word, limit=1))["hits"]:
        assert time.perf_counter() - began < 10, f"{word} was not found"
        await asyncio.sleep(0.002)
    return time.perf_counter() - began


def _found_rows(seconds: list[float]) -> list[Row]:
    ordered = sorted(seconds)
    p50, p99 = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)]
    name = f"from published to found, {len(seconds)} practices"
    return [
        row(f"{name}: p50", p50, "s"),
        row(f"{name}: p99", p99, "s", goal="< 1", holds=p99 < 1),
    ]
