"""The smaller commands: those of each part, the OpenAPI document, one service alone."""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from fastapi import FastAPI

from services import (
    commands_access,
    commands_embeds,
    commands_practices,
    commands_push,
    commands_search,
)
from services.commands_access import Access
from services.embedded import AllSettings, House, settings_of
from services.gateway import app as gateway
from services.gateway.openapi import join
from services.indicators import app as indicators
from services.indicators.outcomes import commands
from services.indicators.scenarios import command as scoring
from services.practices import app as practices
from services.search import app as search
from shared.client import Service
from shared.db import Database
from shared.problems import Invalid
from shared.settings import Settings

if TYPE_CHECKING:
    from shared.client import Where


_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_NEIGHBOURS = {"indicators", "practices", "search", "gateway"}


def add(verbs: Any) -> None:  # noqa: ANN401 - argparse does not name this type
    """Add the commands to the parser."""
    document = verbs.add_parser("openapi", help="print the OpenAPI document of the platform")
    document.set_defaults(command=openapi)
    commands_access.add(verbs, Access(_gateway_database, _codes))
    scoring.add(verbs)
    commands_search.add(verbs)
    commands_push.add(verbs)
    commands_practices.add(verbs, _practices_database)
    commands_embeds.add(verbs, _gateway_database)
    commands.add(verbs, _indicators_database)


def one_app(name: str, settings: AllSettings) -> FastAPI:
    """One service's application with its neighbours at the addresses of its settings."""
    makers: dict[str, tuple[Callable[..., FastAPI], Any]] = {
        "indicators": (indicators.create_app, settings.indicators),
        "practices": (practices.create_app, settings.practices),
        "search": (search.create_app, settings.search),
        "gateway": (gateway.create_app, settings.gateway),
    }
    make, own = makers[name]
    neighbours: dict[str, Where] = {
        other: getattr(own, f"{other}_url") for other in makers if hasattr(own, f"{other}_url")
    }
    return make(own, neighbours)


def check_apart(options: argparse.Namespace, settings: AllSettings) -> None:
    """Raises Invalid when a service is to work with others elsewhere without a key they share.

    Each machine would make a key of its own, and none would believe what another one signs.
    """
    own = getattr(settings, options.name)
    places = {
        name: urlsplit(value).hostname
        for name, value in own
        if name.endswith("_url") and name.removesuffix("_url") in _NEIGHBOURS
    }
    elsewhere = sorted(name for name, host in places.items() if host not in _LOOPBACK)
    alone = not elsewhere and options.host in _LOOPBACK
    if alone or Settings.model_validate({}).internal_key:
        return
    why = (
        f"its neighbours are elsewhere ({', '.join(elsewhere)})"
        if elsewhere
        else (f"it listens on {options.host}")
    )
    raise Invalid(
        f"Set INTERNAL_KEY to the same secret for all services: {why}, and without the key none "
        "believes what another one signs. `openssl rand -hex 32` makes one."
    )


def openapi(options: argparse.Namespace) -> int:
    """Print the joined OpenAPI document."""
    house = House(settings_of(options))
    print(json.dumps(document_of(house), indent=1, ensure_ascii=False))  # noqa: T201
    return 0


def document_of(house: House) -> dict[str, Any]:
    """The joined OpenAPI document of the four applications."""
    parts = {
        "indicators": house.indicators.openapi(),
        "practices": house.practices.openapi(),
        "search": house.search.openapi(),
        "gateway": house.door.state.own.openapi(),
    }
    return join(parts)


def _codes(options: argparse.Namespace, names: list[str]) -> list[str]:
    return asyncio.run(_region_codes(settings_of(options), names)) if names else []


async def _region_codes(settings: AllSettings, names: list[str]) -> list[str]:
    """The codes of regions given by code or slug. Invalid naming the unknown ones."""
    async with _indicators(settings) as service:
        answers = {name: await service.get(f"/regions/{quote(name)}") for name in names}
    unknown = [name for name, answer in answers.items() if answer.status_code in (404, 422)]
    if unknown:
        raise Invalid(f"There is no region {', '.join(unknown)}; GET /regions lists them.")
    return [service.expect(answer).json()["code"] for answer in answers.values()]


@asynccontextmanager
async def _indicators(settings: AllSettings) -> AsyncGenerator[Service]:
    """The indicators service: where the gateway's settings say, or in this process."""
    key = settings.gateway.internal_key.encode()
    if "indicators_url" in settings.gateway.model_fields_set:
        async with Service("indicators", settings.gateway.indicators_url, key) as service:
            yield service
        return
    indicators.prepare(settings.indicators, lambda _: None)
    app = indicators.create_app(settings.indicators, {})
    async with (
        app.router.lifespan_context(app),
        Service("indicators", app, key) as service,
    ):
        yield service


def _indicators_database(options: argparse.Namespace) -> str:
    """The URL of the indicators' database, brought up to date."""
    settings = settings_of(options).indicators
    indicators.prepare(settings, lambda _: None)
    return settings.database


def _practices_database(options: argparse.Namespace) -> Database:
    """The practices' database, brought up to date."""
    settings = settings_of(options).practices
    practices.prepare(settings, lambda _: None)
    return Database(settings.database)


def _gateway_database(options: argparse.Namespace) -> Database:
    """The gateway's database, brought up to date."""
    settings = settings_of(options).gateway
    gateway.prepare(settings, lambda _: None)
    return Database(settings.database)
