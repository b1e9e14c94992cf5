"""How far a group is from the people it is compared with, at one place and time.

A gap is made only when both values are there, from two series that differ in the group
and in nothing else (source, dataset, vintage, age, sex, unit, dimensions). It carries the
flags of both. The gap is the group minus the others, so below 0 the group has less.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from services.indicators.outcomes import flags
from services.indicators.outcomes.formats import Observation
from services.indicators.outcomes.records import CLASS, SeriesRecord
from services.indicators.outcomes.store import BySeries

COMPARED_WITH = "NAT"
GROUPS = ("NEU27_2020_FOR", "EU27_2020_FOR", "FOR")
_TELLS_APART = ("citizen", "c_birth")
_DECIMALS = 6


@dataclass(frozen=True, slots=True)
class Pair:
    """Two series that differ in the group alone. others: nationals, or people born there."""

    group: SeriesRecord
    others: SeriesRecord


@dataclass(frozen=True, slots=True)
class Gap:
    """The difference in one place at one time.

    points, ratio  group minus others, group divided by others; None without both values,
                   the ratio also when the others' value is 0
    flag           what holds for either value
    """

    pair: Pair
    geo: str
    period: str
    group_value: float | None
    others_value: float | None
    points: float | None
    ratio: float | None
    flag: str
    reason: str | None


def pairs(series: Iterable[SeriesRecord]) -> list[Pair]:
    """Every pair that may be compared. Counts and classes have no gap that means something."""
    found = [one for one in series if not one.counted and one.unit != CLASS]
    others = {_alike(one): one for one in found if one.group == COMPARED_WITH}
    return [
        Pair(one, others[_alike(one)])
        for group in GROUPS
        for one in found
        if one.group == group and _alike(one) in others
    ]


def _alike(one: SeriesRecord) -> tuple[object, ...]:
    dims = tuple(sorted((k, v) for k, v in one.dims.items() if k not in _TELLS_APART))
    return (
        one.indicator, one.dataset, one.source if one.updated is None else one.updated,
        one.group_basis, one.unit, one.sex, one.age, dims, one.derived,
    )  # fmt: skip


def gaps(pair: Pair, held: BySeries) -> list[Gap]:
    """The gaps of a pair, by place and time."""
    group, others = held.get(pair.group.id, {}), held.get(pair.others.id, {})
    places = sorted(
        {(geo, period) for values in (group, others) for geo in values for period in values[geo]}
    )
    return [
        _gap(pair, geo, period, _at(group, geo, period), _at(others, geo, period))
        for geo, period in places
    ]


def _at(
    values: Mapping[str, Mapping[str, Observation]], geo: str, period: str
) -> Observation | None:
    return values.get(geo, {}).get(period)


def _gap(
    pair: Pair, geo: str, period: str, group: Observation | None, others: Observation | None
) -> Gap:
    one = group.value if group else None
    other = others.value if others else None
    flag = flags.united(*(each.flag for each in (group, others) if each))
    if one is None or other is None:
        missing = group if one is None else others
        label = (pair.group if one is None else pair.others).group_label
        why = flags.reason(missing.flag) if missing else "The source gives no value."
        return Gap(pair, geo, period, one, other, None, None, flag, f"{label}: {why}")
    ratio = round(one / other, _DECIMALS) if other else None
    return Gap(pair, geo, period, one, other, round(one - other, _DECIMALS), ratio, flag, None)
