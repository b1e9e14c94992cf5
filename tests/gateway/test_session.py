"""People sign in, stay signed in for a while, and are signed out."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from services.gateway.people import sessions, store
from shared.clock import held
from tests.gateway.conftest import PASSWORD, sign_in

pytestmark = pytest.mark.anyio


async def whoever(browser) -> dict | None:
    """Who the platform thinks sits at the browser."""
    answer = await browser.get("/session")
    assert answer.status_code == 200
    return answer.json()["person"]


async def test_nobody_is_signed_in_at_first_and_the_page_learns_how_to(platform):
    answer = await platform.browser().get("/session")
    assert answer.json() == {"person": None, "sign_in": {"password": True, "provider": None}}
    assert answer.headers["cache-control"] == "no-store"


async def test_a_person_signs_in_and_is_known_from_then_on(platform):
    browser = await platform.signed_in("Maria.Puig", ("region-editor", "ES51"))
    person = await whoever(browser)
    assert person is not None
    assert person["name"] == "Maria.Puig"
    assert person["roles"] == [{"role": "region-editor", "region": "ES51"}]
    assert person["scopes"] == ["indicators:write", "practices:write"]
    assert person["regions"] == ["ES51"]


async def test_capitals_and_accents_in_the_name_do_not_matter(platform):
    platform.person("José")
    assert (await sign_in(platform.browser(), "JOSE")).status_code == 200


async def test_the_cookie_is_out_of_reach_for_scripts_and_for_other_sites(platform):
    platform.person("maria")
    line = (await sign_in(platform.browser(), "maria")).headers["set-cookie"]
    assert line.startswith("session=")
    assert {"HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=43200"} <= set(line.split("; "))


async def test_the_database_does_not_hold_what_the_cookie_holds(platform):
    browser = await platform.signed_in("maria")
    cookie = browser.cookies["session"]
    with platform.database.reader.connect() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM session").all()
    assert len(rows) == 1
    assert cookie not in str(rows)


async def test_wrong_credentials_are_told_apart_neither_by_words_nor_by_status(platform):
    platform.person("maria")
    gone = platform.person("gone")
    platform.database.run(platform.database.writer, store.change, "x", gone, disabled=True)
    answers = [
        await sign_in(platform.browser(), name, password)
        for name, password in [("maria", "wrong"), ("nobody", PASSWORD), ("gone", PASSWORD)]
    ]
    assert {answer.status_code for answer in answers} == {401}
    said = [{**answer.json(), "trace_id": ""} for answer in answers]
    assert said[0] == said[1] == said[2]
    assert said[0]["error"] == "wrong_credentials"


async def test_signing_in_again_makes_another_session_and_ends_the_old_one(platform):
    browser = await platform.signed_in("maria")
    old = browser.cookies["session"]
    await sign_in(browser, "maria")
    assert browser.cookies["session"] != old
    thief = platform.browser()
    thief.cookies.set("session", old)
    assert await whoever(thief) is None


async def test_a_cookie_that_an_attacker_chose_is_never_a_session(platform):
    platform.person("maria")
    victim = platform.browser()
    victim.cookies.set("session", "chosen-by-an-attacker", domain="platform", path="/")
    await sign_in(victim, "maria")
    attacker = platform.browser()
    attacker.cookies.set("session", "chosen-by-an-attacker")
    assert await whoever(attacker) is None


async def test_signing_out_ends_the_session_for_whoever_has_the_cookie(platform):
    browser = await platform.signed_in("maria")
    copy = platform.browser()
    copy.cookies.set("session", browser.cookies["session"])
    assert (await browser.delete("/session")).status_code == 204
    assert await whoever(browser) is None
    assert await whoever(copy) is None
    assert (await browser.delete("/session")).status_code == 204, "once more does no harm"


@pytest.mark.parametrize(("hours", "step", "known"), [(11.9, 1, True), (12.1, 1, False)])
async def test_a_session_lasts_twelve_hours_however_busy(platform, hours, step, known):
    person = platform.person("maria")
    database = platform.database
    began = datetime.now(UTC)
    key = database.run(database.writer, sessions.begin, person, "", "password")
    for hour in range(1, int(hours) + 1, step):
        with held(began + timedelta(hours=hour)):
            found = database.run(database.reader, sessions.find, key)
            if found:
                database.run(database.writer, sessions.note, found.id)
    with held(began + timedelta(hours=hours)):
        assert (database.run(database.reader, sessions.find, key) is not None) is known


@pytest.mark.parametrize(("minutes", "known"), [(119, True), (121, False)])
async def test_a_session_that_rests_two_hours_is_over(platform, minutes, known):
    person = platform.person("maria")
    database = platform.database
    key = database.run(database.writer, sessions.begin, person, "", "password")
    with held(datetime.now(UTC) + timedelta(minutes=minutes)):
        assert (database.run(database.reader, sessions.find, key) is not None) is known


async def test_sessions_that_are_over_are_removed(platform):
    person = platform.person("maria")
    database = platform.database
    database.run(database.writer, sessions.begin, person, "", "password")
    with held(datetime.now(UTC) + timedelta(hours=3)):
        database.run(database.writer, sessions.purge)
    with database.reader.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM session").scalar() == 0


# ------------------------------------------------------------------ other sites

FOREIGN = [
    {"origin": "https://evil.example", "sec-fetch-site": "cross-site"},
    {"origin": "https://evil.example"},
    {"origin": "null"},
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"sec-fetch-site": "none"},
    {"origin": "http://platform.evil.example"},
    {"origin": "https://platform"},
    {"origin": "http://platform:8080"},
    {"origin": "http://platform", "sec-fetch-site": "same-site"},
    {},
]


def from_a_page(browser, headers: dict[str, str]):
    """The browser sends these headers for a page's request, and no others of the kind."""
    for name in ("origin", "sec-fetch-site"):
        browser.headers.pop(name, None)
    browser.headers.update(headers)


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/session/password"), ("DELETE", "/session"), ("POST", "/admin/people")],
)
async def test_a_page_of_another_site_changes_nothing_with_the_cookie(platform, method, path):
    browser = await platform.signed_in("root", ("administrator", "*"))
    for headers in FOREIGN:
        from_a_page(browser, headers)
        answer = await browser.request(method, path, json={} if method == "POST" else None)
        assert answer.status_code == 403, headers
        assert "another site" in answer.json()["detail"]
    assert await whoever(browser) is not None


async def test_a_page_of_another_site_signs_nobody_in(platform):
    platform.person("mallory")
    browser = platform.browser()
    for headers in FOREIGN[:-1]:
        from_a_page(browser, headers)
        assert (await sign_in(browser, "mallory")).status_code == 403, headers
    assert "session" not in browser.cookies


@pytest.mark.parametrize(
    "headers", [{"origin": "http://platform"}, {"sec-fetch-site": "same-origin"}], ids=str
)
async def test_a_page_of_this_site_may_change_things(platform, headers):
    browser = await platform.signed_in("root", ("administrator", "*"))
    from_a_page(browser, headers)
    made = await browser.post("/admin/people", json={"name": "new"})
    assert made.status_code == 201


async def test_a_form_of_another_kind_than_json_is_not_read(platform):
    platform.person("maria")
    body = '{"name": "maria", "password": "' + PASSWORD + '"}'
    answer = await platform.browser().post(
        "/session", content=body, headers={"content-type": "text/plain"}
    )
    assert answer.status_code == 415


async def test_a_token_counts_and_the_cookie_beside_it_does_not(platform):
    browser = await platform.signed_in("root", ("administrator", "*"))
    answer = await browser.get("/admin/people", headers={"authorization": "Bearer wrong"})
    assert answer.status_code == 401


# ------------------------------------------------------------------ tries


async def test_after_ten_tries_the_eleventh_is_refused_before_the_password_is_looked_at(platform):
    platform.person("maria")
    browser = platform.browser()
    for _ in range(10):
        assert (await sign_in(browser, "maria", "wrong")).status_code == 401
    answer = await sign_in(browser, "maria")
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 900
    assert (await sign_in(platform.browser("192.0.2.7"), "maria")).status_code == 200


async def test_tries_at_once_are_counted_each(platform):
    platform.person("maria")
    browser = platform.browser()
    answers = await asyncio.gather(*(sign_in(browser, "maria", "wrong") for _ in range(15)))
    counted = [answer.status_code for answer in answers]
    assert (counted.count(401), counted.count(429)) == (10, 5)


async def test_an_unknown_name_is_counted_like_a_known_one(platform):
    browser = platform.browser()
    answers = [(await sign_in(browser, "nobody")).status_code for _ in range(11)]
    assert answers == [401] * 10 + [429]


async def test_a_quarter_of_an_hour_later_one_may_try_again(platform):
    platform.person("maria")
    browser = platform.browser()
    for _ in range(11):
        await sign_in(browser, "maria", "wrong")
    with held(datetime.now(UTC) + timedelta(minutes=15, seconds=1)):
        assert (await sign_in(browser, "maria")).status_code == 200


async def test_a_success_forgets_the_tries_before_it(platform):
    platform.person("maria")
    browser = platform.browser()
    for _ in range(3):
        for _ in range(9):
            await sign_in(browser, "maria", "wrong")
        assert (await sign_in(browser, "maria")).status_code == 200
