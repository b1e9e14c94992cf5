"""Editions that grow: opened empty, then one revision for each region that is published.

A revision never changes. Publishing a region copies what the others answered and puts the
region's answers beside it, as the next revision, with the difference and the reason.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from services.indicators.assessments.desk import Record, Work, edition_of, log, sources_text
from services.indicators.assessments.tables import IDEMPOTENCY, Correction
from services.indicators.domain.answers import Answers
from services.indicators.domain.assessment import REVIEW
from services.indicators.domain.editions import CellChange, changes
from services.indicators.domain.methodology import Methodology, digest
from services.indicators.domain.questionnaire import DIFFERENCES, Cell, Entry
from services.indicators.published import notes, store
from services.indicators.published.holdings import Holdings
from services.indicators.published.notes import Notes
from services.indicators.published.records import EditionRecord
from services.indicators.published.store import KeptEdition
from services.indicators.tables import METADATA, AnswerNote, Edition, Holding, Revision
from services.indicators.tables import Answer as AnswerRow
from shared.actor import Actor
from shared.clock import now, stamp
from shared.conditional import answered, replayed
from shared.idempotency import Answer, Request
from shared.problems import InputError, NotFound, NotLegal

OPENED = "The edition was opened; no region is published yet."

Decided = Sequence[tuple[Cell, Entry]]


@dataclass(frozen=True, slots=True)
class Next:
    """A revision that is about to be stored."""

    record: EditionRecord
    answers: Answers
    region: str | None
    reason: str
    changes: Sequence[CellChange]


def open_edition(
    session: Session, books: Holdings, record: EditionRecord, actor: Actor, request: Request | None
) -> Answer:
    """A new edition that takes answers; its first revision holds none. NotLegal if it exists."""
    actor.needs(REVIEW)
    if found := replayed(session, IDEMPOTENCY, request):
        return found
    methodology = books.methodology(record.methodology or "", record.methodology_version)
    try:
        with session.begin_nested():
            session.add(
                Edition(
                    id=record.id,
                    kind=record.kind,
                    methodology=record.methodology,
                    methodology_version=record.methodology_version,
                    revision=1,
                    record=record.model_dump_json(),
                )
            )
            session.flush()
    except IntegrityError as twice:
        detail = f"There is an edition {record.id} already."
        raise NotLegal(detail, [InputError("E_EXISTS", detail, "/id", value=record.id)]) from twice
    empty = Answers.parse(methodology.methodology, [], ())
    _store(session, Next(record, empty, None, OPENED, ()))
    log(session, actor, "open edition", record.id, version=1)
    return answered(session, IDEMPOTENCY, request, {"id": record.id}, "v1", 201)


def publish(session: Session, work: Work, decided: Decided, reason: str) -> int:
    """Put a region's decided answers into the next revision of its edition; its number.

    Raises NotLegal when the edition is not the one that was answered for.
    """
    edition = session.get_one(Edition, work.row.edition, with_for_update=True)
    region = work.row.region
    before = current(session, edition, work.methodology)
    rows = [one._asdict() for one in before.rows() if one.region != region]
    rows += [
        {"region": region, **cell._asdict(), "state": entry.state, "option": entry.option}
        for cell, entry in decided
    ]
    after = Answers.parse(work.methodology, rows, sorted({*before.regions, region}))
    changed = _changed(session, edition, before, after, region, decided)
    record = EditionRecord.model_validate_json(edition.record)
    record = record.model_copy(update={"revision": edition.revision + 1})
    following = Next(record, after, region, reason, changed)
    edition.revision, edition.record = record.revision, record.model_dump_json()
    session.add(edition)
    _store(session, following)
    _store_notes(session, following, decided)
    return record.revision


def _changed(
    session: Session,
    edition: Edition,
    before: Answers,
    after: Answers,
    region: str,
    decided: Decided,
) -> list[CellChange]:
    """Every cell with another state, option, evidence, sources or comment, in order.

    Only the region's own cells: what stands behind those of the others is copied.
    """
    found = {one[:3]: one for one in changes(before, after)}
    if region in before.regions:
        texts = notes.of(session, edition.id, edition.revision, region)
        for cell, entry in decided:
            place = (region, cell.indicator, cell.group)
            if place not in found and texts.get(cell, notes.NOTHING) != _text(entry):
                kept = (entry.state, entry.option)
                found[place] = CellChange(*place, kept, kept)
    return [found[row[:3]] for row in after.rows() if row[:3] in found]


def _text(entry: Entry) -> Record:
    sources = [one._asdict() for one in entry.sources]
    return {"evidence": entry.evidence, "sources": sources, "comment": entry.comment}


def current(session: Session, edition: Edition, methodology: Methodology) -> Answers:
    """The answers of the edition's newest revision."""
    record = EditionRecord.model_validate_json(edition.record)
    asked = select(AnswerRow.region).where(
        AnswerRow.edition == edition.id, AnswerRow.revision == edition.revision
    )
    regions = tuple(sorted(session.exec(asked.distinct())))
    return store.answers(session, KeptEdition(record, edition.revision, "", regions), methodology)


def _store(session: Session, one: Next) -> None:
    place = {"edition": one.record.id, "revision": one.record.revision}
    session.add(
        Revision(
            edition=one.record.id,
            number=one.record.revision,
            content_hash=one.answers.hash,
            published_at=stamp(now()),
            packed=one.answers.codes.tobytes(),
        )
    )
    session.flush()
    if rows := [{**place, **row._asdict()} for row in one.answers.rows()]:
        session.connection().execute(sa.insert(METADATA.tables["answer"]), rows)
    session.add(
        Correction(
            edition=one.record.id,
            number=one.record.revision,
            region=one.region,
            reason=one.reason,
            changes=json.dumps([change._asdict() for change in one.changes]),
        )
    )
    # Readers see by this that the data have changed.
    content = digest([one.record.model_dump(), one.answers.hash])
    name = f"edition {one.record.id}"
    session.merge(Holding(name=name, content_hash=content, loaded_at=stamp(now())))
    session.flush()


def _store_notes(session: Session, one: Next, decided: Decided) -> None:
    table = METADATA.tables["answer_note"]
    names = [column.name for column in table.columns]
    copied = [
        sa.literal(one.record.revision) if name == "revision" else table.c[name] for name in names
    ]
    others = sa.select(*copied).where(
        table.c.edition == one.record.id,
        table.c.revision == one.record.revision - 1,
        table.c.region != one.region,
    )
    session.connection().execute(sa.insert(table).from_select(names, others))
    for cell, entry in decided:
        if entry.evidence or entry.sources or entry.comment:
            session.add(
                AnswerNote(
                    edition=one.record.id,
                    revision=one.record.revision,
                    region=one.region or "",
                    **cell._asdict(),
                    evidence=entry.evidence,
                    sources=sources_text(entry),
                    comment=entry.comment,
                )
            )
    session.flush()


# ------------------------------------------------------------------ reading


def revisions(session: Session, edition: str) -> list[Record]:
    """Every revision of an edition, from the first to the newest. NotFound without edition."""
    edition_of(session, edition)
    rows = session.exec(
        select(Revision.number, Revision.content_hash, Revision.published_at)
        .where(Revision.edition == edition)
        .order_by(col(Revision.number))
    ).all()
    why = {
        one.number: one
        for one in session.exec(select(Correction).where(Correction.edition == edition))
    }
    return [_shown(edition, *row, why.get(row[0])) for row in rows]


def revision(session: Session, edition: str, number: int) -> Record:
    """One revision, with everything that it changed."""
    found = next((one for one in revisions(session, edition) if one["revision"] == number), None)
    if found is None:
        raise NotFound(f"{edition} has no revision {number}.")
    why = session.get(Correction, (edition, number))
    region = found["region"]
    texts = [notes.of(session, edition, one, region or "") for one in (number - 1, number)]
    listed = json.loads(why.changes) if why else []
    return {**found, "changes": [_change(*one.values(), *texts) for one in listed]}


def answers_of(session: Session, edition: str, number: int, region: str | None) -> list[Record]:
    """The answers of a revision with what stands behind them, by region and cell."""
    answer, note = METADATA.tables["answer"], METADATA.tables["answer_note"]
    keys = ("edition", "revision", "region", "indicator", "group")
    joined = sa.and_(*(answer.c[name] == note.c[name] for name in keys))
    asked = (
        sa.select(
            answer.c.region,
            answer.c.indicator,
            answer.c.group,
            answer.c.state,
            answer.c.option,
            note.c.evidence,
            note.c.sources,
            note.c.comment,
        )
        .select_from(answer.outerjoin(note, joined))
        .where(answer.c.edition == edition, answer.c.revision == number)
    )
    if region is not None:
        asked = asked.where(answer.c.region == region)
    rows = session.connection().execute(asked).mappings()
    return [{**row, "sources": json.loads(row["sources"] or "[]")} for row in rows]


def _shown(
    edition: str, number: int, content_hash: str, published_at: str, why: Correction | None
) -> Record:
    return {
        "edition": edition,
        "revision": number,
        "content_hash": content_hash,
        "published_at": published_at,
        "region": why.region if why else None,
        "reason": why.reason if why else None,
        "n_changes": len(json.loads(why.changes)) if why else 0,
    }


def _change(
    region: str,
    indicator: str,
    group: str,
    before: list[str] | None,
    after: list[str] | None,
    *texts: Notes,
) -> Record:
    cell = Cell(indicator, group)
    sides = [
        {"state": side[0], "option": side[1], **text.get(cell, notes.NOTHING)} if side else {}
        for side, text in zip((before, after), texts, strict=True)
    ]
    differs = [name for name in DIFFERENCES if sides[0].get(name) != sides[1].get(name)]
    return {
        "region": region,
        **cell._asdict(),
        "differs": differs,
        "before": sides[0] or None,
        "after": sides[1] or None,
    }
