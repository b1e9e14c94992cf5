"""Differences (S8), what-if, targets and plans (S9)."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.indicators.domain.answers import Answers
from services.indicators.domain.methodology import Methodology
from services.indicators.domain.scenarios import difference, what_if
from services.indicators.domain.scoring import Scores, score
from services.indicators.domain.targets import plan
from shared.problems import Invalid, NotFound
from tests.indicators.domain.making import (
    a_methodology,
    a_small_methodology,
    law,
    row,
    rows_of,
    some_rows,
)
from tests.indicators.domain.reference import Reference
from tests.indicators.domain.reference import difference as exact_difference

CHANCE = st.randoms(use_true_random=False)
SMALL = Methodology.parse(a_small_methodology())
ANSWERS = """
    A Q1 TCN b
    A Q1 BIP c
    A Q2 TCN c
    A Q3 TCN c
    B Q1 TCN a
    B Q3 TCN b
    C Q1 TCN c
    C Q2 TCN c
    C Q3 TCN c
"""


def small(text: str = ANSWERS) -> Scores:
    return score(SMALL, Answers.parse(SMALL, rows_of(text)))


def by_chance(random: Random) -> tuple[Scores, Reference]:
    data = a_methodology(random)
    rows = some_rows(random, data, regions=3)
    methodology = Methodology.parse(data)
    return score(methodology, Answers.parse(methodology, rows)), Reference(data, rows)


@given(CHANCE)
@law
def test_effects_add_up_agree_with_exact_fractions_and_turn_sign_when_swapped(random: Random):
    scores, reference = by_chance(random)
    place = random.choice(reference.places())
    a, b = random.sample(scores.regions, 2) if len(scores.regions) > 1 else scores.regions * 2
    there = difference(scores.contributions(a, *place), scores.contributions(b, *place))
    back = difference(scores.contributions(b, *place), scores.contributions(a, *place))
    assume(there is not None and back is not None)
    assert there is not None
    assert back is not None
    total = sum(effect.score_effect + effect.coverage_effect for effect in there.effects)
    assert abs(total - there.change) < 1e-9
    assert abs(there.score_effect + there.coverage_effect - there.change) < 1e-9
    exact = exact_difference(reference.score(a, *place), reference.score(b, *place))
    for one, other in zip(there.effects, back.effects, strict=True):
        assert abs(one.score_effect - exact[one.indicator][0]) < 1e-9
        assert abs(one.coverage_effect - exact[one.indicator][1]) < 1e-9
        assert abs(one.score_effect + other.score_effect) < 1e-9
        assert abs(one.coverage_effect + other.coverage_effect) < 1e-9


def test_a_difference_needs_two_scores():
    scores = small("A Q1 TCN a\nB Q1 TCN a\nB Q2 TCN a\nB Q3 TCN a")
    assert difference(scores.contributions("A"), scores.contributions("B")) is None


@given(CHANCE)
@law
def test_a_what_if_gives_what_scoring_the_changed_edition_gives(random: Random):
    scores, _ = by_chance(random)
    region = random.choice(scores.regions)
    indicator = random.choice(scores.methodology.indicators)
    group = random.choice(indicator.groups)
    change = row(region, indicator.code, group, "scored", random.choice(indicator.options).code)
    found = what_if(scores, region, [change])
    whole = score(scores.methodology, scores.answers.replaced([change]))
    place = whole.row(region)
    assert np.array_equal(found.scores.score[:, 0], whole.score[:, place], equal_nan=True)
    for number, column in enumerate(whole.columns):
        assert found.ranks[column] == whole.ranks.at(number, place)


def test_a_what_if_stores_nothing():
    scores = small()
    before = scores.answers.hash
    found = what_if(scores, "A", rows_of("A Q3 TCN a"))
    assert found.scores.one("A").score == 100 * (0.25 + 2) / 4
    assert scores.answers.hash == before
    change = found.difference(scores)
    assert change is not None
    assert abs(change.score_effect - 50) < 1e-9


def test_a_what_if_names_every_fault_of_the_changes():
    with pytest.raises(Invalid) as caught:
        what_if(small(), "A", [row("A", "Q9", "TCN", "missing"), row("A", "Q3", "BIP", "missing")])
    assert [error.code for error in caught.value.errors] == [
        "E_UNKNOWN_INDICATOR",
        "E_GROUP_OUT_OF_SCOPE",
    ]


def test_a_what_if_needs_a_region_with_answers():
    with pytest.raises(NotFound, match="ES51"):
        what_if(small(), "ES51", [])


def test_a_name_that_is_no_dimension_is_answered_with_those_that_are():
    with pytest.raises(NotFound, match="phase formulation"):
        small().one("A", "phase", "planning")


def test_a_plan_takes_the_largest_gain_first_and_stops_at_the_target():
    found = plan(small(), "A", 40)
    assert found.score == 6.25
    assert [(step.indicator, step.group, step.to_option) for step in found.steps] == [
        ("Q3", "TCN", "b"),
        ("Q3", "TCN", "a"),
    ]
    assert found.reached == 56.25
    assert found.gap == 33.75
    assert found.out_of_reach == 0


def test_a_step_gains_by_the_weight_of_its_group():
    groups = [{"code": "TCN", "name": "T", "weight": "3"}, {"code": "BIP", "name": "B"}]
    methodology = Methodology.parse(a_small_methodology(groups=groups))
    rows = rows_of("A Q1 TCN b\nA Q1 BIP b\nA Q2 TCN a\nA Q2 BIP a\nA Q3 TCN a")
    found = plan(score(methodology, Answers.parse(methodology, rows)), "A", 100)
    assert [(step.group, step.gain) for step in found.steps] == [("TCN", 9.375), ("BIP", 3.125)]


def test_a_plan_changes_only_what_is_permitted_and_says_what_is_out_of_reach():
    found = plan(small(), "A", 60, permitted={("Q1", "BIP"), ("Q2", "BIP")})
    assert {(step.indicator, step.group) for step in found.steps} == {("Q1", "BIP")}
    assert found.attainable == found.reached == 18.75
    assert found.out_of_reach == 41.25


def test_the_best_that_can_be_reached_is_100_and_not_a_bit_more():
    thirds = {"options": [{"code": "a", "value": 100}, {"code": "b", "value": "33.3333"}]}
    data = a_small_methodology()
    data["indicators"] = [one | thirds | {"weight": "1"} for one in data["indicators"]]
    methodology = Methodology.parse(data)
    rows = rows_of("A Q1 TCN b\nA Q1 BIP b\nA Q2 TCN b\nA Q2 BIP b\nA Q3 TCN b")
    found = plan(score(methodology, Answers.parse(methodology, rows)), "A", 100)
    assert found.attainable == found.reached == found.after[-1] == 100


def test_a_reached_target_needs_no_plan():
    found = plan(small(), "B", 50, "area", "culture", "TCN")
    assert (found.gap, found.steps) == (0, ())


def test_without_a_score_there_is_no_plan():
    scores = small("A Q1 TCN a")
    assert plan(scores, "A", 50).gap is None


@pytest.mark.parametrize("target", [-1, 100.5, float("nan")])
def test_a_target_is_a_number_of_points(target: float):
    with pytest.raises(Invalid) as caught:
        plan(small(), "A", target)
    assert caught.value.errors[0].code == "E_VALUE_RANGE"


@given(CHANCE, st.integers(0, 100))
@law
def test_carrying_out_a_plan_gives_the_score_it_promises(random: Random, target: int):
    scores, reference = by_chance(random)
    region, place = random.choice(scores.regions), random.choice(reference.places())
    found = plan(scores, region, target, *place)
    assume(found.score is not None)
    assert found.reached is not None
    assert found.attainable is not None
    done: dict[tuple[str, str], str] = {}
    for step in found.steps:
        assert done.get((step.indicator, step.group), step.from_option) == step.from_option
        done[step.indicator, step.group] = step.to_option
    changes = [row(region, code, group, "scored", o) for (code, group), o in done.items()]
    after = what_if(scores, region, changes).scores.one(region, *place).score
    assert after is not None
    assert abs(after - found.reached) < 1e-9
    assert all(0 <= points <= 100 for points in (*found.after, found.reached, found.attainable))
    assert found.after[-1:] in ((), (found.reached,))
    assert found.reached >= target - 1e-9 or abs(found.reached - found.attainable) < 1e-9
    gains = [step.gain for step in found.steps]
    if gains == sorted(gains, reverse=True) and gains:  # then no step can be left out
        assert found.reached - gains[-1] < target
