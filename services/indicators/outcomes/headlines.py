"""Headline values of a region, and one value per region for the map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from services.indicators.outcomes import territory
from services.indicators.outcomes.records import IndicatorRecord, SeriesRecord
from services.indicators.outcomes.schemas import Outcome, Part, TerritorialFit
from services.indicators.outcomes.store import BySeries, Catalogue, Values
from services.indicators.outcomes.territory import Reading
from services.indicators.published.records import RegionRecord

T = TypeVar("T")

Names = Mapping[str, str]
"""Code of a territory -> its name."""

LEAST_REGIONS = 15
"""An indicator with values in fewer regions is not offered on the map."""

_NEARLY_ALL = 0.8


def headline_series(catalogue: Catalogue) -> list[str]:
    """Ids of every series that may serve a headline value."""
    shown = [one for one in catalogue.indicators.values() if one.headline]
    return [name for one in shown for name in one.series]


def headlines(
    region: RegionRecord, catalogue: Catalogue, found: BySeries, names: Names
) -> list[Outcome]:
    """One value for each headline indicator and group; null with its reason where there is none."""
    return [
        _outcome(indicator, group, _best(region, catalogue, choices, found), names)
        for indicator in catalogue.indicators.values()
        if indicator.headline
        for group, choices in _choices(indicator, catalogue).items()
    ]


def _choices(
    indicator: IndicatorRecord, catalogue: Catalogue
) -> dict[str | None, list[SeriesRecord]]:
    """Group -> its series: the one to show first, then the others from new to old."""
    first = [catalogue.series[name] for name in indicator.headline_series]
    rest = [one for one in catalogue.of(indicator.code) if one not in first]
    rest.sort(key=lambda one: one.periods[-1], reverse=True)
    groups = dict.fromkeys(one.group for one in (first or rest))
    return {group: [one for one in (*first, *rest) if one.group == group] for group in groups}


def _best(
    region: RegionRecord, catalogue: Catalogue, choices: Sequence[SeriesRecord], found: BySeries
) -> Reading:
    """The first series that says anything about the region, be it that there is no value.

    Nothing is filled in from an older or differently defined series: the values for
    different groups stand side by side and have to be comparable.
    """
    within = catalogue.within.get(region.code, ())
    readings = [territory.read(region, one, found.get(one.id, {}), within) for one in choices]
    return next((one for one in readings if one.kind is not None), readings[0])


def _outcome(
    indicator: IndicatorRecord, group: str | None, reading: Reading, names: Names
) -> Outcome:
    series, held = reading.series, reading.kind is not None
    parts = [Part(code=one.geo, name=names.get(one.geo, one.geo), value=one.value,
                  flag=one.flag or None) for one in reading.parts]  # fmt: skip
    fit = (
        TerritorialFit(kind=reading.kind, codes=list(reading.codes), note=reading.note)
        if reading.kind
        else None
    )
    return Outcome(
        indicator=indicator.code,
        name=indicator.name,
        population_group=group,
        group_label=series.group_label,
        value=reading.value,
        unit=series.unit,
        period=reading.period,
        flag=reading.flag or None,
        reason=reading.reason,
        series=series.id if held else None,
        sex=series.sex,
        age=series.age,
        source=series.attribution if held else None,
        dataset=series.dataset if held else None,
        licence=series.licence if held else None,
        retrieved=series.date if held else None,
        derived=series.derived if held else None,
        calculation=series.calculation if held else None,
        doubts=list(series.doubts) if held else [],
        territorial_fit=fit,
        parts=parts if reading.kind in ("parts", "summed") else [],
    )


@dataclass(frozen=True, eq=False)
class Coloured:
    """One series at one period as a map layer: a reading per region."""

    indicator: IndicatorRecord
    series: SeriesRecord
    period: str
    readings: Mapping[str, Reading]
    cover: int
    """How many of MIPEX-R's regions have a value."""

    @property
    def values(self) -> list[float]:
        """The values that regions have."""
        return [one.value for one in self.readings.values() if one.value is not None]


def coloured(
    regions: Sequence[RegionRecord], catalogue: Catalogue, found: BySeries
) -> dict[tuple[str, str], Coloured]:
    """(indicator, group) -> layer, for every indicator with values in enough regions.

    Counts are left out: a map coloured by counts shows how large regions are. Each layer
    is one series at one period, so neither sources nor years are mixed on one map.
    """
    layers: dict[tuple[str, str], Coloured] = {}
    for indicator in catalogue.indicators.values():
        for group, choices in _choices(indicator, catalogue).items():
            shown = [
                layer
                for one in choices
                if not one.counted and (layer := _layer(indicator, one, regions, catalogue, found))
            ]
            best = _fullest({one: one.cover for one in shown})
            if best is not None and len(best.values) >= LEAST_REGIONS:
                layers[indicator.code, group or "TOTAL"] = best
    return layers


def _layer(
    indicator: IndicatorRecord,
    series: SeriesRecord,
    regions: Sequence[RegionRecord],
    catalogue: Catalogue,
    found: BySeries,
) -> Coloured | None:
    """The series at its newest period, unless an earlier one covers clearly more regions."""
    held = found.get(series.id, {})
    periods = {period for values in held.values() for period in values}
    main = [one for one in regions if one.in_mipex_r]
    cover = {
        period: sum(
            one.value is not None for one in _read(series, main, catalogue, held, period).values()
        )
        for period in sorted(periods, reverse=True)
    }
    best = _fullest(cover)
    if best is None:
        return None
    readings = _read(series, regions, catalogue, held, best)
    return Coloured(indicator, series, best, readings, cover[best])


def _read(
    series: SeriesRecord,
    regions: Sequence[RegionRecord],
    catalogue: Catalogue,
    held: Values,
    period: str,
) -> dict[str, Reading]:
    """What the series says about each region at one period."""
    then = {code: {period: values[period]} for code, values in held.items() if period in values}
    return {
        one.code: territory.read(one, series, then, catalogue.within.get(one.code, ()))
        for one in regions
    }


def _fullest(cover: Mapping[T, int]) -> T | None:
    """The first that covers nearly as many of MIPEX-R's regions as the fullest."""
    most = max(cover.values(), default=0)
    return next((one for one, n in cover.items() if n >= _NEARLY_ALL * most), None)
