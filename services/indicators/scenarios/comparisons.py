"""Regions side by side, and one region as it would be with other answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from services.indicators.domain import editions, scenarios
from services.indicators.domain.instrument import OVERALL
from services.indicators.domain.plan import Column
from services.indicators.domain.scenarios import Difference
from services.indicators.domain.scoring import Scores
from services.indicators.editions import profiles
from services.indicators.editions.profiles import Titles
from services.indicators.published.holdings import Holdings
from services.indicators.published.records import RegionRecord
from services.indicators.published.sheets import Sheet
from services.indicators.scenarios.computed import about, region_name, scores_of, titles, value
from services.indicators.scenarios.schemas import (
    Change,
    ComparisonOut,
    DimensionDifference,
    EffectOut,
    Imagined,
    RegionDifference,
    RegionValue,
    SideBySide,
    Value,
    WhatIfIn,
    WhatIfOut,
)
from shared.problems import InputError, Invalid

_WHOLE = Column(OVERALL, OVERALL)


def comparison(sheet: Sheet, holdings: Holdings, regions: Sequence[RegionRecord]) -> ComparisonOut:
    """The regions side by side, and from the first to each of the others."""
    scores = scores_of(sheet, "Comparisons")
    first, *others = regions
    return ComparisonOut(
        **profiles.heading(sheet),
        regions=[region_name(one) for one in regions],
        dimensions=[
            SideBySide(
                **about(sheet, column),
                values=[_value(scores, one.code, column) for one in regions],
            )
            for column in scores.columns
        ],
        differences=[
            _between(sheet, scores, first.code, one.code, titles(sheet, holdings)) for one in others
        ],
    )


def _value(scores: Scores, region: str, column: Column) -> RegionValue:
    rank = scores.ranks.at(scores.columns.index(column), scores.row(region))
    return RegionValue(region=region, **value(scores, scores.one(region, *column), rank))


def _between(
    sheet: Sheet, scores: Scores, first: str, other: str, named: Titles
) -> RegionDifference:
    found = {
        column: scenarios.difference(
            scores.contributions(first, *column), scores.contributions(other, *column)
        )
        for column in scores.columns
    }
    return RegionDifference(
        from_region=first,
        to_region=other,
        dimensions=[
            DimensionDifference(**about(sheet, column), **_sums(one))
            for column, one in found.items()
        ],
        effects=_effects(found[_WHOLE], named),
    )


def _sums(one: Difference | None) -> dict[str, Any]:
    if one is None:
        return {"change": None, "score_effect": None, "coverage_effect": None}
    return {
        "change": one.change,
        "score_effect": one.score_effect,
        "coverage_effect": one.coverage_effect,
    }


def _effects(one: Difference | None, named: Titles) -> list[EffectOut]:
    return [
        EffectOut(title=named.get(effect.indicator), **effect._asdict())
        for effect in (one.effects if one else ())
    ]


def what_if(sheet: Sheet, holdings: Holdings, asked: WhatIfIn) -> WhatIfOut:
    """The region with its changes among the others as they are.

    Invalid with everything that is wrong, with pointers into the body.
    """
    actual = scores_of(sheet, "What-if questions")
    region = _asked_region(sheet, holdings, asked)
    rows = [one.model_dump() for one in asked.changes]
    found = scenarios.what_if(actual, region.code, rows)
    place = actual.row(region.code)
    named = titles(sheet, holdings)
    changes = {column: found.difference(actual, *column) for column in actual.columns}
    dimensions = [
        Imagined(
            **about(sheet, column),
            **_sums(changes[column]),
            before=Value(
                **value(actual, actual.one(region.code, *column), actual.ranks.at(number, place))
            ),
            after=Value(
                **value(actual, found.scores.one(region.code, *column), found.ranks[column])
            ),
        )
        for number, column in enumerate(actual.columns)
    ]
    return WhatIfOut(
        **profiles.heading(sheet),
        what_if_id=_what_if_id(actual, region.code, asked.changes),
        region=region_name(region),
        changes=asked.changes,
        dimensions=dimensions,
        effects=_effects(changes[_WHOLE], named),
        contributions=profiles.contributions(found.scores, region.code, named),
    )


def _what_if_id(actual: Scores, region: str, changes: Sequence[Change]) -> str:
    cells = sorted([one.indicator, one.group, one.state, one.option or ""] for one in changes)
    spec = {"what_if": [region, cells]}
    return editions.score_id(actual.answers, actual.methodology, spec)


def _asked_region(sheet: Sheet, holdings: Holdings, asked: WhatIfIn) -> RegionRecord:
    """The region. Invalid with what is wrong with it and with every change, all at once."""
    assert sheet.scores is not None
    answers = sheet.scores.answers
    errors: list[InputError] = []
    code = holdings.codes.get(asked.region)
    if code not in answers.rows_of:
        detail = f"{asked.region} is not a region of {sheet.edition.record.id}."
        errors.append(
            InputError(
                "E_UNKNOWN_REGION", detail, "/region", value=asked.region,
                allowed=list(answers.regions),
            )
        )  # fmt: skip
    # Any region will do to see what is wrong with the cells.
    some = code if code in answers.rows_of else next(iter(answers.regions), None)
    if some is not None:
        rows = [{**one.model_dump(), "region": some} for one in asked.changes]
        errors += _wrong(lambda: answers.of(some).replaced(rows))
    if errors or code is None:
        raise Invalid("The changes cannot be made. Nothing is stored either way.", errors)
    return holdings.regions[code]


def _wrong(change: Callable[[], object]) -> list[InputError]:
    try:
        change()
    except Invalid as refused:
        return [_pointed(one) for one in refused.errors]
    return []


def _pointed(one: InputError) -> InputError:
    """An error in a row of a table as one in the list of changes: row 2 is the first of it."""
    assert one.row is not None
    pointer = f"/changes/{one.row - 2}/{one.column}"
    twice = one.code == "E_DUPLICATE_ANSWER"  # which speaks of a row
    detail = "another change is about the same cell" if twice else one.detail
    return replace(one, row=None, column=None, pointer=pointer, detail=detail)
