"""What is told about a request: a trace id, a line without anything personal, metrics."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from prometheus_client import REGISTRY

from shared import service, telemetry
from shared.problems import NotFound
from shared.telemetry import JsonLines
from tests.shared.making import a_service, client_of

pytestmark = pytest.mark.anyio

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
routes = service.router()


@routes.get("/trace")
async def trace() -> str:
    return telemetry.trace.get()


@routes.get("/people/{name}")
async def person(name: str, q: str = "") -> str:
    if name == "nobody":
        raise NotFound("There is nobody.")
    return name


@routes.post("/people/{name}")
async def fail(name: str) -> None:
    raise ZeroDivisionError


APP = a_service(routes, access_log=True)


@pytest.fixture
async def client(anyio_backend: str) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(APP) as found:
        yield found


def requests(route: str, method: str, status: str) -> float:
    labels = {"service": "test", "route": route, "method": method, "status": status}
    return REGISTRY.get_sample_value("http_request_seconds_count", labels) or 0


async def test_a_request_without_a_trace_gets_one(client: httpx.AsyncClient):
    first, second = await client.get("/trace"), await client.get("/trace")
    assert len(first.json()) == 32
    assert first.headers["x-request-id"] == first.json() != second.json()


async def test_a_trace_that_was_begun_elsewhere_goes_on(client: httpx.AsyncClient):
    headers = {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}
    assert (await client.get("/trace", headers=headers)).json() == TRACE


@pytest.mark.parametrize(
    "traceparent",
    [
        "", "00", TRACE, f"00-{TRACE}", f"00-{TRACE.upper()}-00f067aa0ba902b7-01",
        f"00-{'0' * 32}-00f067aa0ba902b7-01", f"00-{TRACE}-{'0' * 16}-01",
        f"ff-{TRACE}-00f067aa0ba902b7-01", f"00-{TRACE}-00f067aa0ba902b7-01-x",
        f"00-{TRACE}-00f067aa0ba902b7-01 ", f"00-{TRACE[:-1]}g-00f067aa0ba902b7-01",
    ],
)  # fmt: skip
async def test_a_trace_that_is_none_is_not_taken_over(client: httpx.AsyncClient, traceparent: str):
    found = (await client.get("/trace", headers={"traceparent": traceparent})).json()
    assert len(found) == 32
    assert found not in (TRACE, TRACE.upper(), "0" * 32)


async def test_the_trace_ends_with_the_request(client: httpx.AsyncClient):
    await client.get("/trace")
    assert telemetry.trace.get() == ""


async def test_a_service_within_a_service_joins_the_trace(client: httpx.AsyncClient):
    token = telemetry.trace.set(TRACE)
    answer = await client.get("/trace", headers={"traceparent": f"00-{'a' * 32}-{'b' * 16}-01"})
    telemetry.trace.reset(token)
    assert answer.json() == TRACE


async def test_a_request_is_counted_under_the_pattern_of_its_route(client: httpx.AsyncClient):
    before = requests("/people/{name}", "GET", "200")
    await client.get("/people/ada")
    await client.get("/people/grace")
    assert requests("/people/{name}", "GET", "200") == before + 2


async def test_errors_are_counted_by_status(client: httpx.AsyncClient):
    missing = requests("/people/{name}", "GET", "404")
    broken = requests("/people/{name}", "POST", "500")
    await client.get("/people/nobody")
    await client.post("/people/ada")
    assert requests("/people/{name}", "GET", "404") == missing + 1
    assert requests("/people/{name}", "POST", "500") == broken + 1


async def test_made_up_paths_do_not_fill_the_metrics(client: httpx.AsyncClient):
    before = requests("(none)", "GET", "404")
    for number in range(5):
        await client.get(f"/made-up-{number}")
    assert requests("(none)", "GET", "404") == before + 5


async def test_made_up_methods_do_not_fill_the_metrics(client: httpx.AsyncClient):
    for number in range(5):
        await client.request(f"MADEUP{number}", "/people/ada")
    labels = {
        sample.labels["method"]
        for metric in telemetry.DURATION.collect()
        for sample in metric.samples
    }
    assert not [label for label in labels if label.startswith("MADEUP")]


async def test_the_line_of_a_request_names_route_status_and_time_and_nothing_personal(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
):
    with caplog.at_level(logging.INFO, "access"):
        await client.get("/people/ada.lovelace?q=ada@example.org")
    (line,) = [record for record in caplog.records if record.name == "access"]
    told = json.loads(JsonLines().format(line))
    assert (told["service"], told["route"], told["status"]) == ("test", "/people/{name}", 200)
    assert told["ms"] >= 0
    assert "ada" not in json.dumps(told)


async def test_who_watches_over_the_service_leaves_no_line(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
):
    with caplog.at_level(logging.INFO, "access"):
        for path in ("/livez", "/readyz", "/trace"):
            assert (await client.get(path)).status_code == 200
    assert [record.message for record in caplog.records] == ["GET /trace 200"]


def a_record(message: str, **more: Any) -> logging.LogRecord:
    return logging.getLogger("a").makeRecord("a", logging.INFO, "f", 1, message, (), None, **more)


def test_a_record_is_one_line_whatever_it_holds():
    line = JsonLines().format(a_record('two\r\n{"level": "ERROR"}\u2028lines\x1b[31m'))
    assert len(line.splitlines()) == 1
    assert json.loads(line)["message"] == 'two\r\n{"level": "ERROR"}\u2028lines\x1b[31m'


def test_a_record_with_half_a_surrogate_pair_can_be_written():
    assert JsonLines().format(a_record("a\ud800b")).encode()


def test_a_record_of_an_exception_shows_where_it_came_from():
    record = a_record("failed")
    try:
        raise ZeroDivisionError("by zero")
    except ZeroDivisionError as failure:
        record.exc_info = (type(failure), failure, failure.__traceback__)
    assert "test_telemetry.py" in json.loads(JsonLines().format(record))["exception"]


def test_a_record_within_a_request_has_its_trace():
    token = telemetry.trace.set(TRACE)
    line = JsonLines().format(a_record("a"))
    telemetry.trace.reset(token)
    assert json.loads(line)["trace_id"] == TRACE
    assert "trace_id" not in json.loads(JsonLines().format(a_record("a")))
