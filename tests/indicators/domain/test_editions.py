"""Revisions, corrections, trends over what is comparable, score ids (S17, S18)."""

from __future__ import annotations

import copy
import json

import pytest

from services.indicators.domain.answers import Answers
from services.indicators.domain.editions import changes, compare, score_id
from services.indicators.domain.methodology import Methodology
from services.indicators.domain.scoring import score
from shared.problems import NotFound
from tests.indicators.domain.making import Data, a_small_methodology, rows_of

SMALL = Methodology.parse(a_small_methodology())
BEFORE = "A Q1 TCN b\nA Q2 TCN c\nA Q3 TCN c\nB Q1 TCN a\nB Q2 TCN a\nB Q3 TCN a"
AFTER = "A Q1 TCN a\nA Q2 TCN c\nA Q3 TCN c\nB Q1 TCN a\nB Q2 TCN a\nB Q3 TCN a"


def answers(text: str, methodology: Methodology = SMALL) -> Answers:
    return Answers.parse(methodology, rows_of(text))


def later(**changed: object) -> Data:
    return copy.deepcopy(a_small_methodology(version="2", **changed))


def test_a_correction_is_told_by_its_cells():
    assert [tuple(one) for one in changes(answers(BEFORE), answers(AFTER))] == [
        ("A", "Q1", "TCN", ("scored", "b"), ("scored", "a"))
    ]


def test_a_region_that_comes_or_goes_is_a_change_of_all_its_cells():
    found = changes(answers("A Q1 TCN a"), answers("B Q1 TCN a"))
    assert {(one.region, one.before is None, one.after is None) for one in found} == {
        ("A", False, True),
        ("B", True, False),
    }
    assert len(found) == 10


def test_equal_answers_have_no_changes():
    assert changes(answers(BEFORE), answers(BEFORE)) == ()


def test_a_trend_over_the_same_questions_has_no_flag():
    found = compare(answers(BEFORE), answers(AFTER))
    assert found is not None
    up, still = found.trend("A"), found.trend("B")
    assert (up.change, up.direction, up.flag) == (12.5, "up", "")
    assert (still.change, still.direction) == (0, "none")
    assert up.full_after == up.after


def test_a_trend_leaves_out_questions_that_changed_and_says_so():
    data = later()
    data["indicators"][2]["options"][1]["value"] = 60
    found = compare(answers(BEFORE), answers(AFTER, Methodology.parse(data)))
    assert found is not None
    assert found.basket == ("Q1", "Q2")
    trend = found.trend("A")
    assert (trend.before, trend.after, trend.flag) == (25, 50, "b")
    assert (trend.full_before, trend.full_after) == (12.5, 25)


def test_a_question_that_is_asked_about_other_groups_is_not_comparable():
    data = later()
    data["indicators"][2]["groups"] = ["TCN", "BIP"]
    found = compare(answers(BEFORE), answers(AFTER, Methodology.parse(data)))
    assert found is not None
    assert found.basket == ("Q1", "Q2")


def test_a_change_that_no_comparison_tells_apart_is_none():
    data = a_small_methodology()
    data["indicators"][0]["weight"], data["indicators"][2]["weight"] = "0.0001", "1000"
    for one in data["indicators"]:
        one["options"][1]["value"] = "99.9999"
    fine = Methodology.parse(data)
    found = compare(
        answers("A Q1 TCN b\nA Q3 TCN a", fine), answers("A Q1 TCN a\nA Q3 TCN a", fine)
    )
    assert found is not None
    trend = found.trend("A")
    assert trend.before is not None
    assert trend.after is not None
    assert 0 < trend.after - trend.before < 1e-10
    assert (trend.change, trend.direction) == (0, "none")


def test_new_weights_are_used_for_both_sides_of_a_trend():
    data = later()
    data["indicators"][2]["weight"] = "6"
    found = compare(answers(BEFORE), answers(AFTER, Methodology.parse(data)))
    assert found is not None
    assert (found.trend("A").before, found.trend("A").full_before) == (6.25, 12.5)
    assert found.trend("A").flag == ""


def test_options_in_another_order_are_the_same_question():
    data = later()
    for one in data["indicators"]:
        one["options"] = one["options"][::-1]
    data["indicators"].reverse()
    found = compare(answers(BEFORE), answers(AFTER, Methodology.parse(data)))
    assert found is not None
    assert (found.trend("A").change, found.trend("A").flag) == (12.5, "")


def test_editions_without_a_common_question_cannot_be_compared():
    data = later()
    for one in data["indicators"]:
        one["code"] = "N" + one["code"]
    methodology = Methodology.parse(data)
    assert compare(answers(BEFORE), answers("A NQ1 TCN a", methodology)) is None


def test_a_region_in_one_edition_only_has_no_change():
    found = compare(answers(BEFORE), answers("A Q1 TCN a\nA Q2 TCN a\nA Q3 TCN a"))
    assert found is not None
    assert (found.trend("B").after, found.trend("B").change) == (None, None)
    with pytest.raises(NotFound):
        found.trend("A", "phase", "planning")


def test_a_score_id_names_everything_that_went_in():
    one = answers(BEFORE)
    names = {
        score_id(one, SMALL),
        score_id(answers(AFTER), SMALL),
        score_id(one, Methodology.parse(a_small_methodology(not_competent="zero"))),
        score_id(one, SMALL, {"n": 1000}),
    }
    assert len(names) == 4
    assert score_id(answers(BEFORE), Methodology.parse(a_small_methodology())) in names


def test_the_same_inputs_give_the_same_bytes():
    def content() -> str:
        scores = score(Methodology.parse(a_small_methodology()), answers(AFTER))
        return json.dumps([scores.of("A"), scores.contributions("A").rows()], sort_keys=True)

    assert content() == content()
