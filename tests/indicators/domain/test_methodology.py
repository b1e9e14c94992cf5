"""What a methodology file must say, and what it is told when it does not."""

from __future__ import annotations

import copy
import json
import math
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.indicators.domain.methodology import Methodology
from shared.problems import InputError, Invalid
from tests.indicators.domain.making import Data, a_methodology, a_small_methodology, law


def refused(data: Any) -> list[InputError]:
    with pytest.raises(Invalid) as caught:
        Methodology.parse(data)
    return list(caught.value.errors)


def small(path: str, value: Any) -> Data:
    """The small methodology with one part replaced; the path as in /indicators/0/weight."""
    data = copy.deepcopy(a_small_methodology())
    *parents, last = [int(part) if part.isdigit() else part for part in path.split("/")[1:]]
    place: Any = data
    for part in parents:
        place = place[part]
    place[last] = value
    return data


def without(path: str) -> Data:
    data = small(path, None)
    place: Any = data
    *parents, last = [int(part) if part.isdigit() else part for part in path.split("/")[1:]]
    for part in parents:
        place = place[part]
    del place[last]
    return data


ONE_FAULT = [
    ("E_VALUE_RANGE", "/indicators/0/options/0/value", 100.5),
    ("E_VALUE_RANGE", "/indicators/0/options/0/value", -1),
    ("E_VALUE_RANGE", "/indicators/0/options/0/value", math.nan),
    ("E_VALUE_RANGE", "/indicators/0/options/0/value", math.inf),
    ("E_VALUE_RANGE", "/indicators/0/options/0/value", "33.33333"),
    ("E_VALUE_RANGE", "/indicators/0/options/0/value", True),
    ("E_EMPTY_SCOPE", "/indicators/0/groups", []),
    ("E_GROUP_OUT_OF_SCOPE", "/indicators/0/groups", ["TCN", "EUM"]),
    ("E_TAG_MISSING", "/indicators/0/tags/phase", []),
    ("E_TAG_MULTIPLE", "/indicators/0/tags/area", ["culture", "culture"]),
    ("E_UNKNOWN_DIMENSION", "/indicators/0/tags/area", ["sports"]),
    ("E_NEGATIVE_WEIGHT", "/indicators/0/weight", "-1"),
    ("E_NEGATIVE_WEIGHT", "/groups/0/weight", "-1"),
    ("E_ZERO_WEIGHT_SUM", "/groups/0/weight", "0"),
    ("E_THRESHOLD", "/thresholds/dimension", "1.01"),
    ("E_THRESHOLD", "/thresholds/overall", "-0.1"),
    ("E_THRESHOLD", "/thresholds/n_min", 0),
    ("E_NC_RULE", "/not_competent", "ignore"),
    ("E_BANDS", "/bands/0/from", 1),
    ("E_BANDS", "/bands/2/from", 1),
    ("E_BANDS", "/bands/5/from", 101),
    ("E_BANDS", "/bands/5/from", 79.5),
    ("E_DUPLICATE_CODE", "/indicators/1/code", "Q1"),
    ("E_DUPLICATE_CODE", "/indicators/0/options/1/code", "a"),
    ("E_DUPLICATE_CODE", "/groups/1/code", "TCN"),
    ("E_FORMAT", "/indicators/0/weight", "1e3"),
    ("E_FORMAT", "/indicators/0/weight", "0.00001"),
    ("E_FORMAT", "/indicators/0/weight", math.nan),
    ("E_FORMAT", "/indicators/0/code", "Q 1"),
    ("E_FORMAT", "/indicators/0/question", ""),
    ("E_FORMAT", "/indicators/0/wieght", "1"),
    ("E_FORMAT", "/indicators", []),
    ("E_FORMAT", "/indicators/0", "Q1"),
    ("E_FORMAT", "/axes/0/code", "overall"),
    ("E_FORMAT", "/axes/0/kind", "several"),
    ("E_FORMAT", "/groups/0/code", "ALL"),
    ("E_FORMAT", "/display_decimals", 9),
    ("E_FORMAT", "/overall/rule", "median"),
    ("E_FORMAT", "/colour", "red"),
]


@pytest.mark.parametrize(("code", "path", "value"), ONE_FAULT)
def test_a_fault_is_named_with_its_code_and_its_place(code: str, path: str, value: Any):
    errors = refused(small(path, value))
    assert code in {error.code for error in errors}
    assert any((error.pointer or "").startswith(path) for error in errors)


@pytest.mark.parametrize(
    "path", ["/id", "/version", "/groups", "/axes", "/overall", "/thresholds", "/bands",
             "/not_competent", "/display_decimals", "/indicators", "/indicators/0/tags",
             "/indicators/0/options", "/indicators/0/groups", "/indicators/0/options/0/value"],
)  # fmt: skip
def test_what_is_missing_is_never_filled_in(path: str):
    assert any(error.pointer == path for error in refused(without(path)))


def test_a_weight_is_1_unless_the_file_says_otherwise():
    assert Methodology.parse(without("/indicators/2/weight")).indicator("Q3").weight == 1


def test_an_exclusive_axis_takes_exactly_one_dimension():
    data = small("/axes/1/kind", "exclusive")
    assert [error.code for error in refused(data)] == ["E_TAG_MULTIPLE"]


def test_a_dimension_whose_weights_are_all_0_is_refused():
    data = small("/indicators/0/weight", "0")
    data["indicators"][1]["weight"] = "0"
    assert [(error.code, error.value) for error in refused(data)] == [
        ("E_ZERO_WEIGHT_SUM", "culture"),
        ("E_ZERO_WEIGHT_SUM", "formulation"),
    ]


def area_mean(**rule: Any) -> Data:
    overall = {"rule": "area_mean", "axis": "area", "weights": {"culture": "1"}, **rule}
    return a_small_methodology(overall=overall)


def test_an_area_mean_must_say_what_becomes_of_indicators_without_area():
    assert [(error.code, error.value) for error in refused(area_mean())] == [
        ("E_UNWEIGHTED_INDICATOR", "Q3")
    ]
    assert Methodology.parse(area_mean(left_out=["Q3"])).overall.left_out == ("Q3",)
    assert Methodology.parse(area_mean(cross_area="1")).overall.cross_area == 1


def test_an_area_mean_cannot_leave_out_what_it_counts_or_does_not_know():
    assert [error.code for error in refused(area_mean(left_out=["Q3", "Q1"]))] == ["E_FORMAT"]
    codes = [error.code for error in refused(area_mean(left_out=["Q3", "Q9"]))]
    assert codes == ["E_UNKNOWN_INDICATOR"]


def test_an_area_mean_without_any_weight_is_refused():
    data = area_mean(weights={"culture": "0"}, left_out=["Q1", "Q2", "Q3"])
    assert [error.code for error in refused(data)] == ["E_ZERO_WEIGHT_SUM"]


def test_an_area_mean_weighs_every_area():
    pointers = [error.pointer for error in refused(area_mean(weights={}, cross_area="1"))]
    assert "/overall/weights/culture" in pointers


def test_everything_wrong_is_said_at_once():
    data = small("/indicators/0/weight", "-1")
    data["indicators"][1]["options"][0]["value"] = 101
    data["not_competent"] = "ignore"
    codes = {error.code for error in refused(data)}
    assert codes == {"E_NEGATIVE_WEIGHT", "E_VALUE_RANGE", "E_NC_RULE"}


@pytest.mark.parametrize("data", [None, [], "text", 3, {}])
def test_something_else_than_a_methodology_is_refused(data: Any):
    assert refused(data)[0].code == "E_FORMAT"


def test_weights_and_values_that_cannot_be_summed_exactly_are_refused():
    from services.indicators.domain.plan import compiled

    data = a_small_methodology()
    data["indicators"] = [
        {**copy.deepcopy(data["indicators"][0]), "code": f"Q{n}", "weight": "999.9999"}
        for n in range(500)
    ]
    data["indicators"][0]["options"][0]["value"] = "99.9999"
    data["groups"] = [
        {"code": code, "name": code, "weight": weight}
        for code, weight in (("TCN", "999.9997"), ("BIP", "0.0001"))
    ]
    with pytest.raises(Invalid, match="too many digits"):
        compiled(Methodology.parse(data))


@given(st.randoms(use_true_random=False))
@law
def test_what_is_written_is_read_back_equal(random: Random):
    methodology = Methodology.parse(a_methodology(random))
    again = Methodology.parse(json.loads(json.dumps(methodology.as_dict())))
    assert again == methodology
    assert again.hash == methodology.hash


def test_the_spelling_of_a_number_does_not_change_the_hash():
    spelled = [
        Methodology.parse(small("/indicators/0/weight", w)).hash for w in ("1", 1, 1.0, "1.00")
    ]
    assert len(set(spelled)) == 1


def test_any_other_content_changes_the_hash():
    original = Methodology.parse(a_small_methodology())
    assert Methodology.parse(small("/indicators/0/question", "Why?")).hash != original.hash
    assert Methodology.parse(small("/indicators/0/weight", "1.5")).hash != original.hash


def test_answers_depend_on_questions_and_options_but_not_on_weights():
    original = Methodology.parse(a_small_methodology())
    assert Methodology.parse(small("/indicators/0/weight", "1.5")).basis == original.basis
    assert Methodology.parse(small("/indicators/0/options/0/value", 99)).basis != original.basis
    assert Methodology.parse(small("/version", "2")).basis != original.basis
