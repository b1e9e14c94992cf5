"""The table of threats: each row names tests that exist; and what those of the gateway show."""

from __future__ import annotations

import io
import json
import logging
import re
import time
from collections.abc import AsyncIterator

import httpx
import pytest
from prometheus_client import generate_latest

from services.gateway import routes
from services.gateway.door import Door
from services.gateway.edge import Edge
from services.gateway.routes import ROUTES
from services.gateway.shield import Shield
from services.gateway.trusted import Hosts, Proxies
from shared.actor import Actor
from shared.telemetry import JsonLines, Telemetry
from tests.gateway.serving import KEY, SITE, echo, page
from tests.server import ROOT

PAGE = ROOT / "docs" / "reference" / "threats.md"
ROWS = re.findall(r"^\| (T\d+) \|(.*)\|$", PAGE.read_text(), re.MULTILINE)
CANARY = "canary-7f3a"
HEADERS = (
    "x-content-type-options",
    "referrer-policy",
    "permissions-policy",
    "content-security-policy",
    "cross-origin-opener-policy",
    "strict-transport-security",
)


def test_the_table_has_every_threat_once_and_in_order():
    assert [name for name, _ in ROWS] == [f"T{number}" for number in range(1, 31)]


@pytest.mark.parametrize(("name", "row"), ROWS, ids=[name for name, _ in ROWS])
def test_each_threat_names_tests_that_exist(name: str, row: str):
    named = re.findall(r"`(tests/[a-z_/]+\.py)::(test_[a-z0-9_]+)`", row)
    assert named, f"{name} names no test"
    for path, test in named:
        assert f"def {test}(" in (ROOT / path).read_text(), f"{path} has no {test}"


def _identify(token: str) -> Actor:
    if token == "broken":
        raise RuntimeError("nobody expected this")
    return Actor("client", "client_1", frozenset({"practices:write"}), frozenset({"ES51"}))


@pytest.fixture
async def client(anyio_backend: str) -> AsyncIterator[httpx.AsyncClient]:
    door = Door({route.upstream: echo for route in ROUTES}, _identify, KEY)
    edge = Edge(page, door=door, site=page, hosts=Hosts(SITE, ""), proxies=Proxies(()))
    app = Telemetry(Shield(edge, secure=True), service="threats", access_log=True)
    transport = httpx.ASGITransport(app, client=("192.0.2.77", 1))
    async with httpx.AsyncClient(transport=transport, base_url=SITE) as client:
        yield client


@pytest.mark.anyio
async def test_every_answer_of_every_kind_has_the_headers_that_protect_readers(client):
    asked = [
        client.get("/"),
        client.get("/api/v1/practices"),
        client.get("/api/v1/nothing"),
        client.get("/api/v1/docs"),
        client.request("FETCH", "/api/v1/practices"),
        client.get("/", headers={"host": "evil.example"}),
        client.get("/api/v1/practices", headers={"authorization": "Bearer broken"}),
        client.options("/api/v1/practices"),
        client.get("/livez"),
    ]
    for asking in asked:
        answer = await asking
        missing = [name for name in HEADERS if name not in answer.headers]
        assert not missing, f"{answer.status_code} {answer.url}"
        assert "unsafe" not in answer.headers["content-security-policy"]


@pytest.mark.anyio
async def test_a_failure_that_nobody_expected_is_a_problem_that_tells_nothing_of_us(client):
    answer = await client.get("/api/v1/practices", headers={"authorization": "Bearer broken"})
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "nobody expected" not in answer.text
    assert "RuntimeError" not in answer.text
    assert answer.json()["trace_id"] == answer.headers["x-request-id"]


@pytest.mark.anyio
async def test_a_secret_or_a_name_that_is_sent_stands_in_no_log_line_and_no_metric(client):
    """In the address, in every header, in the body: on success, on a refusal, on a failure."""
    lines = io.StringIO()
    handler = logging.StreamHandler(lines)
    handler.setFormatter(JsonLines())
    # The client of this test writes addresses; it is no part of the platform.
    handler.addFilter(lambda record: record.name != "httpx")
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    headers = {
        "authorization": f"Bearer {CANARY}",
        "cookie": f"session={CANARY}",
        "user-agent": CANARY,
        "referer": f"https://a.example/{CANARY}",
        "x-forwarded-for": CANARY,
        "x-anything": f"{CANARY}@example.org",
    }
    try:
        for path in (f"/api/v1/practices?q={CANARY}", f"/api/v1/practices/{CANARY}", f"/{CANARY}"):
            await client.get(path, headers=headers)
        await client.post("/api/v1/practices", content=CANARY.encode(), headers=headers)
        await client.request(CANARY, "/api/v1/practices", headers=headers)
        await client.get(f"/api/v1/{CANARY}", headers=headers)
    finally:
        root.removeHandler(handler)
        root.setLevel(before)
    written = lines.getvalue()
    assert written.count("\n") >= 6
    assert CANARY not in written
    assert "192.0.2.77" not in written
    assert CANARY not in generate_latest().decode()


@pytest.mark.anyio
async def test_a_line_end_that_is_sent_does_not_begin_a_line_of_the_log():
    formatter = JsonLines()
    for text in ("a\r\nb", "a\u2028b", 'a", "level": "error', "a\x00b\x1b[31m"):
        line = formatter.format(logging.LogRecord("x", 20, "x", 1, "%s", (text,), None))
        assert line.isascii()
        assert "\n" not in line
        assert json.loads(line)["message"] == text


@pytest.mark.anyio
async def test_metrics_know_routes_and_no_addresses(client):
    await client.get("/api/v1/practices/0190a5d2-0000-7000-8000-0000000000ff")
    text = generate_latest().decode()
    assert 'route="/api/v1/practices/{practice_id}"' in text
    assert "0000000000ff" not in text


def test_a_route_is_found_in_the_time_of_its_length_whatever_the_address():
    for path in ("/" + "a/" * 4000, "/practices/" + "%2F" * 2500, "/regions/" + "a" * 8000 + "/"):
        began = time.perf_counter()
        for method in ("GET", "POST", "DELETE"):
            routes.find(method, path)
        assert time.perf_counter() - began < 0.1


def test_no_service_is_asked_for_what_is_not_in_the_table():
    for path in (
        "/internal/state",
        "/../practices",
        "//practices",
        "/practices/",
        "/Practices",
        "",
    ):
        assert routes.find("GET", path) is None
        assert routes.methods(path) == []
