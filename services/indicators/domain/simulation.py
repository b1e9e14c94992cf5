"""Scores under changed weights, answers and rules: the model behind bands, drop-one and Sobol.

A replicate is a row of uniform numbers; equal rows give equal scores to the
last bit, in any batch. Weights are rounded to whole numbers so that sums stay
below 2**53 and are exact, whatever the order in which a matrix product adds.
"""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.indicators.domain.answers import FIRST_OPTION, Answers
from services.indicators.domain.faults import refusal
from services.indicators.domain.instrument import ALL, GROUP, OVERALL
from services.indicators.domain.methodology import Methodology
from services.indicators.domain.plan import EXACT, Column, Floats, Plan, compiled
from services.indicators.domain.ranking import keys
from services.indicators.domain.spec import Aggregation, Spec, WeightNoise

_LOG_STEP = 2**20
_FINEST, _COARSEST = 24, 8


class _Given(NamedTuple):
    """Answers of all regions under one rule, (R, I) each.

    A score is (weights @ values.T) / (weights @ scored.T): the factors `up` and `down` of
    the plan are inside. `gap` is as large as `scored` where a value is missing.
    partial: the regions in which an indicator of the column has no value; for all
    others the sum of the weights is the same. `have` and `lack` are `scored` and `gap`
    of those alone; `lack` is None when every region is asked everything.
    """

    values: Floats
    scored: Floats
    gap: Floats
    partial: NDArray[np.intp]
    have: Floats
    lack: Floats | None
    logs: Floats | None

    def arranged(self, order: NDArray[np.intp]) -> _Given:
        """The same with the region of row order[k] in row k."""
        values, scored, gap = self.values[order], self.scored[order], self.gap[order]
        partial = np.flatnonzero(np.isin(order, self.partial))
        lack = None if self.lack is None else gap[partial]
        logs = None if self.logs is None else self.logs[order]
        return _Given(values, scored, gap, partial, scored[partial], lack, logs)


class Model:
    """Comparison keys of one column for any replicate.

    factors  name -> the slice of a replicate's uniform numbers that it uses
    width    how many uniform numbers a replicate takes
    order    (R,) place of the region of each column among those of the answers
    """

    def __init__(
        self, methodology: Methodology, answers: Answers, spec: Spec, column: Column | None = None
    ) -> None:
        answers.fit(methodology)
        self.methodology, self.answers, self.spec = methodology, answers, spec
        self.column = column or Column(OVERALL, OVERALL, ALL)
        rules = spec.not_competent or (methodology.not_competent,)
        own = methodology.not_competent
        self.plans = [
            compiled(methodology if rule == own else replace(methodology, not_competent=rule))
            for rule in rules
        ]
        self.plan = self.plans[0]
        self.aggregations: tuple[Aggregation, ...] = spec.aggregations or (self._own_rule(),)
        self.lane, self.inside = self._place()
        self.step = self._step()
        self.given = [self._read(plan, answers.codes) for plan in self.plans]
        self.factors = self._factors()
        self.width = max((part.stop for part in self.factors.values()), default=0)
        self.strata = self._strata()
        self.order = np.arange(len(answers.regions))

    def arranged(self, order: NDArray[np.intp]) -> Model:
        """The same model with the regions in another order: order[k] is the place of column k."""
        other = copy(self)
        other.order = order
        other.given = [given.arranged(order) for given in self.given]
        return other

    def keys(self, uniform: Floats) -> NDArray[np.int64]:
        """(n, R) comparison keys of n replicates, UNSCORED where a region has no score."""
        return keys(self.points(uniform))

    def points(self, uniform: Floats) -> Floats:
        """(n, R) scores of n replicates in points, NaN where a region has no score.

        uniform  (n, width) numbers from 0 up to, not including, 1
        """
        found = np.empty((len(uniform), len(self.answers.regions)))
        weights, areas = self._weights(uniform), self._areas(uniform)
        how = self._level(uniform, "aggregation", len(self.aggregations))
        rule = self._level(uniform, "not_competent", len(self.plans))
        noisy = "answers" in self.factors
        batches = how * len(self.plans) + rule if not noisy else np.arange(len(uniform))
        for batch in np.unique(batches):
            chosen = np.flatnonzero(batches == batch)
            first = chosen[0]
            given = self.given[rule[first]]
            if noisy:
                codes = self._misread(uniform[first])[self.order]
                given = self._read(self.plans[rule[first]], codes)
            aggregation = self.aggregations[how[first]]
            points = self._scores(given, aggregation, weights[chosen], areas[chosen])
            if len(chosen) == len(found):
                return points
            found[chosen] = points
        return found

    def nominal(self) -> NDArray[np.int64]:
        """(R,) comparison keys by the methodology's own weights and rules."""
        rule = self.methodology.not_competent
        rules = self.spec.not_competent or (rule,)
        own = compiled(self.methodology)
        given = (
            self.given[rules.index(rule)]
            if rule in rules
            else self._read(own, self.answers.codes[self.order])
        )
        weights = (self.plan.weights * self.inside)[None]
        areas = np.array([[weight for _, weight in self.plan.blocks]], dtype=float)
        return keys(self._scores(given, self._own_rule(), weights, areas)[0])

    def _own_rule(self) -> Aggregation:
        return self.methodology.overall.rule if self.column.axis == OVERALL else "flat"

    def _place(self) -> tuple[int, Floats]:
        """The lane of the column, and 1 for the indicators in it."""
        axis, dimension, group = self.column
        lane = self.plan.columns.index(self.column)
        row = int(self.plan.rows[lane]) % len(self.plan.members)
        everything = axis in (OVERALL, GROUP)
        inside = np.ones(len(self.plan.weights)) if everything else self.plan.members[row]
        lanes = (ALL, *self.methodology.group_codes)
        return lanes.index(dimension if axis == GROUP else group), inside

    def _step(self) -> int:
        """Into how many steps a weight of the methodology is divided: a power of two."""
        if self.spec.weights is None and "geometric" not in self.aggregations:
            return 1
        threshold = self.methodology.thresholds.dimension.denominator
        largest = max(
            max(plan.values.max(initial=0) * plan.lane_unit * plan.up, 100 * plan.down)
            for plan in self.plans
        )
        if "geometric" in self.aggregations:
            largest = max(largest, 8 * _LOG_STEP)
        floors = max(threshold, self.methodology.thresholds.overall.denominator)
        total = max(self.plan.weights.sum() * 2, len(self.plan.weights) * 32)
        bits = int(np.log2(EXACT / (total * max(largest, floors)))) - 1
        if bits < _COARSEST:
            detail = "the weights and values have too many digits for an exact simulation"
            raise refusal("E_MC_SPEC", detail)
        return 2 ** min(bits, _FINEST)

    def _factors(self) -> dict[str, slice]:
        spec, count = self.spec, len(self.plan.weights)
        widths: dict[str, int] = {}
        if spec.weights:
            widths["weights"] = 1 if spec.weights.kind == "budget" else count
            if spec.weights.area:
                widths["areas"] = len(self.plan.blocks)
        if spec.answers:
            widths["answers"] = self.answers.codes.size
        if spec.aggregations:
            widths["aggregation"] = 1
        if spec.not_competent:
            widths["not_competent"] = 1
        if spec.drop:
            widths["drop"] = 1
        ends = np.cumsum([0, *widths.values()]).tolist()
        return {name: slice(*ends[at : at + 2]) for at, name in enumerate(widths)}

    def _level(self, uniform: Floats, factor: str, levels: int) -> NDArray[np.intp]:
        if factor not in self.factors:
            return np.zeros(len(uniform), dtype=np.intp)
        return (uniform[:, self.factors[factor]][:, 0] * levels).astype(np.intp)

    def _weights(self, uniform: Floats) -> Floats:
        """(n, I) whole weights of the indicators in the column."""
        noise, base = self.spec.weights, self.plan.weights * self.inside
        if noise is None:
            found = np.tile(base * self.step, (len(uniform), 1))
        else:
            found = self._varied(noise, base, uniform[:, self.factors["weights"]])
        if self.spec.drop:
            self._drop(uniform, found)
        return found

    def _varied(self, noise: WeightNoise, base: Floats, own: Floats) -> Floats:
        if noise.kind == "uniform":
            return base * self._around_one(own, float(noise.indicator))
        if noise.kind == "dirichlet":
            # Exponential numbers brought to a common sum are uniform on the simplex.
            exponential = -np.log1p(-own.clip(max=1 - 1e-12))
            return np.where(base > 0, np.rint(exponential * self.step), 0.0)
        if noise.kind == "budget":
            return self._budgets(noise)[(own[:, 0] * len(noise.sets)).astype(np.intp)]
        return base * self._drawn(own)

    def _around_one(self, uniform: Floats, delta: float) -> Floats:
        return np.rint((1 + delta * (2 * uniform - 1)) * self.step)

    def _budgets(self, noise: WeightNoise) -> Floats:
        """(sets, I) shares of each expert in steps, of the indicators in the column."""
        codes = [one.code for one in self.methodology.indicators]
        shares = np.array([[float(one.weights[code]) for code in codes] for one in noise.sets])
        return np.rint(shares / 100 * self.step) * self.inside

    def _strata(self) -> list[NDArray[np.intp]]:
        """Indicators by area, those without one together: what a bootstrap draws inside."""
        axis = self.methodology.overall.axis or "area"
        tags = ["/".join(one.tags.get(axis, ())) for one in self.methodology.indicators]
        used = [tag if inside else None for tag, inside in zip(tags, self.inside, strict=True)]
        return [
            np.array([at for at, one in enumerate(used) if one == tag], dtype=np.intp)
            for tag in sorted({tag for tag in used if tag is not None})
        ]

    def _drawn(self, uniform: Floats) -> Floats:
        """(n, I) how often each indicator was drawn."""
        times = np.zeros(uniform.shape)
        rows = np.arange(len(uniform))
        for stratum in self.strata:
            for place in stratum:
                drawn = stratum[(uniform[:, place] * len(stratum)).astype(np.intp)]
                times[rows, drawn] += 1
        return times

    def _drop(self, uniform: Floats, weights: Floats) -> None:
        level = self._level(uniform, "drop", len(self.spec.drop) + 1)
        places = np.array([0, *(self.methodology.positions[code] for code in self.spec.drop)])
        rows = np.flatnonzero(level)
        weights[rows, places[level[rows]]] = 0

    def _areas(self, uniform: Floats) -> Floats:
        """(n, B) whole weights of the blocks of the area mean."""
        base = np.array([weight for _, weight in self.plan.blocks], dtype=float)
        if "areas" not in self.factors or self.spec.weights is None:
            return np.tile(base, (len(uniform), 1))
        own = uniform[:, self.factors["areas"]]
        return base * np.rint((1 + float(self.spec.weights.area) * (2 * own - 1)) * 2**20)

    def _misread(self, uniform: Floats) -> NDArray[np.uint8]:
        """Answers in which cells moved to the next worse or better option, half the chance each.

        An option at the end of the scale moves to its only neighbour with the whole chance.
        """
        own = uniform[self.factors["answers"]].reshape(self.answers.codes.shape)
        half = float(self.spec.answers) / 2
        index = self.answers.codes + self.plan.offsets[:, None]
        worse, better = neighbours(self.methodology)
        moved = np.where(own < half, worse.take(index), self.answers.codes)
        return np.where(own >= 1 - half, better.take(index), moved)

    def _read(self, plan: Plan, codes: NDArray[np.uint8]) -> _Given:
        values, scored, eligible = (part[self.lane].astype(float) for part in plan.read(codes))
        gap = (eligible - scored) * self.inside
        logs = None
        if "geometric" in self.aggregations:
            logs = self._logs(plan.points(values, np.ones(1)), scored)
        partial = np.flatnonzero((self.inside > scored).any(axis=1))
        asked = (eligible >= self.inside).all()
        values, scored, gap = values * plan.up, scored * plan.down, gap * plan.down
        lack = None if asked else gap[partial]
        return _Given(values, scored, gap, partial, scored[partial], lack, logs)

    def _logs(self, points: Floats, scored: Floats) -> Floats:
        if self.spec.geometric_zero == "floor":
            points = 1 + 0.99 * points
        elif ((points == 0) & (scored > 0) & (self.inside > 0)).any():
            detail = "an indicator has 0 points, which a geometric mean cannot take"
            raise refusal("E_GEOMETRIC_ZERO", detail, pointer="/geometric_zero", allowed=["floor"])
        return np.rint(np.log(np.where(points > 0, points, 1)) * _LOG_STEP) * scored

    def _scores(
        self, given: _Given, aggregation: Aggregation, weights: Floats, areas: Floats
    ) -> Floats:
        if aggregation == "area_mean":
            return self._area_mean(given, weights, areas)
        limit = self.methodology.thresholds
        floor = limit.overall if self.column.axis == OVERALL else limit.dimension
        geometric = given.logs if aggregation == "geometric" else None
        return self._mean(given, weights, floor, geometric)

    def _mean(self, given: _Given, weights: Floats, floor: Fraction, logs: Floats | None) -> Floats:
        """(n, R) points, NaN where coverage or the number of indicators is too low.

        Where no weight is left, 0 / 0 is NaN of its own accord.
        """
        some, total = given.partial, weights.sum(axis=1, keepdims=True) * self.plan.down
        have = weights @ given.have.T
        due = total if given.lack is None else have + weights @ given.lack.T
        thin = have * floor.denominator < due * floor.numerator
        points = weights @ (given.values if logs is None else logs).T
        with np.errstate(invalid="ignore", divide="ignore"):
            part = np.where(thin, np.nan, points[:, some] / have)
            points /= total
            points[:, some] = part
            if logs is not None:
                points = np.exp(points * (self.plan.down / _LOG_STEP))
            if logs is not None and self.spec.geometric_zero == "floor":
                points = (points - 1) / 0.99
        n_min = self.methodology.thresholds.n_min
        if n_min > 1:
            counts = (weights > 0).astype(float) @ given.scored.T
            points[counts < n_min * self.plan.down] = np.nan
        return points

    def _area_mean(self, given: _Given, weights: Floats, areas: Floats) -> Floats:
        shape = (len(weights), len(given.values))
        total, have, due = (np.zeros(shape) for _ in range(3))
        limits = self.methodology.thresholds
        for number, (row, _) in enumerate(self.plan.blocks):
            inside = weights * self.plan.members[row]
            points = self._mean(given, inside, limits.dimension, None)
            fine, area = ~np.isnan(points), areas[:, number, None]
            total += area * np.where(fine, points, 0)
            have += area * fine
            due += area * ((inside @ (given.scored + given.gap).T) > 0)
        enough = (have > 0) & (have * limits.overall.denominator >= due * limits.overall.numerator)
        if limits.n_min > 1:
            counted = (weights * self.plan.members[0] > 0).astype(float)
            enough &= counted @ given.scored.T >= limits.n_min * self.plan.down
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(enough, total / have, np.nan)


@lru_cache(maxsize=16)
def neighbours(methodology: Methodology) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The byte of the next worse and next better option of every byte of every indicator, flat.

    At the end of the scale it is the one neighbour that there is; states that are
    no option, and options without another value beside them, stay.
    """
    plan = compiled(methodology)
    shape = (len(methodology.indicators), plan.stride)
    worse = np.broadcast_to(np.arange(plan.stride, dtype=np.uint8), shape).copy()
    better = worse.copy()
    for place, one in enumerate(methodology.indicators):
        first = {option.value: number for number, option in reversed([*enumerate(one.options)])}
        values = sorted(first)
        for number, option in enumerate(one.options):
            at = values.index(option.value)
            below, above = values[max(at - 1, 0)], values[min(at + 1, len(values) - 1)]
            if len(values) > 1:
                below, above = (below, above) if below < option.value else (above, above)
                above = above if above > option.value else below
                worse[place, FIRST_OPTION + number] = FIRST_OPTION + first[below]
                better[place, FIRST_OPTION + number] = FIRST_OPTION + first[above]
    # Flat copies that nobody may change: they are kept for the next replicate.
    tables = worse.ravel(), better.ravel()
    for table in tables:
        table.setflags(write=False)
    return tables
