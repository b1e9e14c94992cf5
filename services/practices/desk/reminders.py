"""Reminding those who are late."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, update

from services.practices import trail
from services.practices.tables import Draft, Practice
from services.practices.workflow import notices, rounds


def due_reminders(session: Session, moment: datetime) -> list[str]:
    """Remind those who are late, once for each state of each draft; the ids of the practices.

    Whoever calls it twice, or at the same time as another process, reminds nobody twice:
    the row says that it was done, and is taken before anything is told.
    """
    late = session.exec(
        update(Draft)
        .where(col(Draft.due) < moment, col(Draft.reminded_at).is_(None))
        .values(reminded_at=moment)
        .returning(col(Draft.practice_id))
    ).all()
    reminded = sorted(row[0] for row in late)
    for practice_id in reminded:
        practice = session.get_one(Practice, practice_id)
        draft = session.get_one(Draft, practice_id)
        judges = rounds.evaluators(session, practice, draft)
        notices.remind(session, practice, draft, judges)
        trail.write(session, "reminders", "remind", practice_id, practice.version)
    return reminded
