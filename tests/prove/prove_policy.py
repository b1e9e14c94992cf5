"""Which questions about rights in the services are the only wall: answered with yes, one cell of
the matrix of operations, roles and ownership comes out otherwise.

The questions are found by running the matrix: every line of the services that asks an actor.
One that goes unnoticed has a second wall behind it, or serves a message; each is named.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from services.gateway.domain.access import SCOPES
from shared.actor import Actor, signed
from tests.figures import Row, row
from tests.gateway import test_policy as matrix
from tests.gateway.test_policy import FOREIGN, OWN, ROLES, ROUTES, Asking, passes
from tests.server import ROOT

_BODIES: dict[str, object] = {
    "/practices": matrix.a_practice(regions=[OWN]),
    "/regions/{code}/practices/{external_id}": matrix.a_practice(regions=[OWN]),
    "/assessments": {"edition": "policy-edition", "region": OWN, "kind": "self"},
}
Site = tuple[str, int, str]
_YES: dict[str, Any] = {
    "speaks_for": lambda *_: True,
    "holds": lambda *_: True,
    "needs": lambda *_: None,
    "regions_for": lambda *_: frozenset({"*"}),
}


@contextmanager
def asked(seen: set[Site], yes: Site | None = None) -> Iterator[None]:
    """Note who asks an actor; the question at `yes` is always answered with yes."""
    true = {name: getattr(Actor, name) for name in _YES}

    def wrapped(name: str) -> Any:
        def question(self: Actor, *arguments: Any) -> Any:
            frame = sys._getframe(1)
            place = Path(frame.f_code.co_filename)
            if "services" in place.parts and "gateway" not in place.parts:
                site = (str(place.relative_to(ROOT)), frame.f_lineno, name)
                seen.add(site)
                if site == yes:
                    return _YES[name](self, *arguments)
            return true[name](self, *arguments)

        return question

    for name in _YES:
        setattr(Actor, name, wrapped(name))
    try:
        yield
    finally:
        for name, method in true.items():
            setattr(Actor, name, method)


async def answers(asking: Asking, things: dict[str, dict[str, str]]) -> dict[str, str]:
    """What each cell comes out as. Nothing is changed by it: every tag is an old one."""
    found: dict[str, str] = {}
    for route in ROUTES:
        kind = route.path.split("/")[1]
        if not route.scopes or kind not in things or "_id}" not in route.path:
            continue
        step = route.path.partition("_id}")[2].removeprefix("/")
        bodies = matrix.PRACTICE_BODIES | {
            (method, f"/assessments/{{assessment_id}}/{name}"): body
            for (method, name), body in matrix.ASSESSMENT_BODIES.items()
        }
        body = bodies.get((route.method, route.path))
        for whose, thing in things[kind].items():
            path = route.path.replace("{practice_id}", thing).replace("{assessment_id}", thing)
            path = matrix.address(path.replace("{indicator}", "F01").replace("{group}", "TCN"))
            tag = {"if-match": '"v9999"'}
            for role in ROLES:
                if passes(route, role):
                    answer = await asking.ask(role, route.method, path, body, **tag)
                    found[f"{route.method} {step} {role} {whose}"] = str(answer.status_code)
    for route in ROUTES:
        if route.scopes and route.upstream in ("indicators", "practices"):
            found |= await _past_the_door(asking, route, things)
    for role in ROLES:
        for path in ("/assessments", "/desk/practices"):
            answer = await asking.ask(role, "GET", path)
            told = answer.text
            seen = [thing for kind in things.values() for thing in kind.values() if thing in told]
            found[f"{path} {role}"] = f"{answer.status_code} {seen}"
    body = matrix.a_practice(regions=[FOREIGN])
    for path in ("/practices", f"/regions/{FOREIGN}/practices/x"):
        method = "POST" if path == "/practices" else "PUT"
        answer = await asking.ask("region-editor", method, path, body)
        found[f"{method} {path}"] = str(answer.status_code)
    return found


async def _past_the_door(
    asking: Asking, route: Any, things: dict[str, dict[str, str]]
) -> dict[str, str]:
    """The same of the service itself: unsigned, and by who holds all scopes but the needed ones."""
    path = route.path.replace("{practice_id}", things["practices"][OWN])
    path = path.replace("{assessment_id}", things["assessments"][OWN])
    path = matrix.address(path.replace("{indicator}", "F01").replace("{group}", "TCN"))
    step = route.path.removeprefix("/assessments/{assessment_id}/")
    body = matrix.PRACTICE_BODIES.get((route.method, route.path))
    body = body or matrix.ASSESSMENT_BODIES.get((route.method, step)) or _BODIES.get(route.path)
    rest = frozenset(SCOPES) - set(route.scopes)
    other = signed(Actor("client", "client_1", rest, frozenset({"*"})), asking.key)
    transport = httpx.ASGITransport(
        getattr(asking.house, route.upstream), raise_app_exceptions=False
    )
    found: dict[str, str] = {}
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as service:
        for who, headers in (("unsigned", {}), ("another", {"x-actor": other})):
            tag = {"if-match": '"v9999"'}
            answer = await service.request(route.method, path, json=body, headers=headers | tag)
            found[f"past {route.method} {route.path} {who}"] = str(answer.status_code)
    return found


async def _proved(folder: Path) -> tuple[int, list[Site]]:
    async with matrix.joined(folder) as asking:
        things = {
            "practices": await matrix.make_drafts(asking),
            "assessments": await matrix.make_assessments(asking),
        }
        assert all({OWN, FOREIGN} == set(kind) for kind in things.values())
        sites: set[Site] = set()
        # Once before: a seat is claimed without a tag, and is claimed from then on.
        await answers(asking, things)
        with asked(sites):
            true = await answers(asking, things)
        unnoticed = []
        for site in sorted(sites):
            with asked(set(), yes=site):
                if await answers(asking, things) == true:
                    unnoticed.append(site)
        # Otherwise a difference could be what an earlier yes has left behind.
        after = await answers(asking, things)
        left = {key: (true[key], after[key]) for key in true if true[key] != after[key]}
        assert not left, left
    return len(sites), unnoticed


def rows() -> list[Row]:
    """How many questions there are, and how many could be left out unnoticed."""
    # A person asks more in this minute than people do.
    os.environ["GATEWAY_PERSON_PER_MINUTE"] = "1000000"
    with tempfile.TemporaryDirectory() as folder:
        sites, unnoticed = asyncio.run(_proved(Path(folder)))
    for site in unnoticed:
        print("  not the only wall:", *site)
    return [
        row(
            f"of {sites} questions about rights in the services, the only wall",
            sites - len(unnoticed),
            "questions",
        )
    ]
