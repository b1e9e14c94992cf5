"""The steps of the workflow as routes."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request
from fastapi.responses import Response

from services.practices.record.parts import PracticeId
from services.practices.workflow import steps
from services.practices.workflow.callers import Worker, finished, written
from services.practices.workflow.schemas import (
    AssignIn,
    DraftOut,
    PublishIn,
    RejectIn,
    RequestChangesIn,
)
from services.practices.workflow.steps import Details
from shared import idempotency
from shared.actor import Actor
from shared.conditional import IfMatch, Once
from shared.service import Db, router

routes = router(tags=["Submission"])

_NOTHING_MORE = Details()


@dataclass(frozen=True, slots=True)
class Step:
    """Which step of which practice, on which tag, under which Idempotency-Key."""

    practice_id: str
    action: str
    if_match: str | None
    only: idempotency.Request | None


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
        lambda session: steps.move(
            session, step.practice_id, step.action, step.if_match, caller, step.only, details
        ),
    )
    return await finished(request, db, answer)


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

    Each is somebody of `GET /evaluators` with `may_judge` for the practice's regions: 422 names
    who is not. Who has handed in an evaluation cannot be replaced in the round.
    """
    known = await request.app.state.accounts.known(body.evaluators)
    named = {one: known.get(one) for one in body.evaluators}
    step = Step(practice_id, "assign", if_match, only)
    return await _moved(request, db, caller, step, Details(evaluators=named))


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
