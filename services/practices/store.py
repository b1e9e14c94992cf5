"""Writing practices: each function is one transaction.

The order inside is always the same: the practice and its trail, then the stored
answer, and the change feed as the last statement.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import Session, col, delete, select

from services.practices import contacts
from services.practices.domain.practice import facets, gaps
from services.practices.domain.workflow import State, actions, next_state
from services.practices.tables import (
    FEED,
    IDEMPOTENCY,
    Audit,
    Draft,
    Facet,
    Practice,
    PracticeVersion,
)
from shared import feed
from shared.actor import Actor
from shared.clock import new_id, now, stamp
from shared.conditional import answered, check_tag, replayed
from shared.feed import Entry
from shared.idempotency import Answer, Request
from shared.problems import (
    InputError,
    Invalid,
    NotAllowed,
    NotFound,
    NotLegal,
)
from shared.telemetry import trace
from shared.text import folded

_WORK = ("practices:write", "practices:publish")
Record = dict[str, Any]


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
    return _finish(session, actor, "create", practice, request, 201, shown(practice, draft))


def save(
    session: Session, practice_id: str, if_match: str | None, record: Record, actor: Actor
) -> tuple[Record, str]:
    """The draft with a new content, and its new tag. Opens a revision of a published practice.

    Raises Stale with both contents when the tag is not the current one.
    """
    practice, draft = held(session, practice_id, actor)
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
            state=State.DRAFT,
            version=0,
            record=record,
            author=actor.id,
            updated_at=now(),
        )
    else:
        draft.state = next_state(State(draft.state), "edit", actor)
    draft.record = record
    draft.version += 1
    draft.updated_at = now()
    session.add(draft)
    contacts.keep(session, practice.id, contact)
    _trail(session, actor, "edit", practice)
    return _with_contact(shown(practice, draft), contact), tag_of(practice, draft)


def move(
    session: Session,
    practice_id: str,
    action: str,
    if_match: str | None,
    actor: Actor,
    request: Request | None,
) -> Answer:
    """Take one step of the workflow: submit, take back, publish or withdraw."""
    practice, draft = held(session, practice_id, actor)
    # After the lock: a twin of this request that came first has stored its answer by now.
    if found := replayed(session, IDEMPOTENCY, request):
        return found
    state = state_of(practice, draft)
    after = next_state(state, action, actor)
    check_tag(if_match, tag_of(practice, draft))
    changes: list[Entry] = []
    if action == "withdraw":
        practice.public, practice.updated_at = False, now()
        _forget_facets(session, practice.id)
        changes = [Entry("practice", practice.id, "D", practice.version)]
    elif action == "publish":
        assert draft is not None
        record = {"licence": "CC-BY-4.0"} | draft.record
        record |= {
            "provenance": "region",
            "provenance_note": "Published by the region itself; not evaluated yet.",
            "confidence": None,
        }
        session.delete(draft)
        session.flush()
        draft = None
        changes = [publish(session, practice, record)]
    else:
        assert draft is not None
        if action == "submit":
            _check_complete(draft.record)
        draft.state = after
        draft.version += 1
        draft.updated_at = now()
        session.add(draft)
    session.add(practice)
    body = shown(practice, draft)
    return _finish(session, actor, action, practice, request, 200, body, changes)


def publish(session: Session, practice: Practice, record: Record) -> Entry:
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
        )
    )
    _forget_facets(session, practice.id)
    for facet, value in facets(record):
        session.add(Facet(practice_id=practice.id, facet=facet, value=value))
    return Entry("practice", practice.id, "U", practice.version)


def discard(session: Session, practice_id: str, if_match: str | None, actor: Actor) -> None:
    """Throw the open draft away; what is published stays."""
    practice, draft = held(session, practice_id, actor)
    if draft is None:
        raise NotFound(f"The practice {practice_id} has no open draft.")
    next_state(State(draft.state), "edit", actor)
    check_tag(if_match, tag_of(practice, draft))
    _trail(session, actor, "discard", practice)
    session.delete(draft)
    if practice.version == 0:
        contacts.keep(session, practice.id, None)
        session.flush()
        session.delete(practice)


def read_draft(session: Session, practice_id: str, actor: Actor) -> tuple[Record, str]:
    """The open draft of a practice of the caller's region, with its tag."""
    practice, draft = held(session, practice_id, actor, lock=False)
    if draft is None:
        raise NotFound(f"The practice {practice_id} has no open draft.")
    body = _with_contact(shown(practice, draft), contacts.of(session, practice_id))
    return body, tag_of(practice, draft)


def complete(session: Session, answer: Answer) -> Record:
    """The body of a step's answer with the contact, which no stored answer holds."""
    body = json.loads(answer.body)
    return _with_contact(body, contacts.of(session, body["id"]))


def held(
    session: Session, practice_id: str, actor: Actor, *, lock: bool = True
) -> tuple[Practice, Draft | None]:
    """A practice that the actor may work on. Another region's is as if it did not exist.

    Until the end of the transaction nobody else may change it, so the version that is
    compared is the version that is replaced. (SQLite lets one writer in at a time anyway.)
    """
    actor.needs(*_WORK)
    practice = session.get(Practice, practice_id, with_for_update=lock or None)
    if practice is None or not actor.speaks_for(practice.region, *_WORK):
        raise NotFound(f"There is no practice {practice_id} that your token may work on.")
    return practice, session.get(Draft, practice_id)


def state_of(practice: Practice, draft: Draft | None) -> State:
    """Where the practice stands: the open draft counts, then what is published."""
    if draft is not None:
        return State(draft.state)
    return State.PUBLISHED if practice.public else State.WITHDRAWN


def tag_of(practice: Practice, draft: Draft | None) -> str:
    """The version tag: `v2` for the published version 2, `v2.5` for its draft saved five times."""
    return f"v{practice.version}" + (f".{draft.version}" if draft else "")


def shown(practice: Practice, draft: Draft | None) -> Record:
    """What the author sees: the record, where it stands, what is missing, what may be done."""
    record = draft.record if draft else practice.record or {}
    state = state_of(practice, draft)
    missing = gaps(record) if draft else []
    return {
        "id": practice.id,
        "state": state,
        "published_version": practice.version if practice.public else None,
        "actions": actions(state),
        "missing": [{"pointer": gap.pointer, "detail": gap.detail} for gap in missing],
        "updated_at": stamp(draft.updated_at if draft else practice.updated_at),
        "record": record,
    }


def _finish(
    session: Session,
    actor: Actor,
    action: str,
    practice: Practice,
    request: Request | None,
    status: int,
    body: Record,
    changes: Sequence[Entry] = (),
) -> Answer:
    _trail(session, actor, action, practice)
    draft = session.get(Draft, practice.id)
    tag = tag_of(practice, draft)
    answer = answered(session, IDEMPOTENCY, request, body, tag, status)
    feed.append(session, FEED, changes)
    return answer


def _trail(session: Session, actor: Actor, action: str, practice: Practice) -> None:
    row = Audit(
        id=new_id(),
        at=now(),
        actor=actor.id,
        action=action,
        practice_id=practice.id,
        version=practice.version,
        trace=trace.get(),
    )
    session.add(row)
    session.flush()


def _forget_facets(session: Session, practice_id: str) -> None:
    session.exec(delete(Facet).where(col(Facet.practice_id) == practice_id))


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


def _with_contact(body: Record, contact: Mapping[str, Any] | None) -> Record:
    return body | {"record": body["record"] | {"contact": contact}}


def _check_complete(record: Record) -> None:
    missing = gaps(record)
    if missing:
        errors = [InputError("missing", gap.detail, gap.pointer) for gap in missing]
        raise Invalid("The practice is not complete yet.", errors)
