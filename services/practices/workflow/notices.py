"""Telling those whom a step concerns: a list for each actor, and webhooks.

Nothing of the practice but its id and title is in a notification, and no person's name.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlmodel import Session

from services.practices.domain.workflow import Who
from services.practices.tables import Draft, Practice
from services.practices.webhooks.announcements import announce
from services.practices.workflow.tables import Notification
from shared.clock import new_id, now, stamp

# Whom a step concerns, besides the one who takes it.
TOLD = {
    "submit": (Who.PUBLISHER,),
    "take-back": (Who.PUBLISHER,),
    "select": (Who.AUTHOR,),
    "assign": (Who.EVALUATOR,),
    "request-changes": (Who.AUTHOR,),
    "accept": (Who.AUTHOR,),
    "reject": (Who.AUTHOR,),
    "publish": (Who.AUTHOR,),
    "withdraw": (Who.AUTHOR, Who.PUBLISHER),
    "evaluated": (Who.PUBLISHER, Who.EVALUATOR),
    "agreed": (Who.PUBLISHER,),
}
_SAME_STATE = ("assign", "evaluated", "agreed")
_WAITING = {"author": Who.AUTHOR, "publisher": Who.PUBLISHER, "evaluators": Who.EVALUATOR}


def step(
    session: Session,
    practice: Practice,
    draft: Draft | None,
    action: str,
    state: str,
    evaluators: Iterable[str] = (),
) -> None:
    """Tell of a step of the workflow: who is concerned, and all webhooks of the region."""
    for who in TOLD[action]:
        tell(session, practice, draft, action, who, state, evaluators)
    if action in _SAME_STATE:
        return
    data = {"state": state, "action": action}
    announce(session, "practice.state_changed", practice.id, practice.region, data)
    if action == "request-changes":
        announce(session, "practice.changes_requested", practice.id, practice.region, data)


def remind(session: Session, practice: Practice, draft: Draft, evaluators: Iterable[str]) -> None:
    """Tell those who act next that they are late."""
    who = _WAITING[draft.next_actor]
    tell(session, practice, draft, "reminder", who, draft.state, evaluators)
    due = stamp(draft.due) if draft.due else None
    data = {"state": draft.state, "next_actor": draft.next_actor, "due": due}
    announce(session, "practice.reminder_due", practice.id, practice.region, data)


def tell(
    session: Session,
    practice: Practice,
    draft: Draft | None,
    event: str,
    who: Who,
    state: str,
    evaluators: Iterable[str] = (),
) -> None:
    """One notification for a role of the region; one for each evaluator by id."""
    for actor in evaluators if who is Who.EVALUATOR else (None,):
        session.add(
            Notification(
                id=new_id(),
                at=now(),
                event=event,
                practice_id=practice.id,
                region=practice.region,
                role=who,
                actor=actor,
                state=state,
                due=draft.due if draft else None,
            )
        )
