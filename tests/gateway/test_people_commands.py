"""Access on the command line: people, clients, keys, the trail, a service apart."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from services import __main__ as line
from shared.tokens import Keys


@pytest.fixture
def run(tmp_path: Path, capsys, monkeypatch: pytest.MonkeyPatch):
    """Run a command over an empty directory; its code and what it said."""
    monkeypatch.delenv("INTERNAL_KEY", raising=False)

    def command(*arguments: str, said: str = "") -> tuple[int, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(said))
        code = line.main(["--data-dir", str(tmp_path), *arguments])
        told = capsys.readouterr()
        return code, told.out + told.err

    return command


def test_the_first_administrator_is_made_by_a_command_that_shows_a_password_once(run):
    code, told = run("people", "create", "root", "--role", "administrator")
    assert code == 0
    password = told.split("password=")[1].split()[0]
    assert len(password) >= 20
    assert password not in run("people", "list")[1]
    assert run("people", "list")[1].startswith("root\tactive\tadministrator:*\t")


@pytest.mark.parametrize(
    ("arguments", "said", "why"),
    [
        (["people", "create", "x", "--password-stdin"], "password1234\n", "weak_password"),
        (["people", "create", "x", "--role", "expert"], "", "--region"),
        (["people", "create", "x", "--role", "administrator", "--region", "*"], "", ""),
        (["people", "disable", "nobody"], "", "There is no person nobody"),
        (["clients", "create", "--scope", "everything"], "", "There is no scope everything"),
        (["clients", "secret", "client_x"], "", "There is no client client_x"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(run, arguments: list[str], said: str, why: str):
    code, told = run(*arguments, said=said)
    assert code == (1 if why else 0)
    assert why in told
    assert "Traceback" not in told


def test_roles_are_given_and_taken_by_name(run):
    run("people", "create", "Maria", said="")
    run("people", "grant", "maria", "--role", "publisher", "--region", "*")
    assert "publisher:*" in run("people", "list")[1]
    assert run("people", "revoke", "maria", "--role", "publisher", "--region", "*")[0] == 0
    assert "publisher" not in run("people", "list")[1]
    assert run("audit", "verify") == (0, "the trail is as it was written\n")
    assert "\tcommand\trevoke\t" in run("audit", "list")[1]


def test_a_client_with_keys_of_its_own_gets_no_secret(run, tmp_path: Path):
    file = tmp_path / "keys.json"
    key = Keys.kept_in(tmp_path / "theirs").jwks()
    file.write_text(json.dumps(key))
    code, told = run("clients", "create", "--scope", "practices:write", "--jwks", str(file))
    assert code == 0
    assert "secret" not in told


def test_keys_are_turned_by_a_command(run, tmp_path: Path):
    run("people", "list")
    before = Keys.kept_in(tmp_path / "keys").jwks()["keys"]
    assert run("keys", "rotate")[0] == 0
    after = Keys.kept_in(tmp_path / "keys").jwks()["keys"]
    assert (len(before), len(after)) == (1, 2)
    run("keys", "rotate", "--compromised")
    last = Keys.kept_in(tmp_path / "keys").jwks()["keys"]
    assert len(last) == 1
    assert last[0] not in after


@pytest.mark.parametrize(
    ("environment", "host"),
    [({"GATEWAY_INDICATORS_URL": "http://indicators:8001"}, "127.0.0.1"), ({}, "0.0.0.0")],
)
def test_a_service_apart_does_not_start_without_the_key_that_all_share(
    run, monkeypatch, environment: dict[str, str], host: str
):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    code, told = run("--host", host, "run", "gateway")
    assert code == 1
    assert "INTERNAL_KEY" in told
