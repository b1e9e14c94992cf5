"""Every operation, asked by every role: the platform does what docs/reference/roles.md says."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from services import embedded
from services.embedded import AllSettings, House
from services.gateway.domain.access import SCOPES
from services.gateway.people import sessions, store
from services.gateway.people.hashing import Hashing
from services.gateway.routes import ROUTES, Route
from shared.actor import Actor, signed
from tests.examples import a_practice
from tests.gateway.conftest import CHEAP
from tests.gateway.policy import CALLERS, ROLES, Cell, cells, passes

pytestmark = [pytest.mark.anyio, pytest.mark.xdist_group("policy")]

OWN, FOREIGN = "ES51", "SE224"
# What a path names where nothing is: it is nobody's.
NOBODYS = {
    "practice_id": "0193b4c0-0000-7000-8000-000000000000",
    "person_id": "0193b4c0-0000-7000-8000-000000000001",
    "notification_id": "0193b4c0-0000-7000-8000-000000000002",
    "endpoint_id": "0193b4c0-0000-7000-8000-000000000003",
    "delivery_id": "0193b4c0-0000-7000-8000-000000000004",
    "client_id": "client_0000000000000000",
    "key_id": "prk_0000000000000000",
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


@pytest.fixture(scope="module")
async def asking(
    tmp_path_factory: pytest.TempPathFactory, anyio_backend: str
) -> AsyncIterator[Asking]:
    """The whole platform, and somebody in each role."""
    async with joined(tmp_path_factory.mktemp("policy")) as found:
        yield found


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
        yield found
        await found.http.aclose()


def address(path: str) -> str:
    """The path with names of things that are nobody's."""
    for name, value in NOBODYS.items():
        path = path.replace("{" + name + "}", value)
    return path.replace("{", "").replace("}", "")


# ------------------------------------------------------------------ the page is the policy


def test_the_page_names_every_operation_for_every_caller_once():
    named = Counter((cell.method, cell.path, cell.caller) for cell in cells())
    wanted = {(route.method, route.path, caller) for route in ROUTES for caller in CALLERS}
    assert set(named) == wanted
    assert set(named.values()) == {1}


def by_row() -> dict[tuple[str, str], list[Cell]]:
    found: dict[tuple[str, str], list[Cell]] = {}
    for cell in cells():
        found.setdefault((cell.method, cell.path), []).append(cell)
    return found


def mutants(route: Route) -> list[Route]:
    """The route with a clause dropped, exchanged, or added; with none at all."""
    roles = [set(scopes) for scopes in ROLES.values()]
    without = [tuple(one for one in route.scopes if one != gone) for gone in route.scopes]
    with_one = [(*route.scopes, new) for new in SCOPES if new not in route.scopes]
    exchanged = [(*rest, new) for rest in without for new in SCOPES if new not in route.scopes]
    # A scope that no role brings alone changes nothing that a role could do.
    told_apart = [
        scopes
        for scopes in {(), *without, *with_one, *exchanged}
        if [bool(role & set(scopes)) or not scopes for role in roles]
        != [bool(role & set(route.scopes)) for role in roles]
    ]
    return [replace(route, scopes=scopes) for scopes in told_apart]


@pytest.mark.parametrize("route", [r for r in ROUTES if r.scopes], ids=lambda r: r.method + r.path)
def test_a_changed_scope_clause_contradicts_the_page(route: Route):
    row = by_row()[route.method, route.path]
    found = mutants(route)
    assert len(found) >= len(route.scopes)
    for mutant in found:
        assert any(passes(mutant, cell.caller) != cell.allowed for cell in row), mutant.scopes


# ------------------------------------------------------------------ the platform follows it


async def test_each_cell_of_the_page_is_what_the_platform_answers(asking: Asking):
    wrong: list[str] = []
    for cell in cells():
        if (cell.method, cell.path) == ("DELETE", "/session"):
            continue  # it would sign the callers out; see the tests of sessions
        answer = await asking.ask(cell.caller, cell.method, address(cell.path))
        refused = answer.status_code in (401, 403)
        exact = 401 if cell.caller == "nobody" else 403
        fits = not refused if cell.allowed else answer.status_code == exact
        if not fits or answer.status_code == 500:
            wrong.append(f"{cell.method} {cell.path} by {cell.caller}: {answer.status_code}")
    assert wrong == []


# ------------------------------------------------------------------ own, foreign, nobody's

SEEN = {200, 201, 204, 400, 409, 412, 415, 422, 428}
HIDDEN = {403, 404}


@pytest.fixture(scope="module")
async def drafts(asking: Asking) -> dict[str, str]:
    """Drafts by region."""
    return await make_drafts(asking)


async def make_drafts(asking: Asking) -> dict[str, str]:
    """A draft of the own region and one of the foreign one, by region."""
    found: dict[str, str] = {}
    for name, region in (("region-editor", OWN), ("foreign region-editor", FOREIGN)):
        made = await asking.ask(name, "POST", "/practices", a_practice(regions=[region]))
        assert made.status_code == 201, made.text
        found[region] = made.json()["id"]
        tag = made.headers["etag"]
        place = f"/practices/{found[region]}/submit"
        submitted = await asking.ask(name, "POST", place, **{"if-match": tag})
        assert submitted.status_code == 200, submitted.text
    return found


# What a holder of the scopes may send, so that nothing but whose it is can be in the way.
PRACTICE_BODIES: dict[tuple[str, str], object] = {
    ("PUT", "/practices/{practice_id}/draft"): a_practice(title="Another title"),
    ("POST", "/practices/{practice_id}/assign"): {"evaluators": ["a-person", "b-person"]},
    ("POST", "/practices/{practice_id}/request-changes"): {
        "messages": [{"pointer": "/title", "text": "Longer, please."}]
    },
    ("POST", "/practices/{practice_id}/reject"): {"reasons": ["Not about integration."]},
    ("PUT", "/practices/{practice_id}/evaluations/{evaluator}"): {},
    ("PUT", "/practices/{practice_id}/consensus"): {},
    ("POST", "/practices/{practice_id}/conversation"): {"pointer": "/title", "text": "Why?"},
}
PRACTICE_ROUTES = [
    route for route in ROUTES if route.path.startswith("/practices/{practice_id}/") and route.scopes
]


@pytest.mark.parametrize("route", PRACTICE_ROUTES, ids=lambda r: r.method + r.path)
async def test_a_practice_is_there_for_its_region_and_for_nobody_elses(
    asking: Asking, drafts: dict[str, str], route: Route
):
    body = PRACTICE_BODIES.get((route.method, route.path))
    for role in ROLES:
        if not passes(route, role):
            continue
        statuses: dict[str, int] = {}
        for whose, practice in (
            ("foreign", drafts[FOREIGN]),
            ("nobody's", NOBODYS["practice_id"]),
        ):
            path = address(route.path.replace("{practice_id}", practice))
            answer = await asking.ask(role, route.method, path, body, **{"if-match": '"v0.0"'})
            statuses[whose] = answer.status_code
        assert statuses["foreign"] in HIDDEN, (role, statuses)
        assert statuses["nobody's"] == 404, (role, statuses)


@pytest.mark.parametrize("route", PRACTICE_ROUTES, ids=lambda r: r.method + r.path)
async def test_a_practice_is_there_for_the_own_region(
    asking: Asking, drafts: dict[str, str], route: Route
):
    body = PRACTICE_BODIES.get((route.method, route.path))
    roles = [role for role in ROLES if passes(route, role) and role != "evaluator"]
    for role in roles:
        path = address(route.path.replace("{practice_id}", drafts[OWN]))
        answer = await asking.ask(role, route.method, path, body, **{"if-match": '"v0.0"'})
        assert answer.status_code not in (401, 403), (role, answer.text)


async def test_an_evaluator_sees_no_practice_that_was_not_assigned(asking: Asking, drafts):
    for practice in drafts.values():
        for path in ("draft", "evaluations", "consensus"):
            answer = await asking.ask("evaluator", "GET", f"/practices/{practice}/{path}")
            assert answer.status_code in HIDDEN


async def test_a_practice_is_written_for_the_own_region_only(asking: Asking):
    body = a_practice(regions=[FOREIGN])
    assert (await asking.ask("region-editor", "POST", "/practices", body)).status_code in HIDDEN | {
        422
    }
    place = f"/regions/{FOREIGN}/practices/their-own-1"
    assert (await asking.ask("region-editor", "GET", place)).status_code in HIDDEN
    assert (await asking.ask("region-editor", "PUT", place, body)).status_code in HIDDEN


async def test_two_roles_for_two_regions_do_not_add_up(asking: Asking, drafts):
    """Publisher there and editor here is not publisher here."""
    database = asking.house.door.state.own.state.database
    asking.sign_in("region-editor", "of two regions", OWN)
    person = asking.ids["of two regions"]
    database.run(database.writer, store.grant, "test", person, "publisher", FOREIGN)
    place = f"/practices/{drafts[OWN]}/select"
    answer = await asking.ask("of two regions", "POST", place, **{"if-match": '"v0.0"'})
    assert answer.status_code in HIDDEN
    there = f"/practices/{drafts[FOREIGN]}/select"
    answer = await asking.ask("of two regions", "POST", there, **{"if-match": '"v0.0"'})
    assert answer.status_code == 412


async def test_the_list_of_work_is_of_the_own_region(asking: Asking, drafts):
    for role in ("region-editor", "publisher"):
        work = (await asking.ask(role, "GET", "/desk/practices")).json()
        assert drafts[FOREIGN] not in str(work)
        assert drafts[OWN] in str(work)


# ------------------------------------------------------------------ past the gateway


@pytest.mark.parametrize("route", [r for r in ROUTES if r.scopes], ids=lambda r: r.method + r.path)
async def test_a_service_asks_again_and_believes_only_the_gateways_signature(
    asking: Asking, route: Route
):
    """Straight to the service: unsigned, signed with another key, signed without any scope."""
    house = asking.house
    app = {
        "gateway": house.door.state.own,
        "indicators": house.indicators,
        "practices": house.practices,
        "search": house.search,
    }[route.upstream]
    powerful = Actor("client", "client_1", frozenset(SCOPES), frozenset({"*"}))
    idle = Actor("client", "client_1", frozenset(), frozenset({"*"}))
    body = PRACTICE_BODIES.get((route.method, route.path), {})
    tries = {
        "absent": {},
        "forged": {"x-actor": signed(powerful, b"another key")},
        "idle": {"x-actor": signed(idle, asking.key)},
    }
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as service:
        for name, headers in tries.items():
            sent = {"json": body} if route.method in ("POST", "PUT", "PATCH") else {}
            answer = await service.request(
                route.method, address(route.path), headers=headers | {"if-match": '"v0.0"'}, **sent
            )
            assert answer.status_code in (401, 403, 404, 415, 422), (name, answer.text)
            if name == "forged":
                assert answer.status_code == 401, answer.text


# ------------------------------------------------------------------ assessments

REASON = "Because the law changed in May."
ANSWER = {"state": "missing", "comment": "There is no such law."}
ASSESSMENT_BODIES: dict[tuple[str, str], object] = {
    ("PUT", "answers"): {"answers": [{"indicator": "F01", "group": "TCN", **ANSWER}]},
    ("PUT", "answers/{indicator}/{group}"): ANSWER,
    ("PUT", "decisions/{indicator}/{group}"): ANSWER,
    ("POST", "assign"): {"seat": 1, "holder": "somebody"},
    ("POST", "free"): {"seat": 1, "answers": "keep", "comment": REASON},
    ("POST", "return"): {"seats": [1], "comment": REASON},
    ("POST", "publish"): {"reason": REASON},
    ("POST", "reopen"): {"reason": REASON},
    ("POST", "to-edition"): {"edition": "an-edition"},
}
_BEFORE = "/assessments/{assessment_id}"
ASSESSMENT_ROUTES = [route for route in ROUTES if route.path.startswith(_BEFORE)]


@pytest.fixture(scope="module")
async def assessments(asking: Asking) -> dict[str, str]:
    """Assessments by region."""
    return await make_assessments(asking)


async def make_assessments(asking: Asking) -> dict[str, str]:
    """An assessment of the own region and one of the foreign one, in an edition of this test."""
    edition = {
        "id": "policy-edition",
        "title": "An edition",
        "notice": "Answered in a test.",
        "methodology": "open-instrument-1",
        "methodology_version": "1.0.0",
        "date": "2026-11-22",
        "licence": "CC-BY-4.0",
        "source": "A test",
    }
    made = await asking.ask("central-reviewer", "POST", "/editions", edition)
    assert made.status_code == 201, made.text
    found: dict[str, str] = {}
    for name, region in (("expert", OWN), ("foreign expert", FOREIGN)):
        body = {"edition": "policy-edition", "region": region, "kind": "edition"}
        begun = await asking.ask(name, "POST", "/assessments", body)
        assert begun.status_code == 201, begun.text
        found[region] = begun.json()["id"]
    return found


def at(route: Route, assessment: str) -> str:
    """The address of a step on an assessment, with a cell that there is."""
    path = route.path.replace("{assessment_id}", assessment)
    return path.replace("{indicator}", "F01").replace("{group}", "TCN")


@pytest.mark.parametrize("route", ASSESSMENT_ROUTES, ids=lambda r: r.method + r.path)
async def test_an_assessment_is_there_for_its_region_and_for_nobody_elses(
    asking: Asking, assessments: dict[str, str], route: Route
):
    step = route.path.removeprefix(_BEFORE).removeprefix("/")
    body = ASSESSMENT_BODIES.get((route.method, step))
    tag = {"if-match": '"v9999"'}
    for role in [role for role in ROLES if passes(route, role)]:
        nobodys = at(route, NOBODYS["practice_id"])
        foreign = await asking.ask(role, route.method, at(route, assessments[FOREIGN]), body, **tag)
        missing = await asking.ask(role, route.method, nobodys, body, **tag)
        if step != "import":  # a file: what it has to be is asked first
            assert foreign.status_code in HIDDEN, (role, foreign.text)
            assert missing.status_code == 404, (role, missing.text)
        assert foreign.status_code not in (200, 201, 204)
        own = await asking.ask(role, route.method, at(route, assessments[OWN]), body, **tag)
        assert own.status_code != 401, (role, own.text)
        if role in ("expert", "central-reviewer") and route.method != "GET" and step != "import":
            assert own.status_code in SEEN | {403}, (role, own.text)


async def test_the_list_of_assessments_is_of_the_own_region(asking: Asking, assessments):
    for role in ("expert", "region-editor", "central-reviewer"):
        listed = (await asking.ask(role, "GET", "/assessments")).text
        assert assessments[FOREIGN] not in listed
    assert assessments[OWN] in (await asking.ask("expert", "GET", "/assessments")).text


async def test_an_assessment_is_begun_for_the_own_region_only(asking: Asking, assessments):
    body = {"edition": "policy-edition", "region": FOREIGN, "kind": "edition"}
    for role in ("expert", "region-editor", "central-reviewer"):
        assert (await asking.ask(role, "POST", "/assessments", body)).status_code in HIDDEN
