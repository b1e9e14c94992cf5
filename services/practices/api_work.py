"""Writing practices: drafts and the steps of the workflow."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Path, Request
from fastapi.responses import Response

from services.practices import store
from services.practices.api import KnownRegions
from services.practices.schemas import DraftOut, PracticeIn
from shared.actor import Actor
from shared.conditional import PRIVATE, IfMatch, Once
from shared.idempotency import Answer
from shared.service import Caller, Db, router

routes = router(tags=["Submission"])

_LINKS: dict[str, Any] = {
    "readDraft": {
        "operationId": "get_draft",
        "parameters": {"practice_id": "$response.body#/id"},
    }
}

PracticeId = Annotated[str, Path(min_length=1, max_length=64)]


async def author(caller: Caller) -> Actor:
    """The caller, who needs a token to write."""
    caller.needs("practices:write", "practices:publish")
    return caller


Author = Annotated[Actor, Depends(author)]


@routes.post(
    "/practices",
    status_code=201,
    response_model=DraftOut,
    operation_id="create_practice",
    summary="Begin a practice",
    responses={201: {"links": _LINKS}},
)
async def create_practice(
    request: Request, body: PracticeIn, caller: Author, db: Db, regions: KnownRegions, only: Once
) -> Response:
    """A new draft of the caller's region. Nobody else sees it before it is published.

    `missing` in the answer says what is needed before it can be submitted.
    """
    caller.needs("practices:write")
    record = body.record() | {"regions": regions.check(body.regions)}
    answer = await db.write(store.create, record, caller, only)
    return await _answer(request, db, answer, created=True)


@routes.get(
    "/practices/{practice_id}/draft",
    response_model=DraftOut,
    operation_id="get_draft",
    summary="The open draft",
)
async def get_draft(practice_id: PracticeId, caller: Author, db: Db) -> Response:
    """The draft with where it stands, what is missing and what may be done next."""
    body, tag = await db.read(store.read_draft, practice_id, caller)
    return _shown(body, tag)


@routes.put(
    "/practices/{practice_id}/draft",
    response_model=DraftOut,
    operation_id="save_draft",
    summary="Save the draft",
)
async def save_draft(
    practice_id: PracticeId,
    body: PracticeIn,
    caller: Author,
    db: Db,
    regions: KnownRegions,
    if_match: IfMatch = None,
) -> Response:
    """Replace the draft's content. Opens a revision when the practice is published.

    428 without If-Match; 412 with both contents when somebody saved in between.
    """
    caller.needs("practices:write")
    record = body.record() | {"regions": regions.check(body.regions)}
    shown, new_tag = await db.write(store.save, practice_id, if_match, record, caller)
    return _shown(shown, new_tag)


@routes.delete(
    "/practices/{practice_id}/draft",
    status_code=204,
    operation_id="discard_draft",
    summary="Throw the draft away",
)
async def discard_draft(
    practice_id: PracticeId, caller: Author, db: Db, if_match: IfMatch = None
) -> Response:
    """What is published stays as it is."""
    await db.write(store.discard, practice_id, if_match, caller)
    return Response(status_code=204)


def _step(action: str, path: str, summary: str, description: str) -> None:
    """Add the route of one step of the workflow."""

    @routes.post(
        f"/practices/{{practice_id}}/{path}",
        response_model=DraftOut,
        operation_id=f"{path.replace('-', '_')}_practice",
        summary=summary,
        description=description,
        name=path,
    )
    async def step(
        request: Request,
        practice_id: PracticeId,
        caller: Author,
        db: Db,
        only: Once,
        if_match: IfMatch = None,
    ) -> Response:
        answer = await db.write(store.move, practice_id, action, if_match, caller, only)
        return await _answer(request, db, answer)


_step(
    "submit",
    "submit",
    "Submit the draft",
    "422 with what is missing while the draft is not complete. It cannot be edited until it is "
    "taken back.",
)
_step("take back", "take-back", "Take a submission back", "It becomes a draft again.")
_step(
    "publish",
    "publish",
    "Publish what was submitted",
    "It becomes the next version, which never changes. It is found by search and counted on the "
    "map within two seconds. A practice that its region publishes itself says that nobody has "
    "evaluated it yet.",
)
_step(
    "withdraw",
    "withdraw",
    "Withdraw a published practice",
    "It disappears from lists, search and map. Needs the ETag of the published version.",
)


def _shown(body: dict[str, Any], tag: str) -> Response:
    return Response(
        DraftOut.model_validate(body).model_dump_json(),
        media_type="application/json",
        headers={"ETag": f'"{tag}"', "Cache-Control": PRIVATE},
    )


async def _answer(request: Request, db: Db, answer: Answer, *, created: bool = False) -> Response:
    body = await db.read(store.complete, answer)
    response = _shown(body, answer.etag)
    response.status_code = answer.status
    if answer.replayed:
        response.headers["Idempotent-Replayed"] = "true"
    if created:
        base = request.app.state.public_base
        response.headers["Location"] = f"{base}/practices/{body['id']}/draft"
    return response
