"""Judging practices: evaluations that nobody sees before all are in, and the consensus."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from services.practices import trail
from services.practices.domain.evaluation import gaps
from services.practices.domain.workflow import State, Who, next_state
from services.practices.record.parts import STRUCTURE
from services.practices.tables import IDEMPOTENCY, Draft, Practice
from services.practices.workflow import notices, rounds
from services.practices.workflow.standing import held, parts_of
from services.practices.workflow.steps import settle
from services.practices.workflow.tables import Consensus, Evaluation
from shared.actor import Actor
from shared.clock import now, stamp
from shared.conditional import answered, check_tag, replayed
from shared.idempotency import Answer, Request
from shared.problems import InputError, Invalid, NotAllowed, NotFound, NotLegal

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Case:
    """A practice under review, with the evaluations of the round."""

    practice: Practice
    draft: Draft
    found: list[Evaluation]

    def own(self, name: str) -> Evaluation:
        """The evaluation of this evaluator. NotFound when it is none of theirs."""
        mine = next((one for one in self.found if one.evaluator == name), None)
        if mine is None:
            raise NotFound(f"{name} does not judge the practice {self.practice.id}.")
        return mine


def read(session: Session, practice_id: str, name: str, actor: Actor) -> tuple[Record, str]:
    """The caller's own evaluation with its tag."""
    case = _case(session, practice_id, actor, lock=False)
    _check_own(case, name, actor)
    return _shown(case.own(name)), _tag(case.own(name))


def save(
    session: Session,
    practice_id: str,
    name: str,
    if_match: str | None,
    answers: Record,
    actor: Actor,
) -> tuple[Record, str]:
    """The evaluation with new answers, and its new tag. It need not be complete yet."""
    case = _case(session, practice_id, actor)
    mine = _open(case, name, actor)
    check_tag(if_match, _tag(mine), answers, mine.answers)
    mine.answers, mine.updated_at = answers, now()
    mine.version += 1
    session.add(mine)
    trail.write(session, actor.id, "evaluate", practice_id, case.practice.version)
    return _shown(mine), _tag(mine)


def submit(
    session: Session,
    practice_id: str,
    name: str,
    if_match: str | None,
    actor: Actor,
    request: Request | None,
) -> Answer:
    """Hand the evaluation in; it is final. The last one opens all of them to the evaluators."""
    case = _case(session, practice_id, actor)
    _check_own(case, name, actor)
    if found := replayed(session, IDEMPOTENCY, request):
        return found
    mine = _open(case, name, actor)
    check_tag(if_match, _tag(mine))
    if missing := gaps(mine.answers, STRUCTURE):
        errors = [InputError("missing", gap.detail, gap.pointer) for gap in missing]
        raise Invalid("The evaluation is not complete yet.", errors)
    mine.submitted_at = mine.updated_at = now()
    mine.version += 1
    session.add(mine)
    if rounds.complete(case.found):
        names = [one.evaluator for one in case.found]
        notices.step(session, case.practice, case.draft, "evaluated", case.draft.state, names)
    answer = answered(session, IDEMPOTENCY, request, _shown(mine), _tag(mine))
    trail.write(session, actor.id, "submit-evaluation", practice_id, case.practice.version)
    return answer


def listed(session: Session, practice_id: str, actor: Actor) -> Record:
    """Who judges it and how far they are; what they found once all are in.

    NotAllowed for the author, who reads what was agreed in the published version.
    """
    case = _case(session, practice_id, actor, lock=False)
    _check_reader(session, case, actor)
    complete = rounds.complete(case.found)
    return {
        "round": case.practice.round,
        "complete": complete,
        "items": [
            {
                "evaluator": one.evaluator,
                "submitted_at": stamp(one.submitted_at) if one.submitted_at else None,
                "answers": one.answers if complete or one.evaluator == actor.id else None,
            }
            for one in case.found
        ],
    }


def read_consensus(session: Session, practice_id: str, actor: Actor) -> tuple[Record, str]:
    """What was agreed so far, with its tag. NotFound while nobody has written it."""
    case = _case(session, practice_id, actor, lock=False)
    _check_reader(session, case, actor)
    text = rounds.consensus(session, case.practice)
    if text is None:
        raise NotFound(f"Nobody has written a consensus on the practice {practice_id} yet.")
    return _agreed(case, text), _consensus_tag(text)


def write_consensus(
    session: Session, practice_id: str, if_match: str | None, answers: Record, actor: Actor
) -> tuple[Record, str]:
    """Write what all agree on. The writer agrees to it; the others confirm.

    The first one is written on the tag `c0`. NotLegal before all evaluations are in.
    """
    case = _agreeing(session, practice_id, actor)
    text = rounds.consensus(session, case.practice)
    check_tag(if_match, _consensus_tag(text), answers, text.answers if text else {})
    if missing := gaps(answers, STRUCTURE):
        errors = [InputError("missing", gap.detail, gap.pointer) for gap in missing]
        raise Invalid("The consensus is not complete yet.", errors)
    text = text or Consensus(
        practice_id=practice_id,
        round=case.practice.round,
        answers={},
        version=0,
        agreed=[],
        updated_at=now(),
    )
    text.answers, text.updated_at = answers, now()
    text.agreed = [actor.id] if _judges(case, actor) else []
    text.version += 1
    _keep(session, case, text)
    trail.write(session, actor.id, "write-consensus", practice_id, case.practice.version)
    return _agreed(case, text), _consensus_tag(text)


def confirm_consensus(
    session: Session,
    practice_id: str,
    if_match: str | None,
    actor: Actor,
    request: Request | None,
) -> Answer:
    """Agree to the wording as it stands. When all have agreed it is the publisher's turn."""
    case = _agreeing(session, practice_id, actor)
    if found := replayed(session, IDEMPOTENCY, request):
        return found
    if not _judges(case, actor):
        raise NotAllowed("To confirm is for the evaluators; a publisher accepts the practice.")
    text = rounds.consensus(session, case.practice)
    if text is None:
        raise NotLegal("There is no consensus yet to confirm: PUT it first.")
    check_tag(if_match, _consensus_tag(text))
    text.agreed = sorted({*text.agreed, actor.id})
    text.version += 1
    _keep(session, case, text)
    if rounds.agreed(case.found, text):
        notices.step(session, case.practice, case.draft, "agreed", case.draft.state)
    answer = answered(session, IDEMPOTENCY, request, _agreed(case, text), _consensus_tag(text))
    trail.write(session, actor.id, "confirm-consensus", practice_id, case.practice.version)
    return answer


def _case(session: Session, practice_id: str, actor: Actor, *, lock: bool = True) -> Case:
    practice, draft = held(session, practice_id, actor, lock=lock)
    if draft is None or not rounds.is_open(draft):
        raise NotFound(f"The practice {practice_id} is not under review.")
    return Case(practice, draft, rounds.evaluations(session, practice))


def _open(case: Case, name: str, actor: Actor) -> Evaluation:
    """The evaluation if it may still be written."""
    _check_own(case, name, actor)
    _legal(case, "evaluate", actor)
    mine = case.own(name)
    if mine.submitted_at is not None:
        raise NotLegal("The evaluation is handed in and final.")
    return mine


def _agreeing(session: Session, practice_id: str, actor: Actor) -> Case:
    case = _case(session, practice_id, actor)
    _legal(case, "agree", actor)
    if not rounds.complete(case.found):
        raise NotLegal("A consensus is written when all evaluations are in.")
    return case


def _legal(case: Case, action: str, actor: Actor) -> None:
    names = [one.evaluator for one in case.found]
    state, regions = State(case.draft.state), rounds.regions_of(case.practice, case.draft)
    next_state(state, action, actor, regions, names)


def _check_own(case: Case, name: str, actor: Actor) -> None:
    """Another's evaluation is as if it did not exist: each judges blind to the other."""
    if name != actor.id:
        raise NotFound(f"There is no evaluation of {name} that your token may work on.")
    case.own(name)


def _check_reader(session: Session, case: Case, actor: Actor) -> None:
    parts = parts_of(session, case.practice, case.draft, actor)
    if not parts & {Who.PUBLISHER, Who.EVALUATOR}:
        raise NotAllowed("Evaluations are for the evaluators and the publisher.")


def _judges(case: Case, actor: Actor) -> bool:
    return any(one.evaluator == actor.id for one in case.found)


def _keep(session: Session, case: Case, text: Consensus) -> None:
    session.add(text)
    session.flush()
    settle(session, case.practice, case.draft)
    session.add(case.draft)


def _shown(mine: Evaluation) -> Record:
    return {
        "practice_id": mine.practice_id,
        "evaluator": mine.evaluator,
        "round": mine.round,
        "answers": mine.answers,
        "missing": [
            {"pointer": gap.pointer, "detail": gap.detail} for gap in gaps(mine.answers, STRUCTURE)
        ],
        "submitted_at": stamp(mine.submitted_at) if mine.submitted_at else None,
    }


def _agreed(case: Case, text: Consensus) -> Record:
    return {
        "practice_id": text.practice_id,
        "round": text.round,
        "answers": text.answers,
        "agreed": text.agreed,
        "settled": rounds.agreed(case.found, text),
        "updated_at": stamp(text.updated_at),
    }


def _tag(mine: Evaluation) -> str:
    return f"e{mine.round}.{mine.version}"


def _consensus_tag(text: Consensus | None) -> str:
    return f"c{text.round}.{text.version}" if text else "c0"
