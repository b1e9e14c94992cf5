"""The smaller commands: clients of the API, the OpenAPI document, one service alone."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
from fastapi import FastAPI

from services import embedded
from services.embedded import AllSettings, House
from services.gateway import app as gateway
from services.gateway import store
from services.gateway.openapi import join
from services.indicators import app as indicators
from services.practices import app as practices
from services.search import app as search
from shared.db import Database
from shared.problems import Invalid

if TYPE_CHECKING:
    from shared.client import Where


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
    house = House(_settings(options))
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
    settings = _settings(options)
    embedded.prepare(settings, lambda _: None)
    regions = asyncio.run(_region_codes(settings, options.region))
    database = Database(settings.gateway.database)
    made = database.run(
        database.writer, store.create_client, options.name, options.scope, regions
    )
    database.close()
    print(f"client_id={made.client_id}\nclient_secret={made.secret}")  # noqa: T201
    print("Keep the secret: it is not shown again.")  # noqa: T201
    return 0


async def _region_codes(settings: AllSettings, names: list[str]) -> list[str]:
    """The codes of regions given by code or slug. Invalid naming the unknown ones."""
    app = indicators.create_app(settings.indicators, {})
    codes: list[str] = []
    unknown: list[str] = []
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://indicators") as client,
    ):
        for name in names:
            answer = await client.get(f"/regions/{name}")
            if answer.is_success:
                codes.append(answer.json()["code"])
            else:
                unknown.append(name)
    if unknown:
        raise Invalid(f"There is no region {', '.join(unknown)}; GET /regions lists them.")
    return codes


def list_clients(options: argparse.Namespace) -> int:
    """Print all clients, one a line."""
    database = Database(_settings(options).gateway.database)
    for client in database.run(database.reader, store.clients):
        state = "revoked" if client.revoked_at else "active"
        scopes, regions = " ".join(client.scopes), " ".join(client.regions) or "-"
        print(f"{client.id}\t{state}\t{scopes}\t{regions}\t{client.name}")  # noqa: T201
    return 0


def revoke_client(options: argparse.Namespace) -> int:
    """Revoke a client; its tokens run out within ten minutes."""
    database = Database(_settings(options).gateway.database)
    database.run(database.writer, store.revoke, options.client_id)
    print(f"{options.client_id} gets no new tokens")  # noqa: T201
    return 0


def _settings(options: argparse.Namespace) -> AllSettings:
    site = os.environ.get("SITE") or f"http://127.0.0.1:{options.port}"
    data_dir: Path = options.data_dir
    return AllSettings.over(data_dir, site)
