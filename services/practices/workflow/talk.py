"""The conversation of author and publisher about a practice, field by field."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlmodel import Session, col, select, update

from services.practices.tables import Draft
from services.practices.workflow.tables import Message
from shared.clock import new_id, now, stamp
from shared.problems import NotFound

Said = tuple[str | None, str]
"""Pointer into the record (None for the whole) and text."""


def say(
    session: Session,
    practice_id: str,
    draft: Draft | None,
    role: str,
    kind: str,
    said: Sequence[Said],
) -> None:
    """Add messages in a role; they stand open until somebody resolves them."""
    for pointer, text in said:
        session.add(
            Message(
                id=new_id(),
                practice_id=practice_id,
                pointer=pointer,
                text=text,
                role=role,
                kind=kind,
                at=now(),
            )
        )
    if draft is not None:
        draft.conversation_count += len(said)


def resolve(session: Session, practice_id: str, draft: Draft | None, message_id: str) -> None:
    """Mark a message as dealt with; nothing happens when it is already. NotFound without it."""
    message = session.get(Message, message_id)
    if message is None or message.practice_id != practice_id:
        raise NotFound(f"The practice {practice_id} has no message {message_id}.")
    if not message.resolved:
        message.resolved = True
        session.add(message)
        if draft is not None:
            draft.conversation_count = max(0, draft.conversation_count - 1)


def close(session: Session, practice_id: str) -> None:
    """Mark all messages as resolved: the practice is published."""
    those = update(Message).where(col(Message.practice_id) == practice_id)
    session.exec(those.values(resolved=True))


def listed(session: Session, practice_id: str) -> list[dict[str, Any]]:
    """All messages, the oldest first."""
    rows = session.exec(
        select(Message).where(Message.practice_id == practice_id).order_by(col(Message.id))
    )
    return [
        {
            "id": row.id,
            "pointer": row.pointer,
            "text": row.text,
            "role": row.role,
            "kind": row.kind,
            "at": stamp(row.at),
            "resolved": row.resolved,
        }
        for row in rows
    ]
