"""Whose it is: every operation with a scope, asked by every role that has it for something of
the own region, of another region and of nobody."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from services.gateway.people import store
from services.gateway.routes import ROUTES, Route
from tests.gateway import things
from tests.gateway.asking import FOREIGN, OWN, Asking, address, joined
from tests.gateway.policy import ROLES, Owned, owned, passes
from tests.gateway.things import Things, body_of

pytestmark = [pytest.mark.anyio, pytest.mark.xdist_group("ownership")]

# What is removed is asked last; a person after the person's grants.
SCOPED = sorted(
    (route for route in ROUTES if route.scopes),
    key=lambda route: (route.method == "DELETE", -len(route.path)),
)
CASES = [
    pytest.param(route, role, id=f"{route.method} {route.path} {role}")
    for route in SCOPED
    for role in ROLES
    if passes(route, role)
]
# The own thing is there, but not now: both sit already; nobody has handed in; nothing is agreed.
NOT_NOW = {
    "POST /assessments/{assessment_id}/claim": 403,
    "GET /assessments/{assessment_id}/review": 403,
    "GET /practices/{practice_id}/consensus": 404,
}


@pytest.fixture(scope="module")
async def asking(
    tmp_path_factory: pytest.TempPathFactory, anyio_backend: str
) -> AsyncIterator[Asking]:
    """The whole platform, and somebody in each role here and elsewhere."""
    async with joined(tmp_path_factory.mktemp("ownership")) as found:
        yield found


@pytest.fixture(scope="module")
async def had(asking: Asking) -> Things:
    """What everybody has."""
    return await things.made(asking)


def row_of(route: Route) -> Owned:
    """What the page says of the operation."""
    return next(row for row in owned() if row.covers(route))


async def status(asking: Asking, had: Things, route: Route, role: str, whose: str) -> int:
    """How the role is answered about a thing of its own, of another or of nobody. Nothing that
    has a version is changed by it: the tag is an old one."""
    path = address(route.path, **had.names(role, whose))
    tag = {"if-match": '"v9999"'}
    answer = await asking.ask(role, route.method, path, body_of(route, whose), **tag)
    return answer.status_code


def test_every_operation_with_a_scope_stands_in_one_row_of_the_page():
    rows = owned()
    found = {f"{one.method} {one.path}": sum(row.covers(one) for row in rows) for one in SCOPED}
    assert {name: count for name, count in found.items() if count != 1} == {}
    assert all(any(row.covers(one) for one in SCOPED) for row in rows)


async def test_a_list_holds_what_one_has_and_nothing_that_another_has(asking: Asking, had: Things):
    for role, path, name in (
        ("expert", "/assessments", "assessment_id"),
        ("region-editor", "/assessments", "assessment_id"),
        ("central-reviewer", "/assessments", "assessment_id"),
        ("region-editor", "/desk/practices", "practice_id"),
        ("publisher", "/desk/practices", "practice_id"),
        ("evaluator", "/desk/practices", "practice_id"),
        ("region-editor", "/notifications", "notification_id"),
        ("publisher", "/notifications", "notification_id"),
        ("evaluator", "/notifications", "notification_id"),
        ("region-editor", "/webhooks", "endpoint_id"),
        ("publisher", "/webhooks", "endpoint_id"),
        ("administrator", "/webhooks", "endpoint_id"),
    ):
        told = (await asking.made(role, "GET", path)).text
        assert had.names(role, "own")[name] in told, (role, path)
        assert had.names(role, "another's")[name] not in told, (role, path)


@pytest.mark.parametrize(("route", "role"), CASES)
async def test_what_another_has_and_what_nobody_has_is_answered_as_the_page_says(
    asking: Asking, had: Things, route: Route, role: str
):
    row = row_of(route)
    if row.another is not None:
        assert await status(asking, had, route, role, "another's") == row.another
    if row.nobodys is not None:
        assert await status(asking, had, route, role, "nobody's") == row.nobodys


@pytest.mark.parametrize(("route", "role"), CASES)
async def test_what_one_has_oneself_is_not_refused(
    asking: Asking, had: Things, route: Route, role: str
):
    answered = await status(asking, had, route, role, "own")
    expected = NOT_NOW.get(f"{route.method} {route.path}")
    if expected is not None and answered == expected:
        return
    assert answered not in (401, 403, 404)
    assert answered < 500


async def test_an_evaluator_sees_no_practice_that_was_not_assigned(asking: Asking, had: Things):
    for region in ("region-editor", "foreign region-editor"):
        practice = (await asking.made(region, "GET", "/desk/practices")).json()["items"][0]["id"]
        for path in ("draft", "evaluations", "consensus"):
            answer = await asking.ask("evaluator", "GET", f"/practices/{practice}/{path}")
            assert answer.status_code == 404


async def test_two_roles_for_two_regions_do_not_add_up(asking: Asking, had: Things):
    """Publisher there and editor here is not publisher here."""
    database = asking.house.door.state.own.state.database
    asking.sign_in("region-editor", "of two regions", OWN)
    person = asking.ids["of two regions"]
    database.run(database.writer, store.grant, "test", person, "publisher", FOREIGN)
    tag = {"if-match": '"v0.0"'}
    here, there = (
        had.names("region-editor", whose)["practice_id"] for whose in ("own", "another's")
    )
    answer = await asking.ask("of two regions", "POST", f"/practices/{here}/select", **tag)
    assert answer.status_code == 403
    answer = await asking.ask("of two regions", "POST", f"/practices/{there}/select", **tag)
    assert answer.status_code == 412
