"""The rounds of evaluation of a practice: who judges it, and how far they are.

A round begins when a practice is selected, and anew when changes were asked for after it
was judged. Each evaluator then begins with the own answers of the round before.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlmodel import Session, col, select

from services.practices.domain.evaluation import published
from services.practices.domain.workflow import SCOPES, State, Who, of_region
from services.practices.rules import EVALUATORS
from services.practices.tables import Draft, Practice
from services.practices.workflow.tables import Consensus, Evaluation
from shared.actor import Actor
from shared.clock import now, stamp
from shared.problems import InputError, Invalid, NotLegal


def is_open(draft: Draft) -> bool:
    """Whether the draft is in a round: selected and neither rejected nor taken back since."""
    state = State(draft.state)
    if state is State.CHANGES_REQUESTED:
        return draft.back == State.IN_REVIEW
    return state in (State.SELECTED, State.IN_REVIEW, State.ACCEPTED)


def begin(session: Session, practice: Practice, *, again: bool) -> None:
    """Open the next round; `again` with the evaluators of the last one and their answers."""
    before = evaluations(session, practice) if again else []
    practice.round += 1
    for one in before:
        _add(session, practice, one.evaluator, one.answers)


def evaluations(session: Session, practice: Practice) -> list[Evaluation]:
    """The evaluations of the current round in the order of the evaluators' ids."""
    those = select(Evaluation).where(
        Evaluation.practice_id == practice.id, Evaluation.round == practice.round
    )
    return list(session.exec(those.order_by(col(Evaluation.evaluator))))


def evaluators(session: Session, practice: Practice, draft: Draft | None) -> list[str]:
    """Ids of those who judge the open draft; none where no round is open."""
    if draft is None or not is_open(draft):
        return []
    return [one.evaluator for one in evaluations(session, practice)]


def assign(
    session: Session, practice: Practice, draft: Draft, chosen: Mapping[str, Actor | None]
) -> None:
    """Let these judge the practice in this round, and nobody else.

    chosen  by id, who it is now; None where nobody has access under this id

    Invalid for a wrong number, for the author, for who may not judge it, and when somebody
    who has judged is left out.
    """
    there = {one.evaluator: one for one in evaluations(session, practice)}
    errors: list[InputError] = []
    if len(chosen) != EVALUATORS:
        detail = f"Name {EVALUATORS} different evaluators."
        errors.append(InputError("evaluators", detail, "/evaluators", value=list(chosen)))
    if draft.author in chosen:
        detail = "Who wrote the practice does not judge it."
        errors.append(InputError("own_practice", detail, "/evaluators", value=draft.author))
    regions = regions_of(practice, draft)
    for name, actor in chosen.items():
        judged = name in there and there[name].submitted_at is not None
        if name != draft.author and not judged and (why := _against(name, actor, regions)):
            errors.append(why)
    for name, one in there.items():
        if name not in chosen and one.submitted_at is not None:
            detail = "Has judged it already and cannot be replaced in this round."
            errors.append(InputError("already_judged", detail, "/evaluators", value=name))
    if errors:
        raise Invalid("These evaluators cannot be assigned.", errors)
    for name, one in there.items():
        if name not in chosen:
            session.delete(one)
    for name in chosen:
        if name not in there:
            _add(session, practice, name, {})
    session.flush()


def _against(name: str, actor: Actor | None, regions: Collection[str]) -> InputError | None:
    """What stands against an evaluator; None when nothing does."""
    if actor is None or SCOPES[Who.EVALUATOR] not in actor.scopes:
        detail = f"There is nobody {name} who evaluates practices."
        allowed = "ids of evaluators; GET /evaluators"
        return InputError("unknown_evaluator", detail, "/evaluators", value=name, allowed=allowed)
    if of_region(actor, regions):
        detail = f"{name} does not judge a practice of the own region."
        allowed = f"evaluators who come from none of {', '.join(dict.fromkeys(regions))}"
        return InputError("own_region", detail, "/evaluators", value=name, allowed=allowed)
    return None


def regions_of(practice: Practice, draft: Draft | None) -> list[str]:
    """The regions of the practice, the one in charge first."""
    record = draft.record if draft else practice.record or {}
    return [practice.region, *(code for code in record.get("regions", ()))]


def complete(found: Sequence[Evaluation]) -> bool:
    """Whether all evaluations are in, so that they may be read by those who wrote them."""
    return len(found) == EVALUATORS and all(one.submitted_at for one in found)


def consensus(session: Session, practice: Practice) -> Consensus | None:
    """What was agreed in this round, None while nobody has written it."""
    return session.get(Consensus, (practice.id, practice.round))


def agreed(found: Sequence[Evaluation], text: Consensus | None) -> bool:
    """Whether every evaluator has confirmed the wording of the consensus."""
    return text is not None and {one.evaluator for one in found} <= set(text.agreed)


def check_judged(session: Session, practice: Practice) -> None:
    """Raise NotLegal unless the evaluations are in and somebody has written the consensus."""
    found = evaluations(session, practice)
    if not complete(found):
        done = sum(1 for one in found if one.submitted_at)
        raise NotLegal(f"{done} of {EVALUATORS} evaluations are in; all are needed to accept.")
    if consensus(session, practice) is None:
        raise NotLegal("The evaluators have not written their consensus yet.")


def finding(session: Session, practice: Practice) -> dict[str, object]:
    """The agreed evaluation as it goes into the published version."""
    text = consensus(session, practice)
    assert text is not None, practice.id
    date = stamp(text.updated_at)[:10]
    return published(text.answers, len(evaluations(session, practice)), date)


def _add(session: Session, practice: Practice, name: str, answers: dict[str, object]) -> None:
    session.add(
        Evaluation(
            practice_id=practice.id,
            round=practice.round,
            evaluator=name,
            answers=answers,
            updated_at=now(),
        )
    )
