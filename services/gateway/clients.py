"""How a client shows who it is: with a secret, or with an assertion that its own key signed."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from services.gateway import store
from services.gateway.tables import Client
from shared.clock import now
from shared.db import Database
from shared.problems import Problem, Unauthorized
from shared.strict import loads
from shared.tokens import Jwks, foreign

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_LONGEST = timedelta(minutes=5)
_LEEWAY = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Shown:
    """What came with a token request; None where it did not.

    authorization  the header, with Basic credentials instead of the form fields
    endpoint       this endpoint's address, for which an assertion has to be made out
    """

    client_id: str | None
    client_secret: str | None
    authorization: str | None
    assertion_type: str | None
    assertion: str | None
    endpoint: str


async def client_of(database: Database, shown: Shown) -> Client:
    """The client. Raises Unauthorized with `error: invalid_client`, the same for each reason."""
    if shown.assertion is not None or shown.assertion_type is not None:
        return await _by_assertion(database, shown)
    client_id, secret = shown.client_id, shown.client_secret
    if shown.authorization is not None:
        client_id, secret = _basic(shown.authorization)
    if not client_id or not secret:
        raise refused("Send client_id and client_secret, or a client_assertion.")
    client = await database.read(store.authenticated, client_id, secret)
    if client is None:
        raise refused("The client is unknown, revoked, or the secret is wrong.")
    return client


async def _by_assertion(database: Database, shown: Shown) -> Client:
    if shown.assertion_type != ASSERTION or not shown.assertion:
        raise refused(f"Send client_assertion with client_assertion_type={ASSERTION}.")
    if shown.client_secret is not None or shown.authorization is not None:
        raise refused("Sign in one way: with a secret or with an assertion.")
    client_id = _subject(shown.assertion)
    if shown.client_id not in (None, client_id):
        raise refused("client_id and the assertion name two clients.")
    client = await database.read(store.signing, client_id)
    if client is None or client.jwks is None:
        raise _not_valid()
    keys = Jwks.usable(client.jwks)
    try:
        claims = foreign(shown.assertion, keys, audience=shown.endpoint, issuer=client_id)
    except Unauthorized as why:
        raise _not_valid() from why
    token_id = claims.get("jti")
    sound = (
        claims["sub"] == client_id
        and claims["aud"] in (shown.endpoint, [shown.endpoint])
        and isinstance(token_id, str)
        and 8 <= len(token_id) <= 200
        and claims["exp"] <= (now() + _LONGEST + _LEEWAY).timestamp()
    )
    if not sound:
        raise _not_valid()
    until = datetime.fromtimestamp(claims["exp"], UTC)
    if not await database.write(store.use_assertion, client_id, str(token_id), until + 2 * _LEEWAY):
        raise refused("The assertion was used before. Make a new one for each request.")
    return client


def _subject(assertion: str) -> str:
    """Whom the assertion speaks of, not verified yet: it says only whose keys to try."""
    try:
        middle = assertion.split(".")[1]
        claims: Any = loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
        found = claims["sub"]
    except (LookupError, TypeError, ValueError):
        found = None
    if not isinstance(found, str) or not found:
        raise _not_valid()
    return found


def _basic(authorization: str) -> tuple[str, str]:
    kind, _, text = authorization.partition(" ")
    try:
        name, _, secret = base64.b64decode(text, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        name = secret = ""
    if kind.lower() != "basic" or not name:
        raise refused("The Authorization header is not `Basic <base64>`.")
    return name, secret


def refused(detail: str) -> Problem:
    """The problem of a client that could not be told."""
    return Unauthorized(
        detail,
        headers={"WWW-Authenticate": 'Basic realm="token"'},
        extra={"error": "invalid_client"},
    )


def _not_valid() -> Problem:
    return refused(
        "The assertion is not valid: signed with a key of the client's, iss and sub the client, "
        "aud this endpoint, a jti never used before, exp at most 5 minutes ahead."
    )
