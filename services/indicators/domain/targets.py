"""The gap to a target, the smallest plan that closes it, and what is out of reach (S9)."""

from __future__ import annotations

import heapq
from collections.abc import Collection
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from services.indicators.domain.faults import refusal
from services.indicators.domain.instrument import ALL, GROUP, OVERALL, Indicator
from services.indicators.domain.ranking import key
from services.indicators.domain.scoring import Scores


class Step(NamedTuple):
    """One answer moved to the next better option; `gain` in points of the score."""

    indicator: str
    group: str
    from_option: str
    to_option: str
    gain: float


@dataclass(frozen=True)
class Plan:
    """How one score could reach a target.

    score       points now; None without a score, and then nothing else is known
    gap         points still missing, 0 when the target is reached
    attainable  the highest score with every permitted answer at its best option and
                missing answers still missing
    out_of_reach  points of the target above `attainable`
    steps       in the order of their gain; empty when the target is reached
    after       the score after each of the steps
    reached     the score after all of them
    """

    target: float
    score: float | None
    gap: float | None
    attainable: float | None
    out_of_reach: float | None
    steps: tuple[Step, ...]
    after: tuple[float, ...]
    reached: float | None


def plan(
    scores: Scores,
    region: str,
    target: float,
    axis: str = OVERALL,
    dimension: str = OVERALL,
    group: str = ALL,
    permitted: Collection[tuple[str, str]] | None = None,
) -> Plan:
    """The plan for one score of one region.

    permitted  (indicator, group) cells that may change; None permits all. Only
               cells that are scored change, so coverage and weights stay as they are.

    Each step is the largest gain left, so no plan of steps to the next option
    needs fewer of them unless an option further on is worth more than the next.
    Invalid (E_VALUE_RANGE) for a target outside 0 to 100.
    """
    if not 0 <= target <= 100:
        raise refusal("E_VALUE_RANGE", "a target is from 0 to 100 points", value=str(target))
    whole = scores.contributions(region, axis, dimension, group)
    if whole.score is None:
        return Plan(target, None, None, None, None, (), (), None)
    lane = dimension if axis == GROUP else group
    ladders = [
        ladder
        for row in whole.rows()
        if row.weight > 0
        for ladder in _ladders(scores, region, row.indicator, row.weight, lane)
        if permitted is None or (ladder.indicator, ladder.group) in permitted
    ]
    gains = sum(step.gain for ladder in ladders for step in ladder.steps)
    attainable = _at_most_100(whole.score + gains)
    steps, after = _climb(whole.score, target, ladders)
    return Plan(
        target,
        whole.score,
        max(0.0, target - whole.score),
        attainable,
        max(0.0, target - attainable) if key(target) > key(attainable) else 0.0,
        steps,
        after,
        after[-1] if after else whole.score,
    )


class _Ladder(NamedTuple):
    indicator: str
    group: str
    steps: tuple[Step, ...]


def _ladders(scores: Scores, region: str, code: str, weight: float, lane: str) -> list[_Ladder]:
    """The scored cells behind one indicator score, with their better options from near to far."""
    indicator = scores.methodology.indicator(code)
    sizes = {group.code: group.weight for group in scores.methodology.groups}
    cells = [
        scores.answers.cell(region, code, group)
        for group in indicator.groups
        if lane in (ALL, group)
    ]
    # A cell that counts as 0 for want of competence weighs in the mean and cannot be moved.
    zero = scores.methodology.not_competent == "zero"
    counted = [
        one for one in cells if one.state == "scored" or (zero and one.state == "not_competent")
    ]
    total = sum((sizes[one.group] for one in counted), Fraction(0))
    return [
        _Ladder(code, one.group, _steps(indicator, one.group, one.option, weight * float(share)))
        for one in counted
        if one.option is not None
        for share in (sizes[one.group] / total,)
    ]


def _steps(indicator: Indicator, group: str, current: str, weight: float) -> tuple[Step, ...]:
    now = next(option for option in indicator.options if option.code == current)
    steps: list[Step] = []
    for option in sorted(indicator.options, key=lambda option: option.value):
        if option.value > now.value:
            gain = weight * float(option.value - now.value)
            steps.append(Step(indicator.code, group, now.code, option.code, gain))
            now = option
    return tuple(steps)


def _climb(
    score: float, target: float, ladders: list[_Ladder]
) -> tuple[tuple[Step, ...], tuple[float, ...]]:
    """Take the largest gain again and again; a step opens when the one before it is taken.

    Returns the steps and the score after each.
    """
    queue = [
        (-ladder.steps[0].gain, place, 0) for place, ladder in enumerate(ladders) if ladder.steps
    ]
    heapq.heapify(queue)
    taken: list[Step] = []
    after: list[float] = []
    while queue and key(score) < key(target):
        _, place, number = heapq.heappop(queue)
        steps = ladders[place].steps
        score = _at_most_100(score + steps[number].gain)
        taken.append(steps[number])
        after.append(score)
        if number + 1 < len(steps):
            heapq.heappush(queue, (-steps[number + 1].gain, place, number + 1))
    return tuple(taken), tuple(after)


def _at_most_100(points: float) -> float:
    # The gains to the best options add up to 100 and the noise of their sum, no score is more.
    return min(100.0, points)
