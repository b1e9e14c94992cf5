"""Questionnaires: the steps of the workflow, and the central review."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Response

from services.indicators.assessments import store_review
from services.indicators.assessments.api import Place
from services.indicators.assessments.callers import Visit, Visiting, private
from services.indicators.assessments.schemas import (
    AnswerIn,
    AssessmentOut,
    AssignIn,
    DecisionOut,
    FreeIn,
    ReasonIn,
    ReturnIn,
    Review,
)
from services.indicators.assessments.store_review import NOTHING, Remark
from services.indicators.published.hall import In
from shared.conditional import CACHED, IfMatch, IfNoneMatch, Once, given
from shared.idempotency import Request
from shared.service import router

routes = router(tags=["Questionnaires"])


@dataclass(frozen=True)
class Stepping:
    """A step of the workflow that is about to be taken: by whom, on what, once."""

    visit: Visit
    only: Request | None
    tag: str | None

    async def take(self, action: str, remark: Remark = NOTHING) -> Response:
        """Take it. Raises NotAllowed, NotLegal, Stale or Invalid when it cannot be taken."""
        answer = await self.visit.write(store_review.move, action, self.tag, remark, self.only)
        return given(answer, AssessmentOut)


async def _stepping(visit: Visiting, only: Once, if_match: IfMatch = None) -> Stepping:
    return Stepping(visit, only, if_match)


Step = Annotated[Stepping, Depends(_stepping)]


@routes.get(
    "/assessments/{assessment_id}/review",
    operation_id="read_review",
    summary="Both experts side by side",
    response_model=Review,
    responses=CACHED,
)
async def read_review(visit: Visiting, if_none_match: IfNoneMatch = None) -> Response:
    """What each expert answered, what differs, and what counts.

    For the reviewer once both have submitted; for the experts once it is accepted. Cells in
    which both say the same state and option are decided already.
    """
    body = await visit.read(store_review.review)
    return private(Review.model_validate(body), if_none_match)


@routes.put(
    "/assessments/{assessment_id}/decisions/{indicator}/{group}",
    operation_id="decide_cell",
    summary="Say what counts for a cell",
    response_model=DecisionOut,
)
async def decide_cell(
    visit: Visiting, place: Place, body: AnswerIn, if_match: IfMatch = None
) -> Response:
    """State and option as one expert has it, or another. If-Match: the decision's version.

    It is `"v0"` before the first. Evidence and sources that are left out are taken, when it
    is published, from the experts who answered likewise; the comment is published too. A
    decision falls away when an expert answers otherwise after it was sent back.
    """
    decision, after = await visit.write(store_review.decide, place, if_match, body.entry())
    return private(DecisionOut.model_validate(decision), None, after)


def _step(action: str, summary: str) -> dict[str, Any]:
    """What the routes of all steps have in common."""
    return {
        "path": f"/assessments/{{assessment_id}}/{action}",
        "summary": summary,
        "response_model": AssessmentOut,
    }


@routes.post(**_step("assign", "Give a free seat to an expert"), operation_id="assign_seat")
async def assign_seat(step: Step, body: AssignIn) -> Response:
    """The expert answers with a token of their own that speaks for the region.

    409 when the seat is taken, or when that expert holds the other one or wrote in it.
    """
    return await step.take("assign", Remark(body.holder, [body.seat], body.holder))


@routes.post(**_step("free", "Free the seat of an expert"), operation_id="free_seat")
async def free_seat(step: Step, body: FreeIn) -> Response:
    """For an expert who cannot go on. `answers` says whether the next one goes on with theirs.

    While the questionnaire is answered; from the review, send the answers back first.
    """
    return await step.take(
        "free", Remark(body.comment, [body.seat], removes=body.answers == "remove")
    )


@routes.post(**_step("submit", "Submit your answers"), operation_id="submit_answers")
async def submit_answers(step: Step) -> Response:
    """422 with every cell that is not answered, or missing without a comment that says why.

    When both experts have submitted, the review begins.
    """
    return await step.take("submit")


@routes.post(**_step("return", "Send answers back"), operation_id="return_answers")
async def return_answers(step: Step, body: ReturnIn) -> Response:
    """To one expert or both, with a comment that only they and the reviewers read."""
    return await step.take("return", Remark(body.comment, body.seats))


@routes.post(**_step("accept", "Accept the decided answers"), operation_id="accept_answers")
async def accept_answers(step: Step) -> Response:
    """422 with every cell that is not decided."""
    return await step.take("accept")


@routes.post(**_step("publish", "Publish the accepted answers"), operation_id="publish_answers")
async def publish_answers(step: Step, body: ReasonIn, hall: In) -> Response:
    """They become part of the edition's next revision, which never changes.

    `revision` in the answer is its number; `/editions/{edition_id}/revisions/{number}` says
    what it changed and why. Revisions before it stay readable.
    """
    answer = await step.take("publish", Remark(body.reason))
    hall.shelf.look_now()
    return answer


@routes.post(
    **_step("reopen", "Review accepted or published answers again"), operation_id="reopen_review"
)
async def reopen_review(step: Step, body: ReasonIn) -> Response:
    """The way to a correction: decide anew, accept, publish as a new revision with its reason.

    What is published stays as it is.
    """
    return await step.take("reopen", Remark(body.reason))
