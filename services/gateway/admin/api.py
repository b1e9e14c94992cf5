"""Administration of clients, and the trail of what was done to access."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from fastapi import Path, Query, Request
from fastapi.responses import Response
from pydantic import AwareDatetime, BeforeValidator
from sqlmodel import Session

from services.gateway import audit, store
from services.gateway.admin.schemas import (
    AuditList,
    AuditRow,
    ClientIn,
    ClientList,
    ClientMade,
    ClientOut,
    NewSecret,
)
from services.gateway.people.regions import codes
from services.gateway.tables import Client
from shared.actor import Actor
from shared.clock import stamp
from shared.pages import CursorParam, Limit, make_cursor, next_link, read_cursor
from shared.service import Caller, Db, router

routes = router(tags=["Administration"])
SECRET = {"Cache-Control": "no-store"}

ClientId = Annotated[
    str, Path(pattern="^client_[0-9a-f]{16}$", examples=["client_00c0ffee00c0ffee"])
]


def _written_out(value: str) -> str:
    # Numbers would be read as seconds since 1970, which nobody means here.
    if "T" not in value.upper():
        raise ValueError("write date and time with its zone, as in 2026-11-22T08:00:00Z")
    return value


Moment = Annotated[AwareDatetime, BeforeValidator(_written_out)]
Word = Annotated[str, Query(pattern="^[A-Za-z0-9_-]{1,64}$")]


def administrator(caller: Actor) -> str:
    """The id of the caller, who is an administrator. Asked here too, whatever the door let in."""
    caller.needs("admin")
    return caller.id


def private(body: str, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """An answer for this caller alone."""
    return Response(body, status, {**SECRET, **(headers or {})}, "application/json")


@routes.get(
    "/admin/clients",
    response_model=ClientList,
    operation_id="list_clients",
    summary="Clients",
)
async def list_clients(
    request: Request, db: Db, caller: Caller, limit: Limit = 50, cursor: CursorParam = None
) -> Response:
    """The systems that may ask for tokens, the newest first; revoked ones too."""
    administrator(caller)
    key: bytes = request.app.state.internal_key
    before = None
    if cursor is not None:
        moment, last = read_cursor(cursor, "clients", key)
        before = (datetime.fromisoformat(moment), last)
    found = await db.read(store.clients, before, limit + 1)
    following = None
    if len(found) > limit:
        last_one = found[limit - 1]
        place = [last_one.created_at.isoformat(), last_one.id]
        following = make_cursor(place, "clients", key)
    page = ClientList(items=[ClientOut.of(one) for one in found[:limit]], next=following)
    return private(page.model_dump_json(), headers=_link(request, following))


@routes.post(
    "/admin/clients",
    response_model=ClientMade,
    status_code=201,
    operation_id="create_client",
    summary="Make a client",
)
async def create_client(request: Request, db: Db, caller: Caller, body: ClientIn) -> Response:
    """A new client for a region's system. Its secret is in this answer and nowhere else."""
    by = administrator(caller)
    found = await codes(request.app.state.regions, body.regions, "/regions")
    regions = list(found.values())
    made = await db.write(store.create_client, body.name, body.scopes, regions, body.jwks, by)
    client = await db.read(store.client_of, made.client_id)
    answer = ClientMade.with_secret(client, made.secret or None)
    return private(answer.model_dump_json(), 201)


@routes.post(
    "/admin/clients/{client_id}/secret",
    response_model=NewSecret,
    status_code=201,
    operation_id="renew_client_secret",
    summary="Give a client another secret",
)
async def renew_secret(db: Db, caller: Caller, client_id: ClientId) -> Response:
    """The next secret. The one of now works for seven days more, the one before it no longer."""
    by = administrator(caller)
    made, until = await db.write(store.new_secret, client_id, by)
    answer = NewSecret(client_secret=made.secret, previous_until=stamp(until))
    return private(answer.model_dump_json(), 201)


@routes.delete(
    "/admin/clients/{client_id}",
    status_code=204,
    operation_id="revoke_client",
    summary="Revoke a client",
)
async def revoke_client(request: Request, db: Db, caller: Caller, client_id: ClientId) -> Response:
    """No new tokens, and the old ones are refused: at once here, within a second elsewhere."""
    by = administrator(caller)
    await db.write(_revoked, client_id, by)
    await request.app.state.watch.look()
    return Response(None, 204, SECRET)


@routes.get(
    "/admin/audit",
    response_model=AuditList,
    operation_id="search_audit",
    summary="What was done to access",
)
async def search_audit(
    request: Request,
    db: Db,
    caller: Caller,
    actor: Annotated[Word | None, Query(description="The id of who did it.")] = None,
    action: Annotated[Word | None, Query(description="Such as `grant`.")] = None,
    target: Annotated[Word | None, Query(description="The id of what it was done to.")] = None,
    since: Annotated[Moment | None, Query(description="At this moment or later.")] = None,
    until: Annotated[Moment | None, Query(description="Before this moment.")] = None,
    limit: Limit = 50,
    cursor: CursorParam = None,
) -> Response:
    """Deeds of administrators and people, the newest first. Rows hold ids, never names."""
    administrator(caller)
    key: bytes = request.app.state.internal_key
    question = f"audit {actor} {action} {target} {since} {until}"
    before = int(read_cursor(cursor, question, key)[0]) if cursor is not None else None
    found = await db.read(
        audit.search,
        before,
        limit + 1,
        actor=actor,
        action=action,
        target=target,
        since=since,
        until=until,
    )
    more = len(found) > limit
    following = make_cursor([found[limit - 1].number], question, key) if more else None
    page = AuditList(items=[AuditRow.of(row) for row in found[:limit]], next=following)
    return private(page.model_dump_json(), headers=_link(request, following))


def _revoked(session: Session, client_id: str, by: str) -> Client:
    store.revoke(session, client_id, by)
    return store.client_of(session, client_id)


def _link(request: Request, following: str | None) -> dict[str, str]:
    path = "/api/v1" + request.scope["path"]
    return next_link(path, request.query_params.multi_items(), following)
