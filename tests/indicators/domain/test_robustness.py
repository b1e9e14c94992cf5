"""Monte-Carlo bands, drop-one and Sobol indices (S15, S16)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.indicators.domain.answers import Answers
from services.indicators.domain.methodology import Methodology
from services.indicators.domain.plan import Column
from services.indicators.domain.robustness import drop_one, rank_bands
from services.indicators.domain.scoring import score
from services.indicators.domain.sensitivity import sobol
from services.indicators.domain.simulation import Model, neighbours
from services.indicators.domain.spec import Spec
from shared.problems import Invalid
from tests.indicators.domain.making import (
    a_methodology,
    a_small_methodology,
    law,
    rows_of,
    some_rows,
)
from tests.prove.prove_scoring import counts_agree

CHANCE = st.randoms(use_true_random=False)
SMALL = Methodology.parse(a_small_methodology())
UNIFORM = {"kind": "uniform", "indicator": "0.5"}
AREA_MEAN = {"rule": "area_mean", "axis": "area", "weights": {"culture": "1"}, "cross_area": "1"}


def spec(methodology: Methodology = SMALL, **parts: Any) -> Spec:
    return Spec.parse({"n": 1000, "seed": 5, **parts}, methodology)


def by_chance(seed: int, regions: int = 9) -> tuple[Methodology, Answers]:
    """A methodology and answers with at least one overall score."""
    random = Random(seed)
    data = a_methodology(random, indicators=9)
    data["thresholds"] = {"dimension": "0.5", "overall": "0.5", "n_min": 1}
    methodology = Methodology.parse(data)
    return methodology, Answers.parse(methodology, some_rows(random, data, regions))


def answers(text: str, methodology: Methodology = SMALL) -> Answers:
    return Answers.parse(methodology, rows_of(text))


THREE = answers("""
    A Q1 TCN a
    A Q2 TCN a
    A Q3 TCN c
    B Q1 TCN c
    B Q2 TCN c
    B Q3 TCN a
    C Q1 TCN b
    C Q2 TCN b
    C Q3 TCN c
""")


def test_a_band_holds_its_nominal_rank_and_says_how_often_there_was_none():
    bands = rank_bands(SMALL, THREE, spec(weights=UNIFORM)).bands()
    assert [band.region for band in bands] == ["A", "B", "C"]
    assert [band.nominal for band in bands] == [1, 1, 3]
    assert [(band.q05, band.median, band.q95) for band in bands[2:]] == [(3, 3, 3)]
    assert {bands[0].q05, bands[0].q95} == {1, 2}
    assert all(band.unranked == 0 for band in bands)


def test_the_share_within_the_first_ranks():
    found = rank_bands(SMALL, THREE, spec(weights=UNIFORM))
    assert found.within(1)[2] == 0
    assert found.within(3).tolist() == [1, 1, 1]
    assert 0.4 < found.within(1)[0] < 0.6


KINDS = [
    {"weights": UNIFORM},
    {"weights": {"kind": "dirichlet"}},
    {"weights": {"kind": "bootstrap"}},
    {"weights": {"kind": "budget", "sets": [{"Q00": 3, "Q01": 1}, {"Q02": 1, "Q03": "0.5"}]}},
    {"answers": "0.3"},
    {"aggregations": ["flat", "geometric"], "geometric_zero": "floor"},
    {"not_competent": ["exclude", "zero"]},
    {"drop": ["Q00", "Q01", "Q02"]},
    {"weights": UNIFORM, "answers": "0.1", "not_competent": ["exclude", "zero"], "drop": ["Q05"],
     "aggregations": ["flat", "geometric"], "geometric_zero": "floor"},
]  # fmt: skip


def kept(methodology: Methodology, given: Answers) -> Answers:
    """The regions without gaps, so that no replicate can leave nobody with a score."""
    full = [row for row in range(len(given.regions)) if not (given.codes[row] < 3).any()]
    codes = given.codes[full] if full else given.codes
    names = [given.regions[row] for row in full] or given.regions
    return Answers.from_codes(methodology, names, codes)


@pytest.mark.parametrize("parts", KINDS, ids=lambda parts: "+".join(parts))
def test_the_result_does_not_depend_on_blocks_or_threads(parts: dict[str, Any]):
    methodology, given = by_chance(3, regions=30)
    given = kept(methodology, given)
    run = spec(methodology, **parts)
    whole = rank_bands(methodology, given, run, block=1000).times
    for block in (1, 7, 333):
        assert np.array_equal(rank_bands(methodology, given, run, block=block).times, whole)
    with ThreadPoolExecutor(4) as pool:
        for other in pool.map(lambda _: rank_bands(methodology, given, run), range(4)):
            assert np.array_equal(other.times, whole)
    assert whole.sum(axis=1).tolist() == [1000] * len(given.regions)


@given(CHANCE)
@law
def test_without_variation_a_replicate_is_the_nominal_score(random: Random):
    data = a_methodology(random)
    methodology = Methodology.parse(data)
    given = Answers.parse(methodology, some_rows(random, data))
    scores = score(methodology, given)
    for number, column in enumerate(scores.columns):
        model = Model(methodology, given, Spec(n=1, seed=0), column)
        assert np.array_equal(model.keys(np.zeros((2, 0)))[1], scores.keys[number])
        assert np.array_equal(model.nominal(), scores.keys[number])


@given(CHANCE)
@law
def test_replicates_agree_with_scores_under_the_same_weights(random: Random):
    """The weights of a replicate, put into the methodology, give the same comparison keys."""
    data = a_methodology(random)
    data["indicators"] = [one | {"weight": "1"} for one in data["indicators"]]
    methodology = Methodology.parse(data)
    given = Answers.parse(methodology, some_rows(random, data))
    codes = [one.code for one in methodology.indicators]
    levels = [random.choice(("0.5", "1", "1.5")) for _ in codes]
    run = Spec.parse(
        {"n": 1000, "seed": 0, "weights": {"kind": "uniform", "indicator": "0.5"}}, methodology
    )
    uniform = np.array([[float(level) - 0.5 for level in levels]])
    weights = {code: Fraction(level) for code, level in zip(codes, levels, strict=True)}
    expected = score(methodology.reweighted(weights), given).keys[0]
    assert np.array_equal(Model(methodology, given, run).keys(uniform)[0], expected)


def under(weights: dict[str, int | str], given: Answers) -> list[int]:
    """The comparison keys of the overall score with these weights."""
    exact = {code: Fraction(weight) for code, weight in weights.items()}
    return score(SMALL.reweighted(exact), given).keys[0].tolist()


@pytest.mark.parametrize(
    ("drawn", "weights"),
    [
        ([0.1, 0.6, 0.5], {"Q1": 1, "Q2": 1, "Q3": 2}),
        ([0.6, 0.1, 0.9], {"Q1": 1, "Q2": 1, "Q3": 2}),
        ([0.1, 0.4, 0.5], {"Q1": 2, "Q2": 0, "Q3": 2}),
        ([0.9, 0.6, 0.5], {"Q1": 0, "Q2": 2, "Q3": 2}),
    ],
)
def test_a_bootstrap_draws_with_replacement_inside_each_area(
    drawn: list[float], weights: dict[str, int | str]
):
    given = answers("A Q1 TCN a\nA Q2 TCN b\nA Q3 TCN c\nB Q1 TCN c\nB Q2 TCN b\nB Q3 TCN a")
    model = Model(SMALL, given, spec(weights={"kind": "bootstrap"}))
    assert model.keys(np.array([drawn]))[0].tolist() == under(weights, given)


def test_a_replicate_has_the_weights_of_one_expert():
    sets = [{"Q1": 3, "Q2": 1, "Q3": 1}, {"Q1": 0, "Q2": 1, "Q3": 4}]
    model = Model(SMALL, THREE, spec(weights={"kind": "budget", "sets": sets}))
    for level, weights in zip((0.1, 0.49, 0.5, 0.9), (*sets[:1] * 2, *sets[1:] * 2), strict=True):
        found = model.keys(np.array([[level]]))[0] / 1e9
        assert found == pytest.approx(np.array(under(weights, THREE)) / 1e9, abs=1e-4)


def test_any_sharing_out_of_the_weights_is_as_likely():
    """Exponential numbers, brought to a common sum: by 1 - exp(-w) each has the weight w."""
    model = Model(SMALL, THREE, spec(weights={"kind": "dirichlet"}))
    uniform = -np.expm1(-np.array([[0.5, 1.5, 2.0]]))
    found = model.keys(uniform)[0] / 1e9
    expected = np.array(under({"Q1": "0.5", "Q2": "1.5", "Q3": "2"}, THREE)) / 1e9
    assert found == pytest.approx(expected, abs=1e-4)


def test_dropping_an_indicator_is_scoring_without_it():
    methodology, given = by_chance(11)
    dropped = methodology.indicators[4].code
    model = Model(methodology, given, spec(methodology, drop=[dropped]))
    weights = {one.code: one.weight for one in methodology.indicators} | {dropped: Fraction(0)}
    expected = score(methodology.reweighted(weights), given).keys[0]
    assert np.array_equal(model.keys(np.array([[0.9]]))[0], expected)
    assert np.array_equal(model.keys(np.array([[0.1]]))[0], score(methodology, given).keys[0])


def test_the_rule_of_competence_is_that_of_the_replicate():
    methodology, given = by_chance(4)
    model = Model(methodology, given, spec(methodology, not_competent=["exclude", "zero"]))
    for level, rule in ((0.2, "exclude"), (0.7, "zero")):
        data = {**methodology.as_dict(), "not_competent": rule}
        expected = score(Methodology.parse(data), given).keys[0]
        assert np.array_equal(model.keys(np.array([[level]]))[0], expected)


def test_the_mean_of_areas_varies_on_both_levels():
    methodology = Methodology.parse(a_small_methodology(overall=AREA_MEAN))
    given = answers(
        "A Q1 TCN a\nA Q2 TCN a\nA Q3 TCN c\nB Q1 TCN c\nB Q2 TCN c\nB Q3 TCN a", methodology
    )
    run = spec(methodology, weights={"kind": "uniform", "area": "0.5"})
    assert 0.4 < rank_bands(methodology, given, run).within(1)[0] < 0.6
    still = spec(methodology, weights={"kind": "uniform", "indicator": "0.5"})
    assert rank_bands(methodology, given, still).within(1).tolist() == [1, 1]


def test_a_geometric_mean_is_the_product_of_powers():
    methodology = Methodology.parse(a_small_methodology())
    given = answers("A Q1 TCN a\nA Q2 TCN b\nA Q3 TCN b", methodology)
    model = Model(methodology, given, spec(aggregations=["geometric"]))
    expected = (100 * 50**3) ** 0.25
    assert abs(model.keys(np.zeros((1, 1)))[0, 0] / 1e9 - expected) < 1e-4


def test_with_a_floor_a_0_counts_as_1_and_the_mean_is_led_back_to_the_scale():
    given = answers("A Q1 TCN a\nA Q2 TCN c\nA Q3 TCN b")
    model = Model(SMALL, given, spec(aggregations=["geometric"], geometric_zero="floor"))
    expected = ((100 * 1 * 50.5**2) ** 0.25 - 1) / 0.99
    assert abs(model.keys(np.zeros((1, 1)))[0, 0] / 1e9 - expected) < 1e-4


def test_a_geometric_mean_of_0_needs_a_rule():
    with pytest.raises(Invalid) as caught:
        rank_bands(SMALL, THREE, spec(aggregations=["flat", "geometric"]))
    assert caught.value.errors[0].code == "E_GEOMETRIC_ZERO"
    run = spec(aggregations=["flat", "geometric"], geometric_zero="floor")
    assert len(rank_bands(SMALL, THREE, run).bands()) == 3


@pytest.mark.parametrize(
    ("drawn", "points"), [(0.19, 25), (0.21, 50), (0.5, 50), (0.79, 50), (0.81, 75)]
)
def test_an_answer_moves_either_way_with_half_the_chance(drawn: float, points: float):
    model = Model(SMALL, answers("A Q1 TCN b\nA Q2 TCN b\nA Q3 TCN b"), spec(answers="0.4"))
    uniform = np.full((1, 6), 0.5)
    uniform[0, 4] = drawn  # the answer to Q3, which has half of the weight, for TCN
    assert model.keys(uniform)[0, 0] == points * 1e9


def test_neighbours_are_the_next_options_by_value():
    worse, better = (table.reshape(3, -1)[0].tolist() for table in neighbours(SMALL))
    assert worse == [0, 1, 2, 3, 5, 6, 5]
    assert better == [0, 1, 2, 3, 5, 4, 5]


def test_a_replicate_that_leaves_nobody_with_a_score_fails_the_run():
    given = answers("A Q3 TCN a\nA Q1 TCN missing")
    said: set[str] = set()
    for block in (1, 7, 1000):
        with pytest.raises(Invalid, match="no region") as caught:
            rank_bands(SMALL, given, spec(drop=["Q3"]), block=block)
        assert caught.value.errors[0].code == "E_MC_SPEC"
        said.add(str(caught.value))
    assert len(said) == 1  # the first one, whatever else is in its block


def test_a_specification_that_varies_nothing_is_refused():
    for run in (rank_bands, sobol):
        with pytest.raises(Invalid) as caught:
            run(SMALL, THREE, spec())
        assert caught.value.errors[0].code == "E_NO_EFFECT"


WRONG_SPECS = [
    ("/n", {"n": 999}),
    ("/n", {"n": 10**7}),
    ("/seed", {"seed": -1}),
    ("/answers", {"answers": "1.5"}),
    ("/weights/kind", {"weights": {"kind": "normal"}}),
    ("/weights/indicator", {"weights": {"kind": "uniform", "indicator": "2"}}),
    ("/weights/indicator", {"weights": {"kind": "uniform"}}),
    ("/weights/area", {"weights": {"kind": "uniform", "indicator": "0.1", "area": "0.1"}}),
    ("/weights/sets", {"weights": {"kind": "budget", "sets": []}}),
    ("/weights/sets/0/Q9", {"weights": {"kind": "budget", "sets": [{"Q9": 1}]}}),
    ("/aggregations/0", {"aggregations": ["area_mean"]}),
    ("/aggregations", {"aggregations": ["flat", "flat"]}),
    ("/not_competent/0", {"not_competent": ["ignore"]}),
    ("/drop/0", {"drop": ["Q9"]}),
    ("/geometric_zero", {"geometric_zero": "skip"}),
    ("/colour", {"colour": "red"}),
]


@pytest.mark.parametrize(("pointer", "parts"), WRONG_SPECS)
def test_a_wrong_specification_is_refused_with_its_place(pointer: str, parts: dict[str, Any]):
    with pytest.raises(Invalid) as caught:
        spec(**parts)
    assert pointer in [error.pointer for error in caught.value.errors]


def test_the_limit_of_replicates_is_told():
    with pytest.raises(Invalid) as caught:
        spec(n=100_001)
    assert caught.value.errors[0].code == "E_MC_SPEC"
    assert "100000" in str(caught.value.errors[0].allowed)


def test_the_indicator_that_moves_most_ranks_comes_first():
    found = drop_one(SMALL, THREE)
    assert {one.indicator for one in found} == {"Q1", "Q2", "Q3"}
    shifts = [one.mean_shift for one in found]
    assert shifts == sorted(shifts, reverse=True)
    assert drop_one(SMALL, THREE, Column("area", "culture"))[0].indicator in {"Q1", "Q2"}


def sensitive(**parts: Any) -> list[Any]:
    methodology, given = by_chance(3, regions=30)
    given = kept(methodology, given)
    return sobol(methodology, given, Spec.parse({"n": 256, "seed": 1, **parts}, methodology, 64))


def test_a_single_factor_explains_all_of_the_variance():
    [index] = sensitive(weights=UNIFORM)
    assert index.factor == "weights"
    assert abs(index.first - 1) < 0.3
    assert abs(index.total - 1) < 0.3
    assert index.total_low <= index.total <= index.total_high


def test_the_stronger_factor_has_the_larger_total_index():
    found = {one.factor: one for one in sensitive(weights={"kind": "uniform", "indicator": "0.05"},
                                                  answers="0.5")}  # fmt: skip
    assert found["answers"].total > found["weights"].total


def test_a_factor_that_changes_nothing_is_an_error_of_the_specification():
    given = THREE
    with pytest.raises(Invalid) as caught:
        sobol(SMALL, given, spec(not_competent=["exclude", "zero"], drop=["Q1", "Q3"]))
    [error] = caught.value.errors
    assert (error.code, error.pointer) == ("E_NO_EFFECT", "/not_competent")


def test_the_same_seed_gives_the_same_indices_and_another_seed_others():
    assert sensitive(weights=UNIFORM) == sensitive(weights=UNIFORM)
    assert sensitive(weights=UNIFORM) != sensitive(weights=UNIFORM, seed=2)


@pytest.mark.parametrize("seed", range(60))
def test_ranks_of_many_replicates_are_those_of_counting_one_by_one(seed: int):
    counts_agree(seed)
