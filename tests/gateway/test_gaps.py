"""The way to a target, with the practices that can help, composed from two services."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from starlette.types import ASGIApp

from services.gateway import app as gateway
from services.gateway.settings import GatewaySettings
from tests.examples import INTERNAL_KEY
from tests.gateway.conftest import SITE, down

pytestmark = pytest.mark.anyio
PATH = "/api/v1/editions/demonstration/regions/catalonia/gaps"
ASKED: list[str] = []


async def suggesting(scope, receive, send) -> None:
    """A search service that has one practice for every gap."""
    ASKED.append(f"{scope['path']}?{scope['query_string'].decode()}")
    body = json.dumps({"items": [{"id": "p1", "why": [{"text": "Works in housing."}]}]}).encode()
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@pytest.fixture(params=[suggesting, down], ids=["search answers", "search is down"])
async def client(
    request: pytest.FixtureRequest, tmp_path: Path, regions_app: FastAPI, anyio_backend: str
) -> AsyncIterator[tuple[ASGIApp, httpx.AsyncClient]]:
    settings = GatewaySettings(data_dir=tmp_path, internal_key=INTERNAL_KEY, site=SITE)
    gateway.prepare(settings, lambda _: None)
    neighbours = {"indicators": regions_app, "practices": down, "search": request.param}
    app = gateway.create_app(settings, neighbours)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        regions_app.router.lifespan_context(regions_app),
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url=SITE) as asking,
    ):
        yield request.param, asking


async def test_a_gap_names_practices_or_says_why_it_does_not(client):
    search, asking = client
    answer = await asking.get(PATH, params={"target": 90, "dimension": "housing"})
    assert answer.status_code == 200, answer.text
    gap = answer.json()
    assert gap["steps"]
    if search is down:
        assert gap["practices"] is None
        assert "search" in gap["practices_note"]
    else:
        assert gap["practices"][0]["why"]
        assert gap["practices_note"] is None
        assert "/regions/ES51/suggestions?area=housing" in ASKED[-1]


async def test_where_nothing_is_missing_no_practice_is_looked_for(client):
    gap = (await client[1].get(PATH, params={"target": 0})).json()
    assert gap["steps"] == gap["practices"] == []
    assert gap["practices_note"]


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({}, 422),
        ({"target": 101}, 422),
        ({"target": 80, "dimension": "cooking"}, 422),
        ({"target": 80, "group": "EVERYBODY"}, 422),
    ],
)
async def test_a_question_that_cannot_be_answered_is_refused(client, asked, status):
    answer = await client[1].get(PATH, params=asked)
    assert answer.status_code == status
    assert answer.json()["errors"]
    assert answer.json()["instance"] == PATH  # whichever of the two services refuses it
    assert answer.headers["cache-control"] == "no-store"


async def test_an_edition_without_answers_has_no_way_to_a_target(client):
    path = PATH.replace("demonstration", "mipex-r-2021-published")
    assert (await client[1].get(path, params={"target": 80})).status_code == 409
    assert (await client[1].get(PATH.replace("catalonia", "x"), params={"target": 80})).is_error
