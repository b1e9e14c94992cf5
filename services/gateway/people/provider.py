"""A provider of identities (OpenID Connect): authorization code with PKCE, verified strictly."""

from __future__ import annotations

import asyncio
import base64
import hmac
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import aiohttp

from services.gateway.people.journeys import Begun
from services.gateway.tables_people import Journey
from shared import strict
from shared.problems import Problem, Unauthorized, Unavailable
from shared.tokens import Jwks, foreign

_LARGEST = 1_000_000
_DEADLINE = aiohttp.ClientTimeout(total=10, connect=3)
_KNOWN_SECONDS, _KEYS_SECONDS = 3600, 60
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom the provider signed in: its id for the person, and a name to show."""

    subject: str
    name: str


class Provider:
    """The provider that the settings name.

    issuer    as it stands in its tokens; its document is at `/.well-known/openid-configuration`
    redirect  the address here at which the browser comes back
    """

    def __init__(
        self, name: str, issuer: str, client_id: str, client_secret: str, redirect: str
    ) -> None:
        if not _is_safe(issuer):
            raise ValueError(f"the address of the provider has to begin with https://: {issuer}")
        self.name = name
        self.issuer = issuer
        self._client = (client_id, client_secret)
        self._redirect = redirect
        self._http: aiohttp.ClientSession | None = None
        self._said: dict[str, Any] = {}
        self._said_at = 0.0
        self._keys: dict[str, dict[str, Any]] = {}
        self._keys_at = 0.0
        self._reading = asyncio.Lock()

    @asynccontextmanager
    async def opened(self) -> AsyncGenerator[None]:
        """Inside the block the provider can be asked."""
        async with aiohttp.ClientSession(
            timeout=_DEADLINE, cookie_jar=aiohttp.DummyCookieJar()
        ) as self._http:
            yield

    async def address(self, begun: Begun) -> str:
        """Where the browser goes. Raises Unavailable when the provider does not answer."""
        said = await self._document()
        query = {
            "response_type": "code",
            "client_id": self._client[0],
            "redirect_uri": self._redirect,
            "scope": "openid profile",
            "state": begun.state,
            "nonce": begun.nonce,
            "code_challenge": begun.challenge,
            "code_challenge_method": "S256",
        }
        place = said["authorization_endpoint"]
        return f"{place}{'&' if urlsplit(place).query else '?'}{urlencode(query)}"

    async def identity(self, journey: Journey, code: str, issuer: str | None) -> Identity:
        """Who came back with a code. Unauthorized unless every check holds.

        issuer  the `iss` of the answer, None without one (RFC 9207)
        """
        said = await self._document()
        expected = said.get("authorization_response_iss_parameter_supported") is True
        if issuer != self.issuer and (expected or issuer is not None):
            raise _refused("The answer comes from another provider.")
        answer = await self._token(said, journey, code)
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise _refused("The provider gave no ID token.")
        claims = await self._verified(said, token)
        self._check(claims, journey)
        shown = claims.get("name") or claims.get("preferred_username")
        name = shown if isinstance(shown, str) and shown.isprintable() else "person"
        return Identity(claims["sub"][:300], name[:200])

    def _check(self, claims: Mapping[str, Any], journey: Journey) -> None:
        nonce, ours = claims.get("nonce"), self._client[0]
        if not isinstance(nonce, str) or not hmac.compare_digest(
            nonce.encode("utf-8", "surrogatepass"), journey.nonce.encode()
        ):
            raise _refused("The ID token is not for this visit.")
        # A token for several readers, or asked for by another one, is not for us alone.
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if claims.get("azp", None if several else ours) != ours:
            raise _refused("The ID token was asked for by somebody else.")
        if len(claims["sub"]) > 255:
            raise _refused("The provider's id of the person is too long.")

    async def _verified(self, said: Mapping[str, Any], token: str) -> dict[str, Any]:
        keys = await self._known_keys(said, fresh=False)
        try:
            return foreign(token, keys, audience=self._client[0], issuer=self.issuer)
        except Unauthorized:
            # A key that came in since; asked for once a minute at the most.
            again = await self._known_keys(said, fresh=True)
            if again == keys:
                raise
            return foreign(token, again, audience=self._client[0], issuer=self.issuer)

    async def _token(self, said: Mapping[str, Any], journey: Journey, code: str) -> dict[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect,
            "code_verifier": journey.verifier,
        }
        headers: dict[str, str] = {}
        name, secret = self._client
        ways = said.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        if secret and "client_secret_basic" in ways:
            pair = f"{quote(name, safe='')}:{quote(secret, safe='')}".encode()
            headers["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
        else:
            form |= {"client_id": name, **({"client_secret": secret} if secret else {})}
        status, body = await self._asked("POST", said["token_endpoint"], form, headers)
        if status != 200:
            raise _refused("The provider did not accept the code.")
        return body

    async def _document(self) -> dict[str, Any]:
        async with self._reading:
            if self._said and time.monotonic() - self._said_at < _KNOWN_SECONDS:
                return self._said
            place = self.issuer.rstrip("/") + "/.well-known/openid-configuration"
            status, said = await self._asked("GET", place)
            ends = ("authorization_endpoint", "token_endpoint", "jwks_uri")
            sound = status == 200 and said.get("issuer") == self.issuer
            if not sound or not all(_is_safe(said.get(end)) for end in ends):
                raise _unavailable("describes itself in a way that cannot be used")
            self._said, self._said_at = said, time.monotonic()
            return said

    async def _known_keys(
        self, said: Mapping[str, Any], *, fresh: bool
    ) -> dict[str, dict[str, Any]]:
        async with self._reading:
            age = time.monotonic() - self._keys_at
            if self._keys and age < (_KEYS_SECONDS if fresh else _KNOWN_SECONDS):
                return self._keys
            status, body = await self._asked("GET", said["jwks_uri"])
            try:
                found = Jwks.usable(body) if status == 200 else {}
            except ValueError:
                found = {}
            if not found:
                raise _unavailable("publishes no key that can be used")
            self._keys, self._keys_at = found, time.monotonic()
            return found

    async def _asked(
        self,
        method: str,
        place: str,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, dict[str, Any]]:
        assert self._http is not None
        try:
            async with self._http.request(
                method, place, data=form, headers=headers, allow_redirects=False
            ) as answer:
                raw = await answer.content.read(_LARGEST)
                while raw and len(raw) < _LARGEST:
                    part = await answer.content.read(_LARGEST - len(raw))
                    if not part:
                        break
                    raw += part
                body = strict.loads(raw)
        except (aiohttp.ClientError, TimeoutError, ValueError) as failure:
            raise _unavailable("does not answer") from failure
        if not isinstance(body, dict):
            raise _unavailable("answers something else than an object")
        return answer.status, body


def _is_safe(place: object) -> bool:
    if not isinstance(place, str):
        return False
    parts = urlsplit(place)
    local = parts.scheme == "http" and parts.hostname in _LOOPBACK
    return bool(parts.hostname) and (parts.scheme == "https" or local) and not parts.fragment


def _refused(detail: str) -> Problem:
    return Unauthorized(
        f"{detail} Begin again.",
        headers={"WWW-Authenticate": 'Session realm="people"'},
        extra={"error": "not_verified"},
    )


def _unavailable(what: str) -> Problem:
    return Unavailable(f"The provider of identities {what}.", headers={"Retry-After": "10"})
