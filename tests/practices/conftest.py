"""A practices service on each database, beside the real indicators service."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import httpx
import pytest

from services.indicators import app as indicators
from services.indicators.settings import IndicatorsSettings
from services.practices.settings import PracticesSettings
from tests.examples import INTERNAL_KEY
from tests.practices.databases import Copies, Files, Templates
from tests.practices.lab import served


@pytest.fixture(scope="session")
def indicators_settings(tmp_path_factory: pytest.TempPathFactory) -> IndicatorsSettings:
    """The indicators service with its first data."""
    settings = IndicatorsSettings(
        data_dir=tmp_path_factory.mktemp("indicators"), internal_key=INTERNAL_KEY
    )
    indicators.prepare(settings, lambda _: None)
    return settings


@pytest.fixture(scope="session")
def sqlite_copies(tmp_path_factory: pytest.TempPathFactory) -> Copies:
    """Prepared SQLite files, to be copied."""
    return Files(tmp_path_factory.mktemp("databases"))


@pytest.fixture(scope="session")
def postgres_copies(postgres: str) -> Iterator[Copies]:
    """Prepared databases of a PostgreSQL server, to be copied."""
    found = Templates(postgres)
    yield found
    found.close()


def copied(request: pytest.FixtureRequest, content: str) -> AbstractContextManager[str]:
    """A database of the kind that the test asks for, `empty` or `loaded`."""
    copies: Copies = request.getfixturevalue(f"{request.param}_copies")
    return copies.copy(content)


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A database of each kind with the newest schema and nothing in it."""
    with copied(request, "empty") as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def loaded_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A database of each kind with the 192 first practices."""
    with copied(request, "loaded") as url:
        yield url


@pytest.fixture
async def client(
    loaded_url: str, tmp_path: Path, indicators_settings: IndicatorsSettings, anyio_backend: str
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the practices service with the 192 first practices."""
    settings = PracticesSettings(
        data_dir=tmp_path, database_url=loaded_url, internal_key=INTERNAL_KEY
    )
    async with served(settings, indicators_settings) as client:
        yield client
