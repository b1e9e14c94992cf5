"""One practices service on each database for all tests here; each test is a region of its own."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from services.indicators.settings import IndicatorsSettings
from services.practices.settings import PracticesSettings
from tests.examples import INTERNAL_KEY, a_practice, an_actor, as_caller
from tests.practices.conftest import copied
from tests.practices.lab import served
from tests.practices.push.files import MEDIA

_NUMBERS = itertools.count()


@dataclass(frozen=True)
class Region:
    """A region of the platform, as its own system talks to the practices service."""

    client: httpx.AsyncClient
    code: str

    @property
    def author(self) -> dict[str, str]:
        """The header of the region's system."""
        return as_caller(an_actor(self.code))

    def path(self, external_id: str = "own-1") -> str:
        return f"/regions/{self.code}/practices/{external_id}"

    def practices(self, number: int, **changes: Any) -> list[dict[str, Any]]:
        """Complete practices with names of their own."""
        named = {"regions": [self.code]} | changes
        return [a_practice(external_id=f"own-{n}", **named) for n in range(1, number + 1)]

    async def put(self, path: str = "", headers: dict[str, str] | None = None, **changes: Any):
        body = a_practice(**({"regions": [self.code]} | changes))
        headers = self.author | (headers or {})
        return await self.client.put(path or self.path(), json=body, headers=headers)

    async def send(self, content: bytes, form: str = "json", **asked: Any):
        """Import a file; `key` is the Idempotency-Key."""
        headers = self.author | {"content-type": MEDIA[form]}
        if key := asked.pop("key", None):
            headers["idempotency-key"] = f"{key}-{self.code}"
        url = "/practices/import"
        return await self.client.post(url, content=content, headers=headers, params=asked)

    async def held(self, external_id: str):
        return await self.client.get(self.path(external_id), headers=self.author)


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def one_database(request: pytest.FixtureRequest) -> Iterator[str]:
    with copied(request, "loaded") as url:
        yield url


@pytest.fixture(scope="module")
async def service(
    one_database: str,
    tmp_path_factory: pytest.TempPathFactory,
    indicators_settings: IndicatorsSettings,
    anyio_backend: str,
) -> AsyncIterator[httpx.AsyncClient]:
    settings = PracticesSettings(
        data_dir=tmp_path_factory.mktemp("data"),
        database_url=one_database,
        internal_key=INTERNAL_KEY,
        import_max_bytes=3_000_000,
    )
    async with served(settings, indicators_settings) as client:
        yield client


@pytest.fixture
async def region(service: httpx.AsyncClient) -> Region:
    regions = service._transport.app.state.regions
    await regions.refresh()
    codes = sorted(regions._known)
    return Region(service, codes[next(_NUMBERS) % len(codes)])
