"""Starting: what a person reads when it cannot be done, and that Ctrl-C leaves nothing behind."""

from __future__ import annotations

import socket
from pathlib import Path

import psutil
import pytest
from sqlalchemy import create_engine, text

from tests.server import Server, run, running

pytestmark = pytest.mark.xdist_group("platform")


def test_a_second_run_on_the_same_data_is_refused(server: Server):
    second = server.command("--port", "0")
    assert second.returncode == 1
    assert second.stderr.count("\n") == 1
    assert "Another process is serving" in second.stderr


def test_a_port_that_is_taken_is_named(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        found = run(tmp_path / "data", "--port", str(port))
    assert found.returncode == 1
    assert f"port {port}" in found.stderr
    assert "PORT=" in found.stderr


def test_a_data_directory_that_cannot_be_made_is_named(tmp_path: Path):
    (tmp_path / "file").touch()
    found = run(tmp_path / "file" / "data", "--port", "0")
    assert found.returncode == 1
    assert found.stderr.startswith("error: ")
    assert found.stderr.count("\n") == 1


@pytest.mark.parametrize("name", ["practices", "indicators", "gateway"])
def test_a_database_of_newer_code_is_left_alone(tmp_path: Path, name: str):
    assert run(tmp_path, "migrate").returncode == 0
    engine = create_engine(f"sqlite:///{tmp_path}/{name}.db")
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    found = run(tmp_path, "--port", "0")
    assert found.returncode == 1
    assert f"{name} database is at revision 9999" in found.stderr


def test_a_setting_that_is_no_port_is_refused(tmp_path: Path):
    found = run(tmp_path, "--port", "99999")
    assert found.returncode == 2
    assert "99999 is not a port; choose 1 to 65535" in found.stderr


def test_who_is_told_to_end_ends_in_order(tmp_path: Path):
    """As `docker stop` does: what is counted for embed keys is still written down."""
    with running(tmp_path / "data") as server:
        server.process.terminate()
        assert server.process.wait(20) == 0


def test_ctrl_c_stops_everything_the_engine_too_and_it_can_be_started_again(tmp_path: Path):
    with running(tmp_path / "data") as server:
        family = psutil.Process(server.process.pid).children(recursive=True)
        assert family, "the embedded engine is a child process"
    assert server.process.returncode == 0
    assert not [child for child in family if child.is_running()]
    with running(tmp_path / "data") as again:
        assert again.process.poll() is None
