"""The write path: draft, submit, publish; nothing lost, nothing done twice."""

from __future__ import annotations

import asyncio

import pytest

from shared.actor import Actor
from tests.examples import a_practice, an_actor, as_caller

pytestmark = pytest.mark.anyio

AUTHOR = as_caller(an_actor("ES51", scopes=("practices:write", "practices:publish")))
SERVICE = as_caller(Actor("service", "internal", frozenset({"internal"}), frozenset({"*"})))


async def _created(client, **changes):
    return await client.post("/practices", json=a_practice(**changes), headers=AUTHOR)


async def _step(client, answer, step: str, **headers: str):
    path = f"/practices/{answer.json()['id']}/{step}"
    return await client.post(path, headers=AUTHOR | {"if-match": answer.headers["etag"]} | headers)


async def _published(client, **changes):
    submitted = await _step(client, await _created(client, **changes), "submit")
    return await _step(client, submitted, "publish")


async def test_every_field_of_a_draft_comes_back_as_it_was_written(client):
    body = a_practice(
        external_id="cat-17",
        objectives=["One", "Two"],
        results=["It opened"],
        lessons=["Start with the housing"],
        budget={"stated": "about EUR 20,000", "amount_eur": 20000.0},
        funds=["AMIF"],
        partners=[{"name": "City", "category": "local administration", "scope": "local"}],
        people_reached="40 families",
        sources=[{"url": "https://example.org/desk", "publisher": "Region", "date": "2022-05"}],
        original_title="Oficina d'acollida",
        original_language="ca",
    )
    made = (await client.post("/practices", json=body, headers=AUTHOR)).json()
    read = (await client.get(f"/practices/{made['id']}/draft", headers=AUTHOR)).json()
    assert {name: read["record"][name] for name in body} == body


async def test_nobody_sees_a_draft(client):
    made = (await _created(client)).json()
    assert (await client.get(f"/practices/{made['id']}")).status_code == 404
    assert (await client.get("/practices?limit=1")).json()["total"] == 192


async def test_a_published_practice_is_listed_counted_and_in_the_feed(client):
    state = (await client.get("/internal/state?limit=1", headers=SERVICE)).json()
    answer = await _published(client)
    assert answer.json()["state"] == "published"
    assert (await client.get("/practices?region=ES51&limit=1")).json()["total"] == 15
    query = {"epoch": state["epoch"], "after": state["seq"]}
    page = (await client.get("/internal/changes", params=query, headers=SERVICE)).json()
    assert [change["id"] for change in page["items"]] == [answer.json()["id"]]
    assert page["items"][0]["doc"]["title"] == "Welcome desk"


async def test_a_practice_that_its_region_published_says_that_nobody_evaluated_it(client):
    answer = await _published(client)
    practice = (await client.get(f"/practices/{answer.json()['id']}")).json()
    assert practice["provenance"] == "region"
    assert "not evaluated" in practice["provenance_note"]


async def test_an_incomplete_draft_is_told_all_that_is_missing(client):
    made = await client.post(
        "/practices", json={"title": "Welcome desk", "regions": ["ES51"]}, headers=AUTHOR
    )
    answer = await _step(client, made, "submit")
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [
        "/summary",
        "/areas",
        "/role",
        "/activities",
    ]


async def test_the_same_request_under_the_same_key_is_done_once(client):
    headers = AUTHOR | {"idempotency-key": "first-push-0001"}
    one = await client.post("/practices", json=a_practice(), headers=headers)
    two = await client.post("/practices", json=a_practice(), headers=headers)
    assert one.json() == two.json()
    assert two.headers["idempotent-replayed"] == "true"
    other = await client.post("/practices", json=a_practice(title="Other"), headers=headers)
    assert other.status_code == 422


async def test_a_published_step_can_be_sent_again_by_a_client_that_lost_the_answer(client):
    submitted = await _step(client, await _created(client), "submit")
    key = {"idempotency-key": "publish-it-once"}
    one = await _step(client, submitted, "publish", **key)
    two = await _step(client, submitted, "publish", **key)
    assert one.json() == two.json()
    assert (await client.get("/practices?region=ES51&limit=1")).json()["total"] == 15


async def test_a_save_without_if_match_is_428_and_a_stale_one_412_with_both_texts(client):
    made = await _created(client)
    path = f"/practices/{made.json()['id']}/draft"
    assert (await client.put(path, json=a_practice(), headers=AUTHOR)).status_code == 428
    tag = {"if-match": made.headers["etag"]}
    saved = await client.put(path, json=a_practice(title="Mine"), headers=AUTHOR | tag)
    assert saved.status_code == 200
    late = await client.put(path, json=a_practice(title="Yours"), headers=AUTHOR | tag)
    assert late.status_code == 412
    assert late.json()["current"]["title"] == "Mine"
    assert late.json()["yours"]["title"] == "Yours"


async def test_of_sixteen_editors_of_one_state_one_wins_and_the_others_hear_of_it(client):
    made = await _created(client)
    path = f"/practices/{made.json()['id']}/draft"
    headers = AUTHOR | {"if-match": made.headers["etag"]}
    answers = await asyncio.gather(
        *(
            client.put(path, json=a_practice(title=f"Editor {n}"), headers=headers)
            for n in range(16)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 15


async def test_another_regions_practice_is_as_if_it_did_not_exist(client):
    made = await _created(client)
    stranger = as_caller(an_actor("ITF4")) | {"if-match": made.headers["etag"]}
    path = f"/practices/{made.json()['id']}"
    assert (await client.get(f"{path}/draft", headers=stranger)).status_code == 404
    assert (
        await client.put(f"{path}/draft", json=a_practice(), headers=stranger)
    ).status_code == 404
    for step in ("submit", "publish", "withdraw", "take-back"):
        assert (await client.post(f"{path}/{step}", headers=stranger)).status_code == 404


async def test_a_practice_for_another_region_is_refused(client):
    answer = await client.post("/practices", json=a_practice(regions=["ITF4"]), headers=AUTHOR)
    assert answer.status_code == 403
    assert "ES51" in answer.json()["detail"]


async def test_a_revision_is_written_beside_the_published_version(client):
    published = await _published(client)
    path = f"/practices/{published.json()['id']}"
    headers = AUTHOR | {"if-match": published.headers["etag"]}
    draft = await client.put(
        f"{path}/draft", json=a_practice(title="Welcome desk 2"), headers=headers
    )
    assert (await client.get(path)).json()["title"] == "Welcome desk"
    await _step(client, await _step(client, draft, "submit"), "publish")
    assert (await client.get(path)).json()["title"] == "Welcome desk 2"
    assert (await client.get(f"{path}/versions/1")).json()["title"] == "Welcome desk"


async def test_a_withdrawn_practice_disappears_everywhere(client):
    published = await _published(client)
    await _step(client, published, "withdraw")
    assert (await client.get(f"/practices/{published.json()['id']}")).status_code == 404
    assert (await client.get("/practices?region=ES51&limit=1")).json()["total"] == 14


async def test_an_external_id_is_used_once_in_a_region(client):
    assert (await _created(client, external_id="cat-1")).status_code == 201
    answer = await _created(client, external_id="cat-1")
    assert answer.status_code == 409
    assert "cat-1" in answer.json()["detail"]


async def test_a_draft_that_was_never_published_can_be_thrown_away(client):
    made = await _created(client)
    path = f"/practices/{made.json()['id']}/draft"
    headers = AUTHOR | {"if-match": made.headers["etag"]}
    assert (await client.delete(path, headers=headers)).status_code == 204
    assert (await client.get(path, headers=AUTHOR)).status_code == 404


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"title": ""}, "/title"),
        ({"title": "x" * 201}, "/title"),
        ({"areas": ["sport"]}, "/areas/0"),
        ({"language": "xx"}, "/language"),
        ({"period": {"start": "yesterday"}}, "/period/start"),
        ({"sources": [{"url": "javascript:alert(1)"}]}, "/sources/0/url"),
        ({"budget": {"stated": "much", "amount_eur": -1}}, "/budget/amount_eur"),
        ({"regions": []}, "/regions"),
        ({"id": "chosen-by-me"}, "/id"),
        ({"version": 7}, "/version"),
        ({"provenance": "evaluated"}, "/provenance"),
    ],
)
async def test_a_wrong_field_is_named_and_nothing_is_stored(client, change, pointer):
    answer = await client.post("/practices", json=a_practice(**change), headers=AUTHOR)
    assert answer.status_code == 422
    assert pointer in [error["pointer"] for error in answer.json()["errors"]]


async def test_a_region_that_does_not_exist_is_named(client):
    body = a_practice(regions=["ES51", "ATLANTIS"])
    answer = await client.post("/practices", json=body, headers=AUTHOR)
    assert answer.status_code == 404
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/regions/1"]


async def test_a_page_that_was_kept_ready_ends_with_the_next_thing_published(client):
    newest = "/practices?facets=true&limit=3"
    before = await client.get(newest)
    known = {"if-none-match": before.headers["etag"]}
    assert (await client.get(newest, headers=known)).status_code == 304
    published = (await _published(client)).json()["id"]
    after = await client.get(newest, headers=known)
    assert after.status_code == 200
    assert after.json()["items"][0]["id"] == published
    assert after.json()["total"] == before.json()["total"] + 1
    assert after.headers["etag"] != before.headers["etag"]


async def test_what_is_published_can_be_read_as_a_draft_and_revised_with_all_that_it_has(client):
    contact = {"name": "Lab of Catalonia", "email": "lab@example.org"}
    done = await _published(client, contact=contact, lessons=["Begin small"])
    path = f"/practices/{done.json()['id']}/draft"
    answer = await client.get(path, headers=AUTHOR)
    assert (answer.status_code, answer.headers["etag"]) == (200, done.headers["etag"])
    draft = answer.json()
    assert (draft["state"], draft["next_actor"], draft["missing"]) == ("published", "nobody", [])
    assert "edit" in draft["actions"]
    body = {name: value for name, value in draft["record"].items() if name != "year"}
    tag = {"if-match": answer.headers["etag"]}
    saved = await client.put(path, json=body | {"title": "Another title"}, headers=AUTHOR | tag)
    assert saved.status_code == 200, saved.text
    revision = saved.json()["record"]
    assert revision == draft["record"] | {"title": "Another title"}
    assert revision["contact"]["email"] == "lab@example.org"
