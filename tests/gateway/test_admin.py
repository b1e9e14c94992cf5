"""Administrators manage people, roles and clients, and see what was done."""

from __future__ import annotations

import pytest

from services.gateway import audit
from tests.gateway.conftest import PASSWORD, sign_in

pytestmark = pytest.mark.anyio


@pytest.fixture
async def admin(platform):
    """A browser with which an administrator is signed in."""
    return await platform.signed_in("root", ("administrator", "*"))


async def made(admin, name: str = "maria", *roles: tuple[str, str]) -> dict:
    """A person whom the administrator has just made."""
    listed = [{"role": role, "region": region} for role, region in roles]
    answer = await admin.post("/admin/people", json={"name": name, "roles": listed})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_new_person_signs_in_with_the_password_that_was_handed_over(platform, admin):
    person = await made(admin, "maria", ("region-editor", "catalonia"))
    assert person["roles"] == [{"role": "region-editor", "region": "ES51"}]
    answer = await sign_in(platform.browser(), "maria", person["one_time_password"])
    assert answer.json()["person"]["must_change_password"]
    again = (await admin.get(f"/admin/people/{person['id']}")).text
    assert person["one_time_password"] not in again


async def test_a_name_that_is_taken_is_told(admin):
    await made(admin, "maria")
    answer = await admin.post("/admin/people", json={"name": "MARIA"})
    assert answer.status_code == 409


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"name": "x", "roles": [{"role": "emperor", "region": "*"}]}, "unknown_role"),
        ({"name": "x", "roles": [{"role": "expert", "region": "atlantis"}]}, "unknown_region"),
        ({"name": "x", "roles": [{"role": "administrator", "region": "ES51"}]}, "not_regional"),
        ({"name": ""}, "too_short"),
        ({"name": "x", "must_change": False}, "extra_forbidden"),
        ({"name": "x", "id": "y", "password": "z"}, "extra_forbidden"),
    ],
)
async def test_a_person_that_cannot_be_made_is_refused_with_the_reason(admin, body, code):
    answer = await admin.post("/admin/people", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["code"] == code


async def test_a_role_is_given_and_taken_with_the_next_request(platform, admin):
    person = platform.person("maria")
    browser = platform.browser()
    await sign_in(browser, "maria")
    place = f"/admin/people/{person}/grants/expert"
    assert (await admin.put(f"{place}/catalonia")).status_code == 200
    assert (await admin.put(f"{place}/ES51")).status_code == 200, "twice is once"
    assert (await browser.get("/session")).json()["person"]["regions"] == ["ES51"]
    assert (await admin.delete(f"{place}/catalonia")).status_code == 200
    assert (await browser.get("/session")).json()["person"]["scopes"] == []
    assert (await admin.delete(f"{place}/ES51")).status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("PUT", "grants/emperor/ES51", 404),
        ("PUT", "grants/expert/atlantis", 404),
        ("PUT", "grants/administrator/ES51", 422),
        ("PUT", "grants/expert/ES51;DROP", 422),
    ],
)
async def test_a_role_that_cannot_be_given_is_refused(platform, admin, method, path, status):
    person = platform.person("maria")
    assert (await admin.request(method, f"/admin/people/{person}/{path}")).status_code == status


async def test_a_change_names_the_version_that_it_is_of(platform, admin):
    person = await made(admin)
    place = f"/admin/people/{person['id']}"
    assert (await admin.patch(place, json={"disabled": True})).status_code == 428
    seen = (await admin.get(place)).headers["etag"]
    first = await admin.patch(place, json={"display_name": "M"}, headers={"if-match": seen})
    assert (first.status_code, first.json()["display_name"]) == (200, "M")
    late = await admin.patch(place, json={"disabled": True}, headers={"if-match": seen})
    assert late.status_code == 412
    nothing = await admin.patch(place, json={}, headers={"if-match": first.headers["etag"]})
    assert nothing.status_code == 422


async def test_a_disabled_person_is_signed_out_and_stays_out(platform, admin):
    person = platform.person("maria")
    browser = platform.browser()
    await sign_in(browser, "maria")
    place = f"/admin/people/{person}"
    tag = (await admin.get(place)).headers["etag"]
    await admin.patch(place, json={"disabled": True}, headers={"if-match": tag})
    assert (await browser.get("/session")).json()["person"] is None
    assert (await sign_in(browser, "maria")).status_code == 401


async def test_a_reset_password_ends_every_session_and_the_old_password(platform, admin):
    person = platform.person("maria")
    browser = platform.browser()
    await sign_in(browser, "maria")
    given = await admin.post(f"/admin/people/{person}/password")
    assert given.status_code == 201
    assert (await browser.get("/session")).json()["person"] is None
    assert (await sign_in(browser, "maria", PASSWORD)).status_code == 401
    answer = await sign_in(browser, "maria", given.json()["one_time_password"])
    assert answer.json()["person"]["must_change_password"]


async def test_an_erased_person_is_gone(platform, admin):
    person = platform.person("maria", ("expert", "ES51"))
    browser = platform.browser()
    await sign_in(browser, "maria")
    place = f"/admin/people/{person}"
    assert (await admin.delete(place)).status_code == 204
    assert (await admin.get(place)).status_code == 404
    assert (await admin.delete(place)).status_code == 404
    assert (await browser.get("/session")).json()["person"] is None


async def test_the_last_administrator_cannot_lock_everybody_out(platform, admin):
    me = (await admin.get("/session")).json()["person"]["id"]
    place = f"/admin/people/{me}"
    tag = {"if-match": (await admin.get(place)).headers["etag"]}
    answers = [
        await admin.delete(place),
        await admin.patch(place, json={"disabled": True}, headers=tag),
        await admin.delete(f"{place}/grants/administrator/*"),
    ]
    assert [answer.status_code for answer in answers] == [409, 409, 409]


async def test_lists_turn_their_pages_without_loss(platform, admin):
    names = {f"person {n:02}" for n in range(7)}
    for name in names:
        platform.person(name)
    seen: list[str] = []
    place: str | None = "/admin/people?limit=3"
    while place:
        page = (await admin.get(place)).json()
        seen += [one["name"] for one in page["items"]]
        place = f"/admin/people?limit=3&cursor={page['next']}" if page["next"] else None
    assert sorted(seen) == sorted(names | {"root"})


# ------------------------------------------------------------------ the trail

DEEDS = {
    ("POST", "/admin/people"): "create_person",
    ("PATCH", "/admin/people/{person_id}"): "rename_person",
    ("DELETE", "/admin/people/{person_id}"): "erase_person",
    ("POST", "/admin/people/{person_id}/password"): "reset_password",
    ("PUT", "/admin/people/{person_id}/grants/{role}/{region}"): "grant",
    ("DELETE", "/admin/people/{person_id}/grants/{role}/{region}"): "revoke",
    ("POST", "/admin/clients"): "create_client",
    ("POST", "/admin/clients/{client_id}/secret"): "new_secret",
    ("DELETE", "/admin/clients/{client_id}"): "revoke_client",
}


async def test_each_deed_over_the_api_leaves_a_row_with_who_did_it(platform, admin):
    me = (await admin.get("/session")).json()["person"]["id"]
    person = await made(admin)
    client = (await admin.post("/admin/clients", json={"scopes": ["admin"]})).json()["id"]
    place = f"/admin/people/{person['id']}"
    await admin.patch(place, json={"display_name": "M"}, headers={"if-match": '"v1"'})
    await admin.put(f"{place}/grants/expert/ES51")
    await admin.delete(f"{place}/grants/expert/ES51")
    await admin.post(f"{place}/password")
    await admin.delete(place)
    await admin.post(f"/admin/clients/{client}/secret")
    await admin.delete(f"/admin/clients/{client}")
    rows = (await admin.get("/admin/audit", params={"actor": me})).json()["items"]
    assert {row["action"] for row in rows} >= set(DEEDS.values())
    of_person = (await admin.get("/admin/audit", params={"target": person["id"]})).json()["items"]
    assert {row["target"] for row in of_person} == {person["id"]}
    assert "maria" not in str(rows)
    assert platform.database.run(platform.database.reader, audit.broken_at) is None


async def test_the_trail_is_searched_by_time_and_in_pages(platform, admin):
    for n in range(5):
        platform.person(f"person {n}")
    first = (await admin.get("/admin/audit", params={"limit": 2})).json()
    more = await admin.get("/admin/audit", params={"limit": 2, "cursor": first["next"]})
    numbers = [row["number"] for row in first["items"] + more.json()["items"]]
    assert numbers == sorted(numbers, reverse=True)
    assert len(set(numbers)) == 4
    other = {"limit": 2, "cursor": first["next"], "action": "grant"}
    assert (await admin.get("/admin/audit", params=other)).status_code == 404
    later = await admin.get("/admin/audit", params={"since": "2999-01-01T00:00:00Z"})
    assert later.json()["items"] == []
    wrong = await admin.get("/admin/audit", params={"since": "yesterday"})
    assert wrong.status_code == 422
