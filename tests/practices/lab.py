"""A running practices service for tests of what goes out of it, and how to fill it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from services.indicators import app as indicators
from services.indicators.settings import IndicatorsSettings
from services.practices import app as practices
from services.practices.settings import PracticesSettings
from tests.examples import INTERNAL_KEY, a_practice, an_actor, as_caller
from tests.practices.access import Access

EDITOR = an_actor("ES51", scopes=("practices:write", "practices:publish"))
AUTHOR = as_caller(EDITOR)


async def _nothing(scope, receive, send) -> None:
    """A search service that is down."""
    raise httpx.ConnectError("nobody listens")


@asynccontextmanager
async def served(
    made: PracticesSettings, indicators_settings: IndicatorsSettings, access: Access | None = None
) -> AsyncGenerator[httpx.AsyncClient]:
    """A client of the service over a database that is there, beside the indicators service.

    That one does not read ahead what a map asks for, as it would in its own lifespan: only its
    list of regions is wanted here.
    """
    regions = indicators.create_app(indicators_settings, {})
    gateway = (access or Access()).app
    neighbours = {"indicators": regions, "search": _nothing, "gateway": gateway}
    app = practices.create_app(made, neighbours)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://practices") as client,
    ):
        yield client
    regions.state.database.close()


@asynccontextmanager
async def running(
    data_dir: Path,
    database_url: str,
    indicators_settings: IndicatorsSettings,
    access: Access | None = None,
    **settings: Any,
) -> AsyncGenerator[httpx.AsyncClient]:
    """A client of a service over this prepared database; webhooks may go to this machine."""
    made = PracticesSettings(
        data_dir=data_dir,
        database_url=database_url,
        internal_key=INTERNAL_KEY,
        **{"webhooks_local": True, "webhooks_first_pause": 0.02} | settings,
    )
    async with served(made, indicators_settings, access) as client:
        yield client


async def step(client: httpx.AsyncClient, answer: httpx.Response, name: str) -> httpx.Response:
    """Take a step with the tag of the answer before."""
    path = f"/practices/{answer.json()['id']}/{name}"
    taken = await client.post(path, headers=AUTHOR | {"if-match": answer.headers["etag"]})
    assert taken.status_code == 200, taken.text
    return taken


async def published(client: httpx.AsyncClient, **changes: Any) -> httpx.Response:
    """A practice of Catalonia, made and published."""
    made = await client.post("/practices", json=a_practice(**changes), headers=AUTHOR)
    assert made.status_code == 201, made.text
    return await step(client, await step(client, made, "submit"), "publish")


async def revised(client: httpx.AsyncClient, answer: httpx.Response, **changes: Any):
    """The next version of it, published."""
    path = f"/practices/{answer.json()['id']}/draft"
    tag = {"if-match": answer.headers["etag"]}
    saved = await client.put(path, json=a_practice(**changes), headers=AUTHOR | tag)
    assert saved.status_code == 200, saved.text
    return await step(client, await step(client, saved, "submit"), "publish")
