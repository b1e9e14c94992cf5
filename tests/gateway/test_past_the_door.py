"""Straight to a service: it asks again, and believes only what the gateway signed."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from services.gateway.domain.access import SCOPES
from services.gateway.routes import ROUTES, Route
from tests.gateway.asking import Asking, address, joined
from tests.gateway.things import body_of

pytestmark = [pytest.mark.anyio, pytest.mark.xdist_group("past the door")]


@pytest.fixture(scope="module")
async def asking(
    tmp_path_factory: pytest.TempPathFactory, anyio_backend: str
) -> AsyncIterator[Asking]:
    """The whole platform, and somebody in each role."""
    async with joined(tmp_path_factory.mktemp("services")) as found:
        yield found


@pytest.mark.parametrize("route", [r for r in ROUTES if r.scopes], ids=lambda r: r.method + r.path)
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
