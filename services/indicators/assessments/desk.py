"""One assessment in the hands of one caller: found, shown, logged, answered.

The row of the assessment is locked first, so until the end of the transaction nobody else
may change it, and the version that is compared is the version that is replaced. (SQLite
lets one writer in at a time anyway.) What is written is logged in the same transaction.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session, col, select

from services.indicators.assessments.tables import (
    IDEMPOTENCY,
    Assessment,
    AssessmentAnswer,
    AssessmentDecision,
    AssessmentLog,
    AssessmentSeat,
)
from services.indicators.domain.assessment import (
    REVIEW,
    WRITE,
    Kind,
    Position,
    Role,
    Seat,
    SeatState,
    Standing,
    State,
    actions,
    readable,
    standing,
    step,
)
from services.indicators.domain.methodology import Methodology
from services.indicators.domain.questionnaire import Cell, Entry, Source, cells
from services.indicators.published.holdings import Holdings
from services.indicators.tables import Edition
from shared.actor import Actor
from shared.clock import new_id, now, stamp
from shared.conditional import answered
from shared.idempotency import Answer, Request
from shared.problems import InputError, Invalid, NotAllowed, NotFound
from shared.telemetry import trace

Record = dict[str, Any]
_NONE: frozenset[str] = frozenset()


@dataclass
class Work:
    """An assessment in the hands of one caller.

    writers  of each seat, read by `know_writers` before somebody takes one
    """

    session: Session
    row: Assessment
    seats: list[AssessmentSeat]
    caller: Standing
    actor: Actor
    methodology: Methodology
    writers: dict[int, frozenset[str]] = field(default_factory=dict[int, frozenset[str]])

    @property
    def position(self) -> Position:
        """Where it stands."""
        seats = tuple(
            Seat(one.number, one.holder, SeatState(one.state), self.writers.get(one.number, _NONE))
            for one in self.seats
        )
        return Position(Kind(self.row.kind), State(self.row.state), seats)

    @property
    def seat(self) -> AssessmentSeat:
        """The caller's own seat."""
        return next(one for one in self.seats if one.number == self.caller.seat)

    @property
    def tag(self) -> str:
        """The version tag for steps."""
        return f"v{self.row.version}"

    def move(self, action: str, back: Sequence[int] = (), holder: str | None = None) -> None:
        """Take a step: NotLegal or NotAllowed when the table says no.

        holder  who takes the seat; the caller unless given
        """
        if action in ("claim", "assign"):
            self.know_writers()
        after = step(self.position, action, self.caller, holder or self.actor.id, back)
        for row, seat in zip(self.seats, after.seats, strict=True):
            row.holder, row.state = seat.holder, seat.state
            self.session.add(row)
        self.row.state = after.state
        self.row.version += 1
        self.row.updated_at = stamp(now())
        self.session.add(self.row)
        self.caller = standing(after, self.row.region, self.actor)

    def know_writers(self) -> None:
        """Read whose answers stand in which seat."""
        asked = select(AssessmentAnswer.seat, AssessmentAnswer.actor).where(
            AssessmentAnswer.assessment == self.row.id
        )
        found = self.session.exec(asked.distinct()).all()
        for number in {seat for seat, _ in found}:
            self.writers[number] = frozenset(actor for seat, actor in found if seat == number)

    def log(
        self,
        action: str,
        *,
        cell: Cell | None = None,
        note: str | None = None,
        seat: int | None = None,
    ) -> None:
        """Write down who did what. seat: the one that it was done to; the own unless given."""
        row = self.row
        log(
            self.session, self.actor, action, row.edition, assessment=row.id,
            seat=seat or self.caller.seat, indicator=cell.indicator if cell else None,
            group=cell.group if cell else None, version=row.version, note=note,
        )  # fmt: skip


def log(session: Session, actor: Actor, action: str, edition: str, **more: Any) -> None:  # noqa: ANN401 - columns
    """One line of the log, in the transaction of the deed."""
    facts: dict[str, Any] = {"version": 0, **more}
    row = AssessmentLog(
        id=new_id(),
        at=stamp(now()),
        actor=actor.id,
        action=action,
        edition=edition,
        trace=trace.get(),
        **facts,
    )
    session.add(row)
    session.flush()


def held(
    session: Session, books: Holdings, assessment: str, actor: Actor, *, lock: bool = True
) -> Work:
    """An assessment that the actor may work on. Another region's is as if it did not exist."""
    actor.needs(WRITE, REVIEW)
    row = session.get(Assessment, assessment, with_for_update=lock or None)
    work = work_on(session, books, row, actor) if row is not None else None
    if work is None or work.caller.role == Role.STRANGER:
        raise NotFound(f"There is no assessment {assessment} that your token may work on.")
    return work


def edition_of(session: Session, name: str) -> Edition:
    """An edition as it is in the database now: what is kept in memory may be a second old."""
    edition = session.get(Edition, name)
    if edition is None:
        raise NotFound(f"There is no edition {name[:80]!r}; GET /editions lists them.")
    return edition


def work_on(session: Session, books: Holdings, row: Assessment, actor: Actor) -> Work:
    """The assessment as the actor has it before them; a stranger, too."""
    asked = (
        select(AssessmentSeat)
        .where(AssessmentSeat.assessment == row.id)
        .order_by(col(AssessmentSeat.number))
    )
    methodology = books.methodology(row.methodology, row.methodology_version).methodology
    seats = list(session.exec(asked).all())
    work = Work(session, row, seats, Standing(Role.STRANGER), actor, methodology)
    work.caller = standing(work.position, row.region, actor)
    return work


def shown(work: Work) -> Record:
    """What the caller sees of an assessment: no answers."""
    row, position = work.row, work.position
    sees_notes = work.caller.role == Role.REVIEWER
    return {
        "id": row.id,
        "kind": row.kind,
        "edition": row.edition,
        "region": row.region,
        "methodology": row.methodology,
        "methodology_version": row.methodology_version,
        "state": row.state,
        "role": work.caller.role,
        "seat": work.caller.seat,
        "seats": [
            {
                "number": one.number,
                "state": one.state,
                "yours": one.number == work.caller.seat,
                "holder": one.holder if sees_notes else None,
                "note": one.note if sees_notes or one.number == work.caller.seat else None,
            }
            for one in work.seats
        ],
        "actions": actions(position, work.caller),
        "revision": row.revision,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }


def entry_of(row: AssessmentAnswer | AssessmentDecision) -> Entry:
    """What a row holds, without who and when."""
    sources = tuple(Source(**one) for one in json.loads(row.sources))
    return Entry(row.state or "", row.option, row.evidence, sources, row.comment)


def keep(row: AssessmentAnswer | AssessmentDecision, entry: Entry, actor: str) -> None:
    """Put an entry into a row, as its next version."""
    row.state, row.option = entry.state, entry.option
    row.evidence, row.comment = entry.evidence, entry.comment
    row.sources = sources_text(entry)
    row.actor, row.updated_at = actor, stamp(now())
    row.version += 1


def sources_text(entry: Entry) -> str:
    """The sources as they are stored."""
    return json.dumps([one._asdict() for one in entry.sources], ensure_ascii=False)


def rows_of(session: Session, assessment: str, seat: int) -> dict[Cell, AssessmentAnswer]:
    """What stands in a seat."""
    asked = select(AssessmentAnswer).where(
        AssessmentAnswer.assessment == assessment, AssessmentAnswer.seat == seat
    )
    return {Cell(row.indicator, row.group): row for row in session.exec(asked)}


def entries(session: Session, assessment: str, seat: int) -> dict[Cell, Entry]:
    """The answers of a seat."""
    return {cell: entry_of(row) for cell, row in rows_of(session, assessment, seat).items()}


def seat_read(work: Work, seat: int | None) -> AssessmentSeat:
    """The seat that is asked for, or the own one. NotAllowed when it is not for the caller."""
    number = seat if seat is not None else work.caller.seat
    known = [one.number for one in work.seats]
    if number is None:
        detail = "You hold no seat here: say whose answers you want to read."
        wrong = InputError("seat_needed", detail, "/query/seat", None, None, None, known)
        raise Invalid(detail, [wrong])
    if number not in known:
        raise NotFound(f"There is no seat {number}; there are {known}.")
    if number not in readable(work.position, work.caller):
        raise NotAllowed("Experts do not see each other's answers, and nobody before the review.")
    return next(one for one in work.seats if one.number == number)


def known_cell(methodology: Methodology, indicator: str, group: str) -> Cell:
    """A cell of the questionnaire. NotFound when nothing is asked there."""
    cell = Cell(indicator, group)
    if cell not in cells(methodology):
        raise NotFound(
            f"{methodology.id} {methodology.version} does not ask {indicator[:80]!r} "
            f"for {group[:80]!r}."
        )
    return cell


def cell_shown(cell: Cell, row: AssessmentAnswer | AssessmentDecision | None) -> Record:
    """An answer or a decision as it is shown; state null where there is none."""
    if row is None or row.state is None:
        empty = dict.fromkeys(("state", "option", "evidence", "comment", "updated_at"))
        return {**cell._asdict(), **empty, "sources": [], "version": row.version if row else 0}
    return {
        **cell._asdict(),
        "state": row.state,
        "option": row.option,
        "evidence": row.evidence,
        "sources": json.loads(row.sources),
        "comment": row.comment,
        "version": row.version,
        "updated_at": row.updated_at,
    }


def finish(
    work: Work,
    action: str,
    request: Request | None,
    status: int = 200,
    note: str | None = None,
    seat: int | None = None,
) -> Answer:
    """Log the step and keep its answer for a repetition."""
    work.log(action, note=note, seat=seat)
    return answered(work.session, IDEMPOTENCY, request, shown(work), work.tag, status)
