"""Administration of people and their roles."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Request
from fastapi.responses import Response
from sqlmodel import Session

from services.gateway.admin.api import SECRET, administrator, private
from services.gateway.admin.schemas import (
    OneTimePassword,
    PersonChange,
    PersonIn,
    PersonList,
    PersonMade,
    PersonOut,
    RoleList,
    RoleOut,
)
from services.gateway.domain.roles import EVERYWHERE, ROLES, WHAT, check_role
from services.gateway.people import store
from services.gateway.people.regions import codes
from services.gateway.people.store import Account
from shared.conditional import IfMatch, check_tag
from shared.pages import CursorParam, Limit, make_cursor, next_link, read_cursor
from shared.problems import Invalid, NotFound, NotLegal
from shared.service import Caller, Db, router

routes = router(tags=["Administration"])

PersonId = Annotated[
    str,
    Path(
        pattern="^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
        examples=["0193b4c0-7a3e-7c1d-8a50-2f6f0c9a1b2c"],
    ),
]
RoleName = Annotated[str, Path(pattern="^[a-z-]{1,40}$", examples=["region-editor"])]
RegionName = Annotated[
    str, Path(pattern=r"^(\*|[A-Za-z0-9-]{1,80})$", description="Code, slug, or `*`.")
]


@routes.get("/admin/roles", response_model=RoleList, operation_id="list_roles", summary="Roles")
async def list_roles(caller: Caller) -> Response:
    """The roles that people can have, with what each allows."""
    administrator(caller)
    rows = [
        RoleOut(role=role, what=WHAT[role], scopes=[*scopes], regional="admin" not in scopes)
        for role, scopes in ROLES.items()
    ]
    return private(RoleList(items=rows).model_dump_json())


@routes.get(
    "/admin/people", response_model=PersonList, operation_id="list_people", summary="People"
)
async def list_people(
    request: Request, db: Db, caller: Caller, limit: Limit = 50, cursor: CursorParam = None
) -> Response:
    """Everybody who may sign in, by name, with roles."""
    administrator(caller)
    key: bytes = request.app.state.internal_key
    after = str(read_cursor(cursor, "people", key)[0]) if cursor is not None else None
    found = await db.read(store.people, after, limit + 1)
    more = len(found) > limit
    following = make_cursor([found[limit - 1].person.folded], "people", key) if more else None
    page = PersonList(items=[PersonOut.of(one) for one in found[:limit]], next=following)
    query = request.query_params.multi_items()
    link = next_link("/api/v1/admin/people", query, following)
    return private(page.model_dump_json(), headers=link)


@routes.post(
    "/admin/people",
    response_model=PersonMade,
    status_code=201,
    operation_id="create_person",
    summary="Make a person",
)
async def create_person(request: Request, db: Db, caller: Caller, body: PersonIn) -> Response:
    """A new person with roles. The password in the answer is shown once and has to be changed."""
    by = administrator(caller)
    for one in body.roles:
        check_role(one.role, one.region)
    names = [one.region for one in body.roles]
    found = await codes(request.app.state.regions, names, "/roles")
    grants = [(one.role, found[one.region]) for one in body.roles]
    password = store.one_time_password()
    kept = await request.app.state.hashing.hashed(password)
    display = body.display_name or body.name
    made = await db.write(store.create, by, body.name, display, kept, grants)
    answer = PersonMade.with_password(made, password)
    place = f"/api/v1/admin/people/{made.person.id}"
    return private(answer.model_dump_json(), 201, {"ETag": f'"{made.tag}"', "Location": place})


@routes.get(
    "/admin/people/{person_id}",
    response_model=PersonOut,
    operation_id="get_person",
    summary="A person",
)
async def get_person(db: Db, caller: Caller, person_id: PersonId) -> Response:
    """One person with roles. The ETag is what a change has to name."""
    administrator(caller)
    return _shown(await db.read(store.account, person_id))


@routes.patch(
    "/admin/people/{person_id}",
    response_model=PersonOut,
    operation_id="change_person",
    summary="Rename or disable a person",
)
async def change_person(
    db: Db, caller: Caller, person_id: PersonId, body: PersonChange, if_match: IfMatch = None
) -> Response:
    """Change the shown name, disable or enable. Disabling ends every session of the person.

    409 for the last administrator who is left.
    """
    by = administrator(caller)
    if body.display_name is None and body.disabled is None:
        raise Invalid("Nothing changes: give `display_name` or `disabled`.")
    return _shown(await db.write(_change, by, person_id, body, if_match))


@routes.delete(
    "/admin/people/{person_id}",
    status_code=204,
    operation_id="erase_person",
    summary="Erase a person",
)
async def erase_person(db: Db, caller: Caller, person_id: PersonId) -> Response:
    """Remove the person with name, password, roles and sessions. The trail keeps the id only."""
    by = administrator(caller)
    await db.write(store.erase, by, person_id)
    return Response(None, 204, SECRET)


@routes.post(
    "/admin/people/{person_id}/password",
    response_model=OneTimePassword,
    status_code=201,
    operation_id="reset_password",
    summary="Give a person a new password",
)
async def reset_password(request: Request, db: Db, caller: Caller, person_id: PersonId) -> Response:
    """A one-time password to hand over. Every session of the person ends, the second factor too.

    409 for a person of the provider, who has no password here.
    """
    by = administrator(caller)
    if (await db.read(store.account, person_id)).person.issuer:
        raise NotLegal("The provider keeps this person's password.")
    password = store.one_time_password()
    kept = await request.app.state.hashing.hashed(password)
    await db.write(store.set_password, by, person_id, kept, must_change=True)
    return private(OneTimePassword(one_time_password=password).model_dump_json(), 201)


@routes.put(
    "/admin/people/{person_id}/grants/{role}/{region}",
    response_model=PersonOut,
    operation_id="grant_role",
    summary="Give a role",
)
async def grant_role(
    request: Request,
    db: Db,
    caller: Caller,
    person_id: PersonId,
    role: RoleName,
    region: RegionName,
) -> Response:
    """The person has the role for the region from now on; no change when it was so before."""
    by = administrator(caller)
    await db.read(store.account, person_id)
    if role not in ROLES:
        raise NotFound(f"There is no role {role}; there are {', '.join(ROLES)}.")
    found = await codes(request.app.state.regions, [region], "/path/region", NotFound)
    return _shown(await db.write(store.grant, by, person_id, role, found[region]))


@routes.delete(
    "/admin/people/{person_id}/grants/{role}/{region}",
    response_model=PersonOut,
    operation_id="revoke_role",
    summary="Take a role away",
)
async def revoke_role(
    request: Request,
    db: Db,
    caller: Caller,
    person_id: PersonId,
    role: RoleName,
    region: RegionName,
) -> Response:
    """The person has the role no more, with the next request. 404 when it was not so before.

    409 for the role of the last administrator.
    """
    by = administrator(caller)
    held = (await db.read(store.account, person_id)).grants
    # A grant can be taken away although its region is no longer known.
    if region != EVERYWHERE and (role, region) not in held:
        found = await codes(request.app.state.regions, [region], "/path/region", NotFound)
        region = found[region]
    return _shown(await db.write(store.ungrant, by, person_id, role, region))


def _change(
    session: Session, by: str, person_id: str, body: PersonChange, if_match: str | None
) -> Account:
    # Locked before the tag is compared, so that of two changes one is told.
    check_tag(if_match, store.held(session, person_id).tag)
    return store.change(
        session, by, person_id, display_name=body.display_name, disabled=body.disabled
    )


def _shown(account: Account) -> Response:
    return private(PersonOut.of(account).model_dump_json(), headers={"ETag": f'"{account.tag}"'})
