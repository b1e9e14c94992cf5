"""A region's system pushes one practice by its own name for it."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine, text

from tests.examples import a_practice, an_actor, as_caller
from tests.practices.push.conftest import Region

pytestmark = pytest.mark.anyio


async def test_the_first_push_creates_a_draft_and_the_second_updates_it(region):
    made = await region.put()
    assert (made.status_code, made.json()["state"]) == (201, "draft")
    assert made.json()["record"]["external_id"] == "own-1"
    changed = await region.put(title="Welcome house")
    assert (changed.status_code, changed.json()["id"]) == (200, made.json()["id"])
    assert changed.headers["etag"] != made.headers["etag"]


async def test_the_same_body_again_changes_nothing(region):
    made = await region.put()
    again = await region.put()
    assert (again.status_code, again.headers["etag"]) == (200, made.headers["etag"])
    assert again.json() == made.json()


async def test_what_was_pushed_can_be_read_by_its_name(region):
    made = await region.put()
    read = await region.client.get(region.path(), headers=region.author)
    assert read.json() == made.json()
    assert read.headers["etag"] == made.headers["etag"]


async def test_a_push_can_be_for_new_practices_only(region):
    only_new = {"if-none-match": "*"}
    assert (await region.put(headers=only_new)).status_code == 201
    refused = await region.put(headers=only_new, title="Other")
    assert refused.status_code == 412
    assert (await region.client.get(region.path(), headers=region.author)).json()["record"][
        "title"
    ] == "Welcome desk"


async def test_a_push_over_another_version_than_was_read_is_412_with_both(region):
    made = await region.put()
    await region.put(title="Theirs")
    late = await region.put(headers={"if-match": made.headers["etag"]}, title="Mine")
    assert late.status_code == 412
    assert (late.json()["yours"]["title"], late.json()["current"]["title"]) == ("Mine", "Theirs")


async def test_a_push_over_a_practice_that_is_not_there_is_412(region):
    assert (await region.put(headers={"if-match": '"v0.1"'})).status_code == 412


async def test_a_complete_practice_can_be_submitted_at_once(region):
    answer = await region.put(f"{region.path()}?submit=true")
    assert (answer.status_code, answer.json()["state"]) == (201, "submitted")
    again = await region.put(f"{region.path()}?submit=true")
    assert (again.status_code, again.headers["etag"]) == (200, answer.headers["etag"])


async def test_an_incomplete_one_is_not_submitted_and_nothing_is_stored(region):
    answer = await region.put(f"{region.path()}?submit=true", summary=None)
    assert answer.status_code == 422
    assert "/summary" in [error["pointer"] for error in answer.json()["errors"]]
    assert (await region.client.get(region.path(), headers=region.author)).status_code == 404


async def test_a_submitted_practice_is_not_changed_behind_the_readers_backs(region):
    await region.put(f"{region.path()}?submit=true")
    assert (await region.put(title="Other")).status_code == 409


async def test_the_same_request_under_the_same_key_is_done_once(region):
    key = {"idempotency-key": f"push-{region.code}"}
    one = await region.put(headers=key)
    await region.put(title="Meanwhile")
    two = await region.put(headers=key)
    assert (two.status_code, two.headers["idempotent-replayed"]) == (201, "true")
    assert two.json() == one.json()


async def test_the_body_must_speak_of_the_practice_in_the_path(region):
    answer = await region.put(regions=["ITC4"], external_id="own-2")
    assert answer.status_code == 422
    assert {error["pointer"] for error in answer.json()["errors"]} == {"/regions/0", "/external_id"}


async def test_another_regions_name_is_404_and_remembered(region, one_database):
    await region.put()
    stranger = as_caller(an_actor("ITC4"))
    body = a_practice(regions=[region.code])
    calls = [
        region.client.put(region.path(), json=body, headers=stranger),
        region.client.get(region.path(), headers=stranger),
    ]
    assert [(await call).status_code for call in calls] == [404, 404]
    made = (await region.held("own-1")).json()["id"]
    engine = create_engine(one_database)
    with engine.connect() as connection:
        asked = text("SELECT count(*) FROM audit WHERE practice_id = :id AND action = 'refused'")
        refused = connection.execute(asked, {"id": made}).scalar_one()
    engine.dispose()
    assert refused == 2


async def test_an_unknown_region_is_404(region):
    answer = await region.put("/regions/ATLANTIS/practices/own-1")
    assert answer.status_code == 404


async def test_a_published_practice_that_was_not_changed_stays_as_it_is(service):
    catalonia = Region(service, "ES51")
    published = (await service.get("/practices?region=ES51&limit=1")).json()["items"][0]
    read = await catalonia.held(published["external_id"])
    assert read.json()["state"] == "published"
    assert read.headers["etag"] == f'"v{published["version"]}"'
