"""Weight sets and budget allocation."""

from __future__ import annotations

from fractions import Fraction

import pytest

from services.indicators.domain.answers import Answers
from services.indicators.domain.methodology import Methodology
from services.indicators.domain.scoring import score
from services.indicators.domain.weights import WeightSet, budget
from shared.problems import Invalid
from tests.indicators.domain.making import a_small_methodology, rows_of

SMALL = Methodology.parse(a_small_methodology())


def rows(**weights: str) -> list[dict[str, str | None]]:
    return [{"indicator": code, "weight": weight} for code, weight in weights.items()]


def codes(refused: pytest.ExceptionInfo[Invalid]) -> list[str]:
    return [error.code for error in refused.value.errors]


def test_other_weights_give_other_scores_for_the_same_answers():
    answers = Answers.parse(SMALL, rows_of("A Q1 TCN a\nA Q2 TCN c\nA Q3 TCN c"))
    heavy = WeightSet.parse(SMALL, rows(Q1="6", Q2="1", Q3="1")).on(SMALL)
    assert score(SMALL, answers).one("A").score == 25
    assert score(heavy, answers).one("A").score == 75


def test_the_order_of_rows_does_not_change_the_hash():
    one = WeightSet.parse(SMALL, rows(Q1="6", Q2="1", Q3="1.50"))
    other = WeightSet.parse(SMALL, rows(Q3="1.5", Q1="6", Q2="1"))
    assert one.hash == other.hash


def test_every_fault_of_a_weights_file_is_named():
    with pytest.raises(Invalid) as refused:
        WeightSet.parse(SMALL, [*rows(Q1="-1", Q2="many", Q9="1"), *rows(Q2="1")])
    assert codes(refused) == [
        "E_NEGATIVE_WEIGHT",
        "E_FORMAT",
        "E_UNKNOWN_INDICATOR",
        "E_DUPLICATE_CODE",
        "E_UNWEIGHTED_INDICATOR",
    ]


def test_weights_that_empty_a_dimension_are_refused():
    weights = WeightSet.parse(SMALL, rows(Q1="0", Q2="0", Q3="1"))
    with pytest.raises(Invalid) as refused:
        weights.on(SMALL)
    assert "E_ZERO_WEIGHT_SUM" in codes(refused)


def test_every_expert_counts_the_same_however_many_points_were_given():
    found = budget(SMALL, [{"Q1": 50, "Q2": 50}, {"Q1": "1", "Q3": "3"}])
    assert dict(found.weights) == {"Q1": Fraction("37.5"), "Q2": 25, "Q3": Fraction("37.5")}


def test_a_budget_is_rounded_half_up_to_four_decimals():
    found = budget(SMALL, [{"Q1": 1, "Q2": 1, "Q3": 1}])
    assert set(found.weights.values()) == {Fraction("33.3333")}


def test_every_fault_of_the_allocations_is_named():
    with pytest.raises(Invalid) as refused:
        budget(SMALL, [{"Q1": -1, "Q9": 5, "Q2": "few", "Q3": 1}, {"Q1": 0}])
    assert codes(refused) == [
        "E_NEGATIVE_WEIGHT",
        "E_UNKNOWN_INDICATOR",
        "E_FORMAT",
        "E_ZERO_WEIGHT_SUM",
    ]
    with pytest.raises(Invalid):
        budget(SMALL, [])
