"""Every way to get an error gives the same kind of answer; health and internal routes."""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncIterator
from typing import Annotated, Any

import httpx
import pytest
from fastapi import Header, Response
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from shared import problems, service
from shared.actor import Actor, signed
from shared.conditional import check_tag
from shared.db import NoSchema
from shared.problems import InputError, Problem, Unavailable
from shared.service import Caller, for_services_only
from tests.shared.making import KEY, a_service, as_service, client_of

pytestmark = pytest.mark.anyio

SECRET = "the password is swordfish"
KINDS = {
    kind.__name__: kind
    for kind in vars(problems).values()
    if isinstance(kind, type) and issubclass(kind, Problem) and kind is not Problem
}

routes = service.router()
more_routes = service.router()


class Note(BaseModel):
    title: str


@routes.get("/notes")
async def notes(limit: int = 10) -> list[str]:
    return []


@routes.post("/notes", status_code=201)
async def new_note(body: Note) -> Note:
    return body


@routes.get("/notes/{number}")
async def one_note(number: int) -> int:
    return number


@more_routes.put("/notes/{number}")
async def put_note(number: int, if_match: Annotated[str | None, Header()] = None) -> str:
    check_tag(if_match, "v1")
    return "v1"


@more_routes.delete("/notes/{number}")
async def delete_note(number: int) -> Response:
    return Response(status_code=204)


@routes.get("/raise/{name}")
async def raises(name: str) -> None:
    raise KINDS[name](f"This is {name}.", [InputError("why", "Because.", "/here")])


@routes.get("/fail")
async def fail() -> None:
    raise ZeroDivisionError(SECRET)


@routes.get("/fail-late")
async def fail_late() -> dict[str, str]:
    return {"score": float("nan")}  # pyright: ignore


@routes.get("/away/{name}")
async def away(name: str) -> None:
    failure = ConnectionError(f"nobody listens\nwith {SECRET}")
    raise (NoSchema() if name == "schema" else Unavailable("It is away.")) from failure


@routes.get("/teapot")
async def teapot() -> None:
    raise HTTPException(418, "Short and stout.")


@routes.get("/me")
async def me(caller: Caller) -> str:
    caller.needs("notes:read")
    return caller.id


@routes.post("/internal/rebuild", dependencies=[for_services_only], include_in_schema=False)
async def rebuild(body: Note, depth: int) -> str:
    return f"{body.title} {depth}"


APP = a_service(routes, more_routes, max_body_bytes=1000)

JSON = {"content-type": "application/json"}
YAML = {"content-type": "text/yaml"}
# method, path, what goes with it, status, code
ERRORS: list[tuple[str, str, dict[str, Any], int, str]] = [
    ("GET", "/nothing", {}, 404, "not-found"),
    ("GET", "/", {}, 404, "not-found"),
    ("GET", "/notes/", {}, 404, "not-found"),
    ("GET", "//notes", {}, 404, "not-found"),
    ("GET", "/notes/1/2", {}, 404, "not-found"),
    ("GET", "/nothing%00", {}, 404, "not-found"),
    ("GET", "/%ff%fe", {}, 404, "not-found"),
    ("GET", "/nothing", {"headers": {"host": "["}}, 404, "not-found"),
    ("PATCH", "/notes", {}, 405, "method-not-allowed"),
    ("OPTIONS", "/notes", {}, 405, "method-not-allowed"),
    ("QUERY", "/notes", {}, 405, "method-not-allowed"),
    ("GET", "/notes/seven", {}, 422, "invalid"),
    ("GET", "/notes?limit=many", {}, 422, "invalid"),
    ("GET", "/notes?other=1", {}, 422, "invalid"),
    ("POST", "/notes", {}, 422, "invalid"),
    ("POST", "/notes", {"json": {}}, 422, "invalid"),
    ("POST", "/notes", {"json": {"title": 7}}, 422, "invalid"),
    ("POST", "/notes", {"json": None}, 422, "invalid"),
    ("POST", "/notes", {"json": []}, 422, "invalid"),
    ("POST", "/notes", {"content": b"{", "headers": JSON}, 400, "bad-request"),
    ("POST", "/notes", {"data": {"title": "a"}}, 415, "wrong-media-type"),
    ("POST", "/notes", {"content": b"title: a", "headers": YAML}, 415, "wrong-media-type"),
    ("POST", "/notes", {"json": {"title": "a" * 1000}}, 413, "too-large"),
    ("PUT", "/notes/1", {}, 428, "unconditional"),
    ("GET", "/me", {}, 401, "unauthorized"),
    ("GET", "/me", {"headers": {"x-actor": "forged.0000"}}, 401, "unauthorized"),
    ("GET", "/me", {"headers": {"x-actor": signed(Actor("client", "a"), KEY)}}, 403, "not-allowed"),
    ("GET", "/teapot", {}, 400, "bad-request"),
    ("GET", "/fail", {}, 500, "internal"),
    ("GET", "/fail-late", {}, 500, "internal"),
    ("POST", "/internal/rebuild", {}, 404, "not-found"),
    *(
        ("GET", f"/raise/{name}", {}, kind.status, kind.type.rsplit("/", 1)[1])
        for name, kind in KINDS.items()
    ),
]  # fmt: skip


@pytest.fixture
async def client(anyio_backend: str) -> AsyncIterator[httpx.AsyncClient]:
    APP.state.missing = {}
    async with client_of(APP) as found:
        yield found


@pytest.mark.parametrize(
    ("method", "path", "more", "status", "code"),
    ERRORS,
    ids=[f"{case[0]} {case[1]} {case[3]} {number}" for number, case in enumerate(ERRORS)],
)
async def test_an_error_is_a_problem_with_code_and_trace_id(
    client: httpx.AsyncClient, method: str, path: str, more: dict[str, Any], status: int, code: str
):
    answer = await client.request(method, path, **more)
    assert (answer.status_code, answer.headers["content-type"]) == (
        status,
        "application/problem+json",
    )
    body = answer.json()
    assert set(body) == set(service.ProblemBody.model_fields)
    service.ProblemBody.model_validate(body, strict=True)
    assert (body["status"], body["code"], body["type"]) == (status, code, f"/problems/{code}")
    assert body["detail"].endswith(".")
    assert re.fullmatch("[0-9a-f]{32}", body["trace_id"])
    assert answer.headers["x-request-id"] == body["trace_id"]
    assert answer.headers["cache-control"] == "no-store"


async def test_the_instance_is_the_path_that_was_asked_for(client: httpx.AsyncClient):
    answer = await client.get("/nothing/Sk%C3%A5ne%0D%0A")
    assert answer.json()["instance"] == "/nothing/Sk%C3%A5ne%0D%0A"


@pytest.mark.parametrize("path", ["/fail", "/fail-late"])
async def test_an_unexpected_failure_tells_nothing_but_where_to_look(
    client: httpx.AsyncClient, path: str, caplog: pytest.LogCaptureFixture
):
    trace_id = "4bf92f3577b34da6a3ce929d0e0e4736"
    headers = {"traceparent": f"00-{trace_id}-00f067aa0ba902b7-01"}
    with caplog.at_level(logging.ERROR):
        answer = await client.get(path, headers=headers)
    assert "swordfish" not in answer.text
    assert "Error" not in answer.text
    assert answer.json()["trace_id"] == trace_id
    assert [record.exc_info is not None for record in caplog.records] == [True]


@pytest.mark.parametrize(
    ("name", "level", "told"),
    [
        ("part", "WARNING", "It is away. (ConnectionError: nobody listens)"),
        ("schema", "ERROR", f"{NoSchema().detail} (ConnectionError: nobody listens)"),
    ],
)
async def test_a_part_that_is_away_leaves_one_line_without_a_traceback(
    client: httpx.AsyncClient, name: str, level: str, told: str, caplog: pytest.LogCaptureFixture
):
    assert (await client.get(f"/away/{name}")).status_code == 503
    (line,) = [record for record in caplog.records if record.name == "service"]
    assert (line.levelname, line.message, line.exc_info) == (level, told, None)
    assert vars(line)["service"] == "test"


async def test_the_log_line_of_an_unexpected_failure_has_the_trace_id(client: httpx.AsyncClient):
    from shared.telemetry import JsonLines

    lines: list[str] = []

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(JsonLines().format(record))

    kept = Kept()
    logging.getLogger("service").addHandler(kept)
    answer = await client.get("/fail")
    logging.getLogger("service").removeHandler(kept)
    assert f'"trace_id": "{answer.json()["trace_id"]}"' in lines[0]
    assert "swordfish" in lines[0]


@pytest.mark.parametrize(
    ("path", "allowed"), [("/notes", "GET, POST"), ("/notes/1", "DELETE, GET, PUT")]
)
async def test_a_405_lists_all_methods_of_a_path_over_several_routes(
    client: httpx.AsyncClient, path: str, allowed: str
):
    answer = await client.request("PATCH", path)
    assert answer.headers["allow"] == allowed
    assert allowed in answer.json()["detail"]
    for method in allowed.split(", "):
        assert (await client.request(method, path)).status_code != 405


async def test_each_wrong_value_of_a_body_has_its_pointer(client: httpx.AsyncClient):
    (error,) = (await client.post("/notes", json={"title": 7})).json()["errors"]
    assert (error["pointer"], error["code"]) == ("/title", "string_type")
    (error,) = (await client.post("/notes", json=[])).json()["errors"]
    assert error["pointer"] == ""


async def test_a_problem_brings_its_headers(client: httpx.AsyncClient):
    assert (await client.get("/me")).headers["www-authenticate"] == "Bearer"


async def test_a_caller_is_who_the_signature_says(client: httpx.AsyncClient):
    reader = Actor("client", "client_1", frozenset({"notes:read"}))
    answer = await client.get("/me", headers={"x-actor": signed(reader, KEY)})
    assert (answer.status_code, answer.json()) == (200, "client_1")


async def test_livez_answers_while_parts_are_missing(client: httpx.AsyncClient):
    APP.state.missing = {"database": "It does not answer."}
    assert (await client.get("/livez")).json() == {"status": "ok"}


async def test_readyz_names_each_part_that_is_missing(client: httpx.AsyncClient):
    assert (await client.get("/readyz")).json() == {"status": "ready"}
    APP.state.missing = {"database": "It does not answer.", "engine": "It is starting."}
    answer = await client.get("/readyz")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert {(e["pointer"], e["detail"]) for e in answer.json()["errors"]} == {
        ("/database", "It does not answer."),
        ("/engine", "It is starting."),
    }


STRANGERS = {
    "no signature": {},
    "a forged signature": {"x-actor": "eyJ9.00"},
    "a client's signature": {
        "x-actor": signed(Actor("client", "a", frozenset({"notes:write"}), frozenset({"*"})), KEY)
    },
}


def told(answer: httpx.Response) -> str:
    return answer.text.replace(answer.json()["trace_id"], "")


@pytest.mark.parametrize("who", STRANGERS)
@pytest.mark.parametrize(
    ("method", "path", "content"),
    [
        ("POST", "/internal/rebuild?depth=1", b'{"title": "a"}'),
        ("POST", "/internal/rebuild?unknown=1", b""),
        ("POST", "/internal/rebuild", b""),
        ("POST", "/internal/rebuild?depth=%00", b"{"),
        ("POST", "/internal/rebuild?depth=1", b"x" * 2000),
        ("GET", "/internal/rebuild", b""),
        ("DELETE", "/internal/rebuild", b""),
    ],
)
async def test_to_a_stranger_an_internal_route_is_like_no_route(
    client: httpx.AsyncClient, who: str, method: str, path: str, content: bytes
):
    headers = {"content-type": "application/json", **STRANGERS[who]}
    here = await client.request(method, path, content=content, headers=headers)
    nowhere = await client.request(
        method, path.replace("rebuild", "nowhere"), content=content, headers=headers
    )
    assert here.status_code == nowhere.status_code == 404
    assert told(here).replace("rebuild", "nowhere") == told(nowhere)
    assert set(here.headers) == set(nowhere.headers)


async def test_a_service_reaches_an_internal_route(client: httpx.AsyncClient):
    answer = await client.post(
        "/internal/rebuild?depth=2", json={"title": "a"}, headers=as_service()
    )
    assert (answer.status_code, answer.json()) == (200, "a 2")
    wrong = await client.post("/internal/rebuild?depth=x", json={}, headers=as_service())
    assert wrong.status_code == 422


async def test_the_document_shows_public_routes_with_problems_as_default(client: httpx.AsyncClient):
    document = (await client.get("/openapi.json")).json()
    assert set(document["paths"]) == {
        "/notes", "/notes/{number}", "/raise/{name}", "/fail", "/fail-late", "/away/{name}",
        "/teapot", "/me",
    }  # fmt: skip
    for path in document["paths"].values():
        for operation in path.values():
            assert "422" not in operation["responses"]
            assert list(operation["responses"]["default"]["content"]) == [
                "application/problem+json"
            ]
