"""Rounding, columns that add up, bands (S7, S11, S12)."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.indicators.domain.display import apportioned, band, rounded, whole_points
from services.indicators.domain.methodology import Methodology
from tests.indicators.domain.making import a_small_methodology, law
from tests.indicators.domain.reference import half_up

SMALL = Methodology.parse(a_small_methodology())
POINTS = st.fractions(0, 100, max_denominator=1000)


@pytest.mark.parametrize(
    ("points", "decimals", "shown"),
    [(3.5, 0, 4), (2.5, 0, 3), (4.975, 1, 5.0), (4.975, 2, 4.98), (0.05, 1, 0.1), (0.15, 1, 0.2),
     (1.005, 2, 1.01), (-2.5, 0, -3), (100, 1, 100.0), (0, 1, 0.0), (-0.01, 1, 0.0)],
)  # fmt: skip
def test_a_half_is_rounded_up(points: float, decimals: int, shown: float):
    assert rounded(points, decimals) == shown


@given(POINTS, st.integers(0, 4))
@law
def test_rounding_agrees_with_exact_fractions(points: Fraction, decimals: int):
    assert rounded(float(points), decimals) == float(half_up(points, decimals))


@given(st.lists(POINTS, max_size=30), st.integers(0, 3))
@law
def test_rounded_parts_add_up_to_the_rounded_total(parts: list[Fraction], decimals: int):
    total = float(sum(parts))
    shown = apportioned([float(part) for part in parts], total, decimals)
    step = 10**decimals
    assert sum(round(part * step) for part in shown) == round(rounded(total, decimals) * step)
    assert all(abs(a - float(b)) < 1 / step + 1e-9 for a, b in zip(shown, parts, strict=True))


def test_equal_remainders_go_to_the_earlier_part():
    assert apportioned([10 / 3] * 3, 10, 1) == [3.4, 3.3, 3.3]


def test_a_part_of_0_is_shown_as_0():
    assert apportioned([0, 3.35, 3.35, 0], 6.7, 1) == [0, 3.4, 3.3, 0]


@pytest.mark.parametrize(
    ("score", "code"),
    [(0, "lowest"), (0.49, "lowest"), (0.5, "low"), (20.49, "low"), (20.5, "fair"), (40.5, "half"),
     (59.4999, "half"), (59.5, "good"), (79.5, "best"), (100, "best")],
)  # fmt: skip
def test_the_band_is_that_of_the_displayed_number(score: float, code: str):
    found = band(SMALL, score)
    assert found is not None
    assert found.code == code
    assert found.lower <= whole_points(score) <= found.upper


def test_no_score_has_no_band():
    assert band(SMALL, None) is None
