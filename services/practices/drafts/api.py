"""Drafts: begun, read, saved and thrown away."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from fastapi.responses import Response

from services.practices.drafts import store
from services.practices.record.parts import PracticeId
from services.practices.record.practice import PracticeIn
from services.practices.regions import KnownRegions
from services.practices.workflow.callers import (
    Worker,
    finished,
    private,
    seen,
    written,
)
from services.practices.workflow.schemas import DraftOut
from shared.conditional import IfMatch, Once
from shared.service import Db, router

routes = router(tags=["Submission"])

_LINKS: dict[str, Any] = {
    "readDraft": {
        "operationId": "get_draft",
        "parameters": {"practice_id": "$response.body#/id"},
    }
}


@routes.post(
    "/practices",
    status_code=201,
    response_model=DraftOut,
    operation_id="create_practice",
    summary="Begin a practice",
    responses={201: {"links": _LINKS}},
)
async def create_practice(
    request: Request, body: PracticeIn, caller: Worker, db: Db, regions: KnownRegions, only: Once
) -> Response:
    """A new draft of the caller's region. Nobody else sees it before it is published.

    `missing` in the answer says what is needed before it can be submitted.
    """
    caller.needs("practices:write")
    record = body.record() | {"regions": regions.check(body.regions)}
    answer = await db.write(store.create, record, caller, only)
    return await finished(request, db, answer, created=True)


@routes.get(
    "/practices/{practice_id}/draft",
    response_model=DraftOut,
    operation_id="get_draft",
    summary="The open draft",
)
async def get_draft(practice_id: PracticeId, caller: Worker, db: Db) -> Response:
    """The draft with where it stands, what is missing and what may be done next.

    Of a practice that is published or withdrawn and not being revised: what was published last,
    with the ETag on which a revision is saved.
    """
    body, tag = await seen(
        db, caller, practice_id, lambda session: store.read_draft(session, practice_id, caller)
    )
    return private(DraftOut, body, tag)


@routes.put(
    "/practices/{practice_id}/draft",
    response_model=DraftOut,
    operation_id="save_draft",
    summary="Save the draft",
)
async def save_draft(
    practice_id: PracticeId,
    body: PracticeIn,
    caller: Worker,
    db: Db,
    regions: KnownRegions,
    if_match: IfMatch = None,
) -> Response:
    """Replace the draft's content. Opens a revision when the practice is published.

    428 without If-Match; 412 with both contents when somebody saved in between.
    """
    record = body.record() | {"regions": regions.check(body.regions)}
    content, tag = await written(
        db,
        caller,
        practice_id,
        lambda session: store.save(session, practice_id, if_match, record, caller),
    )
    return private(DraftOut, content, tag)


@routes.delete(
    "/practices/{practice_id}/draft",
    status_code=204,
    operation_id="discard_draft",
    summary="Throw the draft away",
)
async def discard_draft(
    practice_id: PracticeId, caller: Worker, db: Db, if_match: IfMatch = None
) -> Response:
    """What is published stays as it is."""
    await written(
        db,
        caller,
        practice_id,
        lambda session: store.discard(session, practice_id, if_match, caller),
    )
    return Response(status_code=204)
