"""Sessions of people: signing in and out, the own password, the own second factor."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import Response
from sqlmodel import Session

from services.gateway import audit
from services.gateway.domain.passwords import check_password
from services.gateway.people import codes, sessions, store
from services.gateway.people.cookies import check_origin
from services.gateway.people.hashing import Hashing
from services.gateway.people.schemas import (
    CodeOnly,
    Credentials,
    NewPassword,
    PasswordOnly,
    PersonHere,
    ProviderOut,
    SecondFactor,
    SessionOut,
    SignIn,
)
from services.gateway.people.signing import Try, confirmed, sign_in, use_code
from services.gateway.people.store import Account
from services.gateway.people.visitor import Visitors
from services.gateway.tables_people import Person
from shared.problems import InputError, Invalid, NotLegal, Unauthorized
from shared.service import Caller, Db, router

routes = router(tags=["Signing in"])


async def _signed_in(caller: Caller) -> str:
    if caller.kind != "person":
        raise Unauthorized(
            "Sign in first: POST /session.",
            headers={"WWW-Authenticate": 'Session realm="people"'},
        )
    return caller.id


# Asked before the body is read: nobody learns there what a body has to be.
SignedInAs = Annotated[str, Depends(_signed_in)]
_PRIVATE = {"Cache-Control": "no-store"}


@routes.get(
    "/session", response_model=SessionOut, operation_id="get_session", summary="Who is signed in"
)
async def get_session(request: Request) -> Response:
    """The person of the browser's cookie with roles and scopes, or null; and the ways to sign in.

    Always 200: it is how a page finds out.
    """
    found = await _visitors(request).found(request.scope["headers"], "GET")
    return _shown(request, found.account if found else None)


@routes.post("/session", response_model=SessionOut, operation_id="sign_in", summary="Sign in")
async def post_session(request: Request, db: Db, body: Credentials) -> Response:
    """Sign in with name and password. The answer sets a cookie that only this site's pages send.

    401 with `error`: `wrong_credentials` (which of the two is not said), `code_required` where the
    person uses an authenticator, `wrong_code`. After ten tries in a quarter of an hour 429.
    """
    headers = request.scope["headers"]
    if any(name in (b"origin", b"sec-fetch-site") for name, _ in headers):
        # Nobody is signed in by a page of another site either.
        check_origin(headers, "POST", request.app.state.site)
    cookie = _visitors(request).cookie
    one = Try(body.name, body.password, body.code, _peer(request), cookie.held(headers))
    held = await sign_in(db, _hashing(request), one)
    found = await db.read(sessions.find, held)
    return _shown(request, found.account if found else None, cookie.holding(held))


@routes.delete("/session", status_code=204, operation_id="sign_out", summary="Sign out")
async def delete_session(request: Request, db: Db) -> Response:
    """End the session of the browser's cookie. 204 as well when nobody was signed in."""
    visitors = _visitors(request)
    headers = request.scope["headers"]
    if await visitors.found(headers, "DELETE"):
        await db.write(sessions.end, visitors.cookie.held(headers))
    return Response(None, 204, {"Set-Cookie": visitors.cookie.cleared(), **_PRIVATE})


@routes.post(
    "/session/password",
    response_model=SessionOut,
    operation_id="change_password",
    summary="Change the own password",
)
async def change_password(
    request: Request, db: Db, caller: SignedInAs, body: NewPassword
) -> Response:
    """Give the password of now and the next one. All other sessions of the person end."""
    person = await _confirmed(request, db, caller, body.password)
    check_password(body.new_password, person.name, person.display_name, pointer="/new_password")
    if body.new_password == body.password:
        same = InputError("same_password", "It is the password of now.", "/new_password")
        raise Invalid("The password has to be another one.", [same])
    kept = await _hashing(request).hashed(body.new_password)
    held = await db.write(_change_password, person.id, kept)
    found = await db.read(sessions.find, held)
    cookie = _visitors(request).cookie.holding(held)
    return _shown(request, found.account if found else None, cookie)


@routes.post(
    "/session/second-factor",
    response_model=SecondFactor,
    operation_id="begin_second_factor",
    summary="Begin with an authenticator",
)
async def begin_second_factor(
    request: Request, db: Db, caller: SignedInAs, body: PasswordOnly
) -> Response:
    """A new secret for an authenticator (RFC 6238). It counts once a code is confirmed."""
    person = await _confirmed(request, db, caller, body.password)
    secret = codes.new_secret()
    await db.write(_begin_factor, person.id, secret)
    uri = codes.address(secret, person.name, "Regional Integration Platform")
    return _private(SecondFactor(secret=secret, uri=uri).model_dump_json())


@routes.post(
    "/session/second-factor/confirm",
    status_code=204,
    operation_id="confirm_second_factor",
    summary="Confirm the authenticator",
)
async def confirm_second_factor(db: Db, caller: SignedInAs, body: CodeOnly) -> Response:
    """Show that the authenticator works. From now on signing in needs a code."""
    person = await _person(db, caller)
    if not await db.write(_confirm_factor, person.id, body.code):
        wrong = InputError("wrong_code", "Not the code of this half minute.", "/code")
        raise Invalid("The code is wrong or was used before.", [wrong])
    return Response(None, 204, _PRIVATE)


@routes.post(
    "/session/second-factor/disable",
    status_code=204,
    operation_id="disable_second_factor",
    summary="Do without the authenticator",
)
async def disable_second_factor(
    request: Request, db: Db, caller: SignedInAs, body: PasswordOnly
) -> Response:
    """Sign in by password alone again."""
    person = await _confirmed(request, db, caller, body.password)
    await db.write(_disable_factor, person.id)
    return Response(None, 204, _PRIVATE)


def _change_password(session: Session, person_id: str, kept: str) -> str:
    store.set_password(session, person_id, person_id, kept, must_change=False)
    return sessions.begin(session, person_id, "", "password")


def _begin_factor(session: Session, person_id: str, secret: str) -> None:
    person = _locked(session, person_id)
    if person.totp_confirmed:
        raise NotLegal("An authenticator is in use: do without it first.")
    person.totp_secret, person.totp_step = secret, 0
    session.add(person)


def _confirm_factor(session: Session, person_id: str, code: str) -> bool:
    person = _locked(session, person_id)
    if person.totp_secret is None or person.totp_confirmed:
        raise NotLegal("There is no authenticator to confirm: begin with POST .../second-factor.")
    if not use_code(session, person, code):
        return False
    person.totp_confirmed = True
    session.add(person)
    audit.write(session, person_id, "use_second_factor", person_id)
    return True


def _disable_factor(session: Session, person_id: str) -> None:
    person = _locked(session, person_id)
    person.totp_secret, person.totp_confirmed = None, False
    session.add(person)
    audit.write(session, person_id, "drop_second_factor", person_id)


def _locked(session: Session, person_id: str) -> Person:
    person = session.get(Person, person_id, with_for_update=True)
    assert person is not None
    return person


async def _confirmed(request: Request, db: Db, caller: str, password: str) -> Person:
    """The person who is signed in, after the password of now was given once more."""
    person = await _person(db, caller)
    await confirmed(db, _hashing(request), person.id, password, _peer(request))
    return person


async def _person(db: Db, person_id: str) -> Person:
    person = (await db.read(store.account, person_id)).person
    if not person.password:
        raise NotLegal("The provider keeps this person's password and second factor.")
    return person


def _shown(request: Request, account: Account | None, cookie: str | None = None) -> Response:
    provider = request.app.state.provider
    url = "/api/v1/session/provider"
    shown = SessionOut(
        person=PersonHere.of(account) if account else None,
        sign_in=SignIn(
            password=True,
            provider=ProviderOut(name=provider.name, url=url) if provider else None,
        ),
    )
    return _private(shown.model_dump_json(), cookie)


def _private(body: str, cookie: str | None = None) -> Response:
    headers = {**_PRIVATE, "Set-Cookie": cookie} if cookie else _PRIVATE
    return Response(body, 200, headers, "application/json")


def _visitors(request: Request) -> Visitors:
    return request.app.state.visitors


def _hashing(request: Request) -> Hashing:
    return request.app.state.hashing


def _peer(request: Request) -> str:
    return request.client.host if request.client else ""
