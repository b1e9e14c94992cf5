"""The indicators service with its first data, and small folders of data to break."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from services.indicators import load
from services.indicators.app import SERVICE, create_app, prepare
from services.indicators.domain import scoring
from services.indicators.domain.answers import Answers
from services.indicators.domain.scoring import Scores
from services.indicators.published import formats
from services.indicators.settings import IndicatorsSettings
from services.indicators.tables import METADATA
from shared import migrations
from shared.db import Database
from tests.examples import INTERNAL_KEY

DATA = Path(__file__).parents[2] / "services/indicators/data"


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> IndicatorsSettings:
    """Settings of a service whose SQLite database holds the first data."""
    folder = tmp_path_factory.mktemp("indicators")
    settings = IndicatorsSettings(data_dir=folder, internal_key=INTERNAL_KEY)
    prepare(settings, lambda _: None)
    return settings


@pytest.fixture(scope="session")
async def client(
    prepared: IndicatorsSettings, anyio_backend: str
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the service."""
    async with a_client(prepared) as found:
        yield found


@asynccontextmanager
async def a_client(settings: IndicatorsSettings) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a service with these settings."""
    app = create_app(settings, {})
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://indicators") as client,
    ):
        yield client


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the first data that a test may break, with the first outcome values only."""
    found = Path(shutil.copytree(DATA, tmp_path / "data"))
    values = found / "outcomes/observations.csv"
    values.write_text("".join(values.read_text().splitlines(keepends=True)[:500]))
    return found


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A migrated, empty database of each kind."""
    found = Database(database_url)
    migrations.upgrade(SERVICE, found, METADATA)
    yield found
    found.close()


@pytest.fixture(scope="session")
def core() -> Scores:
    """The demonstration edition, scored by the core straight from the files."""
    methodology = formats.methodology((DATA / "open-instrument-1.json").read_text()).methodology
    text = (DATA / "demonstration/answers.csv").read_text()
    return scoring.score(methodology, Answers.from_csv(methodology, text))


def loaded(database: Database, folder: Path) -> bool:
    """Load the folder; whether anything was done."""
    return load.first_data(database, folder, lambda _: None)


@pytest.fixture
def place(prepared: IndicatorsSettings, tmp_path: Path) -> Path:
    """A data directory with the first data, for commands."""
    return Path(shutil.copytree(prepared.data_dir, tmp_path / "data"))
