"""What the gateway finds out about a page by asking the services."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI

from services.gateway.heads import Heads
from shared.client import Service
from tests.gateway.conftest import down

KEY = b"the key of this test"
RECORD = {"title": "Welcome desk", "summary": None}
PRACTICE = RECORD | {"regions": [{"code": "ES51", "name": "Catalonia", "country_code": "ES"}]}

pytestmark = pytest.mark.anyio


@pytest.fixture
async def regions(regions_app: FastAPI, anyio_backend: str) -> AsyncIterator[Service]:
    """The indicators service."""
    async with (
        regions_app.router.lifespan_context(regions_app),
        Service("indicators", regions_app, KEY) as service,
    ):
        yield service


@pytest.fixture
async def practices(anyio_backend: str) -> AsyncIterator[Service]:
    """A practices service with one practice, `1`."""
    app = FastAPI()
    app.add_api_route("/practices/1", lambda: PRACTICE)
    async with Service("practices", app, KEY) as service:
        yield service


async def names(indicators: Service, practices: Service) -> dict[str, str] | None:
    """The names of the region of practice `1`."""
    facts = (await Heads(indicators, practices).of("/practices/1")).facts or {}
    return facts["regions"][0]["names"]


async def test_a_practice_is_told_with_the_names_of_its_regions(regions, practices):
    assert (await names(regions, practices) or {})["de"] == "Katalonien"


async def test_a_practice_is_told_while_nobody_knows_the_regions(practices):
    async with Service("indicators", down, KEY) as nobody:
        assert await names(nobody, practices) is None


async def test_names_are_still_known_when_the_list_has_not_changed(regions, practices):
    heads = Heads(regions, practices)
    first = await heads.of("/practices/1")
    assert await heads.of("/practices/1") == first
