"""Imported series in the database: what is held, what replaces it, what was before.

A series is of one vintage as a whole. A newer one takes the place of all its values, and
those go to the history: values of two vintages never stand in one line. Files of the first
data are loaded around them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session, col, select

from services.indicators.outcomes.formats import Observation
from services.indicators.outcomes.records import SeriesRecord, SourceRecord, TerritoryRecord
from services.indicators.outcomes.tables import PAST, VINTAGE, OutcomePast, OutcomeVintage
from services.indicators.tables import METADATA, Holding, OutcomeSeries, Region, Territory
from shared.clock import now, stamp

FIRST = 1_000_000_000
"""Where the positions of imported series and values begin: after those of the files."""

IMPORTED = "imported outcomes"

Place = tuple[str, str]
"""Territory and period."""

_VALUES = METADATA.tables["outcome_observation"]
_SERIES = METADATA.tables["outcome_series"]


@dataclass(frozen=True, slots=True)
class Held:
    """An imported series as it stands."""

    record: SeriesRecord
    values: Mapping[Place, Observation]


@dataclass(frozen=True, slots=True)
class Arriving:
    """A series to be stored, whole, with the vintage that it takes the place of."""

    record: SeriesRecord
    values: Mapping[Place, Observation]
    before: Held | None


def held(session: Session, series: Sequence[str]) -> dict[str, Held]:
    """Those of the series that are held, by their ids."""
    records = session.exec(
        select(OutcomeSeries.id, OutcomeSeries.record).where(col(OutcomeSeries.id).in_(series))
    ).all()
    found: dict[str, dict[Place, Observation]] = {name: {} for name, _ in records}
    columns = [_VALUES.c[name] for name in Observation._fields]
    asked = sa.select(*columns).where(_VALUES.c.series.in_(list(found)))
    for row in session.connection().execute(asked):
        one = Observation._make(row)
        found[one.series][one.geo, one.period] = one
    return {
        name: Held(SeriesRecord.model_validate_json(record), found[name])
        for name, record in records
    }


def put(
    session: Session,
    arriving: Sequence[Arriving],
    source: SourceRecord,
    territories: Sequence[TerritoryRecord],
    file_hash: str,
) -> None:
    """Store the series; the state of the published data changes with them."""
    moment = stamp(now())
    for place in territories:
        session.add(Territory(code=place.code, record=place.model_dump_json()))
    position = _next(session, _SERIES)
    at = _next(session, _VALUES)
    for one in arriving:
        if one.before is None:
            session.add(OutcomeSeries(
                id=one.record.id, position=position, indicator=one.record.indicator,
                record="", source="",
            ))  # fmt: skip
            session.flush()
            position += 1
        else:
            _retire(session, one.before, one.record, moment)
        series = session.get_one(OutcomeSeries, one.record.id)
        series.record, series.source = one.record.model_dump_json(), source.model_dump_json()
        session.merge(OutcomeVintage(
            series=one.record.id, updated=one.record.updated or "", imported_at=moment,
            file_hash=file_hash, record=one.record.model_dump_json(),
        ))  # fmt: skip
        rows = [
            {"position": at + number, **value._asdict()}
            for number, (_, value) in enumerate(sorted(one.values.items()))
        ]
        at += len(rows)
        session.flush()
        session.connection().execute(sa.insert(_VALUES), rows)
    session.merge(Holding(name=IMPORTED, content_hash=file_hash, loaded_at=moment))


def _retire(session: Session, before: Held, after: SeriesRecord, moment: str) -> None:
    """Clear the place of a series; another vintage than before goes to the history."""
    name = before.record.id
    if before.record.updated != after.updated:
        vintage = session.get_one(OutcomeVintage, (name, before.record.updated))
        vintage.replaced_at = moment
        rows = [{**one._asdict(), "updated": vintage.updated} for one in before.values.values()]
        session.connection().execute(sa.insert(PAST), rows)
    session.connection().execute(sa.delete(_VALUES).where(_VALUES.c.series == name))


def _next(session: Session, table: sa.Table) -> int:
    last = session.connection().execute(sa.select(sa.func.max(table.c.position))).scalar_one()
    return max(FIRST, (last or 0) + 1)


def history(session: Session, series: str) -> Iterator[tuple[OutcomeVintage, OutcomePast]]:
    """Every value that was replaced, from the newest vintage to the oldest."""
    asked = (
        select(OutcomeVintage, OutcomePast)
        .where(col(OutcomeVintage.series) == series)
        .where(col(OutcomePast.series) == col(OutcomeVintage.series))
        .where(col(OutcomePast.updated) == col(OutcomeVintage.updated))
        .order_by(col(OutcomePast.updated).desc(), col(OutcomePast.geo), col(OutcomePast.period))
    )
    yield from session.exec(asked)


def places(session: Session) -> set[str]:
    """Every territory that has a record: regions and others."""
    return {*session.exec(select(Region.code)), *session.exec(select(Territory.code))}


def clear_files(session: Session, coming: Sequence[str]) -> None:
    """Delete what the files of the first data brought, before they are loaded again.

    coming  codes of the territories that the files will bring
    """
    imported = sa.select(VINTAGE.c.series)
    territory = METADATA.tables["territory"]
    used = sa.select(_VALUES.c.geo)
    for table, which in (
        (_VALUES, _VALUES.c.series.not_in(imported)),
        (_SERIES, _SERIES.c.id.not_in(imported)),
        (METADATA.tables["outcome_indicator"], sa.true()),
        (territory, territory.c.code.in_(coming) | territory.c.code.not_in(used)),
    ):
        session.connection().execute(sa.delete(table).where(which))
