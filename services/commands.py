"""The smaller commands: clients of the API, the OpenAPI document, one service alone."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from fastapi import FastAPI

from services import commands_search
from services.embedded import AllSettings, House
from services.gateway import app as gateway
from services.gateway import store
from services.gateway.openapi import join
from services.indicators import app as indicators
from services.indicators.outcomes import commands
from services.indicators.scenarios import command as scoring
from services.practices import app as practices
from services.search import app as search
from shared.client import Service
from shared.db import Database
from shared.problems import Invalid

if TYPE_CHECKING:
    from shared.client import Where


PORT = 8000


def add(verbs: Any) -> None:  # noqa: ANN401 - argparse does not name this type
    """Add the commands to the parser."""
    document = verbs.add_parser("openapi", help="print the OpenAPI document of the platform")
    document.set_defaults(command=openapi)
    clients = verbs.add_parser("clients", help="systems that may ask for tokens")
    actions = clients.add_subparsers(metavar="ACTION", required=True)
    create = actions.add_parser("create", help="make a client; its secret is shown once")
    create.add_argument("--name", default="", help="what the client is, for the list")
    create.add_argument("--region", action="append", default=[], help="code or slug; repeatable")
    create.add_argument("--scope", action="append", required=True, help="repeatable")
    create.set_defaults(command=create_client)
    listing = actions.add_parser("list", help="all clients")
    listing.set_defaults(command=list_clients)
    revoke = actions.add_parser("revoke", help="no new tokens for a client")
    revoke.add_argument("client_id")
    revoke.set_defaults(command=revoke_client)
    scoring.add(verbs)
    commands_search.add(verbs)
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


def create_client(options: argparse.Namespace) -> int:
    """Make a client and print its id and secret, once."""
    settings = settings_of(options)
    gateway.prepare(settings.gateway, lambda _: None)
    regions = asyncio.run(_region_codes(settings, options.region))
    database = Database(settings.gateway.database)
    made = database.run(database.writer, store.create_client, options.name, options.scope, regions)
    database.close()
    print(f"client_id={made.client_id}\nclient_secret={made.secret}")  # noqa: T201
    print("Keep the secret: it is not shown again.")  # noqa: T201
    return 0


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


def list_clients(options: argparse.Namespace) -> int:
    """Print all clients, one a line."""
    database = Database(settings_of(options).gateway.database)
    for client in database.run(database.reader, store.clients):
        state = "revoked" if client.revoked_at else "active"
        scopes, regions = " ".join(client.scopes), " ".join(client.regions) or "-"
        print(f"{client.id}\t{state}\t{scopes}\t{regions}\t{client.name}")  # noqa: T201
    return 0


def revoke_client(options: argparse.Namespace) -> int:
    """Revoke a client; its tokens run out within ten minutes."""
    database = Database(settings_of(options).gateway.database)
    database.run(database.writer, store.revoke, options.client_id)
    print(f"{options.client_id} gets no new tokens")  # noqa: T201
    return 0


def settings_of(options: argparse.Namespace) -> AllSettings:
    """The settings over the data directory that the options name."""
    site = os.environ.get("SITE") or f"http://127.0.0.1:{options.port or PORT}"
    data_dir: Path = options.data_dir
    return AllSettings.over(data_dir, site)
