"""Bringing many practices in: each import is one transaction, in which all is decided anew.

The dry run takes the same decisions and stops before the deed, so both give one report.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import IO, Any

from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from services.practices import trail
from services.practices.domain.workflow import State, next_state
from services.practices.personal import contacts
from services.practices.push.checked import Ready, ready_ones
from services.practices.push.report import Atomic, ImportReport, Result, Strategy, Tally, refusal
from services.practices.push.rows import Row
from services.practices.tables import FEED, IDEMPOTENCY, Contact, Draft, Practice
from services.practices.workflow.steps import enter
from shared import feed, idempotency
from shared.actor import Actor
from shared.clock import new_id, now
from shared.idempotency import Answer, Request
from shared.problems import InputError, NotLegal

_CHUNK = 500
Deed = tuple[str, str, int]
"""What was done, to which practice, at which published version."""


@dataclass(frozen=True, slots=True)
class Import:
    """A file that was read and checked.

    good   the rows that can be stored, as `checked.check` wrote them
    found  what is wrong with the others
    """

    good: IO[bytes]
    found: Tally
    strategy: Strategy
    atomic: Atomic
    actor: Actor
    request: Request | None


@dataclass(frozen=True, slots=True)
class Held:
    """A practice that is there already, its open draft and its contact."""

    practice: Practice
    draft: Draft | None
    contact: Mapping[str, str | None] | None


def plan(session: Session, what: Import, *, dry_run: bool) -> Answer:
    """What the import would do; nothing is changed. Raises as the import would.

    Where the same import was done under the same key, its answer: that is what would be given.
    """
    if what.request is not None:
        table = IDEMPOTENCY.c
        mine = (table.client == what.request.client, table.key == what.request.key)
        row = session.connection().execute(select_columns(IDEMPOTENCY).where(*mine)).first()
        if row is not None and row.fingerprint == what.request.fingerprint:
            return Answer(row.status, row.body, row.etag, replayed=True)
    tally = what.found.copy()
    for rows in _chunks(ready_ones(what.good)):
        _decide(session, what, rows, tally, lock=False)
    return _answer(what, tally.report(dry_run, what.atomic, what.strategy))


def bring(session: Session, what: Import) -> Answer:
    """Store the good rows; with `atomic` all none of them when any is bad (Invalid then)."""
    if what.request and (found := idempotency.stored(session, IDEMPOTENCY, what.request)):
        return found
    tally, deeds = what.found.copy(), list[Deed]()
    for rows in _chunks(ready_ones(what.good)):
        decided = _decide(session, what, rows, tally, lock=True)
        if what.atomic == "none" or not tally.failed:
            deeds += _store(session, what.actor, decided)
            session.flush()
            # What is written need not be kept in memory until the end.
            session.expunge_all()
    # Raises when nothing may be stored, which undoes what this transaction did.
    answer = _answer(what, tally.report(False, what.atomic, what.strategy))
    # Late, because the end of the trail stays locked until commit.
    for action, practice_id, version in deeds:
        trail.write(session, what.actor.id, action, practice_id, version)
    session.flush()
    if what.request:
        idempotency.store(session, IDEMPOTENCY, what.request, answer)
    # Drafts are not public: the feed has nothing to tell.
    feed.append(session, FEED, [])
    return answer


def _answer(what: Import, report: ImportReport) -> Answer:
    if report.failed and what.atomic == "all":
        raise refusal(report)
    return Answer(200, report.model_dump_json(exclude_none=True))


def _chunks(rows: Iterable[Ready]) -> Iterator[list[Ready]]:
    source = iter(rows)
    while chunk := list(islice(source, _CHUNK)):
        yield chunk


def _decide(
    session: Session, what: Import, rows: Sequence[Ready], tally: Tally, *, lock: bool
) -> list[tuple[Ready, Held | None]]:
    """What is to be stored of these rows, with what is there; all results go into the tally."""
    there = _held(session, rows, lock=lock)
    to_store: list[tuple[Ready, Held | None]] = []
    for row in rows:
        held = there.get((row.region, row.external_id))
        found = _result(row, held, what)
        if isinstance(found, InputError):
            body = {"external_id": row.external_id, "regions": [row.region]}
            tally.fail(Row(row.row, body), [found])
            continue
        tally.results.append((row.row, row.external_id, row.region, found))
        if found != "unchanged":
            to_store.append((row, held))
    return to_store


def _held(session: Session, rows: Sequence[Ready], *, lock: bool) -> dict[tuple[str, str], Held]:
    """The practices of these rows that are there, locked until the end if so asked."""
    found: list[Practice] = []
    for region in sorted({row.region for row in rows}):
        names = [row.external_id for row in rows if row.region == region]
        those = select(Practice).where(
            Practice.region == region, col(Practice.external_id).in_(names)
        )
        # In one order everywhere, so that two imports cannot wait for one another.
        those = those.order_by(col(Practice.id))
        found += session.exec(those.with_for_update() if lock else those).all()
    ids = [one.id for one in found]
    drafts = {
        one.practice_id: one
        for one in session.exec(select(Draft).where(col(Draft.practice_id).in_(ids)))
    }
    kept = {
        one.practice_id: {field: getattr(one, field) for field in contacts.FIELDS}
        for one in session.exec(select(Contact).where(col(Contact.practice_id).in_(ids)))
    }
    return {
        (one.region, one.external_id or ""): Held(one, drafts.get(one.id), kept.get(one.id))
        for one in found
    }


def _result(row: Ready, held: Held | None, what: Import) -> Result | InputError:
    if held is None:
        if what.strategy == "update":
            return _error(row, "not_there", f"{row.region} has no practice {row.external_id!r}.")
        return "created"
    if what.strategy == "create":
        return _error(row, "exists", f"{row.region} has a practice {row.external_id!r} already.")
    if same(row.record, held):
        return "unchanged"
    if held.draft is not None:
        try:
            next_state(State(held.draft.state), "edit", what.actor)
        except NotLegal:
            detail = f"It is {held.draft.state} and cannot be changed just now."
            return _error(row, "not_legal", detail)
    return "updated"


def _error(row: Ready, code: str, detail: str) -> InputError:
    return InputError(code, detail, row=row.row, column="external_id", value=row.external_id)


def same(record: Mapping[str, Any], held: Held) -> bool:
    """Whether the practice holds this content: in its draft, or else in what is published."""
    content, contact = contacts.apart(record)
    there = held.draft.record if held.draft else held.practice.record
    if there is None or (contact or None) != (held.contact or None):
        return False
    # A field that did not exist when it was stored is one that is not stated.
    return all((there.get(name) or None) == (value or None) for name, value in content.items())


def _store(
    session: Session, actor: Actor, decided: Sequence[tuple[Ready, Held | None]]
) -> list[Deed]:
    """Write the drafts and their contacts; what was done to which practice."""
    made = [held.practice if held else _new(row) for row, held in decided]
    session.add_all(made)
    session.flush()
    named: list[tuple[str, Mapping[str, str | None] | None]] = []
    for practice, (row, held) in zip(made, decided, strict=True):
        content, contact = contacts.apart(row.record)
        session.add(_draft(practice, held.draft if held else None, content, actor))
        if contact or (held and held.contact):
            named.append((practice.id, contact))
    session.flush()
    for practice_id, contact in named:
        contacts.keep(session, practice_id, contact)
    return [
        ("edit" if held else "create", practice.id, practice.version)
        for practice, (_, held) in zip(made, decided, strict=True)
    ]


def _draft(practice: Practice, draft: Draft | None, content: dict[str, Any], actor: Actor) -> Draft:
    """The practice's draft with this content: the open one, or a new one beside what is public."""
    if draft is None:
        draft = Draft(
            practice_id=practice.id,
            state=State.DRAFT,
            version=0,
            record=content,
            author=actor.id,
            updated_at=now(),
        )
    else:
        before = State(draft.state)
        after = next_state(before, "edit", actor)
        if after is not before:
            enter(draft, after)
    draft.record, draft.updated_at = content, now()
    draft.version += 1
    return draft


def _new(row: Ready) -> Practice:
    return Practice(
        id=new_id(),
        region=row.region,
        external_id=row.external_id,
        created_at=now(),
        updated_at=now(),
    )
