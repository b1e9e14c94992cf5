"""Straight to a service: it asks again, and believes only what the gateway signed."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from services.gateway.domain.access import SCOPES
from services.gateway.routes import ROUTES, Route
from tests.gateway import things
from tests.gateway.asking import OWN, THIRD, Asking, address, joined
from tests.gateway.policy import ROLES, passes
from tests.gateway.questions import QUESTIONS, answering, generously, honestly
from tests.gateway.things import Things, body_of
from tests.gateway.walls import Walls

pytestmark = [pytest.mark.anyio, pytest.mark.xdist_group("past the door")]
SCOPED = [route for route in ROUTES if route.scopes]


@pytest.fixture(scope="module")
async def asking(
    tmp_path_factory: pytest.TempPathFactory, anyio_backend: str
) -> AsyncIterator[Asking]:
    """The whole platform, and somebody in each role."""
    async with joined(tmp_path_factory.mktemp("services")) as found:
        yield found


@pytest.fixture(scope="module")
async def had(asking: Asking) -> Things:
    """What everybody has."""
    return await things.made(asking)


@pytest.mark.parametrize("route", SCOPED, ids=lambda r: r.method + r.path)
async def test_a_service_asks_again_and_believes_only_the_gateways_signature(
    asking: Asking, route: Route
):
    """Unsigned, signed with another key, signed without any scope."""
    tries = (
        (401, {}),
        (401, asking.as_system(*SCOPES, key=b"another key")),
        (403, asking.as_system()),
    )
    body = None if route.method in ("GET", "DELETE") else body_of(route, "own") or {}
    for refused, headers in tries:
        sent = headers | {"if-match": '"v0.0"'}
        answer = await asking.past_the_door(route, address(route.path), sent, body)
        assert answer.status_code == refused, answer.text


async def test_every_question_of_the_services_is_for_the_scopes_that_are_named(
    asking: Asking, had: Things
):
    """A question that is left out, or is for other scopes, is not the one that was meant."""
    withdrawn = f"/practices/{had.published}/withdraw"
    tag = {"if-match": '"v9999"'}
    with answering() as asked:
        for route in SCOPED:
            for role in [one for one in ROLES if passes(route, one)]:
                path = address(route.path, **had.names(role, "own"))
                if route.method != "DELETE":
                    await asking.ask(role, route.method, path, body_of(route, "own"), **tag)
        await asking.ask("publisher", "POST", withdrawn, **tag)
    assert asked == QUESTIONS


async def test_each_question_keeps_somebody_out_when_every_other_is_answered_with_yes(
    asking: Asking, had: Things
):
    """Behind the door, the questions double each other: each is a wall for itself."""
    walls = await Walls(asking, had).explored(
        ("", {OWN, THIRD}), ("practices:evaluate", {OWN, THIRD}), ("practices:publish", {OWN})
    )
    unheeded = [
        question
        for question in sorted(QUESTIONS)
        if not await walls.matters(question, honestly, generously)
    ]
    assert unheeded == []
