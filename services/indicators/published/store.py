"""What the database remembers, read. One function is one transaction."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlmodel import Session, col, select

from services.indicators.domain.answers import COLUMNS, Answers
from services.indicators.domain.methodology import Methodology
from services.indicators.published.formats import Quoted, methodology_of
from services.indicators.published.records import EditionRecord, RegionRecord
from services.indicators.tables import (
    METADATA,
    Answer,
    Edition,
    Holding,
    PublishedScore,
    Region,
    Revision,
)
from services.indicators.tables import Methodology as MethodologyRow


@dataclass(frozen=True, eq=False)
class KeptMethodology:
    """A methodology, with the document that is shown to readers."""

    methodology: Methodology
    document: dict[str, Any]
    content_hash: str


@dataclass(frozen=True, eq=False)
class KeptEdition:
    """An edition at its current revision. content_hash: of the answers or quoted scores."""

    record: EditionRecord
    revision: int
    content_hash: str
    regions: tuple[str, ...]


def stamp(session: Session) -> str:
    """A text that changes whenever anything that is published changes; empty without data."""
    rows = session.exec(select(Holding.name, Holding.content_hash).order_by(Holding.name)).all()
    return hashlib.sha256(repr(list(rows)).encode()).hexdigest() if rows else ""


def regions(session: Session) -> list[RegionRecord]:
    """All regions, those of MIPEX-R first."""
    rows = session.exec(select(Region.record).order_by(col(Region.position)))
    return [RegionRecord.model_validate_json(row) for row in rows]


def methodologies(session: Session) -> list[KeptMethodology]:
    """Every version of every methodology."""
    rows = session.exec(
        select(MethodologyRow).order_by(col(MethodologyRow.id), col(MethodologyRow.version))
    )
    found: list[KeptMethodology] = []
    for row in rows:
        document = json.loads(row.record)
        found.append(KeptMethodology(methodology_of(document), document, row.content_hash))
    return found


def editions(session: Session) -> list[KeptEdition]:
    """All editions with what their current revision holds."""
    found: list[KeptEdition] = []
    for row in session.exec(select(Edition).order_by(col(Edition.id))).all():
        revision = session.get_one(Revision, (row.id, row.revision))
        source = PublishedScore if row.kind == "published" else Answer
        codes = session.exec(
            select(source.region)
            .where(source.edition == row.id, source.revision == row.revision)
            .distinct()
        )
        record = EditionRecord.model_validate_json(row.record)
        found.append(KeptEdition(record, row.revision, revision.content_hash, tuple(sorted(codes))))
    return found


def answers(session: Session, edition: KeptEdition, methodology: Methodology) -> Answers:
    """The answers of the edition's current revision."""
    revision = session.get_one(Revision, (edition.record.id, edition.revision))
    if revision.packed is not None:
        shape = (len(edition.regions), len(methodology.indicators), len(methodology.groups))
        codes = np.frombuffer(revision.packed, dtype=np.uint8).reshape(shape)
        return Answers.from_codes(methodology, edition.regions, codes)
    table = METADATA.tables["answer"]
    columns = [table.c[name] for name in COLUMNS]
    asked = sa.select(*columns).where(
        table.c.edition == edition.record.id, table.c.revision == edition.revision
    )
    rows = session.connection().execute(asked)
    return Answers.parse(
        methodology, (dict(zip(COLUMNS, row, strict=True)) for row in rows), edition.regions
    )


def quoted(session: Session, edition: KeptEdition) -> tuple[Quoted, ...]:
    """The scores that a publication gives, by region and dimension."""
    rows = session.exec(
        select(PublishedScore)
        .where(
            PublishedScore.edition == edition.record.id,
            PublishedScore.revision == edition.revision,
        )
        .order_by(col(PublishedScore.region), col(PublishedScore.dimension))
    )
    return tuple(
        Quoted(row.region, row.axis, row.dimension, row.group, row.score, row.source)
        for row in rows
    )
