"""Outcome statistics as the API shows them: each value with all that is needed to cite it."""

from __future__ import annotations

from collections.abc import Container, Iterable

from services.indicators.outcomes import flags
from services.indicators.outcomes.formats import Observation
from services.indicators.outcomes.records import IndicatorRecord, SeriesRecord
from services.indicators.outcomes.schemas import (
    Described,
    ObservationOut,
    OutcomeIndicatorOut,
    SeriesOut,
)
from services.indicators.outcomes.store import Catalogue
from services.indicators.outcomes.territory import missing
from services.indicators.published.holdings import Holdings
from services.indicators.published.records import Fit


def name_of(geo: str, holdings: Holdings, catalogue: Catalogue) -> str:
    """What a territory is called."""
    return (holdings.regions.get(geo) or catalogue.territories[geo]).name


def described(
    places: Iterable[str], shown: Container[str], holdings: Holdings, catalogue: Catalogue
) -> list[Described]:
    """How the territories that are shown fit the regions that were asked for, in order.

    What is asked for by the code of a territory that is no region is what it is: no entry.
    """
    regions = dict.fromkeys(holdings.codes[one] for one in places if one in holdings.codes)
    found: list[Described] = []
    for code in regions:
        fits: dict[str, Fit] = dict.fromkeys(catalogue.within.get(code, ()), "part")
        fits |= {one.code: one.fit for one in holdings.regions[code].statistical_codes}
        fits[code] = "matches"
        found += [
            Described(region=code, territory=territory, fit=fit)
            for territory, fit in sorted(fits.items())
            if territory in shown
        ]
    return found


def observation(one: Observation, holdings: Holdings, catalogue: Catalogue) -> ObservationOut:
    """A value as it is shown."""
    series = catalogue.series[one.series]
    return ObservationOut.model_construct(
        indicator=series.indicator,
        series=series.id,
        region=one.geo,
        region_name=name_of(one.geo, holdings, catalogue),
        population_group=series.group,
        group_label=series.group_label,
        sex=series.sex,
        age=series.age,
        period=one.period,
        value=one.value,
        unit=series.unit,
        flag=one.flag or None,
        flag_original=one.original,
        confidentiality=flags.confidentiality(one.flag) or None,
        warning=flags.warning(one.flag),
        reason=missing(one),
        source=series.attribution,
        dataset=series.dataset,
        updated=series.updated,
        retrieved=series.date,
        licence=series.licence,
        derived=series.derived,
        note=series.geo_notes.get(one.geo) or series.calculation,
    )


def indicator(one: IndicatorRecord, catalogue: Catalogue) -> OutcomeIndicatorOut:
    """A definition with its series."""
    facts = one.model_dump(exclude={"series", "headline_series", "nearest_series"})
    return OutcomeIndicatorOut(
        **facts,
        has_values=bool(one.series),
        series=[series_out(each, catalogue) for each in catalogue.of(one.code)],
        nearest_series=list(one.nearest_series),
    )


def series_out(one: SeriesRecord, catalogue: Catalogue) -> SeriesOut:
    """A series without its values."""
    return SeriesOut(
        id=one.id,
        dataset=one.dataset,
        unit=one.unit,
        population_group=one.group,
        group_basis=one.group_basis,
        group_label=one.group_label,
        sex=one.sex,
        age=one.age,
        first_period=one.periods[0],
        last_period=one.periods[-1],
        n_values=one.values,
        n_territories=one.places,
        source=one.attribution,
        licence=one.licence,
        retrieved=one.date,
        updated=one.updated,
        trust=catalogue.sources[one.source].trust,
        derived=one.derived,
        calculation=one.calculation,
        flags_kept=one.flags_kept,
        nuts_version=one.nuts_version,
        doubts=list(one.doubts),
    )
