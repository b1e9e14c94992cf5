"""Questionnaires: the steps of the workflow, and the central review."""

from __future__ import annotations

from fastapi import Response

from services.indicators.assessments import store_review
from services.indicators.assessments.api import AssessmentId, Group, Indicator
from services.indicators.assessments.callers import (
    Answerer,
    Books,
    IfMatch,
    IfNoneMatch,
    Once,
    given,
    private,
)
from services.indicators.assessments.schemas import (
    AnswerIn,
    AssessmentOut,
    DecisionOut,
    ReasonIn,
    ReturnIn,
    Review,
)
from services.indicators.assessments.store_review import Remark
from services.indicators.domain.questionnaire import Cell
from services.indicators.published.hall import CACHED, In
from shared.service import Db, router

routes = router(tags=["Questionnaires"])


@routes.get(
    "/assessments/{assessment_id}/review",
    operation_id="read_review",
    summary="Both experts side by side",
    response_model=Review,
    responses=CACHED,
)
async def read_review(
    assessment_id: AssessmentId,
    books: Books,
    caller: Answerer,
    db: Db,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """What each expert answered, what differs, and what counts.

    For the reviewer once both have submitted; for the experts once it is accepted. Cells in
    which both say the same state and option are decided already.
    """
    body = await db.read_long(store_review.review, books, assessment_id, caller)
    return private(Review.model_validate(body), if_none_match)


@routes.put(
    "/assessments/{assessment_id}/decisions/{indicator}/{group}",
    operation_id="decide_cell",
    summary="Say what counts for a cell",
    response_model=DecisionOut,
)
async def decide_cell(
    assessment_id: AssessmentId,
    indicator: Indicator,
    group: Group,
    body: AnswerIn,
    books: Books,
    caller: Answerer,
    db: Db,
    if_match: IfMatch = None,
) -> Response:
    """State and option as one expert has it, or another. If-Match: the decision's version.

    It is `"v0"` before the first. Evidence and sources that are left out are taken, when it
    is published, from the experts who answered likewise; the comment is published too. A
    decision falls away when an expert answers otherwise after it was sent back.
    """
    place = Cell(indicator, group)
    decision, after = await db.write(
        store_review.decide, books, assessment_id, place, if_match, body.entry(), caller
    )
    return private(DecisionOut.model_validate(decision), None, after)


@routes.post(
    "/assessments/{assessment_id}/submit",
    operation_id="submit_answers",
    summary="Submit your answers",
    response_model=AssessmentOut,
)
async def submit_answers(
    assessment_id: AssessmentId,
    books: Books,
    caller: Answerer,
    db: Db,
    only: Once,
    if_match: IfMatch = None,
) -> Response:
    """422 with every cell that is not answered, or missing without a comment that says why.

    When both experts have submitted, the review begins.
    """
    answer = await db.write(
        store_review.move, books, assessment_id, "submit", if_match, Remark(), caller, only
    )
    return given(answer, AssessmentOut)


@routes.post(
    "/assessments/{assessment_id}/return",
    operation_id="return_answers",
    summary="Send answers back",
    response_model=AssessmentOut,
)
async def return_answers(
    assessment_id: AssessmentId,
    body: ReturnIn,
    books: Books,
    caller: Answerer,
    db: Db,
    only: Once,
    if_match: IfMatch = None,
) -> Response:
    """To one expert or both, with a comment that only they and the reviewers read."""
    remark = Remark(body.comment, body.seats)
    answer = await db.write(
        store_review.move, books, assessment_id, "return", if_match, remark, caller, only
    )
    return given(answer, AssessmentOut)


@routes.post(
    "/assessments/{assessment_id}/accept",
    operation_id="accept_answers",
    summary="Accept the decided answers",
    response_model=AssessmentOut,
)
async def accept_answers(
    assessment_id: AssessmentId,
    books: Books,
    caller: Answerer,
    db: Db,
    only: Once,
    if_match: IfMatch = None,
) -> Response:
    """422 with every cell that is not decided."""
    answer = await db.write(
        store_review.move, books, assessment_id, "accept", if_match, Remark(), caller, only
    )
    return given(answer, AssessmentOut)


@routes.post(
    "/assessments/{assessment_id}/publish",
    operation_id="publish_answers",
    summary="Publish the accepted answers",
    response_model=AssessmentOut,
)
async def publish_answers(
    assessment_id: AssessmentId,
    body: ReasonIn,
    hall: In,
    books: Books,
    caller: Answerer,
    db: Db,
    only: Once,
    if_match: IfMatch = None,
) -> Response:
    """They become part of the edition's next revision, which never changes.

    `revision` in the answer is its number; `/editions/{edition_id}/revisions/{number}` says
    what it changed and why. Revisions before it stay readable.
    """
    remark = Remark(body.reason)
    answer = await db.write(
        store_review.move, books, assessment_id, "publish", if_match, remark, caller, only
    )
    hall.shelf.look_now()
    return given(answer, AssessmentOut)


@routes.post(
    "/assessments/{assessment_id}/reopen",
    operation_id="reopen_review",
    summary="Review accepted or published answers again",
    response_model=AssessmentOut,
)
async def reopen_review(
    assessment_id: AssessmentId,
    body: ReasonIn,
    books: Books,
    caller: Answerer,
    db: Db,
    only: Once,
    if_match: IfMatch = None,
) -> Response:
    """The way to a correction: decide anew, accept, publish as a new revision with its reason.

    What is published stays as it is.
    """
    remark = Remark(body.reason)
    answer = await db.write(
        store_review.move, books, assessment_id, "reopen", if_match, remark, caller, only
    )
    return given(answer, AssessmentOut)
