"""The conversation of author and publisher, as each of them takes part in it."""

from __future__ import annotations

from typing import Any

from sqlmodel import Session

from services.practices import trail
from services.practices.domain.workflow import State, Who
from services.practices.tables import IDEMPOTENCY, Draft, Practice
from services.practices.workflow import notices, talk
from services.practices.workflow.standing import held, parts_of
from shared.actor import Actor
from shared.conditional import answered, replayed
from shared.idempotency import Answer, Request
from shared.problems import NotAllowed

Record = dict[str, Any]


def listed(session: Session, practice_id: str, actor: Actor) -> list[Record]:
    """All messages about a practice, for its author and publisher."""
    practice, draft = held(session, practice_id, actor, lock=False)
    _speaks_as(session, practice, draft, actor)
    return talk.listed(session, practice_id)


def say(
    session: Session,
    practice_id: str,
    said: talk.Said,
    actor: Actor,
    request: Request | None,
) -> Answer:
    """Add a message and tell the other side."""
    practice, draft = held(session, practice_id, actor)
    role = _speaks_as(session, practice, draft, actor)
    if found := replayed(session, IDEMPOTENCY, request):
        return found
    talk.say(session, practice_id, draft, role, "message", [said])
    other = Who.PUBLISHER if role is Who.AUTHOR else Who.AUTHOR
    state = draft.state if draft else State.PUBLISHED
    notices.tell(session, practice, draft, "message", other, state)
    session.flush()
    body = talk.listed(session, practice_id)[-1]
    answer = answered(session, IDEMPOTENCY, request, body, "", 201)
    trail.write(session, actor.id, "say", practice_id, practice.version)
    return answer


def resolve(session: Session, practice_id: str, message_id: str, actor: Actor) -> list[Record]:
    """Mark a message as dealt with; the conversation as it is then."""
    practice, draft = held(session, practice_id, actor)
    _speaks_as(session, practice, draft, actor)
    talk.resolve(session, practice_id, draft, message_id)
    trail.write(session, actor.id, "resolve", practice_id, practice.version)
    session.flush()
    return talk.listed(session, practice_id)


def _speaks_as(session: Session, practice: Practice, draft: Draft | None, actor: Actor) -> Who:
    """The role in which the actor speaks; who holds both speaks as the publisher."""
    parts = parts_of(session, practice, draft, actor)
    for who in (Who.PUBLISHER, Who.AUTHOR):
        if who in parts:
            return who
    raise NotAllowed("The conversation is between the author and the publisher.")
