"""What becomes public: versions, by what they are found, and what they say of themselves."""

from __future__ import annotations

from typing import Any

from sqlmodel import Session, col, delete

from services.practices.domain.practice import facets
from services.practices.domain.workflow import State
from services.practices.tables import Draft, Facet, Practice, PracticeVersion
from services.practices.workflow import rounds, talk
from shared.clock import now
from shared.feed import Entry
from shared.text import folded

Record = dict[str, Any]


def withdraw(session: Session, practice: Practice) -> Entry:
    """Take the practice from the public; the change to append to the feed."""
    practice.public, practice.updated_at = False, now()
    _forget_facets(session, practice.id)
    return Entry("practice", practice.id, "D", practice.version)


# What a published version says of itself.
_EVALUATED = {
    "provenance": "evaluated",
    "provenance_note": "Submitted by the region; evaluated by two evaluators of other regions.",
}
_BY_REGION = {
    "provenance": "region",
    "provenance_note": "Submitted by the region; not evaluated.",
}


def publish_draft(session: Session, practice: Practice, draft: Draft, reason: str | None) -> Entry:
    """Publish the open draft, as evaluated or not, and close it. The change for the feed."""
    record = {"licence": "CC-BY-4.0"} | draft.record | {"confidence": None}
    if draft.state == State.ACCEPTED:
        record |= _EVALUATED | {"evaluation": rounds.finding(session, practice)}
    else:
        record |= _BY_REGION
    talk.close(session, practice.id)
    session.delete(draft)
    session.flush()
    return publish(session, practice, record, reason)


def publish(
    session: Session, practice: Practice, record: Record, reason: str | None = None
) -> Entry:
    """Make the record the practice's next public version; the change to append to the feed."""
    practice.version += 1
    practice.record = record
    practice.public = True
    practice.title_key = folded(record["title"])[:400]
    practice.year_key = record.get("year") or 0
    practice.published_at = practice.published_at or now()
    practice.updated_at = now()
    session.add(practice)
    session.flush()
    session.add(
        PracticeVersion(
            practice_id=practice.id,
            version=practice.version,
            record=record,
            published_at=practice.updated_at,
            reason=reason,
        )
    )
    _forget_facets(session, practice.id)
    for facet, value in facets(record):
        session.add(Facet(practice_id=practice.id, facet=facet, value=value))
    return Entry("practice", practice.id, "U", practice.version)


def _forget_facets(session: Session, practice_id: str) -> None:
    session.exec(delete(Facet).where(col(Facet.practice_id) == practice_id))
