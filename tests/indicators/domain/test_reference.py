"""The fast path agrees with exact fractions on methodologies and answers made by chance.

100 sets in the ordinary run; REFERENCE_SETS=1000 for the long proof.
"""

from __future__ import annotations

import os
from fractions import Fraction
from random import Random

import pytest

from services.indicators.domain.answers import Answers
from services.indicators.domain.methodology import Methodology
from services.indicators.domain.scoring import Scores, score
from tests.indicators.domain.making import a_methodology, some_rows
from tests.indicators.domain.reference import Reference, ranks

SETS = int(os.environ.get("REFERENCE_SETS", "100"))
NEAR = 1e-9


def near(found: float | None, exact: Fraction | None) -> bool:
    if found is None or exact is None:
        return found is None and exact is None
    return abs(Fraction(found) - exact) <= NEAR


def both(seed: int) -> tuple[Scores, Reference]:
    random = Random(seed)
    data = a_methodology(random)
    rows = some_rows(random, data)
    methodology = Methodology.parse(data)
    return score(methodology, Answers.parse(methodology, rows)), Reference(data, rows)


@pytest.mark.parametrize("seed", range(SETS))
def test_every_score_and_every_contribution_agrees_with_exact_fractions(seed: int):
    scores, reference = both(seed)
    assert {tuple(column) for column in scores.columns} == set(reference.places())
    for place in reference.places():
        for region in reference.regions:
            exact, found = reference.score(region, *place), scores.one(region, *place)
            assert near(found.score, exact.score)
            assert near(found.coverage, exact.coverage)
            assert (found.state, found.n_scored, found.n_eligible) == (
                exact.state,
                exact.n_scored,
                exact.n_eligible,
            )
            rows = {row.indicator: row for row in scores.contributions(region, *place).rows()}
            assert rows.keys() == exact.weights.keys()
            parts, gaps = exact.contributions(), exact.gaps()
            for code, row in rows.items():
                assert near(row.score, exact.points[code])
                assert near(row.weight, exact.weights[code])
                assert near(row.contribution, parts[code])
                assert near(row.gap, gaps[code])


@pytest.mark.parametrize("seed", range(SETS))
def test_every_rank_agrees_with_exact_fractions(seed: int):
    scores, reference = both(seed)
    for number, place in enumerate(scores.columns):
        exact = ranks([reference.score(region, *place).score for region in reference.regions])
        found = [scores.ranks.at(number, row).rank for row in range(len(scores.regions))]
        assert found == exact
