"""Map layers, made from outcome statistics and from the scores of editions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from services.indicators.domain.instrument import ALL
from services.indicators.layers import scales
from services.indicators.layers.schemas import Layer, LayerValue, LayerValues, Scale, ValueState
from services.indicators.outcomes.headlines import Coloured
from services.indicators.outcomes.records import CLASS, OutcomeNotes
from services.indicators.outcomes.territory import Reading
from services.indicators.published.sheets import Keep, Row, Sheet

FIRST = "employment-gap"
"""The indicator of the layer that the map begins with."""

GROUP_ORDER = ("FOR", "NAT", "TOTAL")

Direction = Literal["higher", "lower", "none"]
DIRECTIONS: Mapping[str, Direction] = {
    "higher is better": "higher",
    "lower is better": "lower",
    "none": "none",
}


def outcome_layers(coloured: Mapping[tuple[str, str], Coloured]) -> list[Layer]:
    """A layer per indicator; the one that the map begins with comes first."""
    codes = dict.fromkeys(code for code, _ in coloured)
    in_order = sorted(codes, key=lambda code: code != FIRST)
    return [_outcome_layer(code, coloured) for code in in_order]


def outcome_groups(code: str, coloured: Mapping[tuple[str, str], Coloured]) -> list[str]:
    """The groups that an indicator can be coloured for; foreign-born first."""
    found = [group for one, group in coloured if one == code]
    order = {group: place for place, group in enumerate(GROUP_ORDER)}
    return sorted(found, key=lambda group: (order.get(group, len(order)), group))


def _outcome_layer(code: str, coloured: Mapping[tuple[str, str], Coloured]) -> Layer:
    groups = outcome_groups(code, coloured)
    one = coloured[code, groups[0]]
    return Layer(
        id=f"outcome.{code}",
        name=one.indicator.name,
        kind="outcome",
        unit=one.series.unit,
        edition=None,
        axis=None,
        dimension=None,
        indicator=code,
        provenance="statistics",
        groups=groups,
        period=one.period,
        source=one.series.attribution,
    )


def outcome_values(one: Coloured, group: str, notes: OutcomeNotes | None) -> LayerValues:
    """The values of one indicator for one group, for every region."""
    classes = one.series.unit == CLASS
    breaks = (scales.class_breaks if classes else scales.quantile_breaks)(one.values)
    values = [
        LayerValue(
            code=code,
            value=reading.value,
            state=_state(reading),
            provenance="statistics",
            flag=reading.flag or None,
            note=reading.reason or reading.note if reading.kind else None,
        )
        for code, reading in one.readings.items()
    ]
    return LayerValues(
        layer=f"outcome.{one.indicator.code}",
        name=one.indicator.name,
        kind="outcome",
        unit=one.series.unit,
        group=group,
        group_label=one.series.group_label,
        scale=Scale(type="threshold", breaks=breaks, direction=DIRECTIONS[one.indicator.direction]),
        period=one.period,
        source=one.series.attribution,
        dataset=one.series.dataset,
        licence=one.series.licence,
        provenance="statistics",
        notice=notes.notice if notes else None,
        doubts=list(one.series.doubts),
        values=values,
    )


def _state(reading: Reading) -> ValueState:
    if reading.value is not None:
        return "ok" if reading.kind == "matches" else reading.kind or "ok"
    if reading.kind == "parts":
        return "parts"
    return "unreliable" if "u" in reading.flag else "missing"


def score_dimensions(sheet: Sheet) -> list[tuple[str, str]]:
    """(axis, dimension) of an edition that have scores, overall first."""
    if sheet.scores is None:
        return list(dict.fromkeys((one.axis, one.dimension) for one in sheet.quoted))
    return list(dict.fromkeys((one.axis, one.dimension) for one in sheet.scores.columns))


def score_groups(sheet: Sheet, axis: str, dimension: str) -> list[str]:
    """The groups for which an edition scores a dimension, ALL first."""
    if sheet.scores is None:
        found = {
            one.group for one in sheet.quoted if (one.axis, one.dimension) == (axis, dimension)
        }
        return sorted(found, key=lambda group: (group != ALL, group))
    columns = sheet.scores.columns
    return [one.group for one in columns if (one.axis, one.dimension) == (axis, dimension)]


def score_layers(sheet: Sheet) -> list[Layer]:
    """A layer per dimension of an edition."""
    record = sheet.edition.record
    return [
        Layer(
            id=f"score.{record.id}.{dimension}",
            name=sheet.names[axis, dimension],
            kind="score",
            unit="points",
            edition=record.id,
            axis=axis,
            dimension=dimension,
            indicator=None,
            provenance=sheet.provenance,
            groups=score_groups(sheet, axis, dimension),
            period=record.date,
            source=record.source,
        )
        for axis, dimension in score_dimensions(sheet)
    ]


def score_values(sheet: Sheet, layer: Layer, group: str) -> LayerValues:
    """The scores of one dimension for one group, for every region of the edition."""
    record = sheet.edition.record
    assert layer.axis is not None
    assert layer.dimension is not None
    keep = Keep(axes={layer.axis}, dimensions={layer.dimension}, groups={group})
    return LayerValues(
        layer=layer.id,
        name=layer.name,
        kind="score",
        unit="points",
        group=group,
        group_label=None,
        scale=Scale(type="threshold", breaks=list(scales.SCORE_BREAKS), direction="higher"),
        period=record.date,
        source=record.source,
        dataset=None,
        licence=record.licence,
        provenance=sheet.provenance,
        notice=record.notice,
        doubts=[],
        values=[_score_value(row) for row in sheet.rows(keep)],
    )


def _score_value(row: Row) -> LayerValue:
    return LayerValue(
        code=row["region"],
        value=row["score"],
        state=row["state"],
        provenance=row["provenance"],
        flag=None,
        note=row["source"],
    )
