"""The door alone, over small upstreams: what gets through, as what, and what does not."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.gateway.door import Door
from services.gateway.routes import ROUTES
from shared import actor
from shared.actor import Actor
from shared.problems import Unauthorized

pytestmark = pytest.mark.anyio

KEY = b"the gateway's key of this test"
CALLER = Actor("client", "client_1", frozenset({"practices:write"}), frozenset({"ES51"}))


async def _echo(request: Request) -> Response:
    """An upstream that tells what reached it."""
    told = {
        "path": request.url.path,
        "query": request.url.query,
        "actor": request.headers.get("x-actor"),
        "actors": len(request.headers.getlist("x-actor")),
        "prefix": request.headers.get("x-forwarded-prefix"),
        "body": (await request.body()).decode(),
    }
    return JSONResponse(told, headers={"etag": '"v1"'})


READER = Actor("client", "client_2", frozenset({"practices:evaluate"}), frozenset({"ES51"}))


def _identify(token: str) -> Actor:
    known = {"good": CALLER, "weak": READER}
    if token not in known:
        raise Unauthorized("no")
    return known[token]


@pytest.fixture
async def client(anyio_backend: str) -> AsyncIterator[httpx.AsyncClient]:
    methods = ["GET", "POST", "PUT", "DELETE"]
    upstream = Starlette(routes=[Route("/{path:path}", _echo, methods=methods)])
    names = {route.upstream for route in ROUTES}
    door = Door(dict.fromkeys(names, upstream), _identify, KEY)
    transport = httpx.ASGITransport(door)
    async with httpx.AsyncClient(transport=transport, base_url="http://door/api/v1") as client:
        yield client


async def test_path_query_and_body_pass_through(client):
    told = (await client.get("/practices?area=health&q=a%20b")).json()
    assert (told["path"], told["query"]) == ("/practices", "area=health&q=a%20b")


async def test_a_token_becomes_a_signed_actor(client):
    answer = await client.post(
        "/practices", content=b"{}", headers={"authorization": "Bearer good"}
    )
    assert actor.read(answer.json()["actor"], KEY) == CALLER


@pytest.mark.parametrize("name", ["x-actor", "X-Actor", "x-forwarded-prefix"])
async def test_what_a_caller_says_in_our_headers_is_dropped(client, name: str):
    told = (await client.get("/practices", headers={name: "forged"})).json()
    assert told["actor"] is None
    assert told["prefix"] == "/api/v1"


async def test_a_forged_actor_does_not_stand_beside_the_true_one(client):
    headers = {"authorization": "Bearer good", "x-actor": actor.signed(CALLER, b"other key")}
    told = (await client.post("/practices", content=b"{}", headers=headers)).json()
    assert told["actors"] == 1
    assert actor.read(told["actor"], KEY) == CALLER


async def test_two_authorization_headers_are_refused(client):
    headers = [("authorization", "Bearer good"), ("authorization", "Bearer bad")]
    assert (await client.get("/practices", headers=headers)).status_code == 400


@pytest.mark.parametrize("route", [r for r in ROUTES if r.scopes], ids=lambda r: r.method + r.path)
async def test_every_route_with_a_scope_refuses_nobody(client, route):
    path = route.path.replace("{", "").replace("}", "")
    answer = await client.request(route.method, path)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_a_token_without_the_scope_is_403_and_says_which(client):
    weak = {"authorization": "Bearer weak"}
    answer = await client.post("/practices", content=b"{}", headers=weak)
    assert answer.status_code == 403
    assert "practices:write" in answer.json()["detail"]


async def test_search_does_not_read_the_keys_of_partners(client):
    answer = await client.post(
        "/search/multi-search", content=b"{}", headers={"authorization": "Bearer partner-key"}
    )
    assert answer.status_code == 200
    assert answer.json()["actor"] is None


async def test_a_path_with_a_hidden_slash_is_no_other_path(client):
    told = await client.get("/practices/a%2Fdraft")
    assert told.status_code == 401, "it is the draft's path, with the draft's scope"


async def test_an_address_without_end_is_refused(client):
    answer = await client.get("/practices?q=" + "x" * 9000)
    assert answer.status_code == 400


async def test_what_needs_a_scope_is_for_nobodys_cache():
    async def careless(scope, receive, send):
        headers = [(b"cache-control", b"public, max-age=60"), (b"etag", b'"v1"')]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"{}"})

    door = Door({route.upstream: careless for route in ROUTES}, _identify, KEY)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(door), base_url="http://door/api/v1"
    ) as client:
        mine = await client.get("/practices/a/draft", headers={"authorization": "Bearer good"})
        everybodys = await client.get("/practices")
    assert mine.headers.get_list("cache-control") == ["private, no-store"]
    assert everybodys.headers.get_list("cache-control") == ["public, max-age=60"]


async def test_no_service_but_our_own_sees_a_token_or_a_session():
    seen = {}

    async def spy(scope, receive, send):
        seen.update(dict(scope["headers"]))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})

    door = Door({route.upstream: spy for route in ROUTES}, _identify, KEY)
    headers = {"authorization": "Bearer good", "cookie": "session=x", "forwarded": "for=1.2.3.4"}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(door), base_url="http://door/api/v1"
    ) as client:
        await client.get("/practices", headers=headers)
    assert seen.keys().isdisjoint({b"authorization", b"cookie", b"forwarded"})
