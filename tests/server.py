"""The whole platform as a real process, for journeys and measurements."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Server:
    """A running platform. `seconds_to_ready` counts from the start of the process."""

    url: str
    data_dir: Path
    process: subprocess.Popen[str]
    seconds_to_ready: float

    @property
    def api(self) -> str:
        """The base of the public API."""
        return f"{self.url}/api/v1"

    def command(self, *arguments: str, seconds: float = 60) -> subprocess.CompletedProcess[str]:
        """Run a command of the platform over the same data."""
        return run(self.data_dir, *arguments, seconds=seconds)


def run(
    data_dir: Path, *arguments: str, seconds: float = 60, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run `python -m services ...` to its end and give what it said."""
    return subprocess.run(
        [sys.executable, "-m", "services", "--data-dir", str(data_dir), *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=seconds,
    )


@contextmanager
def running(data_dir: Path, *, wait_seconds: float = 120, **environment: str) -> Generator[Server]:
    """The platform on a free port over a data directory, stopped with Ctrl-C at the end."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    started = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "services", "--data-dir", str(data_dir), "--port", str(port)],
        cwd=ROOT,
        env={**os.environ, "SITE": url, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        _wait(url, process, wait_seconds)
        yield Server(url, data_dir, process, time.monotonic() - started)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        assert process.stdout is not None
        process.stdout.close()


def free_port() -> int:
    """A port of this machine that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait(url: str, process: subprocess.Popen[str], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            assert process.stdout is not None
            raise RuntimeError(f"the platform did not start:\n{process.stdout.read()}")
        try:
            if httpx.get(f"{url}/readyz", timeout=2).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.05)
    raise RuntimeError(f"the platform was not ready after {seconds:.0f} s")
