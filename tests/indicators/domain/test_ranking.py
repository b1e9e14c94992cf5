"""Ranks on the comparison key (S10, S13)."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from services.indicators.domain.ranking import Rank, keys, ranks
from tests.indicators.domain.making import law

SCORES = st.lists(
    st.one_of(st.just(float("nan")), st.integers(0, 12).map(lambda n: n * 8.1)), max_size=40
)


def test_the_best_is_first_and_equals_share_the_better_rank():
    found = ranks(np.array([50.0, 80.0, 50.0, np.nan, 20.0]))
    assert found.rank.tolist() == [2, 1, 2, 0, 4]
    assert found.tie_size.tolist() == [2, 1, 2, 0, 1]
    assert found.at(0) == Rank(2, 4, 2, 0.5)
    assert found.at(3) == Rank(None, 4, 0, None)


def test_noise_below_a_billionth_of_a_point_does_not_break_a_tie():
    assert ranks(np.array([33.3333333333, 33.33333333331])).rank.tolist() == [1, 1]
    assert ranks(np.array([33.333333333, 33.333333335])).rank.tolist() == [2, 1]


def test_a_single_region_has_a_rank_and_no_percentile():
    assert ranks(np.array([40.0])).at(0) == Rank(1, 1, 1, None)


def test_no_regions_have_no_ranks():
    assert ranks(np.array([])).rank.tolist() == []


@given(SCORES)
@law
def test_a_rank_is_one_more_than_the_number_of_better_regions(scores: list[float]):
    found, compared = ranks(np.array(scores)), keys(np.array(scores)).tolist()
    known = [key for key in compared if key >= 0]
    for place, key in enumerate(compared):
        if key < 0:
            assert found.rank[place] == found.tie_size[place] == 0
            continue
        assert found.rank[place] == 1 + sum(other > key for other in known)
        assert found.tie_size[place] == known.count(key)
        if len(known) > 1:
            share = (sum(o < key for o in known) + 0.5 * (known.count(key) - 1)) / (len(known) - 1)
            assert abs(found.percentile[place] - share) < 1e-12


@given(st.lists(SCORES.filter(lambda one: len(one) >= 5).map(lambda one: one[:5]), min_size=1))
@law
def test_many_columns_are_ranked_at_once_as_one_by_one(columns: list[list[float]]):
    together = ranks(np.array(columns))
    for number, column in enumerate(columns):
        alone = ranks(np.array(column))
        assert together.rank[number].tolist() == alone.rank.tolist()
        assert together.n_ranked[number] == alone.n_ranked
