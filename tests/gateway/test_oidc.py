"""Signing in at a provider of identities, and every way in which that is not let through."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
import uvicorn
from cryptography.hazmat.primitives.asymmetric import rsa

from services.gateway.people import store
from services.gateway.settings import GatewaySettings
from tests.examples import INTERNAL_KEY
from tests.gateway.conftest import SITE
from tests.gateway.provider import CLIENT, SECRET, Provider, serialization
from tests.server import free_port

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def served() -> Iterator[Provider]:
    """The provider on a port of this machine."""
    port = free_port()
    provider = Provider(f"http://127.0.0.1:{port}")
    config = uvicorn.Config(provider.app(), port=port, log_level="error", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield provider
    server.should_exit = True
    thread.join(10)


@pytest.fixture
def provider(served: Provider) -> Provider:
    """The provider, honest again."""
    served.claims, served.header, served.document = {}, {}, {}
    served.algorithm, served.signs_with, served.id_token = "RS256", None, None
    served.subject = "subject-1"
    return served


@pytest.fixture
def gateway_settings(tmp_path, provider) -> GatewaySettings:
    return GatewaySettings(
        data_dir=tmp_path,
        internal_key=INTERNAL_KEY,
        site=SITE,
        openid_issuer=provider.issuer,
        openid_client_id=CLIENT,
        openid_client_secret=SECRET,
        openid_name="EU Login",
    )


async def away(browser: httpx.AsyncClient, back: str = "/desk") -> dict[str, str]:
    """The browser goes to the provider, which sends it back with these parameters."""
    left = await browser.get("/session/provider", params={"return": back})
    assert left.status_code == 302, left.text
    async with httpx.AsyncClient() as there:
        answer = await there.get(left.headers["location"])
    assert answer.status_code == 302, answer.text
    query = parse_qs(urlsplit(answer.headers["location"]).query)
    return {name: values[0] for name, values in query.items()}


async def back(browser: httpx.AsyncClient, query: dict[str, str]) -> httpx.Response:
    """The browser follows the provider's redirect, which comes from another site."""
    headers = {"sec-fetch-site": "cross-site"}
    return await browser.get(f"/session/callback?{urlencode(query)}", headers=headers)


async def is_refused(platform, browser, answer: httpx.Response) -> bool:
    """Whether the answer is a problem, nobody is signed in and nobody was made."""
    assert answer.status_code in (400, 401), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert (await browser.get("/session")).json()["person"] is None
    assert platform.database.run(platform.database.reader, store.people) == []
    return True


async def test_the_page_learns_that_there_is_a_provider(platform):
    offered = (await platform.browser().get("/session")).json()["sign_in"]["provider"]
    assert offered == {"name": "EU Login", "url": "/api/v1/session/provider"}


async def test_somebody_new_is_signed_in_without_any_role_and_comes_back_to_the_page(platform):
    browser = platform.browser()
    answer = await back(browser, await away(browser))
    assert (answer.status_code, answer.headers["location"]) == (302, "/desk")
    person = (await browser.get("/session")).json()["person"]
    assert person["display_name"] == "Anna Andersson"
    assert (person["roles"], person["scopes"], person["has_password"]) == ([], [], False)


async def test_the_same_subject_is_the_same_person_and_another_one_is_not(platform, provider):
    seen = []
    for subject in ("subject-1", "subject-1", "subject-2"):
        provider.subject = subject
        browser = platform.browser()
        await back(browser, await away(browser))
        seen.append((await browser.get("/session")).json()["person"]["id"])
    assert seen[0] == seen[1] != seen[2]


async def test_a_name_at_the_provider_is_not_the_account_of_that_name_here(platform, provider):
    platform.person("Anna Andersson", ("administrator", "*"))
    provider.claims = {"preferred_username": "Anna Andersson"}
    browser = platform.browser()
    await back(browser, await away(browser))
    assert (await browser.get("/session")).json()["person"]["scopes"] == []


async def test_a_disabled_person_does_not_come_in_by_the_provider(platform):
    browser = platform.browser()
    await back(browser, await away(browser))
    person = (await browser.get("/session")).json()["person"]["id"]
    database = platform.database
    database.run(database.writer, store.change, "x", person, disabled=True)
    assert (await back(browser, await away(browser))).status_code == 401
    assert (await browser.get("/session")).json()["person"] is None


OTHER = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
    serialization.Encoding.PEM,
    serialization.PrivateFormat.PKCS8,
    serialization.NoEncryption(),
)
NOW = int(time.time())
CLAIMS = {
    "another nonce": {"nonce": "of another visit"},
    "no nonce": {"nonce": None},
    "a nonce that is a list": {"nonce": ["x"]},
    "another audience": {"aud": "another platform"},
    "no audience": {"aud": None},
    "an empty audience": {"aud": []},
    "several audiences and no azp": {"aud": [CLIENT, "another"]},
    "asked for by another": {"azp": "another"},
    "several audiences, asked for by another": {"aud": [CLIENT, "another"], "azp": "another"},
    "another issuer": {"iss": "https://evil.example"},
    "no issuer": {"iss": None},
    "issuer with a slash more": {"iss": "http://127.0.0.1/"},
    "expired": {"exp": NOW - 600},
    "no expiry": {"exp": None},
    "an expiry that is a text": {"exp": "tomorrow"},
    "made in the future": {"iat": NOW + 6000, "exp": NOW + 9000},
    "not made at a time": {"iat": None},
    "not valid yet": {"nbf": NOW + 6000},
    "no subject": {"sub": None},
    "an empty subject": {"sub": ""},
    "a subject that is a number": {"sub": 7},
    "a subject without end": {"sub": "x" * 300},
}
HEADERS = {
    "an unknown key": {"kid": "k2"},
    "no key": {"kid": None},
    "a key from elsewhere": {"jku": "https://evil.example/keys"},
    "a key of its own": {"jwk": {"kty": "oct", "k": "AA"}},
    "something critical": {"crit": ["exp"]},
    "a certificate": {"x5u": "https://evil.example"},
    "another type": {"typ": "at+jwt"},
    "a key by its path": {"kid": "../../dev/null"},
}


@pytest.fixture
async def visitor(platform):
    """A browser of this test."""
    return platform.browser()


async def test_an_id_token_with_wrong_claims_is_refused(platform, provider, visitor):
    for trick, claims in CLAIMS.items():
        provider.claims = claims
        assert await is_refused(platform, visitor, await back(visitor, await away(visitor))), trick


async def test_an_id_token_with_a_wrong_header_is_refused(platform, provider, visitor):
    for trick, header in HEADERS.items():
        provider.header = header
        assert await is_refused(platform, visitor, await back(visitor, await away(visitor))), trick


async def test_an_id_token_that_another_key_signed_is_refused(platform, provider, visitor):
    provider.signs_with = OTHER.decode()
    assert await is_refused(platform, visitor, await back(visitor, await away(visitor)))


async def test_a_public_key_is_no_secret_to_sign_with(platform, provider, visitor):
    import base64
    import hashlib
    import hmac
    import json

    def part(facts: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(facts).encode()).rstrip(b"=").decode()

    for algorithm, key in (("HS256", provider.public_pem), ("none", b""), ("RS384", b"x")):
        query = await away(visitor)
        nonce = provider.codes[query["code"]]["nonce"]
        claims = {
            "iss": provider.issuer,
            "sub": "x",
            "aud": CLIENT,
            "iat": NOW,
            "exp": NOW + 300,
            "nonce": nonce,
        }
        signed = f"{part({'alg': algorithm, 'kid': 'k1'})}.{part(claims)}"
        mac = hmac.new(key, signed.encode(), hashlib.sha256).digest() if key else b""
        provider.id_token = f"{signed}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"
        assert await is_refused(platform, visitor, await back(visitor, query))


async def test_a_visit_is_ended_by_the_browser_that_began_it(platform, visitor):
    """Otherwise somebody could sign another one's browser in as themselves."""
    query = await away(visitor)
    victim = platform.browser()
    assert await is_refused(platform, victim, await back(victim, query))
    await away(victim)
    assert await is_refused(platform, victim, await back(victim, query))


async def test_a_visit_is_ended_once(platform, visitor):
    query = await away(visitor)
    cookie = dict(visitor.cookies)
    assert (await back(visitor, query)).status_code == 302
    replay = platform.browser()
    replay.cookies.update(cookie)
    assert (await back(replay, query)).status_code == 400


async def test_a_swapped_state_or_code_is_refused(platform, visitor):
    one, other = await away(visitor), await away(visitor)
    assert await is_refused(platform, visitor, await back(visitor, one | {"state": "x" * 43}))
    swapped = one | {"state": other["state"]}
    assert await is_refused(platform, visitor, await back(visitor, swapped))
    third = await away(visitor)
    stolen = third | {"code": "made up"}
    assert await is_refused(platform, visitor, await back(visitor, stolen))


async def test_an_answer_of_another_provider_is_refused(platform, visitor):
    for wrong in ({"iss": "https://evil.example"}, {"iss": ""}):
        query = await away(visitor) | wrong
        assert await is_refused(platform, visitor, await back(visitor, query))
    query = await away(visitor)
    del query["iss"]
    assert await is_refused(platform, visitor, await back(visitor, query))


async def test_what_the_provider_refuses_is_told(platform, visitor):
    query = await away(visitor)
    answer = await back(visitor, {"state": query["state"], "error": "access_denied"})
    assert answer.json()["error"] == "refused_by_provider"
    assert await is_refused(platform, visitor, answer)


async def test_a_browser_that_comes_back_in_vain_is_told_on_the_sign_in_page(visitor):
    visitor.headers["accept"] = "text/html,application/xhtml+xml,*/*;q=0.8"
    places = []
    for wrong in ({"error": "access_denied"}, {"code": "made up"}, {"state": "x" * 43}):
        answer = await back(visitor, await away(visitor) | wrong)
        assert answer.status_code == 302
        places.append(answer.headers["location"].partition("?")[::2])
    assert places == [
        ("/sign-in", f"problem={why}") for why in ("refused_by_provider", "not_verified", "over")
    ]


@pytest.mark.parametrize(
    "path",
    ["//evil.example", "/\\evil.example", "https://evil.example", "evil", "", "/a\\b", "/a b"],
)
async def test_one_comes_back_to_a_page_of_this_site_only(visitor, path):
    answer = await visitor.get("/session/provider", params={"return": path})
    assert answer.status_code == 422


@pytest.mark.parametrize(
    "document",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": "http://evil.example/token"},
        {"jwks_uri": None},
        {"authorization_endpoint": "javascript:alert(1)"},
    ],
    ids=str,
)
async def test_a_provider_that_describes_itself_wrongly_is_not_used(provider, visitor, document):
    provider.document = document
    answer = await visitor.get("/session/provider")
    assert (answer.status_code, "location" in answer.headers) == (503, False)


def test_a_provider_without_encryption_stops_the_start(gateway_settings, regions_app):
    from services.gateway import app as gateway

    wrong = gateway_settings.model_copy(update={"openid_issuer": "http://login.example.eu"})
    with pytest.raises(ValueError, match="https"):
        gateway.create_app(wrong, {"indicators": "x", "practices": "x", "search": "x"})
