"""Speed of the scoring core against what an analyst would write with pandas or plain NumPy.

Same answers, same machine, same run; results are asserted equal before anything
is timed. Medians of at least seven runs. `rows()` gives the table.
"""

from __future__ import annotations

import os

# One thread for both sides: on a busy machine two threads of BLAS wait for each other,
# and the figures would tell of the neighbours.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import statistics
import time
import tracemalloc
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from services.indicators.domain.answers import FIRST_OPTION, MISSING, Answers
from services.indicators.domain.instrument import ALL, GROUP, OVERALL
from services.indicators.domain.methodology import Methodology
from services.indicators.domain.robustness import rank_bands
from services.indicators.domain.scenarios import what_if
from services.indicators.domain.scoring import score
from services.indicators.domain.simulation import Model
from services.indicators.domain.spec import Spec

REGIONS, INDICATORS = 1_200, 61
ELEMENTS = ("actions", "actors", "resources")
PHASES = ("formulation", "output", "implementation", "evaluation")
AREAS = ("antidiscrimination", "culture", "education", "health", "housing", "labour", "language",
         "social")  # fmt: skip
GROUPS = ("TCN", "BIP")
VALUES = {"a": 100, "b": 50, "c": 0}
NOISE = {"kind": "uniform", "indicator": "0.25"}

Row = dict[str, Any]


def rows() -> list[Row]:
    """Every figure: name, value, unit, baseline, ratio, goal, holds."""
    return [*b1(), *b2(), *b3(), *b4()]


# The workload: 1,200 regions, 61 indicators, 2 groups, 5 % of the cells missing.


@cache
def methodology() -> Methodology:
    axes = (
        ("element", "exclusive", ELEMENTS),
        ("phase", "multi", PHASES),
        ("area", "optional", AREAS),
    )
    return Methodology.parse(
        {
            "id": "bench", "version": "1", "title": "Bench", "notice": "made for a measurement",
            "language": "en", "licence": "CC0-1.0", "source": "chance", "date": "2026-01-01",
            "groups": [{"code": code, "name": code} for code in GROUPS],
            "axes": [
                {"code": axis, "name": axis, "kind": kind,
                 "dimensions": [{"code": name, "name": name} for name in names]}
                for axis, kind, names in axes
            ],
            "overall": {"rule": "flat"},
            "thresholds": {"dimension": "0.65", "overall": "0.65", "n_min": 1},
            "not_competent": "exclude",
            "bands": [{"code": "all", "name": "All", "from": 0}],
            "display_decimals": 1,
            "indicators": [_indicator(number) for number in range(INDICATORS)],
        }
    )  # fmt: skip


def _indicator(number: int) -> dict[str, Any]:
    phases = {PHASES[number % 4], PHASES[(number + number % 7 // 6) % 4]}
    area = [AREAS[number % 8]] if number % 3 == 0 else []
    return {
        "code": f"Q{number:02d}", "groups": list(GROUPS), "question": "?",
        "tags": {"element": [ELEMENTS[number % 3]], "phase": sorted(phases), "area": area},
        "options": [{"code": code, "value": value} for code, value in VALUES.items()],
    }  # fmt: skip


@cache
def answers() -> Answers:
    chance = np.random.default_rng(20)
    shape = (REGIONS, INDICATORS, len(GROUPS))
    codes = (FIRST_OPTION + chance.integers(0, len(VALUES), shape)).astype(np.uint8)
    codes[chance.random(shape) < 0.05] = MISSING
    return Answers.from_codes(methodology(), [f"R{n:04d}" for n in range(REGIONS)], codes)


class Frames(NamedTuple):
    """What an analyst starts from: answers long and wide, and the tables of the methodology."""

    long: pd.DataFrame
    options: pd.DataFrame
    tags: pd.DataFrame
    weights: pd.DataFrame
    wide: pd.DataFrame


@cache
def frames() -> Frames:
    asked = methodology().indicators
    long = pd.DataFrame(answers().rows()).drop(columns="state")
    options = pd.DataFrame(
        [(one.code, o.code, float(o.value)) for one in asked for o in one.options],
        columns=["indicator", "option", "value"],
    )
    tags = [(one.code, axis, tag) for one in asked for axis in one.tags for tag in one.tags[axis]]
    tags += [(one.code, OVERALL, OVERALL) for one in asked]
    weights = pd.DataFrame([(one.code, float(one.weight)) for one in asked],
                           columns=["indicator", "weight"])  # fmt: skip
    valued = long.merge(options, on=["indicator", "option"], how="left")
    wide = valued.pivot_table(
        index="region", columns=["group", "indicator"], values="value", dropna=False
    )
    tag_table = pd.DataFrame(tags, columns=["indicator", "axis", "dimension"])
    return Frames(long, options, tag_table, weights, wide)


# The baselines.


def pandas_long(frames: Frames, long: pd.DataFrame | None = None) -> dict[tuple[str, str], Any]:
    """Merge and groupby: every dimension, with coverage and the mask below 65 %."""
    valued = (frames.long if long is None else long).merge(
        frames.options, on=["indicator", "option"], how="left"
    )
    found = {}
    means = valued.groupby(["region", "indicator"], as_index=False)["value"].mean()
    tagged = means.merge(frames.weights, on="indicator").merge(frames.tags, on="indicator")
    found.update(_grouped(tagged, ["axis", "dimension"]))
    cells = valued.merge(frames.weights, on="indicator").assign(axis=GROUP)
    found.update(_grouped(cells.rename(columns={"group": "dimension"}), ["axis", "dimension"]))
    return found


def _grouped(tagged: pd.DataFrame, by: list[str]) -> dict[tuple[str, str], Any]:
    tagged = tagged.assign(
        have=tagged["weight"].where(tagged["value"].notna(), 0.0),
        part=(tagged["weight"] * tagged["value"]).fillna(0.0),
    )
    sums = tagged.groupby([*by, "region"])[["weight", "have", "part"]].sum()
    points = (sums["part"] / sums["have"]).where(sums["have"] / sums["weight"] >= 0.65)
    return {key: one.to_numpy() for key, one in points.groupby(level=[0, 1])}


def pandas_wide(frames: Frames) -> dict[tuple[str, str], Any]:
    """Means over a table that is pivoted already and holds points, not answers."""
    wide, weights = frames.wide, frames.weights.set_index("indicator")["weight"]
    means = wide.T.groupby(level="indicator").mean().T
    found = {}
    for (axis, dimension), one in frames.tags.groupby(["axis", "dimension"]):
        found[axis, dimension] = _wide_mean(means[one["indicator"]], weights)
    for group in GROUPS:
        found[GROUP, group] = _wide_mean(wide[group], weights)
    return found


def _wide_mean(part: pd.DataFrame, weights: pd.Series) -> Any:
    own = weights[part.columns]
    have = part.notna().mul(own, axis=1).sum(axis=1)
    points = part.mul(own, axis=1).sum(axis=1) / have
    return points.where(have / own.sum() >= 0.65).to_numpy()


def indicator_points() -> tuple[Any, Any]:
    """(R, I) points of the indicators with 0 where missing, and the mask."""
    wide = frames().wide
    means = wide.T.groupby(level="indicator").mean().T.to_numpy()
    return np.nan_to_num(means), (~np.isnan(means)).astype(float)


def pandas_weighting(part: pd.DataFrame, weights: pd.Series) -> pd.Series:
    """Ranks of one weighting, as in a loop over replicates."""
    have = part.notna().mul(weights, axis=1).sum(axis=1)
    scores = (part.mul(weights, axis=1).sum(axis=1) / have).where(have / weights.sum() >= 0.65)
    return scores.round(9).rank(method="min", ascending=False)


def pandas_bands(ranks: pd.DataFrame) -> pd.DataFrame:
    """q05, median, q95 of the ranks of every replicate."""
    return ranks.quantile([0.05, 0.5, 0.95], interpolation="lower")


def numpy_ranks(points: Any, mask: Any, weights: Any) -> Any:
    """(n, R) min-ranks: a product and one stable argsort per weighting."""
    scores = np.round((weights @ points.T) / (weights @ mask.T), 9)
    order = np.argsort(-scores, axis=1, kind="stable")
    ordered = np.take_along_axis(scores, order, axis=1)
    first = np.ones(scores.shape, dtype=bool)
    first[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    start = np.maximum.accumulate(np.where(first, np.arange(scores.shape[1]), 0), axis=1)
    ranks = np.empty(scores.shape, dtype=np.int64)
    np.put_along_axis(ranks, order, start + 1, axis=1)
    return ranks


def numpy_bands(points: Any, mask: Any, weights: Any) -> Any:
    """(3, R) q05, median, q95 of the ranks."""
    ranks = numpy_ranks(points, mask, weights)
    return np.percentile(ranks, [5, 50, 95], axis=0, method="inverted_cdf")


# The measurements.


def b1() -> list[Row]:
    """All dimensions of the four axes and overall, coverage and mask included."""
    mine, tables = score(methodology(), answers()), frames()
    for found in (pandas_long(tables), pandas_wide(tables)):
        assert len(found) == len(ELEMENTS) + len(PHASES) + len(AREAS) + len(GROUPS) + 1
        for (axis, dimension), points in found.items():
            np.testing.assert_allclose(mine.vector(axis, dimension), points, rtol=0, atol=1e-9)
    own, long, wide = side_by_side(
        lambda: score(methodology(), answers()),
        lambda: pandas_long(tables),
        lambda: pandas_wide(tables),
    )
    return [
        row("B1 all dimensions, merge and groupby", own, long, 60),
        row("B1 all dimensions, wide mean", own, wide, 12),
    ]


def b2() -> list[Row]:
    """1,000 weightings with renormalisation for missing answers, min-ranks, three quantiles."""
    points, mask = indicator_points()
    part = pd.DataFrame(points).where(pd.DataFrame(mask) > 0)
    weights = drawn(1_000)
    spec = simulation(1_000)
    bands = rank_bands(methodology(), answers(), spec).bands()
    reference = numpy_bands(points, mask, weights)
    found = np.array([[one.q05, one.median, one.q95] for one in bands]).T
    np.testing.assert_array_equal(found, reference)
    series = [pd.Series(one) for one in weights]

    def loop() -> list[pd.Series]:
        return [pandas_weighting(part, one) for one in series[:20]]

    np.testing.assert_array_equal(np.array(loop()), numpy_ranks(points, mask, weights[:20]))
    thousand = pd.DataFrame(loop() * 50)
    own, plain, twenty, quantiles = side_by_side(
        lambda: rank_bands(methodology(), answers(), spec).bands(),
        lambda: numpy_bands(points, mask, weights),
        loop,
        lambda: pandas_bands(thousand),
    )
    slow = 50 * twenty + quantiles
    return [
        row("B2 1,000 weightings, loop in pandas (20 run, scaled)", own, slow, 40),
        row("B2 1,000 weightings, product and stable argsort", own, plain, 1.4),
    ]


def b3() -> list[Row]:
    """10,000 weightings: time against 1,000, and how much memory more."""
    thousand, many = side_by_side(
        lambda: rank_bands(methodology(), answers(), simulation(1_000)),
        lambda: rank_bands(methodology(), answers(), simulation(10_000)),
    )
    grown = peak_megabytes(lambda: rank_bands(methodology(), answers(), simulation(10_000)))
    times = many / thousand
    return [
        {"name": "B3 10,000 weightings, time over that of 1,000", "value": round(many * 1e3, 3),
         "unit": "ms", "baseline": round(thousand * 1e3, 3), "ratio": round(times, 2),
         "goal": "<= 11", "holds": times <= 11},
        {"name": "B3 10,000 weightings, peak of additional memory", "value": round(grown, 1),
         "unit": "MB", "baseline": None, "ratio": None, "goal": "< 100", "holds": grown < 100},
    ]  # fmt: skip


def b4() -> list[Row]:
    """One answer changed: all dimensions, rank and contributions of the region."""
    actual = score(methodology(), answers())
    assert actual.keys.shape == (len(actual.columns), REGIONS)  # kept with a revision
    one = {"indicator": "Q07", "group": "BIP", "state": "scored", "option": "a"}

    def mine() -> tuple[Any, Any]:
        found = what_if(actual, "R0007", [one])
        return found, found.scores.contributions("R0007").rows()

    tables = frames()
    changed = tables.long.copy()
    cell = (changed["region"] == "R0007") & (changed["indicator"] == "Q07")
    changed.loc[cell & (changed["group"] == "BIP"), "option"] = "a"

    def full() -> tuple[Any, Any, Any]:
        found = pandas_long(tables, changed)
        ranks = {k: pd.Series(v).round(9).rank(method="min", ascending=False)[7]
                 for k, v in found.items()}  # fmt: skip
        own = changed[changed["region"] == "R0007"].merge(tables.options, how="left")
        parts = own.groupby("indicator")["value"].mean()
        return found, ranks, parts / parts.notna().sum()

    compare_what_if(mine(), full())
    runs = times(mine, 201)
    own, late = statistics.median(runs), sorted(runs)[int(0.95 * len(runs))]
    return [
        row("B4 what-if of one answer", own, median(full), 20),
        {"name": "B4 what-if of one answer, 95th percentile", "value": round(late * 1e3, 3),
         "unit": "ms", "baseline": None, "ratio": None, "goal": "< 5", "holds": late < 0.005},
    ]  # fmt: skip


def compare_what_if(mine: tuple[Any, Any], full: tuple[Any, Any, Any]) -> None:
    (found, parts), (points, ranks, contributions) = mine, full
    for (axis, dimension), vector in points.items():
        place = (axis, dimension, ALL)
        assert abs(found.scores.one("R0007", *place).score - vector[7]) < 1e-9
        assert found.ranks[place].rank == ranks[axis, dimension]
    for one in parts:
        expected = contributions[one.indicator]
        assert abs(one.contribution - (0 if np.isnan(expected) else expected)) < 1e-9


def simulation(n: int) -> Spec:
    return Spec.parse({"n": n, "seed": 7, "weights": NOISE}, methodology())


def drawn(n: int) -> Any:
    """The weights that the simulation draws, so that the baselines rank the same ones."""
    model = Model(methodology(), answers(), simulation(n))
    stream = np.random.Generator(np.random.Philox(key=7))
    uniform = stream.random((n, INDICATORS))
    return np.rint((1 + 0.25 * (2 * uniform - 1)) * model.step) / model.step


def times(work: Callable[[], Any], runs: int) -> list[float]:
    work()
    found = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return found


def median(work: Callable[[], Any], runs: int = 7) -> float:
    return statistics.median(times(work, runs))


def side_by_side(*works: Callable[[], Any], rounds: int = 9) -> list[float]:
    """The median of each, one after the other in every round: all meet the same machine."""
    found = [[times(work, 2)[-1] for work in works] for _ in range(rounds)]
    return [statistics.median(one) for one in zip(*found, strict=True)]


def peak_megabytes(work: Callable[[], Any]) -> float:
    """The most memory that the work holds at one time, NumPy's arrays included."""
    tracemalloc.start()
    work()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak / 1e6


def row(name: str, own: float, baseline: float, goal: float) -> Row:
    ratio = baseline / own
    return {"name": name, "value": round(own * 1e3, 3), "unit": "ms",
            "baseline": round(baseline * 1e3, 3), "ratio": round(ratio, 1),
            "goal": f">= {goal}", "holds": ratio >= goal}  # fmt: skip


if __name__ == "__main__":
    for figure in rows():
        print(figure)
