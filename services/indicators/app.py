"""The indicators service as an application, and its first data."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager

import anyio
from fastapi import FastAPI

from services.indicators import load
from services.indicators.assessments import api as api_assessment
from services.indicators.assessments import api_history, api_imports, api_review
from services.indicators.editions import api as api_editions
from services.indicators.editions import api_frozen
from services.indicators.layers import api as api_layers
from services.indicators.outcomes import api as api_outcomes
from services.indicators.published import store
from services.indicators.published.hall import Hall
from services.indicators.regions import api as api_regions
from services.indicators.scenarios import api as api_scenarios
from services.indicators.scenarios import api_robustness
from services.indicators.settings import IndicatorsSettings
from services.indicators.tables import METADATA
from shared import migrations
from shared.client import Where
from shared.db import Database
from shared.problems import Problem
from shared.service import new_service
from shared.shelf import Shelf

SERVICE = "indicators"

_log = logging.getLogger(SERVICE)


def prepare(settings: IndicatorsSettings, say: Callable[[str], None]) -> None:
    """Bring the database to the newest schema and load the first data if they changed.

    Raises NewerDatabase when the database belongs to newer code, Invalid with every
    error when a file cannot be used; nothing is stored then.
    """
    database = Database(settings.database)
    try:
        if migrations.upgrade(SERVICE, database, METADATA):
            say("indicators: the database has the newest schema")
        load.first_data(database, settings.first_data, say)
    finally:
        database.close()


def create_app(settings: IndicatorsSettings, neighbours: Mapping[str, Where]) -> FastAPI:
    """The application. Needs a prepared database; asks no other service."""
    database = Database(settings.database)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        warming = asyncio.create_task(_warm(app))
        yield
        # A read in a thread cannot be cancelled: wait for it, or its connection stays open.
        await asyncio.wait({warming}, timeout=5)
        warming.cancel()
        database.close()

    app = new_service(
        "Indicators",
        "Regions, the integration governance scores of MIPEX-R, and outcome statistics.",
        [
            api_regions.routes,
            api_layers.routes,
            api_editions.routes,
            api_history.routes,
            api_frozen.routes,
            api_scenarios.routes,
            api_robustness.routes,
            api_assessment.routes,
            api_review.routes,
            api_imports.routes,
            api_outcomes.routes,
        ],
        lifespan=lifespan,
        ready=_missing,
    )
    app.state.database = database
    app.state.internal_key = settings.internal_key.encode()
    app.state.public_base = settings.public_base
    # One simulation at a time: it would take the processor from everybody else.
    app.state.long_work = anyio.CapacityLimiter(1)
    app.state.shelf = Shelf(database, store.stamp, settings.kept_answers_mb)
    return app


async def _warm(app: FastAPI) -> None:
    """Read what the map page asks for first, before somebody waits for it."""
    try:
        await api_layers.warm(Hall(app.state.shelf))
    except Problem as failure:
        _log.warning("nothing could be read ahead: %s", failure)


async def _missing(app: FastAPI) -> Mapping[str, str]:
    database: Database = app.state.database
    if why := await database.lack(METADATA):
        return {"database": why}
    loaded = await database.read(store.stamp)
    return {} if loaded else {"data": "No data have been loaded yet."}
