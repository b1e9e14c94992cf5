"""Bringing answers in: from a file, or from a self-assessment into an edition.

A dry run does what the real run does and takes it back. So both give the same report.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlmodel import Session

from services.indicators.assessments.desk import (
    Work,
    edition_of,
    entries,
    finish,
    held,
    seat_read,
    work_on,
)
from services.indicators.assessments.imports import Table, checked, stop
from services.indicators.assessments.store import Opening, begin, put, report, summary
from services.indicators.assessments.tables import IDEMPOTENCY, Assessment
from services.indicators.domain.assessment import Kind, Role, check
from services.indicators.domain.questionnaire import Cell, Entry, cells, each
from services.indicators.published.holdings import Holdings
from services.indicators.published.records import EditionRecord
from shared.actor import Actor
from shared.conditional import answered, check_tag, replayed
from shared.idempotency import Answer, Request
from shared.problems import InputError, NotLegal


@dataclass(frozen=True, slots=True)
class Bringing:
    """What is brought in, and how: `tag` is the seat's version that the caller knows."""

    table: Table
    tag: str | None
    dry_run: bool


@dataclass(frozen=True, slots=True)
class Own:
    """The answers of one seat, with what they answer to."""

    work: Work
    entries: list[tuple[Cell, Entry]]
    edition: EditionRecord


def own(
    session: Session, books: Holdings, assessment: str, actor: Actor, seat: int | None = None
) -> Own:
    """The answers of the caller's seat, or of another that the caller may read, in order."""
    work = held(session, books, assessment, actor, lock=False)
    row = seat_read(work, seat)
    there = entries(session, assessment, row.number)
    edition = EditionRecord.model_validate_json(edition_of(session, work.row.edition).record)
    return Own(work, list(each(there, cells(work.methodology))), edition)


def fill(
    session: Session,
    books: Holdings,
    assessment: str,
    actor: Actor,
    brought: Bringing,
    request: Request | None,
) -> Answer:
    """Put the rows of a file into the caller's seat: all of them, or none."""

    def find() -> Work:
        return held(session, books, assessment, actor)

    return _bring(session, find, brought, request)


def fill_self(
    session: Session,
    books: Holdings,
    edition: str,
    actor: Actor,
    brought: Bringing,
    request: Request | None,
) -> Answer:
    """Put the rows of a file into the region's self-assessment, which is made when needed."""
    region = _region(books, brought.table)

    def find() -> Work:
        found = begin(session, books, Opening(edition, region, Kind.SELF), actor)
        if isinstance(found, Work):
            found.log("create")
            return found
        return held(session, books, found, actor)

    return _bring(session, find, brought, request, may_be_new=True)


def _region(books: Holdings, table: Table) -> str:
    """The region that the file is about. Invalid when its first row names none."""
    named = table.regions()
    if named and named[0] in books.regions:
        return named[0]
    if named:
        detail = "no region has this code; GET /regions lists them"
        table.wrong("E_UNKNOWN_REGION", detail, table.rows[0], "region", value=named[0])
    stop(table.faults)
    raise AssertionError("a file without rows was refused when it was read")


def _bring(
    session: Session,
    find: Callable[[], Work],
    brought: Bringing,
    request: Request | None,
    *,
    may_be_new: bool = False,
) -> Answer:
    with session.begin_nested() as attempt:
        work = find()
        if found := replayed(session, IDEMPOTENCY, request):
            return found
        check(work.position, "save", work.caller)
        given = checked(brought.table, work.methodology, work.row.region)
        tag = f"v{work.seat.version}"
        if brought.tag is not None or not (brought.dry_run or (may_be_new and tag == "v0")):
            check_tag(brought.tag, tag)
        body = report(put(work, each(given, cells(work.methodology))))
        body = {"edition": work.row.edition, "region": work.row.region, **body}
        if body["new"] + body["changed"]:
            work.log("import", note=summary(body))
        version, name = work.seat.version, work.row.id
        if brought.dry_run:
            attempt.rollback()
    if brought.dry_run:
        return answered(
            session, IDEMPOTENCY, None, {"dry_run": True, "assessment": None, "report": body}, tag
        )
    whole = {"dry_run": False, "assessment": name, "report": body}
    return answered(session, IDEMPOTENCY, request, whole, f"v{version}")


def to_edition(
    session: Session,
    books: Holdings,
    assessment: str,
    actor: Actor,
    edition: str,
    request: Request | None,
    *,
    replace: bool,
) -> Answer:
    """Copy a self-assessment into the caller's seat of the edition's assessment.

    The assessment is begun and a free seat taken when needed. NotLegal when the seat holds
    answers already, unless they may be replaced, or when the edition asks other questions.
    """
    source = held(session, books, assessment, actor)
    if found := replayed(session, IDEMPOTENCY, request):
        return found
    if source.row.kind != Kind.SELF:
        detail = "Only a self-assessment can be handed in for an edition."
        raise NotLegal(detail, [InputError("E_KIND", detail, value=source.row.kind)])
    work = _seated(session, books, Opening(edition, source.row.region, Kind.EDITION), actor)
    check(work.position, "save", work.caller)
    if work.methodology.basis != source.methodology.basis:
        detail = f"{edition} asks other questions than {source.row.edition}."
        raise NotLegal(detail, [InputError("E_METHOD_MISMATCH", detail, "/edition", value=edition)])
    if work.seat.version and not replace:
        detail = "Your seat holds answers already; say `replace` to write over them."
        raise NotLegal(detail, [InputError("E_SEAT_NOT_EMPTY", detail, "/replace")])
    given = entries(session, assessment, 1)
    body = report(put(work, each(given, cells(work.methodology))))
    source.log("to edition", note=f"{edition}: {summary(body)}")
    return finish(work, "fill", request, note=summary(body))


def _seated(session: Session, books: Holdings, opening: Opening, actor: Actor) -> Work:
    found = begin(session, books, opening, actor)
    if isinstance(found, Work):
        found.log("create")
        return found
    row = session.get_one(Assessment, found, with_for_update=True)
    work = work_on(session, books, row, actor)
    if work.caller.role != Role.EXPERT:
        work.move("claim")
        work.log("claim")
    return work
