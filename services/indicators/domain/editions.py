"""What differs between revisions, trends over what is comparable, score ids (S17)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from services.indicators.domain.answers import FIRST_OPTION, OUT_OF_SCOPE, Answers
from services.indicators.domain.instrument import ALL, OVERALL
from services.indicators.domain.methodology import Methodology, digest
from services.indicators.domain.ranking import key
from services.indicators.domain.scoring import Scores, score
from services.indicators.domain.weights import WeightSet

CODE_VERSION = "1"
"""Changes when the rules of this package give other numbers for the same inputs."""


class CellChange(NamedTuple):
    """One cell that differs between two revisions; `before` and `after` are (state, option)."""

    region: str
    indicator: str
    group: str
    before: tuple[str, str | None] | None
    after: tuple[str, str | None] | None


def changes(before: Answers, after: Answers) -> tuple[CellChange, ...]:
    """Every cell that differs, by region, indicator, group; None where a region was not there."""
    after.fit(before.methodology)
    sides = [
        {row[:3]: (row.state, row.option) for row in answers.rows()} for answers in (before, after)
    ]
    places = [row[:3] for row in after.rows()]
    gone = [row[:3] for row in before.rows() if row.region not in after.rows_of]
    return tuple(
        CellChange(*place, sides[0].get(place), sides[1].get(place))
        for place in sorted(places + gone, key=lambda place: place[0])
        if sides[0].get(place) != sides[1].get(place)
    )


def score_id(
    answers: Answers, methodology: Methodology, spec: Mapping[str, object] | None = None
) -> str:
    """The name of a computation: with it any number can be cited and recomputed.

    spec  what else went in, as plain data, for instance a robustness spec
    """
    return digest(
        {
            "answers": answers.hash,
            "methodology": [methodology.id, methodology.version, methodology.hash],
            "weights": WeightSet.of(methodology).hash,
            "spec": dict(spec or {}),
            "code": CODE_VERSION,
        }
    )


class Trend(NamedTuple):
    """One score of one region in two editions, in points; None where there is no score.

    before, after            over the comparable basket, by the later methodology's rules
    full_before, full_after  each by its own methodology over all its indicators
    change                   after minus before; exactly 0 when the direction is none
    direction                up, down, or none within 1e-9 points
    flag                     "b" where the basket changed between the editions, else ""
    """

    region: str
    before: float | None
    after: float | None
    full_before: float | None
    full_after: float | None
    change: float | None
    direction: Literal["up", "down", "none"] | None
    flag: Literal["b", ""]


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two editions made comparable. `basket` holds the codes of the common indicators."""

    basket: tuple[str, ...]
    changed: bool
    before: Scores
    after: Scores
    full_before: Scores
    full_after: Scores

    def trend(
        self, region: str, axis: str = OVERALL, dimension: str = OVERALL, group: str = ALL
    ) -> Trend:
        """The trend of one score. NotFound when the later methodology has no such dimension."""
        place = (axis, dimension, group)
        self.after.column(*place)
        before, after = (_points(one, region, place) for one in (self.before, self.after))
        change, direction = _change(before, after)
        return Trend(
            region,
            before,
            after,
            _points(self.full_before, region, place),
            _points(self.full_after, region, place),
            change,
            direction,
            "b" if self.changed else "",
        )


def compare(before: Answers, after: Answers) -> Comparison | None:
    """Two editions over their comparable basket; None when they share no question.

    An indicator is comparable when code, groups, and options with their values are the
    same. Both sides are scored with the later methodology's weights, tags and rules.
    """
    earlier, later = before.methodology, after.methodology
    basket = tuple(
        one.code
        for one in later.indicators
        if one.code in earlier.positions and _asked(earlier, one.code) == _asked(later, one.code)
    )
    common = later.only(basket)
    if not any(one.weight for one in common.indicators):
        return None
    changed = {*basket} != {*earlier.positions} or {*basket} != {*later.positions}
    return Comparison(
        basket,
        changed,
        score(common, onto(before, common)),
        score(common, onto(after, common)),
        score(earlier, before),
        score(later, after),
    )


def onto(answers: Answers, methodology: Methodology) -> Answers:
    """The answers to the questions of another methodology that are the same; others fall away."""
    source = answers.methodology
    shape = (len(answers.regions), len(methodology.indicators), len(methodology.groups))
    codes = np.full(shape, OUT_OF_SCOPE, dtype=np.uint8)
    for place, one in enumerate(methodology.indicators):
        here = source.positions[one.code]
        order = [option.code for option in source.indicators[here].options]
        numbers = {option.code: number for number, option in enumerate(one.options)}
        moved = [FIRST_OPTION + numbers[code] for code in order]
        table = np.array([*range(FIRST_OPTION), *moved], dtype=np.uint8)
        for group in one.groups:
            lane, lane_here = (m.group_codes.index(group) for m in (methodology, source))
            codes[:, place, lane] = table[answers.codes[:, here, lane_here]]
    return Answers.from_codes(methodology, answers.regions, codes)


def _asked(methodology: Methodology, code: str) -> tuple[object, object]:
    one = methodology.indicator(code)
    return frozenset(one.groups), {option.code: option.value for option in one.options}


def _points(scores: Scores, region: str, place: tuple[str, str, str]) -> float | None:
    if region not in scores.answers.rows_of or place not in scores.columns:
        return None
    return scores.one(region, *place).score


def _change(
    before: float | None, after: float | None
) -> tuple[float | None, Literal["up", "down", "none"] | None]:
    if before is None or after is None:
        return None, None
    if key(before) == key(after):
        return 0.0, "none"
    return after - before, "up" if after > before else "down"
