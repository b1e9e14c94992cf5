"""The commands of the search index, over a running platform."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.server import Server, free_port, run, running

pytestmark = pytest.mark.xdist_group("platform")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("commands") / "data") as server:
        yield server


def test_the_index_is_built_anew(server: Server):
    done = server.command("search", "rebuild", "--url", server.url)
    assert done.returncode == 0, done.stderr
    assert "the new index holds 192 practices" in done.stdout


def test_an_audit_says_that_nothing_differs(server: Server):
    done = server.command("search", "audit", "--url", server.url)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[1:] == ["192 practices, 192 documents", "no drift"]


def test_the_key_of_another_directory_does_not_open_it(server: Server, tmp_path: Path):
    done = run(tmp_path, "search", "audit", "--url", server.url)
    assert done.returncode == 1
    assert "does not know our internal key" in done.stderr


def test_without_a_platform_it_says_what_to_do(tmp_path: Path):
    done = run(tmp_path, "search", "rebuild", "--url", f"http://127.0.0.1:{free_port()}")
    assert done.returncode == 1
    assert "Start the platform" in done.stderr


@pytest.mark.parametrize("path", ["rebuild", "audit"])
def test_nobody_else_may_ask_for_it(server: Server, path: str):
    assert httpx.post(f"{server.url}/internal/{path}").status_code in (401, 403, 404)
    assert httpx.get(f"{server.url}/internal/status").status_code in (401, 403, 404)
