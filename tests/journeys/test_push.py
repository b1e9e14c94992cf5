"""A region's system pushes a practice, and soon everyone can see it."""

from __future__ import annotations

import time
from collections.abc import Callable

import httpx
import pytest

from tests.examples import a_practice
from tests.server import Server

pytestmark = pytest.mark.xdist_group("platform")


@pytest.fixture(scope="module")
def client(server: Server) -> dict[str, str]:
    """The id and secret that the command prints once."""
    made = server.command(
        "clients",
        "create",
        "--region",
        "ES51",
        "--name",
        "CRM",
        "--scope",
        "practices:write",
        "--scope",
        "practices:publish",
    )
    assert made.returncode == 0, made.stderr
    return dict(line.split("=", 1) for line in made.stdout.splitlines() if "=" in line)


@pytest.fixture(scope="module")
def token(server: Server, client: dict[str, str]) -> str:
    """An access token for that client."""
    form = {"grant_type": "client_credentials", **client}
    answer = httpx.post(f"{server.api}/oauth/token", data=form)
    assert answer.status_code == 200, answer.text
    return answer.json()["access_token"]


def _soon(holds: Callable[[], bool]) -> None:
    """Wait until it holds. How long it takes is measured by `make bench`, not by a test."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < 15, "it never came to hold"
        time.sleep(0.02)


def _hits(server: Server, words: str) -> list[str]:
    body = {"queries": [{"indexUid": "practices", "q": words}]}
    answer = httpx.post(f"{server.api}/search/multi-search", json=body)
    assert answer.status_code == 200, answer.text
    return [hit["title"] for hit in answer.json()["results"][0]["hits"]]


def _count(server: Server) -> int:
    return httpx.get(f"{server.api}/regions/ES51").json()["practices"]["count"]


def _on_the_map(server: Server) -> int:
    values = httpx.get(f"{server.api}/map/layers/practices").json()["values"]
    return next(one["value"] for one in values if one["code"] == "ES51")


def test_a_published_practice_is_found_counted_and_on_the_map(server: Server, token: str):
    headers = {"authorization": f"Bearer {token}"}
    before = _count(server)
    made = httpx.post(
        f"{server.api}/practices",
        json=a_practice(title="Welcome desk of the quokkas"),
        headers=headers | {"idempotency-key": "journey-push-1"},
    )
    assert made.status_code == 201, made.text
    assert "Welcome desk of the quokkas" not in _hits(server, "quokkas")
    for step in ("submit", "publish"):
        tag = {"if-match": made.headers["etag"]}
        path = f"{server.api}/practices/{made.json()['id']}/{step}"
        made = httpx.post(path, headers=headers | tag)
        assert made.status_code == 200, made.text
    _soon(lambda: _hits(server, "quokkas") == ["Welcome desk of the quokkas"])
    _soon(lambda: _count(server) == before + 1)
    _soon(lambda: _on_the_map(server) == before + 1)
    newest = httpx.get(f"{server.api}/regions/ES51").json()["practices"]["newest"]
    assert newest[0]["title"] == "Welcome desk of the quokkas"
    plain = httpx.get(f"{server.api}/practices", params={"q": "quokkas"}).json()
    assert [item["title"] for item in plain["items"]] == ["Welcome desk of the quokkas"]


def test_a_wrong_secret_gets_no_token(server: Server, client: dict[str, str]):
    form = {"grant_type": "client_credentials", **client, "client_secret": "guess"}
    answer = httpx.post(f"{server.api}/oauth/token", data=form)
    assert answer.status_code == 401
    assert answer.json()["error"] == "invalid_client"


def test_basic_credentials_work_too(server: Server, client: dict[str, str]):
    answer = httpx.post(
        f"{server.url}/oauth/token",
        data={"grant_type": "client_credentials", "scope": "practices:write"},
        auth=(client["client_id"], client["client_secret"]),
    )
    assert answer.status_code == 200
    assert answer.json()["scope"] == "practices:write"


def test_a_caller_cannot_sign_itself_in_with_the_services_header(server: Server):
    answer = httpx.post(
        f"{server.api}/practices", json=a_practice(), headers={"x-actor": "anyone.at-all"}
    )
    assert answer.status_code == 401


@pytest.mark.parametrize("token", ["x", "a.b.c", "Bearer", "null"])
def test_a_token_that_is_none_of_ours_is_refused_even_for_reading(server: Server, token: str):
    answer = httpx.get(f"{server.api}/practices", headers={"authorization": f"Bearer {token}"})
    assert answer.status_code == 401


def test_internal_routes_cannot_be_reached_through_the_door(server: Server):
    for path in ("/internal/changes", "/practices/../internal/changes", "/internal%2Fchanges"):
        assert httpx.get(f"{server.api}{path}").status_code == 404


def test_a_region_that_does_not_exist_gets_no_client(server: Server):
    made = server.command("clients", "create", "--region", "ATLANTIS", "--scope", "practices:write")
    assert made.returncode == 1
    assert "no region ATLANTIS" in made.stderr


def test_a_scope_that_does_not_exist_gets_no_client(server: Server):
    made = server.command("clients", "create", "--region", "ES51", "--scope", "practices:eat")
    assert made.returncode == 1
    assert "no scope practices:eat" in made.stderr
