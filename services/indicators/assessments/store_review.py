"""Reviewing what two experts answered: compare, decide, send back, accept, publish."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, or_, select

from services.indicators.assessments import store_revisions
from services.indicators.assessments.desk import (
    Record,
    Work,
    cell_shown,
    entries,
    entry_of,
    finish,
    held,
    keep,
    known_cell,
    rows_of,
    sources_text,
)
from services.indicators.assessments.store import check_entries
from services.indicators.assessments.tables import IDEMPOTENCY, AssessmentDecision, AssessmentLog
from services.indicators.domain.assessment import Role, State, check, reads_review
from services.indicators.domain.questionnaire import (
    Cell,
    Decision,
    Entry,
    cells,
    decided,
    differences,
    gaps,
    settled,
    verdict,
)
from services.indicators.published.holdings import Holdings
from shared.actor import Actor
from shared.clock import now, stamp
from shared.conditional import check_tag, replayed
from shared.idempotency import Answer, Request
from shared.problems import InputError, Invalid, NotAllowed, NotFound

AUTOMATIC = "agreement"
"""Who decides where both experts say the same."""


@dataclass(frozen=True, slots=True)
class Remark:
    """What goes with a step: a comment or a reason, and the seats that it is about.

    holder   who is given a seat
    removes  whether the answers of a seat that is freed are thrown away
    """

    text: str = ""
    seats: Sequence[int] = ()
    holder: str | None = None
    removes: bool = False


NOTHING = Remark()


def move(
    session: Session,
    books: Holdings,
    assessment: str,
    actor: Actor,
    action: str,
    tag: str | None,
    remark: Remark,
    request: Request | None,
) -> Answer:
    """Take one step: assign, free, submit, return, accept, publish or reopen."""
    work = held(session, books, assessment, actor)
    # After the lock: a twin of this request that came first has stored its answer by now.
    if found := replayed(session, IDEMPOTENCY, request):
        return found
    check(work.position, action, work.caller)
    check_tag(tag, work.tag)
    if action == "submit":
        _check_submission(work)
    if action == "accept":
        _check_decided(work)
    if action == "publish":
        work.row.revision = store_revisions.publish(session, work, _final(work), remark.text)
    if action == "return":
        _send_back(work, remark)
    if action == "assign" and remark.holder == actor.id:
        raise NotAllowed("Who reviews an assessment takes no seat of it.")
    work.move(action, remark.seats, remark.holder)
    if action == "free":
        _empty(work, remark)
    if work.row.state == State.IN_REVIEW:
        _settle(work)
    seat = remark.seats[0] if action in ("assign", "free") else None
    return finish(work, action, request, note=remark.text or None, seat=seat)


def _check_submission(work: Work) -> None:
    lacking = gaps(work.methodology, entries(work.session, work.row.id, work.seat.number))
    if lacking:
        raise Invalid(f"{len(lacking)} cells are not ready to be submitted.", lacking)


def _check_decided(work: Work) -> None:
    there = _decisions(work)
    missing = [
        cell for cell in cells(work.methodology) if cell not in there or there[cell].state is None
    ]
    if missing:
        errors = [
            InputError("E_UNDECIDED", f"{one.indicator} is not decided for {one.group}.",
                       f"/{one.indicator}/{one.group}")
            for one in missing
        ]  # fmt: skip
        raise Invalid(f"{len(missing)} cells are not decided.", errors)


def _send_back(work: Work, remark: Remark) -> None:
    known = [one.number for one in work.seats]
    if unknown := [one for one in remark.seats if one not in known]:
        raise NotFound(f"There is no seat {unknown[0]}; there are {known}.")
    for seat in work.seats:
        if seat.number in remark.seats:
            seat.note = remark.text
            work.session.add(seat)


def _empty(work: Work, remark: Remark) -> None:
    """A seat that was freed: what was written to its expert goes, the answers if so asked."""
    seat = next(one for one in work.seats if one.number in remark.seats)
    seat.note = None
    if remark.removes:
        rows = rows_of(work.session, work.row.id, seat.number).values()
        for row in rows:
            work.session.delete(row)
        seat.version += 1 if rows else 0
    work.session.add(seat)
    work.session.flush()


def _settle(work: Work) -> None:
    """Decide what the experts agree on; drop decisions on answers that have changed since."""
    sides = _sides(work)
    there = _decisions(work)
    for cell in cells(work.methodology):
        row = there.get(cell)
        before = _decision(row)
        after = decided([side.get(cell) for side in sides], before)
        if after == before:
            continue
        row = row or _new(work, cell)
        if after is None:
            row.state, row.version = None, row.version + 1
        else:
            keep(row, after.entry, AUTOMATIC)
            row.basis, row.automatic = json.dumps(after.basis), after.automatic
        work.session.add(row)
    work.session.flush()


def _final(work: Work) -> list[tuple[Cell, Entry]]:
    """What is published: the decisions, with the experts' material where they have none."""
    sides, there = _sides(work), _decisions(work)
    return [
        (cell, settled(entry_of(there[cell]), [side.get(cell) for side in sides]))
        for cell in cells(work.methodology)
    ]


def decide(
    session: Session,
    books: Holdings,
    assessment: str,
    actor: Actor,
    place: Cell,
    tag: str | None,
    entry: Entry,
) -> tuple[Record, str]:
    """Say what counts for one cell. Raises Stale with both when somebody decided in between."""
    work = held(session, books, assessment, actor)
    cell = known_cell(work.methodology, *place)
    check(work.position, "decide", work.caller)
    check_entries(work, [(cell, entry)], [""])
    row = session.get(AssessmentDecision, (assessment, *cell)) or _new(work, cell)
    basis = [verdict(side.get(cell)) for side in _sides(work)]
    current = _decision_shown(cell, row)
    yours = current | {"state": entry.state, "option": entry.option, "comment": entry.comment}
    check_tag(tag, f"v{row.version}", yours, current)
    keep(row, entry, actor.id)
    row.basis, row.automatic = json.dumps(basis), False
    session.add(row)
    work.log("decide", cell=cell)
    return _decision_shown(cell, row), f"v{row.version}"


def review(session: Session, books: Holdings, assessment: str, actor: Actor) -> Record:
    """Both experts side by side, what differs, and what was decided."""
    work = held(session, books, assessment, actor, lock=False)
    if not reads_review(work.position, work.caller):
        raise NotAllowed("Both experts' answers are shown to the reviewer once both submitted.")
    rows = [rows_of(session, assessment, one.number) for one in work.seats]
    there = _decisions(work)
    items: list[Record] = []
    for cell in cells(work.methodology):
        sides = [side.get(cell) for side in rows]
        first, second = (entry_of(one) if one else None for one in sides)
        items.append(
            {
                **cell._asdict(),
                "answers": [cell_shown(cell, one) for one in sides],
                "agrees": verdict(first) == verdict(second),
                "differences": differences(first, second),
                "decision": _decision_shown(cell, there[cell]) if cell in there else None,
            }
        )
    open_cells = [one for one in items if not one["decision"] or one["decision"]["state"] is None]
    return {
        "assessment": assessment,
        "state": work.row.state,
        "total": len(items),
        "agreeing": sum(one["agrees"] for one in items),
        "undecided": len(open_cells),
        "items": items,
    }


def history(
    session: Session, books: Holdings, assessment: str, actor: Actor, last: str, most: int
) -> list[Record]:
    """Who did what, when, after an entry. What another expert saved is not for experts."""
    work = held(session, books, assessment, actor, lock=False)
    asked = select(AssessmentLog).where(
        AssessmentLog.assessment == assessment, AssessmentLog.id > last
    )
    if work.caller.role != Role.REVIEWER and not reads_review(work.position, work.caller):
        known = col(AssessmentLog.action).in_(_OF_ALL)
        if work.caller.seat is not None:
            known = or_(known, col(AssessmentLog.seat) == work.caller.seat)
        asked = asked.where(known)
    rows = session.exec(asked.order_by(col(AssessmentLog.id)).limit(most + 1)).all()
    return [_line(one, work) for one in rows]


# Steps that everybody in the assessment may know of; the words that go with them not always.
_OF_ALL = ("create", "claim", "assign", "free", "submit", "return", "accept", "publish", "reopen")


def _line(row: AssessmentLog, work: Work) -> Record:
    parts = ("id", "at", "actor", "action", "seat", "indicator", "group", "version", "trace")
    line = {name: getattr(row, name) for name in (*parts, "note")}
    if work.caller.role == Role.REVIEWER or (row.seat is not None and row.seat == work.caller.seat):
        return line
    # Nobody else learns who the other expert is, or what the reviewer wrote to whom.
    if row.seat is not None and row.action not in ("assign", "free"):
        line["actor"] = None
    if row.action not in ("publish", "reopen"):
        line["note"] = None
    return line


def _sides(work: Work) -> list[dict[Cell, Entry]]:
    return [entries(work.session, work.row.id, one.number) for one in work.seats]


def _decisions(work: Work) -> dict[Cell, AssessmentDecision]:
    asked = select(AssessmentDecision).where(AssessmentDecision.assessment == work.row.id)
    return {Cell(row.indicator, row.group): row for row in work.session.exec(asked)}


def _decision(row: AssessmentDecision | None) -> Decision | None:
    if row is None or row.state is None:
        return None
    basis = tuple((state, option) for state, option in json.loads(row.basis))
    return Decision(entry_of(row), basis, row.automatic)


def _new(work: Work, cell: Cell) -> AssessmentDecision:
    return AssessmentDecision(
        assessment=work.row.id,
        **cell._asdict(),
        state=None,
        sources=sources_text(Entry("missing", None)),
        basis="[]",
        automatic=False,
        version=0,
        actor=AUTOMATIC,
        updated_at=stamp(now()),
    )


def _decision_shown(cell: Cell, row: AssessmentDecision) -> Record:
    by = None if row.state is None else row.actor
    return {**cell_shown(cell, row), "automatic": row.automatic, "decided_by": by}
