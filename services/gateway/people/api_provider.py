"""Signing in at the provider of identities: there, and back."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from services.gateway.people import journeys, sessions, store
from services.gateway.people.cookies import Cookie
from services.gateway.people.provider import Identity, Provider
from services.gateway.people.visitor import Visitors
from shared.problems import BadRequest, NotFound, Problem, Unauthorized
from shared.service import Db, router

routes = router(tags=["Signing in"])
# Providers add parameters of their own to the answer, which are to be ignored (RFC 6749, 4.1.2).
back_routes = APIRouter(tags=["Signing in"])


def journey_cookie(site: str) -> Cookie:
    """The cookie that ties a visit to the provider to a browser."""
    return Cookie(site, "journey", int(journeys.LONGEST.total_seconds()))


@routes.get(
    "/session/provider",
    status_code=302,
    response_class=RedirectResponse,
    operation_id="sign_in_at_provider",
    summary="Sign in at the provider",
)
async def leave(
    request: Request,
    db: Db,
    back: Annotated[
        str,
        Query(
            alias="return",
            max_length=500,
            # No second slash, no backslash: a browser would read another host in them.
            pattern=r"^/([!-.0-\[\]-~][!-\[\]-~]*)?$",
            description="The page of this site to come back to.",
            examples=["/"],
        ),
    ] = "/",
) -> Response:
    """Send the browser to the OpenID provider. 404 when none is set up."""
    provider = _provider(request)
    begun = await db.write(journeys.begin, back)
    answer = RedirectResponse(await provider.address(begun), 302, {"Cache-Control": "no-store"})
    answer.headers["Set-Cookie"] = journey_cookie(request.app.state.site).holding(begun.browser)
    return answer


@back_routes.get(
    "/session/callback",
    status_code=302,
    response_class=RedirectResponse,
    operation_id="come_back_from_provider",
    summary="Come back from the provider",
)
async def come_back(
    request: Request,
    db: Db,
    state: Annotated[str, Query(max_length=200)] = "",
    code: Annotated[str, Query(max_length=2000)] = "",
    iss: Annotated[str | None, Query(max_length=300)] = None,
    error: Annotated[str | None, Query(max_length=200)] = None,
) -> Response:
    """Where the provider sends the browser back to. Signs in and goes on to the page before.

    Somebody who is here for the first time is known from now on, without any role: an
    administrator gives those. When it fails, a browser is sent to the sign-in page, which
    says why; other callers get the problem.
    """
    try:
        return await _come_back(request, db, state, code, iss, error)
    except Problem as problem:
        if "text/html" not in request.headers.get("accept", ""):
            raise
        return RedirectResponse(
            f"/sign-in?problem={_reason(problem)}", 302, {"Cache-Control": "no-store"}
        )


def _reason(problem: Problem) -> str:
    if problem.status >= 500:
        return "unavailable"
    return str(problem.extra.get("error", "not_verified" if problem.status == 401 else "over"))


async def _come_back(
    request: Request, db: Db, state: str, code: str, iss: str | None, error: str | None
) -> Response:
    provider = _provider(request)
    cookie = journey_cookie(request.app.state.site)
    browser = cookie.held(request.scope["headers"])
    journey = await db.write(journeys.take, state, browser) if state and browser else None
    if journey is None:
        raise BadRequest("This visit to the provider was not begun here, or is over. Begin again.")
    if error is not None or not code:
        raise Unauthorized(
            "The provider did not sign you in.",
            headers={"WWW-Authenticate": 'Session realm="people"'},
            extra={"error": "refused_by_provider"},
        )
    identity = await provider.identity(journey, code, iss)
    visitors: Visitors = request.app.state.visitors
    replaces = visitors.cookie.held(request.scope["headers"])
    held = await db.write(_sign_in, provider.issuer, identity, replaces)
    answer = RedirectResponse(journey.back, 302, {"Cache-Control": "no-store"})
    answer.headers.append("Set-Cookie", cookie.cleared())
    answer.headers.append("Set-Cookie", visitors.cookie.holding(held))
    return answer


def _sign_in(session: Session, issuer: str, identity: Identity, replaces: str) -> str:
    account = store.of_provider(session, issuer, identity.subject, identity.name)
    if account.person.disabled_at is not None:
        raise Unauthorized(
            "The person cannot sign in here.",
            headers={"WWW-Authenticate": 'Session realm="people"'},
            extra={"error": "disabled"},
        )
    return sessions.begin(session, account.person.id, replaces, "provider")


def _provider(request: Request) -> Provider:
    provider: Provider | None = request.app.state.provider
    if provider is None:
        raise NotFound("No provider of identities is set up: sign in with name and password.")
    return provider
