"""The steps of the workflow: each is one transaction.

The order inside is always the same: the practice, who is told, the stored answer, the
audit's chain, and the change feed as the last statement.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session

from services.practices import rules, trail
from services.practices.domain import workflow
from services.practices.domain.practice import Gap
from services.practices.domain.workflow import State, Who, next_state
from services.practices.tables import FEED, IDEMPOTENCY, Draft, Practice
from services.practices.workflow import notices, rounds, talk
from services.practices.workflow.publishing import publish_draft, withdraw
from services.practices.workflow.standing import (
    face_of,
    held,
    missing,
    parts_of,
    shown,
    state_of,
    tag_of,
)
from services.practices.workflow.talk import Said
from shared import feed
from shared.actor import Actor
from shared.clock import now
from shared.conditional import answered, check_tag, replayed
from shared.feed import Entry
from shared.idempotency import Answer, Request
from shared.problems import InputError, Invalid

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Details:
    """What a step is given with it.

    evaluators  those who are to judge, by id: who it is now, None where it is nobody (assign)
    said        messages to the author: changes that are asked for, reasons of a rejection
    reason      why there is a new version (publish); None when nobody said
    """

    evaluators: Mapping[str, Actor | None] = field(default_factory=dict[str, Actor | None])
    said: Sequence[Said] = ()
    reason: str | None = None


_NOTHING_MORE = Details()


def move(
    session: Session,
    practice_id: str,
    action: str,
    if_match: str | None,
    actor: Actor,
    request: Request | None,
    details: Details = _NOTHING_MORE,
) -> Answer:
    """Take one step of the workflow, by its name in `workflow.MOVES`."""
    practice, draft = held(session, practice_id, actor)
    # After the lock: a twin of this request that came first has stored its answer by now.
    if found := replayed(session, IDEMPOTENCY, request):
        return found
    parts = parts_of(session, practice, draft, actor)
    judges = rounds.evaluators(session, practice, draft)
    # What is public may be withdrawn while a revision is being written beside it.
    state = face_of(practice) if action == "withdraw" else state_of(practice, draft)
    back = State(draft.back) if draft and draft.back else None
    after = next_state(state, action, actor, rounds.regions_of(practice, draft), judges, back)
    check_tag(if_match, tag_of(practice, draft))
    changes: list[Entry] = []
    if action == "withdraw":
        changes = [withdraw(session, practice)]
    elif action == "publish":
        assert draft is not None
        changes = [publish_draft(session, practice, draft, details.reason)]
        draft = None
    else:
        assert draft is not None
        _do(session, practice, draft, action, after, details)
        judges = rounds.evaluators(session, practice, draft)
    session.add(practice)
    session.flush()
    notices.step(session, practice, draft, action, after, judges)
    body = shown(practice, draft, parts)
    return finish(session, actor, action, practice, request, 200, body, changes)


def _do(
    session: Session, practice: Practice, draft: Draft, action: str, after: State, more: Details
) -> None:
    """What a step does to the draft, besides bringing it into the state `after`."""
    before = State(draft.state)
    if action == "submit":
        _check_complete(missing(draft))
    elif action == "select":
        rounds.begin(session, practice, again=False)
    elif action == "assign":
        rounds.assign(session, practice, draft, more.evaluators)
    elif action == "accept":
        rounds.check_judged(session, practice)
    elif action == "request-changes":
        judged = before is not State.SUBMITTED
        draft.back = State.IN_REVIEW if judged else State.SUBMITTED
        if judged:
            rounds.begin(session, practice, again=True)
        talk.say(session, practice.id, draft, Who.PUBLISHER, "request", more.said)
    elif action == "reject":
        talk.say(session, practice.id, draft, Who.PUBLISHER, "reason", more.said)
    if after is not before:
        enter(draft, after)
    settle(session, practice, draft)
    draft.version += 1
    draft.updated_at = now()
    session.add(draft)


def _check_complete(found: Sequence[Gap]) -> None:
    if found:
        errors = [InputError("missing", gap.detail, gap.pointer) for gap in found]
        raise Invalid("The practice is not complete yet.", errors)


def enter(draft: Draft, state: State) -> None:
    """Bring the draft into a state, from now on."""
    draft.state, draft.since = state, now()
    draft.due, draft.reminded_at = rules.due(state, draft.since), None
    draft.next_actor = workflow.turn(state)
    if state not in (State.CHANGES_REQUESTED, State.IN_REVIEW):
        draft.back = None


def settle(session: Session, practice: Practice, draft: Draft) -> None:
    """Whose turn it is, by who is named and what is agreed in a review."""
    if draft.state == State.IN_REVIEW:
        found = rounds.evaluations(session, practice)
        agreed = rounds.agreed(found, rounds.consensus(session, practice))
        named = len(found) == rules.EVALUATORS
        draft.next_actor = workflow.turn(State.IN_REVIEW, named=named, agreed=named and agreed)


def finish(
    session: Session,
    actor: Actor,
    action: str,
    practice: Practice,
    request: Request | None,
    status: int,
    body: Record,
    changes: Sequence[Entry] = (),
) -> Answer:
    """End a deed: the stored answer, the trail, and the change feed as the last statement."""
    draft = session.get(Draft, practice.id)
    tag = tag_of(practice, draft)
    answer = answered(session, IDEMPOTENCY, request, body, tag, status)
    trail.write(session, actor.id, action, practice.id, practice.version)
    session.flush()
    feed.append(session, FEED, changes)
    return answer
