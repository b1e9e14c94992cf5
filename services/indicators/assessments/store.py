"""Answering questionnaires: each function is one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlmodel import Session, col, select

from services.indicators.assessments.desk import (
    Record,
    Work,
    cell_shown,
    edition_of,
    entry_of,
    finish,
    held,
    keep,
    known_cell,
    rows_of,
    seat_read,
    shown,
    sources_text,
    work_on,
)
from services.indicators.assessments.tables import (
    IDEMPOTENCY,
    Assessment,
    AssessmentAnswer,
    AssessmentSeat,
)
from services.indicators.domain.answers import Answers
from services.indicators.domain.assessment import REVIEW, WRITE, Kind, Role, check, opened
from services.indicators.domain.questionnaire import Cell, Entry, cells
from services.indicators.published.holdings import Holdings
from services.indicators.tables import Edition
from shared.actor import Actor
from shared.clock import new_id, now, stamp
from shared.conditional import check_tag, replayed
from shared.idempotency import Answer, Request
from shared.problems import InputError, Invalid, NotAllowed, NotFound, NotLegal

Given = Sequence[tuple[Cell, Entry]]


@dataclass(frozen=True, slots=True)
class Opening:
    """What a new assessment is of."""

    edition: str
    region: str
    kind: Kind


def listed(
    session: Session, books: Holdings, actor: Actor, wanted: Mapping[str, str], last: str, most: int
) -> tuple[list[Record], str | None]:
    """Assessments that the actor may work on, after an id; and the last id when there are more.

    wanted  column -> value
    """
    actor.needs(WRITE, REVIEW)
    if "edition" in wanted:
        edition_of(session, wanted["edition"])
    asked = select(Assessment).where(Assessment.id > last)
    for name, value in wanted.items():
        asked = asked.where(getattr(Assessment, name) == value)
    mine = actor.regions_for(WRITE, REVIEW)
    if "*" not in mine:
        asked = asked.where(col(Assessment.region).in_(sorted(mine)))
    if not actor.holds(WRITE):
        asked = asked.where(Assessment.kind == Kind.EDITION)
    rows = session.exec(asked.order_by(col(Assessment.id)).limit(most + 1)).all()
    works = [work_on(session, books, row, actor) for row in rows[:most]]
    found = [shown(work) for work in works if work.caller.role != Role.STRANGER]
    return found, rows[most - 1].id if len(rows) > most else None


def read(session: Session, books: Holdings, assessment: str, actor: Actor) -> tuple[Record, str]:
    """Where the assessment stands, with its tag."""
    work = held(session, books, assessment, actor, lock=False)
    return shown(work), work.tag


# ------------------------------------------------------------------ opening


def create(
    session: Session, books: Holdings, opening: Opening, actor: Actor, request: Request | None
) -> Answer:
    """A new assessment; an expert who begins one for an edition takes the first seat."""
    if found := replayed(session, IDEMPOTENCY, request):
        return found
    twin = begin(session, books, opening, actor)
    if isinstance(twin, str):
        detail = (
            f"{opening.region} has this assessment for {opening.edition} already: {twin}. "
            "Claim a seat of it, or go on with it."
        )
        raise NotLegal(detail, [InputError("E_EXISTS", detail, value=twin)])
    return finish(twin, "create", request, 201)


def begin(session: Session, books: Holdings, opening: Opening, actor: Actor) -> Work | str:
    """A new assessment, or the id of the one that there is. NotLegal if the edition takes none."""
    # Locked, so that two callers cannot begin the same one at once.
    edition = session.get(Edition, opening.edition, with_for_update=True)
    if edition is None:
        raise NotFound(f"There is no edition {opening.edition!r}; GET /editions lists them.")
    region = books.region(opening.region).code
    needed = (WRITE,) if opening.kind == Kind.SELF else (WRITE, REVIEW)
    actor.needs(*needed)
    if not actor.speaks_for(region, *needed):
        mine = ", ".join(sorted(actor.regions_for(*needed))) or "no region"
        raise NotAllowed(f"Your token speaks for {mine}, not for {region}.")
    _check_edition(edition, opening.kind)
    same = select(Assessment.id).where(
        Assessment.edition == edition.id,
        Assessment.region == region,
        Assessment.kind == opening.kind,
    )
    if twin := session.exec(same).first():
        return twin
    return _begun(session, books, edition, region, opening.kind, actor)


def _check_edition(edition: Edition, kind: Kind) -> None:
    if kind == Kind.EDITION and edition.kind != "answers":
        detail = (
            f"{edition.id} is of kind {edition.kind} and takes no answers of regions; "
            "an edition of kind answers does, and a self-assessment needs none."
        )
    elif edition.methodology is None:
        detail = f"{edition.id} has no questionnaire: its scores come from a publication."
    else:
        return
    raise NotLegal(detail, [InputError("E_EDITION_KIND", detail, value=edition.kind)])


def _begun(
    session: Session, books: Holdings, edition: Edition, region: str, kind: Kind, actor: Actor
) -> Work:
    moment = stamp(now())
    position = opened(kind)
    row = Assessment(
        id=new_id(),
        edition=edition.id,
        region=region,
        kind=kind,
        methodology=edition.methodology or "",
        methodology_version=edition.methodology_version or "",
        state=position.state,
        version=1,
        created_at=moment,
        updated_at=moment,
    )
    session.add(row)
    session.flush()
    for seat in position.seats:
        session.add(AssessmentSeat(assessment=row.id, number=seat.number, state=seat.state))
    session.flush()
    work = work_on(session, books, row, actor)
    if work.caller.role == Role.REGION:
        work.move("claim")
    return work


# ------------------------------------------------------------------ the experts' steps


def claim(
    session: Session, books: Holdings, assessment: str, actor: Actor, request: Request | None
) -> Answer:
    """Take a free seat."""
    work = held(session, books, assessment, actor)
    if found := replayed(session, IDEMPOTENCY, request):
        return found
    work.move("claim")
    return finish(work, "claim", request)


# ------------------------------------------------------------------ answers


def check_entries(work: Work, given: Given, pointers: Sequence[str]) -> None:
    """Invalid with everything that the methodology does not know; one pointer for each entry."""
    bare = [
        {"region": work.row.region, **cell._asdict(), "state": one.state, "option": one.option}
        for cell, one in given
    ]
    try:
        Answers.parse(work.methodology, bare, [work.row.region])
    except Invalid as refused:
        placed = [
            replace(one, row=None, column=None, pointer=f"{pointers[one.row - 2]}/{one.column}")
            for one in refused.errors
            if one.row is not None
        ]
        raise Invalid("The answers are not valid. Nothing was stored.", placed) from None


def read_cell(
    session: Session, books: Holdings, assessment: str, actor: Actor, place: Cell
) -> tuple[Record, str]:
    """The caller's own answer to one cell, with its tag: `v0` before it was ever saved."""
    work = held(session, books, assessment, actor, lock=False)
    cell = known_cell(work.methodology, *place)
    seat = seat_read(work, None)
    row = session.get(AssessmentAnswer, (assessment, seat.number, *cell))
    return cell_shown(cell, row), f"v{row.version if row else 0}"


def save(
    session: Session, books: Holdings, assessment: str, actor: Actor, place: Cell,
    tag: str | None, entry: Entry,
) -> tuple[Record, str]:  # fmt: skip
    """Answer one cell. Raises Stale with both contents when the tag is not the current one."""
    work = held(session, books, assessment, actor)
    cell = known_cell(work.methodology, *place)
    check(work.position, "save", work.caller)
    check_entries(work, [(cell, entry)], [""])
    row = session.get(AssessmentAnswer, (assessment, work.seat.number, *cell))
    current = cell_shown(cell, row)
    yours = cell_shown(cell, _new_row(work, cell, entry))
    check_tag(tag, f"v{row.version if row else 0}", yours, current)
    changes = put(work, [(cell, entry)])
    if changes[0]["change"] != "same":
        work.log("save", cell=cell)
    kept = session.get_one(AssessmentAnswer, (assessment, work.seat.number, *cell))
    return cell_shown(cell, kept), f"v{kept.version}"


def save_all(
    session: Session, books: Holdings, assessment: str, actor: Actor, tag: str | None, given: Given
) -> tuple[Record, str]:
    """Answer many cells at once: all of them, or none when anything is wrong."""
    work = held(session, books, assessment, actor)
    check(work.position, "save", work.caller)
    pointers = [f"/answers/{place}" for place in range(len(given))]
    check_entries(work, given, pointers)
    check_tag(tag, f"v{work.seat.version}")
    body = report(put(work, given))
    if body["new"] + body["changed"]:
        work.log("save all", note=summary(body))
    return body, f"v{work.seat.version}"


def put(work: Work, given: Iterable[tuple[Cell, Entry]]) -> list[Record]:
    """Store checked entries in the caller's seat; what became of each cell."""
    there = rows_of(work.session, work.row.id, work.seat.number)
    found: list[Record] = []
    for cell, entry in given:
        row = there.get(cell)
        change = "new" if row is None else "same" if entry_of(row) == entry else "changed"
        if row is None:
            row = _new_row(work, cell, entry)
        if change != "same":
            keep(row, entry, work.actor.id)
            work.session.add(row)
        found.append({**cell._asdict(), "change": change})
    if any(one["change"] != "same" for one in found):
        work.seat.version += 1
        work.session.add(work.seat)
    work.session.flush()
    return found


def report(changes: list[Record]) -> Record:
    """What a saving did, counted and cell by cell."""
    kinds = [one["change"] for one in changes]
    counts = {kind: kinds.count(kind) for kind in ("new", "changed", "same")}
    return {"rows": len(changes), **counts, "cells": changes}


def summary(body: Record) -> str:
    """A report in one line, for the log."""
    return f"{body['new']} new, {body['changed']} changed, {body['same']} the same"


def _new_row(work: Work, cell: Cell, entry: Entry) -> AssessmentAnswer:
    return AssessmentAnswer(
        assessment=work.row.id, seat=work.seat.number, **cell._asdict(), state=entry.state,
        option=entry.option, evidence=entry.evidence, sources=sources_text(entry),
        comment=entry.comment, version=0, actor=work.actor.id, updated_at=stamp(now()),
    )  # fmt: skip


def all_answers(
    session: Session, books: Holdings, assessment: str, actor: Actor, seat: int | None
) -> Record:
    """Every cell of the caller's seat, or of one that the caller may read."""
    work = held(session, books, assessment, actor, lock=False)
    row = seat_read(work, seat)
    there = rows_of(session, assessment, row.number)
    items = [cell_shown(cell, there.get(cell)) for cell in cells(work.methodology)]
    return {"assessment": assessment, "seat": row.number, "version": row.version, "items": items}
