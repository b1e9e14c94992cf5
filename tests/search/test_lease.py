"""Two processes over one engine: one writes, and when it is gone or asleep the other does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from shared.actor import HEADER, signed
from tests.examples import INTERNAL_KEY
from tests.search.conftest import SERVICE
from tests.search.engine.running import MASTER_KEY, RunningEngine
from tests.search.neighbours import Indicators, Practices, a_record
from tests.server import ROOT, free_port

_LEASE_SECONDS = "1.5"


@dataclass
class Process:
    """A search service as a process of its own."""

    process: subprocess.Popen[bytes]
    url: str

    def status(self) -> dict[str, Any]:
        """What it says of its index; empty while it does not answer."""
        headers = {HEADER: signed(SERVICE, INTERNAL_KEY.encode())}
        try:
            answer = httpx.get(f"{self.url}/internal/status", headers=headers, timeout=5)
        except httpx.HTTPError:
            return {}
        return answer.json() if answer.status_code == 200 else {}

    @property
    def writes(self) -> bool:
        """Whether it says that it writes the index."""
        return self.status().get("fence") is not None

    def send(self, number: signal.Signals) -> None:
        """Kill it, stop it, let it go on."""
        self.process.send_signal(number)


@dataclass
class Pair:
    """Practices, the engine, and two services between them."""

    practices: Practices
    engine: RunningEngine
    services: list[Process]

    def writer(self) -> Process:
        """The one that writes, once there is exactly one and both have an index."""
        until(lambda: sum(one.writes for one in self.services) == 1)
        until(lambda: all(one.status().get("ready") for one in self.services))
        return next(one for one in self.services if one.writes)

    def other(self, one: Process) -> Process:
        """The other one."""
        return next(each for each in self.services if each is not one)

    def title(self, name: str) -> str | None:
        """The title that the engine has for a practice."""
        answer = self.engine.call("GET", f"/indexes/practices/documents/{name}")
        return answer.json()["title"] if answer.status_code == 200 else None

    def bookmark(self) -> dict[str, Any]:
        """What the index remembers of itself."""
        return self.engine.get("/indexes/platform_state/documents/practices")


def until(holds: Callable[[], bool], seconds: float = 30) -> None:
    """Ask until it holds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it never came to hold"
        time.sleep(0.05)


@contextmanager
def _served(app: FastAPI) -> Generator[str]:
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="critical"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        until(lambda: server.started)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = server.force_exit = True
        thread.join()


def _started(data: Path, **environment: str) -> Process:
    port = free_port()
    command = [sys.executable, "-m", "services", "--data-dir", str(data), "--port", str(port)]
    process = subprocess.Popen([*command, "run", "search"], cwd=ROOT, env=os.environ | environment)
    return Process(process, f"http://127.0.0.1:{port}")


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    practices, engine = Practices(), RunningEngine(tmp_path / "engine")
    practices.publish(*(a_record(f"p{n}", title=f"Desk {n}") for n in range(5)))
    with _served(practices.app) as practices_url, _served(Indicators().app) as indicators_url:
        told = {
            "INTERNAL_KEY": INTERNAL_KEY,
            "SEARCH_MEILI_URL": engine.url,
            "SEARCH_MEILI_KEY": MASTER_KEY,
            "SEARCH_PRACTICES_URL": practices_url,
            "SEARCH_INDICATORS_URL": indicators_url,
            "SEARCH_LEASE_SECONDS": _LEASE_SECONDS,
        }
        services = [_started(tmp_path / name, **told) for name in ("one", "other")]
        try:
            yield Pair(practices, engine, services)
        finally:
            for one in services:
                one.send(signal.SIGKILL)
                one.process.wait()
            engine.stop()


def test_one_of_two_processes_writes_and_when_it_dies_the_other_takes_over(pair: Pair):
    first = pair.writer()
    pair.practices.publish(a_record("fresh", title="By the first"))
    until(lambda: pair.title("fresh") == "By the first")
    second = pair.other(first)
    until(lambda: second.status()["seq"] == 6)
    assert not second.writes
    before = pair.bookmark()["fence"]

    first.send(signal.SIGKILL)
    pair.practices.publish(a_record("fresh", title="By the second"))
    until(lambda: pair.title("fresh") == "By the second")
    assert second.writes
    assert pair.bookmark()["fence"] > before


def test_a_writer_that_slept_does_not_write_any_more_until_it_is_handed_over(pair: Pair):
    first = pair.writer()
    first.send(signal.SIGSTOP)
    second = pair.other(first)
    pair.practices.publish(a_record("p1", title="While the first slept"))
    until(lambda: pair.title("p1") == "While the first slept")
    fence = pair.bookmark()["fence"]

    first.send(signal.SIGCONT)
    until(lambda: not first.writes)
    for number in range(10):
        seq = pair.practices.publish(a_record(f"late{number}", title=f"Late {number}"))
    until(lambda: pair.bookmark()["seq"] == seq)
    assert pair.bookmark()["fence"] == fence
    assert second.writes

    # One that ends in order hands over at once.
    second.send(signal.SIGINT)
    until(lambda: first.writes, 10)
