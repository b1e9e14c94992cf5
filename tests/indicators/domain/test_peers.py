"""Regions to compare with (S14)."""

from __future__ import annotations

import pytest

from services.indicators.domain.peers import nearest
from shared.problems import Invalid, NotFound

CONTEXT = {
    "A": {"people": 1.0, "gdp": 10.0},
    "B": {"people": 2.0, "gdp": 10.0},
    "C": {"people": 9.0, "gdp": 40.0},
    "D": {"people": 2.0, "gdp": None},
    "E": {"people": None, "gdp": None},
}


def test_the_nearest_come_first_and_the_region_itself_is_left_out():
    assert [peer.region for peer in nearest(CONTEXT, "A", 3)] == ["B", "D", "C"]


def test_a_region_that_shares_less_than_half_of_the_variables_is_no_peer():
    assert "E" not in [peer.region for peer in nearest(CONTEXT, "A", 9)]
    assert nearest(CONTEXT, "E", 9) == []


def test_distances_are_in_standard_deviations_and_returned():
    context = {"A": {"x": 0.0}, "B": {"x": 2.0}, "C": {"x": 4.0}}
    [near, far] = nearest(context, "A", 2)
    assert near.distance == pytest.approx(2 / (8 / 3) ** 0.5)
    assert far.distance == pytest.approx(2 * near.distance)
    assert near.variables == 1


def test_equal_distances_are_ordered_by_code():
    context = {"M": {"x": 0.0}, "Z": {"x": 1.0}, "B": {"x": -1.0}, "K": {"x": 1.0}}
    assert [peer.region for peer in nearest(context, "M", 3)] == ["B", "K", "Z"]


@pytest.mark.parametrize("values", [(5.0, 5.0), (5.0, None), (None, None)])
def test_a_variable_that_is_the_same_everywhere_is_refused(values: tuple[float | None, ...]):
    context = {"A": {"x": 1.0, "y": values[0]}, "B": {"x": 2.0, "y": values[1]}}
    with pytest.raises(Invalid) as caught:
        nearest(context, "A", 1)
    assert caught.value.errors[0].code == "E_CONSTANT_INDICATOR"


def test_infinity_and_no_variables_are_refused():
    with pytest.raises(Invalid):
        nearest({"A": {"x": 1.0}, "B": {"x": float("inf")}}, "A", 1)
    with pytest.raises(Invalid):
        nearest({"A": {}, "B": {}}, "A", 1)
    with pytest.raises(NotFound):
        nearest(CONTEXT, "Z", 1)
