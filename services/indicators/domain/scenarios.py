"""What made two scores differ (S8), and what a changed answer would do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from services.indicators.domain.decomposition import Decomposition
from services.indicators.domain.instrument import ALL, OVERALL
from services.indicators.domain.plan import Column
from services.indicators.domain.ranking import UNSCORED, Rank
from services.indicators.domain.scoring import Scores, score


class Effect(NamedTuple):
    """What one indicator adds to a difference, in points.

    score_effect     because it was answered better or worse
    coverage_effect  because it weighs more or less, or has a value on one side only
    """

    indicator: str
    score_effect: float
    coverage_effect: float


@dataclass(frozen=True)
class Difference:
    """From `before` to `after`, in points; all effects add up to `change`."""

    before: float
    after: float
    effects: tuple[Effect, ...]

    @property
    def change(self) -> float:
        """after minus before."""
        return self.after - self.before

    @property
    def score_effect(self) -> float:
        """The part of the change that comes from answers."""
        return sum(effect.score_effect for effect in self.effects)

    @property
    def coverage_effect(self) -> float:
        """The part of the change that comes from what was answered and how it weighs."""
        return sum(effect.coverage_effect for effect in self.effects)


def difference(before: Decomposition, after: Decomposition) -> Difference | None:
    """The difference of two scores of one dimension, by indicator code; None unless both exist.

    The two may be two regions, two editions or a what-if. Swapping them turns every sign.
    """
    if before.score is None or after.score is None:
        return None
    middle = (before.score + after.score) / 2
    old = {row.indicator: (row.weight, row.score) for row in before.rows()}
    new = {row.indicator: (row.weight, row.score) for row in after.rows()}
    effects = (
        Effect(code, *_effect(old.get(code, _ABSENT), new.get(code, _ABSENT), middle))
        for code in sorted({*old, *new})
    )
    return Difference(before.score, after.score, tuple(effects))


_ABSENT = (0.0, None)
_Side = tuple[float, float | None]


def _effect(old: _Side, new: _Side, middle: float) -> tuple[float, float]:
    (old_weight, old_score), (new_weight, new_score) = old, new
    shift = new_weight - old_weight
    if old_score is not None and new_score is not None:
        better = (old_weight + new_weight) / 2 * (new_score - old_score)
        return better, shift * ((old_score + new_score) / 2 - middle)
    if old_score is None and new_score is None:
        return 0.0, 0.0
    only = old_score if new_score is None else new_score
    assert only is not None
    return 0.0, shift * (only - middle)


@dataclass(frozen=True, eq=False)
class WhatIf:
    """One region with some answers changed, among the others as they are; nothing is stored.

    scores  the changed region alone: `scores.of(region)`, `scores.contributions(region)`
    ranks   its rank in every column among all regions of the edition
    """

    region: str
    scores: Scores
    ranks: Mapping[Column, Rank]

    def difference(
        self, actual: Scores, axis: str = OVERALL, dimension: str = OVERALL, group: str = ALL
    ) -> Difference | None:
        """What the changes do to one score of the region."""
        place = (self.region, axis, dimension, group)
        return difference(actual.contributions(*place), self.scores.contributions(*place))


def what_if(actual: Scores, region: str, rows: Iterable[Mapping[str, str | None]]) -> WhatIf:
    """The region with the given cells changed: rows with indicator, group, state and option.

    Invalid with all errors at once (the first row counts as row 2, as in a file);
    NotFound when the region has no answers in the edition.
    """
    row = actual.row(region)
    changed = actual.answers.of(region).replaced({**one, "region": region} for one in rows)
    scores = score(actual.methodology, changed)
    others = np.delete(actual.keys, row, axis=1)
    own = scores.keys
    better = (others > own).sum(axis=1).tolist()
    tied = (others == own).sum(axis=1).tolist()
    known = (others != UNSCORED).sum(axis=1).tolist()
    scored = (own[:, 0] != UNSCORED).tolist()
    numbers = zip(scores.columns, better, tied, known, scored, strict=True)
    return WhatIf(region, scores, {column: _rank(*found) for column, *found in numbers})


def _rank(better: int, tied: int, known: int, scored: bool) -> Rank:
    if not scored:
        return Rank(None, known, 0, None)
    share = (known - better - tied + 0.5 * tied) / known if known else None
    return Rank(better + 1, known + 1, tied + 1, share)
