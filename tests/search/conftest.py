"""A search service with a real engine beside the real practices and indicators services."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from services.indicators import app as indicators
from services.indicators.settings import IndicatorsSettings
from services.practices import app as practices
from services.practices.settings import PracticesSettings
from services.search import app as search
from services.search.settings import SearchSettings
from shared.actor import HEADER, Actor, signed
from shared.client import Where
from tests.examples import INTERNAL_KEY

SERVICE = Actor("service", "internal", frozenset({"internal"}), frozenset({"*"}))


@dataclass
class Found:
    """A search service that runs, and a client of it that may use the internal routes."""

    app: FastAPI
    client: httpx.AsyncClient

    @property
    def parts(self) -> Any:
        """The service's own parts: engine, follower, embedded."""
        return self.app.state.search

    async def post(self, path: str, body: object) -> Any:
        """The answer of a POST that succeeds."""
        answer = await self.client.post(path, json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def find(self, q: str, uid: str = "practices", **more: Any) -> dict[str, Any]:
        """The answer of a search."""
        return await self.post(f"/search/indexes/{uid}/search", {"q": q, **more})

    async def titles(self, q: str, **more: Any) -> list[str]:
        """The titles found, best first."""
        return [hit["title"] for hit in (await self.find(q, **more))["hits"]]

    async def status(self) -> dict[str, Any]:
        """What the service says of its index."""
        return (await self.client.get("/internal/status")).json()

    async def ready(self, seconds: float = 60) -> None:
        """Wait until the index has caught up."""
        await until(lambda: self.client.get("/readyz"), lambda it: it.status_code == 200, seconds)

    async def seen(self, seq: int, seconds: float = 20) -> None:
        """Wait until the index is true up to a number of the feed."""
        follower = self.parts.follower
        deadline = time.monotonic() + seconds
        while follower.cursor is None or follower.cursor.seq < seq:
            assert time.monotonic() < deadline, await self.status()
            await asyncio.sleep(0.005)


async def until(ask: Callable[[], Any], holds: Callable[[Any], bool], seconds: float = 20) -> Any:
    """Ask until the answer is as wanted; the answer."""
    deadline = time.monotonic() + seconds
    while not holds(answer := await ask()):
        assert time.monotonic() < deadline, f"still {answer!r}"
        await asyncio.sleep(0.01)
    return answer


def settings_in(directory: Path, **more: Any) -> SearchSettings:
    """Settings over a directory; an engine of its own, or the server of MEILI_TEST_URL."""
    outside = {
        "meili_url": os.environ.get("MEILI_TEST_URL", ""),
        "meili_key": os.environ.get("MEILI_TEST_KEY", ""),
    }
    return SearchSettings(data_dir=directory, internal_key=INTERNAL_KEY, **(outside | more))


@asynccontextmanager
async def serving(
    settings: SearchSettings, neighbours: Mapping[str, Where]
) -> AsyncGenerator[Found]:
    """A search service that runs beside the neighbours."""
    app = search.create_app(settings, neighbours)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    headers = {HEADER: signed(SERVICE, INTERNAL_KEY.encode())}
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://search", headers=headers) as client,
    ):
        yield Found(app, client)


class Later:
    """An application's place before the application is there."""

    app: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)


@dataclass
class House:
    """A search service and the practices service that it follows."""

    search: Found
    practices: httpx.AsyncClient


@asynccontextmanager
async def housed(directory: Path, indicators_settings: IndicatorsSettings) -> AsyncGenerator[House]:
    """Indicators, practices with the first 192 practices, and search over them."""
    told = PracticesSettings(data_dir=directory, internal_key=INTERNAL_KEY)
    practices.prepare(told, lambda _: None)
    later = Later()
    regions = indicators.create_app(indicators_settings, {})
    app = practices.create_app(
        told, {"indicators": regions, "search": later, "gateway": "http://127.0.0.1:9"}
    )
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(regions.router.lifespan_context(regions))
        await stack.enter_async_context(app.router.lifespan_context(app))
        client = await stack.enter_async_context(
            httpx.AsyncClient(transport=transport, base_url="http://practices")
        )
        found = await stack.enter_async_context(
            serving(settings_in(directory), {"practices": app, "indicators": regions})
        )
        later.app = found.app
        await found.ready()
        yield House(found, client)


@pytest.fixture(scope="session")
def indicators_settings(tmp_path_factory: pytest.TempPathFactory) -> IndicatorsSettings:
    """The indicators service with its first data."""
    directory = tmp_path_factory.mktemp("indicators")
    settings = IndicatorsSettings(data_dir=directory, internal_key=INTERNAL_KEY)
    indicators.prepare(settings, lambda _: None)
    return settings


@pytest.fixture(scope="session")
async def house(
    tmp_path_factory: pytest.TempPathFactory,
    indicators_settings: IndicatorsSettings,
    anyio_backend: str,
) -> AsyncGenerator[House]:
    """The 192 practices, searchable. For tests that change nothing."""
    async with housed(tmp_path_factory.mktemp("house"), indicators_settings) as house:
        yield house


@pytest.fixture(scope="session")
async def found(house: House) -> Found:
    """The search over the 192 practices. For tests that change nothing."""
    return house.search
