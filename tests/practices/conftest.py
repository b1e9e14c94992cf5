"""A practices service on each database, beside the real indicators service."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from services.indicators import app as indicators
from services.indicators.settings import IndicatorsSettings
from services.practices import app as practices
from services.practices.settings import PracticesSettings
from tests.examples import INTERNAL_KEY


@pytest.fixture(scope="session")
def indicators_settings(tmp_path_factory: pytest.TempPathFactory) -> IndicatorsSettings:
    """The indicators service with its first data."""
    settings = IndicatorsSettings(
        data_dir=tmp_path_factory.mktemp("indicators"), internal_key=INTERNAL_KEY
    )
    indicators.prepare(settings, lambda _: None)
    return settings


async def _nothing(scope, receive, send) -> None:
    """A search service that is down."""
    raise httpx.ConnectError("nobody listens")


@pytest.fixture
async def client(
    database_url: str, tmp_path: Path, indicators_settings: IndicatorsSettings, anyio_backend: str
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the practices service with the 192 first practices."""
    settings = PracticesSettings(
        data_dir=tmp_path, database_url=database_url, internal_key=INTERNAL_KEY
    )
    practices.prepare(settings, lambda _: None)
    regions = indicators.create_app(indicators_settings, {})
    app = practices.create_app(settings, {"indicators": regions, "search": _nothing})
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        regions.router.lifespan_context(regions),
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://practices") as client,
    ):
        yield client
