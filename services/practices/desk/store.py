"""What waits for whom: the caller's desk and notifications."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, or_, tuple_
from sqlmodel import Session, col, select

from services.practices import trail
from services.practices.domain.workflow import SCOPES, WORK, Who
from services.practices.tables import Draft, Practice
from services.practices.workflow import rounds
from services.practices.workflow.standing import parts_of
from services.practices.workflow.tables import Consensus, Evaluation, Notification, NotificationRead
from shared.actor import Actor
from shared.clock import now, stamp
from shared.problems import NotFound

Record = dict[str, Any]
_NEVER = datetime(9999, 1, 1, tzinfo=UTC)


def work(
    session: Session, actor: Actor, after: Sequence[str] | None, limit: int
) -> tuple[list[Record], list[str] | None]:
    """The open drafts in which the actor has a part, what is due first first.

    after  due and id of the last one seen; the second answer is that of this page, None at
           the end
    """
    actor.needs(*WORK)
    key = func.coalesce(col(Draft.due), _NEVER)
    rows = select(Draft, Practice).join(Practice, col(Practice.id) == col(Draft.practice_id))
    rows = rows.where(_theirs(actor))
    if after is not None:
        here = (datetime.fromisoformat(after[0]), after[1])
        rows = rows.where(tuple_(key, col(Draft.practice_id)) > here)
    found = session.exec(rows.order_by(key, col(Draft.practice_id)).limit(limit + 1)).all()
    items = [_item(session, draft, practice, actor) for draft, practice in found[:limit]]
    if len(found) <= limit:
        return items, None
    last = found[limit - 1][0]
    return items, [(last.due or _NEVER).isoformat(), last.practice_id]


def _theirs(actor: Actor) -> ColumnElement[bool]:
    judged = select(Evaluation.practice_id).where(
        Evaluation.evaluator == actor.id,
        col(Evaluation.practice_id) == col(Practice.id),
        col(Evaluation.round) == col(Practice.round),
    )
    return or_(
        _in(actor, Who.AUTHOR, Practice.region),
        _in(actor, Who.PUBLISHER, Practice.region),
        judged.exists() if actor.holds(SCOPES[Who.EVALUATOR]) else false(),
    )


def _in(actor: Actor, who: Who, region: Any) -> ColumnElement[bool]:  # noqa: ANN401 - a column
    """Whether the region is one for which the actor holds the role."""
    regions = actor.regions_for(SCOPES[who])
    return col(region).is_not(None) if "*" in regions else col(region).in_(sorted(regions))


def _item(session: Session, draft: Draft, practice: Practice, actor: Actor) -> Record:
    parts = parts_of(session, practice, draft, actor)
    return {
        "id": practice.id,
        "title": draft.record["title"],
        "regions": draft.record["regions"],
        "state": draft.state,
        "roles": sorted(parts),
        "mine": _mine(session, draft, practice, actor, parts),
        "next_actor": draft.next_actor,
        "since": stamp(draft.since),
        "due": stamp(draft.due) if draft.due else None,
        "overdue": draft.due is not None and draft.due < now(),
        "conversation_count": draft.conversation_count,
    }


def _mine(
    session: Session, draft: Draft, practice: Practice, actor: Actor, parts: set[Who]
) -> bool:
    if draft.next_actor != "evaluators":
        return draft.next_actor in parts
    if Who.EVALUATOR not in parts:
        return False
    own = session.get_one(Evaluation, (practice.id, practice.round, actor.id))
    if own.submitted_at is None:
        return True
    agreed = session.get(Consensus, (practice.id, practice.round))
    complete = rounds.complete(rounds.evaluations(session, practice))
    return complete and (agreed is None or actor.id not in agreed.agreed)


def notifications(
    session: Session, actor: Actor, before: str | None, limit: int
) -> tuple[list[Record], str | None, int]:
    """A page of what concerns the actor, the newest first; where it ends; how many are unread."""
    actor.needs(*WORK)
    seen = and_(
        col(NotificationRead.notification_id) == col(Notification.id),
        col(NotificationRead.actor) == actor.id,
    )
    rows = (
        select(Notification, NotificationRead.actor, Practice, Draft)
        .join(Practice, col(Practice.id) == col(Notification.practice_id))
        .outerjoin(Draft, col(Draft.practice_id) == col(Practice.id))
        .outerjoin(NotificationRead, seen)
        .where(_concerns(actor))
        .order_by(col(Notification.id).desc())
    )
    if before is not None:
        rows = rows.where(Notification.id < before)
    found = session.exec(rows.limit(limit + 1)).all()
    unread = session.exec(
        select(func.count())
        .select_from(Notification)
        .outerjoin(NotificationRead, seen)
        .where(_concerns(actor), col(NotificationRead.actor).is_(None))
    ).one()
    items = [
        _told(note, practice, draft, read=bool(reader))
        for note, reader, practice, draft in found[:limit]
    ]
    return items, items[-1]["id"] if len(found) > limit else None, unread


def mark_read(session: Session, notification_id: str, actor: Actor) -> None:
    """Remember that the actor has read it. NotFound when it does not concern the actor."""
    actor.needs(*WORK)
    those = select(Notification).where(Notification.id == notification_id, _concerns(actor))
    note = session.exec(those).first()
    if note is None:
        raise NotFound(f"There is no notification {notification_id} for you.")
    session.merge(NotificationRead(notification_id=notification_id, actor=actor.id))
    trail.write(session, actor.id, "read", note.practice_id)


def _concerns(actor: Actor) -> ColumnElement[bool]:
    return or_(
        col(Notification.actor) == actor.id,
        *(
            and_(
                col(Notification.actor).is_(None),
                col(Notification.role) == who,
                _in(actor, who, Notification.region),
            )
            for who in (Who.AUTHOR, Who.PUBLISHER)
        ),
    )


def _told(note: Notification, practice: Practice, draft: Draft | None, *, read: bool) -> Record:
    record = (draft.record if draft else practice.record) or {}
    return {
        "id": note.id,
        "at": stamp(note.at),
        "event": note.event,
        "practice_id": note.practice_id,
        "title": record.get("title", ""),
        "region": note.region,
        "role": note.role,
        "state": note.state,
        "due": stamp(note.due) if note.due else None,
        "link": f"/desk/practices/{note.practice_id}",
        "read": read,
    }
