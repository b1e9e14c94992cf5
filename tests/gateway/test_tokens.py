"""Clients get tokens with a secret or with a key of their own, and lose them when revoked."""

from __future__ import annotations

import base64
import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jose import jwt

from services.gateway import store
from services.gateway.clients import ASSERTION
from shared.clock import held
from shared.problems import Invalid
from shared.tokens import Jwks
from tests.gateway.conftest import SITE

pytestmark = pytest.mark.anyio

ENDPOINT = f"{SITE}/api/v1/oauth/token"


def pem(key: Any) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def b64(number: int, size: int) -> str:
    return base64.urlsafe_b64encode(number.to_bytes(size)).rstrip(b"=").decode()


EC = ec.generate_private_key(ec.SECP256R1())
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
_point, _numbers = EC.public_key().public_numbers(), RSA.public_key().public_numbers()
EC_JWK = {
    "kty": "EC",
    "crv": "P-256",
    "kid": "e1",
    "x": b64(_point.x, 32),
    "y": b64(_point.y, 32),
}
RSA_JWK = {"kty": "RSA", "kid": "r1", "n": b64(_numbers.n, 256), "e": b64(_numbers.e, 3)}
JWKS = {"keys": [EC_JWK, RSA_JWK]}


async def signed_in(admin, **body: Any) -> dict[str, Any]:
    answer = await admin.post("/admin/clients", json={"scopes": ["practices:write"]} | body)
    assert answer.status_code == 201, answer.text
    return answer.json()


@pytest.fixture
async def admin(platform):
    return await platform.signed_in("root", ("administrator", "*"))


async def token(browser, client_id: str, secret: str):
    form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}
    return await browser.post("/oauth/token", data=form)


async def asserted(browser, assertion: str, **more: str):
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION,
        "client_assertion": assertion,
    }
    return await browser.post("/oauth/token", data=form | more)


# ------------------------------------------------------------------ secrets


async def test_a_client_that_was_made_over_the_api_gets_a_token_for_its_regions(platform, admin):
    client = await signed_in(admin, regions=["catalonia", "SE224"])
    answer = await token(platform.browser(), client["id"], client["client_secret"])
    assert answer.json()["regions"] == ["ES51", "SE224"]
    listed = (await admin.get("/admin/clients")).text
    assert client["client_secret"] not in listed


async def test_the_old_secret_works_for_a_week_beside_the_new_one(platform, admin):
    client = await signed_in(admin)
    old = client["client_secret"]
    new = (await admin.post(f"/admin/clients/{client['id']}/secret")).json()["client_secret"]
    browser = platform.browser()
    for secret in (old, new):
        assert (await token(browser, client["id"], secret)).status_code == 200
    with held(datetime.now(UTC) + timedelta(days=7, seconds=1)):
        assert (await token(browser, client["id"], old)).status_code == 401
        assert (await token(browser, client["id"], new)).status_code == 200


async def test_of_three_secrets_the_first_works_no_longer(platform, admin):
    client = await signed_in(admin)
    for _ in range(2):
        await admin.post(f"/admin/clients/{client['id']}/secret")
    answer = await token(platform.browser(), client["id"], client["client_secret"])
    assert answer.status_code == 401


# ------------------------------------------------------------------ revoking


async def a_token(platform, client: dict[str, Any]) -> dict[str, str]:
    answer = await token(platform.browser(), client["id"], client["client_secret"])
    return {"authorization": f"Bearer {answer.json()['access_token']}"}


async def test_a_revoked_clients_tokens_are_refused_at_once(platform, admin):
    client, other = [await signed_in(admin, scopes=["admin"]) for _ in range(2)]
    theirs, others = await a_token(platform, client), await a_token(platform, other)
    browser = platform.browser()
    assert (await browser.get("/admin/roles", headers=theirs)).status_code == 200
    assert (await admin.delete(f"/admin/clients/{client['id']}")).status_code == 204
    assert (await browser.get("/admin/roles", headers=theirs)).status_code == 401
    assert (await browser.get("/admin/roles", headers=others)).status_code == 200


async def test_a_client_that_another_process_revoked_is_noticed(platform, admin):
    client = await signed_in(admin, scopes=["admin"])
    theirs = await a_token(platform, client)
    platform.database.run(platform.database.writer, store.revoke, client["id"])
    watch = platform.app.state.own.state.watch
    await watch.look()
    answer = await platform.browser().get("/admin/roles", headers=theirs)
    assert answer.status_code == 401


async def test_a_gateway_that_starts_knows_who_was_revoked_just_before(platform, admin):
    client = await signed_in(admin, scopes=["admin"])
    await admin.delete(f"/admin/clients/{client['id']}")
    database = platform.database
    since = datetime.now(UTC) - timedelta(minutes=1)
    assert database.run(database.reader, store.revoked, since) == {client["id"]}
    later = datetime.now(UTC) + timedelta(minutes=1)
    assert database.run(database.reader, store.revoked, later) == set(), "its tokens ran out"


# ------------------------------------------------------------------ keys of their own


def claims(client_id: str, **changes: Any) -> dict[str, Any]:
    moment = int(time.time())
    found = {
        "iss": client_id,
        "sub": client_id,
        "aud": ENDPOINT,
        "iat": moment,
        "exp": moment + 120,
        "jti": f"assertion-{time.time_ns()}",
    } | changes
    return {name: value for name, value in found.items() if value is not None}


def assertion(facts: dict[str, Any], key: Any = EC, algorithm: str = "ES256", **header: Any) -> str:
    kid = {"ES256": "e1", "RS256": "r1"}.get(algorithm, "e1")
    headers = {"kid": kid} | header
    return jwt.encode(facts, pem(key) if key in (EC, RSA) else key, algorithm, headers)


@pytest.mark.parametrize(("key", "algorithm"), [(EC, "ES256"), (RSA, "RS256")], ids=["EC", "RSA"])
async def test_a_client_signs_in_with_a_key_of_its_own(platform, admin, key, algorithm):
    client = await signed_in(admin, jwks=JWKS)
    assert client["client_secret"] is None
    one = assertion(claims(client["id"]), key, algorithm)
    answer = await asserted(platform.browser(), one)
    assert answer.status_code == 200, answer.text
    assert answer.json()["scope"] == "practices:write"


async def test_an_assertion_is_good_once(platform, admin):
    client = await signed_in(admin, jwks=JWKS)
    one = assertion(claims(client["id"]))
    assert (await asserted(platform.browser(), one)).status_code == 200
    again = await asserted(platform.browser(), one)
    assert (again.status_code, again.json()["error"]) == (401, "invalid_client")


NOW = int(time.time())
WRONG: dict[str, dict[str, Any]] = {
    "for another endpoint": {"aud": "https://elsewhere.example/token"},
    "for the site as a whole": {"aud": SITE},
    "for two readers": {"aud": [ENDPOINT, "https://elsewhere.example"]},
    "for nobody": {"aud": None},
    "of another issuer": {"iss": "client_0000000000000000"},
    "without issuer": {"iss": None},
    "about another client": {"sub": "client_0000000000000000"},
    "about nobody": {"sub": None},
    "expired": {"exp": NOW - 60},
    "good for an hour": {"exp": NOW + 3600},
    "good for ever": {"exp": None},
    "good until the end of time": {"exp": 10**18},
    "with a time that is a text": {"exp": "soon"},
    "from the future": {"iat": NOW + 600},
    "not good yet": {"nbf": NOW + 600},
    "without an id": {"jti": None},
    "with an id that is a number": {"jti": 12345678},
    "with a short id": {"jti": "1"},
    "with an id without end": {"jti": "x" * 201},
}


async def test_a_wrong_assertion_gets_no_token(platform, admin):
    client = await signed_in(admin, jwks=JWKS)
    browser = platform.browser()
    forged = {name: assertion(claims(client["id"], **change)) for name, change in WRONG.items()}
    facts = claims(client["id"])
    forged |= {
        "of another key": assertion(facts, pem(ec.generate_private_key(ec.SECP256R1()))),
        "of the RSA key under the id of the other": assertion(facts, RSA, "RS256", kid="e1"),
        "of an unknown key": assertion(facts, kid="e9"),
        "with a secret": assertion(facts, json.dumps(EC_JWK), "HS256"),
        "with a key from elsewhere": assertion(facts, jku="https://evil.example"),
        "with its own key": assertion(facts, jwk=EC_JWK),
        "as an access token": assertion(facts, typ="at+jwt"),
        "critical": assertion(facts, crit=["exp"]),
        "cut": assertion(facts)[:-8],
        "not a token": "x.y.z",
        "nothing": "..",
    }
    header = base64.urlsafe_b64encode(b'{"alg":"none","kid":"e1"}').rstrip(b"=").decode()
    forged["without signature"] = f"{header}.{assertion(facts).split('.')[1]}."
    for name, one in forged.items():
        answer = await asserted(browser, one)
        assert (answer.status_code, answer.json().get("error")) == (401, "invalid_client"), name
    assert (await asserted(browser, assertion(facts))).status_code == 200, "nothing else was wrong"


async def test_a_client_shows_itself_one_way_at_a_time(platform, admin):
    keyed = await signed_in(admin, jwks=JWKS)
    secret = await signed_in(admin)
    browser = platform.browser()
    both = {"client_id": keyed["id"], "client_secret": "x"}
    assert (await asserted(browser, assertion(claims(keyed["id"])), **both)).status_code == 401
    other = {"client_id": secret["id"]}
    assert (await asserted(browser, assertion(claims(keyed["id"])), **other)).status_code == 401
    assert (await asserted(browser, assertion(claims(secret["id"])))).status_code == 401
    assert (await token(browser, keyed["id"], "")).status_code in (401, 422)
    for unfinished in ({"client_assertion": "x"}, {"client_assertion_type": ASSERTION}):
        form = {"grant_type": "client_credentials"} | unfinished
        assert (await browser.post("/oauth/token", data=form)).status_code == 401


async def test_a_revoked_client_with_a_key_gets_no_token(platform, admin):
    client = await signed_in(admin, jwks=JWKS)
    await admin.delete(f"/admin/clients/{client['id']}")
    answer = await asserted(platform.browser(), assertion(claims(client["id"])))
    assert answer.status_code == 401


BAD_KEYS: dict[str, Any] = {
    "no keys": {"keys": []},
    "something else": {"key": EC_JWK},
    "a private key": {"keys": [EC_JWK | {"d": "AA"}]},
    "a secret": {"keys": [{"kty": "oct", "kid": "a", "k": "AA"}]},
    "a key without id": {"keys": [{**EC_JWK, "kid": ""}]},
    "two of one id": {"keys": [EC_JWK, EC_JWK]},
    "another curve": {"keys": [EC_JWK | {"crv": "P-384"}]},
    "a point that is none": {"keys": [EC_JWK | {"y": EC_JWK["x"]}]},
    "a short RSA key": {"keys": [RSA_JWK | {"n": b64(2**1023 + 1, 128)}]},
    "an exponent of one": {"keys": [RSA_JWK | {"e": "AQ"}]},
    "for encryption": {"keys": [EC_JWK | {"use": "enc"}]},
    "not an object": {"keys": ["x"]},
    "eleven": {"keys": [EC_JWK | {"kid": str(n)} for n in range(11)]},
}


@pytest.mark.parametrize("keys", BAD_KEYS.values(), ids=BAD_KEYS)
def test_keys_that_cannot_be_used_are_refused_when_they_are_registered(keys):
    with pytest.raises(Invalid) as refused:
        Jwks.checked(keys)
    assert refused.value.errors[0].code == "bad_jwks"


def test_only_what_is_public_is_kept():
    kept = Jwks.checked({"keys": [EC_JWK | {"x5c": ["..."], "note": "ours"}]})
    assert set(kept["keys"][0]) == {"kty", "crv", "kid", "x", "y", "alg", "use"}
