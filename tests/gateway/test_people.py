"""Passwords, second factors, roles: the rules of accounts."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from sqlalchemy.exc import IntegrityError

from services.gateway import audit
from services.gateway.domain.access import SCOPES
from services.gateway.domain.passwords import check_password
from services.gateway.domain.roles import ROLES, check_role, scopes_of
from services.gateway.people import codes, limiter, store
from services.gateway.people.hashing import Hashing
from services.gateway.tables import METADATA
from services.gateway.tables_people import Person
from shared import migrations
from shared.clock import held
from shared.db import Database
from shared.problems import Invalid, NotFound, NotLegal
from tests.gateway.conftest import PASSWORD, sign_in

NEXT = "nine kites over the harbour"


@pytest.fixture
def database(database_url: str):
    database = Database(database_url)
    migrations.upgrade("gateway", database, METADATA)
    yield database
    database.close()


def write(database, work, *arguments, **more):
    return database.run(database.writer, work, *arguments, **more)


def made(database, name: str, *grants: tuple[str, str]) -> str:
    return write(database, store.create, "test", name, "", "hash", grants).person.id


# ------------------------------------------------------------------ roles


def test_each_role_brings_scopes_that_exist():
    assert {scope for scopes in ROLES.values() for scope in scopes} == SCOPES.keys()


def test_a_role_counts_for_its_region_only():
    pairs = scopes_of([("publisher", "ES51"), ("expert", "SE224")])
    assert pairs == [("indicators:write", "SE224"), ("practices:publish", "ES51")]


def test_a_role_that_was_abolished_brings_nothing():
    assert scopes_of([("emperor", "*")]) == []


def test_an_administrator_of_one_region_cannot_be():
    with pytest.raises(Invalid, match="all regions"):
        check_role("administrator", "ES51")


# ------------------------------------------------------------------ passwords

WEAK = [
    "short",
    "elevenchars",
    "password1234",
    "Password1234!",
    "P4ssw0rd!2024",
    "qwertyuiop123",
    "123456789012",
    "abcdefghijkl",
    "aaaaaaaaaaaaaaa",
    "ababababababab",
    "letmeinplease1",
    "Integration2026!",
    "maria.puig123",
    "x" * 201,
]


@pytest.mark.parametrize("password", WEAK)
def test_a_password_that_is_tried_first_is_refused(password: str):
    with pytest.raises(Invalid) as refused:
        check_password(password, "maria.puig")
    assert refused.value.errors[0].code == "weak_password"
    assert refused.value.errors[0].value is None, "a password is not said back"


@pytest.mark.parametrize("password", [PASSWORD, NEXT, "kX9#mQ2$vL7!", "Tromsø-Łódź-Évora"])
def test_a_long_password_of_ones_own_is_accepted(password: str):
    check_password(password, "maria.puig")


# ------------------------------------------------------------------ accounts, on each database


def test_two_people_cannot_have_one_name_however_it_is_written(database):
    made(database, "María")
    with pytest.raises(NotLegal, match="already"):
        made(database, "MARIA")


def test_the_last_administrator_stays(database):
    first = made(database, "first", ("administrator", "*"))
    attempts = [
        (store.change, ("x", first), {"disabled": True}),
        (store.erase, ("x", first), {}),
        (store.ungrant, ("x", first, "administrator", "*"), {}),
    ]
    for work, arguments, more in attempts:
        with pytest.raises(NotLegal, match="last administrator"):
            write(database, work, *arguments, **more)
    made(database, "second", ("administrator", "*"))
    write(database, store.erase, "x", first)


def test_a_disabled_administrator_does_not_count_as_the_other_one(database):
    first = made(database, "first", ("administrator", "*"))
    second = made(database, "second", ("administrator", "*"))
    write(database, store.change, "x", second, disabled=True)
    with pytest.raises(NotLegal):
        write(database, store.erase, "x", first)


def test_a_role_that_is_not_held_cannot_be_taken_away(database):
    person = made(database, "maria", ("expert", "ES51"))
    with pytest.raises(NotFound, match="expert for SE224"):
        write(database, store.ungrant, "x", person, "expert", "SE224")


def test_each_deed_leaves_one_row_with_ids_only(database):
    person = made(database, "maria", ("expert", "ES51"))
    write(database, store.grant, "boss", person, "publisher", "SE224")
    write(database, store.grant, "boss", person, "publisher", "SE224")
    write(database, store.ungrant, "boss", person, "expert", "ES51")
    write(database, store.set_password, "boss", person, "other", must_change=True)
    write(database, store.erase, "boss", person)
    rows = database.run(database.reader, audit.search, None, 100, target=person)
    assert [row.action for row in reversed(rows)] == [
        "grant",
        "create_person",
        "grant",
        "revoke",
        "reset_password",
        "erase_person",
    ]
    assert "maria" not in json.dumps([row.model_dump() for row in rows])


def test_nothing_is_left_of_an_erased_person_but_the_id(database):
    canary = "canary-9f3a"
    person = made(database, canary, ("expert", "ES51"))
    write(database, store.erase, "x", person)
    with database.reader.connect() as connection:
        for table in METADATA.sorted_tables:
            rows = connection.exec_driver_sql(f"SELECT * FROM {table.name}").all()
            assert canary not in str(rows)


def test_a_failure_of_the_database_does_not_say_what_was_to_be_written(database):
    canary = "canary-5c81"
    made(database, canary)
    with pytest.raises(IntegrityError) as failed:
        write(database, lambda session: _twice(session, canary))
    # PostgreSQL itself names the one key that would be there twice; nothing else is said.
    assert canary not in str(failed.value).replace(f"(folded)=({canary})", "")


def _twice(session, name: str) -> None:
    columns = {"name": name, "folded": name, "display_name": name, "password": name}
    session.add(Person(id="x", must_change=False, created_at=datetime.now(UTC), **columns))
    session.flush()


@pytest.mark.parametrize(
    "spoil",
    [
        "UPDATE audit SET actor = 'somebody else' WHERE number = 2",
        "UPDATE audit SET detail = '{}' WHERE number = 1",
        "DELETE FROM audit WHERE number = 2",
        "DELETE FROM audit WHERE number = 4",
        "UPDATE audit SET number = 9 WHERE number = 3",
    ],
)
def test_a_row_that_was_changed_or_taken_out_is_noticed(database, spoil: str):
    made(database, "maria", ("expert", "ES51"))
    made(database, "jordi", ("expert", "ES51"))
    assert database.run(database.reader, audit.broken_at) is None
    with database.writer.begin() as connection:
        connection.exec_driver_sql(spoil)
    assert database.run(database.reader, audit.broken_at) is not None


def test_tries_that_no_longer_count_are_forgotten(database):
    write(database, limiter.count, "maria", "192.0.2.1")
    with held(datetime.now(UTC) + timedelta(minutes=16)):
        write(database, limiter.purge)
    with database.reader.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM attempts").scalar() == 0


def test_one_account_is_guarded_against_tries_from_many_places(database):
    waits = [write(database, limiter.count, "maria", f"192.0.2.{n}") for n in range(101)]
    assert [bool(wait) for wait in waits] == [False] * 100 + [True]


def test_one_place_is_guarded_against_tries_of_many_accounts(database):
    waits = [write(database, limiter.count, f"person {n}", "192.0.2.1") for n in range(101)]
    assert [bool(wait) for wait in waits] == [False] * 100 + [True]


# ------------------------------------------------------------------ codes


@pytest.mark.parametrize(("seconds", "right"), [(-60, 0), (-30, 1), (0, 1), (30, 1), (60, 0)])
def test_a_code_is_right_for_its_half_minute_and_the_ones_beside_it(seconds: int, right: bool):
    secret, moment = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", datetime(2026, 11, 22, 9, tzinfo=UTC)
    code = pyotp.TOTP(secret).at(moment)
    with held(moment + timedelta(seconds=seconds)):
        assert (codes.step_of(secret, code) is not None) == bool(right)


# ------------------------------------------------------------------ over the API

pytest_anyio = pytest.mark.anyio


@pytest_anyio
async def test_a_given_password_is_good_for_changing_it_only(platform):
    platform.person("root", ("administrator", "*"), must_change=True)
    browser = platform.browser()
    person = (await sign_in(browser, "root")).json()["person"]
    assert person["must_change_password"]
    assert person["scopes"] == []
    assert (await browser.get("/admin/people")).status_code == 403
    change = {"password": PASSWORD, "new_password": NEXT}
    changed = await browser.post("/session/password", json=change)
    assert changed.json()["person"]["scopes"] == ["admin"]
    assert (await browser.get("/admin/people")).status_code == 200


@pytest_anyio
async def test_a_changed_password_ends_every_other_session(platform):
    browser = await platform.signed_in("maria")
    other = platform.browser()
    await sign_in(other, "maria")
    change = {"password": PASSWORD, "new_password": NEXT}
    assert (await browser.post("/session/password", json=change)).status_code == 200
    assert (await other.get("/session")).json()["person"] is None
    assert (await browser.get("/session")).json()["person"] is not None
    assert (await sign_in(other, "maria")).status_code == 401
    assert (await sign_in(other, "maria", NEXT)).status_code == 200


@pytest_anyio
@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"password": "wrong", "new_password": NEXT}, 401),
        ({"password": PASSWORD, "new_password": "password1234"}, 422),
        ({"password": PASSWORD, "new_password": PASSWORD}, 422),
    ],
)
async def test_a_password_is_changed_by_who_knows_it_to_one_that_holds(platform, body, status):
    browser = await platform.signed_in("maria")
    answer = await browser.post("/session/password", json=body)
    assert answer.status_code == status
    assert body["new_password"] not in answer.text
    assert (await sign_in(platform.browser(), "maria")).status_code == 200


@pytest_anyio
@pytest.mark.parametrize(
    "path",
    ["/session/password", "/session/second-factor", "/session/second-factor/disable"],
)
async def test_ones_own_account_is_for_who_is_signed_in(platform, path):
    body = {"password": PASSWORD} | ({"new_password": NEXT} if path.endswith("password") else {})
    assert (await platform.browser().post(path, json=body)).status_code == 401


async def with_authenticator(platform, name: str):
    """A person with an authenticator, and the browser that set it up."""
    browser = await platform.signed_in(name)
    begun = (await browser.post("/session/second-factor", json={"password": PASSWORD})).json()
    totp = pyotp.TOTP(begun["secret"])
    assert begun["uri"].startswith("otpauth://totp/")
    code = totp.at(datetime.now(UTC) - timedelta(seconds=30))
    confirmed = await browser.post("/session/second-factor/confirm", json={"code": code})
    assert confirmed.status_code == 204
    return totp, browser


@pytest_anyio
async def test_with_an_authenticator_a_password_alone_does_not_sign_in(platform):
    totp, _ = await with_authenticator(platform, "maria")
    browser = platform.browser()
    without = await sign_in(browser, "maria")
    assert (without.status_code, without.json()["error"]) == (401, "code_required")
    wrong = await sign_in(browser, "maria", code="000000")
    assert (wrong.status_code, wrong.json()["error"]) == (401, "wrong_code")
    assert (await sign_in(browser, "maria", code=totp.now())).status_code == 200


@pytest_anyio
async def test_a_code_is_good_once(platform):
    totp, _ = await with_authenticator(platform, "maria")
    code = totp.now()
    assert (await sign_in(platform.browser(), "maria", code=code)).status_code == 200
    assert (await sign_in(platform.browser(), "maria", code=code)).status_code == 401


@pytest_anyio
async def test_one_can_do_without_the_authenticator_again(platform):
    _, browser = await with_authenticator(platform, "maria")
    wrong = await browser.post("/session/second-factor/disable", json={"password": "wrong"})
    assert wrong.status_code == 401
    right = await browser.post("/session/second-factor/disable", json={"password": PASSWORD})
    assert right.status_code == 204
    assert (await sign_in(platform.browser(), "maria")).status_code == 200


@pytest_anyio
async def test_no_log_line_holds_a_password_a_cookie_or_a_code(platform, caplog):
    caplog.set_level(logging.DEBUG)
    totp, browser = await with_authenticator(platform, "maria")
    code = totp.now()
    await sign_in(platform.browser(), "maria", "a wrong password, canary", code=code)
    await sign_in(platform.browser(), "maria", code=code)
    await browser.get("/admin/people", headers={"authorization": "Bearer canary.token.value"})
    secrets = [
        PASSWORD,
        code,
        totp.secret,
        browser.cookies["session"],
        "canary.token.value",
        "a wrong password",
    ]
    assert [secret for secret in secrets if secret in caplog.text] == []
    assert "/session" in caplog.text, "otherwise nothing was logged at all"


@pytest.mark.slow
@pytest_anyio
async def test_an_unknown_name_takes_as_long_as_a_wrong_password():
    """The real costs; medians of interleaved runs, so a busy machine slows both."""
    import time

    hashing = Hashing()
    kept = await hashing.hashed(PASSWORD)
    await hashing.matches("", "warm")
    seconds: dict[str, list[float]] = {"known": [], "unknown": []}
    for _ in range(7):
        for name, one in (("known", kept), ("unknown", "")):
            began = time.process_time()
            assert not await hashing.matches(one, "wrong")
            seconds[name].append(time.process_time() - began)
    known, unknown = (sorted(times)[3] for times in seconds.values())
    assert known > 0.02, "argon2 is doing its work"
    assert 0.7 < known / unknown < 1.4


def test_the_rank_test_tells_two_samples_apart_and_one_from_itself():
    from tests.prove.prove_sign_in import chance_of

    one = [number % 17 + number / 1000 for number in range(200)]
    assert chance_of(one, [value + 0.0004 for value in one]) > 0.9
    assert chance_of(one, [value + 4 for value in one]) < 0.001
