"""Personal data of practices: who may be asked. Kept in one table and nowhere else.

Written in the transaction of the draft that names it. Records, versions, feed, audit and
stored answers never hold it: `apart` takes it out before anything is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlmodel import Session

from services.practices.rules import CONTACT_KEPT
from services.practices.tables import Contact
from shared.clock import now

PURPOSE = "questions about the practice while it is submitted, judged and published"
FIELDS = ("name", "organisation", "email", "phone")


def apart(record: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str | None] | None]:
    """The record without the contact, and the contact (None when none is named)."""
    rest = dict(record)
    return rest, rest.pop("contact", None)


def keep(session: Session, practice_id: str, contact: Mapping[str, str | None] | None) -> None:
    """Remember the contact from now for as long as the rules say; None deletes what is kept."""
    held = session.get(Contact, practice_id)
    if contact is None:
        if held is not None:
            session.delete(held)
        return
    row = held or Contact(practice_id=practice_id, name="", purpose=PURPOSE, kept_until=now())
    for field in FIELDS:
        setattr(row, field, contact.get(field))
    row.purpose, row.kept_until = PURPOSE, now() + CONTACT_KEPT
    session.add(row)


def of(session: Session, practice_id: str) -> dict[str, str | None] | None:
    """The contact of a practice, None where none is kept."""
    held = session.get(Contact, practice_id)
    return {field: getattr(held, field) for field in FIELDS} if held else None
