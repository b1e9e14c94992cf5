"""Writing practices: each function is one transaction.

The order inside is always the same: the practice, who is told, the stored answer, the
audit's chain, and the change feed as the last statement.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, delete, select

from services.practices import contacts, notices, rounds, rules, talk, trail
from services.practices.domain import workflow
from services.practices.domain.practice import Gap
from services.practices.domain.workflow import State, Who, next_state
from services.practices.publishing import publish, publish_draft, withdraw
from services.practices.standing import (
    face_of,
    held,
    missing,
    parts_of,
    regions_of,
    shown,
    state_of,
    tag_of,
)
from services.practices.tables import FEED, IDEMPOTENCY, Draft, Practice
from services.practices.tables_work import (
    Consensus,
    Evaluation,
    Message,
    Notification,
    NotificationRead,
)
from services.practices.talk import Said
from shared import feed
from shared.actor import Actor
from shared.clock import new_id, now
from shared.conditional import answered, check_tag, replayed
from shared.feed import Entry
from shared.idempotency import Answer, Request
from shared.problems import InputError, Invalid, NotAllowed, NotFound, NotLegal

__all__ = [
    "Details",
    "complete",
    "create",
    "discard",
    "enter",
    "held",
    "move",
    "publish",
    "read_draft",
    "save",
    "settle",
    "shown",
    "tag_of",
]

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Details:
    """What a step is given with it.

    evaluators  ids of those who are to judge (assign)
    said        messages to the author: changes that are asked for, reasons of a rejection
    reason      why there is a new version (publish); None when nobody said
    """

    evaluators: Sequence[str] = ()
    said: Sequence[Said] = ()
    reason: str | None = None


_NOTHING_MORE = Details()


def create(session: Session, record: Record, actor: Actor, request: Request | None) -> Answer:
    """A new practice with its first draft. NotLegal when the external id is in use."""
    if found := replayed(session, IDEMPOTENCY, request):
        return found
    record, contact = contacts.apart(record)
    _check_region(record, actor)
    external_id = record.get("external_id")
    if external_id is not None:
        twin = session.exec(
            select(Practice.id).where(
                Practice.region == record["regions"][0], Practice.external_id == external_id
            )
        ).first()
        if twin:
            raise NotLegal(
                f"{record['regions'][0]} has a practice with external id {external_id!r} "
                f"already: {twin}."
            )
    practice = Practice(
        id=new_id(),
        region=record["regions"][0],
        external_id=external_id,
        created_at=now(),
        updated_at=now(),
    )
    draft = Draft(
        practice_id=practice.id,
        state=State.DRAFT,
        version=1,
        record=record,
        author=actor.id,
        updated_at=now(),
    )
    session.add(practice)
    session.flush()
    session.add(draft)
    contacts.keep(session, practice.id, contact)
    body = shown(practice, draft, {Who.AUTHOR})
    return _finish(session, actor, "create", practice, request, 201, body)


def save(
    session: Session, practice_id: str, if_match: str | None, record: Record, actor: Actor
) -> tuple[Record, str]:
    """The draft with a new content, and its new tag. Opens a revision of a published practice.

    Raises Stale with both contents when the tag is not the current one.
    """
    practice, draft = held(session, practice_id, actor)
    parts, state = parts_of(session, practice, draft, actor), state_of(practice, draft)
    after = next_state(state, "edit", actor, regions_of(practice, draft))
    record, contact = contacts.apart(record)
    _check_region(record, actor, practice)
    current = draft.record if draft else practice.record or {}
    check_tag(
        if_match,
        tag_of(practice, draft),
        record | {"contact": contact},
        current | {"contact": contacts.of(session, practice.id)},
    )
    if draft is None:
        draft = Draft(
            practice_id=practice.id,
            state=after,
            version=0,
            record=record,
            author=actor.id,
            updated_at=now(),
        )
    elif after is not state:
        enter(draft, after)
    draft.record = record
    draft.version += 1
    draft.updated_at = now()
    session.add(draft)
    contacts.keep(session, practice.id, contact)
    trail.write(session, actor.id, "edit", practice.id, practice.version)
    return _with_contact(shown(practice, draft, parts), contact), tag_of(practice, draft)


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
    after = next_state(state, action, actor, regions_of(practice, draft), judges, back)
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
    return _finish(session, actor, action, practice, request, 200, body, changes)


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


def discard(session: Session, practice_id: str, if_match: str | None, actor: Actor) -> None:
    """Throw the open draft away; what is published stays."""
    practice, draft = held(session, practice_id, actor)
    if draft is None:
        raise NotFound(f"The practice {practice_id} has no open draft.")
    next_state(State(draft.state), "discard", actor, regions_of(practice, draft))
    check_tag(if_match, tag_of(practice, draft))
    session.delete(draft)
    session.flush()
    if practice.version == 0:
        _forget(session, practice)
    trail.write(session, actor.id, "discard", practice_id, practice.version)


def _forget(session: Session, practice: Practice) -> None:
    """Remove a practice that was never published, with all that hangs on it."""
    told = select(Notification.id).where(Notification.practice_id == practice.id)
    session.exec(delete(NotificationRead).where(col(NotificationRead.notification_id).in_(told)))
    for table in (Notification, Message, Consensus, Evaluation):
        session.exec(delete(table).where(col(table.practice_id) == practice.id))
    contacts.keep(session, practice.id, None)
    session.flush()
    session.delete(practice)


def read_draft(session: Session, practice_id: str, actor: Actor) -> tuple[Record, str]:
    """The open draft for somebody who works on it, with its tag.

    The contact is there for the author and the publisher; evaluators do not see it.
    """
    practice, draft = held(session, practice_id, actor, lock=False)
    if draft is None:
        raise NotFound(f"The practice {practice_id} has no open draft.")
    parts = parts_of(session, practice, draft, actor)
    body = shown(practice, draft, parts)
    if parts & {Who.AUTHOR, Who.PUBLISHER}:
        body = _with_contact(body, contacts.of(session, practice_id))
    return body, tag_of(practice, draft)


def complete(session: Session, answer: Answer) -> Record:
    """The body of a step's answer with the contact, which no stored answer holds."""
    body = json.loads(answer.body)
    return _with_contact(body, contacts.of(session, body["id"]))


def _finish(
    session: Session,
    actor: Actor,
    action: str,
    practice: Practice,
    request: Request | None,
    status: int,
    body: Record,
    changes: Sequence[Entry] = (),
) -> Answer:
    draft = session.get(Draft, practice.id)
    tag = tag_of(practice, draft)
    answer = answered(session, IDEMPOTENCY, request, body, tag, status)
    trail.write(session, actor.id, action, practice.id, practice.version)
    session.flush()
    feed.append(session, FEED, changes)
    return answer


def _check_region(record: Record, actor: Actor, practice: Practice | None = None) -> None:
    region = record["regions"][0]
    if practice is not None and region != practice.region:
        raise Invalid(
            "A practice stays with its region.",
            [
                InputError(
                    "region_changed",
                    "The first region cannot change.",
                    "/regions/0",
                    value=region,
                    allowed=[practice.region],
                )
            ],
        )
    if practice is None:
        actor.needs("practices:write")
        if not actor.speaks_for(region, "practices:write"):
            mine = ", ".join(sorted(actor.regions_for("practices:write"))) or "no region"
            raise NotAllowed(f"Your token speaks for {mine}, not for {region}.")


def _with_contact(body: Record, contact: Mapping[str, Any] | None) -> Record:
    return body | {"record": body["record"] | {"contact": contact}}


def _check_complete(found: Sequence[Gap]) -> None:
    if found:
        errors = [InputError("missing", gap.detail, gap.pointer) for gap in found]
        raise Invalid("The practice is not complete yet.", errors)
