"""One practice by its region and the region's own name for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, select

from services.practices import trail
from services.practices.domain.workflow import State
from services.practices.drafts import store as drafts
from services.practices.personal import contacts
from services.practices.push.store import Held, same
from services.practices.tables import IDEMPOTENCY, Draft, Practice
from services.practices.workflow import standing, steps
from shared.actor import Actor
from shared.conditional import answered, check_tag, replayed
from shared.idempotency import Answer, Request
from shared.problems import NotFound, Stale

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Put:
    """What a region's system sends, and on which conditions.

    create_only  refuse when the practice is there (If-None-Match: *)
    if_match     the tag that must be current; None where the caller does not mind
    submit       also hand it in; nothing is stored when it is not complete
    """

    region: str
    external_id: str
    record: Record
    create_only: bool
    if_match: str | None
    submit: bool


def put(session: Session, what: Put, actor: Actor, request: Request | None) -> Answer:
    """Make the practice as it was sent. What it is already is not written again."""
    held = find(session, what.region, what.external_id, lock=True)
    if found := replayed(session, IDEMPOTENCY, request):
        return found
    _check(session, what, held)
    if held is None:
        drafts.create(session, what.record, actor, None)
        session.flush()
    elif not same(what.record, held):
        tag = f'"{standing.tag_of(held.practice, held.draft)}"'
        drafts.save(session, held.practice.id, tag, what.record, actor)
        session.flush()
    now_held = find(session, what.region, what.external_id)
    assert now_held is not None
    practice, draft = now_held.practice, now_held.draft
    if what.submit and draft is not None and draft.state == State.DRAFT:
        tag = f'"{standing.tag_of(practice, draft)}"'
        steps.move(session, practice.id, "submit", tag, actor, None)
        session.flush()
    return _answered(session, practice, 200 if held else 201, request)


def read(session: Session, region: str, external_id: str) -> tuple[Record, str]:
    """The practice as its author sees it, with its tag. NotFound when there is none."""
    held = find(session, region, external_id)
    if held is None:
        raise NotFound(f"{region} has no practice {external_id!r}.")
    body = standing.shown(held.practice, held.draft)
    record = body["record"] | {"contact": held.contact}
    return body | {"record": record}, standing.tag_of(held.practice, held.draft)


def find(session: Session, region: str, external_id: str, *, lock: bool = False) -> Held | None:
    """The practice with its draft and contact; None when there is none of this name."""
    that = select(Practice).where(Practice.region == region, Practice.external_id == external_id)
    practice = session.exec(that.with_for_update() if lock else that).first()
    if practice is None:
        return None
    draft = session.get(Draft, practice.id)
    return Held(practice, draft, contacts.of(session, practice.id))


def _answered(session: Session, practice: Practice, status: int, request: Request | None) -> Answer:
    draft = session.get(Draft, practice.id)
    body, tag = standing.shown(practice, draft), standing.tag_of(practice, draft)
    return answered(session, IDEMPOTENCY, request, body, tag, status)


def _check(session: Session, what: Put, held: Held | None) -> None:
    """Raise Stale when a condition does not hold."""
    if held is None:
        if what.if_match is not None:
            raise Stale(
                f"{what.region} has no practice {what.external_id!r} yet: send no If-Match."
            )
        return
    tag = standing.tag_of(held.practice, held.draft)
    if what.create_only:
        raise Stale(
            f"{what.region} has a practice {what.external_id!r} already.",
            extra={"current_etag": f'"{tag}"'},
        )
    if what.if_match is not None and what.if_match.strip() != "*":
        there = held.draft.record if held.draft else held.practice.record or {}
        check_tag(what.if_match, tag, what.record, there | {"contact": held.contact})


def refused(session: Session, region: str, external_id: str, actor: Actor) -> None:
    """Remember that somebody wanted to work on a practice of a region that is not theirs."""
    held = find(session, region, external_id)
    there = held.practice if held else None
    trail.write(
        session, actor.id, "refused", there.id if there else "", there.version if there else 0
    )
