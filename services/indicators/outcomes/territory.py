"""Which published value describes a region, and how well its territory fits.

Values of parts are added only when they are counts. A rate of a region that is published
for its parts alone stays unknown: without denominators its parts have no mean.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import fsum
from typing import Literal

from services.indicators.outcomes import flags
from services.indicators.outcomes.formats import Observation
from services.indicators.outcomes.records import CLASS, SeriesRecord
from services.indicators.published.records import RegionRecord

Kind = Literal["matches", "larger", "summed", "parts"]
Found = Mapping[str, Mapping[str, Observation]]
"""Territory -> period -> the observation, of one series."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a series says about a region. kind None: the series says nothing about it.

    reason  why there is no value; None when there is one
    parts   the values of the parts, where the region has none of its own
    """

    series: SeriesRecord
    value: float | None
    period: str | None
    flag: str
    kind: Kind | None
    codes: tuple[str, ...]
    note: str | None
    reason: str | None
    parts: tuple[Observation, ...] = ()


def read(
    region: RegionRecord,
    series: SeriesRecord,
    found: Found,
    within: Sequence[str] = (),
) -> Reading:
    """The value of the newest period for which there is an observation.

    The region's own territory comes first, then the sum of its parts, then a larger
    territory; values of parts that cannot be added come last, and beside a null.
    """
    own = _codes(region, "matches")
    # Classes are given to NUTS 3 regions, which are too small to be regions here.
    parts = list(within) if series.unit == CLASS else _codes(region, "part")
    only = f"{region.code}0"
    if parts == [only]:
        # By the rules of NUTS a single subdivision ends in 0 and is the same territory.
        own, parts = [*own, only], []
    newest = _newest(own, found)
    if newest is not None:
        return _own(series, newest)
    if parts:
        reading = _parts(series, found, parts)
        if reading is not None:
            return reading
    newest = _newest(_codes(region, "larger"), found)
    if newest is not None:
        return _larger(series, newest, region)
    reason = "This source holds no value for the region."
    return Reading(series, None, None, "", None, (), None, reason)


def _codes(region: RegionRecord, fit: str) -> list[str]:
    return [one.code for one in region.statistical_codes if one.fit == fit]


def _newest(codes: Sequence[str], found: Found) -> Observation | None:
    """The newest observation of these territories; of equally new ones that of the first code."""
    held = [found[code] for code in codes if code in found]
    newest = [periods[max(periods)] for periods in held]
    return max(newest, key=_period, default=None)


def _period(one: Observation) -> str:
    return one.period


def _own(series: SeriesRecord, one: Observation) -> Reading:
    note = series.geo_notes.get(one.geo)
    return Reading(
        series, one.value, one.period, one.flag, "matches", (one.geo,), note, missing(one)
    )


def _larger(series: SeriesRecord, one: Observation, region: RegionRecord) -> Reading:
    note = f"The value is of {one.geo}, which holds more than {region.name}."
    return Reading(
        series, one.value, one.period, one.flag, "larger", (one.geo,), note, missing(one)
    )


def _parts(series: SeriesRecord, found: Found, codes: Sequence[str]) -> Reading | None:
    periods = {period for code in codes for period in found.get(code, {})}
    if not periods:
        return None
    newest = max(periods)
    held = [found[code][newest] for code in codes if newest in found.get(code, {})]
    flag = flags.united(*(one.flag for one in held))
    known = {one.geo for one in held if one.value is not None}
    unknown = [code for code in codes if code not in known]
    if series.counted and not unknown:
        # To six places: 0.1 + 0.2 thousand persons are 0.3.
        total = round(fsum(one.value for one in held if one.value is not None), 6)
        note = f"The sum of {', '.join(codes)}."
        return Reading(series, total, newest, flag, "summed", tuple(codes), note, None, tuple(held))
    if series.counted:
        reason = f"There is no value for {', '.join(unknown)}, so the parts do not add up."
    elif series.unit == "class":
        reason = "Only parts of the region have a class; the region as a whole has none."
    else:
        reason = "Published for parts of the region only, and rates are not averaged."
    codes_held = tuple(one.geo for one in held)
    return Reading(series, None, newest, flag, "parts", codes_held, None, reason, tuple(held))


def missing(one: Observation) -> str | None:
    """Why an observation has no value; None when it has one."""
    return None if one.value is not None else flags.reason(one.flag)
