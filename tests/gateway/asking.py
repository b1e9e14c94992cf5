"""The joined platform with somebody in each role, here and in a foreign region."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from fastapi import FastAPI

from services import embedded
from services.embedded import AllSettings, House
from services.gateway.people import sessions, store
from services.gateway.people.hashing import Hashing
from services.gateway.routes import Route
from shared.actor import Actor, signed
from tests.gateway.conftest import CHEAP
from tests.gateway.policy import CALLERS, ROLES

OWN, FOREIGN, THIRD = "ES51", "SE224", "ITF4"
# What a path names where nothing is: it is nobody's.
NOBODYS = {
    "practice_id": "0193b4c0-0000-7000-8000-000000000000",
    "assessment_id": "0193b4c0-0000-7000-8000-000000000000",
    "person_id": "0193b4c0-0000-7000-8000-000000000001",
    "notification_id": "0193b4c0-0000-7000-8000-000000000002",
    "endpoint_id": "0193b4c0-0000-7000-8000-000000000003",
    "delivery_id": "0193b4c0-0000-7000-8000-000000000004",
    "message_id": "0193b4c0-0000-7000-8000-000000000005",
    "evaluator": "0193b4c0-0000-7000-8000-000000000006",
    "client_id": "client_0000000000000000",
    "key_id": "prk_000000000000000000000000",
    "edition_id": "no-edition",
    "external_id": "no-practice",
    "indicator": "F01",
    "group": "TCN",
    "role": "expert",
    "region": OWN,
    "code": OWN,
    "number": "1",
}


class Asking:
    """The joined platform, and how each caller is known to it."""

    def __init__(self, house: House, site: str) -> None:
        self.house = house
        self.site = site
        self.key = house.door.state.internal_key
        self.headers: dict[str, dict[str, str]] = {"nobody": {}}
        self.ids: dict[str, str] = {}
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(house.door, raise_app_exceptions=False),
            base_url=f"{site}/api/v1",
        )

    def sign_in(self, caller: str, name: str, region: str) -> None:
        """A person in one role for one region, with a session."""
        database = self.house.door.state.own.state.database
        everywhere = "*" if caller == "administrator" else region
        grants = [(caller, everywhere)] if caller in ROLES else []
        kept = CHEAP.hash("never used")
        run, writer = database.run, database.writer
        made = run(writer, store.create, "test", name, "", kept, grants, must_change=False)
        held = run(writer, sessions.begin, made.person.id, "", "password")
        self.ids[name] = made.person.id
        self.headers[name] = {"cookie": f"session={held}", "origin": self.site}

    async def ask(
        self, name: str, method: str, path: str, body: object = None, **headers: str
    ) -> httpx.Response:
        """What the platform answers to this caller."""
        return await self.http.request(
            method, path, json=body, headers=self.headers[name] | headers
        )

    async def made(
        self, name: str, method: str, path: str, body: object = None, **headers: str
    ) -> httpx.Response:
        """What the platform answers to a step that has to succeed."""
        answer = await self.ask(name, method, path, body, **headers)
        assert answer.is_success, f"{method} {path} by {name}: {answer.text}"
        return answer

    def service(self, route: Route) -> FastAPI:
        """The application behind the door that serves the route."""
        if route.upstream == "gateway":
            return self.house.door.state.own
        return getattr(self.house, route.upstream)

    async def past_the_door(
        self, route: Route, path: str, headers: dict[str, str], body: object = None
    ) -> httpx.Response:
        """What the service itself answers."""
        transport = httpx.ASGITransport(self.service(route), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as service:
            return await service.request(route.method, path, json=body, headers=headers)

    def as_system(self, *scopes: str, key: bytes | None = None) -> dict[str, str]:
        """The header of a system with these scopes for every region."""
        system = Actor("client", "client_1", frozenset(scopes), frozenset({"*"}))
        return {"x-actor": signed(system, key or self.key)}


@asynccontextmanager
async def joined(folder: Path) -> AsyncIterator[Asking]:
    """The whole platform with one person for each role, here and in a foreign region."""
    settings = AllSettings.over(folder, "http://127.0.0.1:8000")
    embedded.prepare(settings, lambda _: None)
    house = House(settings)
    house.door.state.own.state.hashing = Hashing(CHEAP)
    async with house.running():
        found = Asking(house, settings.gateway.site)
        found.sign_in("administrator", "another administrator", "*")
        for caller in CALLERS[1:]:
            found.sign_in(caller, caller, OWN)
            found.sign_in(caller, f"foreign {caller}", FOREIGN)
        for caller in ("region-editor", "publisher", "evaluator"):
            found.sign_in(caller, f"third {caller}", THIRD)
        yield found
        await found.http.aclose()


def address(path: str, **names: str) -> str:
    """The path with these names, and those of things that are nobody's for the rest."""
    for name, value in {**NOBODYS, **names}.items():
        path = path.replace("{" + name + "}", value)
    return path.replace("{", "").replace("}", "")
