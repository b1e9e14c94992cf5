"""Writing drafts: each function is one transaction."""

from __future__ import annotations

from typing import Any

from sqlmodel import Session, col, delete, select

from services.practices import trail
from services.practices.domain.workflow import State, Who, next_state
from services.practices.personal import contacts
from services.practices.record.practice import PracticeIn
from services.practices.tables import IDEMPOTENCY, Draft, Practice
from services.practices.workflow import rounds
from services.practices.workflow.standing import (
    held,
    parts_of,
    shown,
    state_of,
    tag_of,
    with_contact,
)
from services.practices.workflow.steps import enter, finish
from services.practices.workflow.tables import (
    Consensus,
    Evaluation,
    Message,
    Notification,
    NotificationRead,
)
from shared.actor import Actor
from shared.clock import new_id, now
from shared.conditional import check_tag, replayed
from shared.idempotency import Answer, Request
from shared.problems import InputError, Invalid, NotAllowed, NotFound, NotLegal

Record = dict[str, Any]
# What a version says besides, such as who stands behind it, is not the author's to write.
_WRITTEN = {*PracticeIn.model_fields, "year"}


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
    return finish(session, actor, "create", practice, request, 201, body)


def read_draft(session: Session, practice_id: str, actor: Actor) -> tuple[Record, str]:
    """The open draft for somebody who works on it, with its tag.

    Where none is open it is what was published last, as a revision would begin. The contact is
    there for the author and the publisher; evaluators do not see it.
    """
    practice, draft = held(session, practice_id, actor, lock=False)
    parts = parts_of(session, practice, draft, actor)
    body = shown(practice, draft, parts)
    if draft is None:
        body |= {"record": {name: body["record"][name] for name in _WRITTEN & {*body["record"]}}}
    if parts & {Who.AUTHOR, Who.PUBLISHER}:
        body = with_contact(body, contacts.of(session, practice_id))
    return body, tag_of(practice, draft)


def save(
    session: Session, practice_id: str, if_match: str | None, record: Record, actor: Actor
) -> tuple[Record, str]:
    """The draft with a new content, and its new tag. Opens a revision of a published practice.

    Raises Stale with both contents when the tag is not the current one.
    """
    practice, draft = held(session, practice_id, actor)
    parts, state = parts_of(session, practice, draft, actor), state_of(practice, draft)
    after = next_state(state, "edit", actor, rounds.regions_of(practice, draft))
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
    return with_contact(shown(practice, draft, parts), contact), tag_of(practice, draft)


def discard(session: Session, practice_id: str, if_match: str | None, actor: Actor) -> None:
    """Throw the open draft away; what is published stays."""
    practice, draft = held(session, practice_id, actor)
    if draft is None:
        raise NotFound(f"The practice {practice_id} has no open draft.")
    next_state(State(draft.state), "discard", actor, rounds.regions_of(practice, draft))
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
