"""The outcome statistics in the database, read."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import sqlalchemy as sa
from sqlmodel import Session, col, select

from services.indicators.outcomes.formats import Observation
from services.indicators.outcomes.records import (
    IndicatorRecord,
    OutcomeNotes,
    SeriesRecord,
    SourceRecord,
    TerritoryRecord,
)
from services.indicators.tables import (
    METADATA,
    OUTCOME_NOTES,
    Document,
    OutcomeIndicator,
    OutcomeSeries,
    Territory,
)


@dataclass(frozen=True, eq=False)
class Catalogue:
    """All that describes the outcome values, without the values. Everything by its id, in order."""

    notes: OutcomeNotes | None
    indicators: Mapping[str, IndicatorRecord]
    series: Mapping[str, SeriesRecord]
    sources: Mapping[str, SourceRecord]
    territories: Mapping[str, TerritoryRecord]

    @cached_property
    def within(self) -> Mapping[str, Sequence[str]]:
        """Code of a region -> codes of the smaller territories in it that are not regions."""
        found: dict[str, list[str]] = {}
        for one in self.territories.values():
            if one.part_of is not None:
                found.setdefault(one.part_of, []).append(one.code)
        return found

    @cached_property
    def groups(self) -> list[str]:
        """Every population group that a series describes."""
        return sorted({one.group for one in self.series.values() if one.group})

    def of(self, indicator: str) -> list[SeriesRecord]:
        """The series of an indicator."""
        return [self.series[name] for name in self.indicators[indicator].series]


def catalogue(session: Session) -> Catalogue:
    """Definitions, series, sources and territories."""
    notes = session.get(Document, OUTCOME_NOTES)
    indicators = session.exec(
        select(OutcomeIndicator.record).order_by(col(OutcomeIndicator.position))
    )
    series = session.exec(
        select(OutcomeSeries.record, OutcomeSeries.source).order_by(col(OutcomeSeries.position))
    ).all()
    territories = session.exec(select(Territory.record).order_by(col(Territory.code)))
    found = [SeriesRecord.model_validate_json(record) for record, _ in series]
    sources = [SourceRecord.model_validate_json(source) for source in {one for _, one in series}]
    defined = map(IndicatorRecord.model_validate_json, indicators)
    return Catalogue(
        OutcomeNotes.model_validate_json(notes.record) if notes else None,
        {one.code: _with_imported(one, found) for one in defined},
        {one.id: one for one in found},
        {one.id: one for one in sources},
        {one.code: one for one in map(TerritoryRecord.model_validate_json, territories)},
    )


def _with_imported(one: IndicatorRecord, series: Sequence[SeriesRecord]) -> IndicatorRecord:
    """The definition with the series that its file does not list because they were imported."""
    more = [each.id for each in series if each.indicator == one.code and each.id not in one.series]
    return one.model_copy(update={"series": (*one.series, *more)}) if more else one


Values = Mapping[str, Mapping[str, Observation]]
"""Territory -> period -> the observation, of one series."""

BySeries = Mapping[str, Values]

_TABLE = METADATA.tables["outcome_observation"]
_COLUMNS = [_TABLE.c[name] for name in Observation._fields]


def at(session: Session, codes: Collection[str], series: Collection[str]) -> BySeries:
    """The observations of these territories in these series."""
    return _by_series(session, _TABLE.c.geo.in_(codes) & _TABLE.c.series.in_(series))


def of(session: Session, series: Collection[str]) -> BySeries:
    """All observations of these series."""
    return _by_series(session, _TABLE.c.series.in_(series))


def _by_series(session: Session, which: sa.ColumnElement[bool]) -> BySeries:
    found: dict[str, dict[str, dict[str, Observation]]] = {}
    for row in session.connection().execute(sa.select(*_COLUMNS).where(which)):
        one = Observation._make(row)
        found.setdefault(one.series, {}).setdefault(one.geo, {})[one.period] = one
    return found


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which observations are asked for; None: all. after: the position of the last one seen."""

    series: Collection[str] | None
    territories: Collection[str] | None
    periods: Collection[str] | None
    after: int = -1
    limit: int | None = None


def page(session: Session, wanted: Wanted) -> list[tuple[int, Observation]]:
    """Observations with their positions, in order."""
    columns = _TABLE.c
    asked = sa.select(columns.position, *_COLUMNS).where(columns.position > wanted.after)
    for column, values in (
        (columns.series, wanted.series),
        (columns.geo, wanted.territories),
        (columns.period, wanted.periods),
    ):
        if values is not None:
            asked = asked.where(column.in_(values))
    asked = asked.order_by(columns.position).limit(wanted.limit)
    rows = session.connection().execute(asked)
    return [(row[0], Observation._make(row[1:])) for row in rows]
