"""Questionnaires: begin, answer, read, hand in."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Path, Query, Request, Response
from sqlmodel import Session

from services.indicators.assessments import desk, store, store_imports, store_review
from services.indicators.assessments.callers import Answerer, Books, Visiting, private
from services.indicators.assessments.schemas import (
    AnswerIn,
    AnswersIn,
    AnswersOut,
    AssessmentIn,
    AssessmentList,
    AssessmentOut,
    CellOut,
    LogList,
    Progress,
    Report,
    ToEditionIn,
)
from services.indicators.assessments.store import Opening
from services.indicators.domain.assessment import Kind, Role, State, readable
from services.indicators.domain.questionnaire import Cell, cells, sections
from services.indicators.editions.api import NAME
from services.indicators.published.holdings import Holdings
from services.indicators.published.paging import Question
from shared.actor import Actor
from shared.conditional import CACHED, IfMatch, IfNoneMatch, Once, given
from shared.pages import CursorParam, Limit
from shared.service import Db, router

routes = router(tags=["Questionnaires"])

Indicator = Annotated[str, Path(min_length=1, max_length=80, description="Code, such as `F01`.")]
Group = Annotated[str, Path(min_length=1, max_length=80, description="`TCN` or `BIP`.")]


async def _place(indicator: Indicator, group: Group) -> Cell:
    return Cell(indicator, group)


Place = Annotated[Cell, Depends(_place)]
SeatAsked = Annotated[
    int | None, Query(ge=1, le=2, description="Whose answers; your own unless given.")
]

LINKS: dict[str, Any] = {
    "readAssessment": {
        "operationId": "read_assessment",
        "parameters": {"assessment_id": "$response.body#/id"},
    }
}


@routes.get(
    "/assessments",
    operation_id="list_assessments",
    summary="Questionnaires that you may work on",
    response_model=AssessmentList,
    responses=CACHED,
)
async def list_assessments(
    question: Question,
    books: Books,
    caller: Answerer,
    db: Db,
    if_none_match: IfNoneMatch = None,
    edition: Annotated[str | None, Query(pattern=NAME)] = None,
    region: Annotated[str | None, Query(pattern=NAME, description="Code or slug.")] = None,
    kind: Kind | None = None,
    state: State | None = None,
    limit: Limit = 50,
    cursor: CursorParam = None,
) -> Response:
    """Those of the regions that your token speaks for, oldest first.

    Self-assessments are private to their region: a token that only reviews does not see them.
    """
    filters = {"edition": edition, "kind": kind, "state": state}
    if region is not None:
        filters["region"] = books.region(region).code
    wanted = {name: value for name, value in filters.items() if value is not None}
    last = str(question.last(cursor) or "")
    found, more = await db.read_long(store.listed, books, caller, wanted, last, limit)
    following = question.cursor(more) if more else None
    page = AssessmentList.model_validate({"items": found, "next": following})
    answer = private(page, if_none_match)
    answer.headers.update(question.link(following))
    return answer


@routes.post(
    "/assessments",
    operation_id="create_assessment",
    summary="Begin a questionnaire",
    status_code=201,
    response_model=AssessmentOut,
    responses={201: {"links": LINKS}},
)
async def create_assessment(
    request: Request, body: AssessmentIn, books: Books, caller: Answerer, db: Db, only: Once
) -> Response:
    """For an edition (`edition`), or for the region's own eyes (`self`).

    There is at most one of each kind for a region and an edition: 409 with its id. An expert
    who begins one for an edition takes its first seat. An edition of kind `answers` takes
    answers; a self-assessment only needs an edition with a questionnaire.
    """
    opening = Opening(body.edition, books.region(body.region).code, Kind(body.kind))
    answer = await db.write(store.create, books, opening, caller, only)
    made = AssessmentOut.model_validate_json(answer.body)
    where = f"{request.app.state.public_base}/assessments/{made.id}"
    return given(answer, AssessmentOut, where)


@routes.get(
    "/assessments/{assessment_id}",
    operation_id="read_assessment",
    summary="Where a questionnaire stands",
    response_model=AssessmentOut,
    responses=CACHED,
)
async def read_assessment(visit: Visiting, if_none_match: IfNoneMatch = None) -> Response:
    """State, seats, and what you may do now. The ETag is what steps need in If-Match."""
    body, tag = await visit.read(store.read)
    return private(AssessmentOut.model_validate(body), if_none_match, tag)


@routes.get(
    "/assessments/{assessment_id}/progress",
    operation_id="read_progress",
    summary="How far the answers are",
    response_model=Progress,
    responses=CACHED,
)
async def read_progress(visit: Visiting, if_none_match: IfNoneMatch = None) -> Response:
    """Answered and asked cells, for every dimension of every axis.

    An expert sees the own seat, the reviewer both: how many, not what.
    """
    body = await visit.read(_progress)
    return private(Progress.model_validate(body), if_none_match)


def _progress(session: Session, books: Holdings, assessment: str, actor: Actor) -> desk.Record:
    work = desk.held(session, books, assessment, actor, lock=False)
    seen = readable(work.position, work.caller)
    asked = len(cells(work.methodology))
    seats: list[desk.Record] = []
    for seat in work.seats:
        if seat.number in seen or work.caller.role == Role.REVIEWER:
            done = desk.rows_of(session, assessment, seat.number).keys()
            parts = [one._asdict() for one in sections(work.methodology, done)]
            seats.append(
                {"seat": seat.number, "answered": len(done), "total": asked, "sections": parts}
            )
    return {"assessment": assessment, "seats": seats}


@routes.get(
    "/assessments/{assessment_id}/log",
    operation_id="read_log",
    summary="Who did what, when",
    response_model=LogList,
    responses=CACHED,
)
async def read_log(
    question: Question,
    visit: Visiting,
    if_none_match: IfNoneMatch = None,
    limit: Limit = 50,
    cursor: CursorParam = None,
) -> Response:
    """Oldest first. An expert does not see what the other one saved before it is accepted."""
    last = str(question.last(cursor) or "")
    found = await visit.read(store_review.history, last, limit)
    following = question.cursor(found[limit - 1]["id"]) if len(found) > limit else None
    page = LogList.model_validate({"items": found[:limit], "next": following})
    answer = private(page, if_none_match)
    answer.headers.update(question.link(following))
    return answer


@routes.get(
    "/assessments/{assessment_id}/answers",
    operation_id="read_answers",
    summary="The answers of one seat",
    response_model=AnswersOut,
    responses=CACHED,
)
async def read_answers(
    visit: Visiting, if_none_match: IfNoneMatch = None, seat: SeatAsked = None
) -> Response:
    """Every cell in order; `state` is null where nothing was answered yet.

    The ETag is the seat's version, for saving many cells at once; each cell has its own
    `version`. Experts do not see each other's answers until they are accepted.
    """
    body = await visit.read(store.all_answers, seat)
    return private(AnswersOut.model_validate(body), if_none_match, f"v{body['version']}")


@routes.put(
    "/assessments/{assessment_id}/answers",
    operation_id="save_answers",
    summary="Save many answers at once",
    response_model=Report,
)
async def save_answers(visit: Visiting, body: AnswersIn, if_match: IfMatch = None) -> Response:
    """All of them, or none with everything that is wrong. If-Match: the ETag of the answers."""
    entries = [(one.cell(), one.entry()) for one in body.answers]
    report, after = await visit.write(store.save_all, if_match, entries)
    return private(Report.model_validate(report), None, after)


@routes.get(
    "/assessments/{assessment_id}/answers/{indicator}/{group}",
    operation_id="read_answer",
    summary="One answer",
    response_model=CellOut,
    responses=CACHED,
)
async def read_answer(visit: Visiting, place: Place, if_none_match: IfNoneMatch = None) -> Response:
    """Your own answer; its ETag is `"v0"` before it was ever saved."""
    body, tag = await visit.read(store.read_cell, place)
    return private(CellOut.model_validate(body), if_none_match, tag)


@routes.put(
    "/assessments/{assessment_id}/answers/{indicator}/{group}",
    operation_id="save_answer",
    summary="Save one answer",
    response_model=CellOut,
)
async def save_answer(
    visit: Visiting, place: Place, body: AnswerIn, if_match: IfMatch = None
) -> Response:
    """Made for saving while somebody types: cells do not get in each other's way.

    If-Match is the cell's own version. 412 with both contents when somebody saved in between;
    the same content again changes nothing.
    """
    cell, after = await visit.write(store.save, place, if_match, body.entry())
    return private(CellOut.model_validate(cell), None, after)


@routes.post(
    "/assessments/{assessment_id}/claim",
    operation_id="claim_seat",
    summary="Take a free seat",
    response_model=AssessmentOut,
)
async def claim_seat(visit: Visiting, only: Once) -> Response:
    """Two experts answer for a region, each for themselves; nobody holds both seats.

    A token that may also review takes no seat: ask for one with `indicators:write` alone.
    """
    return given(await visit.write(store.claim, only), AssessmentOut)


@routes.post(
    "/assessments/{assessment_id}/to-edition",
    operation_id="hand_in_self_assessment",
    summary="Hand a self-assessment in for an edition",
    response_model=AssessmentOut,
)
async def hand_in_self_assessment(visit: Visiting, body: ToEditionIn, only: Once) -> Response:
    """Copies its answers into your seat of the edition's assessment, which is begun if needed.

    The self-assessment stays as it is. 409 when the seat holds answers and `replace` is not
    said, or when the edition asks other questions.
    """
    answer = await visit.write(store_imports.to_edition, body.edition, only, replace=body.replace)
    return given(answer, AssessmentOut)
