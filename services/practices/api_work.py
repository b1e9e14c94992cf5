"""Writing practices: drafts and the steps of the workflow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Path, Request
from fastapi.responses import Response
from sqlmodel import Session

from services.practices import standing, store
from services.practices.api import KnownRegions
from services.practices.domain.workflow import WORK
from services.practices.schemas import DraftOut, PracticeIn
from services.practices.schemas_work import AssignIn, PublishIn, RejectIn, RequestChangesIn
from services.practices.store import Details
from shared import idempotency
from shared.actor import Actor
from shared.conditional import PRIVATE, IfMatch, Once
from shared.idempotency import Answer
from shared.problems import NotFound
from shared.service import Caller, Db, router

T = TypeVar("T")

routes = router(tags=["Submission"])

_LINKS: dict[str, Any] = {
    "readDraft": {
        "operationId": "get_draft",
        "parameters": {"practice_id": "$response.body#/id"},
    }
}

PracticeId = Annotated[str, Path(min_length=1, max_length=64)]
_NOTHING_MORE = Details()


@dataclass(frozen=True, slots=True)
class Step:
    """Which step of which practice, on which tag, under which Idempotency-Key."""

    practice_id: str
    action: str
    if_match: str | None
    only: idempotency.Request | None


async def worker(caller: Caller) -> Actor:
    """The caller, who needs a token to work on practices."""
    caller.needs(*WORK)
    return caller


Worker = Annotated[Actor, Depends(worker)]


async def written(db: Db, caller: Actor, practice_id: str, work: Callable[[Session], T]) -> T:
    """Do the work in one transaction. Who asks for a practice of others leaves a trace."""
    try:
        return await db.write(work)
    except NotFound:
        await _trace(db, caller, practice_id)
        raise


async def seen(db: Db, caller: Actor, practice_id: str, work: Callable[[Session], T]) -> T:
    """Read in one transaction. Who asks for a practice of others leaves a trace."""
    try:
        return await db.read(work)
    except NotFound:
        await _trace(db, caller, practice_id)
        raise


async def _trace(db: Db, caller: Actor, practice_id: str) -> None:
    if await db.read(standing.hidden, practice_id, caller):
        await db.write(standing.refused, practice_id, caller)


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
    return await _answer(request, db, answer, created=True)


@routes.get(
    "/practices/{practice_id}/draft",
    response_model=DraftOut,
    operation_id="get_draft",
    summary="The open draft",
)
async def get_draft(practice_id: PracticeId, caller: Worker, db: Db) -> Response:
    """The draft with where it stands, what is missing and what may be done next."""
    body, tag = await seen(
        db, caller, practice_id, lambda session: store.read_draft(session, practice_id, caller)
    )
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
    caller: Worker,
    db: Db,
    regions: KnownRegions,
    if_match: IfMatch = None,
) -> Response:
    """Replace the draft's content. Opens a revision when the practice is published.

    428 without If-Match; 412 with both contents when somebody saved in between.
    """
    record = body.record() | {"regions": regions.check(body.regions)}
    body_and_tag = await written(
        db,
        caller,
        practice_id,
        lambda session: store.save(session, practice_id, if_match, record, caller),
    )
    return _shown(*body_and_tag)


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


async def _moved(
    request: Request,
    db: Db,
    caller: Actor,
    step: Step,
    details: Details = _NOTHING_MORE,
) -> Response:
    """Take a step and answer with the practice as it is then."""
    answer = await written(
        db,
        caller,
        step.practice_id,
        lambda session: store.move(
            session, step.practice_id, step.action, step.if_match, caller, step.only, details
        ),
    )
    return await _answer(request, db, answer)


def _plain(action: str, summary: str, description: str) -> None:
    """Add the route of a step that needs nothing but its name."""

    @routes.post(
        f"/practices/{{practice_id}}/{action}",
        response_model=DraftOut,
        operation_id=f"{action.replace('-', '_')}_practice",
        summary=summary,
        description=description,
        name=action,
    )
    async def step(
        request: Request,
        practice_id: PracticeId,
        caller: Worker,
        db: Db,
        only: Once,
        if_match: IfMatch = None,
    ) -> Response:
        return await _moved(request, db, caller, Step(practice_id, action, if_match, only))


_plain(
    "submit",
    "Submit the draft",
    "422 with what is missing while it is not complete. The short form goes to the publisher; "
    "once the practice is selected, the answered questionnaire goes to the evaluators; after "
    "changes were asked for, the practice goes back to whoever asked. For the author.",
)
_plain(
    "take-back",
    "Take a submission back",
    "It becomes a draft again, until it is selected. For the author.",
)
_plain(
    "select",
    "Select for evaluation",
    "Opens the questionnaire for the author. For the publisher.",
)
_plain(
    "accept",
    "Accept what was evaluated",
    "409 until both evaluations are in and a consensus is written. For the publisher.",
)
_plain(
    "withdraw",
    "Withdraw a published practice",
    "It disappears from lists, search and map; a revision that is being written stays. For the "
    "author and the publisher.",
)


@routes.post(
    "/practices/{practice_id}/assign",
    response_model=DraftOut,
    operation_id="assign_practice",
    summary="Name the evaluators",
)
async def assign_practice(
    request: Request,
    practice_id: PracticeId,
    body: AssignIn,
    caller: Worker,
    db: Db,
    only: Once,
    if_match: IfMatch = None,
) -> Response:
    """Two evaluators, each blind to the other until both are in. For the publisher.

    Who has handed in an evaluation cannot be replaced in the round. Whether an evaluator is
    of another region is asked when the evaluator comes: nobody judges the own region.
    """
    step = Step(practice_id, "assign", if_match, only)
    return await _moved(request, db, caller, step, Details(evaluators=tuple(body.evaluators)))


@routes.post(
    "/practices/{practice_id}/request-changes",
    response_model=DraftOut,
    operation_id="request_changes_practice",
    summary="Ask the author for changes",
)
async def request_changes(
    request: Request,
    practice_id: PracticeId,
    body: RequestChangesIn,
    caller: Worker,
    db: Db,
    only: Once,
    if_match: IfMatch = None,
) -> Response:
    """Field by field; the messages open a conversation. For the publisher.

    What was evaluated already is evaluated anew when it comes back; each evaluator begins
    with the own answers of the round before.
    """
    said = tuple((one.pointer, one.text) for one in body.messages)
    step = Step(practice_id, "request-changes", if_match, only)
    return await _moved(request, db, caller, step, Details(said=said))


@routes.post(
    "/practices/{practice_id}/reject",
    response_model=DraftOut,
    operation_id="reject_practice",
    summary="Reject with reasons",
)
async def reject_practice(
    request: Request,
    practice_id: PracticeId,
    body: RejectIn,
    caller: Worker,
    db: Db,
    only: Once,
    if_match: IfMatch = None,
) -> Response:
    """The author reads the reasons in the conversation. For the publisher.

    Saving the draft again makes it a draft from the beginning.
    """
    said = tuple((None, reason) for reason in body.reasons)
    step = Step(practice_id, "reject", if_match, only)
    return await _moved(request, db, caller, step, Details(said=said))


@routes.post(
    "/practices/{practice_id}/publish",
    response_model=DraftOut,
    operation_id="publish_practice",
    summary="Publish",
)
async def publish_practice(
    request: Request,
    practice_id: PracticeId,
    caller: Worker,
    db: Db,
    only: Once,
    if_match: IfMatch = None,
    body: PublishIn | None = None,
) -> Response:
    """What was accepted, with what the evaluators agreed on; or what was submitted, marked as
    not evaluated. For the publisher.

    It becomes the next version, which never changes. Search and map have it within two
    seconds.
    """
    step = Step(practice_id, "publish", if_match, only)
    return await _moved(request, db, caller, step, Details(reason=body.reason if body else None))


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
