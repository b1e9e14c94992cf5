"""Who may judge a practice, as publishers see it, and who somebody is now, as services ask."""

from __future__ import annotations

import httpx
import pytest

from services.gateway import store as clients
from services.gateway.people import store
from shared.actor import HEADER, Actor, signed
from tests.examples import INTERNAL_KEY

pytestmark = pytest.mark.anyio

ASKING = {
    HEADER: signed(
        Actor("service", "practices", frozenset({"internal"}), frozenset({"*"})),
        INTERNAL_KEY.encode(),
    )
}


@pytest.fixture
async def publisher(platform):
    """A browser of a publisher, where four people hold roles."""
    platform.person("anna", ("evaluator", "SE224"))
    platform.person("bruno", ("evaluator", "ITF4"), ("region-editor", "ES51"))
    platform.person("carla", ("evaluator", "*"))
    platform.person("dora", ("region-editor", "ITF4"))
    return await platform.signed_in("publisher", ("publisher", "ES51"))


async def _listed(browser: httpx.AsyncClient, query: str = "") -> list[tuple[str, str | None]]:
    answer = await browser.get(f"/evaluators{query}")
    assert answer.status_code == 200, answer.text
    items = answer.json()["items"]
    assert [one["may_judge"] for one in items] == [one["reason"] is None for one in items]
    return [(one["display_name"], one["reason"]) for one in items]


async def test_evaluators_are_listed_by_name_with_why_one_may_not_judge(publisher):
    everywhere = ("carla", "Comes from every region, by the roles given.")
    assert await _listed(publisher) == [("anna", None), ("bruno", None), everywhere]
    assert await _listed(publisher, "?region=catalonia") == [
        ("anna", None),
        ("bruno", "Comes from ES51."),
        everywhere,
    ]
    of_two = await _listed(publisher, "?region=SE224&region=ITF4")
    assert of_two[:2] == [("anna", "Comes from SE224."), ("bruno", "Comes from ITF4.")]


async def test_the_own_regions_are_those_of_all_roles_that_judge_or_write(publisher):
    bruno = (await publisher.get("/evaluators")).json()["items"][1]
    assert bruno["regions"] == ["ES51", "ITF4"]


async def test_pages_of_evaluators_lose_nobody(publisher):
    first = (await publisher.get("/evaluators?limit=2")).json()
    second = (await publisher.get(f"/evaluators?limit=2&cursor={first['next']}")).json()
    assert [one["display_name"] for one in first["items"]] == ["anna", "bruno"]
    assert [one["display_name"] for one in second["items"]] == ["carla"]
    assert second["next"] is None


@pytest.mark.parametrize("query", ["?region=atlantis", "?region=ES51&region=atlantis"])
async def test_a_region_that_there_is_not_is_named(publisher, query):
    refused = await publisher.get(f"/evaluators{query}")
    assert refused.status_code == 404
    assert [one["value"] for one in refused.json()["errors"]] == ["atlantis"]


async def test_only_publishers_see_who_evaluates(platform):
    assert (await platform.browser().get("/evaluators")).status_code == 401
    author = await platform.signed_in("author", ("region-editor", "ES51"))
    assert (await author.get("/evaluators")).status_code == 403


async def test_a_service_is_told_who_has_access_now_and_nobody_else_is(platform):
    anna = platform.person("anna", ("evaluator", "SE224"))
    bruno = platform.person("bruno", ("evaluator", "ITF4"))
    write = platform.database.writer
    made = [
        platform.database.run(write, clients.create_client, name, ["practices:write"], ["ES51"])
        for name in ("kept", "revoked")
    ]
    platform.database.run(write, store.change, "test", bruno, disabled=True)
    platform.database.run(write, clients.revoke, made[1].client_id)
    transport = httpx.ASGITransport(platform.app, raise_app_exceptions=False)
    body = {"ids": [anna, bruno, *(one.client_id for one in made), "nobody"]}
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as service:
        told = await service.post("/internal/accounts", json=body, headers=ASKING)
        assert told.json()["items"] == [
            {"id": anna, "kind": "person", "grants": [["practices:evaluate", "SE224"]]},
            {
                "id": made[0].client_id,
                "kind": "client",
                "grants": [["practices:write", "ES51"]],
            },
        ]
        assert (await service.post("/internal/accounts", json=body)).status_code == 404
