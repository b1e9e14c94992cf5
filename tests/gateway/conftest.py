"""The gateway over the real indicators service; practices and search are down."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI

from services.gateway import app as gateway
from services.gateway.people import store
from services.gateway.people.hashing import Hashing
from services.gateway.settings import GatewaySettings
from services.indicators import app as indicators
from services.indicators.settings import IndicatorsSettings
from shared.db import Database
from tests.examples import INTERNAL_KEY

SITE = "http://platform"
PASSWORD = "seven boats under the bridge"
# The real costs are a fifth of a second each; one test measures those.
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
KEPT = CHEAP.hash(PASSWORD)


@pytest.fixture(scope="session")
def regions_app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """The indicators service with its first data: it knows the regions."""
    settings = IndicatorsSettings(
        data_dir=tmp_path_factory.mktemp("indicators"), internal_key=INTERNAL_KEY
    )
    indicators.prepare(settings, lambda _: None)
    return indicators.create_app(settings, {})


async def down(scope, receive, send) -> None:
    """A service that is down."""
    raise httpx.ConnectError("nobody listens")


@dataclass
class Platform:
    """A running gateway. `browser` is one that nobody is signed in with yet."""

    app: FastAPI
    database: Database
    make_browser: Callable[[str], httpx.AsyncClient]
    browsers: list[httpx.AsyncClient] = field(default_factory=list)

    def browser(self, address: str = "192.0.2.1") -> httpx.AsyncClient:
        """A browser with its own cookies, at an address; its pages are those of the site."""
        made = self.make_browser(address)
        self.browsers.append(made)
        return made

    def person(self, name: str, *grants: tuple[str, str], must_change: bool = False) -> str:
        """The id of a new person with the password of these tests."""
        made = self.database.run(
            self.database.writer,
            store.create,
            "test",
            name,
            "",
            KEPT,
            grants,
            must_change=must_change,
        )
        return made.person.id

    async def signed_in(self, name: str, *grants: tuple[str, str]) -> httpx.AsyncClient:
        """A browser with which a new person is signed in."""
        self.person(name, *grants)
        browser = self.browser()
        answer = await sign_in(browser, name)
        assert answer.status_code == 200, answer.text
        return browser


async def sign_in(
    browser: httpx.AsyncClient, name: str, password: str = PASSWORD, **more: str
) -> httpx.Response:
    """What the platform says to these credentials."""
    return await browser.post("/session", json={"name": name, "password": password, **more})


@pytest.fixture
def gateway_settings(tmp_path: Path) -> GatewaySettings:
    """Its settings; a test file may have others."""
    return GatewaySettings(data_dir=tmp_path, internal_key=INTERNAL_KEY, site=SITE)


@pytest.fixture
async def platform(
    gateway_settings: GatewaySettings, regions_app: FastAPI, anyio_backend: str
) -> AsyncIterator[Platform]:
    """The gateway, with its background work."""
    gateway.prepare(gateway_settings, lambda _: None)
    neighbours = {"indicators": regions_app, "practices": down, "search": down}
    app = gateway.create_app(gateway_settings, neighbours)
    app.state.own.state.hashing = Hashing(CHEAP)

    def browser(address: str) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app, client=(address, 1234), raise_app_exceptions=False)
        return httpx.AsyncClient(
            transport=transport,
            base_url=f"{gateway_settings.site}/api/v1",
            headers={"origin": gateway_settings.site, "sec-fetch-site": "same-origin"},
        )

    async with regions_app.router.lifespan_context(regions_app), app.router.lifespan_context(app):
        found = Platform(app, app.state.own.state.database, browser)
        yield found
        for one in found.browsers:
            await one.aclose()
