"""The gap between a score and a target, and the fewest steps that close it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import urlencode

from services.indicators.domain import targets
from services.indicators.domain.targets import Plan
from services.indicators.editions import profiles
from services.indicators.editions.profiles import Titles
from services.indicators.published.holdings import Holdings
from services.indicators.published.records import RegionRecord
from services.indicators.published.sheets import Sheet
from services.indicators.scenarios.computed import about, place, region_name, scores_of, titles
from services.indicators.scenarios.schemas import Cells, GapOut, OptionName, StepOut

AREA = "area"


def gap(
    sheet: Sheet,
    holdings: Holdings,
    region: RegionRecord,
    target: float,
    dimension: str,
    group: str,
    base: str,
) -> GapOut:
    """The plan for one score of a region. `base` stands before paths at the public door."""
    scores = scores_of(sheet, "Gaps and plans")
    column = place(scores, dimension, group)
    plan = targets.plan(scores, region.code, target, *column)
    known = list(_steps(sheet, plan, titles(sheet, holdings)))
    areas = _areas(known)
    query = urlencode([("area", one) for one in areas])
    return GapOut(
        **profiles.heading(sheet),
        **about(sheet, column),
        region=region_name(region),
        target=target,
        score=plan.score,
        state=scores.one(region.code, *column).state,  # type: ignore[arg-type]
        gap=plan.gap,
        attainable=plan.attainable,
        out_of_reach=plan.out_of_reach,
        reached=plan.reached,
        steps=known,
        answers=Cells(**scores.shares(region.code)[column]._asdict()),
        areas=areas,
        suggestions_link=f"{base}/regions/{region.code}/suggestions?{query}" if areas else None,
    )


def _steps(sheet: Sheet, plan: Plan, named: Titles) -> Iterator[StepOut]:
    assert sheet.methodology is not None
    for step, score in zip(plan.steps, plan.after, strict=True):
        indicator = sheet.methodology.indicator(step.indicator)
        options = {
            one.code: OptionName(code=one.code, value=float(one.value), text=one.text)
            for one in indicator.options
        }
        yield StepOut(
            indicator=step.indicator,
            title=named.get(step.indicator),
            group=step.group,
            areas=list(indicator.tags.get(AREA, ())),
            from_option=options[step.from_option],
            to_option=options[step.to_option],
            gain=step.gain,
            score=score,
        )


def _areas(steps: Sequence[StepOut]) -> list[str]:
    gains: dict[str, float] = {}
    for step in steps:
        for area in step.areas:
            gains[area] = gains.get(area, 0.0) + step.gain
    return sorted(gains, key=lambda area: (-round(gains[area], 9), area))
