"""Where a practice stands, for whom: who may work on it and what they are shown."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlmodel import Session

from services.practices import trail
from services.practices.domain import workflow
from services.practices.domain.practice import Gap, gaps, unanswered
from services.practices.domain.workflow import State, Who
from services.practices.personal import contacts
from services.practices.record.parts import STRUCTURE
from services.practices.tables import Draft, Practice
from services.practices.workflow import rounds
from shared.actor import Actor
from shared.clock import stamp
from shared.idempotency import Answer
from shared.problems import NotFound

Record = dict[str, Any]


def held(
    session: Session, practice_id: str, actor: Actor, *, lock: bool = True
) -> tuple[Practice, Draft | None]:
    """A practice that the actor may work on. Another region's is as if it did not exist.

    Until the end of the transaction nobody else may change it, so the version that is
    compared is the version that is replaced. (SQLite lets one writer in at a time anyway.)
    """
    actor.needs(*workflow.WORK)
    practice = session.get(Practice, practice_id, with_for_update=lock or None)
    if practice is None or not _concerns(session, practice, actor):
        raise NotFound(f"There is no practice {practice_id} that your token may work on.")
    return practice, session.get(Draft, practice_id)


def hidden(session: Session, practice_id: str, actor: Actor) -> bool:
    """Whether there is such a practice and the actor has no part in it."""
    practice = session.get(Practice, practice_id)
    return practice is not None and not _concerns(session, practice, actor)


def refused(session: Session, practice_id: str, actor: Actor) -> None:
    """Remember that somebody asked for a practice in which they have no part."""
    trail.write(session, actor.id, "refused", practice_id)


def _concerns(session: Session, practice: Practice, actor: Actor) -> bool:
    """Whether the actor has a part, or was named as an evaluator (and is told why not)."""
    draft = session.get(Draft, practice.id)
    named = actor.id in rounds.evaluators(session, practice, draft)
    return named or bool(workflow.roles(actor, rounds.regions_of(practice, draft)))


def parts_of(session: Session, practice: Practice, draft: Draft | None, actor: Actor) -> set[Who]:
    """The parts in which the actor works on the practice."""
    judges = rounds.evaluators(session, practice, draft)
    return workflow.roles(actor, rounds.regions_of(practice, draft), judges)


def face_of(practice: Practice) -> State:
    """What everybody sees of the practice; DRAFT while it was never public."""
    if practice.version == 0:
        return State.DRAFT
    return State.PUBLISHED if practice.public else State.WITHDRAWN


def state_of(practice: Practice, draft: Draft | None) -> State:
    """Where the practice stands: the open draft counts, then what is published."""
    return State(draft.state) if draft is not None else face_of(practice)


def tag_of(practice: Practice, draft: Draft | None) -> str:
    """The version tag: `v2` for the published version 2, `v2.5` for its draft saved five times."""
    return f"v{practice.version}" + (f".{draft.version}" if draft else "")


def shown(practice: Practice, draft: Draft | None, parts: set[Who] | None = None) -> Record:
    """What those who work on it see: the record, where it stands, what is missing, what is next.

    parts  in which the reader works on it; None: all steps that are legal are named
    """
    record = draft.record if draft else practice.record or {}
    state = state_of(practice, draft)
    legal = workflow.actions(state, parts)
    if draft is not None and practice.public:
        legal = sorted({*legal, *set(workflow.actions(State.PUBLISHED, parts)) & {"withdraw"}})
    return {
        "id": practice.id,
        "state": state,
        "published_version": practice.version if practice.public else None,
        "actions": legal,
        "missing": [
            {"pointer": gap.pointer, "detail": gap.detail}
            for gap in (missing(draft) if draft else [])
        ],
        "updated_at": stamp(draft.updated_at if draft else practice.updated_at),
        "next_actor": draft.next_actor if draft else "nobody",
        "since": stamp(draft.since if draft else practice.updated_at),
        "due": stamp(draft.due) if draft and draft.due else None,
        "conversation_count": draft.conversation_count if draft else 0,
        "record": record,
    }


def missing(draft: Draft) -> list[Gap]:
    """What the draft lacks before the author can hand it in."""
    found = gaps(draft.record)
    if draft.state == State.SELECTED or draft.back == State.IN_REVIEW:
        found += unanswered(draft.record, STRUCTURE)
    return found


def with_contact(body: Record, contact: Mapping[str, Any] | None) -> Record:
    """What is shown, with the contact in its place in the record."""
    return body | {"record": body["record"] | {"contact": contact}}


def complete(session: Session, answer: Answer) -> Record:
    """The body of a step's answer with the contact, which no stored answer holds."""
    body = json.loads(answer.body)
    return with_contact(body, contacts.of(session, body["id"]))
