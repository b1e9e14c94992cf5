"""The four services as four processes that know one another by address only."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import httpx
import pytest

from tests.server import ROOT, free_port, run

pytestmark = pytest.mark.xdist_group("platform")

NAMES = ("indicators", "practices", "search", "gateway")


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The gateway's address, when all four are ready."""
    data = tmp_path_factory.mktemp("apart")
    ports = {name: free_port() for name in NAMES}
    urls = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
    environment = {
        "INTERNAL_KEY": "a secret of this test that all four share",
        "DATA_DIR": str(data),
        "SITE": urls["gateway"],
    } | {
        f"{name}_{neighbour}_URL".upper(): url
        for name in NAMES
        for neighbour, url in urls.items()
        if neighbour != name
    }
    made = run(data, "migrate", **environment)
    assert made.returncode == 0, made.stderr
    processes = [_started(name, ports[name], environment) for name in NAMES]
    try:
        _wait(urls["gateway"], processes)
        yield urls["gateway"]
    finally:
        for process in processes:
            process.send_signal(signal.SIGTERM)
        for process in processes:
            process.wait(15)


def _started(name: str, port: int, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "services", "--port", str(port), "run", name],
        cwd=ROOT,
        env={**os.environ, **environment, "LOG_LEVEL": "ERROR"},
    )


def _wait(url: str, processes: list[subprocess.Popen[bytes]]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert all(process.poll() is None for process in processes)
        try:
            if httpx.get(f"{url}/readyz", timeout=5).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    raise AssertionError("not ready after a minute")


def test_the_panel_joins_both_halves_over_the_network(door: str):
    panel = httpx.get(f"{door}/api/v1/regions/ES51").json()
    assert panel["practices"]["count"] == 14
    assert panel["mipex_r"]["dimensions"][0]["score"] == 71


def test_search_and_lists_answer_through_remote_upstreams(door: str):
    body = {"queries": [{"indexUid": "practices", "q": "robotic"}]}
    found = httpx.post(f"{door}/api/v1/search/multi-search", json=body).json()
    assert "ES51" in found["results"][0]["hits"][0]["region_codes"]
    listed = httpx.get(f"{door}/api/v1/practices", params={"q": "robotic", "limit": 1}).json()
    assert listed["items"][0]["id"] == found["results"][0]["hits"][0]["id"]


def test_a_problem_of_a_remote_service_names_the_public_path(door: str):
    answer = httpx.get(f"{door}/api/v1/practices?limit=0")
    assert answer.status_code == 422
    assert answer.json()["instance"] == "/api/v1/practices"
    assert answer.headers["x-request-id"] == answer.json()["trace_id"]


def test_percent_encoded_queries_reach_a_remote_service_unchanged(door: str):
    answer = httpx.get(f"{door}/api/v1/practices", params={"q": "Skåne & mångfald + 50%"})
    assert answer.status_code == 200
