"""Judging practices: evaluations and the consensus."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path
from fastapi.responses import Response

from services.practices.record.evaluation import EvaluationIn
from services.practices.record.parts import PracticeId
from services.practices.review import store
from services.practices.review.schemas import ConsensusOut, EvaluationList, EvaluationOut
from services.practices.workflow.callers import Worker, private, seen, written
from shared.conditional import IfMatch, Once, given
from shared.service import Db, router

routes = router(tags=["Evaluation"])

Evaluator = Annotated[
    str, Path(min_length=1, max_length=64, description="The evaluator's own id, as assigned.")
]


@routes.get(
    "/practices/{practice_id}/evaluations",
    response_model=EvaluationList,
    operation_id="list_evaluations",
    summary="The evaluations of a practice",
)
async def list_evaluations(practice_id: PracticeId, caller: Worker, db: Db) -> Response:
    """Who judges it and how far they are; what they found once both are in.

    For the evaluators and the publisher. The author reads what was agreed when it is
    published.
    """
    body = await seen(
        db,
        caller,
        practice_id,
        lambda session: store.listed(session, practice_id, caller),
    )
    return private(EvaluationList, body)


@routes.get(
    "/practices/{practice_id}/evaluations/{evaluator}",
    response_model=EvaluationOut,
    operation_id="get_evaluation",
    summary="One's own evaluation",
)
async def get_evaluation(
    practice_id: PracticeId, evaluator: Evaluator, caller: Worker, db: Db
) -> Response:
    """With its ETag, and what it lacks. Another's evaluation is 404."""
    body, tag = await seen(
        db,
        caller,
        practice_id,
        lambda session: store.read(session, practice_id, evaluator, caller),
    )
    return private(EvaluationOut, body, tag)


@routes.put(
    "/practices/{practice_id}/evaluations/{evaluator}",
    response_model=EvaluationOut,
    operation_id="save_evaluation",
    summary="Save one's own evaluation",
)
async def save_evaluation(
    practice_id: PracticeId,
    evaluator: Evaluator,
    body: EvaluationIn,
    caller: Worker,
    db: Db,
    if_match: IfMatch = None,
) -> Response:
    """Replaces all answers; it need not be complete. Nobody else sees it before both are in."""
    shown, tag = await written(
        db,
        caller,
        practice_id,
        lambda session: store.save(
            session, practice_id, evaluator, if_match, body.model_dump(), caller
        ),
    )
    return private(EvaluationOut, shown, tag)


@routes.post(
    "/practices/{practice_id}/evaluations/{evaluator}/submit",
    response_model=EvaluationOut,
    operation_id="submit_evaluation",
    summary="Hand one's own evaluation in",
)
async def submit_evaluation(
    practice_id: PracticeId,
    evaluator: Evaluator,
    caller: Worker,
    db: Db,
    only: Once,
    if_match: IfMatch = None,
) -> Response:
    """It is final then. 422 with what is missing while it is not complete."""
    answer = await written(
        db,
        caller,
        practice_id,
        lambda session: store.submit(session, practice_id, evaluator, if_match, caller, only),
    )
    return given(answer, EvaluationOut)


@routes.get(
    "/practices/{practice_id}/consensus",
    response_model=ConsensusOut,
    operation_id="get_consensus",
    summary="What the evaluators agree on",
)
async def get_consensus(practice_id: PracticeId, caller: Worker, db: Db) -> Response:
    """With its ETag; 404 while nobody has written it. For the evaluators and the publisher."""
    body, tag = await seen(
        db,
        caller,
        practice_id,
        lambda session: store.read_consensus(session, practice_id, caller),
    )
    return private(ConsensusOut, body, tag)


@routes.put(
    "/practices/{practice_id}/consensus",
    response_model=ConsensusOut,
    operation_id="save_consensus",
    summary="Write what is agreed on",
)
async def save_consensus(
    practice_id: PracticeId,
    body: EvaluationIn,
    caller: Worker,
    db: Db,
    if_match: IfMatch = None,
) -> Response:
    """Once both evaluations are in. The first one is written with `If-Match: "c0"`.

    An evaluator who writes agrees to it; a new wording must be confirmed anew.
    """
    shown, tag = await written(
        db,
        caller,
        practice_id,
        lambda session: store.write_consensus(
            session, practice_id, if_match, body.model_dump(), caller
        ),
    )
    return private(ConsensusOut, shown, tag)


@routes.post(
    "/practices/{practice_id}/consensus/confirm",
    response_model=ConsensusOut,
    operation_id="confirm_consensus",
    summary="Agree to the consensus",
)
async def confirm_consensus(
    practice_id: PracticeId, caller: Worker, db: Db, only: Once, if_match: IfMatch = None
) -> Response:
    """To the wording of the ETag. When both agree it is the publisher's turn."""
    answer = await written(
        db,
        caller,
        practice_id,
        lambda session: store.confirm_consensus(session, practice_id, if_match, caller, only),
    )
    return given(answer, ConsensusOut)
